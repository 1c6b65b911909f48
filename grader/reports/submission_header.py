"""What a page says of a submission itself: whose it is, which attempt, when, and which file. Anybody may have written it."""

from datetime import datetime, timezone
from typing import NamedTuple

from grader.model import Person, Submission, Unreadable
from grader.reports.sentences import escape_invisible


class HandedIn(NamedTuple):
    """All texts as they may be shown. people: none where one's own file is graded. latest: the last attempt of the same people.
    saved: empty where nobody knows it."""

    people: tuple[Person, ...]
    attempt: int
    latest: int
    saved: str
    is_late: bool
    file: str


def handed_in(each: Submission | Unreadable, latest: int) -> HandedIn:
    """file: where in the source it was, or its name where one file was all there was."""
    people = tuple(
        Person(escape_invisible(person.id), escape_invisible(person.name)) for person in each.people
    )
    file = each.origin if isinstance(each, Unreadable) else each.origin or each.file
    return HandedIn(
        people,
        each.attempt,
        max(latest, each.attempt),
        format_time(each.saved),
        each.late is True,
        escape_invisible(file),
    )


def format_time(saved: str | None) -> str:
    """saved: ISO 8601. In the local time of the machine that shows it, with its zone; a time that knows no zone as it stands."""
    if saved is None:
        return ""
    moment = datetime.fromisoformat(saved)
    if moment.tzinfo is not None:
        moment = moment.astimezone()
    offset = moment.utcoffset()
    zone = (
        "" if offset is None else f" {str(timezone(offset)).removeprefix('UTC') or 'UTC'}"
    )  # +01:00, and UTC for +00:00
    return f"{moment:%Y-%m-%d %H:%M:%S}{zone}"
