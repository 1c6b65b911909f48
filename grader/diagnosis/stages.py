"""Runs a loss that is written as named stages.

A stage is a plain function. The names of its arguments say what it needs: given values, or the results of the stages of that name. A
mistake is a set of replaced stages: {**stages, **replaced} is the loss of somebody who makes it.
"""

import os
import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

GIVEN = (
    "W",
    "X",
    "y",
    "reg",
    "regularization",
)  # regularization: the factor before reg * sum(W * W), 0.5 or 1.0
RESULTS = (
    "data_loss",
    "reg_loss",
    "data_gradient",
    "reg_gradient",
)  # the first two add up to the loss, the last two to dW
OPEN = -1  # the place of a stage whose arguments are being placed
Stages: TypeAlias = Mapping[str, FunctionType]


class StagesError(Exception):
    """Stages that do not fit together, whatever the numbers. The text says which one, and what to write instead."""


def run(
    stages: Stages, given: Mapping[str, Any], wanted: Sequence[str] = RESULTS, strict: bool = False
) -> dict[str, Any]:
    """Name -> result for the wanted stages, each stage run once; None where a stage raised, or needs one that did.

    given: values by name; strict: what a stage raises is raised, as by code without stages. Raises StagesError.
    """
    values = dict(given)
    with quiet():
        for name in order(stages, given, wanted):
            arguments = [values[need] for need in needs(stages[name])]
            values[name] = stages[name](*arguments) if strict else attempt(stages[name], arguments)
    return {name: values[name] for name in wanted}


@contextmanager
def quiet() -> Iterator[None]:
    """What a mistake makes of the numbers is no news."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def attempt(stage: FunctionType, arguments: list[Any]) -> Any:
    """The stage's result; None where it raises, or where one of its arguments is None. Raises StagesError where it changes an array that
    is locked."""
    if any(argument is None for argument in arguments):
        return None
    try:
        return stage(*arguments)
    except Exception as error:
        if isinstance(error, ValueError) and "read-only" in str(error):
            code = stage.__code__
            here = f"{os.path.basename(code.co_filename)}, line {code.co_firstlineno}"
            raise StagesError(
                f"{here}: this stage changes an array that it is given. Let it change a copy."
            ) from None
        return None


def order(
    stages: Stages, given: Container[str] = GIVEN, wanted: Sequence[str] = RESULTS
) -> list[str]:
    """The stages that the wanted results take, each after those that it needs itself. Raises StagesError."""
    ordered: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in given or name in ordered:
            return
        if name in path:
            raise StagesError(
                f"the stages need each other in a circle: {' -> '.join((*path[path.index(name) :], name))}. Break it."
            )
        if name not in stages:
            asked = f"stage {path[-1]!r} needs {name!r}" if path else f"{name!r} is wanted"
            known = ", ".join((*GIVEN, *stages))
            raise StagesError(
                f"{asked}, which is no stage and no given value. Write a stage of that name, or use one of {known}."
            )
        if not is_plain(stages[name]):
            raise StagesError(
                f"stage {name!r} is no plain function. Write one, with the names of what it needs as its arguments."
            )
        for need in needs(stages[name]):
            visit(need, (*path, name))
        ordered[name] = None

    for name in wanted:
        visit(name, ())
    return list(ordered)


def check(stages: Stages) -> None:
    """Raises StagesError unless all stages can be run and all results are among them."""
    for name in GIVEN:
        if name in stages:
            raise StagesError(f"stage {name!r} has the name of a given value. Rename it.")
    order(stages, GIVEN, (*RESULTS, *stages))


def reached(
    stages: Stages, replaced: Container[str], wanted: Sequence[str] = RESULTS
) -> tuple[str, ...]:
    """The wanted results in which a replaced stage takes part, by the argument names of the stages as they now are."""
    takes_part: dict[str, bool] = {}

    def visit(name: str) -> bool:
        if name not in takes_part:
            takes_part[name] = name in stages and (
                name in replaced or any(map(visit, needs(stages[name])))
            )
        return takes_part[name]

    return tuple(filter(visit, wanted))


def needs(stage: FunctionType) -> tuple[str, ...]:
    """The names of the arguments. Read from the code object: inspect.signature takes as long as the stage itself."""
    return stage.__code__.co_varnames[: stage.__code__.co_argcount]


def is_plain(stage: Any) -> bool:
    return isinstance(stage, FunctionType) and not stage.__code__.co_kwonlyargcount


class Calls:
    """The calls of stages that many losses take. Where two of them call a stage with the same arguments, that is one call.

    Its place says where a value stands in the list that `make` fills: first come the given values, then the result of each call.
    """

    def __init__(self, given: int) -> None:
        self.given = given
        self.places: dict[
            tuple[Any, ...], int
        ] = {}  # a stage and the places of its arguments -> the place of its result

    def add(self, stages: Stages, known: dict[str, int], wanted: Sequence[str]) -> tuple[int, ...]:
        """The places of the wanted results. known: name -> place, of the given values at first; those of the stages that were needed are
        added. Raises StagesError."""

        def place(name: str) -> int:
            known[name] = OPEN
            call = (
                stages[name],
                *[known[need] if need in known else place(need) for need in needs(stages[name])],
            )
            if OPEN in call:
                order(stages, wanted=wanted)  # raises: it has the words for a circle
            known[name] = self.places.setdefault(call, self.given + len(self.places))
            return known[name]

        return tuple([known[name] if name in known else place(name) for name in wanted])

    def make(self, values: list[Any]) -> None:
        """Append the results of all calls that have none yet: None where a stage raised, or needs one that did. Raises StagesError."""
        with quiet():
            for stage, *arguments in islice(self.places, len(values) - self.given, None):
                value = attempt(stage, [values[place] for place in arguments])
                if isinstance(value, np.ndarray):
                    value.flags.writeable = False  # others get it, too
                values.append(value)
