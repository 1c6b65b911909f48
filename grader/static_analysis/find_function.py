"""Finds the text of a function that a call of the assignment uses, in the files of a submission."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from grader.model import Function, SourceFile
from grader.static_analysis.call_use import call_uses, use_that_returns
from grader.static_analysis.definitions import defines_by_line
from grader.static_analysis.syntax_tree import FunctionText, function_text
from grader.static_analysis.text import text_of


class FoundFunction(NamedTuple):
    """The text of a function and where it was found."""

    text: FunctionText
    file: str | None  # None: the first of the submission's files


def find_function(
    files: Sequence[SourceFile], function: Function, outputs: Collection[str]
) -> FoundFunction | None:
    """Find the function whose returned values these outputs are.

    None if it is not in exactly one of the files, or cannot be read reliably.
    """
    use = use_that_returns(function, outputs)
    return _find(tuple(files), function, use.function) if use else None


@lru_cache(maxsize=4)  # several searches read the two functions of a submission; trees are large
def _find(files: tuple[SourceFile, ...], function: Function, name: str) -> FoundFunction | None:
    defining = [file for file in files if defines_by_line(text_of(file.text), name)]
    if len(defining) != 1:
        return None
    use = next(each for each in call_uses(function) if each.function == name)
    text = function_text(defining[0].text, use)
    file = None if defining[0] is files[0] else defining[0].file
    return FoundFunction(text, file) if text else None
