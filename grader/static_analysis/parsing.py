"""Parses the text of a submission, which may be hostile: nothing is run, and nothing takes long."""

import ast
import re
import warnings
from functools import lru_cache

from grader.static_analysis.text import lines_of

LARGEST = 64 * 1024  # characters of the text; a file of the course has 5000
LONGEST = 5_000  # lines
DEEPEST = 100  # brackets in brackets
WIDEST = 1000  # columns of a line
_BRACKET = re.compile(r"[][(){}]")


def parse(text: str) -> ast.Module | None:
    """Parse, or return None if that could take long or end Python.

    The trees of the last texts are kept, because several searches read the same one: leave them as
    they are. Raises what ast.parse does: SyntaxError, ValueError, RecursionError, MemoryError.
    """
    return _tree(text) if is_small(text) else None


@lru_cache(maxsize=2)  # of a hostile text, a tree has 30 MB
def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's warnings about the student's file
        return ast.parse(text)


def parse_or_none(text: str) -> ast.Module | None:
    """Parse, or return None if the text is no Python or could take long."""
    try:
        return parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_small(text: str) -> bool:
    """Whether the text is small and flat enough to be parsed in this process."""
    if len(text) > LARGEST or _nesting(text) > DEEPEST:
        return False
    lines = lines_of(text)
    return len(lines) <= LONGEST and max(map(len, lines)) <= WIDEST


def _nesting(text: str) -> int:
    """Count brackets in brackets, including those in strings and comments."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
