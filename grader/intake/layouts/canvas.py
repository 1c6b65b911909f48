"""Canvas, "Download Submissions": a flat zip with one entry for each file.

    doejane_12345_678901_softmax.py           name, user, number of the file, name of the file
    doejane_LATE_12345_678902_softmax.py      after the due date
    anon_Ab3dE_678903_softmax.py              anonymous grading
    roejane_12348_text.html                   a text typed into Canvas; _link.html: a web address

Only the latest attempt is in it. Source: get_filename in lib/content_zipper.rb of canvas-lms.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from grader.intake.entries import Entry, RawSubmission
from grader.intake.layouts.listing import (
    Listing,
    platform_submission,
    submission_without_file,
)
from grader.intake.names import printable, to_identity
from grader.model import Message, Person

REASONS = {
    "text.html": Message("unread_text_entry"),
    "link.html": Message("unread_link_entry"),
}
LATE = "LATE"  # in capitals: names are in lower case
ANONYMOUS = "anon"


class _Reading(NamedTuple):
    """One way to read the name of an entry."""

    name: str
    is_late: bool
    user: str
    file_id: int | None  # None for an entry without a file
    file: str


def list_submissions(folder: str, entries: Sequence[Entry]) -> Listing:
    """A student chooses what stands at the end of a name and, as a display name, at its start.

    So a name may be read in several ways. Then only numbers that can be numbers of files decide:
    those of names that can be read in one way say how large they are. What stays unclear is
    attributed to nobody.
    """
    readings = [(entry, _readings(printable(entry.name))) for entry in entries]
    file_ids = [ways[0].file_id for _, ways in readings if len(ways) == 1]
    smallest = min((number for number in file_ids if number is not None), default=0) // 10
    by_user: dict[str, list[tuple[Entry, _Reading]]] = defaultdict(list)
    others = []
    recognized = 0
    for entry, ways in readings:
        recognized += bool(ways)
        plausible = [way for way in ways if way.file_id is None or way.file_id >= smallest]
        if len(plausible) == 1:
            by_user[plausible[0].user].append((entry, plausible[0]))
        else:
            others.append(entry)
    submissions: list[RawSubmission] = []
    for user, group in by_user.items():
        if len({way.name for _, way in group}) == 1:
            submissions.append(_submission(user, group))
        else:  # a user has one name: these numbers are something else
            others += [entry for entry, _ in group]
            recognized -= len(group)
    return Listing(submissions, others, recognized)


def _readings(name: str) -> list[_Reading]:
    """Return all ways to read a name. It has more than one only if it was made to have them."""
    parts = name.split("_")
    ways = []
    for place, (user, file_id) in enumerate(pairwise(parts)):
        file = "_".join(parts[place + 2 :])
        owner = _owner(parts[:place], user)
        if owner and file and _is_number(file_id):
            ways.append(_Reading(*owner, int(file_id), file))
    owner = _owner(parts[:-2], parts[-2]) if parts[-1] in REASONS and len(parts) > 1 else None
    if owner:
        ways.append(_Reading(*owner, None, parts[-1]))
    return ways


def _owner(before: Sequence[str], user: str) -> tuple[str, bool, str] | None:
    """Return name, late mark and id of the user whose number stands after these parts."""
    is_late = LATE in before[-1:]
    name = before[: len(before) - is_late]
    if [part for part in before if part != LATE] == [ANONYMOUS] and user.isalnum():
        return "", LATE in before, f"{ANONYMOUS}_{user}"
    if name and any(name) and _is_number(user):
        return "_".join(name), is_late, user
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _submission(user: str, group: Iterable[tuple[Entry, _Reading]]) -> RawSubmission:
    files = [(way.file, entry) for entry, way in group if way.file_id is not None]
    entry, way = next(iter(group))
    people = (Person(to_identity(user), to_identity(way.name)),)
    late = any(way.is_late for _, way in group)
    if not files:
        return submission_without_file(people, entry.origin, REASONS[way.file], late=late)
    return platform_submission(people, files, late=late)
