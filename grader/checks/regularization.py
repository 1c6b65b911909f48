"""Does reg change the loss and dW by the right amount?

Only the difference that reg makes is judged, so that an error elsewhere costs nothing here. Each
case has a twin <name>_reg that differs in reg only.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from grader.checks.compare import (
    difference,
    gradient_error,
    gradient_passes,
    loss_error,
    loss_passes,
    unless_half,
)
from grader.checks.evidence import gradient_evidence, loss_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import (
    AnswerKey,
    Case,
    Expected,
    LossAndGradient,
    Message,
    SubmissionError,
    require,
)
from grader.verdict import CheckResult


class TwinsSettings(CasesSettings, frozen=True):
    """The cases are those without regularization. Their twins are called too."""

    def cases_asked(self) -> tuple[str, ...]:
        return (*self.cases, *(name + "_reg" for name in self.cases))


class _Twins(NamedTuple):
    """The answers to a case and to its twin with regularization."""

    with_reg: Case  # the twin
    answer: LossAndGradient
    answer_with_reg: LossAndGradient
    expected: Expected
    expected_with_reg: Expected


def check_reg_loss(
    function: FunctionUnderTest, key: AnswerKey, settings: TwinsSettings
) -> CheckResult:
    """The first case on which reg changes the loss by a wrong amount decides."""
    for twins in _ask_twins(function, key, settings):
        case = twins.with_reg
        loss = require(twins.answer.loss)
        if not math.isfinite(loss):
            message = Message("reg_hidden_by_loss", {"case": case.name})
            raise SubmissionError(message, was_asked=False)
        loss_with_reg = require(twins.answer_with_reg.loss)
        got = loss_with_reg - loss
        expected = twins.expected_with_reg.loss - twins.expected.loss
        error = loss_error(got, expected)
        if not loss_passes(key.tolerances, error, loss):
            message = Message("reg_loss_missing" if got == 0 else "reg_loss_differs")
            evidence = loss_evidence(case, got, expected, by_reg=True)
            return CheckResult(False, unless_half(message, error, loss, loss_with_reg), (evidence,))
    return CheckResult(True)


def check_reg_gradient(
    function: FunctionUnderTest, key: AnswerKey, settings: TwinsSettings
) -> CheckResult:
    """The first case on which reg changes dW by a wrong amount decides."""
    for twins in _ask_twins(function, key, settings):
        case = twins.with_reg
        gradient = require(twins.answer.gradient)
        if not np.isfinite(gradient).all():
            message = Message("reg_hidden_by_gradient", {"case": case.name})
            raise SubmissionError(message, was_asked=False)
        gradient_with_reg = require(twins.answer_with_reg.gradient)
        got = difference(gradient_with_reg, gradient)
        expected = twins.expected_with_reg.gradient - twins.expected.gradient
        error = gradient_error(got, expected)
        if not gradient_passes(key.tolerances, error, gradient):
            message = Message("reg_gradient_differs" if got.any() else "reg_gradient_missing")
            message = unless_half(message, error, gradient, gradient_with_reg)
            evidence = gradient_evidence(case, got, expected, key.tolerances, by_reg=True)
            return CheckResult(False, message, (evidence,))
    return CheckResult(True)


def _ask_twins(
    function: FunctionUnderTest, key: AnswerKey, settings: TwinsSettings
) -> Iterator[_Twins]:
    for name in settings.cases:
        twin = name + "_reg"
        yield _Twins(
            with_reg=key.cases[twin],
            answer=function.call_once(key.cases[name]),
            answer_with_reg=function.call_once(key.cases[twin]),
            expected=key.expected[name],
            expected_with_reg=key.expected[twin],
        )
