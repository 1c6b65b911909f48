"""A class as data: one JSON object, every hand-in a line of it. Codes and numbers alone, so it is the same in every language."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from grader.class_row import ClassRow
from grader.model import Words
from grader.verdict import Finding, Verdict

SCHEMA = "grader/class/1"


def class_json(rows: Iterable[ClassRow], words: Words) -> Iterator[str]:
    """All attempts; `counts` tells which are given points for."""
    yield f'{{"schema": {encoded(SCHEMA)},\n"rows": ['
    separator = "\n"
    for row in rows:
        yield separator + encoded(fields(row))
        separator = ",\n"
    yield "\n]}\n"


def encoded(value: Any) -> str:
    """ASCII. Without "<" it can stand in a page, whatever a student is called; nan and infinity are no JSON, and raise ValueError."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def fields(row: ClassRow) -> dict[str, Any]:
    return {
        "people": msgspec.to_builtins(row.people),
        "attempt": row.attempt or None,
        "status": row.status,
        "counts": row.counts,
        "found": row.is_present,
        "not_on_roster": row.not_on_roster,
        "saved": row.saved,
        "late": row.late,
        "origin": row.origin,
        "reason": msgspec.to_builtins(row.reason),
        "trouble": row.trouble or None,
        "report": row.page or None,
        **(graded(row.verdict, row.status == "graded") if row.verdict else NOT_GRADED),
    }


NOT_GRADED: dict[str, Any] = {
    "score": None,
    "possible": None,
    "undecided": None,
    "assignment": None,
    "causes": {},
    "findings": [],
    "flags": [],
    "sandbox": None,
    "sha256": None,
    "key": None,
    "versions": {},
}


def graded(verdict: Verdict, is_decided: bool) -> dict[str, Any]:
    """No input, no expected value, no text of an exception, and no seed: whoever has this learns what failed, and not the answers."""
    return {
        "score": verdict.score if is_decided else None,
        "possible": verdict.possible,
        "undecided": verdict.undecided,
        "assignment": verdict.assignment,
        "causes": {
            function: diagnosis.causes
            for function, diagnosis in verdict.diagnosis.items()
            if diagnosis.causes
        },
        "findings": list(map(finding, verdict.findings)),
        "flags": [flag.code for flag in verdict.flags],
        "sandbox": verdict.sandbox,
        "sha256": verdict.submission.sha256,
        "key": verdict.key.sha256,
        "versions": verdict.versions,
    }


def finding(each: Finding) -> dict[str, Any]:
    return {
        "question": each.question,
        "outcome": each.outcome,
        "points": each.points,
        "possible": each.possible,
        "code": each.message.code if each.message else None,
    }
