"""Reads what a class has submitted. Nothing is ever run, and nothing is unpacked to the disk.

sources opens the folder, zip or table that the user names. layouts and manifest say whose each
entry is, attempts puts the attempts of the same people in order, and find_file finds the file to
grade in one submission. files and zip_archive read bytes from a disk and from a zip, up to a limit.
A submission that cannot be graded is not left out: it becomes an Unreadable with its reason.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from grader.intake.entries import (
    InvalidTable,
    RawSubmission,
    SubmissionNotFound,
    UnreadableSubmission,
)
from grader.intake.find_file import find_file
from grader.intake.single import SOURCE_CAP, read_entry, read_submission
from grader.model import Message, Submission, Unreadable

__all__ = [
    "SOURCE_CAP",
    "InvalidTable",
    "SubmissionNotFound",
    "read_all",
    "read_submission",
]


def read_all(source: Path, file: str) -> Iterator[Submission | Unreadable]:
    """Yield everything submitted at `source`, ordered by people and attempt.

    See docs/handing-in.md for what a source may be. `file` is the name that the assignment gives
    to the file to grade. All names are listed before this function returns. Each file is read only
    when the iterator reaches it, and none is kept, so memory does not grow with the class.

    Raises SubmissionNotFound if there is nothing to read, and InvalidTable if a manifest does not
    make sense or leaves the order of a person's attempts open. Both are raised by the call itself,
    not while iterating.
    """
    # These import zipfile and csv, which cost a single file 5 ms of a cold start.
    from grader.intake.attempts import number_attempts
    from grader.intake.sources import find_submissions

    submissions, manifest = find_submissions(source, file)
    ordered = number_attempts(submissions, file, manifest)
    return (_read(submission, file) for submission in ordered)


def _read(raw: RawSubmission, file: str) -> Submission | Unreadable:
    """Read the file to grade, or return the reason why there is none."""
    attempt = raw.attempt or 1
    if isinstance(raw.entry, Message):
        return Unreadable(
            raw.people, raw.origin, raw.entry, raw.submitted_at, attempt=attempt, late=raw.late
        )
    try:
        entry = find_file(raw.entry, file)
        submission = read_entry(entry)
    except UnreadableSubmission as error:
        saved = raw.submitted_at if raw.has_submitted_at else raw.entry.saved_at()
        return Unreadable(
            raw.people, raw.origin, error.message, saved, attempt=attempt, late=raw.late
        )
    return replace(
        submission,
        people=raw.people,
        origin=entry.origin,
        saved=raw.submitted_at if raw.has_submitted_at else submission.saved,
        attempt=attempt,
        late=raw.late,
    )
