"""Runs a loss that is written as named stages.

A stage is a plain function. The names of its arguments say what it needs: given values, or the results of the stages of that name. A
mistake is a set of replaced stages: {**stages, **replaced} is the loss of somebody who makes it.
"""

import warnings
from collections.abc import Container, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

GIVEN = ("W", "X", "y", "reg", "regularization")  # regularization: the factor before reg * sum(W * W), 0.5 or 1.0
RESULTS = ("data_loss", "reg_loss", "data_gradient", "reg_gradient")  # the first two add up to the loss, the last two to dW
Stages: TypeAlias = Mapping[str, FunctionType]


class StagesError(Exception):
    """Stages that do not fit together, whatever the numbers. The text says which one, and what to write instead."""


def run(stages: Stages, given: Mapping[str, Any], wanted: Sequence[str] = RESULTS) -> dict[str, Any]:
    """Name -> result for the wanted stages, each stage run once; None where a stage raised, or needs one that did.

    given: values by name. It may hold results of stages too, computed before: these stages are then not run. Raises StagesError.
    """
    values = dict(given)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in order(stages, given, wanted):
            values[name] = attempt(stages[name], [values[need] for need in needs(stages[name])])
    return {name: values[name] for name in wanted}


def attempt(stage: FunctionType, arguments: list[Any]) -> Any:
    """The stage's result; None where it raises, or where one of its arguments is None."""
    if any(argument is None for argument in arguments):
        return None
    try:
        return stage(*arguments)
    except Exception:
        return None


def order(stages: Stages, given: Container[str] = GIVEN, wanted: Sequence[str] = RESULTS) -> list[str]:
    """The stages that the wanted results take, each after those that it needs itself. Raises StagesError."""
    ordered: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in given or name in ordered:
            return
        if name in path:
            raise StagesError(f"the stages need each other in a circle: {' -> '.join((*path[path.index(name) :], name))}. Break it.")
        if name not in stages:
            asked = f"stage {path[-1]!r} needs {name!r}" if path else f"{name!r} is wanted"
            known = ", ".join((*GIVEN, *stages))
            raise StagesError(f"{asked}, which is no stage and no given value. Write a stage of that name, or use one of {known}.")
        if not is_plain(stages[name]):
            raise StagesError(f"stage {name!r} is no plain function. Write one, with the names of what it needs as its arguments.")
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


def reached(stages: Stages, replaced: Container[str], wanted: Sequence[str] = RESULTS) -> tuple[str, ...]:
    """The wanted results in which a replaced stage takes part, by the argument names of the stages as they now are."""
    takes_part: dict[str, bool] = {}

    def visit(name: str) -> bool:
        if name not in takes_part:
            takes_part[name] = name in stages and (name in replaced or any(map(visit, needs(stages[name]))))
        return takes_part[name]

    return tuple(filter(visit, wanted))


def needs(stage: FunctionType) -> tuple[str, ...]:
    """The names of the arguments. Read from the code object: inspect.signature takes as long as the stage itself."""
    return stage.__code__.co_varnames[: stage.__code__.co_argcount]


def is_plain(stage: Any) -> bool:
    return isinstance(stage, FunctionType) and not stage.__code__.co_kwonlyargcount
