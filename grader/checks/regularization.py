"""Does reg change the loss and dW by the right amount?

Asked on the difference that reg makes, so that an error elsewhere costs nothing here. Each case has a twin
<name>_reg that differs in reg only.
"""

import math
from collections.abc import Iterator

import numpy as np

from grader.checks.compare import (
    CasesSettings,
    difference,
    gradient_error,
    gradient_evidence,
    gradient_passes,
    loss_error,
    loss_evidence,
    loss_passes,
    unless_half,
)
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Case, Expected, LossAndGradient, Message, SubmissionError
from grader.verdict import CheckResult


class TwinsSettings(CasesSettings, frozen=True):
    """cases: inputs without regularization; their twins are asked too."""

    def cases_asked(self) -> tuple[str, ...]:
        return (*self.cases, *(name + "_reg" for name in self.cases))


def reg_loss(bench: FunctionUnderTest, key: AnswerKey, settings: TwinsSettings) -> CheckResult:
    for case, without, with_reg, expected, expected_reg in twins(bench, key, settings):
        if not math.isfinite(without.loss):
            raise SubmissionError(Message("reg_hidden_by_loss", {"case": case.name}), asked=False)
        got, right = with_reg.loss - without.loss, expected_reg.loss - expected.loss
        error = loss_error(got, right)
        if not loss_passes(key.tolerances, error, without.loss):
            message = Message("reg_loss_missing" if got == 0 else "reg_loss_differs")
            message = unless_half(message, error, without.loss, with_reg.loss)
            return CheckResult(False, message, (loss_evidence(case, got, right, by_reg=True),))
    return CheckResult(True)


def reg_gradient(bench: FunctionUnderTest, key: AnswerKey, settings: TwinsSettings) -> CheckResult:
    for case, without, with_reg, expected, expected_reg in twins(bench, key, settings):
        if not np.isfinite(without.gradient).all():
            raise SubmissionError(
                Message("reg_hidden_by_gradient", {"case": case.name}), asked=False
            )
        got, right = (
            difference(with_reg.gradient, without.gradient),
            expected_reg.gradient - expected.gradient,
        )
        error = gradient_error(got, right)
        if not gradient_passes(key.tolerances, error, without.gradient):
            message = Message("reg_gradient_differs" if got.any() else "reg_gradient_missing")
            evidence = gradient_evidence(case, got, right, key.tolerances, by_reg=True)
            return CheckResult(
                False, unless_half(message, error, without.gradient, with_reg.gradient), (evidence,)
            )
    return CheckResult(True)


def twins(
    bench: FunctionUnderTest, key: AnswerKey, settings: TwinsSettings
) -> Iterator[tuple[Case, LossAndGradient, LossAndGradient, Expected, Expected]]:
    """The case with reg, the outputs without and with it, and what they should be."""
    for name in settings.cases:
        case, twin = key.cases[name], key.cases[name + "_reg"]
        yield (
            twin,
            bench.output(case),
            bench.output(twin),
            key.expected[name],
            key.expected[name + "_reg"],
        )
