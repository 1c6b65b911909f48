"""Finds places that could hold a mistake, for each kind of mistake that a single line shows."""

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from grader.static_analysis.expressions import (
    FIRST_VALUES,
    Fits,
    FitsBoth,
    argument,
    calls,
    is_term_of,
    target,
)
from grader.static_analysis.nodes import Place, call_name, is_module, names
from grader.static_analysis.syntax_tree import FunctionText

Finder: TypeAlias = Callable[[FunctionText], Iterator[Place]]
_HIDDEN_LOOPS = {
    *("map", "filter", "reduce", "vectorize", "apply_along_axis", "apply_over_axes"),
    *("frompyfunc", "fromfunction", "fromiter"),
}
_MAXIMA = {"max", "amax", "nanmax"}


def reaching(finder: Finder, outputs: Sequence[str]) -> Finder:
    """Keep the places whose value can reach an output: an unused value does no harm.

    outputs: those that the mistake changes. If no place reaches one of them, the mistake must be
    elsewhere too, and nothing is found.
    """

    def find(text: FunctionText) -> Iterator[Place]:
        places: list[Place] = []
        missing = set(outputs)
        for place in finder(text):
            reached = {output for output in outputs if text.reaches(place.node, output)}
            if reached:
                places.append(place)
                missing -= reached
        if not missing:
            yield from places

    return find


def calling(function: str, fits: Fits) -> Finder:
    """Find calls of a function with an argument that fits."""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        if not (isinstance(node, ast.Call) and call_name(node) == function):
            return False
        value = argument(node)
        return value is not None and fits(text, value)

    return _where(matches)


def operation(kind: type[ast.operator], fits: FitsBoth) -> Finder:
    """Find binary operations of this kind whose two sides fit."""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, kind)):
            return False
        return fits(text, node.left, node.right)

    return _where(matches)


def hidden_loops(text: FunctionText) -> Iterator[Place]:
    """Find calls that run a loop elsewhere.

    A loop in the file itself shows in the number of operations on its lines.
    """
    return (place for place in text.places if call_name(place.node) in _HIDDEN_LOOPS)


def maximum_without_axis(input_name: str) -> Finder:
    """Find a maximum without an axis, outside of loops, that is subtracted.

    It is of what is made of the input. Nothing is found if there is a maximum with an axis as well.
    """

    def find(text: FunctionText) -> Iterator[Place]:
        maxima = [
            (place, place.node)
            for place in text.places
            if isinstance(place.node, ast.Call) and call_name(place.node) in _MAXIMA
        ]
        if any(_has_axis(node) for _, node in maxima):
            return
        operands = [_subtracted(place.node) for place in text.places]
        subtracted = {id(operand) for operand in operands}
        subtracted_names = {operand.id for operand in operands if isinstance(operand, ast.Name)}
        for place, node in maxima:
            if not place.in_main or place.in_loop or not text.holds(node, input_name):
                continue
            is_assigned = isinstance(place.parent, ast.Assign)
            by_name = is_assigned and target(place.parent)[0] in subtracted_names
            if by_name or id(node) in subtracted:
                yield place

    return find


def assigned_in_loop(output: str, or_part: bool) -> Finder:
    """Find `=` in a loop for a sum that has its first value before the loop, so the sum is lost.

    or_part: also for a part of the array, as in dW[j] = …, which is right if the parts are returned
    through a function, such as a mean.
    """

    def find(text: FunctionText) -> Iterator[Place]:
        values = text.returned_values
        if not values or (or_part and calls(values[text.use.outputs[output]])):
            return
        own = text.own_names(output)
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
            if not place.in_loop or name not in own:
                continue
            has_first_value = first_lines.get(name, place.line) < place.line
            if not has_first_value or (is_part and not or_part):
                continue
            value = getattr(place.node, "value", None)
            if value is not None and name not in names(value):
                yield place

    return find


def divided_in_loop(output: str) -> Finder:
    """Find `/=` in a loop, of an output."""

    def find(text: FunctionText) -> Iterator[Place]:
        own = text.own_names(output)
        for place in text.places:
            divides = isinstance(place.node, ast.AugAssign) and isinstance(place.node.op, ast.Div)
            if divides and place.in_loop and target(place.node)[0] in own:
                yield place

    return find


def return_in_loop(text: FunctionText) -> Iterator[Place]:
    """Find a return in a loop that is not in an if."""
    for place in text.places:
        is_unconditional = place.in_main and place.in_loop and not place.in_branch
        if is_unconditional and isinstance(place.node, ast.Return):
            yield place


def unused(fits: Fits) -> Finder:
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


def divided_with_term(inputs: Sequence[str], is_summed: bool) -> Finder:
    """Find dW /= N + reg * W, or with a sum in the term: loss /= N + reg * np.sum(W * W)."""
    fits = is_term_of(*inputs, is_summed=is_summed)

    def matches(text: FunctionText, node: ast.AST) -> bool:
        if not (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div)):
            return False
        is_sum = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add)
        return is_sum and fits(text, node.value)

    return _where(matches)


def written_at(input_name: str, fits: Callable[[ast.Assign | ast.AugAssign], bool]) -> Finder:
    """Find p[y, n] = … or += … that fits, with an input in its index.

    Nothing is found if p begins as a new array, such as zeros: in it, any value may be right.
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
            if isinstance(slot, ast.Subscript) and text.parameter(input_name) in names(slot.slice):
                yield place

    return find


def _where(matches: Callable[[FunctionText, ast.AST], bool]) -> Finder:
    """Find all places with such a node that are not merely printed."""

    def find(text: FunctionText) -> Iterator[Place]:
        return (place for place in text.places if not place.in_print and matches(text, place.node))

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
