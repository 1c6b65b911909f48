"""Evidence in words: one line for a reader, made of numbers."""

from grader.model import Words
from grader.reports.sentences import pluralized
from grader.verdict import (
    CaseInput,
    Evidence,
    GradientEvidence,
    GrowthEvidence,
    LossEvidence,
    Number,
    RaceEvidence,
    SlopeEvidence,
)


def seen(evidence: Evidence, words: Words) -> str:
    """The evidence in one line. Where an expected value is secret, the error stands in for it."""
    lines = words["evidence"]
    match evidence:
        case LossEvidence():
            reg = digits(evidence.asked.reg) if evidence.asked else ""
            shown = {
                "expected": digits(evidence.expected),
                "got": digits(evidence.got),
                "error": digits(evidence.error, 2),
            }
            return str(lines[loss_line(evidence)].format(reg=reg, other=evidence.other, **shown))
        case GradientEvidence():
            worst = evidence.worst
            place = {
                "row": worst.row,
                "column": worst.column,
                "reg": digits(evidence.asked.reg) if evidence.asked else "",
            }
            shown = {
                "expected": digits(worst.expected),
                "got": digits(worst.got),
                "error": digits(evidence.error, 2),
            }
            counts = {"wrong": evidence.wrong_entries, "entries": evidence.entries}
            return str(
                lines[gradient_line(evidence)].format(
                    other=evidence.other, **place, **shown, **counts
                )
            )
        case SlopeEvidence():
            line = "slope_secret" if evidence.expected is None else "slope"
            shown = {
                "expected": digits(evidence.expected),
                "got": digits(evidence.got),
                "error": digits(evidence.error, 2),
            }
            return str(lines[line].format(**shown))
        case GrowthEvidence():
            before, after = evidence.line_operations if evidence.line else evidence.operations
            sizes = {
                "small": evidence.sizes[0],
                "large": evidence.sizes[1],
                "before": before,
                "after": after,
            }
            return str(
                lines["growth_line" if evidence.line else "growth"].format(
                    line=evidence.line, **sizes
                )
            )
        case RaceEvidence():
            times = {
                "seconds": digits(1e3 * evidence.seconds, 3),
                "other": digits(1e3 * evidence.other_seconds, 3),
            }
            return str(
                lines[f"race_{evidence.against}"].format(
                    ratio=digits(evidence.ratio, 2), limit=digits(evidence.limit, 2), **times
                )
            )


def loss_line(evidence: LossEvidence) -> str:
    if evidence.expected is None:
        return "loss_secret"
    if evidence.other:
        return "loss_other"
    if evidence.difference:
        return "loss_difference"
    return "loss_not_finite" if isinstance(evidence.got, str) else "loss"


def gradient_line(evidence: GradientEvidence) -> str:
    if evidence.worst.expected is None:
        return "gradient_secret"
    return (
        "gradient_other"
        if evidence.other
        else "gradient_difference"
        if evidence.difference
        else "gradient"
    )


def format_cost(lost: float, more: float, words: Words) -> str:
    """Points of what failed, and of what was not asked because of it."""
    told = pluralized("costs", format_points(lost), words) if lost else str(words["page"]["free"])
    return told + (
        str(words["page"]["costs_more"].format(points=format_points(more))) if more else ""
    )


def format_points(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def digits(value: Number | None, count: int = 6) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.{count}g}"


def as_python(asked: CaseInput, function: str) -> str:
    """The input as Python, to call the function with it. Empty where an array was cut off."""
    if any(
        len(array.rows) != array.shape[0] or len(array.rows[0]) != array.shape[1]
        for array in (asked.W, asked.X)
    ):
        return ""
    rows = {
        name: ",\n              ".join(str(list(row)) for row in array.rows)
        for name, array in (("W", asked.W), ("X", asked.X))
    }
    arrays = [f"{name} = np.array([{text}])" for name, text in rows.items()]
    return "\n".join(
        [
            "import numpy as np",
            *arrays,
            f"y = np.array({list(asked.y)})",
            f"print({function}(W, X, y, {asked.reg}))",
        ]
    )
