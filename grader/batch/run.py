"""Many submissions: taken in, graded by several processes, written down one by one. What is written is never done again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from grader import __version__
from grader.batch.pages import (
    clear_up,
    is_stale,
    page_context,
    pages,
    write_class_page,
    write_pages,
)
from grader.batch.progress import Progress
from grader.batch.run_key import KeyRequest, freeze_key, key_for
from grader.batch.tasks import WORKER_RESULT, GradeTask, Task, WorkerResult, grading_worker
from grader.batch.workers import Workers
from grader.class_row import CountPolicy
from grader.gradebook.counting import AttemptSummary, Group
from grader.gradebook.database import NAME, FolderError
from grader.gradebook.folder import locked, set_aside
from grader.gradebook.record import Gradebook, RunKey, last_settings_in
from grader.grading import versions
from grader.intake import read_all, read_roster
from grader.model import Level, Submission, Unreadable
from grader.reports.sentences import escape_invisible

NAMED = 5  # in a line


class Course(NamedTuple):
    """What is to be graded and how. source: see grader.intake; out: the folder of the run; attempts: None for those that it was begun with;
    jobs: None for one on each core; language: None if nobody asked for one."""

    source: Path
    out: Path
    attempts: CountPolicy | None
    roster: Path | None
    jobs: int | None
    minimum: Level
    language: str | None
    fresh: bool


class BatchResult(NamedTuple):
    """summary: of all that stands in the gradebook now; left: submissions without a verdict; unwritten: pages that are not there."""

    summary: str
    left: int
    unwritten: int


def run(
    course: Course,
    wanted: KeyRequest,
    progress: Progress,
    on_interrupt: Callable[[Callable[[], None]], None],
) -> BatchResult | None:
    """The whole of it; None where it was interrupted. on_interrupt: is told what to call when it is to end early.

    Nothing is written before the first lines have found all that was named. Raises AssignmentError, SubmissionNotFound, OtherKeyError,
    FolderError, GradebookError; GraderError where the sandbox is below the minimum.
    """
    require_apart(course.source, course.out)
    frozen = key_for(course.out, wanted, course.fresh)
    settings = settings_for(course)
    shown = page_context(frozen, settings["language"])
    roster = None if course.roster is None else read_roster(course.roster)
    handed_in = read_all(course.source, frozen.key.file)
    with (
        locked(course.out),
        Workers(
            course.jobs, partial(grading_worker, frozen.key, course.minimum, *shown), progress.tick
        ) as workers,
    ):
        on_interrupt(workers.stop)
        if course.fresh:
            workers.ready()  # nothing is set aside before there is somebody to grade
            tell_aside(set_aside(course.out), progress)
        with Gradebook(course.out / NAME, writing=True) as gradebook:
            freeze_key(gradebook, frozen)
            before = gradebook.groups(settings["attempts"])
            gradebook.begin_run(str(course.source.resolve()), settings, versions())
            if roster is not None:
                gradebook.replace_roster(roster)
            ingest(gradebook, handed_in, workers, progress)
            workers.ready()
            attempts = gradebook.count_policy()
            left = grade_waiting(gradebook, frozen, attempts, workers, progress)
            due = list(pages(gradebook, shown.words["language"]))
            unwritten = write_pages(gradebook, list(filter(is_stale, due)), workers, progress)
            if workers.is_stopping:
                return None
            clear_up(course.out, due)
            summary = write_class_page(gradebook, attempts, shown.words)
            tell_of_the_whole(gradebook, course.minimum, before, progress)
            gradebook.finish_run()
            return BatchResult(summary.text(), left, unwritten)


def settings_for(course: Course) -> dict[str, Any]:
    """What was said, else what was said when the run was called last."""
    before = {} if course.fresh else last_settings_in(course.out)
    return {
        "attempts": course.attempts or before.get("attempts", "latest"),
        "language": course.language or before.get("language"),
        "jobs": course.jobs,
        "minimum": course.minimum,
    }


def tell_aside(aside: Path | None, progress: Progress) -> None:
    if aside:
        progress.say(
            f"The earlier gradebook is now {aside}. Its roster, its attempts that count and its language have to be named anew."
        )


def require_apart(source: Path, out: Path) -> None:
    """Pages and gradebook among what was handed in would be somebody's submissions the next time. Raises FolderError."""
    top = source if source.is_dir() else source.parent if source.suffix.lower() == ".csv" else None
    if top is not None and out.resolve().is_relative_to(top.resolve()):
        raise FolderError(
            f"{out}: this is inside of {top}, where the submissions are. Name a folder outside of it with --out."
        )


def ingest(
    gradebook: Gradebook,
    handed_in: Iterable[Submission | Unreadable],
    workers: Workers[Task],
    progress: Progress,
) -> None:
    """Everything that was handed in, into the gradebook, while the workers start."""
    progress.begin("Reading", None)
    before = 0
    for taken in gradebook.ingest(handed_in):
        progress.advance(count=taken - before)
        before = taken
        if workers.is_stopping:
            return
    gradebook.finish_reading()


def grade_waiting(
    gradebook: Gradebook,
    frozen: RunKey,
    attempts: CountPolicy,
    workers: Workers[Task],
    progress: Progress,
) -> int:
    """Grade all that has no verdict yet. What is doubtful is graded again at the end, with nothing else running, and that counts. How many
    have none in the end."""
    everything = gradebook.gradable(attempts)
    rows = gradebook.ungraded(attempts, frozen.key.sha256, __version__)
    if len(rows) < len(everything):
        progress.say(f"Graded already: {len(everything) - len(rows)}. To grade: {len(rows)}.")
    progress.begin("Grading", len(rows))
    doubtful, left = [], len(rows)
    for task, answer in graded(gradebook, rows, workers):
        if answer.is_doubtful:
            doubtful.append(task.row)
            progress.advance("to grade again")
        else:
            left -= put_down(gradebook, frozen, task, answer, progress)
    if doubtful:
        progress.begin("Grading again, alone", len(doubtful))
    for task, answer in graded(gradebook, doubtful, workers, jobs=1):
        left -= put_down(gradebook, frozen, task, answer, progress)
    return left


def graded(
    gradebook: Gradebook, rows: Iterable[int], workers: Workers[Task], jobs: int | None = None
) -> Iterator[tuple[GradeTask, WorkerResult]]:
    for task, data in workers.work(to_grade(gradebook, rows), jobs):
        assert isinstance(task, GradeTask)
        yield (
            task,
            WORKER_RESULT.decode(data)
            if data is not None
            else WorkerResult(None, "Its process died, three times.", is_doubtful=True),
        )


def to_grade(gradebook: Gradebook, rows: Iterable[int]) -> Iterator[GradeTask]:
    for row in rows:
        submission = gradebook.submission(row)
        assert isinstance(submission, Submission)
        yield GradeTask(row, submission)


def put_down(
    gradebook: Gradebook,
    frozen: RunKey,
    task: GradeTask,
    answer: WorkerResult,
    progress: Progress,
) -> bool:
    """Is it graded now?"""
    if answer.graded is None:
        gradebook.record_trouble(task.row, answer.trouble)
        progress.advance("not graded")
        return False
    gradebook.record_verdict(task.row, frozen.key.sha256, __version__, answer.graded)
    score, possible, undecided, *_ = answer.graded
    progress.advance(
        "undecided"
        if undecided
        else "full marks"
        if score == possible
        else "lost points"
        if score
        else "no points"
    )
    return True


def tell_of_the_whole(
    gradebook: Gradebook, minimum: Level, before: Mapping[str, Group], progress: Progress
) -> None:
    """What is true of the run as a whole, and what somebody may not expect who looks at the grades alone. before: what counted when it
    began."""
    levels = gradebook.levels()
    if set(levels) - {minimum} and (len(levels) > 1 or minimum == "full"):
        counts = ", ".join(f"{count} at level {level}" for level, count in sorted(levels.items()))
        progress.say(
            f"Not all were graded behind the same walls: {counts}. Begin anew with --fresh to have one level for all."
        )
    changed = [
        f"{joined(ids)} {score(old.version.score)} -> {score(new.version.score)}"
        for ids, old, new in changes(before, gradebook.groups(gradebook.count_policy()))
    ]
    if changed:
        progress.say(f"Another file than before counts now: {named(changed)}.")
    elsewhere = gradebook.groups_from_other_sources()
    if elsewhere:
        progress.say(
            f"Found in another source by an earlier call, and counted: {named(elsewhere)}. To leave them out, name a new --out."
        )
    if gradebook.count_policy() != "latest":
        progress.say(f"Attempts that count: {gradebook.count_policy()}.")


def changes(
    before: Mapping[str, Group], now: Mapping[str, Group]
) -> Iterator[tuple[str, AttemptSummary, AttemptSummary]]:
    """Whose points are those of something else. Who is gone is told elsewhere."""
    for ids, group in before.items():
        old, new = group.chosen, now[ids].chosen
        if old.is_present and new.is_present and old.version.row != new.version.row:
            yield ids, old, new


def joined(ids: str) -> str:
    return "+".join(msgspec.json.decode(ids))


def named(those: list[str]) -> str:
    """How many, and the first few."""
    more = f" and {len(those) - NAMED} more" if len(those) > NAMED else ""
    return f"{len(those)} ({escape_invisible(', '.join(those[:NAMED]))}{more})"


def score(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"
