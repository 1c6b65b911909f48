"""Runs a solution that is written as named stages.

A stage is a plain function. The names of its arguments say what it needs: given values, or the
results of the stages of that name. The stages that have the names of outputs give these outputs. A
mistake is a set of replaced stages: {**stages, **replaced} is the solution of a student who makes
it.
"""

import os
import traceback
import warnings
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from grader.checks.course_code import arguments_of

OPEN = -1  # the place of a stage whose arguments are still being placed
Stages: TypeAlias = Mapping[str, FunctionType]


class StagesError(Exception):
    """The stages do not fit together, or one of the right ones gives nothing.

    The text names the stage and says what to write instead.
    """


def run(
    stages: Stages, given: Mapping[str, Any], wanted: Sequence[str], strict: bool = False
) -> dict[str, Any]:
    """Run each stage once, and return the wanted results by name.

    A result is None if its stage raised an exception, or needs a result or a given value that is
    None. With `strict`, the exception is raised instead, as by code without stages.
    given: values by name. Raises StagesError.
    """
    values = dict(given)
    with without_warnings():
        for name in order(stages, given, wanted):
            arguments = [values[need] for need in arguments_of(stages[name])]
            if strict:
                values[name] = stages[name](*arguments)
            else:
                values[name] = _try_stage(stages[name], arguments)
    return {name: values[name] for name in wanted}


def check(stages: Stages, given: Collection[str], outputs: Collection[str]) -> None:
    """Raise StagesError unless all stages can be run, and some output is among them.

    given: names of the given values; outputs: of all functions. Those without a stage are not
    diagnosed.
    """
    for name in given:
        if name in stages:
            raise StagesError(f"stage {name!r} has the name of a given value. Rename it.")
    if not any(name in stages for name in outputs):
        raise StagesError(f"no stage has the name of an output. Write one: {', '.join(outputs)}.")
    order(stages, given, tuple(stages))


def require_results(stages: Stages, given: Mapping[str, Any], wanted: Sequence[str]) -> None:
    """Run the right stages, and raise StagesError if one of them raises an exception.

    A stage that needs a given value that is None is not run. given: values by name.
    """
    values = dict(given)
    with without_warnings():
        for name in order(stages, given, wanted):
            arguments = [values[need] for need in arguments_of(stages[name])]
            if any(argument is None for argument in arguments):
                values[name] = None
                continue
            try:
                values[name] = stages[name](*arguments)
            except (Exception, SystemExit) as error:
                _require_unchanged(error, stages[name])
                raise StagesError(
                    f"{_place_of(error, stages[name])}: stage {name!r} stops with "
                    f"{type(error).__name__}: {error}. Correct it."
                ) from None


def order(stages: Stages, given: Collection[str], wanted: Sequence[str]) -> list[str]:
    """The stages that lead to the wanted results, each after those that it needs.

    given: names of the given values. Raises StagesError.
    """
    return list(_order(tuple(stages.items()), tuple(given), tuple(wanted)))


@lru_cache(maxsize=512)  # the same stages are run on many inputs
def _order(
    items: tuple[tuple[str, FunctionType], ...], given: tuple[str, ...], wanted: tuple[str, ...]
) -> tuple[str, ...]:
    """items: of the stages."""
    stages = dict(items)
    ordered: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        """path: the stages that lead here, the wanted result first."""
        if name in given or name in ordered:
            return
        _require_stage(stages, given, name, path)
        for need in arguments_of(stages[name]):
            visit(need, (*path, name))
        ordered[name] = None

    for name in wanted:
        visit(name, ())
    return tuple(ordered)


def affected_results(
    stages: Stages, replaced: Container[str], wanted: Sequence[str]
) -> tuple[str, ...]:
    """The wanted results that depend on a replaced stage.

    stages: with the replacements in place, since they may need other stages.
    """
    is_affected: dict[str, bool] = {}

    def visit(name: str) -> bool:
        if name not in is_affected:
            is_affected[name] = name in stages and (
                name in replaced or any(map(visit, arguments_of(stages[name])))
            )
        return is_affected[name]

    return tuple(filter(visit, wanted))


class Calls:
    """The calls of stages that many solutions need, each made once.

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
            """Place the call of a stage that has no place yet."""
            places[name] = OPEN
            stage = stages[name]
            call: list[Any] = [stage]
            for need in arguments_of(stage):
                at = places.get(need)
                call.append(place(need) if at is None else at)
            if OPEN in call:
                given = [known for known, at in places.items() if 0 <= at < self.given]
                order(stages, given, wanted)  # raises StagesError, which describes the circle
            places[name] = self.places.setdefault(tuple(call), self.given + len(self.places))
            return places[name]

        return tuple([places[name] if name in places else place(name) for name in wanted])

    def compute(self, values: list[Any]) -> None:
        """Append the results of all calls that have none yet.

        A result is None if its stage raised an exception, or needs a value that is None. Raises
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
    for argument in arguments:
        if argument is None:
            return None
    try:
        return stage(*arguments)
    except (Exception, SystemExit) as error:
        _require_unchanged(error, stage)
        return None


def _require_unchanged(error: BaseException, stage: FunctionType) -> None:
    """Raise StagesError if the stage stopped because it changed an array that others share."""
    if isinstance(error, ValueError) and "read-only" in str(error):
        code = stage.__code__
        file = os.path.basename(code.co_filename)
        raise StagesError(
            f"{file}, line {code.co_firstlineno}: this stage changes an array that it is "
            "given. Let it change a copy."
        ) from None


def _place_of(error: BaseException, stage: FunctionType) -> str:
    """The file and the line of a stage's file at which it raised an exception."""
    file = stage.__code__.co_filename
    line = stage.__code__.co_firstlineno
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == file and frame.lineno is not None:
            line = frame.lineno
    return f"{os.path.basename(file)}, line {line}"


def _require_stage(
    stages: Stages, given: Collection[str], name: str, path: tuple[str, ...]
) -> None:
    """Raise StagesError unless there is a stage of this name that can be called."""
    if name in path:
        circle = " -> ".join((*path[path.index(name) :], name))
        raise StagesError(f"the stages need each other in a circle: {circle}. Break it.")
    if name not in stages:
        subject = f"stage {path[-1]!r} needs {name!r}" if path else f"{name!r} is wanted"
        raise StagesError(
            f"{subject}, which is no stage and no given value. "
            f"Write a stage of that name, or use one of {', '.join((*given, *stages))}."
        )
    stage = stages[name]
    if not isinstance(stage, FunctionType) or stage.__code__.co_kwonlyargcount:
        raise StagesError(
            f"stage {name!r} is no plain function. "
            "Write one, with the names of what it needs as its arguments."
        )
