"""Finds the part of a file that parses, where the whole does not.

Nothing is run. Lines that are left out become empty, so that all others keep their numbers.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from grader.model import Message
from grader.static_analysis.notebook_commands import without_commands
from grader.static_analysis.parsing import LARGEST, is_small, parse
from grader.static_analysis.syntax_errors import (
    FENCE,
    MERGE_MARK,
    has_line_numbers,
    syntax_error,
    without_line_numbers,
)
from grader.static_analysis.text import lines_of, renumbered

# Characters that may be parsed at once, all tries together: a file of LARGEST twice. A try costs
# time by itself, as if its text had TRY_COST more.
MOST_PARSED = 2 * LARGEST
TRY_COST = 64
MAX_NOTES = 20
# What Python says of a text that goes on: only then are more lines added to a block.
_INCOMPLETE = ("was never closed", "unterminated triple-quoted", "unexpected EOF")
# A line at the left margin that goes on with the statement above it.
_CONTINUES = re.compile(r"[)\]}#]|(?:else|elif|except|finally)\b")
_DEFINITION = re.compile(r"(?:async\s+)?(?:def|class)\b|@")
_COMPOUND = re.compile(r"(?:if|for|while|with|try|match)\b")
_RETURN = re.compile(r"[ \t]+return\b")
_NAME = re.compile(r"(?:async\s+)?(?:def|class)\s+(\w+)")


class Salvage(NamedTuple):
    """The part of a file that parses."""

    text: str
    notes: tuple[Message, ...]  # what was left out
    broken: dict[str, Message]  # name of a function that was left out -> why it does not parse


class _Block(NamedTuple):
    """A statement at the left margin with all that belongs to it."""

    first: int  # index of its first line
    end: int  # behind its last one
    error: Message | None  # why it does not parse
    is_damaged_end: bool = False  # it looks like the end of the definition above it


def salvage(text: str, functions: Sequence[str], error: Message) -> Salvage | None:
    """Leave out of a text what does not parse.

    functions: the names that are asked for, of classes too. error: what Python says of the whole
    text. Returns None if nothing can be left out, or if none of the functions would be left.
    """
    if not is_small(text):
        return None
    lines, notes = _without_foreign_lines(lines_of(text))
    broken: dict[str, Message] = {}
    if notes and not _complaint("\n".join(lines)):
        blocks: list[_Block] = []
    else:
        blocks = _broken_blocks(lines, None if notes else error)
    reasons: list[tuple[Message, int]] = []  # why blocks were left out, and how many lines
    for block in blocks:
        assert block.error is not None
        for name in _names_in(lines[block.first : block.end], functions):
            broken[name] = block.error
        count = sum(bool(line.strip()) for line in lines[block.first : block.end])
        if reasons and reasons[-1][0] is block.error:
            count += reasons.pop()[1]
        reasons.append((block.error, count))
        lines[block.first : block.end] = [""] * (block.end - block.first)
    notes += [_block_note(error, count) for error, count in reasons]
    left = "\n".join(lines)
    if not notes or not any(_defines(left, name) for name in functions):
        return None
    notes.sort(key=lambda note: note.line or 0)
    return Salvage(left, tuple(notes[:MAX_NOTES]), broken)


def _without_foreign_lines(lines: list[str]) -> tuple[list[str], list[Message]]:
    """Leave out what is no Python at all: fences, a notebook's commands, pasted line numbers."""
    notes = []
    if has_line_numbers(lines):
        lines = without_line_numbers(lines)
        notes.append(Message("left_out_line_numbers"))
    left, commands = without_commands(lines)
    for index, line in enumerate(lines):
        if FENCE.match(line):
            notes.append(Message("left_out_fence", {}, line.strip()[:80], index + 1))
            left[index] = ""
        elif index in commands:
            notes.append(Message("left_out_command", {}, line.strip()[:80], index + 1))
    return left, notes


def _broken_blocks(lines: list[str], error: Message | None) -> list[_Block]:
    """Return the blocks that do not parse.

    error: what is known about the whole. It decides where each block parses by itself.
    """
    blocks = _read_blocks(lines)
    broken = set()
    for index, block in enumerate(blocks):
        if block.error is not None:
            broken.add(index)
            if block.is_damaged_end and index > 0:
                broken.add(index - 1)
    if not broken and error is not None and error.line:
        index = next((i for i, each in enumerate(blocks) if each.end >= error.line), 0)
        blocks[index] = blocks[index]._replace(error=error)
        broken.add(index)
        is_torn = "outside function" in (error.quote or "")
        if is_torn and index > 0 and not _DEFINITION.match(lines[blocks[index].first]):
            broken.add(index - 1)
    found = []
    for index in sorted(broken):
        # A block that is left out with the one below it: for the reason of that one.
        reason = blocks[index].error or blocks[index + 1].error
        found.append(blocks[index]._replace(error=reason))
    return found


def _read_blocks(lines: list[str]) -> list[_Block]:
    starts = _block_starts(lines)
    ends = [*starts[1:], len(lines)]
    blocks: list[_Block] = []
    budget = MOST_PARSED
    index = 0
    while index < len(starts):
        first, last = starts[index], index
        while True:
            piece = "\n".join(lines[first : ends[last]])
            budget -= len(piece) + TRY_COST
            complaint = _complaint(piece) if budget > 0 else "nothing more is parsed"
            is_incomplete = any(words in complaint for words in _INCOMPLETE)
            goes_on = last + 1 < len(starts) and not _DEFINITION.match(lines[starts[last + 1]])
            if not (is_incomplete and goes_on):
                break
            last += 1
        error = None
        if complaint:
            last = index  # what was added did not help
            piece = "\n".join(lines[first : ends[index]])
            budget -= len(piece) + TRY_COST
            error = _error_in(piece, first) if budget > 0 else Message("does_not_parse")
        is_end = _is_end_of_function(lines[first : ends[last]])
        blocks.append(_Block(first, ends[last], error, is_end))
        index = last + 1
    return blocks


def _names_in(lines: list[str], functions: Sequence[str]) -> Iterator[str]:
    """Yield the names of the functions and classes that these lines begin to define."""
    for line in lines:
        name = _NAME.match(line)
        if name:
            yield name[1]
    if _is_damaged_header(lines[0]):
        yield from (name for name in functions if f"{name}(" in lines[0])


def _is_damaged_header(line: str) -> bool:
    """Whether a line that does not parse looks like that of a def: Def f(W):, >>> def f(W):"""
    code = line.partition("#")[0].rstrip()
    return code.endswith(":") and "(" in code and not _COMPOUND.match(code)


def _is_end_of_function(lines: list[str]) -> bool:
    """Whether these lines look like the rest of a function whose indentation was lost."""
    first, *rest = lines
    if _DEFINITION.match(first) or _is_damaged_header(first):
        return False
    if _COMPOUND.match(first):
        return any(map(_RETURN.match, rest))
    return any(line[:1].isspace() and line.strip() for line in rest)


def _block_starts(lines: list[str]) -> list[int]:
    """Return the indices of the lines that begin a statement at the left margin."""
    starts = [0]
    is_decorated = bool(lines) and lines[0].startswith("@")
    for index, line in enumerate(lines[1:], start=1):
        if not line[:1].strip() or _CONTINUES.match(line) or MERGE_MARK.match(line):
            continue
        if not is_decorated:
            starts.append(index)
        is_decorated = line.startswith("@")
    return starts


def _complaint(text: str) -> str:
    """Return what Python says against a text; empty if it parses."""
    try:
        parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return str(error) or "it does not parse"
    return ""


def _error_in(piece: str, first: int) -> Message:
    """Return the message about a block that does not parse. first: the index of its first line."""
    message = Message("does_not_parse")
    try:
        parse(piece)
    except SyntaxError as error:
        message = syntax_error(piece, str(error.msg), error.lineno)
    except (ValueError, RecursionError, MemoryError) as failure:
        message = Message("does_not_parse", {}, str(failure), 1)
    quote = message.quote and renumbered(message.quote, lambda line: line + first)
    return replace(message, quote=quote, line=message.line and message.line + first)


def _block_note(error: Message, count: int) -> Message:
    if error.code == "does_not_parse":
        return Message("left_out_block", {"count": count}, error.quote, error.line)
    return Message(
        "left_out_block",
        {"count": count, "reason": error.code, **error.values},
        error.quote,
        error.line,
    )


def _defines(text: str, name: str) -> bool:
    pattern = rf"^[ \t]*(?:(?:async\s+)?def|class)\s+{name}\b|^{name}\s*="
    return re.search(pattern, text, re.MULTILINE) is not None
