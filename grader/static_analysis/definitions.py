"""Which functions the text of a program defines, and which of them are more than a stub."""

import ast
import re
from collections.abc import Collection
from typing import NamedTuple

from grader.static_analysis.nodes import Definition
from grader.static_analysis.parsing import parse_or_none

# A stub like `loss, dW = 0.0, np.zeros_like(W)` reads no parameter or one. The gradient of a loss
# needs at least the weights and the data.
MIN_PARAMETERS_READ = 2


class Definitions(NamedTuple):
    """Names of functions."""

    defined: frozenset[str]
    written: frozenset[str]  # of these, those that are more than a stub


def definitions_in(text: str, names: Collection[str]) -> Definitions:
    """Say which of these functions a text defines at its top level.

    If it is no Python, its lines that begin with `def` count, and none of them as a stub: the
    rest of the file may well be the solution.
    """
    by_line = frozenset(name for name in names if defines_by_line(text, name))
    if not by_line:
        return Definitions(by_line, by_line)  # nothing is parsed
    tree = parse_or_none(text)
    if tree is None:
        return Definitions(by_line, by_line)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    asked = [function for function in functions if function.name in by_line]
    defined = frozenset(function.name for function in asked)
    written = frozenset(function.name for function in asked if not is_stub(function))
    return Definitions(defined, written)


def defines_by_line(text: str, name: str) -> bool:
    """Whether a line of the text begins with the function's definition."""
    return re.search(rf"(?:^|\r)def\s+{re.escape(name)}\s*\(", text, re.MULTILINE) is not None


def is_stub(function: Definition) -> bool:
    """Whether a function cannot be a solution, because it hardly reads its parameters."""
    arguments = function.args
    parameters = {each.arg for each in (*arguments.posonlyargs, *arguments.args)}
    if arguments.vararg or len(parameters) < MIN_PARAMETERS_READ:
        return False
    read = {
        node.id
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return len(parameters & read) < MIN_PARAMETERS_READ
