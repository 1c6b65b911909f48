"""Relative errors, and the tolerances that decide whether an answer is right.

Arrays have any number of axes; a number is one without axes.
"""

import math
import struct
from typing import Literal

import numpy as np

from grader.model import Array, Message, Tolerances

HALF = 1e-2  # error of correct work in float16: it rounds by 5e-4, and sums accumulate that
TINY = 1e-12  # smaller expected values count as this, since no error can be relative to zero
NEAR = 1e-3  # absolute and relative tolerance of a rough comparison


@np.errstate(all="ignore")
def relative_error(got: Array, expected: Array) -> float:
    """||got - expected|| / ||expected|| over the whole array. expected: finite.

    Infinite if any entry of `got` is not finite, so that no comparison with nan can pass.
    """
    error = _length(got - expected) / max(_length(expected), TINY)
    return error if math.isfinite(error) else math.inf


def is_within(
    tolerances: Tolerances, output: str, error: float, *got: Array, cancelled: float = 1.0
) -> bool:
    """Is the error of this output small enough? got: the arrays that the submission computed.

    If one of them was computed in float32, the tolerance for single precision applies: no more than
    float32 explains, since a wrong answer can be rounded to it, too. cancelled: how many times
    larger than their difference the numbers are, if a difference is judged.
    """
    if error <= tolerances.of(output):
        return True
    return error <= tolerances.single_precision * cancelled and any(map(is_single, got))


def unless_half(message: Message, error: float, *got: Array) -> Message:
    """Return the message of a wrong answer, or "half_precision" if float16 explains the error.

    got: the arrays that the submission computed.
    """
    if error <= HALF and all(map(is_half, got)):
        return Message("half_precision")
    return message


def is_single(values: Array) -> bool:
    """Were these numbers computed in float32?

    They were if each is exactly a float32: in float64 work, rounding leaves more digits.
    """
    return _fit_in("f", values)


def is_half(values: Array) -> bool:
    """The same for float16. Every float16 is a float32 as well."""
    return _fit_in("e", values)


@np.errstate(all="ignore")
def sizes_beside(difference: Array, *arrays: Array) -> float:
    """How many times larger than their difference are these arrays? At least 1."""
    return max(sum(map(_length, arrays)) / max(_length(difference), TINY), 1.0)


@np.errstate(all="ignore")
def is_near(got: Array, expected: Array) -> bool:
    """Compare roughly, where an answer is either right or far off. expected: finite."""
    return bool((np.abs(got - expected) <= NEAR + NEAR * np.abs(expected)).all())


@np.errstate(all="ignore")
def difference(one: Array, other: Array) -> Array:
    """one - other, without a warning: a student's numbers may be anything."""
    return np.asarray(one - other)


def _length(array: Array) -> float:
    """The Euclidean norm of all entries; inf or nan if one of them is not finite."""
    flat = array.ravel()
    norm = math.sqrt(flat.dot(flat))
    if 0 < norm < math.inf or not np.count_nonzero(flat):
        return norm
    # The squares of very large or very small numbers are inf or 0, where the numbers are not.
    largest = float(np.abs(flat).max(initial=0.0))
    if not 0 < largest < math.inf:
        return largest
    flat = flat / largest
    return largest * math.sqrt(flat.dot(flat))


def _fit_in(kind: Literal["f", "e"], values: Array) -> bool:
    """Most arrays do not, and their first number shows it. kind: as struct and numpy call it."""
    if values.size:
        first = values.item(0)
        try:
            if struct.unpack(kind, struct.pack(kind, first))[0] != first:
                return False
        except OverflowError:
            return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool((values.astype(kind) == values).all())
