"""Which functions and classes a text defines, and which of them are more than a stub."""

import ast
import re
from collections.abc import Collection
from typing import NamedTuple

from grader.static_analysis.nodes import Definition
from grader.static_analysis.parsing import parse_or_none

# A stub like `loss, dW = 0.0, np.zeros_like(W)` reads no parameter or one.
MIN_PARAMETERS_READ = 2


class Definitions(NamedTuple):
    """Names of functions and classes."""

    defined: frozenset[str]
    written: frozenset[str]  # of these, those that are more than a stub


def definitions_in(text: str, names: Collection[str]) -> Definitions:
    """Say which of these functions and classes a text defines at its top level.

    If it is no Python, its lines that begin with `def` or `class` count, and none of them as a
    stub: the rest of the file may well be the solution.
    """
    by_line = frozenset(name for name in names if defines_by_line(text, name))
    if not by_line:
        return Definitions(by_line, by_line)  # nothing is parsed
    tree = parse_or_none(text)
    if tree is None:
        return Definitions(by_line, by_line)
    asked = [
        node
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in by_line
    ]
    defined = frozenset(node.name for node in asked)
    written = frozenset(node.name for node in asked if not is_stub(node))
    return Definitions(defined, written)


def defines_by_line(text: str, name: str) -> bool:
    """Whether a line of the text begins with the definition of the function or class."""
    pattern = rf"(?:^|\r)(?:def\s+{re.escape(name)}\s*\(|class\s+{re.escape(name)}\s*[(:])"
    return re.search(pattern, text, re.MULTILINE) is not None


def is_stub(definition: Definition | ast.ClassDef) -> bool:
    """Whether this cannot be a solution: it hardly reads its parameters.

    A class cannot if none of its methods can, besides __init__, which may be given.
    """
    if isinstance(definition, ast.ClassDef):
        methods = [
            node
            for node in definition.body
            if isinstance(node, ast.FunctionDef) and node.name != "__init__"
        ]
        return bool(methods) and all(map(is_stub, methods))
    arguments = definition.args
    parameters = {each.arg for each in (*arguments.posonlyargs, *arguments.args)}
    if arguments.vararg:
        return False
    read = {
        node.id
        for statement in definition.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return len(parameters & read) < min(MIN_PARAMETERS_READ, len(parameters))
