"""Many submissions: taken in, graded by several processes, written down one by one. What is written is never done again."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from grader import __version__
from grader.batch.frozen import Wanted, frozen_key
from grader.batch.marking import ANSWER, Answer, Mark, Task, marking
from grader.batch.pages import as_shown, write_class_page, write_pages
from grader.batch.progress import Progress
from grader.batch.workers import Workers
from grader.class_row import Attempts
from grader.gradebook.class_list import class_list
from grader.gradebook.folder import locked, set_aside
from grader.gradebook.record import NAME, FrozenKey, Gradebook
from grader.grading import versions
from grader.intake import read_all, read_roster
from grader.model import Level, Submission, Unreadable
from grader.reports.class_summary import Summary


class Shard(NamedTuple):
    """Part `number` of `parts`, from 1."""

    number: int
    parts: int

    def has(self, each: Submission | Unreadable) -> bool:
        """Told by the ids alone: all attempts of a person are in one part, on every machine."""
        digest = hashlib.sha256(msgspec.json.encode([person.id for person in each.people])).digest()
        return int.from_bytes(digest[:8]) % self.parts == self.number - 1


class Course(NamedTuple):
    """What is to be graded and how. source: see grader.intake; out: the folder of the run; jobs: None for one on each core; language: None
    if nobody asked for one."""

    source: Path
    out: Path
    attempts: Attempts
    roster: Path | None
    shard: Shard
    jobs: int | None
    minimum: Level
    language: str | None
    fresh: bool


class Ended(NamedTuple):
    """summary: of all that stands in the gradebook now, empty where it was interrupted; left: how many submissions have no verdict."""

    summary: str
    left: int


def run(course: Course, wanted: Wanted, progress: Progress, on_interrupt: Callable[[Callable[[], None]], None]) -> Ended:
    """The whole of it. on_interrupt: is told what to call when it is to end early.

    Raises AssignmentError, NoSubmission, RunError, GradebookError; GraderFault where the sandbox is below the minimum.
    """
    with locked(course.out):
        if course.fresh and (aside := set_aside(course.out)):
            progress.say(f"The earlier gradebook is now {aside}.")
        with Gradebook(course.out / NAME, writing=True) as gradebook:
            frozen = frozen_key(gradebook, wanted)
            shown = as_shown(frozen, course.language)
            with Workers(course.jobs, partial(marking, frozen.key, course.minimum, *shown), progress.tick) as workers:
                on_interrupt(workers.stop)
                gradebook.begin(str(course.source), settings_of(course), versions())
                if course.roster is not None:
                    gradebook.call_roll(read_roster(course.roster))
                take_in(gradebook, course, frozen.key.file, workers, progress)
                workers.ready()
                grade_waiting(gradebook, frozen, course.attempts, workers, progress)
                if workers.is_stopping:
                    return Ended("", 0)
                write_pages(gradebook, workers, progress, anew=False)
            gradebook.end()
            counted = Summary(shown.words)
            write_class_page(gradebook, counted.counting(class_list(gradebook, course.attempts)), shown.words)
            return Ended(counted.text(), len(gradebook.waiting(frozen.key.sha256, __version__, course.attempts == "latest")))


def settings_of(course: Course) -> dict[str, Any]:
    return {"attempts": course.attempts, "shard": course.shard, "jobs": course.jobs, "minimum": course.minimum}


def take_in(gradebook: Gradebook, course: Course, file: str, workers: Workers[Task], progress: Progress) -> None:
    """Everything that was handed in, into the gradebook, while the workers start. Raises NoSubmission."""
    progress.begin("Reading", None)
    handed_in = (each for each in read_all(course.source, file, course.attempts) if course.shard.has(each))
    before = 0
    for taken in gradebook.take_in(handed_in):
        progress.advance(count=taken - before)
        before = taken
        if workers.is_stopping:
            return


def grade_waiting(gradebook: Gradebook, frozen: FrozenKey, attempts: Attempts, workers: Workers[Task], progress: Progress) -> None:
    """Grade all that has no verdict yet. What is doubtful is graded again at the end, with nothing else running, and that counts."""
    waiting = gradebook.waiting(frozen.key.sha256, __version__, attempts == "latest")
    progress.begin("Grading", len(waiting))
    doubtful = []
    for task, answer in graded(gradebook, waiting, workers):
        if answer.is_doubtful:
            doubtful.append(task.row)
        else:
            write_down(gradebook, frozen, task, answer, progress)
    for task, answer in graded(gradebook, doubtful, workers, jobs=1):
        write_down(gradebook, frozen, task, answer, progress)


def graded(gradebook: Gradebook, rows: Iterable[int], workers: Workers[Task], jobs: int | None = None) -> Iterator[tuple[Mark, Answer]]:
    for task, data in workers.work(tasks(gradebook, rows), jobs):
        assert isinstance(task, Mark)
        yield task, ANSWER.decode(data) if data is not None else Answer(None, "Its process died, three times.", is_doubtful=True)


def tasks(gradebook: Gradebook, rows: Iterable[int]) -> Iterator[Mark]:
    for row in rows:
        submission = gradebook.handed_in(row)
        assert isinstance(submission, Submission)
        yield Mark(row, submission)


def write_down(gradebook: Gradebook, frozen: FrozenKey, task: Mark, answer: Answer, progress: Progress) -> None:
    if answer.graded is None:
        gradebook.add_trouble(task.row, answer.trouble)
        progress.advance("not graded")
        return
    gradebook.add(task.row, frozen.key.sha256, __version__, answer.graded)
    score, possible, undecided, *_ = answer.graded
    progress.advance("undecided" if undecided else "full marks" if score == possible else "lost points" if score else "no points")
