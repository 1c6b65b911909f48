"""Reads the code of a Jupyter notebook: the asked functions, and what they need.

Nothing is run. Only the code cells are decoded: outputs and metadata are passed over.
"""

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct

from grader.intake.entries import UnreadableSubmission
from grader.model import CellStart, Message
from grader.static_analysis.definitions import defines_by_line
from grader.static_analysis.needed_statements import (
    Statement,
    needed_statements,
    statement_of,
)
from grader.static_analysis.notebook_commands import python_of_cell
from grader.static_analysis.parsing import parse_or_none

NOTEBOOK_CAP = 8 << 20  # bytes that are read: most of a notebook are the pictures in its outputs
CODE_CAP = 128 * 1024  # characters of all code cells
CELLS_CAP = 5_000
MAX_LISTED = 5  # functions in the message about a notebook that has none of the asked ones
_CODE = "code"
_WORD = re.compile(r"[^\W\d]\w*")
# Python writes these into JSON, which lacks them. A text in quotes is matched first, and kept.
# Possessive (++, *+): the way back through a text without an end would take 1 GB of memory.
_NOT_JSON = re.compile(rb'"(?:[^"\\]++|\\.)*+"|-?\bInfinity\b|\bNaN\b')

Text = str | list[str]  # a whole text, or its lines with their ends


class _Cell(Struct):
    cell_type: str
    source: Text = ""
    input: Text = ""  # of a code cell, before nbformat 4


Cells = Annotated[list[_Cell], Meta(max_length=CELLS_CAP)]


class _Worksheet(Struct):
    cells: Cells = []


class _Notebook(Struct):
    cells: Cells = []
    worksheets: Annotated[list[_Worksheet], Meta(max_length=100)] = []  # before nbformat 4


_DECODER = msgspec.json.Decoder(_Notebook)


class NotebookCode(NamedTuple):
    """The code of a notebook that is graded."""

    source: str
    cells: tuple[CellStart, ...]
    functions: frozenset[str]  # the asked functions that it defines


class _ParsedCell(NamedTuple):
    number: int  # among the code cells, from 1
    lines: list[str]  # without commands
    statements: list[Statement]
    is_python: bool

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read_notebook(raw: bytes, functions: Collection[str]) -> NotebookCode:
    """Extract the functions, what they import and what they call.

    All other statements become blank lines, and cells without a needed statement are left out.
    Where a function is defined several times, the last definition holds, as if the cells were run
    from the top. A cell that is no Python is kept as a whole if only there a function's definition
    begins: then Python can say what is wrong with it.

    Raises UnreadableSubmission if this is no notebook, if it is too large, or if it defines none
    of the functions.
    """
    cells = [_parsed(number, text) for number, text in enumerate(_code_cells(raw), start=1)]
    statements = [statement for cell in cells for statement in cell.statements]
    given = {name for each in statements for name in each.binds}
    broken = {name: _broken_cell_with(name, cells) for name in set(functions) - given}
    kept_whole = {cell.number: cell for cell in broken.values() if cell is not None}
    words = {word for cell in kept_whole.values() for word in _WORD.findall(cell.text)}
    needed = needed_statements(statements, words.union(functions))
    defined = {name for each in needed for name in statements[each].binds & set(functions)}
    defined |= {name for name, cell in broken.items() if cell is not None}
    if not defined:
        raise _no_function(statements)
    lines: list[str] = []
    starts: list[CellStart] = []
    place = 0
    for cell in cells:
        end = place + len(cell.statements)
        wanted = [each for each in range(place, end) if each in needed]
        kept = cell.lines
        if cell.number not in kept_whole:
            kept = _lines_of([statements[each] for each in wanted], cell.lines)
        if any(kept):
            starts.append(CellStart(len(lines) + 1, cell.number))
            lines += kept
        place = end
    return NotebookCode("\n".join(lines) + "\n", tuple(starts), frozenset(defined))


def _code_cells(raw: bytes) -> list[str]:
    """Return the texts of all code cells. Raises UnreadableSubmission."""
    if len(raw) > NOTEBOOK_CAP:
        raise UnreadableSubmission(
            Message("unread_notebook_large", {"mib": NOTEBOOK_CAP >> 20}),
            f"this notebook is larger than {NOTEBOOK_CAP >> 20} MiB",
        )
    notebook = _decoded(raw)
    cells = notebook.cells + [cell for sheet in notebook.worksheets for cell in sheet.cells]
    texts = [_text_of(cell) for cell in cells if cell.cell_type == _CODE]
    if sum(map(len, texts)) > CODE_CAP:
        raise UnreadableSubmission(
            Message("unread_notebook_code", {"kib": CODE_CAP >> 10}),
            f"the code cells of this notebook hold more than {CODE_CAP >> 10} KiB",
        )
    return texts


def _decoded(raw: bytes) -> _Notebook:
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        try:
            return _DECODER.decode(raw)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            return _DECODER.decode(_as_json(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableSubmission(
            Message("unread_notebook_damaged"), "this is not a notebook, or it is damaged"
        ) from None


def _as_json(raw: bytes) -> bytearray:
    """Replace NaN and Infinity in place: they are numbers of outputs, which nobody reads."""
    text = bytearray(raw)
    for match in _NOT_JSON.finditer(raw):
        if not raw.startswith(b'"', match.start()):
            text[match.start() : match.end()] = b"0".ljust(match.end() - match.start())
    return text


def _text_of(cell: _Cell) -> str:
    text = cell.source or cell.input
    if not isinstance(text, str):
        text = "".join(text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parsed(number: int, text: str) -> _ParsedCell:
    text = python_of_cell(text)
    statements: list[Statement] = []
    tree = parse_or_none(text)
    if tree is not None:
        try:
            statements = [statement_of(node) for node in tree.body]
        except RecursionError:
            tree = None
    return _ParsedCell(number, text.split("\n"), statements, is_python=tree is not None)


def _broken_cell_with(function: str, cells: Sequence[_ParsedCell]) -> _ParsedCell | None:
    """Return the last cell that is no Python and begins the function, or None."""
    for cell in reversed(cells):
        if not cell.is_python and defines_by_line(cell.text, function):
            return cell
    return None


def _lines_of(statements: Sequence[Statement], lines: Sequence[str]) -> list[str]:
    """Blank the lines of a cell that belong to none of these statements, and drop those at its end.

    A line that a needed statement shares with another one stays as it is.
    """
    kept = [""] * len(lines)
    last = 0
    for node in (statement.node for statement in statements):
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        last = max(last, node.end_lineno or node.lineno)
        kept[first - 1 : node.end_lineno] = lines[first - 1 : node.end_lineno]
    return kept[:last]


def _no_function(statements: Sequence[Statement]) -> UnreadableSubmission:
    names = list(dict.fromkeys(_functions_in(statements)))
    listed = ", ".join(names[:MAX_LISTED])
    description = "this notebook defines none of the functions that were asked for"
    if listed:
        description += f"; it defines {listed}"
    return UnreadableSubmission(Message("unread_notebook", {}, listed or None), description)


def _functions_in(statements: Sequence[Statement]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement.node, ast.FunctionDef):
            yield statement.node.name
