"""What an expression of a submission's text says, as far as its look tells."""

import ast
from collections.abc import Callable

from grader.static_analysis.nodes import called, is_module
from grader.static_analysis.syntax_tree import FunctionText

SUMS = {"sum", "norm", "dot", "einsum", "vdot", "mean", "trace"}
PRODUCTS = {"dot", "matmul", "outer", "einsum", "tensordot"}
FIRST_VALUES = {
    "zeros",
    "zeros_like",
    "empty",
    "empty_like",
    "ones",
    "ones_like",
    "full",
    "full_like",
    "array",
}
LOSS, GRADIENT = 0, 1  # of what is returned
W, X, Y, REG = range(4)  # of the arguments


def argument(node: ast.Call) -> ast.expr | None:
    """What a function of numpy is applied to: x in np.sum(x), sum(x) and x.sum()."""
    of_numpy = isinstance(node.func, ast.Name) or (
        isinstance(node.func, ast.Attribute) and is_module(node.func.value)
    )
    if of_numpy:
        return node.args[0] if node.args else None
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def calls(node: ast.AST) -> set[str]:
    return {called(each) for each in ast.walk(node)} - {""}


def is_number(node: ast.AST | None, value: float) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and node.value == value
    )


def is_parameter(text: FunctionText, number: int, node: ast.AST | None) -> bool:
    """number: 0 for W, 1 for X, 2 for y, 3 for reg."""
    return isinstance(node, ast.Name) and node.id == parameter(text, number)


def parameter(text: FunctionText, number: int) -> str:
    return text.parameters[number] if number < len(text.parameters) else ""


def target(node: ast.AST) -> tuple[str, bool]:
    """The one name that a statement gives a value to, and whether only to a part of it: (dW, True) for dW[j] = 1. Else empty."""
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, (ast.AugAssign, ast.AnnAssign))
        else []
    )
    first = targets[0] if len(targets) == 1 else None
    if isinstance(first, ast.Subscript) and isinstance(first.value, ast.Name):
        return first.value.id, True
    return (first.id, False) if isinstance(first, ast.Name) else ("", False)


def returned(text: FunctionText) -> tuple[ast.expr, ast.expr] | None:
    """What the function returns as loss and as dW, where there is one return of two values."""
    pairs = [
        place.node.value
        for place in text.places
        if place.main and isinstance(place.node, ast.Return)
    ]
    pair = pairs[0] if len(pairs) == 1 else None
    return (
        (pair.elts[0], pair.elts[1])
        if isinstance(pair, ast.Tuple) and len(pair.elts) == 2
        else None
    )


def own_names(text: FunctionText, which: int) -> set[str]:
    """Names that stand in what is returned as loss (0) or dW (1), and not in the other; arguments are none."""
    pair = returned(text)
    return names(pair[which]) - names(pair[1 - which]) - set(text.parameters) if pair else set()


def is_product(text: FunctionText, value: ast.expr) -> bool:
    """As the value of a gradient is: made of W, X and y."""
    multiplies = any(
        isinstance(each, ast.BinOp) and isinstance(each.op, (ast.Mult, ast.MatMult))
        for each in ast.walk(value)
    )
    return (
        bool(calls(value) & PRODUCTS or multiplies)
        and not calls(value) & FIRST_VALUES
        and text.flow.holds(value, W, X, Y)
    )


def is_penalty(of_loss: bool) -> Callable[[FunctionText, ast.expr], bool]:
    """reg * sum(W * W), or reg * W."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        return {parameter(text, W), parameter(text, REG)} <= names(value) and bool(
            calls(value) & SUMS
        ) == of_loss

    return fits


def is_division_of(which: int) -> Callable[[FunctionText, ast.expr], bool]:
    def fits(text: FunctionText, value: ast.expr) -> bool:
        divides = any(
            isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div) for each in ast.walk(value)
        )
        return divides and bool(names(value) & own_names(text, which))

    return fits


def is_minus_1(node: ast.Assign | ast.AugAssign) -> bool:
    value = node.value
    return (
        isinstance(node, ast.Assign)
        and isinstance(value, ast.UnaryOp)
        and isinstance(value.op, ast.USub)
        and is_number(value.operand, 1)
    )


def adds_1(node: ast.Assign | ast.AugAssign) -> bool:
    return (
        isinstance(node, ast.AugAssign)
        and isinstance(node.op, ast.Add)
        and is_number(node.value, 1)
    )


def is_sum_with(size: float) -> Callable[[FunctionText, ast.expr], bool]:
    """p + 1e-8, either way round."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        sides = (
            [value.left, value.right]
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add)
            else []
        )
        return any(is_number(side, size) for side in sides) and is_of_scores(text, value)

    return fits


def is_of_scores(text: FunctionText, value: ast.expr) -> bool:
    return text.flow.holds(value, W)


def is_negated(text: FunctionText, value: ast.expr) -> bool:
    return (
        isinstance(value, ast.UnaryOp)
        and isinstance(value.op, ast.USub)
        and is_of_scores(text, value)
    )


def is_power_of(base: float) -> Callable[[FunctionText, ast.expr, ast.expr], bool]:
    def fits(text: FunctionText, left: ast.expr, right: ast.expr) -> bool:
        return is_number(left, base) and is_of_scores(text, right)

    return fits


def is_label_and_1(text: FunctionText, left: ast.expr, right: ast.expr) -> bool:
    return is_parameter(text, Y, left) and is_number(right, 1)


def is_W(text: FunctionText, node: ast.AST | None) -> bool:
    return is_parameter(text, W, node)


def is_sum_of_W(text: FunctionText, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called(node) == "sum" and is_W(text, argument(node))
