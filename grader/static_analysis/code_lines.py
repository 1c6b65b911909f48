"""The lines of a submission that hold the code of a function, or of what it uses. Nothing is run.

A process that has seen a secret input may name any line of its files as the one that failed, and so
tell its author a number. Only these lines are ones that can fail.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from grader.model import SourceFile
from grader.static_analysis.needed_statements import statement_of
from grader.static_analysis.parsing import parse_or_none
from grader.static_analysis.text import text_of

# Of a function with what it uses: of a longer one no line is named. A number below this can still
# be told, and a whole solution has 100.
MOST_LINES = 1_000


class _Statement(NamedTuple):
    """A statement at the top level of one of the files."""

    file: str
    node: ast.stmt
    binds: frozenset[str]


@lru_cache(maxsize=16)
def code_lines(
    files: tuple[SourceFile, ...], names: tuple[str, ...]
) -> Mapping[str, frozenset[int]]:
    """Return the lines of these functions and of all that they use, by the name of the file.

    A line counts if a part of a statement begins or ends in it. None does in a file that is no
    Python or that could take long to read.
    """
    statements = [*_statements(files)]
    by_name: dict[str, list[_Statement]] = {}
    for statement in statements:
        for name in statement.binds:
            by_name.setdefault(name, []).append(statement)
    lines: dict[str, set[int]] = {file.file: set() for file in files}
    waiting, done = [*names], {*names}
    walked = set[int]()
    while waiting:
        for statement in by_name.get(waiting.pop(), ()):
            if id(statement.node) in walked:
                continue
            walked.add(id(statement.node))
            for node in ast.walk(statement.node):
                lines[statement.file] |= _ends_of(node)
                for name in _names_in(node):
                    if name not in done:
                        done.add(name)
                        waiting.append(name)
    if sum(map(len, lines.values())) > MOST_LINES:
        return MappingProxyType({})
    return MappingProxyType({file: frozenset(each) for file, each in lines.items()})


def _statements(files: Sequence[SourceFile]) -> Iterator[_Statement]:
    for file in files:
        tree = parse_or_none(text_of(file.text))
        if tree is None:
            continue
        for node in tree.body:
            try:
                yield _Statement(file.file, node, statement_of(node).binds)
            except RecursionError:
                continue


def _ends_of(node: ast.AST) -> set[int]:
    """Return the first line and the last, of a node that has lines."""
    numbers = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    return {number for number in numbers if number is not None}


def _names_in(node: ast.AST) -> tuple[str, ...]:
    """Return the name that a node reads: of a variable, or of an attribute."""
    if isinstance(node, ast.Name):
        return (node.id,)
    return (node.attr,) if isinstance(node, ast.Attribute) else ()
