"""Which modules a file imports. Nothing is run."""

import ast
from collections.abc import Iterator

from grader.static_analysis.parsing import parse_or_none
from grader.static_analysis.text import text_of


def imported_modules(source: bytes) -> Iterator[str]:
    """Yield the modules that a file imports, as they are written, without the dots of a package.

    None if it is no Python, or if parsing it could take long.
    """
    tree = parse_or_none(text_of(source))
    if tree is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.name for alias in node.names)
