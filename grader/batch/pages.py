"""The pages of a run: one for each student, written by the workers, and one of the class."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from grader import __version__
from grader.assignment.explanation import Explanation
from grader.assignment.settings import AssignmentError, find_assignment, read_assignment
from grader.batch.progress import Progress
from grader.batch.tasks import PageTask, Task, write_page
from grader.batch.workers import Ready, Workers
from grader.class_row import Attempts
from grader.files.atomic import is_leftover, write_atomically
from grader.gradebook.class_list import class_list, counting, page_path
from grader.gradebook.database import FolderError
from grader.gradebook.encoding import as_json
from grader.gradebook.folder import locked
from grader.gradebook.record import FrozenKey, Gradebook, PageSource, open_gradebook, require_frozen
from grader.messages import language_of, load_words
from grader.model import Words
from grader.reports.class_page import class_page
from grader.reports.class_summary import Summary

MADE_OF = re.compile(rb'<meta name="made-of" content="([0-9a-f]+)">')
HEAD = 300  # bytes of a page, in which that stands


class PageContext(NamedTuple):
    """What pages are written with."""

    words: Words
    explanation: Explanation


class PageJob(NamedTuple):
    """A page that should be there. latest: the last attempt of the same people; made_of: see grader.reports.student_page."""

    row: int
    path: str
    latest: int
    made_of: str


def report(
    run: Path, attempts: Attempts | None, jobs: int | None, language: str | None, progress: Progress
) -> tuple[int, int]:
    """All pages anew. How many there are, and how many of them could not be written. Raises FolderError."""
    open_gradebook(run).close()  # before anything is made there
    with locked(run), open_gradebook(run) as gradebook:
        shown = page_context(
            require_frozen(gradebook), language or gradebook.settings().get("language")
        )
        wanted = list(pages(gradebook, shown.words["language"]))
        with Workers(jobs, partial(page_worker, *shown), progress.tick) as workers:
            workers.ready()
            unwritten = write_pages(gradebook, wanted, workers, progress)
        clear_up(run, wanted)
        write_class_page(gradebook, attempts or counting(gradebook), shown.words)
    return len(wanted), unwritten


def write_class_page(gradebook: Gradebook, attempts: Attempts, words: Words) -> Summary:
    """Of what it tells. Raises FolderError where it cannot be written."""
    path, summary = gradebook.path.parent / "index.html", Summary(words)
    try:
        write_atomically(
            path, [class_page(class_list(gradebook, attempts), words, summary).encode()]
        )
        return summary
    except OSError as error:
        raise FolderError(
            f"{path}: cannot be written ({error.strerror}). Make room for it; what is graded stays."
        ) from None


def page_context(frozen: FrozenKey, language: str | None) -> PageContext:
    """language: asked for, if any. The explanation is that of the assignment's folder; pages do without it where that is gone."""
    try:
        assignment = read_assignment(find_assignment(frozen.assignment), frozen.settings)
        spoken = language_of(language, assignment.language, os.environ)
        explanation = assignment.explained(spoken)
    except AssignmentError:
        spoken, explanation = language_of(language, None, os.environ), Explanation()
    return PageContext(load_words(spoken, frozen.key.words), explanation)


@contextmanager
def page_worker(words: Words, explanation: Explanation) -> Iterator[Ready[Task]]:
    """A worker that only writes pages: it needs no sandbox."""

    def work(task: Task) -> bytes:
        assert isinstance(task, PageTask)
        return write_page(task, words, explanation)

    yield Ready(work)


def pages(gradebook: Gradebook, language: str) -> Iterator[PageJob]:
    """All that should be there."""
    folder = str(gradebook.path.parent)  # and no Path of each: 10,000 of those take 0.1 s
    for told in gradebook.told_of():
        yield PageJob(
            told.row,
            f"{folder}/{page_path(told.people, told.attempt)}",
            told.latest,
            made_of(told, language),
        )


def made_of(told: PageSource, language: str) -> str:
    """The same for pages that show the same."""
    return hashlib.sha256(as_json([told[1:], language, __version__]).encode()).hexdigest()[:32]


def is_stale(due: PageJob) -> bool:
    """Is there no such page, or one that was made of something else?"""
    return made_so(due.path) != due.made_of


def made_so(path: str) -> str | None:
    """What a page was made of; None where there is no page of ours."""
    try:
        with open(path, "rb") as file:
            found = MADE_OF.search(file.read(HEAD))
    except OSError:
        return None
    return found[1].decode() if found else None


def write_pages(
    gradebook: Gradebook, wanted: list[PageJob], workers: Workers[Task], progress: Progress
) -> int:
    """How many could not be written: that is told of each. Raises FolderError where none can be."""
    folder = gradebook.path.parent / "pages"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FolderError(
            f"{folder}: this folder cannot be made ({error.strerror}). Move what is in its place; what is graded stays."
        ) from None
    progress.begin("Writing pages", len(wanted))
    unwritten = 0
    for task, answer in workers.work(to_write(gradebook, wanted)):
        assert isinstance(task, PageTask)
        if answer != b"":
            unwritten += 1
            progress.say(
                answer.decode()
                if answer
                else f"{task.path}: cannot be written, its process died three times."
            )
        progress.advance()
    return unwritten


def to_write(gradebook: Gradebook, wanted: Iterable[PageJob]) -> Iterator[PageTask]:
    for row, path, latest, made_of in wanted:
        for entry in gradebook.entries(row):
            yield PageTask(
                entry.handed_in,
                latest,
                entry.verdict.encode() if entry.verdict else b"",
                path,
                made_of,
            )


def clear_up(out: Path, wanted: Iterable[PageJob]) -> None:
    """Remove pages of ours that tell of what is not so any more, and what was being written when somebody was cut off."""
    names, folder = {os.path.basename(each.path) for each in wanted}, out / "pages"
    with contextlib.suppress(OSError):
        for path in (
            [] if folder.is_symlink() else folder.iterdir()
        ):  # elsewhere there may be pages of another run, too
            if is_leftover(path.name, ".html") or (
                path.suffix == ".html" and path.name not in names and made_so(str(path)) is not None
            ):
                path.unlink(missing_ok=True)
        for path in out.iterdir():
            if is_leftover(path.name, "index.html"):
                path.unlink(missing_ok=True)
