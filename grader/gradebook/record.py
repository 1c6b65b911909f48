"""The record of a run: what a batch writes down, and what is asked of it. One process writes, everybody may read."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from grader.assignment.key_file import decode_key
from grader.gradebook.database import NAME, Database, FolderError, GradebookError, marks
from grader.gradebook.encoding import HANDED_IN, PEOPLE, as_json, handed_in, row_of
from grader.model import AnswerKey, Level, Person, Submission, Unreadable

FIRST = "ids, attempt, found DESC, source IS NULL, one.id"  # of what shares an attempt: what is there, then what can be graded
TICK = timedelta(milliseconds=1)
TOGETHER = 200  # hand-ins that are written in one transaction


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
    sandbox: Level
    verdict: bytes


class Entry(NamedTuple):
    """A hand-in as it is now. ids: JSON; verdict: JSON, None where there is none yet; trouble: why not, where the grader failed; found: it
    is still where it was handed in."""

    row: int
    ids: str
    handed_in: Submission | Unreadable
    verdict: str | None
    grader: str
    likeness: str
    trouble: str | None
    found: bool


class AttemptSummary(NamedTuple):
    """What tells which of somebody's attempts counts. ids: JSON; rank: of where it was found, the larger the newer; empty where there is
    nothing else of the same people. score and so on: None where there is no verdict."""

    row: int
    ids: str
    attempt: int
    found: bool
    rank: str
    is_readable: bool
    score: float | None
    undecided: float | None
    possible: float | None


class PageSource(NamedTuple):
    """What a page can tell of. latest: the last attempt of the same people; parts: what else it is made of, as text or a number each."""

    row: int
    people: tuple[Person, ...]
    attempt: int
    latest: int
    parts: tuple[Any, ...]


class Gradebook(Database):
    run = 0  # its number, once one has begun

    # What a run writes.

    def begin(self, source: str, settings: Mapping[str, Any], versions: Mapping[str, str]) -> None:
        """Later than all that are known, also where the clock has gone back meanwhile."""
        ((book,),), ((last,),) = (
            self.ask("SELECT token FROM book"),
            self.ask("SELECT max(began) FROM runs"),
        )
        began = now() if last is None else max(now(), written(datetime.fromisoformat(last) + TICK))
        row = uuid.uuid4().hex, book, began, source, "1/1", as_json(settings), as_json(versions)
        with self.together():
            self.run = self.insert(
                "runs", "token, book, began, source, shard, settings, versions", row
            )

    def mark(self, column: str) -> None:
        """column: read, or ended: that is true of the run now."""
        with self.together():
            self.connection.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (now(), self.run))  # noqa: S608  (names of ours)

    def freeze(self, frozen: FrozenKey) -> None:
        row = (
            frozen.key.sha256,
            frozen.seed,
            frozen.is_secret,
            frozen.assignment,
            as_json(frozen.settings),
            frozen.data,
        )
        with self.together():
            self.insert("answer_keys", "sha256, seed, is_secret, assignment, settings, key", row)

    def call_roll(self, roster: Iterable[Person]) -> None:
        """Write down who should hand in, instead of whoever stood there."""
        with self.together():
            self.connection.execute(
                "DELETE FROM roster WHERE run IN (SELECT id FROM runs WHERE book IN (SELECT token FROM book))"
            )
            rows = ((each.id, each.name, each.email, self.run) for each in roster)
            self.connection.executemany("INSERT INTO roster VALUES (?, ?, ?, ?)", rows)

    def take_in(self, handed_in: Iterable[Submission | Unreadable]) -> Iterator[int]:
        """Write down who handed in what, a few at a time, and tell how many were read so far."""
        rows: list[tuple[Any, ...]] = []
        taken = 0
        for each in handed_in:
            row = (*row_of(each), self.run, self.run)
            if (
                len(rows) >= TOGETHER and row[0] != rows[-1][0]
            ):  # all of the same people, or nothing of theirs
                self.take_down(rows)
                yield taken
                rows.clear()
            rows.append(row)
            taken += 1
        self.take_down(rows)
        yield taken

    def take_down(self, rows: list[tuple[Any, ...]]) -> None:
        columns = "ids, people, attempt, saved, late, origin, file, sha256, source, reason, place, run, seen"
        again = ", ".join(
            f"{name} = excluded.{name}"
            for name in ("people", "saved", "late", "origin", "file", "seen")
        )
        query = f"""
            INSERT INTO submissions ({columns}) VALUES ({marks(13)})
            ON CONFLICT (ids, attempt, sha256, reason, place) DO UPDATE SET {again}"""  # noqa: S608  (names of ours)
        seen = """
            INSERT INTO sightings SELECT submissions.id, book, runs.source, runs.id FROM submissions JOIN runs ON runs.id = :run
            WHERE (ids, attempt, sha256, reason, place) = (:ids, :attempt, :sha256, :reason, :place)
            ON CONFLICT DO UPDATE SET run = excluded.run"""
        with self.together():
            self.connection.executemany(query, rows)
            self.connection.executemany(
                seen, (dict(zip(columns.split(", "), row, strict=True)) for row in rows)
            )

    def add(self, row: int, key: str, grader: str, graded: Graded) -> None:
        columns = "submission, key, grader, score, possible, undecided, likeness, sandbox, graded, verdict, run"
        with self.together():
            self.insert(
                "verdicts",
                columns,
                (row, key, grader, *graded[:5], now(), graded.verdict.decode(), self.run),
            )

    def add_trouble(self, row: int, what: str) -> None:
        with self.together():
            self.insert("troubles", "submission, what, at, run", (row, what, now(), self.run))

    # What is asked of it.

    def frozen(self) -> FrozenKey | None:
        """None in a run that has not begun."""
        asked = "SELECT seed, is_secret, assignment, settings, key FROM answer_keys"
        for seed, is_secret, assignment, settings, data in () if self.is_empty else self.ask(asked):
            return FrozenKey(
                decode_key(data),
                data,
                seed,
                bool(is_secret),
                assignment,
                tuple(msgspec.json.decode(settings)),
            )
        return None

    def waiting(self, key: str, grader: str) -> list[int]:
        """Rows of all that is there and has no verdict of this key and version yet, in the order in which they came."""
        query = """
            SELECT id FROM current_submissions AS one
            WHERE source IS NOT NULL AND found
            AND NOT EXISTS (SELECT 1 FROM verdicts WHERE submission = one.id AND key = ? AND grader = ?) ORDER BY id"""
        return [row for (row,) in self.ask(query, (key, grader))]

    def standings(self) -> Iterator[AttemptSummary]:
        """All current submissions, attempts included, in the order of their ids."""
        query = """
            SELECT one.id, ids, attempt, found, source IS NOT NULL, score, undecided, possible,
                CASE WHEN EXISTS (SELECT 1 FROM submissions AS other WHERE other.ids = one.ids AND other.id <> one.id) THEN (
                    SELECT max(other.taken) FROM current_sightings AS ours
                    JOIN current_sightings AS theirs ON theirs.book = ours.book AND theirs.source = ours.source
                    JOIN all_submissions AS other ON other.id = theirs.submission
                    WHERE ours.submission = one.id AND other.ids = one.ids
                ) END
            FROM current_submissions AS one LEFT JOIN current_verdicts ON current_verdicts.submission = one.id ORDER BY ids"""
        for row, ids, attempt, found, is_readable, score, undecided, possible, rank in self.ask(
            query
        ):
            yield AttemptSummary(
                row,
                ids,
                attempt,
                bool(found),
                rank or "",
                bool(is_readable),
                score,
                undecided,
                possible,
            )

    def handed_in(self, row: int) -> Submission | Unreadable:
        for found in self.ask(f"SELECT {HANDED_IN} FROM submissions WHERE id = ?", (row,)):  # noqa: S608
            return handed_in(found)
        raise GradebookError(
            f"{self.path}: there is no submission {row}. It may be damaged: restore a copy, or grade anew with --fresh."
        )

    def entries(self, row: int | None = None) -> Iterator[Entry]:
        """All current submissions, attempts included, in the order of their ids; or that of one row. Of those that share an attempt the
        first is the one that it is about."""
        query = f"""
            SELECT one.id, ids, verdict, coalesce(grader, ''), coalesce(likeness, ''), found, {HANDED_IN},
                (SELECT what FROM troubles WHERE submission = one.id ORDER BY at DESC LIMIT 1)
            FROM current_submissions AS one LEFT JOIN current_verdicts ON current_verdicts.submission = one.id
            WHERE {"one.id = :row" if row else "true"} ORDER BY {FIRST}"""  # noqa: S608  (words of ours)
        for found, ids, verdict, grader, likeness, is_found, *parts, trouble in self.ask(
            query, {"row": row}
        ):
            yield Entry(
                found,
                ids,
                handed_in(tuple(parts)),
                verdict,
                grader,
                likeness,
                None if verdict else trouble,
                bool(is_found),
            )

    def told_of(self) -> Iterator[PageSource]:
        """All that is still there and that a page can tell of: as little as a list of pages needs."""
        query = f"""
            SELECT ids, one.id, people, attempt, source IS NOT NULL AND graded IS NULL, saved, late, origin, sha256, reason, graded
            FROM current_submissions AS one LEFT JOIN current_verdicts ON current_verdicts.submission = one.id
            WHERE found ORDER BY {FIRST}"""  # noqa: S608  (words of ours)
        for _, same in groupby(self.ask(query), key=itemgetter(0)):
            attempts = [next(rows) for _, rows in groupby(same, key=itemgetter(3))]
            for _, row, people, attempt, is_waiting, *parts in attempts:
                if not is_waiting:
                    yield PageSource(
                        row, PEOPLE.decode(people), attempt, attempts[-1][3], tuple(parts)
                    )

    def rows_of(self, person: str) -> list[tuple[int, int]]:
        """Attempt and row of all that somebody handed in, alone or with others."""
        query = """
            SELECT attempt, one.id FROM current_submissions AS one
            WHERE EXISTS (SELECT 1 FROM json_each(one.ids) WHERE value = ?) ORDER BY attempt"""
        return list(self.ask(query, (person,)))

    def people(self, readable: bool = False) -> list[tuple[Person, ...]]:
        """All that ever handed in something. readable: that can be graded."""
        query = "SELECT DISTINCT people FROM current_submissions WHERE NOT ? OR source IS NOT NULL ORDER BY ids"
        return [PEOPLE.decode(people) for (people,) in self.ask(query, (readable,))]

    def elsewhere(self) -> list[str]:
        """Whose it is that was found in another source than that of the last run, and not in that."""
        query = """
            SELECT DISTINCT one.ids FROM runs AS last CROSS JOIN runs AS mine CROSS JOIN current_submissions AS one
            WHERE last.id = ? AND mine.book = last.book AND mine.source <> last.source AND one.seen = mine.id AND found ORDER BY one.ids"""
        return ["+".join(msgspec.json.decode(ids)) for (ids,) in self.ask(query, (self.run,))]

    def roster(self) -> tuple[Person, ...]:
        """Of several, as merged parts may have, all together; what the latest of them says of somebody is true."""
        rows = self.ask(
            "SELECT roster.id, name, email FROM roster JOIN runs ON runs.id = run ORDER BY roster.id, began"
        )
        return tuple({id: Person(id, name, email) for id, name, email in rows}.values())

    def settings(self) -> dict[str, Any]:
        """Those of the last run."""
        for (settings,) in self.ask("SELECT settings FROM runs ORDER BY began DESC LIMIT 1"):
            return dict(msgspec.json.decode(settings))
        return {}

    def levels(self) -> dict[Level, int]:
        """How many of the verdicts that hold now came about behind which walls."""
        query = """
            SELECT sandbox, count(*)
            FROM current_verdicts JOIN current_submissions AS one ON one.id = submission WHERE found GROUP BY sandbox"""
        return dict(self.ask(query))


def open_gradebook(run: Path) -> Gradebook:
    """The record of a run, to be read."""
    if not (run / NAME).is_file():
        raise FolderError(
            f"{run}: there is no {NAME} in this folder. Name the folder of a run, as given to batch with --out."
        )
    gradebook = Gradebook(run / NAME)
    if gradebook.is_empty:
        raise nothing_yet(gradebook)
    return gradebook


def frozen_key_in(out: Path) -> FrozenKey | None:
    """The key of the run in this folder; None where there is none, or where it has not begun."""
    if not (out / NAME).exists():
        return None
    with Gradebook(out / NAME) as gradebook:
        return gradebook.frozen()


def last_settings_in(out: Path) -> dict[str, Any]:
    """With which the run in this folder was called last, if there is one."""
    if not (out / NAME).exists():
        return {}
    with Gradebook(out / NAME) as gradebook:
        return {} if gradebook.is_empty else gradebook.settings()


def require_frozen(gradebook: Gradebook) -> FrozenKey:
    frozen = gradebook.frozen()
    if frozen is None:
        raise nothing_yet(gradebook)
    return frozen


def nothing_yet(gradebook: Gradebook) -> FolderError:
    return FolderError(f"{gradebook.path}: nothing has been graded here yet. Run the batch first.")


def now() -> str:
    return written(datetime.now(UTC))


def written(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")
