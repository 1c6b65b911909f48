"""What a layout finds among the names at the top of a source."""

from collections.abc import Sequence
from typing import NamedTuple

from grader.intake.bundle import NamedFile, bundle
from grader.intake.entries import Entry, RawSubmission
from grader.intake.names import extension, printable, to_identity
from grader.model import Message, Person


class Listing(NamedTuple):
    """All entries at the top of a source, sorted by a layout."""

    submissions: list[RawSubmission]
    # Entries whose names do not say whose they are in the way of this platform.
    others: list[Entry]
    # How many entries have names of this platform's form, submissions or not.
    recognized: int
    # A file that only this platform writes is there.
    is_certain: bool = False
    # The names could be anything, so the user has to name the platform.
    must_be_named: bool = False
    # Sentences for the person who runs the command.
    notices: tuple[str, ...] = ()


def platform_submission(
    people: tuple[Person, ...],
    files: Sequence[NamedFile],
    submitted_at: str | None = None,
    late: bool | None = None,
) -> RawSubmission:
    """Return a submission of a platform.

    The times of its files are those of a download, so they are not used for want of another.
    """
    if len(files) > 1:
        files = sorted(files, key=lambda file: file[1].origin)
    return RawSubmission(
        people,
        files[0][1].origin,
        bundle(files),
        submitted_at=submitted_at,
        has_submitted_at=True,
        late=late,
    )


def submission_without_file(
    people: tuple[Person, ...],
    origin: str,
    reason: Message,
    submitted_at: str | None = None,
    late: bool | None = None,
) -> RawSubmission:
    """Return a submission that holds no file, like a text typed into a form."""
    return RawSubmission(
        people, origin, reason, submitted_at=submitted_at, has_submitted_at=True, late=late
    )


def of_nobody(entry: Entry) -> RawSubmission:
    """Return the row of an entry that cannot be attributed to anybody, under its whole name."""
    return RawSubmission(
        (Person(to_identity(entry.name)),),
        entry.origin,
        Message("unread_whose", quote=printable(entry.name)),
        has_submitted_at=True,
        is_stray=True,
    )


def is_table(entry: Entry) -> bool:
    """Whether this is a table beside a platform's submissions: a roster, a gradebook, scores."""
    return entry.kind == "file" and extension(entry.name) == ".csv"
