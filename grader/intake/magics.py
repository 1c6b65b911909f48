"""Drops from a cell of a notebook what is not Python: magics, lines for the shell, `help?`."""

import re

from grader.static_analysis.parsing import parse_or_none

# Cells of these kinds hold Python below their first line. All others are in another language, or
# for another program.
_PYTHON_CELLS = re.compile(
    r"%%(time|timeit|capture|prun|python3?|py|debug|memit|mprun|writefile|file|script\s+python3?)\b"
)
_MAGIC_LINE = re.compile(r"(?P<indent>[ \t]*)(?:[%!?]|[\w.,][\w., ]*=[ \t]*[%!])")
_HELP_LINE = re.compile(r"[\w.*]+\?{1,2}\s*(?:#.*)?$")


def without_magics(text: str) -> str:
    """Return the Python of a cell. What is dropped becomes a blank line, so all lines stay.

    A cell that Python can read is left as it is: there, `%` divides or formats. Lines without
    indentation are tried first, because an indented `%` may continue a line of Python.
    """
    stripped = text.lstrip()
    if stripped.startswith("%%") and not _PYTHON_CELLS.match(stripped):
        return "\n" * text.count("\n")
    if parse_or_none(text) is not None:
        return text
    unindented = _drop_magics(text, with_indented=False)
    if parse_or_none(unindented) is not None:
        return unindented
    everywhere = _drop_magics(text, with_indented=True)
    return everywhere if parse_or_none(everywhere) is not None else unindented


def _drop_magics(text: str, with_indented: bool) -> str:
    """Blank the lines that are magics. `pass` takes their place where a block may become empty."""
    lines = text.split("\n")
    continues = False
    for number, line in enumerate(lines):
        magic = _MAGIC_LINE.match(line)
        indent = magic["indent"] if magic else ""
        is_magic = magic is not None and (with_indented or not indent)
        if not (continues or is_magic or _HELP_LINE.match(line)):
            continue
        lines[number] = f"{indent}pass" if indent and is_magic else ""
        continues = line.endswith("\\")
    return "\n".join(lines)
