"""Recognizes what an expression in a submission computes, as far as its form shows."""

import ast
from collections.abc import Callable
from typing import TypeAlias

from grader.static_analysis.nodes import call_name, is_module, names
from grader.static_analysis.syntax_tree import FunctionText

# Whether a value, or the two sides of an operation, are what a pattern looks for.
Fits: TypeAlias = Callable[[FunctionText, ast.expr], bool]
FitsBoth: TypeAlias = Callable[[FunctionText, ast.expr, ast.expr], bool]
_SUMS = {"sum", "norm", "dot", "einsum", "vdot", "mean", "trace"}
_PRODUCTS = {"dot", "matmul", "outer", "einsum", "tensordot"}
# Functions whose result is the first value of an array that is filled or added to later.
FIRST_VALUES = {
    *("zeros", "zeros_like", "empty", "empty_like", "ones", "ones_like"),
    *("full", "full_like", "array"),
}


def argument(node: ast.Call) -> ast.expr | None:
    """Return the operand of a function of numpy: x in np.sum(x), sum(x) and x.sum()."""
    of_numpy = isinstance(node.func, ast.Name) or (
        isinstance(node.func, ast.Attribute) and is_module(node.func.value)
    )
    if of_numpy:
        return node.args[0] if node.args else None
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def calls(node: ast.AST) -> set[str]:
    return {call_name(each) for each in ast.walk(node)} - {""}


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


def is_product_of(*inputs: str) -> Fits:
    """Recognize a product that is made of all these inputs, as a gradient is."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        multiplies = any(
            isinstance(each, ast.BinOp) and isinstance(each.op, (ast.Mult, ast.MatMult))
            for each in ast.walk(value)
        )
        if not (multiplies or calls(value) & _PRODUCTS):
            return False
        return not calls(value) & FIRST_VALUES and text.holds(value, *inputs)

    return fits


def is_term_of(*inputs: str, is_summed: bool) -> Fits:
    """Recognize an expression with all these inputs in it, by their names: reg * W.

    is_summed: it must have a sum in it, as in reg * np.sum(W * W); otherwise it must have none.
    """

    def fits(text: FunctionText, value: ast.expr) -> bool:
        has_all = {text.parameter(each) for each in inputs} <= names(value)
        return has_all and bool(calls(value) & _SUMS) == is_summed

    return fits


def is_quotient_of(output: str) -> Fits:
    """Recognize a quotient that contains a name of the output."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        divides = any(
            isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div) for each in ast.walk(value)
        )
        return divides and bool(names(value) & text.own_names(output))

    return fits


def is_value(number: float) -> Callable[[ast.Assign | ast.AugAssign], bool]:
    """Recognize … = number."""
    return lambda node: isinstance(node, ast.Assign) and _is_number(node.value, number)


def adds(number: float) -> Callable[[ast.Assign | ast.AugAssign], bool]:
    """Recognize … += number."""

    def fits(node: ast.Assign | ast.AugAssign) -> bool:
        is_addition = isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add)
        return is_addition and _is_number(node.value, number)

    return fits


def is_made_of(input_name: str) -> Fits:
    """Recognize what is made of an input, as scores are of the weights."""
    return lambda text, value: text.holds(value, input_name)


def is_input(input_name: str) -> Fits:
    """Recognize an input itself."""
    return lambda text, value: _is_parameter(text, input_name, value)


def is_sum_with(number: float, input_name: str) -> Fits:
    """Recognize a sum of a number and what is made of an input: p + 1e-8 or 1e-8 + p."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add)):
            return False
        has_number = _is_number(value.left, number) or _is_number(value.right, number)
        return has_number and text.holds(value, input_name)

    return fits


def is_minus(input_name: str) -> Fits:
    """Recognize -p, where p is made of an input."""

    def fits(text: FunctionText, value: ast.expr) -> bool:
        is_negated = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub)
        return is_negated and text.holds(value, input_name)

    return fits


def is_power(base: float, input_name: str) -> FitsBoth:
    """Recognize the base and an exponent that is made of an input."""
    return lambda text, left, right: _is_number(left, base) and text.holds(right, input_name)


def is_input_and(number: float, input_name: str) -> FitsBoth:
    """Recognize an input itself and a number on its right."""

    def fits(text: FunctionText, left: ast.expr, right: ast.expr) -> bool:
        return _is_parameter(text, input_name, left) and _is_number(right, number)

    return fits


def is_call_on(function: str, input_name: str) -> FitsBoth:
    """Recognize, on the left, a function of numpy's of an input itself: np.sum(W)."""

    def fits(text: FunctionText, left: ast.expr, _: ast.expr) -> bool:
        if not (isinstance(left, ast.Call) and call_name(left) == function):
            return False
        return _is_parameter(text, input_name, argument(left))

    return fits


def _is_number(node: ast.AST | None, value: float) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _is_number(node.operand, -value)
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and node.value == value
    )


def _is_parameter(text: FunctionText, input_name: str, node: ast.AST | None) -> bool:
    return isinstance(node, ast.Name) and node.id == text.parameter(input_name)
