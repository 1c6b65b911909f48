"""Runs the reference's stages with every known mistake, and with every two of them, and keeps the numbers: a table for each factor.

Most of these losses have most of their stages in common, with and without regularization: they are run as one (see grader.stages.Calls).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from grader.diagnosis.factors import Factor, Observed, factor_of
from grader.diagnosis.stages import GIVEN, Calls, Stages, quiet
from grader.model import FACTORS, Array, FactorTable, Signatures

MOVED = 1e-9  # relative: a mistake that changes a factor by less does not change it
PLAIN = {name: place for place, name in enumerate(GIVEN)}
WITH_REG = {**PLAIN, "reg": len(GIVEN)}  # the twin's reg stands behind the given values
# What is observed is the sum of two results.
SUMS = {
    name: ("data_gradient", "reg_gradient") if "gradient" in name else ("data_loss", "reg_loss")
    for name in FACTORS
}
Sum: TypeAlias = tuple[int, ...]  # the places of the two
Sums: TypeAlias = tuple[
    Sum, Sum | None
]  # without and with regularization; None where a factor is what is there without
Row: TypeAlias = tuple[tuple[int, ...], Sums]  # the mistakes, and what they make


class StageInput(NamedTuple):
    """A case for the stages. given: the given values, without regularization; reg: that of its twin; directions: (directions, *shape of
    W), in the layout of the stages."""

    given: Mapping[str, Any]
    reg: float
    directions: Array


class Ran(NamedTuple):
    """A case with its values: the given ones, and the results of calls."""

    values: list[Any]
    directions: Array


def signatures_of(
    stages: Stages,
    mistakes: Mapping[str, Stages],
    cases: Mapping[str, StageInput],
    terms: Mapping[str, dict[str, Array]],
) -> Signatures:
    """Mistakes that change nothing in this convention are left out. terms: see grader.model.Signatures. Raises StagesError."""
    calls = Calls(len(GIVEN) + 1)
    ran = [
        Ran([*(locked(case.given[name]) for name in GIVEN), case.reg], case.directions)
        for case in cases.values()
    ]
    right = sums_of(calls, stages, FACTORS)
    alone = {
        name: sums_of(calls, {**stages, **replaced}, FACTORS) for name, replaced in mistakes.items()
    }
    made = made_of(
        calls,
        ran,
        {factor: [right[factor], *(sums[factor] for sums in alone.values())] for factor in FACTORS},
    )
    moved = [differing(made[factor]) for factor in FACTORS]
    moves = {
        name: [factor for factor, those in zip(FACTORS, moved, strict=True) if those[row]]
        for row, name in enumerate(mistakes, 1)
    }
    names = [name for name in mistakes if moves[name]]
    rows: dict[str, list[Row]] = {factor: [((), right[factor])] for factor in FACTORS}
    for index, name in enumerate(names):
        for factor in moves[name]:
            rows[factor].append(((index,), alone[name][factor]))
    for members, sums in pairs_of(calls, stages, [(mistakes[name], moves[name]) for name in names]):
        for factor, each in sums.items():
            rows[factor].append((members, each))
    made = made_of(calls, ran, {factor: [sums for _, sums in rows[factor]] for factor in FACTORS})
    bits = np.array(
        [sum(1 << FACTORS.index(factor) for factor in moves[name]) for name in names], np.uint8
    )
    return Signatures(
        tuple(names),
        bits,
        tuple(cases),
        tuple(table(rows[factor], made[factor]) for factor in FACTORS),
        dict(terms),
    )


def pairs_of(
    calls: Calls, stages: Stages, mistakes: Sequence[tuple[Stages, Sequence[str]]]
) -> Iterator[tuple[tuple[int, int], dict[str, Sums]]]:
    """Of every two mistakes that can be made together, in different stages, what they make of the factors that both move. mistakes: each
    with the factors that it moves."""
    for (i, (one, by_one)), (j, (other, by_other)) in combinations(enumerate(mistakes), 2):
        both = [factor for factor in by_one if factor in by_other]
        if both and not one.keys() & other.keys():
            yield (i, j), sums_of(calls, {**stages, **one, **other}, both)


def locked(value: Any) -> Any:
    """An array as one that no stage can change."""
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


def sums_of(calls: Calls, stages: Stages, wanted: Sequence[str]) -> dict[str, Sums]:
    """By factor."""
    plain, with_reg = dict(PLAIN), dict(WITH_REG)
    return {
        factor: (
            calls.add(stages, plain, SUMS[factor]),
            calls.add(stages, with_reg, SUMS[factor]) if factor.startswith("reg") else None,
        )
        for factor in wanted
    }


def made_of(
    calls: Calls, ran: Sequence[Ran], sums: Mapping[str, Sequence[Sums]]
) -> dict[str, Factor]:
    """By factor, of as many functions as there are sums."""
    for case in ran:
        calls.make(case.values)
    return {
        factor: factor_of(
            factor, [seen(factor, each, case) for case in ran], [case.directions for case in ran]
        )
        for factor, each in sums.items()
    }


def seen(factor: str, sums: Sequence[Sums], case: Ran) -> tuple[Observed, Observed | None]:
    shape = case.directions.shape[1:] if "gradient" in factor else ()
    plain = observed(case.values, [plain for plain, _ in sums], shape)
    with_reg = [with_reg for _, with_reg in sums if with_reg]
    return plain, observed(case.values, with_reg, shape) if with_reg else None


def observed(values: Sequence[Any], sums: Sequence[Sum], shape: tuple[int, ...]) -> Observed:
    with quiet():
        totals = {each: total(values[each[0]], values[each[1]], shape) for each in set(sums)}
    nothing = np.full(shape, np.nan)
    made = [totals[each] for each in sums]
    return Observed(
        np.array([nothing if each is None else each for each in made]),
        np.array([each is not None for each in made]),
    )


def total(data: Any, reg: Any, shape: tuple[int, ...]) -> Any:
    """None where there is none, or of another shape."""
    if data is None or reg is None:
        return None
    try:
        made = np.asarray(data, float) + np.asarray(reg, float)
    except ValueError:  # shapes that do not fit, as a student's would not
        return None
    return made if made.shape == shape else None


@np.errstate(all="ignore")
def differing(factor: Factor) -> Array:
    """Which rows differ from the first."""
    apart = np.abs(factor.numbers - factor.numbers[0]) > MOVED * (factor.scales + factor.scales[0])
    holes = np.isfinite(factor.numbers) != np.isfinite(factor.numbers[0])
    return np.asarray((factor.given != factor.given[0]) | np.any(apart | holes, axis=1))


def table(rows: Sequence[Row], factor: Factor) -> FactorTable:
    members = np.array([(*members, -1, -1)[:2] for members, _ in rows], np.int16)
    return FactorTable(members, factor.numbers, np.array(factor.given.tolist(), np.uint8))
