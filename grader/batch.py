"""Many submissions: taken in, graded by several processes, written down one by one. What is written is never done again."""

import fcntl
import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from grader import __version__
from grader.answer_key import build_key
from grader.assignment import SHIPPED, find_assignment, read_assignment
from grader.class_list import class_list
from grader.class_row import Attempts
from grader.gradebook import NAME, FrozenKey, Gradebook
from grader.grading import versions
from grader.intake import read_all, read_roster
from grader.key_file import decode_key, encode_key
from grader.marking import ANSWER, Answer, Mark, Task, marking
from grader.model import Level, Submission, Unreadable
from grader.pages import as_shown, write_class_page, write_pages
from grader.progress import Progress
from grader.reports.class_summary import summary
from grader.workers import Workers

SEED_BITS = 128


class RunError(Exception):
    """The run cannot go on as asked. The text says why, and what to do."""


class Shard(NamedTuple):
    """Part `number` of `parts`, from 1."""

    number: int
    parts: int

    def has(self, each: Submission | Unreadable) -> bool:
        """Told by the ids alone: all attempts of a person are in one part, on every machine."""
        digest = hashlib.sha256(msgspec.json.encode([person.id for person in each.people])).digest()
        return int.from_bytes(digest[:8]) % self.parts == self.number - 1


class Wanted(NamedTuple):
    """What a run is to grade with. seed: None for a secret one. said: the options that somebody wrote, and did not leave as they are."""

    assignment: str
    settings: tuple[str, ...]
    seed: int | None
    said: frozenset[str]


class Course(NamedTuple):
    """What is to be graded and how. source: see grader.intake; out: the folder of the run; language: asked for, if any."""

    source: Path
    out: Path
    attempts: Attempts
    roster: Path | None
    shard: Shard
    jobs: int
    minimum: Level
    language: str | None
    fresh: bool


class Ended(NamedTuple):
    """summary: of all that stands in the gradebook now; left: how many submissions still wait for a verdict."""

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
            with Workers(course.jobs, partial(marking, frozen.key, course.minimum, *shown)) as workers:
                on_interrupt(workers.stop)
                gradebook.begin(str(course.source), settings_of(course), versions())
                if course.roster is not None:
                    gradebook.call_roll(read_roster(course.roster))
                take_in(gradebook, course, frozen.key.file, workers, progress)
                workers.ready()
                grade_waiting(gradebook, frozen, course.attempts, workers, progress)
                if not workers.is_stopping:
                    write_pages(gradebook, workers, progress, anew=False)
                    write_class_page(gradebook, course.attempts, shown.words)
            gradebook.end()
            left = len(gradebook.waiting(frozen.key.sha256, __version__, course.attempts == "latest"))
            return Ended(summary(class_list(gradebook, course.attempts), shown.words), left)


def settings_of(course: Course) -> dict[str, Any]:
    return {"attempts": course.attempts, "shard": course.shard, "jobs": course.jobs, "minimum": course.minimum}


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Nobody else works in this folder meanwhile. Raises RunError. The lock ends with this process, however that ends."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = open(out / ".lock", "a", encoding="ascii")  # noqa: SIM115  (closed below)
    except OSError as error:
        raise RunError(f"{out}: this folder cannot be written ({error.strerror}). Name another one with --out.") from None
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process alone, and not of its copies
        except OSError:
            raise RunError(f"{out}: another batch is at work in this folder. Wait for it, or name another one with --out.") from None
        yield


def set_aside(out: Path) -> Path | None:
    """The record of an earlier run, out of the way and whole."""
    path = out / NAME
    if not path.exists():
        return None
    with Gradebook(path, writing=True) as gradebook:
        list(gradebook.ask("PRAGMA wal_checkpoint(TRUNCATE)"))
    aside = out / f"gradebook-until-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
    path.rename(aside)
    return aside


def frozen_key(gradebook: Gradebook, wanted: Wanted) -> FrozenKey:
    """That of the run, or a new one for a run that begins. Raises RunError where it was begun with something else than is asked for."""
    frozen = gradebook.frozen()
    if frozen is None:
        frozen = new_key(wanted)
        gradebook.freeze(frozen)
        return frozen
    asked = {"--assignment": name_of(wanted.assignment), "--set": wanted.settings, "--seed": str(wanted.seed)}
    begun = {"--assignment": frozen.assignment, "--set": frozen.settings, "--seed": frozen.seed}
    for option in asked:
        if option in wanted.said and asked[option] != begun[option]:
            raise RunError(
                f"{gradebook.path.parent}: this run was begun with another {option}. Leave it out to go on, or begin anew with --fresh."
            )
    return frozen


def name_of(assignment: str) -> str:
    """By which it is found from any folder. Raises AssignmentError."""
    folder = find_assignment(assignment)
    return folder.name if folder.parent == SHIPPED else str(folder)


def new_key(wanted: Wanted) -> FrozenKey:
    """A seed that nobody chose is secret: 128 bits from the system."""
    seed = secrets.randbits(SEED_BITS) if wanted.seed is None else wanted.seed
    key = build_key(read_assignment(find_assignment(wanted.assignment), wanted.settings), seed)
    if wanted.seed is None:
        key = replace(key, seed=None)
    data = encode_key(key)
    return FrozenKey(decode_key(data), data, str(seed), wanted.seed is None, name_of(wanted.assignment), wanted.settings)


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
    score, possible, undecided, _ = answer.graded
    progress.advance("undecided" if undecided else "full marks" if score == possible else "lost points" if score else "no points")
