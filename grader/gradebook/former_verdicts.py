"""Verdicts of the form grader/verdict/1 as verdicts of today.

A gradebook keeps them as they were written. Wherever one is read, it becomes what today's grader
would have written. Form 1 knew one kind of function only: see grader/assignment/former_words.py.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from grader.assignment.former_words import (
    CHECKS,
    CODES,
    FACTORS,
    GRADIENT,
    KNOB,
    VALUES,
    Code,
    call_of,
)

FORM = "grader/verdict/1"
NEW_FORM = "grader/verdict/2"
Json: TypeAlias = dict[str, Any]  # an object, as a decoder of JSON returns it


def convert_verdict(verdict: Json) -> Json:
    """Convert a verdict of form 1. It is left as it is."""
    conventions = verdict["key"].get("conventions", {})
    layout = conventions.get("layout", "CxD")
    functions = dict.fromkeys(finding["function"] for finding in verdict["findings"])
    return verdict | {
        "schema": NEW_FORM,
        "findings": [_finding(finding, layout) for finding in verdict["findings"]],
        "diagnosis": {
            function: _diagnosis(diagnosis, layout)
            for function, diagnosis in verdict.get("diagnosis", {}).items()
        },
        "key": verdict["key"] | {"calls": {name: call_of(name) for name in functions}},
    }


def convert_message(message: Json, layout: str) -> Json:
    """Convert a message. Codes that are no longer in use get the one that says the same."""
    current = CODES.get(message["code"], Code(message["code"], {}))
    names = VALUES.get(current.code, {})
    values: Json = {names.get(name, name): value for name, value in message["values"].items()}
    values |= current.values
    if "factor" in values:
        values["factor"] = FACTORS[values["factor"]]
        values["output"] = values["factor"].partition("+")[0]
    if current.code == "other_layout":
        values["set"] = _other_settings(layout, values.pop("regularization", ""))
    return message | {"code": current.code, "values": values}


def _other_settings(layout: str, regularization: str) -> str:
    """Return the settings with which a submission in the other layout has to be graded."""
    other = "DxC" if layout == "CxD" else "CxD"
    return f"layout={other}" + (f" regularization={regularization}" if regularization else "")


def _finding(finding: Json, layout: str) -> Json:
    message = finding.get("message")
    # Operations were counted for more samples, unless that message says for more classes.
    letter = "C" if message and message["code"] == "loops_over_classes" else "N"
    return finding | {
        "check": CHECKS.get(finding["check"], finding["check"]),
        "message": message and convert_message(message, layout),
        "evidence": [_evidence(each, letter, layout) for each in finding.get("evidence", ())],
    }


def _diagnosis(diagnosis: Json, layout: str) -> Json:
    return diagnosis | {
        "unexplained": [FACTORS[name] for name in diagnosis.get("unexplained", ())],
        "unobserved": [FACTORS[name] for name in diagnosis.get("unobserved", ())],
        "slips": [convert_message(message, layout) for message in diagnosis.get("slips", ())],
    }


def _evidence(evidence: Json, letter: str, layout: str) -> Json:
    match evidence["kind"]:
        case "loss":
            return _value(evidence, "loss", layout)
        case "gradient":
            return _value(evidence, "dW", layout)
        case "slope":
            return evidence | GRADIENT | {"asked": _inputs(evidence["asked"], layout)}
        case "growth":
            return evidence | {"letter": letter}
        case "race" if evidence["against"] == "naive":
            return evidence | {"against": "other"}
    return evidence


def _value(evidence: Json, output: str, layout: str) -> Json:
    """Convert the evidence about a loss or dW."""
    expected, got = evidence["expected"], evidence["got"]
    worst = evidence.get("worst")
    if worst is None:  # a number is its own worst entry
        index, worst = [], {"expected": expected, "got": got}
    else:
        index = [worst["row"], worst["column"]]
    return {
        "kind": "value",
        "output": output,
        "case": evidence["case"],
        "asked": _inputs(evidence["asked"], layout),
        "expected": _numbers(expected),
        "got": _numbers(got),
        "error": evidence["error"],
        "worst": {"index": index, "expected": worst["expected"], "got": worst["got"]},
        "wrong_entries": evidence.get("wrong_entries", 1),
        "entries": evidence.get("entries", 1),
        "knob": KNOB if evidence.get("difference") else None,
        "other": evidence.get("other"),
    }


def _inputs(asked: Json | None, layout: str) -> Json | None:
    """Convert the inputs of a case. The labels were cut off, and X says how many there are."""
    if asked is None:
        return None
    count = asked["X"]["shape"][1 if layout == "CxD" else 0]
    labels = {"shape": [count], "shown": [len(asked["y"])], "values": asked["y"]}
    return {
        "W": _numbers(asked["W"]),
        "X": _numbers(asked["X"]),
        "y": labels,
        "reg": _numbers(asked["reg"]),
    }


def _numbers(value: Mapping[str, Any] | float | str | None) -> Json | None:
    """Convert a matrix, which had a list for each row, or a number."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return {"shape": [], "shown": [], "values": [value]}
    rows = value["rows"]
    columns = len(rows[0]) if rows else 0
    return {
        "shape": value["shape"],
        "shown": [len(rows), columns],
        "values": [entry for row in rows for entry in row],
    }
