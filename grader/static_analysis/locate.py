"""Finds the line of a submission that holds a mistake, if its text shows that beyond doubt.

Nothing is run: only the text is read.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from grader.model import Function, SourceFile
from grader.static_analysis.find_function import find_function
from grader.static_analysis.patterns import read_line


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
    found = find_function(files, function, line.outputs)
    if found is None:
        return frozenset()
    return frozenset(Location(place.line, found.file) for place in line.find(found.text))
