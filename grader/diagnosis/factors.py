"""Splits a function's outputs into four factors, and each factor into a few numbers for each case.

By these numbers a mistake is recognized. Without regularization and with it, on the same input, a
function gives two losses and two gradients; they are split into what is there without
regularization and what reg adds. A gradient is represented by its slopes along the key's
directions: two mistakes that differ anywhere differ there.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.model import FACTORS, Array

# How many of the key's directions are used. Along one alone, gradients whose difference is at right
# angles to it would be taken for equal.
DIRECTIONS = 2
# Share of the whole output by which the rounding of a difference is judged, beside the difference.
REST = 0.01


class ObservedOutput(NamedTuple):
    """The halves of an answer, each None if the function did not give it."""

    loss: float | None
    gradient: Array | None


class Batch(NamedTuple):
    """The losses, or the gradients, of many functions on one case."""

    numbers: Array  # (functions,) or (functions, *shape of W)
    given: Array  # (functions,): False where a function gives none


class Factor(NamedTuple):
    """The numbers of one factor, all cases side by side.

    Of many functions at once, each array has one more axis in front.
    """

    numbers: Array  # nan where a case gives none
    scales: Array  # what an error in each number is compared with
    given: Any  # the cases that give numbers, one bit each


class _CaseFactor(NamedTuple):
    """A factor of many functions on one case."""

    numbers: Array  # (functions, 1 or DIRECTIONS)
    scales: Array  # (functions,)
    given: Array  # (functions,)


def factors_of(
    pairs: Sequence[tuple[ObservedOutput, ObservedOutput]], directions: Sequence[Array]
) -> dict[str, Factor]:
    """The factors of one function by name.

    pairs: for each case, the outputs without and with regularization;
    directions: for each case, (directions, *shape of W).
    """
    losses = [
        (_batch_of_one(plain.loss, ()), _batch_of_one(with_reg.loss, ()))
        for plain, with_reg in pairs
    ]
    gradients = []
    for (plain, with_reg), drawn in zip(pairs, directions, strict=True):
        shape = drawn.shape[1:]
        gradients.append(
            (_batch_of_one(plain.gradient, shape), _batch_of_one(with_reg.gradient, shape))
        )
    factors = {}
    for name in FACTORS:
        halves = gradients if "gradient" in name else losses
        batch = factor_of_many(name, halves, directions)
        factors[name] = Factor(batch.numbers[0], batch.scales[0], int(batch.given[0]))
    return factors


@np.errstate(all="ignore")
def factor_of_many(
    name: str, cases: Sequence[tuple[Batch, Batch | None]], directions: Sequence[Array]
) -> Factor:
    """One factor of many functions. name: one of FACTORS.

    cases: for each case, the losses or gradients without and with regularization; the latter may
    be None for a factor without regularization.
    """
    parts = []
    for (plain, with_reg), drawn in zip(cases, directions, strict=True):
        of_reg = with_reg if name.startswith("reg") else None
        if "gradient" in name:
            parts.append(_gradient_factor(drawn, plain, of_reg))
        else:
            parts.append(_loss_factor(plain, of_reg))
    numbers = np.array([part.numbers for part in parts])  # (cases, functions, 1 or DIRECTIONS)
    scales = np.array([part.scales for part in parts])
    given = np.array([part.given for part in parts])
    numbers[~given], scales[~given] = np.nan, np.nan
    wide_scales = np.repeat(scales.T, numbers.shape[2], axis=1)
    bits = given.T @ (1 << np.arange(len(parts)))
    return Factor(np.concatenate(numbers, axis=1), wide_scales, bits)


def _batch_of_one(number: Any, shape: tuple[int, ...]) -> Batch:
    """number: None, or of this shape."""
    present = number is not None
    numbers = np.asarray(number if present else np.full(shape, np.nan))
    return Batch(numbers[None], np.array([present]))


def _loss_factor(loss: Batch, with_reg: Batch | None) -> _CaseFactor:
    if with_reg is None:
        return _CaseFactor(loss.numbers[:, None], np.abs(loss.numbers), loss.given)
    change = with_reg.numbers - loss.numbers
    whole = np.maximum(np.abs(loss.numbers), np.abs(with_reg.numbers))
    scales = np.abs(change) + REST * whole
    return _CaseFactor(change[:, None], scales, loss.given & with_reg.given)


def _gradient_factor(directions: Array, gradient: Batch, with_reg: Batch | None) -> _CaseFactor:
    """The scale is that of a change in the gradient's own direction: its length times V's."""
    if with_reg is None:
        change, given = gradient
        sizes = _lengths(change)
    else:
        change, given = with_reg.numbers - gradient.numbers, gradient.given & with_reg.given
        sizes = _lengths(change) + REST * _lengths(gradient.numbers)
    used = directions[:DIRECTIONS].reshape(DIRECTIONS, -1)
    slopes = np.matmul(used, change.reshape(len(change), -1, 1))[:, :, 0]
    return _CaseFactor(slopes, sizes * float(np.linalg.norm(used)) / DIRECTIONS**0.5, given)


def _lengths(arrays: Array) -> Array:
    return np.asarray(np.linalg.norm(arrays.reshape(len(arrays), -1), axis=1))
