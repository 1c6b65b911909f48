"""The nodes of a function's tree, and where they stand: in a loop, in a branch, in dead code."""

import ast
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
MODULES = {"np", "numpy", "math", "scipy"}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
# Nodes without a place of their own.
_SIGNS = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
_EXITS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


class Place(NamedTuple):
    """A node and where it stands."""

    node: ast.AST
    parent: ast.AST
    function: str  # name of the innermost function around it
    in_main: bool  # in the function itself, not in one that it uses
    in_loop: bool = False  # in a loop of the innermost function
    in_branch: bool = False  # in an if that stands in a loop
    in_print: bool = False  # in an argument of print

    @property
    def line(self) -> int:
        """The number of its line, from 1. 0 for a node without a line."""
        return int(getattr(self.node, "lineno", 0))


def places_in(definition: Definition, in_main: bool) -> Iterator[Place]:
    """Yield the nodes of a function, a parent before its children.

    Dead code is left out: statements behind a return, or in an if that is never true.
    """
    nodes = _alive(definition.body)
    waiting = [Place(node, definition, definition.name, in_main) for node in nodes]
    while waiting:
        place = waiting.pop()
        yield place
        waiting += _below(place)


def _below(place: Place) -> Iterator[Place]:
    """Yield the children of a node, the last one first."""
    node, function = place.node, place.function
    in_loop, in_branch, in_print = place.in_loop, place.in_branch, place.in_print
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        in_loop, in_branch, function = False, False, node.name
    elif isinstance(node, ast.Lambda):
        in_loop, in_branch = False, False
    elif isinstance(node, (ast.If, ast.IfExp)):
        in_branch = in_branch or in_loop
    elif isinstance(node, _COMPREHENSIONS):
        in_loop = True
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
        in_print = True
    for name in reversed(node._fields):
        if _is_never_run(node, name):
            continue
        is_repeated = in_loop or (isinstance(node, _LOOPS) and name in ("body", "test"))
        value = getattr(node, name, None)
        children = _alive(value) if isinstance(value, list) else [value]
        for child in reversed(children):
            if isinstance(child, ast.AST) and not isinstance(child, _SIGNS):
                yield Place(child, node, function, place.in_main, is_repeated, in_branch, in_print)


def _is_never_run(node: ast.AST, field: str) -> bool:
    """Whether this field is the half of an if that its constant condition rules out."""
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Constant)):
        return False
    return field == ("orelse" if node.test.value else "body")


def _alive(nodes: list[ast.AST] | list[ast.stmt]) -> list[ast.AST]:
    """Return the statements up to the first return, raise, break or continue."""
    for number, node in enumerate(nodes):
        if isinstance(node, _EXITS):
            return list(nodes[: number + 1])
    return list(nodes)


def call_name(node: ast.AST) -> str:
    """Return log for np.log(x) and for log(x); empty for anything but a call."""
    return name_of(node.func) if isinstance(node, ast.Call) else ""


def names(node: ast.AST) -> set[str]:
    """Return all names in an expression."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def name_of(node: ast.AST) -> str:
    """Return log for np.log and for log; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def is_module(node: ast.expr) -> bool:
    """Whether it is a module: np, np.linalg and the like."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in MODULES
