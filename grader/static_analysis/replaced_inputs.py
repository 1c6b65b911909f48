"""Finds where a function gives one of its inputs another value, from its text.

Nothing is run: only the text is read. Call this only for files that a child has compiled.
"""

import ast
from collections.abc import Sequence

from grader.model import Function, SourceFile
from grader.static_analysis.find_function import find_function
from grader.static_analysis.locate import Location
from grader.static_analysis.nodes import Place

SIZES = ("shape", "size", "ndim", "dtype")  # of an array: none of its values


def replaced_inputs(
    files: Sequence[SourceFile], function: Function
) -> tuple[tuple[str, Location], ...]:
    """The inputs that are given a value that does not depend on them, and are used after that.

    Such as `reg = 1e-5`, or `W = np.random.randn(*W.shape)`; `X = X.T` is none. Each with its first
    such line. files: those of the submission, the main one first.
    """
    found = find_function(files, function, function.outputs)
    if found is None:
        return ()
    places = [place for place in found.text.places if place.in_main]
    lines = {
        name: _line_of_replacement(places, found.text.parameter(name)) for name in function.inputs
    }
    return tuple(
        (name, Location(line, found.file)) for name, line in lines.items() if line is not None
    )


def _line_of_replacement(places: Sequence[Place], parameter: str) -> int | None:
    """The first line that replaces the parameter's value, if no read comes before it.

    What is read before it may be all that the function needs of it: a name is often used again.
    """
    if not parameter:
        return None
    reads = [
        place
        for place in places
        if isinstance(place.node, ast.Name)
        and place.node.id == parameter
        and isinstance(place.node.ctx, ast.Load)
        and not _is_size(place)
    ]
    for place in places:
        node = place.node
        if not isinstance(node, ast.Assign) or place.in_branch:
            continue
        if not any(isinstance(each, ast.Name) and each.id == parameter for each in node.targets):
            continue
        is_read_before = any(read.line <= (node.end_lineno or node.lineno) for read in reads)
        return node.lineno if reads and not is_read_before else None
    return None


def _is_size(place: Place) -> bool:
    """Is only the shape of the value read, or the like?"""
    parent = place.parent
    if isinstance(parent, ast.Attribute):
        return parent.attr in SIZES
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and (parent.func.id == "len" and place.node in parent.args)
    )
