"""Reads what a class has submitted. Nothing is ever run, and nothing is unpacked to the disk.

sources opens the folder, zip or table that the user names. layouts and manifest say whose each
entry is. roster_table reads the list of the class, matching finds the people on it, and attempts
puts the attempts of the same people in order. find_file finds the file to grade in one submission,
by the rule in choose; source and notebook make code of it, and several joins the files of an
assignment that asks for more than one. files, zip_archive and tar_archive read bytes from a disk
and from archives, up to a limit.

A submission that cannot be graded is not left out: it becomes an Unreadable with its reason.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from grader.intake.entries import (
    AS_IT_LIES,
    AskedFile,
    InvalidTable,
    RawSubmission,
    SourceOptions,
    SubmissionNotFound,
    UnclearSource,
    UnreadableSubmission,
)
from grader.intake.single import read_entry, read_submission
from grader.intake.source import SOURCE_CAP, not_a_hand_in
from grader.model import AnswerKey, Message, Submission, Unreadable

if TYPE_CHECKING:
    from grader.intake.roster import Roster

NOBODYS = ("unread_whose", "unread_not_in_manifest")  # codes of entries without an owner

__all__ = [
    "SOURCE_CAP",
    "AskedFile",
    "ClassReading",
    "InvalidTable",
    "SourceOptions",
    "SubmissionNotFound",
    "UnclearSource",
    "asked_file",
    "asked_for",
    "read_all",
    "read_submission",
]


def asked_file(key: AnswerKey) -> AskedFile:
    return asked_for(key.files, key.names)


def asked_for(files: Sequence[str], names: tuple[str, ...]) -> AskedFile:
    """files: names or usual paths. names: what they have to define."""
    first, *others = files
    return AskedFile(first, names, tuple(others))


class ClassReading(NamedTuple):
    """What was found at a source, and the submissions as they are read."""

    # What the source was taken for: a name in LAYOUTS, or "manifest".
    layout: str
    # The same and how much was found, in one sentence for the person who runs the command.
    summary: str
    # More sentences for that person.
    notices: tuple[str, ...]
    # The only top folder, if it was opened without being asked for; None if not.
    opened: str | None
    # Ordered by people and attempt. Each file is read when the iterator reaches it.
    submissions: Iterator[Submission | Unreadable]


def read_all(
    source: Path,
    asked: AskedFile,
    options: SourceOptions = AS_IT_LIES,
    roster: "Roster | None" = None,
) -> ClassReading:
    """Find everything submitted at `source`, and read it while it is iterated over.

    See docs/handing-in.md for what a source may be. `asked` is what the assignment asks for. All
    names are listed before this function returns. Each file is read only when the iterator reaches
    it, and none is kept, so memory does not grow with the class. People who are on the roster are
    those of the roster.

    Raises SubmissionNotFound if there is nothing to read, UnclearSource if the user has to say
    how the source is to be read, and InvalidTable if a manifest does not make sense or leaves the
    order of a person's attempts open, or if nobody is on the roster. All are raised by the call
    itself, not while iterating.
    """
    # These import zipfile and csv, which cost a single file 5 ms of a cold start.
    from grader.intake.attempts import number_attempts
    from grader.intake.layouts import MANIFEST, TITLES
    from grader.intake.manifest import join_files
    from grader.intake.sources import list_class

    listing = list_class(source, asked, options, roster)
    if asked.others and listing.layout == MANIFEST:
        listing = listing._replace(submissions=join_files(listing.submissions, asked))
    summary, notices = _summary(TITLES[listing.layout], listing.submissions), listing.notices
    submissions: Sequence[RawSubmission] = listing.submissions
    if roster is not None and roster.people:
        from grader.intake.matching import match_submissions

        matched = match_submissions(listing.submissions, roster, listing.layout)
        submissions = matched.submissions
        summary, notices = f"{summary}; {matched.summary}", (*notices, *matched.notices)
    ordered = number_attempts(submissions, asked, listing.manifest)
    return ClassReading(
        listing.layout,
        f"{summary}.",
        notices,
        listing.opened,
        (_read(submission, asked) for submission in ordered),
    )


def _summary(title: str, submissions: Sequence[RawSubmission]) -> str:
    """Say what a source was taken for, and how many hand-ins of how many people it holds."""
    hand_ins = [each for each in submissions if not each.is_stray]
    people = {person.id for each in hand_ins for person in each.people}
    things = "1 hand-in" if len(hand_ins) == 1 else f"{len(hand_ins)} hand-ins"
    owners = "1 person" if len(people) == 1 else f"{len(people)} people"
    # The run counts these as handed in, with nothing to grade, unless they are nobody's.
    others = sum(each.is_stray and not _is_nobodys(each) for each in submissions)
    more = {0: "", 1: ", and 1 other file"}.get(others, f", and {others} other files")
    return f"{title}: {things} of {owners}{more}"


def _is_nobodys(raw: RawSubmission) -> bool:
    return isinstance(raw.entry, Message) and raw.entry.code in NOBODYS


def _read(raw: RawSubmission, asked: AskedFile) -> Submission | Unreadable:
    """Read the files to grade, or return the reason why there is none."""
    attempt = raw.attempt or 1
    if isinstance(raw.entry, Message):
        return Unreadable(
            raw.people, raw.origin, raw.entry, raw.submitted_at, attempt=attempt, late=raw.late
        )
    try:
        submission = read_entry(raw.entry, asked)
        if raw.is_stray:  # alice.txt may hold code, but beside alice.py it is no attempt of hers
            raise not_a_hand_in(asked)
    except UnreadableSubmission as error:
        return Unreadable(
            raw.people,
            raw.origin,
            error.message,
            _shown_time(raw, None),
            attempt=attempt,
            late=raw.late,
        )
    return replace(
        submission,
        people=raw.people,
        saved=_shown_time(raw, submission.saved),
        attempt=attempt,
        late=raw.late,
    )


def _shown_time(raw: RawSubmission, of_file: str | None) -> str | None:
    """Return the time of submission: as the manifest or the platform says, or of files on a disk.

    Files in a zip have a time of no zone, often that of the download: it is not shown.
    """
    if raw.has_submitted_at or isinstance(raw.entry, Message):
        return raw.submitted_at
    if of_file:
        return of_file
    time = raw.entry.saved_at()
    return time if time and datetime.fromisoformat(time).tzinfo else None
