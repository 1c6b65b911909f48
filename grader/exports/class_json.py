"""A class as data: one JSON object with each row on a line of its own.

It holds codes and numbers and no sentences, so it is the same in every language.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from grader.class_row import ClassRow
from grader.model import Words, suffixed
from grader.verdict import Finding, Verdict

SCHEMA = "grader/class/1"
NO_VERDICT: dict[str, Any] = {
    "score": None,
    "possible": None,
    "undecided": None,
    "assignment": None,
    "causes": {},
    "findings": [],
    "flags": [],
    "notes": [],
    "sandbox": None,
    "sha256": None,
    "key": None,
    "versions": {},
}


def class_json(rows: Iterable[ClassRow], words: Words) -> Iterator[str]:
    """Yield all attempts. The field `counts` says which of them give points."""
    yield f'{{"schema": {_encoded(SCHEMA)},\n"rows": ['
    separator = "\n"
    for row in rows:
        yield separator + _encoded(_row_fields(row))
        separator = ",\n"
    yield "\n]}\n"


def _encoded(value: Any) -> str:
    """ASCII without "<", so that it can stand in a page, whatever a student is called.

    Raises ValueError for nan and infinity, which JSON lacks.
    """
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def _row_fields(row: ClassRow) -> dict[str, Any]:
    fields = {
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
    }
    if row.verdict is None:
        return fields | NO_VERDICT
    return fields | _verdict_fields(row.verdict, is_decided=row.status == "graded")


def _verdict_fields(verdict: Verdict, is_decided: bool) -> dict[str, Any]:
    """Points and failures, but nothing that gives an answer away.

    There is no input, no expected value, no text of an exception and no seed.
    """
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
        "findings": [_finding_fields(finding) for finding in verdict.findings],
        "flags": [flag.code for flag in verdict.flags],
        "notes": [note.code for note in verdict.notes],
        "sandbox": verdict.sandbox,
        "sha256": verdict.submission.sha256,
        "key": verdict.key.sha256,
        "versions": verdict.versions,
    }


def _finding_fields(finding: Finding) -> dict[str, Any]:
    return {
        "question": finding.question,
        "outcome": finding.outcome,
        "points": finding.points,
        "possible": finding.possible,
        "code": suffixed(finding.message)[0] if finding.message else None,
    }
