"""Is dW the derivative of the submission's own loss? Whether the loss is right is not asked.

Along a random direction V the loss is a function of one number, and its slope must be sum(dW * V).
The slope is measured by central differences at two step sizes and Richardson's extrapolation,
(4 s(h/2) - s(h)) / 3, whose error falls with h^4. V is scaled so that a step of 1 moves the scores
by 1 (root mean square): the step then suits weights and data of any size. Four directions miss no
bug we know; a correct float64 gradient is off by 4e-11.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from grader.checks.compare import TINY, unless_half
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Array, Case, Message, SubmissionError, require
from grader.verdict import CheckResult, SlopeEvidence, as_case_input, as_number

STEP = 1e-3
STEP_SINGLE = 0.1  # for float32, which rounds the loss by 1e-7: a longer step outweighs that
# A smooth loss has nearly the same slope at both step sizes, to about STEP squared. The slopes of a
# loss rounded to float32 differ by more, or by chance not at all.
NOISE = 1e-5


class SlopeSettings(CasesSettings, frozen=True):
    """Settings of the check of slopes."""

    def needs_directions(self) -> bool:
        return True


class Slope(NamedTuple):
    """The slope of the loss along one direction."""

    numeric: float  # measured
    analytic: float  # according to dW
    error: float  # |numeric - analytic| / (||dW|| ||V||); infinite if it is not a number
    is_coarse: bool  # the loss looks rounded
    is_flat: bool  # the loss does not change at all
    overwrote_earlier: bool  # a call changed the dW of the one before


def check_slope(
    function: FunctionUnderTest, key: AnswerKey, settings: SlopeSettings
) -> CheckResult:
    """The first case with a wrong slope in any direction decides."""
    for name in settings.cases:
        case = key.cases[name]
        answer = function.call_once(case)
        loss = require(answer.loss)
        if not math.isfinite(loss):
            raise SubmissionError(Message("slope_hidden_by_loss"), was_asked=False)
        gradient = require(answer.gradient)
        if not np.isfinite(gradient).all():
            raise SubmissionError(Message("slope_hidden_by_gradient"), was_asked=False)

        limit = key.tolerances.slope
        slopes = measure_slopes(function, key, case, gradient, STEP)
        if all(slope.is_flat for slope in slopes):
            return CheckResult(False, Message("loss_constant", {"case": name}))
        is_within = all(slope.error <= limit for slope in slopes)
        if not is_within and any(slope.is_coarse for slope in slopes):
            limit = key.tolerances.slope_single_precision
            slopes = measure_slopes(function, key, case, gradient, STEP_SINGLE)
        if any(slope.overwrote_earlier for slope in slopes):
            return CheckResult(False, Message("shared_output"))

        worst = max(slopes, key=lambda slope: slope.error)
        if not worst.error <= limit:
            message = Message("slope_differs", {"case": name})
            # The error of a slope is about that of the losses divided by the step.
            loss_error = worst.error * STEP_SINGLE
            message = unless_half(message, loss_error, loss, gradient)
            return CheckResult(False, message, (_evidence(case, worst),))
    return CheckResult(True)


def measure_slopes(
    function: FunctionUnderTest, key: AnswerKey, case: Case, gradient: Array, step: float
) -> list[Slope]:
    """Measure the slope along every direction of the key. All losses are requested at once."""
    directions = key.directions[case.name]
    steps = np.array([step, -step, step / 2, -step / 2])
    weights = case.W + steps[:, None, None] * directions[:, None]
    losses = function.evaluate_losses(case, weights.reshape(-1, *case.W.shape))
    by_direction = losses.values.reshape(len(directions), len(steps)).tolist()
    return [
        _slope(along, gradient, V, step, losses.overwrote_earlier)
        for along, V in zip(by_direction, directions, strict=True)
    ]


def _slope(
    losses: Sequence[float], gradient: Array, V: Array, step: float, overwrote_earlier: bool
) -> Slope:
    """Compute the slope along V. losses: at +1, -1, +1/2 and -1/2 of a step."""
    up, down, half_up, half_down = losses
    wide = (up - down) / (2 * step)
    narrow = (half_up - half_down) / step
    numeric = (4 * narrow - wide) / 3
    with np.errstate(all="ignore"):
        analytic = float(np.sum(gradient * V))
        scale = max(float(np.linalg.norm(gradient)), TINY) * float(np.linalg.norm(V))
    error = abs(numeric - analytic) / scale
    if not math.isfinite(error) or not math.isfinite(scale):
        error = math.inf  # nan compares false with everything
    noise = abs(narrow - wide) / scale
    return Slope(
        numeric=numeric,
        analytic=analytic,
        error=error,
        is_coarse=noise == 0 or noise > NOISE,
        is_flat=up == down == half_up == half_down,
        overwrote_earlier=overwrote_earlier,
    )


def _evidence(case: Case, slope: Slope) -> SlopeEvidence:
    return SlopeEvidence(
        case=case.name,
        asked=as_case_input(case),
        expected=as_number(slope.numeric),
        got=as_number(slope.analytic),
        error=as_number(slope.error),
    )
