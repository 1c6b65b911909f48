"""Gradescope, "Download Submissions": a folder for each submission, and a table of them.

    assignment_8046601_export/submission_metadata.yml
    assignment_8046601_export/submission_409194023/softmax.py

The table says who submitted each folder and when. Only the active submission is in it; what it
says of earlier ones is not used. A submission may have several submitters, or none.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from grader.intake.entries import Entry, InvalidTable, RawSubmission, UnreadableSubmission
from grader.intake.layouts.listing import (
    Listing,
    platform_submission,
    submission_without_file,
)
from grader.intake.names import to_identity
from grader.intake.times import to_iso
from grader.intake.yaml_rows import InvalidYaml, Node, read_rows
from grader.model import Message, Person

METADATA = "submission_metadata.yml"
FOLDER = re.compile("assignment_[0-9]+_export")
SUBMISSION = re.compile("submission_[0-9]+")
METADATA_CAP = 64 << 20  # bytes: 10,000 submissions with the output of their tests need 5 MB
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
USED = frozenset((":submitters", ":created_at", ":name", ":sid", ":email"))


def list_submissions(folder: str, entries: Sequence[Entry]) -> Listing:
    """Raises InvalidTable if the table cannot be used."""
    table = next((entry for entry in entries if entry.name == METADATA), None)
    if table is None:
        return Listing([], list(entries), 0)
    rows = _read_metadata(table)
    submissions: list[RawSubmission] = []
    others = []
    found = set()
    for entry in entries:
        row = rows.get(entry.name, "")
        people = _people(row)
        if entry is table:
            continue
        if not people or not SUBMISSION.fullmatch(entry.name):
            others.append(entry)
            continue
        found.add(entry.name)
        submissions.append(platform_submission(people, [(entry.name, entry)], _created_at(row)))
    for name, row in rows.items():
        people = _people(row)
        if name not in found and people and SUBMISSION.fullmatch(name):
            reason = Message("unread_missing", quote=name)
            submissions.append(submission_without_file(people, name, reason, _created_at(row)))
    return Listing(_apart(submissions), others, len(entries) - len(others), is_certain=True)


def _people(row: Node) -> tuple[Person, ...]:
    """Return the submitters of a row of the table: those that have an id, an address or a name."""
    submitters = row.get(":submitters") if isinstance(row, dict) else None
    people = {}
    if isinstance(submitters, list):
        for each in submitters:
            name, sid, email = (_text(each, key) for key in (":name", ":sid", ":email"))
            id = sid or email or name
            people[id] = Person(to_identity(id), to_identity(name), to_identity(email))
    people.pop("", None)
    return tuple(people[id] for id in sorted(people))


def _apart(submissions: Sequence[RawSubmission]) -> list[RawSubmission]:
    """Call people by their addresses whose number somebody of another address has, too.

    The number is what a student says it is, and nobody may hand in as somebody else by it.
    """
    addresses: dict[str, set[str]] = defaultdict(set)
    for submission in submissions:
        for person in submission.people:
            addresses[person.id].add(person.email.casefold())
    apart = []
    for submission in submissions:
        people = []
        for person in submission.people:
            if len(addresses[person.id]) > 1 and person.email:
                person = replace(person, id=person.email)
            people.append(person)
        people.sort(key=lambda person: person.id)
        apart.append(submission._replace(people=tuple(people)))
    return apart


def _text(row: Node, key: str) -> str:
    value = row.get(key) if isinstance(row, dict) else None
    text = value.strip() if isinstance(value, str) else ""
    return "" if text in ("~", "null") else text


def _created_at(row: Node) -> str | None:
    """Return the time of a row, which Ruby writes as 2026-04-26 17:34:00.861687000 Z."""
    match = TIME.fullmatch(_text(row, ":created_at"))
    if not match:
        return None
    day, clock, zone = match.groups()
    try:
        return to_iso(datetime.fromisoformat(f"{day}T{clock}{zone or ''}"))
    except ValueError:
        return None


def _read_metadata(table: Entry) -> dict[str, Node]:
    """Return the rows of the table by the names of their folders. Raises InvalidTable."""
    try:
        table.require_readable()
        raw, _ = table.read(METADATA_CAP + 1)
        if len(raw) > METADATA_CAP:
            raise InvalidYaml(f"it is larger than {METADATA_CAP >> 20} MiB")
        return read_rows(raw, USED)
    except UnreadableSubmission as error:
        reason = error.description
    except InvalidYaml as error:
        reason = str(error)
    raise InvalidTable(
        f"{table.origin}: this table of Gradescope's cannot be used: {reason}. "
        "Download the submissions from Gradescope again, or write a manifest.csv."
    )
