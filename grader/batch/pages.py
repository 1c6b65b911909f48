"""The pages of a run: one for each student, written by the workers, and one for the class."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from grader import __version__
from grader.assignment.explanation import Explanation
from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import AssignmentError, read_assignment
from grader.batch.assignment_edits import notice_of_edits
from grader.batch.progress import Progress
from grader.batch.tasks import PageContext, PageTask, Task, page_worker
from grader.batch.workers import WorkerPool
from grader.class_row import CountPolicy
from grader.files.atomic import is_leftover, write_atomically
from grader.gradebook.class_list import class_list, page_path
from grader.gradebook.database import FolderError
from grader.gradebook.encoding import as_json
from grader.gradebook.folder import locked
from grader.gradebook.record import Gradebook, RunKey, open_gradebook, require_run_key
from grader.messages import language_of, load_words
from grader.model import Words
from grader.reports.class_page import class_page
from grader.reports.class_summary import Summary

CONTENT_HASH = re.compile(rb'<meta name="made-of" content="([0-9a-f]+)">')
HEAD_BYTES = 300  # of a page; its content hash stands within them


class PageCounts(NamedTuple):
    """The numbers of students' pages."""

    all: int  # that the run should have
    unwritten: int  # could not be written


class _PageJob(NamedTuple):
    """A student's page that the run should have."""

    row: int  # of the gradebook
    path: str
    latest: int  # the last attempt of the same people
    content_hash: str  # see grader.reports.html


def write_report(
    run: Path,
    count_policy: CountPolicy | None,
    jobs: int | None,
    language: str | None,
    progress: Progress,
) -> PageCounts:
    """Write all pages of a run again.

    count_policy, language: None for those that the run uses.
    Raises FolderError if the folder is not that of a run, or cannot be written.
    """
    open_gradebook(run).close()  # refuse a folder without a run before a lock is made in it
    with locked(run), open_gradebook(run) as gradebook:
        settings = gradebook.settings()
        run_key = require_run_key(gradebook)
        notice = notice_of_edits(run, run_key)
        if notice:
            progress.say(notice)
        context = page_context(run_key, language or settings.get("language"))
        with WorkerPool(jobs, partial(page_worker, context), progress.tick) as pool:
            pool.ready()
            counts = write_pages(gradebook, context, pool, progress, anew=True)
        write_class_page(gradebook, count_policy or gradebook.count_policy(), context.words)
    return counts


def page_context(run_key: RunKey, language: str | None) -> PageContext:
    """Return the words and the explanation for the pages of a run.

    The explanation comes from the assignment's folder; if that is gone, pages do without it.
    language: the one requested on the command line, or the run's, if any.
    """
    try:
        assignment = read_assignment(find_assignment(run_key.assignment), run_key.settings)
        chosen_language = language_of(language, assignment.language, os.environ)
        explanation = assignment.read_explanation(chosen_language)
    except AssignmentError:
        chosen_language = language_of(language, None, os.environ)
        explanation = Explanation()
    return PageContext(load_words(chosen_language, run_key.key.words), explanation)


def write_pages(
    gradebook: Gradebook,
    context: PageContext,
    pool: WorkerPool[Task],
    progress: Progress,
    anew: bool,
) -> PageCounts:
    """Write students' pages, and remove those that the run should not have any more.

    A page that could not be written is reported with its reason, and counted.
    anew: write all pages, not only those that are missing or out of date.
    Raises FolderError if the folder of the pages cannot be made.
    """
    jobs = _list_pages(gradebook, context)
    to_write = [job for job in jobs if anew or _is_stale(job)]
    _make_folder(gradebook.path.parent / "pages")
    progress.begin("Writing pages", len(to_write))
    unwritten = 0
    for task, answer in pool.work(_page_tasks(gradebook, to_write)):
        assert isinstance(task, PageTask)
        if answer is None:
            answer = f"{task.path}: cannot be written: three processes died of it".encode()
        if answer:
            unwritten += 1
            progress.say(answer.decode())
        progress.advance()
    if not pool.is_stopping:
        _remove_outdated(gradebook.path.parent, jobs)
    return PageCounts(len(jobs), unwritten)


def write_class_page(gradebook: Gradebook, count_policy: CountPolicy, words: Words) -> Summary:
    """Write index.html, and return the summary of what it shows.

    Raises FolderError if it cannot be written.
    """
    path, summary = gradebook.path.parent / "index.html", Summary(words)
    page = class_page(class_list(gradebook, count_policy), words, summary)
    try:
        write_atomically(path, [page.encode()])
    except OSError as error:
        raise FolderError(
            f"{path}: cannot be written ({error.strerror}). "
            "Make room for it, and run this again: all verdicts are kept."
        ) from None
    return summary


def _list_pages(gradebook: Gradebook, context: PageContext) -> list[_PageJob]:
    """Return all students' pages that the run should have."""
    common = _hash([context.words["language"], context.explanation, __version__])
    folder = str(gradebook.path.parent)  # text, as 10,000 Path objects would cost 0.1 s
    return [
        _PageJob(
            source.row,
            f"{folder}/{page_path(source.people, source.attempt)}",
            source.last_attempt,
            _hash([source, common]),
        )
        for source in gradebook.page_sources()
    ]


def _hash(content: object) -> str:
    """Return a hash that is equal for equal content."""
    return hashlib.sha256(as_json(content).encode()).hexdigest()[:32]


def _is_stale(job: _PageJob) -> bool:
    """Whether the page is missing or out of date."""
    return _content_hash_of(job.path) != job.content_hash


def _content_hash_of(path: str) -> str | None:
    """Return the hash that is written in a page; None if there is no page of the grader's."""
    try:
        with open(path, "rb") as file:
            match = CONTENT_HASH.search(file.read(HEAD_BYTES))
    except OSError:
        return None
    return match[1].decode() if match else None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FolderError(
            f"{folder}: this folder cannot be made ({error.strerror}). "
            "Move away what is in its place, and run this again: all verdicts are kept."
        ) from None


def _page_tasks(gradebook: Gradebook, jobs: Iterable[_PageJob]) -> Iterator[PageTask]:
    for job in jobs:
        entry = gradebook.entry(job.row)
        verdict = entry.verdict.encode() if entry.verdict else b""
        yield PageTask(entry.submission, job.latest, verdict, job.path, job.content_hash)


def _remove_outdated(run: Path, jobs: Iterable[_PageJob]) -> None:
    """Remove the grader's pages that no job names, and what an interrupted writer left half done.

    Files that the grader has not written stay, and so do those that cannot be removed.
    """
    current = {os.path.basename(job.path) for job in jobs}
    folder = run / "pages"
    with contextlib.suppress(OSError):
        if not folder.is_symlink():  # behind a link there may be the pages of another run, too
            for path in folder.iterdir():
                is_outdated = path.suffix == ".html" and path.name not in current
                if is_leftover(path.name, ".html") or (
                    is_outdated and _content_hash_of(str(path)) is not None
                ):
                    path.unlink(missing_ok=True)
        for path in run.iterdir():
            if is_leftover(path.name, "index.html"):
                path.unlink(missing_ok=True)
