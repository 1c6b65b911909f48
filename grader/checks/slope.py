"""Is a gradient the derivative of the submission's own output? If that is right is not asked.

Along a random direction V of an input, the output is a function of one number, and its slope must
be sum(gradient * V). If the output is an array, it is weighted by a cotangent first. The slope is
measured by central differences at two step sizes and Richardson's extrapolation,
(4 s(h/2) - s(h)) / 3, whose error falls with h^4. V is scaled so that a step of 1 changes the
output by about its own size, which suits inputs of any size; where the reference itself does not
pass, because of a kink on the way, the key has no direction. A correct float64 gradient is off by
4e-11.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from grader.checks.compare import NEAR, TINY, is_half, is_within, relative_error, unless_half
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import (
    AnswerKey,
    Array,
    Case,
    Function,
    GraderError,
    Gradient,
    Message,
    SubmissionError,
)
from grader.verdict import CheckResult, SlopeEvidence, as_inputs, as_number

STEP = 1e-3
STEP_SINGLE = 0.1  # for float32, which rounds by 1e-7: a longer step outweighs that
# A smooth output has nearly the same slope at both step sizes, to about STEP squared. The slopes of
# one rounded to float32 differ by more, or by chance not at all. It has to lie below the tolerance:
# what is too rough to pass there has to be measured over the longer step.
NOISE = 2e-7
# Of an output that is right within its tolerance, the slope may be off by this many times its own.
SLACK = 10


class SlopeSettings(CasesSettings, frozen=True):
    """Settings of the check of slopes."""

    gradient: str | None = None  # the output to judge, or all gradients of the function

    def gradients_of(self, definition: Function) -> tuple[Gradient, ...]:
        if self.gradient is None:
            return definition.gradients
        return tuple(each for each in definition.gradients if each.name == self.gradient)

    def gradients_asked(self, definition: Function) -> tuple[str, ...]:
        return tuple(each.name for each in self.gradients_of(definition))

    def outputs_asked(self) -> dict[str, str]:
        return {} if self.gradient is None else {"gradient": self.gradient}


class Slope(NamedTuple):
    """The slope of an output along one direction."""

    numeric: float  # measured
    analytic: float  # according to the gradient
    error: float  # |numeric - analytic| / (||gradient|| ||V||); infinite if it is not a number
    is_coarse: bool  # the output looks rounded
    is_flat: bool  # the output does not change at all
    overwrote_earlier: bool  # a call changed an array that the one before had returned


def check_slope(
    function: FunctionUnderTest, key: AnswerKey, settings: SlopeSettings
) -> CheckResult:
    """The first gradient that is wrong in any direction decides."""
    for name in settings.cases:
        for gradient in settings.gradients_of(function.definition):
            result = _check_gradient(function, key, key.cases[name], gradient)
            if not result.passed:
                return result
    return CheckResult(True)


def _check_gradient(
    function: FunctionUnderTest, key: AnswerKey, case: Case, gradient: Gradient
) -> CheckResult:
    answer = function.call_once(case)
    for output in (gradient.of, gradient.name):
        if not np.isfinite(answer.value(output)).all():
            raise SubmissionError(Message("slope_hidden", {"output": output}), was_asked=False)
    value, derivative = answer.value(gradient.of), answer.value(gradient.name)
    expected = key.expected[case.name][gradient.of]
    error = relative_error(value, expected)
    is_right = is_within(key.tolerances, gradient.of, error, value)
    is_near = not is_right and error <= NEAR and not is_half(value)
    values: dict[str, float | int | str] = {
        "case": case.name,
        "output": gradient.name,
        "of": gradient.of,
        "by": gradient.by,
    }
    # An output that is off by little has a slope that is off by as little.
    limit = key.tolerances.slope / (SLACK if is_near else 1)
    slopes = measure_slopes(function, key, case, gradient, derivative, STEP)
    passes = all(slope.error <= limit for slope in slopes)
    if not passes and any(slope.is_coarse for slope in slopes):
        if is_near:  # float32 does not show it
            message = Message("slope_blurred", {"case": case.name, "output": gradient.of})
            raise SubmissionError(message, was_asked=False)
        limit = key.tolerances.slope_single_precision
        slopes = measure_slopes(function, key, case, gradient, derivative, STEP_SINGLE)
    # In float16, the short step alone may be too small to show.
    if all(slope.is_flat for slope in slopes):
        return CheckResult(False, Message("slope_flat", values))
    if any(slope.overwrote_earlier for slope in slopes):
        return CheckResult(False, Message("shared_output"))

    worst = max(slopes, key=lambda slope: slope.error)
    if worst.error <= limit:
        if is_right and not _are_right(key, case, gradient, slopes, limit):
            return CheckResult(False, Message("wrong_nearby", values))
        return CheckResult(True)
    # The error of a slope is about that of the output divided by the step.
    error = worst.error * STEP_SINGLE
    message = unless_half(Message("slope_differs", values), error, value, derivative)
    return CheckResult(False, message, (_evidence(function, case, gradient, worst),))


def _are_right(
    key: AnswerKey, case: Case, gradient: Gradient, slopes: Sequence[Slope], limit: float
) -> bool:
    """Are these the slopes of the right output?

    An output that is right has them. One that is made up around the case may have any.
    """
    right = key.expected[case.name][gradient.name]
    size = max(float(np.linalg.norm(right)), TINY)
    directions = key.directions[case.name][gradient.name]
    return all(
        abs(slope.numeric - float(np.sum(right * V)))
        <= SLACK * limit * size * float(np.linalg.norm(V))
        for slope, V in zip(slopes, directions, strict=True)
    )


def measure_slopes(
    function: FunctionUnderTest,
    key: AnswerKey,
    case: Case,
    gradient: Gradient,
    derivative: Array,
    step: float,
) -> list[Slope]:
    """Measure the slope along every direction of the key. All calls are requested at once.

    derivative: what the function returned as the gradient.
    """
    directions = key.directions.get(case.name, {}).get(gradient.name, np.empty(0))
    if not len(directions):
        raise GraderError(f"The key has no directions of {gradient.name} for {case.name!r}.")
    point = case.inputs[gradient.by]
    steps = np.array([step, -step, step / 2, -step / 2])
    moves = steps.reshape(-1, *[1] * point.ndim) * directions[:, None]
    inputs = (point + moves).reshape(-1, *point.shape)
    series = function.vary(case, gradient.by, inputs, gradient.of)
    numbers = weighted(series.values, case, gradient).reshape(len(directions), len(steps))
    return [
        slope_along(along, derivative, V, step, series.overwrote_earlier)
        for along, V in zip(numbers.tolist(), directions, strict=True)
    ]


@np.errstate(all="ignore")
def weighted(outputs: Array, case: Case, gradient: Gradient) -> Array:
    """The number of each call that has the gradient. outputs: (calls, *shape of the output)."""
    if gradient.along is None:
        return outputs
    products = outputs * case.inputs[gradient.along]
    return np.asarray(products.reshape(len(outputs), -1).sum(axis=1))


@np.errstate(all="ignore")
def slope_along(
    numbers: Sequence[float], derivative: Array, V: Array, step: float, overwrote_earlier: bool
) -> Slope:
    """Compute the slope along V. numbers: at +1, -1, +1/2 and -1/2 of a step."""
    up, down, half_up, half_down = numbers
    wide = (up - down) / (2 * step)
    narrow = (half_up - half_down) / step
    numeric = (4 * narrow - wide) / 3
    analytic = float(np.sum(derivative * V))
    scale = max(float(np.linalg.norm(derivative)), TINY) * float(np.linalg.norm(V))
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


def _evidence(
    function: FunctionUnderTest, case: Case, gradient: Gradient, slope: Slope
) -> SlopeEvidence:
    return SlopeEvidence(
        output=gradient.name,
        of=gradient.of,
        by=gradient.by,
        case=case.name,
        asked=as_inputs(case, function.definition.inputs),
        expected=as_number(slope.numeric),
        got=as_number(slope.analytic),
        error=as_number(slope.error),
        along=gradient.along,
    )
