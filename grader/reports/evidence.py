"""Evidence as text: one line for a reader, numbers and points, and an input as Python."""

from grader.model import Words
from grader.reports.sentences import pluralized
from grader.verdict import (
    CaseInput,
    Evidence,
    GradientEvidence,
    GrowthEvidence,
    LossEvidence,
    Matrix,
    Number,
    RaceEvidence,
    SlopeEvidence,
)

MILLISECONDS = 1e3  # in a second


def describe_evidence(evidence: Evidence, words: Words) -> str:
    """Describe it in one line. If the expected value is secret, that gives the error's size."""
    lines = words["evidence"]
    match evidence:
        case LossEvidence():
            line = lines[_loss_line(evidence)]
            return str(line.format(**_loss_values(evidence)))
        case GradientEvidence():
            line = lines[_gradient_line(evidence)]
            return str(line.format(**_gradient_values(evidence)))
        case SlopeEvidence():
            line = lines["slope_secret" if evidence.expected is None else "slope"]
            return str(line.format(**_compared(evidence.expected, evidence.got, evidence.error)))
        case GrowthEvidence():
            line = lines[_growth_line(evidence)]
            return str(line.format(**_growth_values(evidence)))
        case RaceEvidence():
            line = lines[f"race_{evidence.against}"]
            return str(line.format(**_race_values(evidence)))


def _loss_line(evidence: LossEvidence) -> str:
    if evidence.expected is None:
        return "loss_secret"
    if evidence.other:
        return "loss_other"
    if evidence.difference:
        return "loss_difference"
    return "loss_not_finite" if isinstance(evidence.got, str) else "loss"


def _loss_values(evidence: LossEvidence) -> dict[str, object]:
    return {
        "reg": _reg_of(evidence.asked),
        "other": evidence.other,
        **_compared(evidence.expected, evidence.got, evidence.error),
    }


def _gradient_line(evidence: GradientEvidence) -> str:
    if evidence.worst.expected is None:
        return "gradient_secret"
    if evidence.other:
        return "gradient_other"
    return "gradient_difference" if evidence.difference else "gradient"


def _gradient_values(evidence: GradientEvidence) -> dict[str, object]:
    worst = evidence.worst
    return {
        "reg": _reg_of(evidence.asked),
        "other": evidence.other,
        "row": worst.row,
        "column": worst.column,
        "wrong": evidence.wrong_entries,
        "entries": evidence.entries,
        **_compared(worst.expected, worst.got, evidence.error),
    }


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


def _reg_of(case: CaseInput | None) -> str:
    return format_number(case.reg) if case else ""


def format_cost(lost: float, unasked: float, words: Words) -> str:
    """Points lost by questions that failed, and by those that were not asked because of it."""
    cost = str(words["page"]["free"])
    if lost:
        cost = pluralized("costs", format_points(lost), words)
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


def as_python(case: CaseInput, function: str) -> str:
    """The input as a Python program that calls the function. Empty if an array was cut off."""
    if is_cut(case.W) or is_cut(case.X):
        return ""
    return "\n".join(
        [
            "import numpy as np",
            _assignment("W", case.W),
            _assignment("X", case.X),
            f"y = np.array({list(case.y)})",
            f"print({function}(W, X, y, {case.reg}))",
        ]
    )


def is_cut(array: Matrix) -> bool:
    """Whether the evidence holds only a part of this array."""
    columns = len(array.rows[0]) if array.rows else 0
    return (len(array.rows), columns) != tuple(array.shape)


def _assignment(name: str, array: Matrix) -> str:
    """One row of the array on each line."""
    rows = ",\n              ".join(str(list(row)) for row in array.rows)
    return f"{name} = np.array([{rows}])"
