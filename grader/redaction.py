"""What a student may not see of a verdict, taken out of it."""

from msgspec.structs import replace

from grader.model import Message
from grader.verdict import (
    Evidence,
    Finding,
    GradientEvidence,
    GrowthEvidence,
    LossEvidence,
    Number,
    SlopeEvidence,
    Verdict,
)


def for_student(verdict: Verdict) -> Verdict:
    """The verdict as its author may see it, as data: without what a secret key hides; and without the diagnosis, where the assignment
    does not reveal it: its ids say what is wrong, and hints are made of them on pages alone."""
    return without_secrets(
        verdict if verdict.key.reveal == "cause" else replace(verdict, diagnosis={})
    )


def without_secrets(verdict: Verdict) -> Verdict:
    """With a secret key: no input, no expected value, no text of an exception, and no number that the submission made. It may have made
    it of its input. What is left are words of the grader's own, places, counts, and sizes of errors in two digits."""
    if verdict.key.seed is not None:
        return verdict
    return replace(
        verdict,
        findings=tuple(map(without_numbers, verdict.findings)),
        flags=tuple(map(in_own_words, verdict.flags)),
        diagnosis={
            name: replace(each, slips=tuple(map(in_own_words, each.slips)))
            for name, each in verdict.diagnosis.items()
        },
    )


def without_numbers(finding: Finding) -> Finding:
    return replace(
        finding,
        message=finding.message and in_own_words(finding.message),
        notes=tuple(map(in_own_words, finding.notes)),
        evidence=tuple(map(without_expected, finding.evidence)),
    )


def in_own_words(message: Message) -> Message:
    return replace(
        message,
        quote=None,
        values={name: rough_value(name, value) for name, value in message.values.items()},
    )


def rough_value(name: str, value: float | int | str) -> float | int | str:
    """name: of the value in its message."""
    if name in ("got", "shape", "length"):  # of what a function returned
        return "?"
    if name in (
        "before",
        "after",
        "times",
    ):  # operations, and how many times too large something is: "7.31", or a size as "N"
        return rough_text(value) if isinstance(value, str) else rough(value)
    if name == "what":  # the grader's own trouble: its kind, and not what Python says about it
        return str(value).partition(":")[0]
    return value


def rough(value: float) -> int | float:
    """Two digits of it."""
    rounded = float(f"{value:.2g}")
    return int(rounded) if isinstance(value, int) else rounded


def rough_text(value: str) -> str:
    try:
        return f"{float(value):.2g}"
    except ValueError:
        return value


def rough_number(value: Number) -> Number:
    return value if isinstance(value, str) else rough(value)


def without_expected(evidence: Evidence) -> Evidence:
    match evidence:
        case LossEvidence() | SlopeEvidence():
            return replace(
                evidence, asked=None, expected=None, got=None, error=rough_number(evidence.error)
            )
        case GradientEvidence():
            worst = replace(evidence.worst, expected=None, got=None)
            return replace(
                evidence,
                asked=None,
                expected=None,
                got=None,
                error=rough_number(evidence.error),
                worst=worst,
            )
        case GrowthEvidence():
            (before, after), (line_before, line_after) = (
                evidence.operations,
                evidence.line_operations,
            )
            return replace(
                evidence,
                operations=(int(rough(before)), int(rough(after))),
                line_operations=(int(rough(line_before)), int(rough(line_after))),
            )
    return evidence
