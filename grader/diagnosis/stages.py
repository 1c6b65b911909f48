"""Runs a loss that is written as named stages.

A stage is a plain function. The names of its arguments say what it needs: given values, or the
results of the stages of that name. A mistake is a set of replaced stages: {**stages, **replaced}
is the loss of a student who makes it.
"""

import os
import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

# regularization: the factor before reg * sum(W * W), 0.5 or 1.0
GIVEN = ("W", "X", "y", "reg", "regularization")
# The first two add up to the loss, the last two to dW.
RESULTS = ("data_loss", "reg_loss", "data_gradient", "reg_gradient")
OPEN = -1  # the place of a stage whose arguments are still being placed
Stages: TypeAlias = Mapping[str, FunctionType]


class StagesError(Exception):
    """The stages do not fit together, on any input.

    The text names the stage and says what to write instead.
    """


def run(
    stages: Stages, given: Mapping[str, Any], wanted: Sequence[str] = RESULTS, strict: bool = False
) -> dict[str, Any]:
    """Run each stage once, and return the wanted results by name.

    A result is None if its stage raised an exception or needs a stage that did. With `strict`, the
    exception is raised instead, as by code without stages. given: values by name. Raises
    StagesError.
    """
    values = dict(given)
    with without_warnings():
        for name in order(stages, given, wanted):
            arguments = [values[need] for need in needs(stages[name])]
            if strict:
                values[name] = stages[name](*arguments)
            else:
                values[name] = _try_stage(stages[name], arguments)
    return {name: values[name] for name in wanted}


def check(stages: Stages) -> None:
    """Raise StagesError unless all stages can be run and all results are among them."""
    for name in GIVEN:
        if name in stages:
            raise StagesError(f"stage {name!r} has the name of a given value. Rename it.")
    order(stages, GIVEN, (*RESULTS, *stages))


def order(
    stages: Stages, given: Container[str] = GIVEN, wanted: Sequence[str] = RESULTS
) -> list[str]:
    """The stages that lead to the wanted results, each after those that it needs.

    Raises StagesError.
    """
    ordered: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        """path: the stages that lead here, the wanted result first."""
        if name in given or name in ordered:
            return
        _require_stage(stages, name, path)
        for need in needs(stages[name]):
            visit(need, (*path, name))
        ordered[name] = None

    for name in wanted:
        visit(name, ())
    return list(ordered)


def affected_results(
    stages: Stages, replaced: Container[str], wanted: Sequence[str] = RESULTS
) -> tuple[str, ...]:
    """The wanted results that depend on a replaced stage.

    stages: with the replacements in place, since they may need other stages.
    """
    is_affected: dict[str, bool] = {}

    def visit(name: str) -> bool:
        if name not in is_affected:
            is_affected[name] = name in stages and (
                name in replaced or any(map(visit, needs(stages[name])))
            )
        return is_affected[name]

    return tuple(filter(visit, wanted))


def needs(stage: FunctionType) -> tuple[str, ...]:
    """The names of the stage's arguments.

    Read from the code object: inspect.signature takes as long as the stage itself.
    """
    return stage.__code__.co_varnames[: stage.__code__.co_argcount]


class Calls:
    """The calls of stages that many losses need, each made once.

    Calls of the same stage with the same arguments are one call. Values are kept in one list,
    which `compute` fills: first the given values, then the result of each call. The place of a
    value is its index in that list.
    """

    def __init__(self, given: int) -> None:
        self.given = given  # how many values are given
        # A stage and the places of its arguments -> the place of its result.
        self.places: dict[tuple[Any, ...], int] = {}

    def add(self, stages: Stages, places: dict[str, int], wanted: Sequence[str]) -> tuple[int, ...]:
        """Add the calls that lead to the wanted results, and return the places of these.

        places: by name, at first of the given values; those of the stages on the way are added.
        Raises StagesError.
        """

        def place(name: str) -> int:
            if name in places:
                return places[name]
            places[name] = OPEN
            call = (stages[name], *[place(need) for need in needs(stages[name])])
            if OPEN in call:
                order(stages, wanted=wanted)  # raises StagesError, which describes the circle
            places[name] = self.places.setdefault(call, self.given + len(self.places))
            return places[name]

        return tuple([place(name) for name in wanted])

    def compute(self, values: list[Any]) -> None:
        """Append the results of all calls that have none yet.

        A result is None if its stage raised an exception or needs a stage that did. Raises
        StagesError.
        """
        with without_warnings():
            for stage, *arguments in islice(self.places, len(values) - self.given, None):
                value = _try_stage(stage, [values[place] for place in arguments])
                if isinstance(value, np.ndarray):
                    value.flags.writeable = False  # other calls receive it, too
                values.append(value)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Silence warnings: overflows and nan are to be expected of mistakes."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _try_stage(stage: FunctionType, arguments: list[Any]) -> Any:
    """The stage's result; None if it raises an exception or an argument is None.

    Raises StagesError if it changes an array that cannot be written to.
    """
    if any(argument is None for argument in arguments):
        return None
    try:
        return stage(*arguments)
    except Exception as error:
        if isinstance(error, ValueError) and "read-only" in str(error):
            code = stage.__code__
            file = os.path.basename(code.co_filename)
            raise StagesError(
                f"{file}, line {code.co_firstlineno}: this stage changes an array that it is "
                "given. Let it change a copy."
            ) from None
        return None


def _require_stage(stages: Stages, name: str, path: tuple[str, ...]) -> None:
    """Raise StagesError unless there is a stage of this name that can be called."""
    if name in path:
        circle = " -> ".join((*path[path.index(name) :], name))
        raise StagesError(f"the stages need each other in a circle: {circle}. Break it.")
    if name not in stages:
        subject = f"stage {path[-1]!r} needs {name!r}" if path else f"{name!r} is wanted"
        raise StagesError(
            f"{subject}, which is no stage and no given value. "
            f"Write a stage of that name, or use one of {', '.join((*GIVEN, *stages))}."
        )
    stage = stages[name]
    if not isinstance(stage, FunctionType) or stage.__code__.co_kwonlyargcount:
        raise StagesError(
            f"stage {name!r} is no plain function. "
            "Write one, with the names of what it needs as its arguments."
        )
