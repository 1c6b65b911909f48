"""Is dW the derivative of the submission's own loss? Whether that loss is the right one is not asked here.

Along a random direction V the loss is a function of one number, and its slope must be sum(dW * V). The slope is measured with central
differences at two step sizes and Richardson's extrapolation, (4 s(h/2) - s(h)) / 3, whose error falls with h^4. V is scaled so that a step
of 1 moves the scores by 1 (root mean square): the step is then right for weights and data of any size. Four directions miss no bug
we know; a correct float64 gradient is off by 4e-11.
"""

import math
from collections.abc import Sequence

import numpy as np

from grader.checks.compare import TINY, CasesSettings, unless_half
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Array, Case, Message, SubmissionError
from grader.verdict import CheckResult, SlopeEvidence, case_input, number

STEP = 1e-3
STEP_SINGLE = 0.1  # float32 rounds the loss to 1e-7: a longer step drowns that
NOISE = 1e-5  # a smooth loss gives nearly the same slope at both steps, to about STEP squared; one that is rounded to float32 gives
#               others, or by chance the very same


class SlopeSettings(CasesSettings, frozen=True):
    def needs_directions(self) -> bool:
        return True


def slope(bench: FunctionUnderTest, key: AnswerKey, settings: SlopeSettings) -> CheckResult:
    for name in settings.cases:
        case = key.cases[name]
        output = bench.output(case)
        if not math.isfinite(output.loss):
            raise SubmissionError(Message("slope_hidden_by_loss"), asked=False)
        if not np.isfinite(output.gradient).all():
            raise SubmissionError(Message("slope_hidden_by_gradient"), asked=False)
        limit, lines = key.tolerances.slope, measured(bench, key, case, output.gradient, STEP)
        if all(line.flat for line in lines):
            return CheckResult(False, Message("loss_constant", {"case": name}))
        if any(line.is_coarse for line in lines) and not all(line.error <= limit for line in lines):
            limit, lines = (
                key.tolerances.slope_single_precision,
                measured(bench, key, case, output.gradient, STEP_SINGLE),
            )
        if any(line.overwrote_earlier for line in lines):
            return CheckResult(False, Message("shared_output"))
        worst = max(lines, key=lambda line: line.error)
        if not worst.error <= limit:
            evidence = SlopeEvidence(
                name,
                case_input(case),
                number(worst.numeric),
                number(worst.analytic),
                number(worst.error),
            )
            message = Message("slope_differs", {"case": name})
            return CheckResult(
                False,
                unless_half(message, worst.error * STEP_SINGLE, output.loss, output.gradient),
                (evidence,),
            )
    return CheckResult(True)


def measured(
    bench: FunctionUnderTest, key: AnswerKey, case: Case, gradient: Array, step: float
) -> "list[Line]":
    """Along every direction, with all the losses asked for at once."""
    directions = key.directions[case.name]
    steps = np.array([step, -step, step / 2, -step / 2])
    weights = case.W + steps[:, None, None] * directions[:, None]
    losses = bench.losses(case, weights.reshape(-1, *case.W.shape))
    by_direction = losses.values.reshape(len(directions), len(steps))
    return [
        Line(each, gradient, V, step, losses.overwrote_earlier)
        for each, V in zip(by_direction.tolist(), directions, strict=True)
    ]


@np.errstate(all="ignore")
def along(gradient: Array, V: Array) -> float:
    """The slope that the gradient promises in this direction."""
    return float(np.sum(gradient * V))


class Line:
    """The loss along one direction. losses: at +1, -1, +1/2 and -1/2 of a step. error: |numeric - analytic| / (||dW|| ||V||); is_coarse:
    the loss looks rounded."""

    def __init__(
        self,
        losses: Sequence[float],
        gradient: Array,
        V: Array,
        step: float,
        overwrote_earlier: bool,
    ) -> None:
        up, down, half_up, half_down = losses
        wide, narrow = (up - down) / (2 * step), (half_up - half_down) / step
        with np.errstate(all="ignore"):
            scale = max(float(np.linalg.norm(gradient)), TINY) * float(np.linalg.norm(V))
        self.numeric, self.analytic = (4 * narrow - wide) / 3, along(gradient, V)
        self.error = (
            finite(abs(self.numeric - self.analytic) / scale) if math.isfinite(scale) else math.inf
        )
        noise = abs(narrow - wide) / scale
        self.is_coarse = noise == 0 or noise > NOISE
        self.flat = up == down == half_up == half_down
        self.overwrote_earlier = overwrote_earlier


def finite(error: float) -> float:
    """nan compares false with everything: an error that is not a number counts as infinite."""
    return error if math.isfinite(error) else math.inf
