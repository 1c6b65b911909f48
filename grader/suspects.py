"""Places in a submission's text that could hold a mistake: one finder for each kind of mistake that a line shows by itself."""

import ast
from collections.abc import Callable, Iterator
from typing import TypeAlias

from grader.program_text import LOOPS, FunctionText, Place

Suspects: TypeAlias = Callable[[FunctionText], Iterator[Place]]
HIDDEN_LOOPS = {"map", "filter", "reduce", "vectorize", "apply_along_axis", "apply_over_axes", "frompyfunc", "fromfunction", "fromiter"}
MAXIMA = {"max", "amax", "nanmax"}
SUMS = {"sum", "norm", "dot", "einsum", "vdot", "mean", "trace"}
PRODUCTS = {"dot", "matmul", "outer", "einsum", "tensordot"}
FIRST_VALUES = {"zeros", "zeros_like", "empty", "empty_like", "array"}
OUT_OF_SIGHT = {"eval", "exec", "locals", "globals", "vars"}  # with these, names may be used where no name stands
EPSILON = 1e-2  # what is added to a probability lest it be 0


# --- what a text looks like -------------------------------------------------------------------------------------------------------


def called(node: ast.AST) -> str:
    """np.log(x) and log(x): log; anything but a call: empty."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def argument(node: ast.Call) -> ast.expr | None:
    """What a function of numpy is applied to: x in np.sum(x), sum(x) and x.sum()."""
    of_numpy = isinstance(node.func, ast.Name) or (isinstance(node.func, ast.Attribute) and is_module(node.func.value))
    if of_numpy:
        return node.args[0] if node.args else None
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def is_module(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return is_module(node.value)  # np.linalg
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "math", "scipy")


def names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def calls(node: ast.AST) -> set[str]:
    return {called(each) for each in ast.walk(node)} - {""}


def is_number(node: ast.AST | None, value: float) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and node.value == value


def is_parameter(text: FunctionText, number: int, node: ast.AST | None) -> bool:
    """number: 0 for W, 1 for X, 2 for y, 3 for reg."""
    return isinstance(node, ast.Name) and node.id == parameter(text, number)


def parameter(text: FunctionText, number: int) -> str:
    return text.parameters[number] if number < len(text.parameters) else ""


def target(node: ast.AST) -> tuple[str, bool]:
    """The one name that a statement gives a value to, and whether only to a part of it: (dW, True) for dW[j] = 1. Else empty."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, (ast.AugAssign, ast.AnnAssign)) else []
    first = targets[0] if len(targets) == 1 else None
    if isinstance(first, ast.Subscript) and isinstance(first.value, ast.Name):
        return first.value.id, True
    return (first.id, False) if isinstance(first, ast.Name) else ("", False)


def returned(text: FunctionText) -> tuple[ast.expr, ast.expr] | None:
    """What the function returns as loss and as dW, where there is one return of two values."""
    pairs = [place.node.value for place in text.places if place.main and isinstance(place.node, ast.Return)]
    pair = pairs[0] if len(pairs) == 1 else None
    return (pair.elts[0], pair.elts[1]) if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else None


def own_names(text: FunctionText, which: int) -> set[str]:
    """Names that stand in what is returned as loss (0) or dW (1), and not in the other; arguments are none."""
    pair = returned(text)
    return names(pair[which]) - names(pair[1 - which]) - set(text.parameters) if pair else set()


# --- suspects ---------------------------------------------------------------------------------------------------------------------


def where(matches: Callable[[FunctionText, ast.AST], bool]) -> Suspects:
    """All places with such a node, but for what is only printed."""

    def find(text: FunctionText) -> Iterator[Place]:
        return (place for place in text.places if not place.printed and matches(text, place.node))

    return find


def calling(*functions: str) -> Suspects:
    return where(lambda _, node: called(node) in functions)


def calling_with(functions: set[str], fits: Callable[[FunctionText, ast.expr], bool]) -> Suspects:
    """Calls of one of these functions, with an argument that fits."""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        given = argument(node) if isinstance(node, ast.Call) and called(node) in functions else None
        return given is not None and fits(text, given)

    return where(matches)


def operation(kind: type[ast.operator], fits: Callable[[FunctionText, ast.expr, ast.expr], bool]) -> Suspects:
    def matches(text: FunctionText, node: ast.AST) -> bool:
        return isinstance(node, ast.BinOp) and isinstance(node.op, kind) and fits(text, node.left, node.right)

    return where(matches)


def loops(text: FunctionText) -> Iterator[Place]:
    """All loops, in whatever form."""
    return (place for place in text.places if isinstance(place.node, LOOPS) or called(place.node) in HIDDEN_LOOPS)


def global_maximum(text: FunctionText) -> Iterator[Place]:
    """A maximum without an axis, outside of loops, that is subtracted; none where there is one with an axis as well."""
    maxima = [(place, place.node) for place in text.places if isinstance(place.node, ast.Call) and called(place.node) in MAXIMA]
    if any(has_axis(node) for _, node in maxima):
        return
    taken = [right for right in map(subtracted, (place.node for place in text.places)) if right is not None]
    names_taken = {each.id for each in taken if isinstance(each, ast.Name)}
    for place, node in maxima:
        is_named = isinstance(place.parent, ast.Assign) and target(place.parent)[0] in names_taken
        if place.main and not place.loop and (is_named or any(node is each for each in taken)):
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
        assigned = [place for place in text.places if place.main and isinstance(place.node, (ast.Assign, ast.AnnAssign))]
        begun = {target(place.node)[0]: place.line for place in reversed(assigned) if not place.loop and not target(place.node)[1]}
        for place in assigned:
            name, part = target(place.node)
            if place.loop and name in own_names(text, which) and begun.get(name, place.line) < place.line and not (part and which == 0):
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
    return (place for place in text.places if isinstance(place.node, ast.Return) and place.loop and place.main and not place.branch)


def unused(fits: Callable[[FunctionText, ast.expr], bool]) -> Suspects:
    """A value that fits and is never used: its name is not read again, or it has none. Of a name with several values: all of them."""

    def find(text: FunctionText) -> Iterator[Place]:
        if any(called(place.node) in OUT_OF_SIGHT for place in text.places):
            return
        nodes = [place.node for place in text.places]
        given = {id(node.value) for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)}  # dW in dW[j] = …
        read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in given}
        values = [(place, value, name) for place in text.places if place.main for value, name in left_behind(place.node, read)]
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


def is_product(text: FunctionText, value: ast.expr) -> bool:
    """As the value of a gradient is."""
    multiplies = any(isinstance(each, ast.BinOp) and isinstance(each.op, (ast.Mult, ast.MatMult)) for each in ast.walk(value))
    return bool(calls(value) & PRODUCTS or multiplies) and not calls(value) & FIRST_VALUES


def is_penalty(of_loss: bool) -> Callable[[FunctionText, ast.expr], bool]:
    """reg * sum(W * W), or reg * W."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        return {parameter(text, 0), parameter(text, 3)} <= names(value) and bool(calls(value) & SUMS) == of_loss

    return fits


def is_division_of(which: int) -> Callable[[FunctionText, ast.expr], bool]:
    def fits(text: FunctionText, value: ast.expr) -> bool:
        divides = any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div) for each in ast.walk(value))
        return divides and bool(names(value) & own_names(text, which))

    return fits


def divides_by_penalty(of_loss: bool) -> Suspects:
    """dW /= N + reg * W"""

    def matches(text: FunctionText, node: ast.AST) -> bool:
        if not (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div)):
            return False
        return isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add) and is_penalty(of_loss)(text, node.value)

    return where(matches)


def at_labels(fits: Callable[[ast.Assign | ast.AugAssign], bool]) -> Suspects:
    """p[y, samples] = … or += …, where p does not begin as zeros: in those, any value may be right."""

    def find(text: FunctionText) -> Iterator[Place]:
        begun = {
            target(place.node)[0] for place in text.places if isinstance(place.node, ast.Assign) and calls(place.node.value) & FIRST_VALUES
        }
        for place in text.places:
            node = place.node
            if not isinstance(node, (ast.Assign, ast.AugAssign)) or target(node)[0] in begun or not fits(node):
                continue
            slot = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(slot, ast.Subscript) and parameter(text, 2) in names(slot.slice):
                yield place

    return find


def is_minus_1(node: ast.Assign | ast.AugAssign) -> bool:
    value = node.value
    return (
        isinstance(node, ast.Assign) and isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) and is_number(value.operand, 1)
    )


def adds_1(node: ast.Assign | ast.AugAssign) -> bool:
    return isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and is_number(node.value, 1)


def is_tiny_sum(text: FunctionText, value: ast.expr) -> bool:
    """p + 1e-8, either way round."""
    sides = (value.left, value.right) if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) else ()
    return any(isinstance(side, ast.Constant) and isinstance(side.value, float) and 0 < side.value <= EPSILON for side in sides)


def is_negated(_: FunctionText, value: ast.expr) -> bool:
    return isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub)


def is_sum_of_W(text: FunctionText, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called(node) == "sum" and is_parameter(text, 0, argument(node))
