"""The record of a run, as a batch writes it and all other commands read it.

One process writes, and any number may read at the same time.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self

import msgspec
from msgspec.structs import replace

from grader.assignment.contents import Contents
from grader.assignment.key_file import decode_key
from grader.class_row import CountPolicy
from grader.gradebook.counting import (
    AttemptSummary,
    Decision,
    Extension,
    Group,
    Records,
    Run,
    Sighting,
    Version,
    count_attempts,
    is_late,
)
from grader.gradebook.database import (
    NAME,
    FolderError,
    GradebookError,
    is_empty,
    open_database,
    reporting_errors,
)
from grader.gradebook.encoding import (
    COLUMNS,
    as_json,
    decode_people,
    decode_submission,
    encode_submission,
)
from grader.gradebook.moved import Place, without_moved
from grader.intake.roster import Roster
from grader.model import AnswerKey, Level, Person, Submission, Unreadable

ROWS_PER_TRANSACTION = 200
NO_IDS: Mapping[str, tuple[str, ...]] = MappingProxyType({})

_CONTENTS = msgspec.json.Decoder(Contents)

_INSERT_SUBMISSION = """
    INSERT INTO submissions (
        ids, people, attempt, saved, late, origin, file, sha256, source, reason, notes, cells,
        more, place, first_run, last_run
    ) VALUES (
        :ids, :people, :attempt, :saved, :late, :origin, :file, :sha256, :source, :reason, :notes,
        :cells, :more, :place, :run, :run
    )
    ON CONFLICT (ids, attempt, sha256, reason, place) DO UPDATE SET
        people = excluded.people, saved = excluded.saved, late = excluded.late,
        origin = excluded.origin, file = excluded.file, notes = excluded.notes,
        last_run = excluded.last_run"""
_INSERT_SIGHTING = """
    INSERT INTO sightings
    SELECT submissions.id, runs.source, runs.id FROM submissions JOIN runs ON runs.id = :run
    WHERE (ids, attempt, sha256, reason, place) = (:ids, :attempt, :sha256, :reason, :place)
    ON CONFLICT DO UPDATE SET run = excluded.run"""
# In the order of the fields of Version.
_VERSIONS = """
    SELECT submissions.id, ids, attempt, source IS NOT NULL, saved, late, first_run, last_run,
        score, undecided, possible
    FROM submissions LEFT JOIN current_verdicts ON current_verdicts.submission = submissions.id"""

_ENTRIES = f"""
    SELECT ids, submissions.id, verdict, grader, fingerprint,
        (SELECT what FROM troubles WHERE submission = submissions.id ORDER BY at DESC LIMIT 1),
        {COLUMNS}
    FROM submissions
    LEFT JOIN current_verdicts ON current_verdicts.submission = submissions.id"""  # noqa: S608


class RunKey(NamedTuple):
    """The answer key of a run, and what it was made from."""

    key: AnswerKey
    data: bytes  # the key as it is stored
    seed: str  # as text, whether secret or not
    is_secret: bool
    assignment: str
    settings: tuple[str, ...]  # changes to the assignment, as KEY=VALUE
    contents: Contents = Contents()  # empty if an older grader made the key


class VerdictRecord(NamedTuple):
    """A verdict as a worker hands it over: JSON, and the values that have columns of their own."""

    score: float
    possible: float
    undecided: float
    fingerprint: str  # of the source, see grader.static_analysis.fingerprint
    sandbox: Level
    verdict: bytes


class Entry(NamedTuple):
    """A submission and the result of grading it."""

    row: int  # submissions.id
    submission: Submission | Unreadable
    verdict: str | None  # JSON; None if there is none yet
    grader: str  # version that made the verdict
    fingerprint: str  # of the source, see grader.static_analysis.fingerprint
    trouble: str | None  # why there is no verdict, if the grader failed


class PageSource(NamedTuple):
    """All that the page of an attempt depends on, except data that takes long to read."""

    row: int  # submissions.id
    people: tuple[Person, ...]
    attempt: int
    last_attempt: int  # of the same people
    saved: str | None
    is_late: bool | None
    origin: str
    sha256: str
    reason: str
    graded_at: str | None


class Gradebook:
    """An open gradebook. Every method raises GradebookError if the file cannot be used."""

    def __init__(self, path: Path, writing: bool = False) -> None:
        """See open_database."""
        self.path = path
        self.run = 0  # id of the current run, once one has begun
        self.connection = open_database(path, writing)
        self.is_empty = is_empty(self.connection)
        self._groups: dict[CountPolicy, tuple[int, dict[str, Group]]] = {}

    def query(
        self, query: str, values: Iterable[Any] | Mapping[str, Any] = ()
    ) -> Iterator[tuple[Any, ...]]:
        if not isinstance(values, Mapping):
            values = tuple(values)
        with reporting_errors(self.path):
            # Not `yield from`, which would close the cursor, maybe after the connection.
            for row in self.connection.execute(query, values):  # noqa: UP028
                yield row

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all changes of the `with` block to the disk at its end, or none if it fails."""
        with reporting_errors(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                # On a full disk SQLite has rolled back by itself.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Writing.

    def store_key(self, key: RunKey) -> None:
        values = {
            "sha256": key.key.sha256,
            "seed": key.seed,
            "is_secret": key.is_secret,
            "assignment": key.assignment,
            "settings": as_json(key.settings),
            "content_hashes": as_json(key.contents) if key.contents.grader else "{}",
            "key": key.data,
        }
        with self.transaction():
            self._insert("answer_keys", values)

    def begin_run(
        self, source: str, settings: Mapping[str, Any], versions: Mapping[str, str]
    ) -> None:
        values = {
            "started_at": _now(),
            "source": source,
            "settings": as_json(settings),
            "versions": as_json(versions),
        }
        with self.transaction():
            self.run = self._insert("runs", values)

    def finish_reading(self) -> None:
        """Record that the run has read all of its source."""
        with self.transaction() as connection:
            connection.execute("UPDATE runs SET read_at = ? WHERE id = ?", (_now(), self.run))

    def finish_run(self) -> None:
        with self.transaction() as connection:
            connection.execute("UPDATE runs SET ended_at = ? WHERE id = ?", (_now(), self.run))

    def replace_roster(
        self, people: Iterable[Person], other_ids: Mapping[str, tuple[str, ...]] = NO_IDS
    ) -> None:
        """other_ids: what else each of them is called, by their id."""
        rows = [
            (*_fields(person), as_json(other_ids.get(person.id, ())), self.run) for person in people
        ]
        with self.transaction() as connection:
            connection.execute("DELETE FROM roster")
            connection.executemany("INSERT INTO roster VALUES (?, ?, ?, ?, ?)", rows)

    def ingest(self, submissions: Iterable[Submission | Unreadable]) -> Iterator[int]:
        """Store submissions, some at a time, and yield after each time how many were read so far.

        Submissions of the same people, which must follow one another, are stored together.
        """
        rows: list[dict[str, Any]] = []
        count = 0
        for submission in submissions:
            row = encode_submission(submission) | {"run": self.run}
            if len(rows) >= ROWS_PER_TRANSACTION and row["ids"] != rows[-1]["ids"]:
                self._store(rows)
                yield count
                rows.clear()
            rows.append(row)
            count += 1
        self._store(rows)
        yield count

    def record_verdict(self, row: int, key: str, grader: str, record: VerdictRecord) -> None:
        """row: submissions.id; key: its SHA-256; grader: version of the grader."""
        values = record._asdict() | {
            "verdict": record.verdict.decode(),
            "submission": row,
            "key": key,
            "grader": grader,
            "run": self.run,
            "graded_at": _now(),
        }
        with self.transaction():
            self._insert("verdicts", values)

    def record_trouble(self, row: int, what: str) -> None:
        """row: submissions.id."""
        values = {"submission": row, "what": what, "at": _now(), "run": self.run}
        with self.transaction():
            self._insert("troubles", values)

    def _store(self, rows: list[dict[str, Any]]) -> None:
        with self.transaction() as connection:
            connection.executemany(_INSERT_SUBMISSION, rows)
            connection.executemany(_INSERT_SIGHTING, rows)

    def _insert(self, table: str, values: Mapping[str, Any]) -> int:
        """Return the id of the new row."""
        columns = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        query = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608  (names of ours)
        return self.connection.execute(query, values).lastrowid or 0

    # Reading: the run.

    def run_key(self) -> RunKey | None:
        """Return the key of the run; None if the run has not begun."""
        if self.is_empty:
            return None
        query = "SELECT seed, is_secret, assignment, settings, content_hashes, key FROM answer_keys"
        for seed, is_secret, assignment, settings, hashes, data in self.query(query):
            with self._reporting_damage("the answer key"):
                return RunKey(
                    key=decode_key(data),
                    data=data,
                    seed=seed,
                    is_secret=bool(is_secret),
                    assignment=assignment,
                    settings=tuple(msgspec.json.decode(settings)),
                    contents=_CONTENTS.decode(hashes),
                )
        return None

    def settings(self) -> dict[str, Any]:
        """Return the settings of the last run."""
        for (settings,) in self.query("SELECT settings FROM runs ORDER BY id DESC LIMIT 1"):
            return dict(msgspec.json.decode(settings))
        return {}

    def settings_by_source(self) -> dict[str, dict[str, Any]]:
        """Return the settings of the last run that read each source."""
        rows = self.query("SELECT source, settings FROM runs ORDER BY id")
        return {source: msgspec.json.decode(settings) for source, settings in rows}

    def count_policy(self) -> CountPolicy:
        """Return which attempts count by the settings of the last run."""
        policy: CountPolicy = self.settings().get("attempts", "latest")
        return policy

    def roster(self) -> Roster:
        """Return the roster of the last run that was given one; nobody is on it if none was."""
        people = []
        other_ids = {}
        query = "SELECT id, name, email, other_ids FROM roster ORDER BY id"
        for id, name, email, others in self.query(query):
            people.append(Person(id, name, email))
            other_ids[id] = msgspec.json.decode(others, type=tuple[str, ...])
        return Roster(tuple(people), {id: others for id, others in other_ids.items() if others})

    # Reading: attempts, and which of them count.

    def groups(self, policy: CountPolicy) -> dict[str, Group]:
        """Return all submissions that hold, by the ids of their people as JSON, in that order.

        Those of a group whose work is somebody else's now are left out: see without_moved.
        """
        changes = self.connection.total_changes
        if policy not in self._groups or self._groups[policy][0] != changes:
            groups = count_attempts(self._records(), policy)
            if not all(group.chosen.is_present for group in groups.values()):
                groups = without_moved(groups, self._places())
            self._groups[policy] = changes, groups
        return self._groups[policy][1]

    def attempts(self) -> Iterator[AttemptSummary]:
        """Yield all submissions that hold, group by group."""
        for group in self.groups(self.count_policy()).values():
            yield from group.attempts

    def gradable(self, policy: CountPolicy) -> list[int]:
        """Return what can be graded and is present, as submissions.id in the order of arrival.

        With the policy `latest`, only the attempts that count.
        """
        return sorted(
            each.version.row
            for group in self.groups(policy).values()
            for each in group.attempts
            if each.is_present and each.version.is_readable and (each.counts or policy != "latest")
        )

    def ungraded(self, policy: CountPolicy, key: str, grader: str) -> list[int]:
        """Return what is gradable and has no verdict yet of this key (SHA-256) and grader."""
        query = "SELECT submission FROM verdicts WHERE key = ? AND grader = ?"
        graded = {row for (row,) in self.query(query, (key, grader))}
        return [row for row in self.gradable(policy) if row not in graded]

    def groups_from_other_sources(self) -> list[str]:
        """Return the groups with a present submission that a run of another source saw last.

        Each as the ids of the people, joined by +.
        """
        last_source = "SELECT source FROM runs WHERE id = ?"
        query = f"SELECT id FROM runs WHERE source <> ({last_source})"  # noqa: S608  (ours)
        other_runs = {run for (run,) in self.query(query, (self.run,))}
        ids = {
            each.version.ids: None
            for each in self.attempts()
            if each.is_present and each.version.last_run in other_runs
        }
        return ["+".join(msgspec.json.decode(each)) for each in ids]

    def levels(self) -> dict[Level, int]:
        """Return how many verdicts of present submissions were made at each sandbox level."""
        present = {each.version.row for each in self.attempts() if each.is_present}
        counts: dict[Level, int] = {}
        for row, level in self.query("SELECT submission, sandbox FROM current_verdicts"):
            if row in present:
                counts[level] = counts.get(level, 0) + 1
        return counts

    def _records(self) -> Records:
        runs = "SELECT id, source, read_at IS NOT NULL FROM runs"
        sightings = "SELECT submission, source, run FROM sightings"
        extensions = "SELECT ids, until FROM extensions ORDER BY id"
        decisions = "SELECT ids, attempt FROM decisions ORDER BY id"
        return Records(
            versions=map(Version._make, self.query(_VERSIONS)),
            runs=map(Run._make, self.query(runs)),
            sightings=map(Sighting._make, self.query(sightings)),
            extensions=map(Extension._make, self.query(extensions)),
            decisions=map(Decision._make, self.query(decisions)),
        )

    def _places(self) -> dict[int, Place]:
        rows = self.query("SELECT id, origin, sha256, reason FROM submissions")
        return {row: Place(*values) for row, *values in rows}

    # Reading: submissions.

    def submission(self, row: int) -> Submission | Unreadable:
        """row: submissions.id. Raises GradebookError if there is no such row."""
        query = f"SELECT {COLUMNS} FROM submissions WHERE id = ?"  # noqa: S608  (names of ours)
        for values in self.query(query, (row,)):
            return self._decoded(values)
        raise self._no_submission(row)

    def entry(self, row: int) -> Entry:
        """row: submissions.id. Raises GradebookError if there is no such row."""
        for values in self.query(f"{_ENTRIES} WHERE submissions.id = ?", (row,)):
            return self._entry(values)
        raise self._no_submission(row)

    def entries(self) -> Iterator[tuple[str, list[Entry]]]:
        """Yield all submissions ever stored, by the ids of their people as JSON, in that order."""
        rows = self.query(f"{_ENTRIES} ORDER BY ids")
        for ids, same_people in groupby(rows, key=itemgetter(0)):
            yield ids, [self._entry(values) for values in same_people]

    def _entry(self, values: tuple[Any, ...]) -> Entry:
        _, row, verdict, grader, fingerprint, trouble, *submission = values
        return Entry(
            row=row,
            submission=self._with_extension(self._decoded(tuple(submission))),
            verdict=verdict,
            grader=grader or "",
            fingerprint=fingerprint or "",
            trouble=None if verdict else trouble,
        )

    def _decoded(self, values: tuple[Any, ...]) -> Submission | Unreadable:
        with self._reporting_damage("a submission"):
            return decode_submission(values)

    def _people(self, stored: str) -> tuple[Person, ...]:
        with self._reporting_damage("a submission"):
            return decode_people(stored)

    @contextmanager
    def _reporting_damage(self, what: str) -> Iterator[None]:
        """Turn what decoding a damaged value raises into a GradebookError."""
        try:
            yield
        except (ValueError, TypeError, AssertionError):
            raise GradebookError(
                f"{self.path}: {what} in it is damaged. Restore a copy of the file, or start over "
                "with batch --fresh."
            ) from None

    def _no_submission(self, row: int) -> GradebookError:
        return GradebookError(
            f"{self.path}: there is no submission {row}. The file may be damaged: restore a copy, "
            "or start over with --fresh."
        )

    def _with_extension(self, submission: Submission | Unreadable) -> Submission | Unreadable:
        if not submission.late:
            return submission
        query = "SELECT until FROM extensions WHERE ids = ? ORDER BY id DESC LIMIT 1"
        ids = as_json([person.id for person in submission.people])
        for (until,) in self.query(query, (ids,)):
            return replace(submission, late=is_late(submission.saved, submission.late, until))
        return submission

    def people(self, only_readable: bool = False) -> list[tuple[Person, ...]]:
        """Return all groups of people who submitted something, or something that can be graded."""
        people = dict(self.query("SELECT id, people FROM submissions"))
        distinct = {
            people[each.version.row]: None
            for each in self.attempts()
            if each.version.is_readable or not only_readable
        }
        return [self._people(each) for each in distinct]

    def page_sources(self) -> Iterator[PageSource]:
        """Yield the sources of all pages: one for each attempt that is present and settled.

        An attempt is settled if it has a verdict or cannot be graded.
        """
        query = """
            SELECT submissions.id, people, origin, sha256, reason, graded_at
            FROM submissions
            LEFT JOIN current_verdicts ON current_verdicts.submission = submissions.id"""
        facts = {row: values for row, *values in self.query(query)}
        for group in self.groups(self.count_policy()).values():
            present: dict[int, AttemptSummary] = {}  # the first version of each attempt
            for each in group.attempts:
                if each.is_present:
                    present.setdefault(each.version.attempt, each)
            for attempt, each in present.items():
                people, origin, sha256, reason, graded_at = facts[each.version.row]
                if each.version.is_readable and graded_at is None:
                    continue
                yield PageSource(
                    row=each.version.row,
                    people=self._people(people),
                    attempt=attempt,
                    last_attempt=max(present),
                    saved=each.version.saved,
                    is_late=each.is_late,
                    origin=origin,
                    sha256=sha256,
                    reason=reason,
                    graded_at=graded_at,
                )


def open_gradebook(run: Path) -> Gradebook:
    """Open the gradebook of a run for reading. Raises FolderError if nothing has been graded."""
    if not (run / NAME).is_file():
        raise FolderError(
            f"{run}: there is no {NAME} in this folder. "
            "Name the folder of a run, as given to batch with --out."
        )
    gradebook = Gradebook(run / NAME)
    if gradebook.is_empty:
        gradebook.close()
        raise _nothing_graded(gradebook)
    return gradebook


def run_key_in(out: Path) -> RunKey | None:
    """Return the key of the run in this folder; None if there is none, or it has not begun."""
    if not (out / NAME).exists():
        return None
    with Gradebook(out / NAME) as gradebook:
        return gradebook.run_key()


def last_settings_in(out: Path) -> dict[str, Any]:
    """Return the settings of the last run in this folder; empty if there is none."""
    if not (out / NAME).exists():
        return {}
    with Gradebook(out / NAME) as gradebook:
        return {} if gradebook.is_empty else gradebook.settings()


def require_run_key(gradebook: Gradebook) -> RunKey:
    """Return the key of a run. Raises FolderError if it has not begun."""
    key = gradebook.run_key()
    if key is None:
        raise _nothing_graded(gradebook)
    return key


def _nothing_graded(gradebook: Gradebook) -> FolderError:
    return FolderError(f"{gradebook.path}: nothing has been graded here yet. Run the batch first.")


def _fields(person: Person) -> tuple[str, str, str]:
    return person.id, person.name, person.email


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
