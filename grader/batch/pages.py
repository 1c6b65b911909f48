"""The pages of a run: one for each student, written by the workers, and one of the class."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from grader.assignment import AssignmentError, find_assignment, read_assignment
from grader.batch.marking import Page, Task, write_page
from grader.batch.progress import Progress
from grader.batch.workers import Work, Workers
from grader.class_row import Attempts, Row
from grader.explanation import Explanation
from grader.gradebook.class_list import class_list, counting, page_of
from grader.gradebook.record import FrozenKey, Gradebook, require_frozen
from grader.messages import language_of, load_words
from grader.model import Submission, Words
from grader.reports.class_page import class_page


def report(gradebook: Gradebook, attempts: Attempts | None, jobs: int | None, language: str | None, progress: Progress) -> int:
    """All pages anew. How many there are."""
    shown = as_shown(require_frozen(gradebook), language)
    with Workers(jobs, partial(showing, *shown)) as workers:
        workers.ready()
        count = write_pages(gradebook, workers, progress, anew=True)
    write_class_page(gradebook, class_list(gradebook, attempts or counting(gradebook)), shown.words)
    return count


def write_class_page(gradebook: Gradebook, rows: Iterable[Row], words: Words) -> None:
    path = gradebook.path.parent / "index.html"
    temporary = path.with_suffix(".new")
    temporary.write_text(class_page(rows, words), encoding="utf-8")
    temporary.replace(path)


class Shown(NamedTuple):
    """What pages are written with."""

    words: Words
    explanation: Explanation


def as_shown(frozen: FrozenKey, language: str | None) -> Shown:
    """language: asked for, if any. The explanation is that of the assignment's folder; pages do without it where that is gone."""
    try:
        assignment = read_assignment(find_assignment(frozen.assignment), frozen.settings)
        spoken = language_of(language, assignment.language, os.environ)
        explanation = assignment.explained(spoken)
    except AssignmentError:
        spoken, explanation = language_of(language, None, os.environ), Explanation()
    return Shown(load_words(spoken, frozen.key.words), explanation)


@contextmanager
def showing(words: Words, explanation: Explanation) -> Iterator[Work[Task]]:
    """The work of a worker that only writes pages: it needs no sandbox."""

    def work(task: Task) -> bytes:
        assert isinstance(task, Page)
        return write_page(task, words, explanation)

    yield work


def write_pages(gradebook: Gradebook, workers: Workers[Task], progress: Progress, anew: bool) -> int:
    """How many were written. anew: also those that are newer than their verdicts. What cannot be written is told."""
    folder = gradebook.path.parent
    folder.joinpath("pages").mkdir(exist_ok=True)
    paths = ((row, folder / page_of(people, attempt), graded) for row, people, attempt, graded in gradebook.graded())
    wanted = [(row, path) for row, path, graded in paths if anew or is_stale(path, graded)]
    progress.begin("Writing pages", len(wanted))
    for task, answer in workers.work(tasks(gradebook, wanted)):
        assert isinstance(task, Page)
        if answer != b"":
            progress.say(answer.decode() if answer else f"{task.path}: cannot be written, its process died three times.")
        progress.advance()
    return len(wanted)


def tasks(gradebook: Gradebook, wanted: Iterable[tuple[int, Path]]) -> Iterator[Page]:
    for row, path in wanted:
        for entry in gradebook.entries(row):
            assert isinstance(entry.handed_in, Submission)
            assert entry.verdict is not None
            yield Page(row, str(path), entry.verdict.encode(), entry.handed_in)


def is_stale(path: Path, graded: str) -> bool:
    """Is there no page yet, or one that is older than its verdict? graded: ISO 8601."""
    try:
        return path.stat().st_mtime < datetime.fromisoformat(graded).timestamp()
    except OSError:
        return True
