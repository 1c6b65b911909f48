"""Recognizes what an expression in a submission computes, as far as its form shows."""

import ast
from collections.abc import Callable

from grader.static_analysis.nodes import call_name, is_module
from grader.static_analysis.syntax_tree import FunctionText

_SUMS = {"sum", "norm", "dot", "einsum", "vdot", "mean", "trace"}
_PRODUCTS = {"dot", "matmul", "outer", "einsum", "tensordot"}
# Functions whose result is the first value of an array that is filled or added to later.
FIRST_VALUES = {
    *("zeros", "zeros_like", "empty", "empty_like", "ones", "ones_like"),
    *("full", "full_like", "array"),
}
LOSS, GRADIENT = 0, 1  # positions of the returned values
W, X, Y, REG = range(4)  # positions of the arguments


def argument(node: ast.Call) -> ast.expr | None:
    """Return the operand of a function of numpy: x in np.sum(x), sum(x) and x.sum()."""
    of_numpy = isinstance(node.func, ast.Name) or (
        isinstance(node.func, ast.Attribute) and is_module(node.func.value)
    )
    if of_numpy:
        return node.args[0] if node.args else None
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def calls(node: ast.AST) -> set[str]:
    return {call_name(each) for each in ast.walk(node)} - {""}


def parameter(text: FunctionText, number: int) -> str:
    return text.parameters[number] if number < len(text.parameters) else ""


def target(node: ast.AST) -> tuple[str, bool]:
    """Return the one name that a statement assigns to, and whether only to a part of it.

    dW = 1 is ("dW", False), dW[j] = 1 is ("dW", True), anything else is ("", False).
    """
    first = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        first = node.targets[0]
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        first = node.target
    if isinstance(first, ast.Subscript) and isinstance(first.value, ast.Name):
        return first.value.id, True
    return (first.id, False) if isinstance(first, ast.Name) else ("", False)


def returned_pair(text: FunctionText) -> tuple[ast.expr, ast.expr] | None:
    """Return the expressions of loss and dW if the function has a single return, of two values."""
    returns = [
        place.node for place in text.places if place.in_main and isinstance(place.node, ast.Return)
    ]
    pair = returns[0].value if len(returns) == 1 else None
    if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
        return pair.elts[0], pair.elts[1]
    return None


def own_names(text: FunctionText, which: int) -> set[str]:
    """Return the names in the returned loss (0) or dW (1) that are not in the other one.

    The names of arguments are left out.
    """
    pair = returned_pair(text)
    return names(pair[which]) - names(pair[1 - which]) - set(text.parameters) if pair else set()


def is_product(text: FunctionText, value: ast.expr) -> bool:
    """Whether it is a product of W, X and y, as a gradient is."""
    multiplies = any(
        isinstance(each, ast.BinOp) and isinstance(each.op, (ast.Mult, ast.MatMult))
        for each in ast.walk(value)
    )
    if not (multiplies or calls(value) & _PRODUCTS):
        return False
    return not calls(value) & FIRST_VALUES and text.flow.holds(value, W, X, Y)


def is_penalty(of_loss: bool) -> Callable[[FunctionText, ast.expr], bool]:
    """Recognize reg * sum(W * W) for the loss, or reg * W for dW."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        has_both = {parameter(text, W), parameter(text, REG)} <= names(value)
        return has_both and bool(calls(value) & _SUMS) == of_loss

    return fits


def is_division_of(which: int) -> Callable[[FunctionText, ast.expr], bool]:
    """Recognize a quotient that contains a name of the loss (0) or of dW (1)."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        divides = any(
            isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div) for each in ast.walk(value)
        )
        return divides and bool(names(value) & own_names(text, which))

    return fits


def is_minus_1(node: ast.Assign | ast.AugAssign) -> bool:
    """Recognize … = -1."""
    value = node.value
    if not (isinstance(node, ast.Assign) and isinstance(value, ast.UnaryOp)):
        return False
    return isinstance(value.op, ast.USub) and _is_number(value.operand, 1)


def adds_1(node: ast.Assign | ast.AugAssign) -> bool:
    """Recognize … += 1."""
    is_addition = isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add)
    return is_addition and _is_number(node.value, 1)


def is_sum_with(size: float) -> Callable[[FunctionText, ast.expr], bool]:
    """Recognize a sum of probabilities and a number: p + 1e-8 or 1e-8 + p."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add)):
            return False
        has_number = _is_number(value.left, size) or _is_number(value.right, size)
        return has_number and is_of_scores(text, value)

    return fits


def is_of_scores(text: FunctionText, value: ast.expr) -> bool:
    """Whether it is made of W, as scores are."""
    return text.flow.holds(value, W)


def is_negated(text: FunctionText, value: ast.expr) -> bool:
    is_minus = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub)
    return is_minus and is_of_scores(text, value)


def is_power_of(base: float) -> Callable[[FunctionText, ast.expr, ast.expr], bool]:
    def fits(text: FunctionText, left: ast.expr, right: ast.expr) -> bool:
        return _is_number(left, base) and is_of_scores(text, right)

    return fits


def is_label_and_1(text: FunctionText, left: ast.expr, right: ast.expr) -> bool:
    return _is_parameter(text, Y, left) and _is_number(right, 1)


def is_W(text: FunctionText, node: ast.AST | None) -> bool:
    return _is_parameter(text, W, node)


def is_sum_of_W(text: FunctionText, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and call_name(node) == "sum" and is_W(text, argument(node))


def _is_number(node: ast.AST | None, value: float) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and node.value == value
    )


def _is_parameter(text: FunctionText, number: int, node: ast.AST | None) -> bool:
    """Whether it is the argument of this number: 0 for W, 1 for X, 2 for y, 3 for reg."""
    return isinstance(node, ast.Name) and node.id == parameter(text, number)
