"""Finds the line of a submission that holds a mistake, if its text shows that beyond doubt.

Nothing is run: only the text is read.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from grader.model import Function, SourceFile
from grader.static_analysis.call_use import CallUse, use_that_returns
from grader.static_analysis.definitions import defines_by_line
from grader.static_analysis.patterns import read_line
from grader.static_analysis.syntax_tree import function_text
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
        locations = _locations(files, function, lines[cause])
        if not locations:
            return None
        found |= locations
    return found.pop() if len(found) == 1 else None


def _locations(files: Sequence[SourceFile], function: Function, pattern: str) -> set[Location]:
    """Return all lines that match a pattern; none if the function cannot be read reliably."""
    try:
        line = read_line(pattern, function.inputs, function.outputs)
    except ValueError:  # it is about an input or an output that this function does not have
        return set()
    use = use_that_returns(function, line.outputs)
    defining = [file for file in files if use and _defines(file, use)]
    if use is None or len(defining) != 1:
        return set()
    text = function_text(defining[0].text, use)
    name = None if defining[0] is files[0] else defining[0].file
    return {Location(place.line, name) for place in line.find(text)} if text else set()


def _defines(file: SourceFile, use: CallUse) -> bool:
    return defines_by_line(text_of(file.text), use.function)
