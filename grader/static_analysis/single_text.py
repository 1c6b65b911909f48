"""The text of a function that is defined once in the files of a submission."""

from collections.abc import Iterator, Sequence

from grader.model import Function, SourceFile
from grader.static_analysis.call_use import use_that_returns
from grader.static_analysis.definitions import defines_by_line
from grader.static_analysis.syntax_tree import FunctionText, function_text
from grader.static_analysis.text import text_of


def single_text(
    files: Sequence[SourceFile], function: Function
) -> Iterator[tuple[FunctionText, str | None]]:
    """Yield the function's text and its file, None for the first, if there is one definition."""
    use = use_that_returns(function, function.outputs)
    if use is None:
        return
    defining = [file for file in files if defines_by_line(text_of(file.text), use.function)]
    if len(defining) != 1:
        return
    text = function_text(defining[0].text, use)
    if text is not None:
        yield text, None if defining[0] is files[0] else defining[0].file
