"""Tabulates the numbers that the known mistakes produce, alone and two at a time.

The reference's stages are run with the stages that each mistake replaces, and each factor of the
outputs gets a table. Most of these solutions share most of their stages, with all knobs at rest and
with one turned up, so they are run together (Calls in stages.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from grader.diagnosis.factors import (
    Batch,
    Directions,
    Factor,
    FactorName,
    factor_names,
    factor_of_many,
)
from grader.diagnosis.stages import Calls, Stages, StagesError, require_results
from grader.model import Array, FactorTable, Signatures

MOVED = 1e-9  # relative: a smaller change of a factor does not count


class StageInput(NamedTuple):
    """A case as input of the stages, in their form."""

    given: Mapping[str, Any]  # the given values by name, with all knobs at rest
    knobs: Mapping[str, Any]  # knob -> its value in the twin, where it is turned up
    directions: Directions  # of its outputs


class _Places(NamedTuple):
    """Where one output of one solution is found, in the values of Calls."""

    rest: int
    turned_up: int | None  # None for a factor at rest


class _Row(NamedTuple):
    """A row of a FactorTable before its numbers are computed."""

    members: tuple[int, ...]  # the mistakes, at most two
    places: _Places


class _CaseValues(NamedTuple):
    """A case with the values of Calls: the given ones, then the results."""

    values: list[Any]
    directions: Directions
    knobs: frozenset[str]  # those that it has a twin for


_PlacesByFactor: TypeAlias = dict[FactorName, _Places]
# Knob that is turned up, or None -> name of a given value or of a stage -> its place in Calls.
_PlacesByName: TypeAlias = dict[str | None, dict[str, int]]


class _Solution(NamedTuple):
    """The stages, right or with one mistake, in the values of Calls."""

    names: _PlacesByName
    factors: _PlacesByFactor


def signatures_of(
    stages: Stages,
    mistakes: Mapping[str, Stages],
    outputs: Sequence[str],
    cases: Mapping[str, StageInput],
    terms: Mapping[str, dict[str, dict[str, Array]]],
) -> Signatures:
    """The signatures of all mistakes that change something in this convention.

    mistakes: id -> the stages that it replaces; outputs: those that are stages; terms: see
    Signatures. Raises StagesError.
    """
    tables = _Tables(stages, outputs, cases)
    tables.require_reference()
    right = tables.add_solution(stages)
    alone = {
        name: tables.add_solution({**stages, **replaced}) for name, replaced in mistakes.items()
    }
    moves = _moves(tables, right, alone)

    names = list(moves)
    rows = {factor: [_Row((), right.factors[factor])] for factor in tables.factors}
    for index, name in enumerate(names):
        for factor in moves[name]:
            rows[factor].append(_Row((index,), alone[name].factors[factor]))
    unchanged = {name: _unchanged(right, alone[name]) for name in names}
    for members, places in _add_pairs(tables, stages, mistakes, moves, unchanged):
        for factor, each in places.items():
            rows[factor].append(_Row(members, each))
    factors = tables.compute(
        {factor: [row.places for row in of_factor] for factor, of_factor in rows.items()}
    )
    return Signatures(
        names=tuple(names),
        moves={name: tuple(map(str, moved)) for name, moved in moves.items()},
        cases=tuple(cases),
        tables={str(name): _table(rows[name], factor) for name, factor in factors.items()},
        terms=dict(terms),
    )


class _Tables:
    """The calls that the tables need, and the cases that they are made on."""

    def __init__(
        self, stages: Stages, outputs: Sequence[str], cases: Mapping[str, StageInput]
    ) -> None:
        self.stages, self.outputs, self.cases = stages, outputs, cases
        self.knobs = tuple(dict.fromkeys(knob for case in cases.values() for knob in case.knobs))
        self.factors = factor_names(outputs, self.knobs)
        self.names = tuple(dict.fromkeys(name for case in cases.values() for name in case.given))
        # The places of the given values in Calls. The knobs' other values follow them.
        at_rest = {name: place for place, name in enumerate(self.names)}
        self.given: _PlacesByName = {None: at_rest}
        for number, knob in enumerate(self.knobs):
            self.given[knob] = {**at_rest, knob: len(self.names) + number}
        self.calls = Calls(len(self.names) + len(self.knobs))
        self.values = [self._case_values(case) for case in cases.values()]

    def require_reference(self) -> None:
        """Raise StagesError if one of the right stages raises an exception on a case."""
        for (name, case), (values, *_) in zip(self.cases.items(), self.values, strict=True):
            for knob in (None, *case.knobs):
                given = {known: values[place] for known, place in self.given[knob].items()}
                try:
                    require_results(self.stages, given, self.outputs)
                except StagesError as error:
                    raise StagesError(f"on case {name!r}: {error}") from None

    def add_solution(self, stages: Stages) -> _Solution:
        """Add the calls that lead to all factors."""
        names = {knob: dict(places) for knob, places in self.given.items()}
        return _Solution(names, self.add(stages, names, self.factors))

    def add(
        self, stages: Stages, names: _PlacesByName, factors: Sequence[FactorName]
    ) -> _PlacesByFactor:
        """Add the calls that lead to these factors, and return the places of the outputs.

        names: at first of what is known, for None and for each knob of the factors.
        """
        places = {}
        for factor in factors:
            wanted = (factor.output,)
            (rest,) = self.calls.add(stages, names[None], wanted)
            turned_up = None
            if factor.knob is not None:
                (turned_up,) = self.calls.add(stages, names[factor.knob], wanted)
            places[factor] = _Places(rest, turned_up)
        return places

    def compute(self, wanted: Mapping[FactorName, Sequence[_Places]]) -> dict[FactorName, Factor]:
        """Compute each factor for all solutions whose places are wanted."""
        for case in self.values:
            self.calls.compute(case.values)
        return {
            factor: factor_of_many(
                [_batches(factor, places, case) for case in self.values],
                [case.directions.get(factor.output) for case in self.values],
            )
            for factor, places in wanted.items()
        }

    def _case_values(self, case: StageInput) -> _CaseValues:
        given = [_read_only(case.given.get(name)) for name in self.names]
        turned_up = [_read_only(case.knobs.get(knob)) for knob in self.knobs]
        return _CaseValues([*given, *turned_up], case.directions, frozenset(case.knobs))


def _read_only(value: Any) -> Any:
    """Return a read-only view of an array, and anything else as it is."""
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


def _moves(
    tables: _Tables, right: _Solution, alone: Mapping[str, _Solution]
) -> dict[str, list[FactorName]]:
    """The factors that each mistake moves. Mistakes that move none are left out."""
    wanted = {
        factor: [each.factors[factor] for each in (right, *alone.values())]
        for factor in tables.factors
    }
    factors = tables.compute(wanted)
    is_changed = {name: _differs_from_first(factor) for name, factor in factors.items()}
    moves = {
        name: [factor for factor in tables.factors if is_changed[factor][row]]
        for row, name in enumerate(alone, start=1)
    }
    return {name: moved for name, moved in moves.items() if moved}


def _unchanged(right: _Solution, alone: _Solution) -> _PlacesByName:
    """What a mistake has at the same place as the right solution: it does not depend on it."""
    return {
        knob: dict(places.items() & alone.names[knob].items())
        for knob, places in right.names.items()
    }


def _add_pairs(
    tables: _Tables,
    stages: Stages,
    mistakes: Mapping[str, Stages],
    moves: Mapping[str, Sequence[FactorName]],
    unchanged: Mapping[str, _PlacesByName],
) -> Iterator[tuple[tuple[int, int], _PlacesByFactor]]:
    """Add the calls for every two mistakes: yields the places of the factors that both move.

    Two mistakes that replace the same stage cannot be combined and are left out. What neither
    changes is not looked up again.
    """
    for (i, one), (j, other) in combinations(enumerate(moves), 2):
        common = [factor for factor in moves[one] if factor in moves[other]]
        if common and not mistakes[one].keys() & mistakes[other].keys():
            both = {**stages, **mistakes[one], **mistakes[other]}
            first, second = unchanged[one], unchanged[other]
            names = {
                knob: {name: place for name, place in first[knob].items() if name in second[knob]}
                for knob in {None, *[factor.knob for factor in common]}
            }
            yield (i, j), tables.add(both, names, common)


def _batches(
    factor: FactorName, places: Sequence[_Places], case: _CaseValues
) -> tuple[Batch, Batch | None]:
    """The output on one case: at rest, and with the factor's knob turned up."""
    directions = case.directions.get(factor.output)
    shape = () if directions is None else directions.shape[1:]
    rest = _batch(case.values, [each.rest for each in places], shape)
    if factor.knob is None:
        return rest, None
    if factor.knob not in case.knobs:  # what the knob adds is not known here
        return rest, rest._replace(given=np.zeros(len(places), bool))
    turned_up = [each.turned_up for each in places if each.turned_up is not None]
    return rest, _batch(case.values, turned_up, shape)


def _batch(values: Sequence[Any], places: Sequence[int], shape: tuple[int, ...]) -> Batch:
    """Collect the outputs at these places: many solutions share one."""
    index = {place: number for number, place in enumerate(dict.fromkeys(places))}
    outputs = np.full((len(index), *shape), np.nan)
    given = np.zeros(len(index), bool)
    for place, number in index.items():
        output = _as_output(values[place], shape)
        if output is not None:
            outputs[number], given[number] = output, True
    of_solutions = [index[place] for place in places]
    return Batch(outputs[of_solutions], given[of_solutions])


def _as_output(result: Any, shape: tuple[int, ...]) -> Array | None:
    """A stage's result as an output; None if it is missing or has another shape."""
    if result is None:
        return None
    try:
        output = np.asarray(result, float)
    except (TypeError, ValueError):
        return None
    return output if output.shape == shape else None


@np.errstate(all="ignore")
def _differs_from_first(factor: Factor) -> Array:
    """For each solution: does the factor differ from that of the first?"""
    numbers, scales = factor.numbers, factor.scales
    is_apart = np.abs(numbers - numbers[0]) > MOVED * (scales + scales[0])
    is_hole = np.isfinite(numbers) != np.isfinite(numbers[0])
    is_missing = np.any(factor.given != factor.given[0], axis=1)
    return np.asarray(is_missing | np.any(is_apart | is_hole, axis=1))


def _table(rows: Sequence[_Row], factor: Factor) -> FactorTable:
    members = np.array([(*row.members, -1, -1)[:2] for row in rows], np.int16)
    return FactorTable(members, factor.numbers, factor.given)
