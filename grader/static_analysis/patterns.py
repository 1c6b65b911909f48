"""Finds places that could hold a mistake, for each kind of mistake that a single line shows."""

import ast
from collections.abc import Callable, Iterator
from typing import TypeAlias

from grader.static_analysis.expressions import (
    FIRST_VALUES,
    GRADIENT,
    LOSS,
    W,
    Y,
    argument,
    calls,
    is_penalty,
    names,
    own_names,
    parameter,
    returned_pair,
    target,
)
from grader.static_analysis.nodes import Place, call_name, is_module
from grader.static_analysis.syntax_tree import FunctionText

Finder: TypeAlias = Callable[[FunctionText], Iterator[Place]]
_HIDDEN_LOOPS = {
    *("map", "filter", "reduce", "vectorize", "apply_along_axis", "apply_over_axes"),
    *("frompyfunc", "fromfunction", "fromiter"),
}
_MAXIMA = {"max", "amax", "nanmax"}


def where(matches: Callable[[FunctionText, ast.AST], bool]) -> Finder:
    """Find all places with such a node that are not merely printed."""

    def find(text: FunctionText) -> Iterator[Place]:
        return (place for place in text.places if not place.in_print and matches(text, place.node))

    return find


def reaching(finder: Finder, *halves: int) -> Finder:
    """Keep the places whose value can reach a returned value: an unused value does no harm.

    halves: LOSS, GRADIENT or both: those that the mistake changes. If no place reaches one of
    them, the mistake must be elsewhere too, and nothing is found.
    """

    def find(text: FunctionText) -> Iterator[Place]:
        places: list[Place] = []
        missing = set(halves)
        for place in finder(text):
            reached = {half for half in halves if text.flow.reaches(place.node, half)}
            if reached:
                places.append(place)
                missing -= reached
        if not missing:
            yield from places

    return find


def calling(functions: set[str], fits: Callable[[FunctionText, ast.expr], bool]) -> Finder:
    """Find calls of one of these functions with an argument that fits."""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        if not (isinstance(node, ast.Call) and call_name(node) in functions):
            return False
        value = argument(node)
        return value is not None and fits(text, value)

    return where(matches)


def operation(
    kind: type[ast.operator], fits: Callable[[FunctionText, ast.expr, ast.expr], bool]
) -> Finder:
    """Find binary operations of this kind whose two sides fit."""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, kind)):
            return False
        return fits(text, node.left, node.right)

    return where(matches)


def hidden_loops(text: FunctionText) -> Iterator[Place]:
    """Find calls that run a loop elsewhere.

    A loop in the file itself shows in the number of operations on its lines.
    """
    return (place for place in text.places if call_name(place.node) in _HIDDEN_LOOPS)


def global_maximum(text: FunctionText) -> Iterator[Place]:
    """Find a maximum of scores without an axis, outside of loops, that is subtracted.

    Nothing is found if there is a maximum with an axis as well.
    """
    maxima = [
        (place, place.node)
        for place in text.places
        if isinstance(place.node, ast.Call) and call_name(place.node) in _MAXIMA
    ]
    if any(_has_axis(node) for _, node in maxima):
        return
    operands = [_subtracted(place.node) for place in text.places]
    subtracted_names = {operand.id for operand in operands if isinstance(operand, ast.Name)}
    for place, node in maxima:
        if not place.in_main or place.in_loop or not text.flow.holds(node, W):
            continue
        is_assigned = isinstance(place.parent, ast.Assign)
        by_name = is_assigned and target(place.parent)[0] in subtracted_names
        if by_name or any(node is operand for operand in operands):
            yield place


def overwritten(which: int) -> Finder:
    """Find `=` in a loop for a sum that has its first value before the loop, so the sum is lost.

    which: LOSS or GRADIENT.
    """

    def find(text: FunctionText) -> Iterator[Place]:
        pair = returned_pair(text)
        if pair is None or (which == GRADIENT and calls(pair[GRADIENT])):
            return
        assigned = [
            place
            for place in text.places
            if place.in_main and isinstance(place.node, (ast.Assign, ast.AnnAssign))
        ]
        first_lines = {
            target(place.node)[0]: place.line
            for place in reversed(assigned)
            if not place.in_loop and not target(place.node)[1]
        }
        for place in assigned:
            name, is_part = target(place.node)
            if not place.in_loop or name not in own_names(text, which):
                continue
            has_first_value = first_lines.get(name, place.line) < place.line
            if not has_first_value or (is_part and which == LOSS):
                continue
            value = getattr(place.node, "value", None)
            if value is not None and name not in names(value):
                yield place

    return find


def divided_in_loop(which: int) -> Finder:
    """Find `/=` in a loop, of the loss or of dW."""

    def find(text: FunctionText) -> Iterator[Place]:
        for place in text.places:
            divides = isinstance(place.node, ast.AugAssign) and isinstance(place.node.op, ast.Div)
            if divides and place.in_loop and target(place.node)[0] in own_names(text, which):
                yield place

    return find


def return_in_loop(text: FunctionText) -> Iterator[Place]:
    """Find a return in a loop that is not in an if."""
    for place in text.places:
        is_unconditional = place.in_main and place.in_loop and not place.in_branch
        if is_unconditional and isinstance(place.node, ast.Return):
            yield place


def unused(fits: Callable[[FunctionText, ast.expr], bool]) -> Finder:
    """Find values that fit and are never used: the name is not read again, or there is none.

    If the name has several values, all of them are found.
    """

    def find(text: FunctionText) -> Iterator[Place]:
        nodes = [place.node for place in text.places]
        # dW in dW[j] = … is written, although the tree says that it is read.
        written = {
            id(node.value)
            for node in nodes
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        }
        loads = [
            node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        ]
        read = {node.id for node in loads if id(node) not in written}
        values = [
            (place, value, name)
            for place in text.places
            if place.in_main
            for value, name in _unused_values(place.node, read)
        ]
        fitting = {name for _, value, name in values if fits(text, value)}
        for place, value, name in values:
            if name in fitting and (name or fits(text, value)):
                yield place

    return find


def divides_by_penalty(of_loss: bool) -> Finder:
    """Find dW /= N + reg * W, or the same of the loss."""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        if not (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div)):
            return False
        is_sum = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add)
        return is_sum and is_penalty(of_loss)(text, node.value)

    return where(matches)


def at_labels(fits: Callable[[ast.Assign | ast.AugAssign], bool]) -> Finder:
    """Find p[y, samples] = … or += … that fits, unless p begins as a new array, such as zeros.

    In a new array, any value may be right.
    """

    def find(text: FunctionText) -> Iterator[Place]:
        new_arrays = {
            target(place.node)[0]
            for place in text.places
            if isinstance(place.node, ast.Assign) and calls(place.node.value) & FIRST_VALUES
        }
        for place in text.places:
            node = place.node
            if not isinstance(node, (ast.Assign, ast.AugAssign)):
                continue
            if target(node)[0] in new_arrays or not fits(node):
                continue
            slot = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(slot, ast.Subscript) and parameter(text, Y) in names(slot.slice):
                yield place

    return find


def _subtracted(node: ast.AST) -> ast.expr | None:
    """Return b of a - b and of a -= b."""
    if not (isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Sub)):
        return None
    return node.right if isinstance(node, ast.BinOp) else node.value


def _has_axis(node: ast.Call) -> bool:
    is_method = isinstance(node.func, ast.Attribute) and not is_module(node.func.value)
    return bool(node.keywords) or len(node.args) > (0 if is_method else 1)


def _unused_values(node: ast.AST, read: set[str]) -> Iterator[tuple[ast.expr, str]]:
    """Yield a value that the statement computes for nothing, and its name, or "" for none.

    read: all names that are read somewhere. The first value of a sum does not count.
    """
    if isinstance(node, ast.Expr) and isinstance(node.value, (ast.BinOp, ast.Compare)):
        yield node.value, ""
    name = target(node)[0]
    if not isinstance(node, (ast.Assign, ast.AugAssign)) or not name or name in read:
        return
    if not isinstance(node.value, ast.Constant) and call_name(node.value) not in FIRST_VALUES:
        yield node.value, name
