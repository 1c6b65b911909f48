"""Do two functions of the same submission agree? Which of them is right is another question."""

import numpy as np
from msgspec import field
from msgspec.structs import replace

from grader.checks.compare import (
    gradient_error,
    gradient_passes,
    loss_error,
    loss_passes,
    unless_half,
)
from grader.checks.evidence import gradient_evidence, loss_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Array, Case, Message, SubmissionError, require
from grader.verdict import CheckResult


class AgreesSettings(CasesSettings, frozen=True):
    """The setting `with` holds the short name of the function to compare with."""

    other: str = field(name="with")

    def functions_asked(self) -> dict[str, str]:
        return {"with": self.other}


def check_agreement(
    function: FunctionUnderTest, key: AnswerKey, settings: AgreesSettings
) -> CheckResult:
    """Compare the loss and dW of both. The first case on which they differ decides."""
    other = function.others[settings.other]
    for name in settings.cases:
        case = key.cases[name]
        answer = function.call_once(case)
        other_loss, other_gradient = _finite_answer(other, case)

        loss = require(answer.loss)
        error = loss_error(loss, other_loss)
        if not loss_passes(key.tolerances, error, loss, other_loss):
            message = Message("losses_disagree", {"case": name, "other": other.name})
            evidence = loss_evidence(case, loss, other_loss)
            return CheckResult(
                False, unless_half(message, error, loss), (replace(evidence, other=other.name),)
            )

        gradient = require(answer.gradient)
        error = gradient_error(gradient, other_gradient)
        if not gradient_passes(key.tolerances, error, gradient, other_gradient):
            message = Message("gradients_disagree", {"case": name, "other": other.name})
            worst = gradient_evidence(case, gradient, other_gradient, key.tolerances)
            return CheckResult(
                False, unless_half(message, error, gradient), (replace(worst, other=other.name),)
            )
    return CheckResult(True)


def _finite_answer(other: FunctionUnderTest, case: Case) -> tuple[float, Array]:
    """Loss and dW of the other function.

    Raises SubmissionError if they are missing or not finite: the question is then not run.
    """
    error = SubmissionError(Message("nothing_to_compare", {"other": other.name}), was_asked=False)
    try:
        other.require_ready()
        answer = other.call_once(case)
        loss, gradient = require(answer.loss), require(answer.gradient)
    except SubmissionError:
        raise error from None
    if not np.isfinite(loss) or not np.isfinite(gradient).all():
        raise error
    return loss, gradient
