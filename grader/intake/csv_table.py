"""CSV tables that a course writes, as spreadsheets and platforms save them."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from grader.intake.entries import Entry, InvalidTable, UnreadableSubmission
from grader.intake.names import to_identity
from grader.model import Person

TABLE_CAP = 16 << 20  # bytes: 10,000 rows need 1 MiB
DELIMITERS = (",", ";", "\t")
# What begins a text in UTF-16, which Excel calls Unicode text.
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# What begins a zip, which a workbook of Excel is.
WORKBOOK = b"PK\x03\x04"
# Cells that are stripped. In other cells white space stays: in a path it may be part of the name.
STRIPPED_COLUMNS = frozenset(("id", "name", "email"))

# Whether these column names are those of the table that is expected.
IsHeader: TypeAlias = Callable[[Sequence[str]], bool]


class CsvRow(NamedTuple):
    """One row of a table."""

    # Where the row ends in the file, counted from 1.
    line: int
    # The text under each column name. Cells of STRIPPED_COLUMNS have no white space around them.
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """Return a cell, or an empty string if the table does not have the column."""
        return self.cells.get(column, "")

    def person(self) -> Person:
        return Person(*(to_identity(self.get(column)) for column in ("id", "name", "email")))


class Table(NamedTuple):
    """A table with the names of its columns in lower case."""

    columns: list[str]
    rows: list[CsvRow]


def read_table(entry: Entry, path: str, required: Sequence[str], example: str) -> list[CsvRow]:
    """Read the rows of a table. All have an id.

    `path` is shown in errors, `required` names the columns that must be there, and `example` is a
    first line that has them. Raises InvalidTable.
    """
    needed = f"the {_columns(required)}, as in: {example}"
    table = read_any_table(entry, path, lambda columns: set(required) <= set(columns), needed)
    repeated = {name for name in table.columns if name and table.columns.count(name) > 1}
    if repeated:
        raise column_appears_twice(path, min(repeated))
    for row in table.rows:
        for column in STRIPPED_COLUMNS & row.cells.keys():
            row.cells[column] = row.cells[column].strip()
        if not row.get("id"):
            raise row_without_id(path, row)
    return table.rows


def read_any_table(entry: Entry, path: str, is_header: IsHeader, needed: str) -> Table:
    """Read a table whose first line `is_header`, separated by any of DELIMITERS.

    `path` and `needed`, which says what columns the table must have, are shown in errors. Raises
    InvalidTable.
    """
    try:
        entry.require_readable()
        raw, _ = entry.read(TABLE_CAP + 1)
    except UnreadableSubmission as error:
        raise InvalidTable(f"{path}: {error.description}. Give a CSV table with {needed}") from None
    if len(raw) > TABLE_CAP:
        raise InvalidTable(
            f"{path}: this table is larger than {TABLE_CAP >> 20} MiB. Is it the right file?"
        )
    text = _decoded(raw, path)
    try:
        delimiter, columns = _header(text, path, is_header, needed)
        return Table(columns, list(_rows(text, path, delimiter, columns)))
    except csv.Error as error:
        raise InvalidTable(
            f"{path}: this is not a CSV table ({error}). Save it as CSV in UTF-8."
        ) from None


def row_without_id(path: str, row: CsvRow) -> InvalidTable:
    return InvalidTable(
        f"{path}: line {row.line} has no id. Add the student's id, or remove the line."
    )


def column_appears_twice(path: str, column: str) -> InvalidTable:
    return InvalidTable(f"{path}: the column {column} appears twice. Remove one of them.")


def _decoded(raw: bytes, path: str) -> str:
    if raw.startswith(WORKBOOK):
        raise InvalidTable(
            f"{path}: this is a workbook of a spreadsheet, not a CSV table. "
            "Open it and save it as CSV in UTF-8."
        )
    encoding = "utf-16" if raw.startswith(UTF_16_MARKS) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        name = "UTF-16" if encoding == "utf-16" else "UTF-8"
        raise InvalidTable(
            f"{path}: this is not {name} text (byte {error.start + 1}). Save it as CSV in UTF-8."
        ) from None


def _header(text: str, path: str, is_header: IsHeader, needed: str) -> tuple[str, list[str]]:
    """Return the delimiter that makes sense of the first line, and the column names there."""
    for delimiter in DELIMITERS:
        lines = io.StringIO(text, newline="")
        table = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        columns = [name.strip().lower() for name in next(filter(any, table), [])]
        if is_header(columns):
            return delimiter, columns
    raise InvalidTable(f"{path}: its first line must name {needed}")


def _rows(text: str, path: str, delimiter: str, columns: Sequence[str]) -> Iterator[CsvRow]:
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    lines = filter(any, table)  # empty lines do not count
    next(lines)  # the header
    for cells in lines:
        if any(cells[len(columns) :]):
            raise InvalidTable(
                f"{path}: line {table.line_num} has {len(cells)} cells, but there are "
                f"{len(columns)} columns. Put cells that contain a comma or a semicolon in double "
                "quotes."
            )
        yield CsvRow(table.line_num, dict(zip(columns, cells, strict=False)))


def _columns(names: Sequence[str]) -> str:
    noun = "columns" if len(names) > 1 else "column"
    return f"{noun} {' and '.join(names)}"
