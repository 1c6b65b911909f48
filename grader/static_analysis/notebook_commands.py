"""Commands of a notebook that are not Python: magics, lines for the shell, `help?`."""

import re
from collections.abc import Sequence

from grader.static_analysis.parsing import parse_or_none

# %matplotlib inline, %%writefile x.py, !pip install, files = !ls, ?help, help?. A space behind % is
# allowed at the left margin alone: further in, `% n` is more likely the end of a calculation.
COMMAND = re.compile(
    r"% [A-Za-z]\w*(?=\s|$)|[\w.*]+\?{1,2}\s*(?:#.*)?$|"
    r"(?P<indent>[ \t]*)(?:[\w.,][\w., ]*=[ \t]*)?(?:%{1,2}[A-Za-z]\w*(?=[\s;?]|$)|!(?!=)|\?)"
)
# Cells of these kinds hold Python below their first line. All others are in another language, or
# for another program.
_PYTHON_CELLS = re.compile(
    r"%%(time|timeit|capture|prun|python3?|py|debug|memit|mprun|writefile|file|script\s+python3?)\b"
)


def python_of_cell(text: str) -> str:
    """Return the Python of a cell. A command becomes a blank line, so all lines stay.

    A cell that Python can read is left as it is: there, `%` divides or formats. Lines without
    indentation are tried first, because an indented `%` may continue a line of Python.
    """
    stripped = text.lstrip()
    if stripped.startswith("%%") and not _PYTHON_CELLS.match(stripped):
        return "\n" * text.count("\n")
    if parse_or_none(text) is not None:
        return text
    lines = text.split("\n")
    at_margin = "\n".join(without_commands(lines, with_indented=False)[0])
    if parse_or_none(at_margin) is not None:
        return at_margin
    everywhere = "\n".join(without_commands(lines)[0])
    return everywhere if parse_or_none(everywhere) is not None else at_margin


def without_commands(
    lines: Sequence[str], with_indented: bool = True
) -> tuple[list[str], set[int]]:
    """Blank the lines that are commands, and those that a backslash adds to them.

    Returns all lines, and the indices of the commands. `pass` takes the place of an indented one,
    because its block may become empty.
    """
    left = list(lines)
    commands = set[int]()
    continues = False
    for index, line in enumerate(lines):
        match = COMMAND.match(line)
        indent = (match and match["indent"]) or ""
        is_command = not continues and match is not None and (with_indented or not indent)
        if not continues and not is_command:
            continue
        if is_command:
            commands.add(index)
        left[index] = f"{indent}pass" if indent and is_command else ""
        continues = line.endswith("\\")
    return left, commands
