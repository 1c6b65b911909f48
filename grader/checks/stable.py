"""Does the function survive scores whose exponential overflows or underflows?

The values are compared: being finite is not enough.
"""

from grader.checks.compare import gradient_error, gradient_passes, loss_error, loss_passes
from grader.checks.evidence import gradient_evidence, loss_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Message, require
from grader.verdict import CheckResult


class StableSettings(CasesSettings, frozen=True):
    """Settings of the check of large scores."""

    # Compare dW too if this question was passed: a dW that is wrong anyway is not charged twice.
    gradient_if: str | None = None

    def questions_asked(self) -> dict[str, str]:
        return {"gradient_if": self.gradient_if} if self.gradient_if else {}


def check_stability(
    function: FunctionUnderTest, key: AnswerKey, settings: StableSettings
) -> CheckResult:
    """The first case whose loss, or dW, is off decides."""
    with_gradient = settings.gradient_if is None or function.has_passed(settings.gradient_if)
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name]
        answer = function.call_once(case)
        loss = require(answer.loss)
        if not loss_passes(key.tolerances, loss_error(loss, expected.loss), loss):
            is_repeated = function.repeats_another_answer(case, answer)
            code = "answer_of_another_call" if is_repeated else "unstable_loss"
            evidence = loss_evidence(case, loss, expected.loss)
            return CheckResult(False, Message(code, {"case": name}), (evidence,))
        if not with_gradient:
            continue
        gradient = require(answer.gradient)
        error = gradient_error(gradient, expected.gradient)
        if not gradient_passes(key.tolerances, error, gradient):
            worst = gradient_evidence(case, gradient, expected.gradient, key.tolerances)
            return CheckResult(False, Message("unstable_gradient", {"case": name}), (worst,))
    return CheckResult(True)
