"""Removes from a verdict what a student may not see."""

import math
import re

from msgspec.structs import replace

from grader.model import STEERED, Message
from grader.verdict import (
    Evidence,
    Finding,
    GrowthEvidence,
    Number,
    RaceEvidence,
    SlopeEvidence,
    ValueEvidence,
    Verdict,
)

HIDDEN = "?"  # a message's value that is not shown: see grader/reports/sentences.py
# Names of other values of messages that are redacted if the key is secret (see STEERED).
# Operations, or how many times too large something is: a number, its text ("7.31"), or the name of
# a size ("N").
MEASURED = ("before", "after", "times")
GRADER_ERROR = "what"  # an exception of the grader's own
# The grader's limits, or texts of the assignment: these stay as they are.
NO_INPUT = ("limit", "version", "name", "file", "call")
# Of what is computed, two digits remain, of a size in this range: 1,700 different numbers, where
# two digits of any float would be 55,000.
DIGITS = 2
SMALLEST, LARGEST = 1e-9, 1e9
MOST_TIMES = 1_000  # that a flag counts
FRACTION = re.compile(r"-?[0-9]+(?:\.[0-9]+(?:e[-+]?[0-9]+)?|e[-+]?[0-9]+)")
# Codes of messages about a file that was being loaded. It has met no input yet, so nothing that
# they quote can hold one. A child cannot report them later: see grader/sandbox/errors.py.
BEFORE_ANY_INPUT = frozenset(
    (
        *("does_not_parse", "python2_syntax", "newer_python", "notebook_command", "code_fence"),
        *("function_imported", "function_needs_module", "function_left_out"),
        *("function_in_class", "function_in_function", "function_spelled"),
    )
)


def for_student(verdict: Verdict) -> Verdict:
    """Redact a verdict that the submission's author receives as data.

    Removes what could betray a secret key, and diagnoses that the assignment hides. The ids in a
    diagnosis say what is wrong, so all of it goes unless the assignment reveals causes: hints are
    for reports to show.
    """
    if verdict.key.reveal != "cause":
        verdict = replace(verdict, diagnosis={})
    return without_secrets(verdict)


def without_secrets(verdict: Verdict) -> Verdict:
    """Redact everything that could betray a secret key. A public one needs no redaction.

    Removed are all inputs, expected values, texts of exceptions, and numbers of the submission,
    which may have computed them from the secret input; and all times. What remains are the
    grader's own sentences, positions, counts, and sizes of errors in two digits. An assignment's
    own checks may put any number into a message: of one with a fraction, two digits remain.
    docs/security.md says how much each of these can tell.
    """
    if verdict.key.seed is not None:
        return verdict
    diagnosis = {
        function: replace(
            each,
            slips=tuple(map(_redact_message, each.slips)),
            suspicions=tuple(map(_redact_message, each.suspicions)),
        )
        for function, each in verdict.diagnosis.items()
    }
    return replace(
        verdict,
        findings=tuple(map(_redact_finding, verdict.findings)),
        flags=tuple(map(_redact_flag, verdict.flags)),
        diagnosis=diagnosis,
    )


def _redact_finding(finding: Finding) -> Finding:
    return replace(
        finding,
        seconds=0.0,
        message=finding.message and _redact_message(finding.message),
        notes=tuple(map(_redact_message, finding.notes)),
        evidence=tuple(
            _redact_evidence(each)
            for each in finding.evidence
            if not isinstance(each, RaceEvidence)
        ),
    )


def _redact_flag(flag: Message) -> Message:
    """How often something was tried is chosen by the submission: one digit remains."""
    times = flag.values.get("times")
    redacted = _redact_message(flag)
    if not isinstance(times, int):
        return redacted
    few = _rounded_down(min(times, MOST_TIMES))
    return replace(redacted, values=redacted.values | {"times": few})


def _rounded_down(count: int) -> int:
    """Keep the first digit: 7, 30, 500."""
    digits = str(count)
    return int(digits[0].ljust(len(digits), "0"))


def _redact_message(message: Message) -> Message:
    values = {name: _redact_value(name, value) for name, value in message.values.items()}
    quote = message.quote if message.code in BEFORE_ANY_INPUT else None
    return replace(message, quote=quote, values=values)


def _redact_value(name: str, value: float | int | str) -> float | int | str:
    if name in STEERED:
        return HIDDEN
    if name in MEASURED:
        return _round_text(value) if isinstance(value, str) else _round(value)
    if name == GRADER_ERROR:  # the kind of the exception, without what Python says about it
        return _round_fractions(str(value).partition(":")[0])
    if name in NO_INPUT or isinstance(value, int):
        return value
    return _round_fractions(value) if isinstance(value, str) else _round(value)


def _redact_evidence(evidence: SlopeEvidence | ValueEvidence | GrowthEvidence) -> Evidence:
    match evidence:
        case SlopeEvidence():
            error = _round_number(evidence.error)
            return replace(evidence, asked=None, expected=None, got=None, error=error)
        case ValueEvidence():
            error = _round_number(evidence.error)
            worst = replace(evidence.worst, expected=None, got=None)
            return replace(evidence, asked=None, expected=None, got=None, error=error, worst=worst)
        case GrowthEvidence():
            return replace(
                evidence,
                operations=_round_pair(evidence.operations),
                line_operations=_round_pair(evidence.line_operations),
                library_operations=_round_pair(evidence.library_operations),
            )


def _round(value: float) -> int | float:
    """To two significant digits, and into the range of sizes. nan, 0 and infinities stay."""
    sized = float(value)
    if sized and math.isfinite(sized):
        sized = math.copysign(min(max(abs(sized), SMALLEST), LARGEST), sized)
    rounded = float(f"{sized:.{DIGITS}g}")
    return int(rounded) if isinstance(value, int) else rounded


def _round_fractions(text: str) -> str:
    """Round the numbers in a text that have more digits, and leave the others as written."""

    def rounded(found: re.Match[str]) -> str:
        short = _round_text(found[0])
        return found[0] if float(short) == float(found[0]) else short

    return FRACTION.sub(rounded, text)


def _round_text(value: str) -> str:
    try:
        return f"{_round(float(value)):.{DIGITS}g}"
    except ValueError:
        return value


def _round_number(value: Number) -> Number:
    return value if isinstance(value, str) else _round(value)


def _round_pair(counts: tuple[int, int]) -> tuple[int, int]:
    first, second = counts
    return int(_round(first)), int(_round(second))
