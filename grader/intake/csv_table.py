"""CSV tables that a course writes, with commas or semicolons, as spreadsheets save them."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from grader.intake.entries import Entry, InvalidTable, UnreadableSubmission
from grader.intake.names import to_identity
from grader.model import Person

TABLE_CAP = 16 << 20  # bytes: 10,000 rows need 1 MiB
DELIMITERS = (",", ";")
# Cells that are stripped. In other cells white space stays: in a path it may be part of the name.
STRIPPED_COLUMNS = frozenset(("id", "name", "email"))


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


def read_table(entry: Entry, path: str, required: Sequence[str], example: str) -> list[CsvRow]:
    """Read the rows of a table. All have an id.

    `path` is shown in errors, `required` names the columns that must be there, and `example` is a
    first line that has them. Raises InvalidTable.
    """
    try:
        entry.require_readable()
        raw, _ = entry.read(TABLE_CAP + 1)
    except UnreadableSubmission as error:
        raise InvalidTable(
            f"{path}: {error.description}. "
            f"Give a CSV table with the {_columns(required)}, as in: {example}"
        ) from None
    if len(raw) > TABLE_CAP:
        raise InvalidTable(
            f"{path}: this table is larger than {TABLE_CAP >> 20} MiB. Is it the right file?"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidTable(
            f"{path}: this is not UTF-8 text (byte {error.start + 1}). Save it as CSV in UTF-8."
        ) from None
    try:
        return list(_rows(text, path, required, example))
    except csv.Error as error:
        raise InvalidTable(
            f"{path}: this is not a CSV table ({error}). Save it as CSV in UTF-8."
        ) from None


def _rows(text: str, path: str, required: Sequence[str], example: str) -> Iterator[CsvRow]:
    delimiter, columns = _header(text, path, required, example)
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
        row = CsvRow(table.line_num, dict(zip(columns, cells, strict=False)))
        for column in STRIPPED_COLUMNS & row.cells.keys():
            row.cells[column] = row.cells[column].strip()
        if not row.get("id"):
            raise InvalidTable(
                f"{path}: line {table.line_num} has no id. Add the student's id, or remove the "
                "line."
            )
        yield row


def _header(text: str, path: str, required: Sequence[str], example: str) -> tuple[str, list[str]]:
    """Return the delimiter that makes sense of the first line, and the column names there."""
    for delimiter in DELIMITERS:
        lines = io.StringIO(text, newline="")
        table = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        columns = [name.strip().lower() for name in next(filter(any, table), [])]
        if not set(required) <= set(columns):
            continue
        repeated = {name for name in columns if name and columns.count(name) > 1}
        if repeated:
            raise InvalidTable(
                f"{path}: the column {min(repeated)} appears twice. Remove one of them."
            )
        return delimiter, columns
    raise InvalidTable(
        f"{path}: its first line must name the {_columns(required)}, as in: {example}"
    )


def _columns(names: Sequence[str]) -> str:
    noun = "columns" if len(names) > 1 else "column"
    return f"{noun} {' and '.join(names)}"
