"""Do two functions of the same submission agree? Which of them is right is not asked here."""

import numpy as np
from msgspec import field
from msgspec.structs import replace

from grader.checks.compare import (
    CasesSettings,
    gradient_error,
    gradient_evidence,
    gradient_passes,
    loss_error,
    loss_evidence,
    loss_passes,
    unless_half,
)
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Case, LossAndGradient, Message, SubmissionError
from grader.verdict import CheckResult


class AgreesSettings(CasesSettings, frozen=True):
    """cases: inputs to ask; with: short name of the function to compare with."""

    other: str = field(name="with")

    def functions_asked(self) -> dict[str, str]:
        return {"with": self.other}


def agrees(bench: FunctionUnderTest, key: AnswerKey, settings: AgreesSettings) -> CheckResult:
    other = bench.others[settings.other]
    for name in settings.cases:
        case = key.cases[name]
        mine, theirs = bench.output(case), answer_of(other, case)
        error = loss_error(mine.loss, theirs.loss)
        if not loss_passes(key.tolerances, error, mine.loss, theirs.loss):
            evidence = replace(loss_evidence(case, mine.loss, theirs.loss), other=other.name)
            message = Message("losses_disagree", {"case": name, "other": other.name})
            return CheckResult(False, unless_half(message, error, mine.loss), (evidence,))
        error = gradient_error(mine.gradient, theirs.gradient)
        if not gradient_passes(key.tolerances, error, mine.gradient, theirs.gradient):
            worst = replace(
                gradient_evidence(case, mine.gradient, theirs.gradient, key.tolerances),
                other=other.name,
            )
            message = Message("gradients_disagree", {"case": name, "other": other.name})
            return CheckResult(False, unless_half(message, error, mine.gradient), (worst,))
    return CheckResult(True)


def answer_of(other: FunctionUnderTest, case: Case) -> LossAndGradient:
    """What the other function returns. Where that is nothing to compare with, this question is not asked."""
    nothing = SubmissionError(Message("nothing_to_compare", {"other": other.name}), asked=False)
    try:
        other.ready()
        output = other.output(case)
        is_finite = np.isfinite(output.loss) and np.isfinite(output.gradient).all()
    except SubmissionError:
        raise nothing from None
    if not is_finite:
        raise nothing
    return output
