"""Directions for the check of slopes, along which correct code passes.

A loss with a hinge has points without a slope, and a step across one of them would cost correct
code its points. So each direction is tried on the reference itself, in float64 and in float32, at
both steps of the check, and is kept only if the reference passes with room.

The length of a direction is chosen by how far the reference's output moves: a step of 1 changes it
by MOVED of its own size. That suits inputs of any size: a classifier's scores move by about 1. If
the output bends too much over such a step, shorter ones are tried.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from grader.assignment.conventions import is_turned
from grader.assignment.reference import Reference
from grader.checks.slope import NOISE, STEP, STEP_SINGLE, slope_along
from grader.model import Array, Function, Gradient, Tolerances, Values

# How many directions the check of slopes uses: one misses 2 % of bugs, two missed none of those
# tried (tests/checks/test_directions.py). They are the steepest of several, along which an error
# that grows with the slope shows best: one at the very tolerance, log(p + 1e-6), was missed in 2 of
# 30 keys, by the first two in 9 and by the first four in 3.
DIRECTIONS, CANDIDATES = 2, 8
DIRECTIONS_FOR_LENGTH = 4  # how many show how far the output moves
TRIES = 100  # directions to draw before another case is
MOVED = 0.4  # relative change of the output by a step of 1
POWERS = range(-20, 10)  # of 2: the lengths to try, relative to the size of the input's numbers
SHORTER = (1.0, 1 / 4, 1 / 16, 1 / 64)  # lengths to try, in this order
SMOOTH = 0.05  # relative: a change of the slope within a step that a kink would exceed
# The reference's own errors must be this much smaller than the tolerances: another correct program
# rounds otherwise.
ROOM, ROOM_SINGLE = 10, 8


class Refusal(NamedTuple):
    """Why there are not enough directions for a gradient."""

    case: str
    gradient: Gradient
    # Why the reference did not pass along most directions. "wrong": the output has no kink there,
    # and the gradient is not its slope. "flat": the output does not change at all.
    why: Literal["wrong", "flat", "kinks"]
    error: float  # the least error of the reference in float64, of all directions that were tried


def plain_directions(
    random: "np.random.Generator",
    shape: Sequence[int],
    is_turned: bool = False,
    count: int = DIRECTIONS,
) -> Array:
    """Draw directions that no slope is measured along. Returns (count, *shape).

    is_turned: draw them with the axes in reverse order, so that those of another choice of a
    convention are the same ones turned.
    """
    axes = tuple(reversed(shape)) if is_turned else tuple(shape)
    drawn = [random.standard_normal(axes) for _ in range(count)]
    return np.array([V.T if is_turned else V for V in drawn])


def safe_directions(
    random: "np.random.Generator",
    reference: Reference,
    functions: Sequence[Function],
    gradient: Gradient,
    case: str,
    inputs: Values,
    tolerances: Tolerances,
) -> Array | Refusal:
    """Draw directions along which the reference's gradient passes the check of slopes.

    functions: those that are asked for the slope; the reference of each has to pass.
    Returns (DIRECTIONS, *shape of the input), the steepest first, or why there are too few. Raises
    AssignmentError.
    """
    outputs = [_Output(reference, function, gradient, inputs) for function in functions]
    point = inputs[gradient.by]
    assignment = reference.assignment
    turned = is_turned(assignment.conventions, assignment.choices, gradient.by)
    trial = plain_directions(random, point.shape, turned, DIRECTIONS_FOR_LENGTH)
    length = _length(outputs[-1], point, trial)
    kept: list[Array] = []
    least = np.inf
    reasons: Counter[Literal["wrong", "flat", "kinks"]] = Counter()
    drawn: list[Array] = []
    for _ in range(TRIES):
        drawn = drawn or list(plain_directions(random, point.shape, turned))
        direction = drawn.pop(0) * length
        for shorter in SHORTER:
            V = np.asarray(direction * shorter)
            error = max(output.slope_error(point, V) for output in outputs)
            least = min(least, error)
            if error * ROOM > tolerances.slope:
                continue
            error = max(output.long_slope_error(point, V) for output in outputs)
            if error * ROOM_SINGLE <= tolerances.slope_single_precision:
                kept.append(V)
                break
        else:
            reasons[outputs[-1].reason(point, V)] += 1
        if len(kept) == CANDIDATES:
            break
    if len(kept) >= DIRECTIONS:
        kept.sort(key=outputs[-1].steepness(point), reverse=True)
        return np.array(kept[:DIRECTIONS])
    return Refusal(case, gradient, reasons.most_common(1)[0][0], least)


class _Output:
    """The reference's output that a gradient is the derivative of, as a function of the input."""

    def __init__(
        self, reference: Reference, function: Function, gradient: Gradient, inputs: Values
    ) -> None:
        self.reference, self.function = reference, function
        self.gradient, self.inputs = gradient, inputs
        # A cotangent weighs the entries of an output, and their sum has the gradient.
        self.weights = 1.0 if gradient.along is None else inputs[gradient.along]

    def summands(self, value: Array, kind: type = np.float64) -> tuple[Array, Array]:
        """The entries of the output, weighted, at a value of the input; and the gradient there."""
        values = {**self.inputs, self.gradient.by: np.asarray(value)}
        cast = {
            name: array.astype(kind) if array.dtype == np.float64 and array.ndim else array
            for name, array in values.items()
        }
        outputs = self.reference.call(self.function, cast)
        return outputs[self.gradient.of] * self.weights, outputs[self.gradient.name]

    def slope_error(self, point: Array, V: Array) -> float:
        """The relative error of the reference's gradient along V.

        Infinite if the output bends, which would look like rounding to float32, or if it does not
        change, which no correct program could pass.
        """
        numbers = self._numbers(point, V, STEP, np.float64)
        derivative = self.summands(point)[1]
        slope = slope_along(numbers, derivative, V, STEP, False)
        size = float(np.linalg.norm(derivative)) * float(np.linalg.norm(V))
        is_smooth = _bend(numbers) <= NOISE * size
        return slope.error if is_smooth and not slope.is_flat else np.inf

    def steepness(self, point: Array) -> Callable[[Array], float]:
        """Return the function that says how steep the output is along a direction."""
        derivative = self.summands(point)[1]
        return lambda V: float(abs(np.sum(derivative * V)) / np.linalg.norm(V))

    def reason(self, point: Array, V: Array) -> Literal["wrong", "flat", "kinks"]:
        """Why the reference's gradient does not pass along V."""
        numbers = self._numbers(point, V, STEP, np.float64)
        here = float(np.sum(self.summands(point)[0]))
        up, down, half_up, half_down = numbers
        if up == down == half_up == half_down == here:
            return "flat"
        # A smooth output changes by as much ahead as behind, and by half over half the step.
        size = (abs(up - here) + abs(down - here)) / STEP
        jump = abs(up + down - 2 * here) / STEP
        is_smooth = max(jump, _bend(numbers)) <= SMOOTH * size
        return "wrong" if is_smooth else "kinks"

    def long_slope_error(self, point: Array, V: Array) -> float:
        """The same in float32 arithmetic, which is measured over a longer step."""
        kind: type = np.float32
        try:
            derivative = self.summands(point, kind)[1]
        except Exception:  # a reference that refuses float32
            kind = np.float64
            derivative = self.summands(point, kind)[1]
        numbers = self._numbers(point, V, STEP_SINGLE, kind)
        return slope_along(numbers, derivative, V, STEP_SINGLE, False).error

    def _numbers(self, point: Array, V: Array, step: float, kind: type) -> list[float]:
        steps = (step, -step, step / 2, -step / 2)
        return [float(np.sum(self.summands(point + size * V, kind)[0])) for size in steps]


def _bend(numbers: Sequence[float]) -> float:
    """The difference of the slopes over a whole step of STEP and over half of it."""
    up, down, half_up, half_down = numbers
    return abs((half_up - half_down) / STEP - (up - down) / (2 * STEP))


def _length(output: _Output, point: Array, drawn: Array) -> float:
    """By what to multiply normal numbers, for a step of 1 to change the output by MOVED of itself.

    drawn: a few directions, of which half move it less.
    """
    base = output.summands(point)[0]
    limit = MOVED * float(np.sum(np.abs(base)))
    size = float(np.sqrt(np.mean(point**2))) or 1.0
    for power in POWERS:
        length = size * 2.0**power
        moves = [
            max(
                float(np.sum(np.abs(output.summands(point + sign * length * V)[0] - base)))
                for sign in (1, -1)
            )
            for V in drawn
        ]
        if not np.median(moves) <= limit:  # or it is no number
            return length / 2
    return size
