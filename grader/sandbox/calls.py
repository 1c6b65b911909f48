"""The lines of a call as the child runs them.

Where they assign what a submission's function returns to several names, the child looks at it
first: so it can say what is wrong with it, where Python would only say that it cannot unpack it.
"""

import ast
from functools import lru_cache

from grader.model import Function
from grader.sandbox.inside import wire


@lru_cache(maxsize=256)
def lines_to_run(function: Function) -> bytes:
    """Return the lines of the function's call, which keep their numbers."""
    tree = ast.parse(function.call)
    own = {*function.names, *_assigned_names(tree)}
    insertions: list[tuple[int, int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_own_call(node.value, own):
            count = _number_of_names(node.targets)
            value = node.value
            if count and value.end_lineno is not None and value.end_col_offset is not None:
                insertions.append((value.lineno, value.col_offset, f"{wire.UNPACK}("))
                insertions.append((value.end_lineno, value.end_col_offset, f", {count})"))
    lines = function.call.encode().split(b"\n")
    for line, column, text in sorted(insertions, reverse=True):
        written = lines[line - 1]
        lines[line - 1] = written[:column] + text.encode() + written[column:]
    return b"\n".join(lines)


@lru_cache(maxsize=256)
def names_to_find(functions: tuple[Function, ...]) -> tuple[str, ...]:
    """Return the names that the calls ask of a submission, as wire.LOAD describes them.

    One that is called has "()" behind it: what cannot be called does not count there.
    """
    names: dict[str, bool] = {}
    for function in functions:
        called = {
            node.func.id
            for node in ast.walk(ast.parse(function.call))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        for name in function.names:
            names[name] = names.get(name, False) or name in called
    return tuple(f"{name}()" if is_called else name for name, is_called in names.items())


def _assigned_names(tree: ast.AST) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _is_own_call(value: ast.expr, own: set[str]) -> bool:
    """Whether the value is a call of the submission's: `f(x)`, `net.loss(x)`, not `np.f(x)`."""
    if not isinstance(value, ast.Call):
        return False
    function = value.func
    while isinstance(function, (ast.Attribute, ast.Subscript, ast.Call)):
        function = function.func if isinstance(function, ast.Call) else function.value
    return isinstance(function, ast.Name) and function.id in own


def _number_of_names(targets: list[ast.expr]) -> int:
    """Return how many names a value is assigned to, and 0 if it is not `a, b = value`."""
    if len(targets) != 1 or not isinstance(targets[0], (ast.Tuple, ast.List)):
        return 0
    elements = targets[0].elts
    return 0 if any(isinstance(each, ast.Starred) for each in elements) else len(elements)
