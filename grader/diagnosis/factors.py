"""Splits a function's outputs into factors, and each factor into a few numbers for each case.

A mistake is recognized by these numbers. A factor is an output at rest, "dW", or what turning up a
knob adds to it, "dW+reg". An array is represented by its products with the key's directions: two
mistakes that differ anywhere differ there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from grader.model import Array, Values

# How many of the key's directions are used. Along one alone, arrays whose difference is at right
# angles to it would be taken for equal.
DIRECTIONS = 2
# What a knob adds is a difference of two outputs and inherits their rounding: its scale is its own
# size plus this share of the outputs.
REST = 0.01
# Of a case: array output -> (directions, *its shape). All other outputs are numbers.
Directions: TypeAlias = Mapping[str, Array]


class FactorName(NamedTuple):
    """An output at rest, or what a knob adds to it."""

    output: str
    knob: str | None = None

    def __str__(self) -> str:
        return self.output if self.knob is None else f"{self.output}+{self.knob}"


class Observation(NamedTuple):
    """What a function gave on one case: the outputs that it did give, by name."""

    rest: Values
    turned_up: Mapping[str, Values]  # by knob


class Batch(NamedTuple):
    """One output of many functions on one case."""

    numbers: Array  # (functions, *shape of the output)
    given: Array  # (functions,): False where a function gives none


class Factor(NamedTuple):
    """The numbers of one factor, all cases side by side.

    For many functions at once, each array has one more axis in front.
    """

    numbers: Array  # nan where a case gives none
    scales: Array  # errors of the numbers are relative to these
    given: Array  # (cases,): the cases that give numbers
    widths: tuple[int, ...]  # how many numbers each case has

    def by_case(self, numbers: Array) -> list[Array]:
        """Split numbers of this factor, (numbers,), into those of each case."""
        return np.split(numbers, np.cumsum(self.widths)[:-1])


class _CaseFactor(NamedTuple):
    """A factor of many functions on one case."""

    numbers: Array  # (functions, width)
    scales: Array  # (functions,)
    given: Array  # (functions,)


def factor_names(outputs: Iterable[str], knobs: Sequence[str]) -> list[FactorName]:
    """The factors of these outputs: each at rest, then with each knob."""
    return [FactorName(output, knob) for output in outputs for knob in (None, *knobs)]


def factors_of(
    names: Sequence[FactorName],
    observations: Sequence[Observation],
    directions: Sequence[Directions],
) -> dict[str, Factor]:
    """The factors of one function, by str(name). observations, directions: of each case."""
    factors = {}
    for name in names:
        cases = []
        for observation, of_case in zip(observations, directions, strict=True):
            shape = of_case[name.output].shape[1:] if name.output in of_case else ()
            rest = _batch_of_one(observation.rest.get(name.output), shape)
            twin = None
            if name.knob is not None:
                turned_up = observation.turned_up.get(name.knob, {})
                twin = _batch_of_one(turned_up.get(name.output), shape)
            cases.append((rest, twin))
        many = factor_of_many(cases, [of_case.get(name.output) for of_case in directions])
        factors[str(name)] = Factor(many.numbers[0], many.scales[0], many.given[0], many.widths)
    return factors


@np.errstate(all="ignore")
def factor_of_many(
    cases: Sequence[tuple[Batch, Batch | None]], directions: Sequence[Array | None]
) -> Factor:
    """One factor of many functions.

    cases: for each case, the output at rest and, for what a knob adds, with the knob turned up.
    directions: for each case, those of the output, or None if it is a number.
    """
    parts = []
    for (rest, twin), of_case in zip(cases, directions, strict=True):
        if of_case is None:
            parts.append(_number_factor(rest, twin))
        else:
            parts.append(_array_factor(of_case, rest, twin))
    widths = tuple([part.numbers.shape[1] for part in parts])
    given = np.array([part.given for part in parts]).T  # (functions, cases)
    numbers = np.concatenate([part.numbers for part in parts], axis=1)
    scales = np.repeat(np.array([part.scales for part in parts]).T, widths, axis=1)
    missing = ~np.repeat(given, widths, axis=1)
    numbers[missing], scales[missing] = np.nan, np.nan
    return Factor(numbers, scales, given, widths)


def _batch_of_one(value: Array | None, shape: tuple[int, ...]) -> Batch:
    """value: of this shape, or None if the function did not give it."""
    if value is None:
        return Batch(np.full((1, *shape), np.nan), np.array([False]))
    return Batch(value[None], np.array([True]))


def _number_factor(rest: Batch, twin: Batch | None) -> _CaseFactor:
    if twin is None:
        return _CaseFactor(rest.numbers[:, None], np.abs(rest.numbers), rest.given)
    change = twin.numbers - rest.numbers
    whole = np.maximum(np.abs(rest.numbers), np.abs(twin.numbers))
    scales = np.abs(change) + REST * whole
    return _CaseFactor(change[:, None], scales, rest.given & twin.given)


def _array_factor(directions: Array, rest: Batch, twin: Batch | None) -> _CaseFactor:
    """Products, on the scale of the array's length times a direction's (root mean square)."""
    if twin is None:
        change, given = rest
        sizes = _lengths(change)
    else:
        change, given = twin.numbers - rest.numbers, rest.given & twin.given
        sizes = _lengths(change) + REST * _lengths(rest.numbers)
    used = directions[:DIRECTIONS]
    used = used.reshape(len(used), -1)
    products = np.matmul(used, change.reshape(len(change), -1, 1))[:, :, 0]
    return _CaseFactor(products, sizes * float(np.linalg.norm(used)) / len(used) ** 0.5, given)


def _lengths(arrays: Array) -> Array:
    return np.asarray(np.linalg.norm(arrays.reshape(len(arrays), -1), axis=1))
