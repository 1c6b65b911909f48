"""The manifest: a table that says whose each file is, when it was submitted, and which attempt."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar

from grader.intake.bundle import bundle
from grader.intake.csv_table import CsvRow, read_table
from grader.intake.entries import AskedFile, Entry, RawSubmission, person_named_after
from grader.intake.find_file import meant_by
from grader.intake.layouts import is_metadata, left_out
from grader.intake.names import printable, to_identity
from grader.intake.roster_table import is_roster
from grader.intake.times import to_iso
from grader.model import Message

FILE_NAME = "manifest.csv"
REQUIRED_COLUMNS = ("id", "path")
EXAMPLE = "id,path,submitted_at"
PATH_CAP = 4096  # characters, as on most systems
LONGEST_CELL = 40  # characters that are shown of a cell
TRUE_WORDS = frozenset(("true", "yes", "1"))
FALSE_WORDS = frozenset(("false", "no", "0"))

T = TypeVar("T")
Parts: TypeAlias = tuple[str, ...]  # a path, split at its slashes


def read_manifest(
    root: Entry, manifest: Entry, path: str
) -> tuple[list[RawSubmission], tuple[str, ...]]:
    """List the submissions that a manifest names, and everything else below `root` as strays.

    Also returns sentences about what in it cannot be understood, and about other tables beside it,
    which are not submissions. Rows with the same path and attempt are one submission of a group.
    `path` is that of the manifest, for errors. Raises InvalidTable, UnreadableSubmission.
    """
    groups: dict[tuple[Parts, int | None], list[CsvRow]] = {}
    rows = read_table(manifest, path, REQUIRED_COLUMNS, EXAMPLE)
    for row in rows:
        # Those who have submitted nothing are no group: each gets a path of their own.
        parts = _parts(row.get("path")) or ("", row.get("id"))
        groups.setdefault((parts, _attempt(row.get("attempt"))), []).append(row)
    entries, strays = _find_entries(root, {parts for parts, _ in groups})
    submissions = [
        _group_submission(rows, entries.get(parts), attempt)
        for (parts, attempt), rows in groups.items()
    ]
    tables = []
    for entry in strays:
        if entry.origin == manifest.origin or is_metadata(entry):
            continue
        if is_roster(entry):
            tables.append(entry)
        else:
            submissions.append(_stray(entry))
    notices = _not_understood(rows)
    return submissions, (*notices, *left_out(tables))


def join_files(submissions: Iterable[RawSubmission], asked: AskedFile) -> list[RawSubmission]:
    """Make one submission of rows that name different files of those that an assignment asks for.

    These rows are of the same people, attempt and time. A path without a file is left out if there
    is one of the other files: the submission then says that it is missing.
    """
    joined: list[RawSubmission] = []
    groups: dict[object, dict[str, RawSubmission]] = {}  # by the path of the asked file
    for each in submissions:
        meant = meant_by(each.origin, asked)
        is_file = isinstance(each.entry, Message) or each.entry.kind == "file"
        group = groups.setdefault((each.people, each.attempt, each.submitted_at), {})
        if each.is_stray or not is_file or meant is None or meant.path in group:
            joined.append(each)
        else:
            group[meant.path] = each
    return joined + [_join(list(group.values())) for group in groups.values() if group]


def _join(rows: Sequence[RawSubmission]) -> RawSubmission:
    files = [(row.entry.name, row.entry) for row in rows if not isinstance(row.entry, Message)]
    if not files:
        return rows[0]
    late = _first(row.late for row in rows)
    return rows[0]._replace(entry=bundle(files), origin=files[0][1].origin, late=late)


def _not_understood(rows: Sequence[CsvRow]) -> Iterator[str]:
    """Yield a sentence for each column with cells that cannot be understood."""
    for column, understand, advice in _OPTIONAL_COLUMNS:
        unclear = []
        for row in rows:
            cell = row.get(column)
            if cell.strip() and understand(cell) is None:
                unclear.append(f"{cell.strip()[:LONGEST_CELL]} (line {row.line})")
        if unclear:
            yield f"{column} cannot be understood in {_lines(unclear)}. {advice}"


def _lines(unclear: Sequence[str]) -> str:
    if len(unclear) == 1:
        return f"1 line, which counts as empty: {unclear[0]}"
    return f"{len(unclear)} lines, which count as empty; the first: {unclear[0]}"


def _parts(path: str) -> Parts:
    """Split a path at its slashes, or at the backslashes that Windows writes.

    A path that leads out of the source, or is too long, stays one part: no entry has such a name,
    so nothing is found.
    """
    slashed = path.replace("\\", "/")
    parts = tuple(part for part in slashed.split("/") if part not in ("", "."))
    if slashed.startswith("/") or ".." in parts or len(path) > PATH_CAP:
        return (path,)
    return parts


def _attempt(cell: str) -> int | None:
    return int(cell) if re.fullmatch(r"\s*0*[1-9][0-9]{0,5}\s*", cell, re.ASCII) else None


def _find_entries(root: Entry, named: set[Parts]) -> tuple[dict[Parts, Entry], list[Entry]]:
    """Return the entries that the paths name, and the strays: those that no path names.

    Entries in a folder that a path names are not strays, and neither is a folder that a path
    leads through. Paths of the manifest are compared with names in the source, and never opened.
    """
    entries: dict[Parts, Entry] = {}
    strays: list[Entry] = []
    parents = {parts[:depth] for parts in named for depth in range(len(parts))}

    def visit(folder: Entry, above: Parts, is_covered: bool) -> None:
        for entry in folder.children():
            parts = (*above, printable(entry.name))
            is_parent = entry.kind == "folder" and parts in parents
            if parts in named:
                entries[parts] = entry
            elif not is_covered and not is_parent:
                strays.append(entry)
            if is_parent:
                visit(entry, parts, is_covered or parts in named)

    visit(root, (), is_covered=False)
    return entries, strays


def _stray(entry: Entry) -> RawSubmission:
    people = (person_named_after(entry),)
    return RawSubmission(people, entry.origin, Message("unread_not_in_manifest"), is_stray=True)


def _group_submission(
    rows: Sequence[CsvRow], entry: Entry | None, attempt: int | None
) -> RawSubmission:
    """Make one submission of the rows of a group. Each value is that of the first row with one."""
    people = {row.get("id"): row.person() for row in reversed(rows)}
    submitted_at = _first(row.get("submitted_at").strip() or None for row in rows)
    path = to_identity(rows[0].get("path"))
    return RawSubmission(
        tuple(people[id] for id in sorted(people)),
        entry.origin if entry else path,
        entry or Message("unread_missing", quote=path or None),
        attempt,
        submitted_at=_time(submitted_at) if submitted_at else None,
        has_submitted_at=bool(submitted_at),
        late=_first(_is_late(row.get("late")) for row in rows),
    )


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _time(cell: str) -> str | None:
    """Return a time in ISO 8601, with or without a zone, or None for anything else.

    It is better to have no time than a wrong one.
    """
    try:
        return to_iso(datetime.fromisoformat(cell))
    except ValueError:
        return None


def _is_late(cell: str) -> bool | None:
    word = cell.strip().lower()
    if word in TRUE_WORDS:
        return True
    return False if word in FALSE_WORDS else None


_OPTIONAL_COLUMNS: tuple[tuple[str, Callable[[str], object], str], ...] = (
    (
        "submitted_at",
        _time,
        "Write 2026-11-20T23:58, or with its zone 2026-11-20T23:58-08:00.",
    ),
    ("late", _is_late, "Write yes or no."),
    ("attempt", _attempt, "Write 1, 2, 3, ..."),
)
