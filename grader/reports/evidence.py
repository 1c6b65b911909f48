"""Evidence as text: one line for a reader, numbers, tables and points, and a call as Python."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.model import Words
from grader.reports.sentences import pluralized
from grader.verdict import (
    Evidence,
    GrowthEvidence,
    Number,
    Numbers,
    RaceEvidence,
    SlopeEvidence,
    ValueEvidence,
    WorstEntry,
)

MILLISECONDS = 1e3  # in a second
# The numbers that evidence has as text, as Python.
PYTHON_NAMES = {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}


# --- one line -------------------------------------------------------------------------------------


def describe_evidence(evidence: Evidence, words: Words) -> str:
    """Describe it in one line. If the expected value is secret, that gives the error's size.

    A line that an assignment has for one output, "array.dW", goes before that for all, "array".
    """
    match evidence:
        case ValueEvidence():
            name, values = _value_line(evidence), _value_values(evidence, words)
        case SlopeEvidence():
            name = _slope_line(evidence)
            values = _slope_values(evidence)
        case GrowthEvidence():
            name, values = _growth_line(evidence), _growth_values(evidence)
        case RaceEvidence():
            name, values = f"race_{evidence.against}", _race_values(evidence)
    lines = words["evidence"]
    line = lines.get(f"{name}.{values.get('output')}", lines[name])
    return str(line.format(**values))


def _value_line(evidence: ValueEvidence) -> str:
    kind = "array" if evidence.worst.index else "number"
    of_other = "_other" if evidence.other else ""
    if evidence.worst.expected is None:
        return f"{kind}{of_other}_secret"
    if evidence.other:
        return f"{kind}_other"
    if evidence.knob:
        return f"{kind}_difference"
    is_finite = not isinstance(evidence.worst.got, str)
    return kind if is_finite or kind == "array" else "number_not_finite"


def _value_values(evidence: ValueEvidence, words: Words) -> dict[str, object]:
    worst, knob = evidence.worst, evidence.knob
    counts = {"wrong": evidence.wrong_entries, "entries": evidence.entries}
    compared = _compared(worst.expected, worst.got, evidence.error)
    which = {evidence.entries: "all_wrong", 1: "one_wrong"}.get(evidence.wrong_entries)
    change = "no_change" if worst.got == 0 else "other_change"
    turned_up = evidence.asked.get(knob) if evidence.asked and knob else None
    return {
        "output": evidence.output,
        "entry": entry_name(evidence.output, worst),
        "knob": knob,
        "value": format_number(turned_up.values[0]) if turned_up else "",
        "other": evidence.other,
        "which": words["evidence"][which or "some_wrong"].format(**counts),
        "change": words["evidence"][change].format(**compared),
        **counts,
        **compared,
    }


def entry_name(output: str, worst: WorstEntry) -> str:
    """Name an entry of an output as Python does: dW[2, 0]. A number is named by its output."""
    return f"{output}[{', '.join(map(str, worst.index))}]" if worst.index else output


def _slope_line(evidence: SlopeEvidence) -> str:
    if evidence.expected is None:
        return "slope_secret"
    return "slope" if evidence.along is None else "slope_along"


def _slope_values(evidence: SlopeEvidence) -> dict[str, object]:
    names = {
        "output": evidence.output,
        "of": evidence.of,
        "by": evidence.by,
        "along": evidence.along or "",
    }
    return {**names, **_compared(evidence.expected, evidence.got, evidence.error)}


def _growth_line(evidence: GrowthEvidence) -> str:
    if not evidence.line:
        return "growth"
    return "growth_line" if evidence.cell is None else "growth_cell"


def _growth_values(evidence: GrowthEvidence) -> dict[str, object]:
    """The operations of the line that grew most, or of the whole call if no line is known."""
    small, large = evidence.sizes
    before, after = evidence.line_operations if evidence.line else evidence.operations
    return {
        "line": evidence.line if evidence.cell is None else evidence.cell_line,
        "cell": evidence.cell,
        "letter": evidence.letter,
        "small": small,
        "large": large,
        "before": before,
        "after": after,
    }


def _race_values(evidence: RaceEvidence) -> dict[str, object]:
    return {
        "seconds": format_number(MILLISECONDS * evidence.seconds, 3),
        "other": format_number(MILLISECONDS * evidence.other_seconds, 3),
        "ratio": format_number(evidence.ratio, 2),
        "limit": format_number(evidence.limit, 2),
    }


def _compared(expected: Number | None, got: Number | None, error: Number) -> dict[str, object]:
    return {
        "expected": format_number(expected),
        "got": format_number(got),
        "error": format_number(error, 2),
    }


# --- numbers and points ---------------------------------------------------------------------------


def format_cost(lost: float, unasked: float, words: Words) -> str:
    """Points lost by questions that failed, and by those that were not asked because of it."""
    cost = str(words["page"]["free"])
    if lost + unasked:
        cost = pluralized("costs", format_points(lost + unasked), words)
    if unasked:
        cost += str(words["page"]["costs_more"].format(points=format_points(unasked)))
    return cost


def format_points(value: float) -> str:
    """At most two decimals, without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def format_number(value: Number | None, digits: int = 6) -> str:
    """Significant digits. Numbers that JSON lacks (nan, inf) come as text and stay as they are."""
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.{digits}g}"


# --- arrays ---------------------------------------------------------------------------------------


class Table(NamedTuple):
    """The part of an array that a page shows: its last two axes at one place of the others."""

    rows: Sequence[Sequence[Number]]
    place: str  # of an array of three or more axes: "[1, 0, :, :]"; else empty
    worst: tuple[int, int] | None  # row and column of the worst entry, if it is shown


def table_of(numbers: Numbers, worst: WorstEntry) -> Table:
    """Lay out an array of any number of axes, so that the worst entry is shown if it can be.

    An array of one axis is one row.
    """
    array = _as_array(numbers)
    if array.ndim < 2:
        array = array.reshape(1, -1)
    index = (0, 0, *worst.index)[-array.ndim :]  # of the array as it is laid out
    is_shown = all(at < length for at, length in zip(index, array.shape, strict=True))
    *place, row, column = index if is_shown else (0,) * array.ndim
    rows = array[tuple(place)].tolist() if array.size else []
    position = ", ".join([*map(str, place), ":", ":"])
    return Table(rows, f"[{position}]" if place else "", (row, column) if is_shown else None)


def _as_array(numbers: Numbers) -> np.ndarray[Any, np.dtype[Any]]:
    """The entries at their places; nan and infinities are text."""
    array = np.empty(len(numbers.values), object)
    array[:] = numbers.values
    return array.reshape(numbers.shown)


def format_shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def is_cut(numbers: Numbers) -> bool:
    """Whether the evidence holds only a part of this array."""
    return numbers.shown != numbers.shape


def as_python(evidence: ValueEvidence | SlopeEvidence, call: str) -> str:
    """The inputs and the call as a Python program. Empty if they are secret or were cut off.

    call: the lines that call the function, or empty if they are not known.
    """
    if evidence.asked is None or any(is_cut(numbers) for numbers in evidence.asked.values()):
        return ""
    lines = ["import numpy as np"]
    lines += [f"{name} = {_literal(name, value)}" for name, value in evidence.asked.items()]
    if call:
        outputs = [evidence.output]
        if isinstance(evidence, SlopeEvidence):
            outputs = [evidence.of, evidence.output]
        lines += [call.strip("\n"), f"print({', '.join(outputs)})"]
    return "\n".join(lines)


def _literal(name: str, numbers: Numbers) -> str:
    """A number, or an array with one row of its last axis on each line."""
    if not numbers.values:
        return f"np.zeros({numbers.shape})"
    head = f"{name} = np.array("
    text = repr(numbers.values[0])
    if numbers.shape:
        text = f"np.array({_rows_literal(_as_array(numbers), len(head))})"
    for number, python in PYTHON_NAMES.items():
        text = text.replace(repr(number), python)
    return text


def _rows_literal(array: np.ndarray[Any, np.dtype[Any]], indent: int) -> str:
    """indent: columns in front of the first bracket."""
    if array.ndim == 1:
        return str(array.tolist())
    gap = ",\n" + " " * (indent + 1)
    return f"[{gap.join(_rows_literal(part, indent + 1) for part in array)}]"
