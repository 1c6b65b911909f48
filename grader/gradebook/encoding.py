"""A hand-in as a row of the gradebook, and back."""

from typing import Any

import msgspec

from grader.model import Message, Person, Submission, Unreadable

PEOPLE = msgspec.json.Decoder(tuple[Person, ...])
TOLD = msgspec.json.Decoder(Message)
HANDED_IN = "people, attempt, saved, late, origin, file, sha256, source, reason"


def row_of(each: Submission | Unreadable) -> tuple[Any, ...]:
    ids = as_json([person.id for person in each.people])
    common = ids, as_json(each.people), each.attempt, each.saved, each.late, each.origin
    if isinstance(each, Unreadable):
        return *common, "", "", None, as_json(each.reason), each.origin
    return (
        *common,
        each.file,
        each.sha256,
        each.source,
        as_json(each.problem) if each.problem else "",
        "",
    )


def handed_in(row: tuple[Any, ...]) -> Submission | Unreadable:
    people, attempt, saved, late, origin, file, sha256, source, reason = row
    known = {
        "people": PEOPLE.decode(people),
        "attempt": attempt,
        "saved": saved,
        "late": None if late is None else bool(late),
    }
    told = TOLD.decode(reason) if reason else None
    if source is None:
        assert told is not None
        return Unreadable(origin=origin, reason=told, **known)
    return Submission(file, source, sha256, problem=told, origin=origin, **known)


def as_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
