"""Says why Python cannot read a file, in better words than Python's where the text shows more."""

import re
import sys
from itertools import pairwise

from grader.model import Message
from grader.static_analysis.notebook_commands import COMMAND
from grader.static_analysis.text import lines_of

MERGE_MARK = re.compile(r"<<<<<<< |>>>>>>> |\|\|\|\|\|\|\| |=======$|<<<<<<<$|>>>>>>>$")
# Hostile lines meet these patterns: none of them may read a line more often than a few times.
FENCE = re.compile(r"\s*(?:```|~~~)\s*(?:\w+\s*)?$")
_NUMBERED = re.compile(r"\s*(\d{1,5})[.:|)]?(?=\s|$)")
_SMART_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u00b4"
_INVALID = re.compile(r"invalid (?:non-printable )?character.*?U\+([0-9A-F]{4,6})")
# Behind a digit, some versions of Python complain about the number: "invalid decimal literal".
_BEHIND_DIGIT = re.compile(r"[0-9a-fA-F_.]([^\x00-\x7f])")
_INDENTATION = ("unindent does not match", "unexpected indent", "expected an indented block")
# What came with a later version of Python: the version, and what a line with it looks like.
_NEWER = (
    ((3, 12), re.compile(r"\s*type\s+\w+\s*(?:\[.*\]\s*)?=")),
    ((3, 12), re.compile(r"\s*(?:async\s+def|def|class)\s+\w+\s*\[")),
    ((3, 14), re.compile(r".*?\b[rR]?[tT][rR]?['\"][^{'\"]*\{")),
)
_TRIPLE_QUOTED = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''", re.DOTALL)
_PRINT_STATEMENT = re.compile(r"[ \t]*print(?:[ \t]+(?!(?:in|is|and|or|if)\b)[\w{~]|[ \t]*['\"])")
_FREE_F_STRINGS = (3, 12)  # between their braces may stand the same quotes, and backslashes
_F_STRING = re.compile(r"\b[rR]?[fF][rR]?(['\"])")
_WIDEST = 500  # columns of a line that are looked at


def syntax_error(text: str, says: str, line: int | None) -> Message:
    """Return the message about a text that does not parse.

    says: Python's own words. line: the one that Python names.
    """
    lines = lines_of(text)
    bad = lines[line - 1][:_WIDEST] if line and line <= len(lines) else ""
    mark = next((i for i, each in enumerate(lines, 1) if each.startswith("<<<<<<<")), None)
    if mark is not None:
        return Message("merge_marks", {}, None, mark)
    invalid = _INVALID.match(says)
    if invalid is not None:
        return _character_message(int(invalid[1], 16), line)
    behind = _BEHIND_DIGIT.search(bad) if says.endswith("literal") else None
    if behind is not None and not behind[1].isalnum():
        return _character_message(ord(behind[1]), line)
    if COMMAND.match(bad):
        return Message("notebook_command", {}, bad.strip()[:80], line)
    if FENCE.match(bad):
        return Message("code_fence", {}, bad.strip()[:80], line)
    if has_line_numbers(lines):
        return Message("pasted_line_numbers", {}, None, line)
    if "inconsistent use of tabs" in says or (says.startswith(_INDENTATION) and _mixes_tabs(lines)):
        return Message("tabs_and_spaces", {}, None, line)
    newer = newer_version(bad)
    if newer is not None:
        reads = "{}.{}".format(*sys.version_info)
        return Message("newer_python", {"version": newer, "reads": reads}, says, line)
    return Message(_python2_code(says), {}, says, line)


def print_statements(text: str) -> list[int]:
    """Return the lines that begin with a print statement of Python 2, outside of docstrings.

    Only those that Python 3 cannot read: print (x) is a call.
    """
    blank = _TRIPLE_QUOTED.sub(lambda found: "\n" * found[0].count("\n"), text)
    return [
        number
        for number, line in enumerate(lines_of(blank), 1)
        if _PRINT_STATEMENT.match(line[:_WIDEST])
    ]


def newer_version(line: str, running: tuple[int, int] = sys.version_info[:2]) -> str | None:
    """Return the version of Python that first read such a line, if that is not this one yet."""
    for version, pattern in _NEWER:
        if version > running and pattern.match(line):
            return "{}.{}".format(*version)
    if running < _FREE_F_STRINGS and _has_free_f_string(line):
        return "{}.{}".format(*_FREE_F_STRINGS)
    return None


def _has_free_f_string(line: str) -> bool:
    """Whether between the braces of an f-string stand its own quotes, or a backslash."""
    start = _F_STRING.search(line)
    while start is not None:
        end, is_free = _read_f_string(line, start.end(), start[1])
        if is_free:
            return True
        start = _F_STRING.search(line, end)
    return False


def _read_f_string(line: str, place: int, quote: str) -> tuple[int, bool]:
    """Return where an f-string ends, and whether older versions of Python cannot read it."""
    depth, is_free = 0, False
    while place < len(line):
        character = line[place]
        if depth == 0 and (character == "\\" or line.startswith(("{{", "}}"), place)):
            place += 1
        elif depth == 0 and character == quote:
            return place + 1, False
        elif character == "{":
            depth += 1
        elif character == "}" and depth > 0:
            depth -= 1
            if depth == 0 and is_free:
                return place + 1, True
        elif character in (quote, "\\"):
            is_free = True
        place += 1
    return place, False


def has_line_numbers(lines: list[str]) -> bool:
    """Whether an editor's line numbers were copied together with the text."""
    written = [line for line in lines if line.strip()]
    numbers = [int(match[1]) for line in written if (match := _NUMBERED.match(line))]
    is_rising = all(later > number for number, later in pairwise(numbers))
    return len(numbers) >= 3 and len(numbers) > 0.8 * len(written) and is_rising


def without_line_numbers(lines: list[str]) -> list[str]:
    """Take off the numbers, and the space that all lines have behind them."""
    rests = [_NUMBERED.sub("", line, count=1) for line in lines]
    widths = [len(rest) - len(rest.lstrip()) for rest in rests if rest.strip()]
    width = min(widths, default=0)
    return [rest[width:] for rest in rests]


def _character_message(code: int, line: int | None) -> Message:
    shown = f"U+{code:04X}"
    if chr(code) in _SMART_QUOTES:
        return Message("smart_quotes", {"character": shown}, None, line)
    if chr(code).isprintable() and not chr(code).isspace():
        return Message("odd_character", {"character": shown}, None, line)
    return Message("invisible_character", {"character": shown}, None, line)


def _mixes_tabs(lines: list[str]) -> bool:
    indents = [line[: len(line) - len(line.lstrip())] for line in lines]
    return any("\t" in indent for indent in indents) and any(" " in indent for indent in indents)


def _python2_code(says: str) -> str:
    """Recognize Python 2 by its best-known constructs."""
    if "Missing parentheses in call to 'print'" in says:
        return "python2_print"
    if "Missing parentheses in call to" in says:
        return "python2_syntax"
    if "multiple exception types must be parenthesized" in says:
        return "python2_syntax"
    return "does_not_parse"
