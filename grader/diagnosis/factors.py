"""A function's outputs as four factors, and each factor as a few numbers per case: how a mistake is recognized.

Without regularization and with it, on the same input, a function gives two losses and two gradients. They are split into what is there
without regularization and what reg adds. A gradient is told by its slopes along the key's directions: two mistakes that differ anywhere
differ there.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.model import FACTORS, Array

DIRECTIONS = 2  # of the key's: along one alone, gradients that differ would be taken for equal if the difference is at right angles to it
REST = 0.01  # of the whole output: the share at which the rounding of a difference is judged, beside the difference itself


class Answer(NamedTuple):
    """A loss and a gradient, each None where there is none."""

    loss: float | None
    gradient: Array | None


class Observed(NamedTuple):
    """The losses, or the gradients, of many functions on one case. numbers: (functions,) or (functions, *shape of W); given: (functions,),
    False where there is none."""

    numbers: Array
    given: Array


class Factor(NamedTuple):
    """numbers: of all cases together, nan where a case gives none. scales: what an error in each is to be compared with. given: which
    cases give numbers, one bit each. Of many functions, each has one more axis in front."""

    numbers: Array
    scales: Array
    given: Any


class Part(NamedTuple):
    """A factor of many functions on one case. numbers: (functions, 1 or DIRECTIONS); scales and given: (functions,)."""

    numbers: Array
    scales: Array
    given: Array


def factors(
    pairs: Sequence[tuple[Answer, Answer]], directions: Sequence[Array]
) -> tuple[Factor, ...]:
    """Of one function, in the order of FACTORS. pairs: for each case the answers without and with regularization; directions: for each
    case (directions, *shape of W)."""
    losses = [(of_one(plain.loss, ()), of_one(with_reg.loss, ())) for plain, with_reg in pairs]
    shapes = [drawn.shape[1:] for drawn in directions]
    gradients = [
        (of_one(plain.gradient, shape), of_one(with_reg.gradient, shape))
        for (plain, with_reg), shape in zip(pairs, shapes, strict=True)
    ]
    seen = [
        factor_of(name, gradients if "gradient" in name else losses, directions) for name in FACTORS
    ]
    return tuple(
        Factor(factor.numbers[0], factor.scales[0], int(factor.given[0])) for factor in seen
    )


def of_one(number: Any, shape: tuple[int, ...]) -> Observed:
    """Of one function. number: None, or of that shape."""
    return Observed(
        np.asarray(np.full(shape, np.nan) if number is None else number)[None],
        np.array([number is not None]),
    )


@np.errstate(all="ignore")
def factor_of(
    name: str, cases: Sequence[tuple[Observed, Observed | None]], directions: Sequence[Array]
) -> Factor:
    """name: one of FACTORS. cases: for each case the losses or gradients without and with regularization, None where the factor is what
    is there without."""
    parts = []
    for (plain, with_reg), drawn in zip(cases, directions, strict=True):
        of_reg = with_reg if name.startswith("reg") else None
        parts.append(
            gradient_part(drawn, plain, of_reg) if "gradient" in name else loss_part(plain, of_reg)
        )
    numbers, scales, given = map(np.array, zip(*parts, strict=True))  # case by case
    numbers[~given], scales[~given] = np.nan, np.nan
    wide = np.repeat(scales.T, numbers.shape[2], axis=1)
    return Factor(np.concatenate(numbers, axis=1), wide, given.T @ (1 << np.arange(len(parts))))


def loss_part(loss: Observed, with_reg: Observed | None) -> Part:
    if with_reg is None:
        return Part(loss.numbers[:, None], np.abs(loss.numbers), loss.given)
    moved = with_reg.numbers - loss.numbers
    scales = np.abs(moved) + REST * np.maximum(np.abs(loss.numbers), np.abs(with_reg.numbers))
    return Part(moved[:, None], scales, loss.given & with_reg.given)


def gradient_part(directions: Array, gradient: Observed, with_reg: Observed | None) -> Part:
    """The scale is that of a change in the gradient's direction: its length times the direction's."""
    moved, given = (
        gradient
        if with_reg is None
        else (with_reg.numbers - gradient.numbers, gradient.given & with_reg.given)
    )
    sizes = lengths(moved) + (0 if with_reg is None else REST * lengths(gradient.numbers))
    used = directions[:DIRECTIONS].reshape(DIRECTIONS, -1)
    slopes = np.matmul(used, moved.reshape(len(moved), -1, 1))[:, :, 0]
    return Part(slopes, sizes * float(np.linalg.norm(used)) / DIRECTIONS**0.5, given)


def lengths(arrays: Array) -> Array:
    return np.asarray(np.linalg.norm(arrays.reshape(len(arrays), -1), axis=1))
