"""Places in a submission's text that could hold a mistake: one finder for each kind of mistake that a line shows by itself."""

import ast
from collections.abc import Callable, Iterator
from typing import TypeAlias

from grader.static_analysis.expressions import (
    FIRST_VALUES,
    W,
    Y,
    argument,
    calls,
    is_penalty,
    names,
    own_names,
    parameter,
    returned,
    target,
)
from grader.static_analysis.nodes import Place, called, is_module
from grader.static_analysis.syntax_tree import FunctionText

Suspects: TypeAlias = Callable[[FunctionText], Iterator[Place]]
HIDDEN_LOOPS = {
    "map",
    "filter",
    "reduce",
    "vectorize",
    "apply_along_axis",
    "apply_over_axes",
    "frompyfunc",
    "fromfunction",
    "fromiter",
}
MAXIMA = {"max", "amax", "nanmax"}


def where(matches: Callable[[FunctionText, ast.AST], bool]) -> Suspects:
    """All places with such a node, but for what is only printed."""

    def find(text: FunctionText) -> Iterator[Place]:
        return (place for place in text.places if not place.printed and matches(text, place.node))

    return find


def reaching(suspects: Suspects, *halves: int) -> Suspects:
    """Those whose value takes part in what is returned: what is computed and left behind is not guilty. halves: LOSS and GRADIENT, as
    far as the mistake changes them. All of these must be reached, or the mistake stands elsewhere too."""

    def find(text: FunctionText) -> Iterator[Place]:
        found = [
            (place, {half for half in halves if text.flow.reaches(place.node, half)})
            for place in suspects(text)
        ]
        if all(any(half in reached for _, reached in found) for half in halves):
            yield from (place for place, reached in found if reached)

    return find


def calling(functions: set[str], fits: Callable[[FunctionText, ast.expr], bool]) -> Suspects:
    """Calls of one of these functions, with an argument that fits."""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        given = argument(node) if isinstance(node, ast.Call) and called(node) in functions else None
        return given is not None and fits(text, given)

    return where(matches)


def operation(
    kind: type[ast.operator], fits: Callable[[FunctionText, ast.expr, ast.expr], bool]
) -> Suspects:
    def matches(text: FunctionText, node: ast.AST) -> bool:
        return (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, kind)
            and fits(text, node.left, node.right)
        )

    return where(matches)


def hidden_loops(text: FunctionText) -> Iterator[Place]:
    """Calls that run a loop elsewhere. A loop of the file itself is known by the operations on its lines."""
    return (place for place in text.places if called(place.node) in HIDDEN_LOOPS)


def global_maximum(text: FunctionText) -> Iterator[Place]:
    """A maximum of scores without an axis, outside of loops, that is subtracted; none where there is one with an axis as well."""
    maxima = [
        (place, place.node)
        for place in text.places
        if isinstance(place.node, ast.Call) and called(place.node) in MAXIMA
    ]
    if any(has_axis(node) for _, node in maxima):
        return
    taken = [
        right
        for right in map(subtracted, (place.node for place in text.places))
        if right is not None
    ]
    names_taken = {each.id for each in taken if isinstance(each, ast.Name)}
    for place, node in maxima:
        is_named = isinstance(place.parent, ast.Assign) and target(place.parent)[0] in names_taken
        if (
            place.main
            and not place.loop
            and text.flow.holds(node, W)
            and (is_named or any(node is each for each in taken))
        ):
            yield place


def subtracted(node: ast.AST) -> ast.expr | None:
    """b in a - b and in a -= b."""
    if not (isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Sub)):
        return None
    return node.right if isinstance(node, ast.BinOp) else node.value


def has_axis(node: ast.Call) -> bool:
    is_method = isinstance(node.func, ast.Attribute) and not is_module(node.func.value)
    return bool(node.keywords) or len(node.args) > (0 if is_method else 1)


def overwritten(which: int) -> Suspects:
    """`=` in a loop, for a sum that was begun before it: the value does not hold what the name held. which: 0 the loss, 1 dW."""

    def find(text: FunctionText) -> Iterator[Place]:
        pair = returned(text)
        if pair is None or (which == 1 and calls(pair[1])):
            return
        assigned = [
            place
            for place in text.places
            if place.main and isinstance(place.node, (ast.Assign, ast.AnnAssign))
        ]
        begun = {
            target(place.node)[0]: place.line
            for place in reversed(assigned)
            if not place.loop and not target(place.node)[1]
        }
        for place in assigned:
            name, part = target(place.node)
            if (
                place.loop
                and name in own_names(text, which)
                and begun.get(name, place.line) < place.line
                and not (part and which == 0)
            ):
                value = getattr(place.node, "value", None)
                if value is not None and name not in names(value):
                    yield place

    return find


def divided_in_loop(which: int) -> Suspects:
    def find(text: FunctionText) -> Iterator[Place]:
        for place in text.places:
            divides = isinstance(place.node, ast.AugAssign) and isinstance(place.node.op, ast.Div)
            if divides and place.loop and target(place.node)[0] in own_names(text, which):
                yield place

    return find


def return_in_loop(text: FunctionText) -> Iterator[Place]:
    return (
        place
        for place in text.places
        if isinstance(place.node, ast.Return) and place.loop and place.main and not place.branch
    )


def unused(fits: Callable[[FunctionText, ast.expr], bool]) -> Suspects:
    """A value that fits and is never used: its name is not read again, or it has none. Of a name with several values: all of them."""

    def find(text: FunctionText) -> Iterator[Place]:
        nodes = [place.node for place in text.places]
        given = {
            id(node.value)
            for node in nodes
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        }  # dW in dW[j] = …
        read = {
            node.id
            for node in nodes
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and id(node) not in given
        }
        values = [
            (place, value, name)
            for place in text.places
            if place.main
            for value, name in left_behind(place.node, read)
        ]
        guilty = {name for _, value, name in values if fits(text, value)}
        for place, value, name in values:
            if name in guilty and (name or fits(text, value)):
                yield place

    return find


def left_behind(node: ast.AST, read: set[str]) -> Iterator[tuple[ast.expr, str]]:
    """The value that a statement computes for nothing, and its name, or empty. read: all names that are read somewhere.

    What a sum begins with is no such value."""
    if isinstance(node, ast.Expr) and isinstance(node.value, (ast.BinOp, ast.Compare)):
        yield node.value, ""
    name = target(node)[0]
    if not isinstance(node, (ast.Assign, ast.AugAssign)) or not name or name in read:
        return
    if not isinstance(node.value, ast.Constant) and called(node.value) not in FIRST_VALUES:
        yield node.value, name


def divides_by_penalty(of_loss: bool) -> Suspects:
    """dW /= N + reg * W"""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        if not (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div)):
            return False
        return (
            isinstance(node.value, ast.BinOp)
            and isinstance(node.value.op, ast.Add)
            and is_penalty(of_loss)(text, node.value)
        )

    return where(matches)


def at_labels(fits: Callable[[ast.Assign | ast.AugAssign], bool]) -> Suspects:
    """p[y, samples] = … or += …, where p does not begin as zeros: in those, any value may be right."""

    def find(text: FunctionText) -> Iterator[Place]:
        begun = {
            target(place.node)[0]
            for place in text.places
            if isinstance(place.node, ast.Assign) and calls(place.node.value) & FIRST_VALUES
        }
        for place in text.places:
            node = place.node
            if (
                not isinstance(node, (ast.Assign, ast.AugAssign))
                or target(node)[0] in begun
                or not fits(node)
            ):
                continue
            slot = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(slot, ast.Subscript) and parameter(text, Y) in names(slot.slice):
                yield place

    return find
