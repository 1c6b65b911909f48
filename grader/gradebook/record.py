"""The record of a run: an SQLite file that one process writes and everybody may read. What stands in it: schema.sql."""

import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from grader.gradebook.network_files import network_file_system
from grader.gradebook.rows import HANDED_IN, PEOPLE, as_json, handed_in, row_of
from grader.key_file import decode_key
from grader.model import AnswerKey, Person, Submission, Unreadable

NAME = "gradebook.sqlite"
APPLICATION, VERSION = 0x4752424B, 1  # as schema.sql writes them
TOGETHER = 200  # hand-ins that are written in one transaction


class GradebookError(Exception):
    """The record cannot be used. The text says which one, why, and what to do."""


class FrozenKey(NamedTuple):
    """What a run grades with. seed: as text, secret or not; settings: the changes to the assignment that were asked for."""

    key: AnswerKey
    data: bytes
    seed: str
    is_secret: bool
    assignment: str
    settings: tuple[str, ...]


class Graded(NamedTuple):
    """A verdict as a worker hands it over: JSON, and what is asked for most. likeness: see grader.gradebook.likeness."""

    score: float
    possible: float
    undecided: float
    likeness: str
    verdict: bytes


class Entry(NamedTuple):
    """A hand-in that counts. verdict: JSON, None where there is none yet; trouble: why not, where the grader failed."""

    row: int
    handed_in: Submission | Unreadable
    verdict: str | None
    likeness: str
    trouble: str | None


class Gradebook:
    """Raises GradebookError where the file cannot be used, in every method."""

    def __init__(self, path: Path, writing: bool = False) -> None:
        """Made where there is none, if `writing`."""
        self.path = path
        self.run = 0
        with told(path):
            if writing:
                require_local(path)
                is_new = not path.exists() or path.stat().st_size == 0
                if is_new:
                    path.touch(mode=0o600)  # it holds the answers; what SQLite puts beside it gets the same rights
                self.connection = sqlite3.connect(path, isolation_level=None)
                if is_new:
                    self.connection.executescript(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))
            else:
                self.connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            self.require_ours()
            if writing:
                (mode,) = self.connection.execute("PRAGMA journal_mode = WAL").fetchone()
                if mode != "wal":
                    raise GradebookError(f"{path}: SQLite cannot keep a write-ahead log here. Name a folder of a local disk with --out.")
                self.connection.execute("PRAGMA synchronous = FULL")  # what is written is on the disk, whatever happens next
                self.connection.execute("PRAGMA foreign_keys = ON")

    def require_ours(self) -> None:
        (application,), (version,) = (self.connection.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version"))
        if application != APPLICATION:
            raise GradebookError(f"{self.path}: this is no gradebook. Name the folder of a run, or one that does not exist yet.")
        if version != VERSION:
            raise GradebookError(f"{self.path}: it has version {version}, this grader reads {VERSION}. Use the grader that made it.")

    def ask(self, query: str, values: Iterable[Any] | Mapping[str, Any] = ()) -> Iterator[tuple[Any, ...]]:
        with told(self.path):
            for row in self.connection.execute(query, values if isinstance(values, Mapping) else tuple(values)):  # noqa: UP028  (no close())
                yield row

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written inside is on the disk at its end, or nothing of it."""
        with told(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    # What a run writes.

    def begin(self, source: str, settings: Mapping[str, Any], versions: Mapping[str, str]) -> None:
        row = uuid.uuid4().hex, now(), source, as_json(settings), as_json(versions)
        with self.together():
            self.run = self.insert("runs", "token, began, source, settings, versions", row)

    def end(self) -> None:
        with self.together():
            self.connection.execute("UPDATE runs SET ended = ? WHERE id = ?", (now(), self.run))

    def freeze(self, frozen: FrozenKey) -> None:
        row = frozen.key.sha256, frozen.seed, frozen.is_secret, frozen.assignment, as_json(frozen.settings), frozen.data
        with self.together():
            self.insert("answer_keys", "sha256, seed, is_secret, assignment, settings, key", row)

    def call_roll(self, roster: Iterable[Person]) -> None:
        """Write down who should hand in, instead of whoever stood there."""
        with self.together():
            self.connection.execute("DELETE FROM roster")
            self.connection.executemany("INSERT INTO roster VALUES (?, ?, ?)", ((each.id, each.name, each.email) for each in roster))

    def take_in(self, handed_in: Iterable[Submission | Unreadable]) -> Iterator[int]:
        """Write down who handed in what, a few at a time, and tell how many were read so far."""
        rows: list[tuple[Any, ...]] = []
        taken = 0
        for each in handed_in:
            rows.append((*row_of(each), self.run, self.run))
            taken += 1
            if len(rows) == TOGETHER:
                self.write_down(rows)
                rows.clear()
                yield taken
        self.write_down(rows)
        yield taken

    def write_down(self, rows: list[tuple[Any, ...]]) -> None:
        columns = "ids, people, attempt, saved, late, origin, file, sha256, source, reason, run, seen"
        again = ", ".join(f"{name} = excluded.{name}" for name in ("people", "saved", "late", "origin", "file", "seen"))
        query = f"""
            INSERT INTO submissions ({columns}) VALUES ({marks(12)})
            ON CONFLICT (ids, attempt, sha256, reason) DO UPDATE SET {again}"""  # noqa: S608  (names of ours)
        with self.together():
            self.connection.executemany(query, rows)

    def add(self, row: int, key: str, grader: str, graded: Graded) -> None:
        columns = "submission, key, grader, score, possible, undecided, likeness, graded, verdict, run"
        with self.together():
            self.insert("verdicts", columns, (row, key, grader, *graded[:4], now(), graded.verdict.decode(), self.run))

    def add_trouble(self, row: int, what: str) -> None:
        with self.together():
            self.insert("troubles", "submission, what, at, run", (row, what, now(), self.run))

    def insert(self, table: str, columns: str, row: tuple[Any, ...]) -> int:
        query = f"INSERT INTO {table} ({columns}) VALUES ({marks(len(row))})"  # noqa: S608  (names of ours)
        return self.connection.execute(query, row).lastrowid or 0

    # What is asked of it.

    def frozen(self) -> FrozenKey | None:
        """None in a run that has not begun."""
        for seed, is_secret, assignment, settings, data in self.ask("SELECT seed, is_secret, assignment, settings, key FROM answer_keys"):
            return FrozenKey(decode_key(data), data, seed, bool(is_secret), assignment, tuple(msgspec.json.decode(settings)))
        return None

    def waiting(self, key: str, grader: str, latest_only: bool) -> list[int]:
        """Rows of the submissions that have no verdict of this key and version yet, in the order in which they came."""
        query = """
            SELECT id FROM current_submissions AS one
            WHERE source IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM verdicts WHERE submission = one.id AND key = :key AND grader = :grader)
            AND (NOT :latest_only OR attempt = (SELECT max(attempt) FROM submissions WHERE ids = one.ids))
            ORDER BY id"""
        return [row for (row,) in self.ask(query, {"key": key, "grader": grader, "latest_only": latest_only})]

    def handed_in(self, row: int) -> Submission | Unreadable:
        for found in self.ask(f"SELECT {HANDED_IN} FROM submissions WHERE id = ?", (row,)):  # noqa: S608
            return handed_in(found)
        raise GradebookError(f"{self.path}: there is no submission {row}. It may be damaged: restore a copy, or grade anew with --fresh.")

    def entries(self, row: int | None = None) -> Iterator[Entry]:
        """All current submissions, attempts included, in the order of their ids; or that of one row."""
        query = f"""
            SELECT one.id, verdict, coalesce(likeness, ''), {HANDED_IN},
                (SELECT what FROM troubles WHERE submission = one.id ORDER BY id DESC LIMIT 1)
            FROM current_submissions AS one LEFT JOIN current_verdicts ON current_verdicts.submission = one.id
            WHERE :row IS NULL OR one.id = :row ORDER BY ids, attempt"""  # noqa: S608  (names of ours)
        for found, verdict, likeness, *parts, trouble in self.ask(query, {"row": row}):
            yield Entry(found, handed_in(tuple(parts)), verdict, likeness, None if verdict else trouble)

    def graded(self) -> Iterator[tuple[int, tuple[Person, ...], int, str]]:
        """Row, people, attempt and time of all that has a verdict, as little as a list of pages needs."""
        query = """
            SELECT one.id, people, attempt, graded
            FROM current_submissions AS one JOIN current_verdicts ON current_verdicts.submission = one.id ORDER BY one.id"""
        for row, people, attempt, graded in self.ask(query):
            yield row, PEOPLE.decode(people), attempt, graded

    def rows_of(self, person: str) -> list[tuple[int, int]]:
        """Attempt and row of all that somebody handed in, alone or with others."""
        query = """
            SELECT attempt, one.id FROM current_submissions AS one
            WHERE EXISTS (SELECT 1 FROM json_each(one.ids) WHERE value = ?) ORDER BY attempt"""
        return list(self.ask(query, (person,)))

    def people(self) -> list[tuple[Person, ...]]:
        """All that handed in something."""
        return [PEOPLE.decode(people) for (people,) in self.ask("SELECT DISTINCT people FROM current_submissions ORDER BY ids")]

    def roster(self) -> tuple[Person, ...]:
        return tuple(Person(*row) for row in self.ask("SELECT id, name, email FROM roster ORDER BY id"))

    def settings(self) -> dict[str, Any]:
        """Those of the last run."""
        for (settings,) in self.ask("SELECT settings FROM runs ORDER BY id DESC LIMIT 1"):
            return dict(msgspec.json.decode(settings))
        return {}

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def opened(run: Path) -> Gradebook:
    """The record of a run, to be read."""
    if not (run / NAME).is_file():
        raise GradebookError(f"{run}: there is no {NAME} in this folder. Name the folder of a run, as given to batch with --out.")
    return Gradebook(run / NAME)


def require_frozen(gradebook: Gradebook) -> FrozenKey:
    frozen = gradebook.frozen()
    if frozen is None:
        raise GradebookError(f"{gradebook.path}: nothing has been graded here yet. Run the batch first.")
    return frozen


def marks(count: int) -> str:
    return ",".join("?" * count)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def require_local(path: Path) -> None:
    """SQLite's write-ahead log needs memory that all its readers share: https://sqlite.org/wal.html, 2.2."""
    kind = network_file_system(path)
    if kind:
        raise GradebookError(
            f"{path}: this lies on a network file system ({kind}), where SQLite loses data. Name a local folder with --out."
        )


@contextmanager
def told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise GradebookError(f"{path}: the gradebook cannot be used ({error}). Mend that and run again: what is written stays.") from None
