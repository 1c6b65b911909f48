"""Grade a class: read what was submitted, grade it in several processes, write the pages.

Every verdict is stored in the gradebook at once, and nothing that has a verdict is graded twice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from grader import __version__
from grader.batch.assignment_edits import notice_of_edits, require_unedited
from grader.batch.pages import page_context, write_class_page, write_pages
from grader.batch.progress import Progress
from grader.batch.run_key import KeyRequest, key_for, store_key
from grader.batch.tasks import (
    WORKER_RESULT,
    GradeTask,
    PageContext,
    Task,
    WorkerResult,
    grading_worker,
)
from grader.batch.workers import WorkerPool
from grader.class_row import CountPolicy
from grader.gradebook.counting import Group
from grader.gradebook.database import NAME, FolderError
from grader.gradebook.folder import locked, set_aside
from grader.gradebook.record import (
    Gradebook,
    RunKey,
    VerdictRecord,
    last_settings_in,
)
from grader.grading import versions
from grader.intake import AskedFile, ClassReading, SourceOptions, asked_file, read_all
from grader.intake.roster import Roster
from grader.intake.roster_table import read_roster
from grader.model import Level, Submission
from grader.reports.columns import shorten
from grader.reports.safe_text import escape_invisible

MOST_NAMED = 5  # people in one line
LONGEST_NAME = 60  # columns


class BatchOptions(NamedTuple):
    """What to grade, and how."""

    source: Path  # see grader.intake
    source_options: SourceOptions  # how to read it
    out: Path  # the folder of the run
    count_policy: CountPolicy | None  # which attempts count; None for what the run used last
    roster: Path | None
    jobs: int | None  # None for one on each core
    minimum_level: Level
    language: str | None  # of the pages; None for what the run used last
    is_fresh: bool  # start over, and keep the earlier gradebook


class BatchResult(NamedTuple):
    """The result of a batch that was not interrupted."""

    summary: str  # of everything in the gradebook, for a terminal
    ungraded: int  # submissions without a verdict
    unwritten: int  # pages that could not be written


def run(
    options: BatchOptions,
    request: KeyRequest,
    progress: Progress,
    on_interrupt: Callable[[Callable[[], None]], None],
) -> BatchResult | None:
    """Grade a class from its source to its pages. Return None if it was interrupted.

    on_interrupt: receives the function that ends the batch early.
    All options are checked before the first file is written. Raises
    AssignmentError, SubmissionNotFound, InvalidTable, OtherKeyError, FolderError, GradebookError;
    GraderError if the sandbox is below the minimum level.
    """
    plan = _make_plan(options, request)
    prepare = partial(grading_worker, plan.run_key.key, options.minimum_level, plan.context)
    with locked(options.out), WorkerPool(options.jobs, prepare, progress.tick) as pool:
        on_interrupt(pool.stop)
        if options.is_fresh:
            pool.ready()  # nothing is set aside before there is a worker that can grade
            _set_aside(options.out, progress)
        with Gradebook(options.out / NAME, writing=True) as gradebook:
            batch = _Batch(plan, gradebook, pool, progress)
            before = batch.begin()
            batch.read_submissions()  # while the workers start
            pool.ready()
            ungraded = batch.grade()
            unwritten = batch.write_pages()
            if pool.is_stopping:
                return None
            summary = batch.finish(before)
            return BatchResult(summary, ungraded, unwritten)


@dataclass(frozen=True)
class _Plan:
    """Everything that a batch needs, checked before it writes anything."""

    options: BatchOptions
    run_key: RunKey
    notice: str | None  # about edits of the assignment
    settings: Mapping[str, Any]  # of this call, as the gradebook stores them
    count_policy: CountPolicy
    context: PageContext
    roster: Roster | None  # None for the one that is in the gradebook
    reading: ClassReading  # each submission is read when its turn comes


def _make_plan(options: BatchOptions, request: KeyRequest) -> _Plan:
    _require_apart(options.source, options.out)
    run_key = key_for(options.out, request, options.is_fresh, options.minimum_level)
    check_edits = notice_of_edits if request.key_of else require_unedited
    notice = check_edits(request.key_of or options.out, run_key)
    last = {} if options.is_fresh else last_settings_in(options.out)
    count_policy = options.count_policy or last.get("attempts", "latest")
    language = options.language or last.get("language")
    settings = {
        "attempts": count_policy,
        "language": language,
        "jobs": options.jobs,
        "minimum": options.minimum_level,
        "from": options.source_options.layout,
        "inside": options.source_options.inside,
        "as_one_person": options.source_options.as_one_person,
    }
    roster = None if options.roster is None else read_roster(options.roster)
    reading = _find_submissions(options, asked_file(run_key.key), roster)
    settings["opened"] = reading.opened
    return _Plan(
        options=options,
        run_key=run_key,
        notice=notice,
        settings=settings,
        count_policy=count_policy,
        context=page_context(run_key, language),
        roster=roster,
        reading=reading,
    )


def _find_submissions(
    options: BatchOptions, asked: AskedFile, roster: Roster | None
) -> ClassReading:
    """Find all submissions of the source, with what earlier calls know about it and the class."""
    source_options = options.source_options
    if not options.is_fresh and (options.out / NAME).exists():
        with Gradebook(options.out / NAME) as gradebook:
            earlier = {} if gradebook.is_empty else gradebook.settings_by_source()
            if roster is None and earlier:
                roster = gradebook.roster()
        own_settings = earlier.pop(_path(options.source), {})
        source_options = source_options._replace(
            is_first=not earlier, opened=own_settings.get("opened")
        )
    return read_all(options.source, asked, source_options, roster)


def _path(source: Path) -> str:
    """Return the path of a source as the gradebook has it."""
    return str(source.resolve())


def _require_apart(source: Path, out: Path) -> None:
    """Raise FolderError if the run's folder is among the submissions.

    Its pages would be read as submissions the next time.
    """
    if source.is_dir():
        top = source
    elif source.suffix.lower() == ".csv":
        top = source.parent
    else:
        return
    if out.resolve().is_relative_to(top.resolve()):
        raise FolderError(
            f"{out}: this folder is inside {top}, where the submissions are. "
            "Name a folder outside it with --out."
        )


def _set_aside(out: Path, progress: Progress) -> None:
    earlier = set_aside(out)
    if earlier:
        progress.say(
            f"The earlier gradebook is now {earlier}. Name its roster, the attempts that count "
            "and the language again if they are to stay."
        )


@dataclass(frozen=True)
class _Batch:
    """The phases of a batch, in the order in which they run.

    All use of the gradebook is here, apart from what pages.py reads.
    """

    plan: _Plan
    gradebook: Gradebook
    pool: WorkerPool[Task]
    progress: Progress

    def begin(self) -> Mapping[str, Group]:
        """Store the key, the settings and the roster of this call. Return the earlier groups."""
        plan, gradebook = self.plan, self.gradebook
        store_key(gradebook, plan.run_key)
        before = gradebook.groups(plan.count_policy)
        gradebook.begin_run(_path(plan.options.source), plan.settings, versions())
        if plan.roster is not None:
            gradebook.replace_roster(plan.roster.people, plan.roster.other_ids)
        return before

    def read_submissions(self) -> None:
        """Store all submissions in the gradebook."""
        for line in (self.plan.reading.summary, *self.plan.reading.notices):
            self.progress.say(escape_invisible(line))
        self.progress.begin("Reading", None)
        reported = 0
        for count in self.gradebook.ingest(self.plan.reading.submissions):
            self.progress.advance(count=count - reported)
            reported = count
            if self.pool.is_stopping:
                return
        self.gradebook.finish_reading()

    def grade(self) -> int:
        """Grade everything that has no verdict yet. Return how many have none in the end.

        A doubtful result is not stored: its submission is graded again at the end, with nothing
        else running, and that result counts.
        """
        rows = self._rows_to_grade()
        ungraded = len(rows)
        doubtful: list[int] = []
        self.progress.begin("Grading", len(rows))
        for row, result in self._results(rows):
            if result.is_doubtful:
                doubtful.append(row)
                self.progress.advance("to grade again")
            else:
                ungraded -= self._record(row, result)
        if doubtful:
            self.progress.begin("Grading again, alone", len(doubtful))
        for row, result in self._results(doubtful, jobs=1):
            ungraded -= self._record(row, result)
        return ungraded

    def write_pages(self) -> int:
        """Bring the students' pages up to date. Return how many could not be written."""
        counts = write_pages(
            self.gradebook, self.plan.context, self.pool, self.progress, anew=False
        )
        return counts.unwritten

    def finish(self, before: Mapping[str, Group]) -> str:
        """Write the page of the class, and print notices about what the grades do not show.

        Returns the summary of the class.
        """
        gradebook, plan = self.gradebook, self.plan
        summary = write_class_page(gradebook, plan.count_policy, plan.context.words)
        notices = [
            plan.notice,
            _level_notice(gradebook.levels(), plan.options.minimum_level),
            _new_ids_notice(before, gradebook.groups(plan.count_policy)),
            _change_notice(before, gradebook.groups(plan.count_policy)),
            _source_notice(gradebook.groups_from_other_sources()),
            f"Attempts that count: {plan.count_policy}." if plan.count_policy != "latest" else None,
        ]
        for notice in filter(None, notices):
            self.progress.say(notice)
        gradebook.finish_run()
        return summary.text()

    def _rows_to_grade(self) -> list[int]:
        """Return the rows that are to get a verdict, in the order in which they came."""
        policy, key = self.plan.count_policy, self.plan.run_key.key.sha256
        rows = self.gradebook.ungraded(policy, key, __version__)
        graded = len(self.gradebook.gradable(policy)) - len(rows)
        if graded:
            self.progress.say(f"Already graded: {graded}. To grade: {len(rows)}.")
        return rows

    def _results(
        self, rows: Iterable[int], jobs: int | None = None
    ) -> Iterator[tuple[int, WorkerResult]]:
        """Yield rows with their results, as the workers deliver them."""
        for task, answer in self.pool.work(self._grade_tasks(rows), jobs):
            assert isinstance(task, GradeTask)
            if answer is None:
                death = "Its process died, three times."
                yield task.row, WorkerResult(None, death, is_doubtful=True)
            else:
                yield task.row, WORKER_RESULT.decode(answer)

    def _grade_tasks(self, rows: Iterable[int]) -> Iterator[GradeTask]:
        for row in rows:
            submission = self.gradebook.submission(row)
            assert isinstance(submission, Submission)
            yield GradeTask(row, submission)

    def _record(self, row: int, result: WorkerResult) -> bool:
        """Store a result. Return whether the submission has a verdict now."""
        if result.record is None:
            self.gradebook.record_trouble(row, result.trouble)
            self.progress.advance("not graded")
            return False
        key = self.plan.run_key.key.sha256
        self.gradebook.record_verdict(row, key, __version__, result.record)
        self.progress.advance(_outcome(result.record))
        return True


def _outcome(record: VerdictRecord) -> str:
    """Return the outcome of a submission, in the words of the progress."""
    if record.undecided:
        return "undecided"
    if record.score == record.possible:
        return "perfect"
    return "with mistakes" if record.score else "no points"


def _level_notice(levels: Mapping[Level, int], minimum_level: Level) -> str | None:
    """Say if verdicts are of several isolation levels, or below a minimum level of full.

    levels: how many of the verdicts came from a sandbox of each level.
    """
    is_mixed = len(levels) > 1
    is_below_full = minimum_level == "full" and bool(set(levels) - {"full"})
    if not (is_mixed or is_below_full):
        return None
    counts = ", ".join(f"{count} at level {level}" for level, count in sorted(levels.items()))
    return (
        f"Isolation levels of the verdicts: {counts}. "
        "Start over with --fresh to have one level for all."
    )


def _new_ids_notice(before: Mapping[str, Group], now: Mapping[str, Group]) -> str | None:
    """Name the ids whose work is, by a roster or another reading of the source, other people's."""
    moved = ["+".join(msgspec.json.decode(ids)) for ids in before if ids not in now]
    if not moved:
        return None
    return f"Now under the ids of the roster, and graded again: {_first_few(moved)}."


def _change_notice(before: Mapping[str, Group], now: Mapping[str, Group]) -> str | None:
    """Name the groups that are graded on another submission now, while the old one is present."""
    changed = []
    for ids, group in before.items():
        if ids not in now:
            continue
        old, new = group.chosen, now[ids].chosen
        if old.is_present and new.is_present and old.version.row != new.version.row:
            name = "+".join(msgspec.json.decode(ids))
            points = f"{_points(old.version.score)} -> {_points(new.version.score)}"
            changed.append(f"{name} {points}")
    if not changed:
        return None
    return f"Now graded on a different file or attempt: {_first_few(changed)}."


def _source_notice(names: list[str]) -> str | None:
    """Name the groups whose submissions are only in the source of an earlier call."""
    if not names:
        return None
    return (
        f"Found in another source by an earlier call, and counted: {_first_few(names)}. "
        "To leave them out, name a new --out."
    )


def _first_few(names: list[str]) -> str:
    """Return how many names there are, and the first of them."""
    shown = ", ".join(shorten(escape_invisible(name), LONGEST_NAME) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{len(names)} ({shown} and {more} more)" if more > 0 else f"{len(names)} ({shown})"


def _points(score: float | None) -> str:
    return "-" if score is None else f"{score:g}"
