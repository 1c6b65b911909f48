"""Do two functions of the same submission agree? Which of them is right is another question."""

import math
from collections.abc import Mapping

import numpy as np
from msgspec import field

from grader.checks.compare import is_within, relative_error, unless_half
from grader.checks.evidence import value_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import ValueSettings
from grader.model import AnswerKey, Array, Case, Message, SubmissionError
from grader.verdict import CheckResult


class AgreesSettings(ValueSettings, frozen=True, kw_only=True):
    """The setting `with` holds the short name of the function to compare with."""

    other: str = field(name="with")

    def functions_asked(self) -> Mapping[str, str]:
        return {"with": self.other}


def check_agreement(
    function: FunctionUnderTest, key: AnswerKey, settings: AgreesSettings
) -> CheckResult:
    """Compare the outputs that both have. The first case on which they differ decides.

    Where the other function is known to be wrong, a difference says nothing: one that is right
    itself loses nothing by it, and of two that are wrong nobody knows which to change.
    """
    other = function.others[settings.other]
    try:
        other.require_ready()
    except SubmissionError:
        raise _nothing_to_compare(other) from None
    theirs = settings.outputs_of(key, other.definition)
    outputs = [each for each in settings.outputs_of(key, function.definition) if each in theirs]
    both_wrong: SubmissionError | None = None
    for name in settings.cases_asked():
        case = key.cases[name]
        answer = function.call_once(case)
        for output in outputs:
            got, expected = answer.value(output), _value_of(other, case, output)
            error = math.inf if expected is None else relative_error(got, expected)
            if expected is not None and is_within(key.tolerances, output, error, got, expected):
                continue
            if expected is None or not _is_right(key, case, output, expected):
                if both_wrong is None and not _is_right(key, case, output, got):
                    both_wrong = SubmissionError(
                        Message("both_wrong", {"other": other.name}), was_asked=False
                    )
                    if expected is None:
                        both_wrong = _nothing_to_compare(other)
                continue
            values: dict[str, float | int | str] = {
                "case": name,
                "output": output,
                "other": other.name,
            }
            message = unless_half(Message("disagrees", values), error, got)
            evidence = value_evidence(
                function, case, output, got, expected, key.tolerances, other=other.name
            )
            return CheckResult(False, message, (evidence,))
    if both_wrong is not None:
        raise both_wrong
    return CheckResult(True)


def _nothing_to_compare(other: FunctionUnderTest) -> SubmissionError:
    return SubmissionError(Message("nothing_to_compare", {"other": other.name}), was_asked=False)


def _value_of(function: FunctionUnderTest, case: Case, output: str) -> Array | None:
    """An output of the other function, or None if it is missing or not finite."""
    try:
        value = function.call_once(case).value(output)
    except SubmissionError:
        return None
    return value if np.isfinite(value).all() else None


def _is_right(key: AnswerKey, case: Case, output: str, value: Array) -> bool:
    expected = key.expected[case.name][output]
    return is_within(key.tolerances, output, relative_error(value, expected), value)
