"""Canvas, "Download Submissions": a flat zip with one entry for each file.

    doejane_12345_678901_work.py           name, user, number of the file, name of the file
    doejane_LATE_12345_678902_work.py      after the due date
    anon_Ab3dE_678903_work.py              anonymous grading
    roejane_12348_text.html                   a text typed into Canvas; _link.html: a web address

Only the latest attempt is in it. Source: get_filename in lib/content_zipper.rb of canvas-lms.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
# Up to which numbers of files a server is young, and from which on it is old: see _range_of.
YOUNG, OLD = 10**5, 10**7
# From here on are the numbers of files of users of another server.
OTHER_SERVER = 10**12


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
    attributed to nobody, unless all readings are of one user.
    """
    readings = [(entry, _readings(printable(entry.name))) for entry in entries]
    readings = _of_one_kind(readings)
    file_ids = _range_of([ways[0].file_id for _, ways in readings if len(ways) == 1])
    by_user: dict[str, list[tuple[Entry, _Reading]]] = defaultdict(list)
    others = []
    recognized = 0
    for entry, ways in readings:
        recognized += bool(ways)
        plausible = [way for way in ways if _is_plausible(way.file_id, file_ids)]
        if len({(way.user, way.is_late) for way in plausible}) == 1:
            by_user[plausible[0].user].append((entry, plausible[0]))
        else:
            others.append(entry)
    submissions = [_submission(user, group) for user, group in by_user.items()]
    return Listing(submissions, others, recognized, must_be_named=not _could_be_canvas(by_user))


def _of_one_kind(
    readings: Sequence[tuple[Entry, list[_Reading]]],
) -> list[tuple[Entry, list[_Reading]]]:
    """Keep the anonymous readings of an anonymous download, and the others of any other.

    It is anonymous if most users can be. Somebody may be called "anon" in any, and hand in more
    files than all others.
    """
    anonymous = {way.user for _, ways in readings for way in ways if _is_anonymous(way)}
    named = {ways[0].user for _, ways in readings if ways and not any(map(_is_anonymous, ways))}
    is_anonymous = len(anonymous) > len(named)
    return [
        (entry, [way for way in ways if _is_anonymous(way) == is_anonymous])
        for entry, ways in readings
    ]


def _is_anonymous(way: _Reading) -> bool:
    return way.user.startswith(f"{ANONYMOUS}_")


def _range_of(file_ids: Sequence[int | None]) -> range:
    """Return the numbers that another file may have, beside these.

    The files of one assignment are numbered in the order of upload, within weeks. Meanwhile the
    numbers of a young server may grow a hundredfold, those of an old one by some percent.
    """
    known = [number for number in file_ids if number is not None and number < OTHER_SERVER]
    if not known or min(known) < YOUNG:
        return range(OTHER_SERVER)
    factor = 2 if min(known) >= OLD else 10
    return range(min(known) // factor, max(known) * factor)


def _is_plausible(file_id: int | None, file_ids: range) -> bool:
    return file_id is None or file_id in file_ids or file_id >= OTHER_SERVER


def _could_be_canvas(by_user: Mapping[str, Sequence[tuple[Entry, _Reading]]]) -> bool:
    """Whether the numbers are those of users and files.

    They are something else in lab_1_2_ana.py and lab_1_3_bob.py, or in ana_2026_1.py: each user has
    one name, each file a number of its own, and several entries are of several people.
    """
    ways = [way for group in by_user.values() for _, way in group]
    names = {way.name for way in ways}
    owners = {(way.user, way.name) for way in ways}
    file_ids = [way.file_id for way in ways if way.file_id is not None]
    is_anonymous = all(map(_is_anonymous, ways))
    return (
        len(owners) == len(by_user)
        and len(set(file_ids)) == len(file_ids)
        and (len(ways) == 1 or len(by_user) > 1)
        and (len(by_user) == 1 or len(names) > 1 or is_anonymous)
    )


def _readings(name: str) -> list[_Reading]:
    """Return all ways to read a name. It has more than one only if it was made to have them."""
    parts = name.split("_")
    ways = []
    for place, (user, file_id) in enumerate(pairwise(parts)):
        if _is_number(file_id) and (file := "_".join(parts[place + 2 :])):
            ways += [_Reading(*owner, int(file_id), file) for owner in _owners(parts[:place], user)]
    if parts[-1] in REASONS and len(parts) > 1:
        ways += [_Reading(*owner, None, parts[-1]) for owner in _owners(parts[:-2], parts[-2])]
    return ways


def _owners(before: Sequence[str], user: str) -> Iterator[tuple[str, bool, str]]:
    """Yield name, late mark and id of the user whose number stands after these parts.

    After "anon" it is an anonymous one; somebody may be called that, too. Of a display name without
    letters nothing is left, or underscores.
    """
    is_late = LATE in before[-1:]
    if _is_number(user):
        yield "_".join(before[: len(before) - is_late]), is_late, user
    is_anonymous = ANONYMOUS in before and [each for each in before if each != LATE] == [ANONYMOUS]
    if is_anonymous and user.isalnum():
        yield "", LATE in before, f"{ANONYMOUS}_{user}"


def _is_number(text: str) -> bool:
    return text.isdigit() and text.isascii() and len(text) <= 20


def _submission(user: str, group: Iterable[tuple[Entry, _Reading]]) -> RawSubmission:
    files = [(way.file, entry) for entry, way in group if way.file_id is not None]
    entry, way = next(iter(group))
    people = (Person(to_identity(user), to_identity(way.name)),)
    late = any(way.is_late for _, way in group)
    if not files:
        return submission_without_file(people, entry.origin, REASONS[way.file], late=late)
    return platform_submission(people, files, late=late)
