"""Splits a function's outputs into four factors, and each factor into a few numbers for each case.

A mistake is recognized by these numbers. On the same input, without and with regularization, a
function gives two losses and two gradients. They are split into the part without regularization
and the part that reg adds. A gradient is represented by its slopes along the key's directions: two
mistakes that differ anywhere differ there.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.model import FACTORS, Array

# How many of the key's directions are used. Along one alone, gradients whose difference is at right
# angles to it would be taken for equal.
DIRECTIONS = 2
# What reg adds is a difference of two outputs and inherits their rounding: its scale is its own
# size plus this share of the outputs.
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

    For many functions at once, each array has one more axis in front.
    """

    numbers: Array  # nan where a case gives none
    scales: Array  # errors of the numbers are relative to these
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
    for (plain, with_reg), of_case in zip(pairs, directions, strict=True):
        shape = of_case.shape[1:]
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
    for (plain, with_reg), of_case in zip(cases, directions, strict=True):
        twin = with_reg if name.startswith("reg") else None
        if "gradient" in name:
            parts.append(_gradient_factor(of_case, plain, twin))
        else:
            parts.append(_loss_factor(plain, twin))
    numbers = np.array([part.numbers for part in parts])  # (cases, functions, 1 or DIRECTIONS)
    scales = np.array([part.scales for part in parts])
    given = np.array([part.given for part in parts])
    numbers[~given], scales[~given] = np.nan, np.nan
    wide_scales = np.repeat(scales.T, numbers.shape[2], axis=1)
    bits = given.T @ (1 << np.arange(len(parts)))
    return Factor(np.concatenate(numbers, axis=1), wide_scales, bits)


def _batch_of_one(number: Any, shape: tuple[int, ...]) -> Batch:
    """number: of this shape, or None if the function did not give it."""
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
    """Slopes, on the scale of the gradient's length times a direction's (root mean square)."""
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
