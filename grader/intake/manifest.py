"""A manifest: a table that says whose file is whose, when it was handed in, and which attempt it is."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from grader.intake.csv_table import CsvRow, person_of, read_table
from grader.intake.entries import Entry, RawSubmission, identity, person_by_name, text, written
from grader.model import Message

MANIFEST = "manifest.csv"
NEEDED, EXAMPLE = ("id", "path"), "id,path,submitted_at"
PATH_CAP = 4096  # characters, as of most systems
YES, NO = frozenset(("true", "yes", "1")), frozenset(("false", "no", "0"))
Parts: TypeAlias = tuple[str, ...]


def by_manifest(root: Entry, manifest: Entry, told: str) -> list[RawSubmission]:
    """Every row is a hand-in, and so is what no row names. Rows with the same path and attempt are a group's. Raises SubmissionNotFound."""
    together: dict[tuple[Parts, int | None], list[CsvRow]] = {}
    for row in read_table(manifest, told, NEEDED, EXAMPLE):
        parts = parts_of(row.get("path")) or (
            "",
            row.get("id"),
        )  # those who handed in nothing are no group
        together.setdefault((parts, attempt_of(row.get("attempt"))), []).append(row)
    named = {parts for parts, _ in together}
    entries, strays = looked_up(root, named)
    return [
        handed_in(group, entries.get(parts), attempt)
        for (parts, attempt), group in together.items()
    ] + [
        RawSubmission(
            (person_by_name(entry),), entry.origin, Message("unread_not_in_manifest"), stray=True
        )
        for entry in strays
        if entry.origin != manifest.origin
    ]


def handed_in(group: Sequence[CsvRow], entry: Entry | None, attempt: int | None) -> RawSubmission:
    people = {row.get("id"): person_of(row) for row in reversed(group)}
    said = next(
        (row.get("submitted_at").strip() for row in group if row.get("submitted_at").strip()), ""
    )
    late = next(
        (late for late in (late_of(row.get("late")) for row in group) if late is not None), None
    )
    path = group[0].get("path")
    return RawSubmission(
        tuple(people[id] for id in sorted(people)),
        entry.origin if entry else identity(path),
        entry or Message("unread_missing", quote=identity(path) or None),
        attempt,
        saved=time_of(said),
        dated=bool(said),
        late=late,
    )


def looked_up(root: Entry, named: set[Parts]) -> tuple[dict[Parts, Entry], list[Entry]]:
    """Entries by the paths that name them, and those that no path names or leads through. Paths are compared, and never opened."""
    found: dict[Parts, Entry] = {}
    strays: list[Entry] = []
    on_the_way = {parts[:depth] for parts in named for depth in range(len(parts))}

    def walk(folder: Entry, above: Parts, covered: bool) -> None:
        for entry in folder.inside():
            parts = (*above, text(entry.name))
            if parts in named:
                found[parts] = entry
            elif not covered and not (entry.kind == "folder" and parts in on_the_way):
                strays.append(entry)
            if entry.kind == "folder" and parts in on_the_way:
                walk(entry, parts, covered or parts in named)

    walk(root, (), covered=False)
    return found, strays


def parts_of(path: str) -> Parts:
    """A path that leads out of the source, or is too long for one, is nowhere in it: it stays one part, which no name is like."""
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    return (path,) if path.startswith("/") or ".." in parts or len(path) > PATH_CAP else parts


def attempt_of(cell: str) -> int | None:
    return int(cell) if re.fullmatch(r"\s*0*[1-9][0-9]{0,5}\s*", cell, re.ASCII) else None


def time_of(cell: str) -> str | None:
    """ISO 8601, with a zone or without. What says something else is no time: rather none than a wrong one."""
    try:
        return written(datetime.fromisoformat(cell))
    except ValueError:
        return None


def late_of(cell: str) -> bool | None:
    word = cell.strip().lower()
    return True if word in YES else False if word in NO else None
