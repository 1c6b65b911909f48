"""The head of a student's page: whose submission it is, which attempt, when, and which file."""

from datetime import datetime, timezone
from typing import NamedTuple

from grader.model import Person, Submission, Unreadable
from grader.reports.safe_text import escape_invisible


class SubmissionHeader(NamedTuple):
    """All texts are safe to show."""

    people: tuple[Person, ...]  # empty for a file that was graded alone
    attempt: int
    latest: int  # the last attempt of the same people
    saved: str  # empty if unknown
    is_late: bool
    file: str


def submission_header(submission: Submission | Unreadable, latest: int) -> SubmissionHeader:
    """Build the head of a page. The texts of a submission are untrusted and are escaped here.

    The file is shown by its place in the class's folder, or by its name if it was graded alone.
    """
    people = tuple(
        Person(escape_invisible(person.id), escape_invisible(person.name))
        for person in submission.people
    )
    file = submission.origin
    if isinstance(submission, Submission) and not file:
        file = submission.file
    return SubmissionHeader(
        people=people,
        attempt=submission.attempt,
        latest=max(latest, submission.attempt),
        saved=format_time(submission.saved),
        is_late=submission.late is True,
        file=escape_invisible(file),
    )


def format_time(saved: str | None) -> str:
    """Format an ISO 8601 time in the local time of this machine, with its zone.

    A time without a zone stays as it is. Empty if there is no time.
    """
    if saved is None:
        return ""
    moment = datetime.fromisoformat(saved)
    if moment.tzinfo is not None:
        moment = moment.astimezone()
    offset = moment.utcoffset()
    zone = ""
    if offset is not None:  # +01:00, and UTC for +00:00
        zone = " " + (str(timezone(offset)).removeprefix("UTC") or "UTC")
    return f"{moment:%Y-%m-%d %H:%M:%S}{zone}"
