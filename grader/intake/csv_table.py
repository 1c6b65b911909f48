"""Tables that a course writes: CSV, with comma or semicolon, as spreadsheets save it."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from grader.intake.entries import Entry, InvalidTable, UnreadableSubmission, identity
from grader.model import Person

TABLE_CAP = 16 << 20  # bytes: 10,000 rows need 1 MiB
DELIMITERS = (",", ";")
PERSONAL = frozenset(
    ("id", "name", "email")
)  # white space around these is a slip, and in a path it may be part of a file's name


class CsvRow(NamedTuple):
    """cells: column -> text, for all columns of the table, with no white space around what is PERSONAL. line: where it ends in the file,
    from 1."""

    line: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


def read_table(entry: Entry, told: str, needed: Sequence[str], example: str) -> list[CsvRow]:
    """told: its path, for sentences; needed: columns that must be there; example: a first line, as people write it. Raises InvalidTable."""
    try:
        entry.require()
        raw, _ = entry.read(TABLE_CAP + 1)
    except UnreadableSubmission as unfit:
        raise InvalidTable(
            f"{told}: {unfit.told}. Give a table in CSV with the {listed(needed)}, as in: {example}"
        ) from None
    if len(raw) > TABLE_CAP:
        raise InvalidTable(
            f"{told}: this table is larger than {TABLE_CAP >> 20} MiB. Is it the right file?"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidTable(
            f"{told}: this is not UTF-8 text (byte {error.start + 1}). Save it as CSV in UTF-8."
        ) from None
    try:
        return [*rows(text, told, needed, example)]
    except csv.Error as error:
        raise InvalidTable(
            f"{told}: this is no table in CSV ({error}). Save it as CSV in UTF-8."
        ) from None


def rows(text: str, told: str, needed: Sequence[str], example: str) -> Iterator[CsvRow]:
    delimiter, columns = headed(text, told, needed, example)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    for number, cells in enumerate(filter(any, table)):
        if number == 0:  # the names of the columns
            continue
        if any(cells[len(columns) :]):
            raise InvalidTable(
                f"{told}: line {table.line_num} has {len(cells)} cells, and there are {len(columns)} columns. "
                "Put what holds a comma or a semicolon in double quotes."
            )
        named = zip(columns, cells, strict=False)
        row = CsvRow(
            table.line_num,
            {column: cell.strip() if column in PERSONAL else cell for column, cell in named},
        )
        if not row.get("id"):
            raise InvalidTable(
                f"{told}: line {table.line_num} has no id. Write whose line it is, or remove it."
            )
        yield row


def headed(text: str, told: str, needed: Sequence[str], example: str) -> tuple[str, list[str]]:
    """The delimiter that makes sense of the first line, and the names of the columns there."""
    for delimiter in DELIMITERS:
        table = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True
        )
        columns = [name.strip().lower() for name in next(filter(any, table), [])]
        if set(needed) <= set(columns):
            twice = {name for name in columns if name and columns.count(name) > 1}
            if twice:
                raise InvalidTable(
                    f"{told}: the column {min(twice)} is there twice. Remove one of them."
                )
            return delimiter, columns
    raise InvalidTable(f"{told}: its first line must name the {listed(needed)}, as in: {example}")


def listed(columns: Sequence[str]) -> str:
    return f"column{'s' * (len(columns) > 1)} {' and '.join(columns)}"


def person_of(row: CsvRow) -> Person:
    return Person(identity(row.get("id")), identity(row.get("name")), identity(row.get("email")))
