"""Gradescope, "Download Submissions": a folder for each submission, and a table of them.

    assignment_8046601_export/submission_metadata.yml
    assignment_8046601_export/submission_409194023/work.py

The table says who submitted each folder and when. Only the active submission is in it; what it
says of earlier ones is not used. A submission may have several submitters, or none.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from grader.intake.entries import Entry, InvalidTable, RawSubmission, UnreadableSubmission
from grader.intake.layouts.listing import (
    Listing,
    platform_submission,
    submission_without_file,
)
from grader.intake.names import first_few, to_identity
from grader.intake.times import to_iso
from grader.intake.yaml_rows import InvalidYaml, Node, read_rows
from grader.model import Message, Person

METADATA = "submission_metadata.yml"
FOLDER = re.compile("assignment_[0-9]+_export")
SUBMISSION = re.compile("submission_[0-9]+")
METADATA_CAP = 64 << 20  # bytes: 10,000 submissions with the output of their tests need 5 MB
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
USED = frozenset((":submitters", ":created_at", ":name", ":sid", ":email"))


class _Account(NamedTuple):
    sid: str
    name: str
    email: str

    @property
    def id(self) -> str:
        """A number that is an address is not used: the account has one, which is confirmed."""
        is_number = self.sid and not ("@" in self.sid and self.email)
        return self.sid if is_number else self.email or self.name

    @property
    def key(self) -> tuple[str, str]:
        """What no two accounts have in common: an address, or a name for want of one."""
        return self.email.casefold(), "" if self.email else self.name


def list_submissions(folder: str, entries: Sequence[Entry]) -> Listing:
    """Raises InvalidTable if the table cannot be used."""
    table = next((entry for entry in entries if entry.name == METADATA), None)
    if table is None:
        return Listing([], list(entries), 0)
    rows = _read_metadata(table)
    submissions: list[RawSubmission] = []
    others = []
    accounts = {name: _accounts(row) for name, row in rows.items() if SUBMISSION.fullmatch(name)}
    shared = _shared_ids(each for own in accounts.values() for each in own)
    people = {name: _people(own, shared) for name, own in accounts.items()}
    for entry in entries:
        own = people.pop(entry.name, ())
        if entry is table:
            continue
        if not own:
            others.append(entry)
        else:
            time = _created_at(rows[entry.name])
            submissions.append(platform_submission(own, [(entry.name, entry)], time))
    for name, own in people.items():
        if not own:
            continue
        reason = Message("unread_missing", quote=name)
        submissions.append(submission_without_file(own, name, reason, _created_at(rows[name])))
    return Listing(
        submissions,
        others,
        len(entries) - len(others),
        is_certain=True,
        notices=_notices(accounts, shared),
    )


def _shared_ids(accounts: Iterable[_Account]) -> set[str]:
    """Return the ids that several accounts have."""
    owners = defaultdict[str, set[tuple[str, str]]](set)
    for account in accounts:
        for id in (account.id, account.email):
            owners[id].add(account.key)
    return {id for id, keys in owners.items() if len(keys) > 1}


def _accounts(row: Node) -> set[_Account]:
    """Return the submitters of a row of the table: those that have an id, an address or a name."""
    submitters = row.get(":submitters") if isinstance(row, dict) else None
    if not isinstance(submitters, list):
        return set()
    accounts = {
        _Account(*(_text(each, key) for key in (":sid", ":name", ":email"))) for each in submitters
    }
    return {account for account in accounts if account.id}


def _people(accounts: Iterable[_Account], shared: Collection[str]) -> tuple[Person, ...]:
    """Return the people behind the accounts; nobody if one of them cannot be told from another.

    Students enter their numbers themselves. A number of several accounts is the id of none.
    """
    people = {}
    for account in accounts:
        id = account.email if account.id in shared else account.id
        if not id:
            return ()
        people[id] = Person(to_identity(id), to_identity(account.name), to_identity(account.email))
    return tuple(people[id] for id in sorted(people))


def _notices(
    accounts: Mapping[str, Iterable[_Account]], shared: Collection[str]
) -> tuple[str, ...]:
    same = {
        f"{each.email} has {each.id}"
        for own in accounts.values()
        for each in own
        if each.id in shared and each.email not in ("", each.id)
    }
    if not same:
        return ()
    return (
        "The same number (SID) is in several accounts, because students enter it themselves: "
        f"these go by their e-mail. {first_few(list(same))}.",
    )


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
