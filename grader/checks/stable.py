"""Does the function survive scores whose exponential overflows or underflows? Values are compared, never finiteness alone."""

from grader.checks.compare import (
    CasesSettings,
    gradient_error,
    gradient_evidence,
    gradient_passes,
    is_answer_to_another,
    loss_error,
    loss_evidence,
    loss_passes,
)
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Message
from grader.verdict import CheckResult


class StableSettings(CasesSettings, frozen=True):
    """cases: inputs to ask; gradient_if: compare dW too if this question passed (a dW that is wrong anyway is not charged twice)."""

    gradient_if: str | None = None

    def questions_asked(self) -> dict[str, str]:
        return {"gradient_if": self.gradient_if} if self.gradient_if else {}


def stable(bench: FunctionUnderTest, key: AnswerKey, settings: StableSettings) -> CheckResult:
    with_gradient = settings.gradient_if is None or bench.passed(settings.gradient_if)
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name]
        output = bench.output(case)
        if not loss_passes(key.tolerances, loss_error(output.loss, expected.loss), output.loss):
            evidence = loss_evidence(case, output.loss, expected.loss)
            code = (
                "answer_of_another_call"
                if is_answer_to_another(bench, case, output)
                else "unstable_loss"
            )
            return CheckResult(False, Message(code, {"case": name}), (evidence,))
        if not with_gradient:
            continue
        if not gradient_passes(
            key.tolerances, gradient_error(output.gradient, expected.gradient), output.gradient
        ):
            worst = gradient_evidence(case, output.gradient, expected.gradient, key.tolerances)
            return CheckResult(False, Message("unstable_gradient", {"case": name}), (worst,))
    return CheckResult(True)
