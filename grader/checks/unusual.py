"""Does the function answer inputs that are valid but unusual?

Such as a single sample or class, whole numbers, or slices of larger arrays.
"""

from typing import Literal

from msgspec.structs import replace

from grader.checks.compare import is_near
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Case, Message, SubmissionError, require
from grader.verdict import CheckResult


class UnusualSettings(CasesSettings, frozen=True):
    """Settings of the check of unusual inputs. With form "integer", cases hold whole numbers."""

    form: Literal["plain", "integer", "strided"] = "plain"  # of the arrays, see Case

    def needs_whole_numbers(self) -> bool:
        return self.form == "integer"


def check_unusual_inputs(
    function: FunctionUnderTest, key: AnswerKey, settings: UnusualSettings
) -> CheckResult:
    """Compare answers roughly.

    A mistake with such inputs leaves nothing right. Epsilons and float32 are for other questions.
    """
    for name in settings.cases:
        case, expected = replace(key.cases[name], form=settings.form), key.expected[name]
        try:
            answer = function.call(case)
            loss_is_right = is_near(require(answer.loss), expected.loss)
            if loss_is_right and is_near(require(answer.gradient), expected.gradient):
                continue
        except SubmissionError as error:
            if not error.was_asked:
                raise
            return CheckResult(False, _message(case, error.message.quote, error.message.line))
        return CheckResult(False, _message(case))
    return CheckResult(True)


def _message(case: Case, quote: str | None = None, line: int | None = None) -> Message:
    if case.form == "integer":
        return Message("integer_inputs", {}, quote, line)
    if case.form == "strided":
        return Message("strided_inputs", {}, quote, line)
    return Message("odd_shape", {"case": case.name}, quote, line)
