"""Relative errors, and the tolerances that decide whether an answer is right."""

import math
from typing import Any

import numpy as np

from grader.model import Array, Message, Tolerances

HALF = 1e-2  # error of correct work in float16: it rounds by 5e-4, and sums accumulate that
TINY = 1e-12  # smaller expected values count as this, since no error can be relative to zero
NEAR = 1e-3  # absolute and relative tolerance of a rough comparison


def loss_error(got: float, expected: float) -> float:
    """|got - expected| / |expected|.

    Infinite if `got` is not finite, so that no comparison with nan can pass.
    """
    if not math.isfinite(got):
        return math.inf
    return abs(got - expected) / max(abs(expected), TINY)


@np.errstate(all="ignore")
def gradient_error(got: Array, expected: Array) -> float:
    """||got - expected|| / ||expected|| over the whole array.

    Infinite if any entry of `got` is not finite.
    """
    if not np.isfinite(got).all():
        return math.inf
    size = max(float(np.linalg.norm(expected)), TINY)
    error = float(np.linalg.norm(difference(got, expected)) / size)
    return error if math.isfinite(error) else math.inf


def loss_passes(tolerances: Tolerances, error: float, *losses: float) -> bool:
    """Is the error small enough? losses: those behind it that the submission computed.

    If one of them was computed in float32, the tolerance for single precision applies.
    """
    if error <= tolerances.loss:
        return True
    return error <= tolerances.single_precision and any(map(is_single, losses))


def gradient_passes(tolerances: Tolerances, error: float, *gradients: Array) -> bool:
    """The same for dW: see loss_passes."""
    if error <= tolerances.gradient:
        return True
    return error <= tolerances.single_precision and any(map(is_single, gradients))


def unless_half(message: Message, error: float, *values: Array | float) -> Message:
    """Return the message of a wrong answer, or "half_precision" if float16 explains the error.

    values: what the submission computed.
    """
    if error <= HALF and all(map(is_half, values)):
        return Message("half_precision")
    return message


def is_single(values: Array | float) -> bool:
    """Were these numbers computed in float32?

    They were if each is exactly a float32: in float64 work, rounding leaves more digits.
    """
    return _fit_in(np.float32, values)


def is_half(values: Array | float) -> bool:
    """The same for float16. Every float16 is a float32 as well."""
    return _fit_in(np.float16, values)


@np.errstate(all="ignore")
def is_near(got: Array | float, expected: Array | float) -> bool:
    """Compare roughly, where an answer is either right or far off. expected: finite."""
    return bool(np.all(np.abs(got - expected) <= NEAR + NEAR * np.abs(expected)))


@np.errstate(all="ignore")
def difference(one: Array, other: Array) -> Array:
    """one - other, without a warning: a student's numbers may be anything."""
    return one - other


def _fit_in(kind: type[np.floating[Any]], values: Array | float) -> bool:
    array = np.asarray(values)
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.array_equal(array.astype(kind), array))
