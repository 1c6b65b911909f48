"""A submission as a row of the table submissions, and back; and a stored verdict."""

from typing import Any

import msgspec

from grader.gradebook.former_verdicts import FORM, convert_verdict
from grader.model import CellStart, Message, Person, SourceFile, Submission, Unreadable
from grader.verdict import VERDICT, Verdict

# To decode from, in this order.
COLUMNS = "people, attempt, saved, late, origin, file, sha256, source, reason, notes, cells, more"

_PEOPLE = msgspec.json.Decoder(tuple[Person, ...])
_MESSAGE = msgspec.json.Decoder(Message)
_MESSAGES = msgspec.json.Decoder(tuple[Message, ...])
_CELLS = msgspec.json.Decoder(tuple[CellStart, ...])
_FILES = msgspec.json.Decoder(tuple[SourceFile, ...])


def encode_submission(submission: Submission | Unreadable) -> dict[str, Any]:
    """Return the values of a row by column. The runs are added by whoever writes it."""
    row = {
        "ids": as_json([person.id for person in submission.people]),
        "people": as_json(submission.people),
        "attempt": submission.attempt,
        "saved": submission.saved,
        "late": submission.late,
        "origin": submission.origin,
        "file": "",
        "sha256": "",
        "source": None,
        "reason": "",
        "notes": "[]",
        "cells": "[]",
        "more": "[]",
        "place": "",
    }
    if isinstance(submission, Unreadable):
        return row | {"reason": as_json(submission.reason), "place": submission.origin}
    row |= {
        "file": submission.file,
        "sha256": submission.sha256,
        "source": submission.source,
        "notes": as_json(submission.notes),
        "cells": as_json(submission.cells),
        "more": as_json(submission.more),
    }
    if submission.problem:
        row["reason"] = as_json(submission.problem)
    return row


def decode_submission(row: tuple[Any, ...]) -> Submission | Unreadable:
    """row: the values of COLUMNS."""
    people, attempt, saved, late, origin, file, sha256, source, reason, notes, cells, more = row
    common = {
        "people": decode_people(people),
        "attempt": attempt,
        "saved": saved,
        "late": None if late is None else bool(late),
        "origin": origin,
    }
    message = _MESSAGE.decode(reason) if reason else None
    if source is not None:
        return Submission(
            file,
            source,
            sha256,
            problem=message,
            notes=_MESSAGES.decode(notes),
            cells=_CELLS.decode(cells),
            more=_FILES.decode(more),
            **common,
        )
    assert message is not None
    return Unreadable(reason=message, **common)


def decode_verdict(verdict: str | bytes) -> Verdict:
    """Decode a verdict of any form that a gradebook may hold. Raises msgspec.DecodeError."""
    try:
        return VERDICT.decode(verdict)
    except msgspec.ValidationError:
        values = msgspec.json.decode(verdict)
        if not (isinstance(values, dict) and values.get("schema") == FORM):
            raise
    try:
        return msgspec.convert(convert_verdict(values), Verdict)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise msgspec.ValidationError(f"no verdict of form 1: {error!r}") from None


def decode_people(people: str) -> tuple[Person, ...]:
    return _PEOPLE.decode(people)


def as_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
