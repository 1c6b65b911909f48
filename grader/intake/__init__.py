"""Reads what a class has submitted. Nothing is ever run, and nothing is unpacked to the disk.

sources opens the folder, zip or table that the user names. layouts and manifest say whose each
entry is, and attempts puts the attempts of the same people in order. find_file finds the file to
grade in one submission, by the rule in choose; source and notebook make code of it. files,
zip_archive and tar_archive read bytes from a disk and from archives, up to a limit.
A submission that cannot be graded is not left out: it becomes an Unreadable with its reason.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from grader.intake.caps import SOURCE_CAP
from grader.intake.entries import (
    AskedFile,
    InvalidTable,
    RawSubmission,
    SubmissionNotFound,
    UnreadableSubmission,
)
from grader.intake.single import read_entry, read_submission
from grader.intake.source import not_a_hand_in
from grader.model import AnswerKey, Message, Submission, Unreadable

__all__ = [
    "SOURCE_CAP",
    "AskedFile",
    "InvalidTable",
    "SubmissionNotFound",
    "asked_file",
    "read_all",
    "read_submission",
]


def asked_file(key: AnswerKey) -> AskedFile:
    return AskedFile(key.file, tuple(key.functions.values()))


def read_all(source: Path, asked: AskedFile) -> Iterator[Submission | Unreadable]:
    """Yield everything submitted at `source`, ordered by people and attempt.

    See docs/handing-in.md for what a source may be. `asked` is the file that the assignment asks
    for. All names are listed before this function returns. Each file is read only
    when the iterator reaches it, and none is kept, so memory does not grow with the class.

    Raises SubmissionNotFound if there is nothing to read, and InvalidTable if a manifest does not
    make sense or leaves the order of a person's attempts open. Both are raised by the call itself,
    not while iterating.
    """
    # These import zipfile and csv, which cost a single file 5 ms of a cold start.
    from grader.intake.attempts import number_attempts
    from grader.intake.sources import find_submissions

    submissions, manifest = find_submissions(source, asked)
    ordered = number_attempts(submissions, asked, manifest)
    return (_read(submission, asked) for submission in ordered)


def _read(raw: RawSubmission, asked: AskedFile) -> Submission | Unreadable:
    """Read the file to grade, or return the reason why there is none."""
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
        saved = raw.submitted_at if raw.has_submitted_at else raw.entry.saved_at()
        return Unreadable(
            raw.people, raw.origin, error.message, saved, attempt=attempt, late=raw.late
        )
    return replace(
        submission,
        people=raw.people,
        saved=raw.submitted_at if raw.has_submitted_at else submission.saved,
        attempt=attempt,
        late=raw.late,
    )
