"""Blackboard Learn, "Assignment File Download": a flat zip, and a receipt for each attempt.

    HW1 Softmax_jdoe_attempt_2024-03-02-23-59-01_work.py
    HW1 Softmax_jdoe_attempt_2024-03-02-23-59-01.txt         the receipt: "Name: Jane Doe (jdoe)"

All attempts may be in it. The time is the server's, without a zone, and nothing is marked late.
Source: the readers of such downloads in public repositories.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from grader.intake.bundle import NamedFile
from grader.intake.entries import Entry, RawSubmission, UnreadableSubmission
from grader.intake.layouts.listing import (
    Listing,
    platform_submission,
    submission_without_file,
)
from grader.intake.names import printable, to_identity
from grader.intake.times import to_iso
from grader.model import Message, Person

# The first time in a name is Blackboard's; what follows it is the student's.
NAME = re.compile(
    r"(?P<head>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))",
    re.DOTALL | re.ASCII,
)
# The first line, in any language. A student's own name may hold brackets, too.
OWNER = re.compile(r"[^:]{1,40}:\s*(?P<name>.*\S)\s+\((?P<user>[^()]+)\)\s*")
RECEIPT_CAP = 4096  # bytes: the first line is all that is used

_Attempt = tuple[str, str]  # what stands before "_attempt_", and the time


class _Owner(NamedTuple):
    user: str
    name: str


def list_submissions(folder: str, entries: Sequence[Entry]) -> Listing:
    """Nothing separates the assignment from the user's name, and both may have an underscore.

    The receipt says the user's name. Without one, what all names begin with is the assignment.
    """
    others = []
    files: dict[_Attempt, list[NamedFile]] = defaultdict(list)
    receipts: dict[_Attempt, Entry] = {}
    for entry in entries:
        match = NAME.fullmatch(printable(entry.name))
        if not match:
            others.append(entry)
        elif match["receipt"]:
            receipts[match["head"], match["time"]] = entry
        else:
            files[match["head"], match["time"]].append((match["file"], entry))
    recognized = len(entries) - len(others)
    attempts = files.keys() | receipts.keys()
    owners = {attempt: _owner_in(receipt) for attempt, receipt in receipts.items()}
    prefix = _assignment(owners) or _common_prefix({head for head, _ in attempts})
    submissions: list[RawSubmission] = []
    for attempt in attempts:
        receipt = receipts.get(attempt)
        owner = _owner(attempt[0], owners.get(attempt), prefix)
        own = files.get(attempt, [])
        if owner is None:
            others += [entry for _, entry in own] or [receipts[attempt]]
            continue
        people = (Person(to_identity(owner.user), to_identity(owner.name)),)
        time = _time(attempt[1])
        if own:
            submissions.append(platform_submission(people, own, time))
        elif receipt:
            reason = Message("unread_text_entry")
            submissions.append(submission_without_file(people, receipt.origin, reason, time))
    return Listing(submissions, others, recognized)


def is_receipt(name: str) -> bool:
    match = NAME.fullmatch(name)
    return bool(match and match["receipt"])


def _assignment(owners: Mapping[_Attempt, _Owner | None]) -> str:
    """Return what stands before the user's name where receipts say it; "" if they do not agree."""
    prefixes = {
        head.removesuffix(owner.user)
        for (head, _), owner in owners.items()
        if owner and head.endswith(f"_{owner.user}")
    }
    return prefixes.pop() if len(prefixes) == 1 else ""


def _common_prefix(heads: Collection[str]) -> str:
    """Return what several heads begin with, up to its last underscore; "" if there is one head."""
    if len(heads) < 2:
        return ""
    first, last = min(heads), max(heads)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return re.sub("[^_]*$", "", "".join(letter for letter, _ in same))


def _owner(head: str, owner: _Owner | None, prefix: str) -> _Owner | None:
    """Return whose an attempt is, or None if its name can be read in several ways.

    owner: as the receipt says; None if it does not.
    """
    if owner:
        return owner if head.endswith(f"_{owner.user}") else None
    if prefix and head.startswith(prefix):
        user = head.removeprefix(prefix)
    elif head.count("_") == 1:
        user = head.partition("_")[2]
    else:
        return None
    return _Owner(user, "") if user else None


def _owner_in(receipt: Entry) -> _Owner | None:
    try:
        raw, _ = receipt.read(RECEIPT_CAP)
    except UnreadableSubmission:
        return None
    first_line = raw.decode("utf-8-sig", "replace").partition("\n")[0]
    match = OWNER.fullmatch(first_line)
    return _Owner(match["user"].strip(), match["name"]) if match else None


def _time(text: str) -> str | None:
    try:
        return to_iso(datetime.strptime(text, "%Y-%m-%d-%H-%M-%S"))
    except ValueError:
        return None
