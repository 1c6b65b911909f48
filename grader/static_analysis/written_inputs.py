"""Finds which of its inputs a function writes into on a line, from its text.

The line is one where numpy refused to write, since the inputs could not be changed. So the array
there is an input or a view of one, and its name may be another: `V = W.T` and `V += 1`.

Nothing is run: only the text is read. Call this only for files that a child has compiled.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from grader.model import Function, SourceFile
from grader.static_analysis.find_function import find_function
from grader.static_analysis.nodes import MODULES, Place
from grader.static_analysis.syntax_tree import FunctionText

# What gives the same numbers in another form: attributes, and functions or methods.
_VIEWS = ("T", "flat", "real")
_VIEWING = ("asarray", "atleast_2d", "ravel", "reshape", "squeeze", "swapaxes", "transpose", "view")
# Functions of numpy that write into their first argument, and methods that write into the array.
_WRITING = ("at", "copyto", "fill_diagonal", "place", "put", "putmask", "shuffle")
_WRITING_METHODS = ("fill", "itemset", "partition", "put", "sort")


def input_written(files: Sequence[SourceFile], function: Function, line: int) -> str | None:
    """The input whose entries are changed on this line, as in `W[j] += x`; None in any doubt."""
    found = find_function(files, function, function.outputs)
    if found is None:
        return None
    in_main = (place for place in found.text.places if place.in_main)
    places = sorted(in_main, key=lambda place: place.line)
    inputs = _inputs_by_name(found.text, function, places)
    on_line = [place.node for place in places if place.line == line]
    names = {_input_behind(each, inputs) for node in on_line for each in _written(node)}
    return names.pop() if len(names) == 1 else None


def _inputs_by_name(
    text: FunctionText, function: Function, places: Sequence[Place]
) -> dict[str, str]:
    """Name -> the input that it stands for, wherever it is assigned: W of `V = W.T`, for V."""
    inputs = {text.parameter(name): name for name in function.inputs if text.parameter(name)}
    bound = [each for place in places for each in _bindings(place.node)]
    for name, value in bound:
        found = _input_behind(value, inputs)
        if found is not None:
            inputs.setdefault(name, found)
    # A name that also stands for something else may be that on the line.
    for name, value in bound:
        if name in inputs and _input_behind(value, inputs) != inputs[name]:
            del inputs[name]
    return inputs


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a statement binds, and what to. A row of an array is a view as well."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
    elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
        yield node.target.id, node.iter


def _input_behind(node: ast.expr, inputs: Mapping[str, str]) -> str | None:
    """The input that an expression is, or is a view of."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Subscript) or (
            isinstance(node, ast.Attribute) and node.attr in _VIEWS
        ):
            node = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _VIEWING
        ):
            is_numpy = _is_module(node.func.value)
            if is_numpy and not node.args:
                return None
            node = node.args[0] if is_numpy else node.func.value
        else:
            return None
    return inputs.get(node.id)


def _written(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions whose entries a statement or a call changes: W of `W[:, j] += x`."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (part for part in parts if isinstance(part, ast.Subscript))
    elif isinstance(node, ast.AugAssign):
        yield node.target
    elif isinstance(node, ast.Call):
        yield from (each.value for each in node.keywords if each.arg == "out")
        if not isinstance(node.func, ast.Attribute):
            return
        if node.func.attr in _WRITING and node.args and _is_module(node.func.value):
            yield node.args[0]
        elif node.func.attr in _WRITING_METHODS and not _is_module(node.func.value):
            yield node.func.value


def _is_module(node: ast.expr) -> bool:
    """Is it numpy, or something in it, as np.random or np.add?"""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in MODULES
