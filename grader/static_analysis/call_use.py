"""Reads from the lines that call a student's function what its arguments and results mean.

loss, dW = a_loss(W, X, y, reg): the first value that it returns is the loss, and its first
argument is W. The lines are the assignment's own.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from grader.model import Function


class CallUse(NamedTuple):
    """How the lines use one of the functions that a student writes."""

    function: str  # its name
    # Input -> the number of its argument, or the name of a keyword argument. An input that is
    # changed on its way, as in f(A @ A.T), is left out.
    arguments: Mapping[str, int | str]
    outputs: Mapping[str, int]  # output -> the number of the returned value that it is made of
    values: int  # how many it returns; 1 for a single one, whatever that holds


@lru_cache(maxsize=64)
def call_uses(function: Function) -> tuple[CallUse, ...]:
    """Return the calls of functions of the student's, in their order.

    Functions that are called more than once, or within an expression, are left out.
    """
    statements = ast.parse(function.call).body
    calls = list(_calls_in(statements, function.names))
    times = Counter(name for name, _, _ in calls)
    return tuple(
        _call_use(name, call, target, statements, function)
        for name, call, target in calls
        if times[name] == 1 and target is not None
    )


def use_that_returns(function: Function, outputs: Collection[str]) -> CallUse | None:
    """Return the call whose values all these outputs are; without outputs, that of `name`."""
    for use in call_uses(function):
        if all(output in use.outputs for output in outputs) and (
            outputs or use.function == function.name
        ):
            return use
    return None


def _calls_in(
    statements: Iterable[ast.stmt], names: Collection[str]
) -> Iterator[tuple[str, ast.Call, ast.expr | None]]:
    """Yield the name, the call, and what its values are assigned to; None within an expression."""
    for statement in statements:
        target = None
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        for node in ast.walk(statement):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in names:
                is_whole = isinstance(statement, ast.Assign) and statement.value is node
                yield node.func.id, node, target if is_whole else None


def _call_use(
    name: str, call: ast.Call, target: ast.expr, statements: list[ast.stmt], function: Function
) -> CallUse:
    arguments: dict[str, int | str] = {}
    for number, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            break
        _record(arguments, value, number, function)
    for keyword in call.keywords:
        if keyword.arg:
            _record(arguments, keyword.value, keyword.arg, function)
    targets = target.elts if isinstance(target, ast.Tuple) else [target]
    numbers = {each.id: place for place, each in enumerate(targets) if isinstance(each, ast.Name)}
    for taker, value in _assignments(statements):
        # dW1 = grads["W1"]: an output that is a part of a returned value.
        origins = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)} & {*numbers}
        if taker not in numbers and len(origins) == 1:
            numbers[taker] = numbers[origins.pop()]
    outputs = {output: numbers[output] for output in function.outputs if output in numbers}
    return CallUse(name, arguments, outputs, len(targets))


def _record(
    arguments: dict[str, int | str], value: ast.expr, place: int | str, function: Function
) -> None:
    if isinstance(value, ast.Name) and value.id in function.inputs:
        arguments.setdefault(value.id, place)


def _assignments(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that are assigned to, and their values: two of a, b = c, d."""
    for statement in statements:
        if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1):
            continue
        target, value = statement.targets[0], statement.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=False))
        for each, part in pairs:
            if isinstance(each, ast.Name):
                yield each.id, part
