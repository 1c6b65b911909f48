"""Finds the line of a submission that holds a mistake, if its text shows that beyond doubt.

Nothing is run: only the text is read.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from grader.model import Function, SourceFile
from grader.static_analysis.call_use import call_uses, use_that_returns
from grader.static_analysis.definitions import defines_by_line
from grader.static_analysis.patterns import read_line
from grader.static_analysis.syntax_tree import FunctionText, function_text
from grader.static_analysis.text import text_of


class Location(NamedTuple):
    """A line of a submission."""

    line: int  # from 1
    file: str | None  # None: the first of its files


def locate(
    files: Sequence[SourceFile],
    function: Function,
    causes: Sequence[str],
    lines: Mapping[str, str],
) -> Location | None:
    """Return the line that holds all causes, or None if there is any doubt.

    Every cause must be found, and all places that are found must be on the same line.
    files: those of the submission, the main one first. lines: cause -> what its line looks like,
    a pattern with its arguments. Other causes have no line.

    Raises nothing. Call it only for files that a child has compiled: parsing any other could end
    this process.
    """
    if not causes or any(cause not in lines for cause in causes):
        return None
    found = set[Location]()
    for cause in causes:
        locations = _locations(tuple(files), function, lines[cause])
        if not locations:
            return None
        found |= locations
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=64)
def _locations(
    files: tuple[SourceFile, ...], function: Function, pattern: str
) -> frozenset[Location]:
    """Return all lines that match a pattern; none if the function cannot be read reliably."""
    try:
        line = read_line(pattern, function.inputs, function.outputs)
    except ValueError:  # it is about an input or an output that this function does not have
        return frozenset()
    use = use_that_returns(function, line.outputs)
    found = _function_in(files, function, use.function) if use else None
    if found is None:
        return frozenset()
    return frozenset(Location(place.line, found.file) for place in line.find(found.text))


class _Found(NamedTuple):
    text: FunctionText
    file: str | None  # as in Location


@lru_cache(maxsize=4)  # a submission has two functions, and trees are large
def _function_in(files: tuple[SourceFile, ...], function: Function, written: str) -> _Found | None:
    """Read one of the functions that a call uses, once for all patterns.

    written: its name. None if it is not in exactly one of the files, or cannot be read reliably.
    """
    defining = [file for file in files if defines_by_line(text_of(file.text), written)]
    if len(defining) != 1:
        return None
    use = next(each for each in call_uses(function) if each.function == written)
    text = function_text(defining[0].text, use)
    name = None if defining[0] is files[0] else defining[0].file
    return _Found(text, name) if text else None
