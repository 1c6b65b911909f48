"""Tabulates the numbers that the known mistakes produce, alone and two at a time.

The reference's stages are run with the stages that each mistake replaces, and each factor of the
outputs gets a table. Most of these losses share most of their stages, with and without
regularization, so they are run together (Calls in stages.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from grader.diagnosis.factors import Batch, Factor, factor_of_many
from grader.diagnosis.stages import GIVEN, Calls, Stages, without_warnings
from grader.model import FACTORS, Array, FactorTable, Signatures

MOVED = 1e-9  # relative: a smaller change of a factor does not count
# Places of the given values in Calls. The twin's reg follows them.
PLAIN = {name: place for place, name in enumerate(GIVEN)}
WITH_REG = {**PLAIN, "reg": len(GIVEN)}
# The loss and dW are sums of two results each. Factor -> the results whose sum shows it.
LOSS_RESULTS, GRADIENT_RESULTS = ("data_loss", "reg_loss"), ("data_gradient", "reg_gradient")
RESULTS_OF = {name: GRADIENT_RESULTS if "gradient" in name else LOSS_RESULTS for name in FACTORS}
Places: TypeAlias = tuple[int, ...]  # of the two results in the values of Calls


class StageInput(NamedTuple):
    """A case as input of the stages, and in their layout."""

    given: Mapping[str, Any]  # the values named in GIVEN, without regularization
    reg: float  # of its twin
    directions: Array  # (directions, *shape of W)


class _Outputs(NamedTuple):
    """Where the outputs behind one factor of one function are found."""

    plain: Places
    with_reg: Places | None  # None for a factor without regularization


class _Row(NamedTuple):
    """A row of a FactorTable before its numbers are computed."""

    members: tuple[int, ...]  # the mistakes, at most two
    outputs: _Outputs


class _CaseValues(NamedTuple):
    """A case with the values of Calls: the given ones, then the results."""

    values: list[Any]
    directions: Array


def signatures_of(
    stages: Stages,
    mistakes: Mapping[str, Stages],
    cases: Mapping[str, StageInput],
    terms: Mapping[str, dict[str, Array]],
) -> Signatures:
    """The signatures of all mistakes that change something in this convention.

    mistakes: id -> the stages that it replaces; terms: see Signatures. Raises StagesError.
    """
    calls = Calls(len(GIVEN) + 1)
    case_values = [_case_values(case) for case in cases.values()]
    right = _add_outputs(calls, stages, FACTORS)
    alone = {
        name: _add_outputs(calls, {**stages, **replaced}, FACTORS)
        for name, replaced in mistakes.items()
    }
    moves = _moves(calls, case_values, right, alone)

    names = list(moves)
    rows = {factor: [_Row((), right[factor])] for factor in FACTORS}
    for index, name in enumerate(names):
        for factor in moves[name]:
            rows[factor].append(_Row((index,), alone[name][factor]))
    for members, outputs in _add_pairs(calls, stages, mistakes, moves):
        for factor, each in outputs.items():
            rows[factor].append(_Row(members, each))
    factors = _compute_factors(
        calls, case_values, {name: [row.outputs for row in rows[name]] for name in FACTORS}
    )
    bits = [sum(1 << FACTORS.index(factor) for factor in moves[name]) for name in names]
    return Signatures(
        names=tuple(names),
        moves=np.array(bits, np.uint8),
        cases=tuple(cases),
        tables=tuple(_table(rows[name], factors[name]) for name in FACTORS),
        terms=dict(terms),
    )


def _case_values(case: StageInput) -> _CaseValues:
    given = [_read_only(case.given[name]) for name in GIVEN]
    return _CaseValues([*given, case.reg], case.directions)


def _read_only(value: Any) -> Any:
    """Return a read-only view of an array, and anything else as it is."""
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


def _add_outputs(calls: Calls, stages: Stages, factors: Sequence[str]) -> dict[str, _Outputs]:
    """Add the calls that lead to these factors, and return the places of the outputs by factor."""
    plain_places, reg_places = dict(PLAIN), dict(WITH_REG)
    outputs = {}
    for factor in factors:
        plain = calls.add(stages, plain_places, RESULTS_OF[factor])
        with_reg = None
        if factor.startswith("reg"):
            with_reg = calls.add(stages, reg_places, RESULTS_OF[factor])
        outputs[factor] = _Outputs(plain, with_reg)
    return outputs


def _moves(
    calls: Calls,
    cases: Sequence[_CaseValues],
    right: Mapping[str, _Outputs],
    alone: Mapping[str, Mapping[str, _Outputs]],
) -> dict[str, list[str]]:
    """The factors that each mistake moves. Mistakes that move none are left out."""
    wanted = {
        factor: [right[factor], *(outputs[factor] for outputs in alone.values())]
        for factor in FACTORS
    }
    factors = _compute_factors(calls, cases, wanted)
    is_changed = {name: _differs_from_first(factor) for name, factor in factors.items()}
    moves = {
        name: [factor for factor in FACTORS if is_changed[factor][row]]
        for row, name in enumerate(alone, start=1)
    }
    return {name: moved for name, moved in moves.items() if moved}


def _add_pairs(
    calls: Calls,
    stages: Stages,
    mistakes: Mapping[str, Stages],
    moves: Mapping[str, Sequence[str]],
) -> Iterator[tuple[tuple[int, int], dict[str, _Outputs]]]:
    """Add the calls for every two mistakes: yields the outputs behind the factors that both move.

    Two mistakes that replace the same stage cannot be combined and are left out.
    """
    for (i, one), (j, other) in combinations(enumerate(moves), 2):
        common = [factor for factor in moves[one] if factor in moves[other]]
        if common and not mistakes[one].keys() & mistakes[other].keys():
            both = {**stages, **mistakes[one], **mistakes[other]}
            yield (i, j), _add_outputs(calls, both, common)


def _compute_factors(
    calls: Calls, cases: Sequence[_CaseValues], wanted: Mapping[str, Sequence[_Outputs]]
) -> dict[str, Factor]:
    """Compute each factor for all functions whose outputs are wanted."""
    for case in cases:
        calls.compute(case.values)
    directions = [case.directions for case in cases]
    return {
        factor: factor_of_many(
            factor, [_batches(factor, outputs, case) for case in cases], directions
        )
        for factor, outputs in wanted.items()
    }


def _batches(
    factor: str, outputs: Sequence[_Outputs], case: _CaseValues
) -> tuple[Batch, Batch | None]:
    """The outputs on one case, without and with regularization."""
    shape = case.directions.shape[1:] if "gradient" in factor else ()
    plain = _batch(case.values, [each.plain for each in outputs], shape)
    places = [each.with_reg for each in outputs if each.with_reg]
    return plain, _batch(case.values, places, shape) if places else None


def _batch(values: Sequence[Any], places: Sequence[Places], shape: tuple[int, ...]) -> Batch:
    with without_warnings():
        sums = {
            (data, reg): _add_results(values[data], values[reg], shape) for data, reg in set(places)
        }
    nothing = np.full(shape, np.nan)
    outputs = [sums[data, reg] for data, reg in places]
    return Batch(
        numbers=np.array([nothing if each is None else each for each in outputs]),
        given=np.array([each is not None for each in outputs]),
    )


def _add_results(data: Any, reg: Any, shape: tuple[int, ...]) -> Any:
    """Add two results to an output; None if one is missing or the sum has another shape."""
    if data is None or reg is None:
        return None
    try:
        output = np.asarray(data, float) + np.asarray(reg, float)
    except ValueError:  # shapes that do not fit together, as in a student's function
        return None
    return output if output.shape == shape else None


@np.errstate(all="ignore")
def _differs_from_first(factor: Factor) -> Array:
    """For each function: does the factor differ from that of the first?"""
    numbers, scales = factor.numbers, factor.scales
    is_apart = np.abs(numbers - numbers[0]) > MOVED * (scales + scales[0])
    is_hole = np.isfinite(numbers) != np.isfinite(numbers[0])
    is_missing = factor.given != factor.given[0]
    return np.asarray(is_missing | np.any(is_apart | is_hole, axis=1))


def _table(rows: Sequence[_Row], factor: Factor) -> FactorTable:
    members = np.array([(*row.members, -1, -1)[:2] for row in rows], np.int16)
    return FactorTable(members, factor.numbers, np.array(factor.given.tolist(), np.uint8))
