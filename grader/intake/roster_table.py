"""Reads a roster: a table that a course writes, or that a platform exports.

The columns of a Canvas gradebook, a Moodle grading worksheet, a Gradescope roster, a class list of
Brightspace or Blackboard and GitHub Classroom's roster are all recognized by their names.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from grader.intake.csv_table import (
    CsvRow,
    column_appears_twice,
    read_any_table,
    row_without_id,
)
from grader.intake.entries import Entry, InvalidTable
from grader.intake.files import DiskEntry
from grader.intake.name_keys import key_of_name
from grader.intake.names import extension, to_identity
from grader.intake.roster import GITHUB, Roster
from grader.model import Person

NEEDED = (
    "the column id, as in: id,name,email. A Canvas gradebook, a Moodle grading worksheet and a "
    "Gradescope roster can be given as they are"
)
MAX_LISTED = 5  # ids in an error, and names in a notice

# Column names in lower case. The first of IDS that a table has is what the course calls people;
# the others are other ids of theirs.
IDS = (
    "id",
    "identifier",  # of Moodle, and of GitHub Classroom
    "identificador",
    "identificativo",
    "identifiant",
    "número de identificação",
    "sid",
    "orgdefinedid",
    "student id",
    "student_id",
    "id number",
    "número de id",
    "matrícula",
    "sis user id",
    "sis_user_id",
    "sis id",
    "sis_id",
    "username",
    "user name",
    "nombre de usuario",
    "sis login id",
    "sis_login_id",
    "login",
    "login id",
    "integration id",
)
GITHUB_NAMES = ("github_username", "github username", "github")
NAMES = (
    "name",
    "full name",
    "user full name",
    "student",
    "student name",
    "nombre completo",
    "nombre completo del usuario",
    "vollständiger name",
    "nom complet",
    "nome completo",
)
GIVEN_NAMES = (
    "first name",
    "firstname",
    "first_name",
    "given name",
    "nombre",
    "nombre(s)",
    "vorname",
)
FAMILY_NAMES = (
    "last name",
    "lastname",
    "last_name",
    "surname",
    "family name",
    "apellido(s)",
    "apellidos",
    "apellido",
    "nachname",
)
EMAILS = (
    "email",
    "e-mail",
    "email address",
    "e-mail address",
    "mail",
    "dirección de correo",
    "dirección de correo electrónico",
    "dirección email",
    "correo electrónico",
    "correo",
    "e-mail-adresse",
    "adresse de courriel",
    "endereço de e-mail",
    "indirizzo email",
)
ROLE = "role"
# Roles at Gradescope of people who hand in nothing.
STAFF = ("instructor", "ta", "reader", "teacher", "grader")
# What Moodle writes before the number of a participant, in the language of the site: with a space
# in English, and without one in Spanish.
PARTICIPANT = re.compile(
    r"(?:participante?|partecipante|partaidea|teilnehmer/in)\s*([0-9]+)", re.IGNORECASE
)


def read_roster(path: Path) -> Roster:
    """Read a roster in the order of its lines.

    Raises InvalidTable if it cannot be used, has nobody on it, or has an id twice.
    """
    entry = DiskEntry(str(path), path.name, path.name, "file")
    table = read_any_table(entry, str(path), _has_ids, NEEDED)
    columns = _Columns.among(table.columns, str(path))
    lines = [_line(row, columns, str(path)) for row in table.rows]
    people = [line for line in lines if line and not line.left_out]
    if not people:
        raise InvalidTable(
            f"{path}: this roster is empty. Write one line for each student below the column names."
        )
    _require_own_ids(people, path)
    return Roster(
        tuple(line.person for line in people),
        {line.person.id: line.others for line in people if line.others},
        str(path),
        _notices([line for line in lines if line and line.left_out], path),
    )


def is_file_of(roster: Roster, entry: Entry) -> bool:
    """Whether the roster was read from this file."""
    if not isinstance(entry, DiskEntry) or not roster.path:
        return False
    try:
        return os.path.samefile(entry.path, roster.path)
    except OSError:
        return False


def is_roster(entry: Entry) -> bool:
    """Whether a file is a table of the class: its columns name people beside giving their ids."""
    if entry.kind != "file" or extension(entry.name) not in (".csv", ".tsv"):
        return False
    try:
        table = read_any_table(entry, entry.origin, _has_ids, NEEDED)
        columns = _Columns.among(table.columns, entry.origin)
    except InvalidTable:
        return False
    if columns.names or columns.emails or len(columns.ids) > 1:
        return True
    first = table.rows[0].get(columns.ids[0]) if table.rows else ""
    return PARTICIPANT.fullmatch(first.strip()) is not None


class _Columns(NamedTuple):
    """The columns of a table that say who somebody is."""

    ids: tuple[str, ...]
    github_names: tuple[str, ...]
    # One column with the name, or two: given name and family name.
    names: tuple[str, ...]
    emails: tuple[str, ...]
    # It is a gradebook of Canvas, which has lines that are nobody.
    is_canvas: bool

    @staticmethod
    def among(columns: Sequence[str], path: str) -> "_Columns":
        """Raises InvalidTable if a column that matters is there twice."""

        def named(names: Sequence[str]) -> tuple[str, ...]:
            present = tuple(name for name in names if name in columns)
            for name in present:
                if columns.count(name) > 1:
                    raise column_appears_twice(path, name)
            return present

        full_names = named(NAMES)[:1]
        return _Columns(
            named(IDS),
            named(GITHUB_NAMES),
            full_names or (*named(GIVEN_NAMES)[:1], *named(FAMILY_NAMES)[:1]),
            named(EMAILS)[:1],
            is_canvas="id" in columns and ("student" in columns or "lastname" in columns),
        )


class _Line(NamedTuple):
    """One person of a roster."""

    line: int
    person: Person
    others: tuple[str, ...]
    # Why they are no student; empty if they are one.
    left_out: str


def _has_ids(columns: Sequence[str]) -> bool:
    return any(name in columns for name in IDS)


def _line(row: CsvRow, columns: _Columns, path: str) -> _Line | None:
    """Return the person of a line, or None for a line that is nobody's. Raises InvalidTable."""
    name = _name(row, columns)
    email = _first_cell(row, columns.emails)
    id, *others = [_cell(row, column) for column in columns.ids]
    if columns.is_canvas and not id and key_of_name(name) in ("", "points possible"):
        return None
    if not id and columns.ids[0] == "sid":
        id = email  # at Gradescope not everybody has a number
    if not id:
        raise row_without_id(path, row)
    github_names = [GITHUB + each for each in _cells(row, columns.github_names)]
    distinct = dict.fromkeys(each for each in (*others, *github_names) if each and each != id)
    return _Line(
        row.line,
        Person(to_identity(id), to_identity(name), to_identity(email)),
        tuple(map(to_identity, distinct)),
        _why_left_out(row, columns, name),
    )


def _why_left_out(row: CsvRow, columns: _Columns, name: str) -> str:
    role = _cell(row, ROLE)
    if role.casefold() in STAFF:
        return role
    if columns.is_canvas and key_of_name(name) == "student test" and not _cell(row, "sis user id"):
        return "test student"
    return ""


def _name(row: CsvRow, columns: _Columns) -> str:
    name = " ".join(filter(None, _cells(row, columns.names)))
    if columns.is_canvas and name.count(",") == 1:
        family, given = name.split(",")
        return f"{given.strip()} {family.strip()}".strip()
    return name


def _cell(row: CsvRow, column: str) -> str:
    """Return a cell as people mean it: without Moodle's words, and Brightspace's marks."""
    text = row.get(column).strip()
    if column in ("orgdefinedid", "username"):
        return text.removeprefix("#")
    participant = PARTICIPANT.fullmatch(text) if column in IDS else None
    return participant[1] if participant else text


def _cells(row: CsvRow, columns: Sequence[str]) -> list[str]:
    return [text for text in (_cell(row, column) for column in columns) if text]


def _first_cell(row: CsvRow, columns: Sequence[str]) -> str:
    return next(iter(_cells(row, columns)), "")


def _require_own_ids(people: Sequence[_Line], path: Path) -> None:
    """Raise InvalidTable if several lines have the same id."""
    counts = Counter(line.person.id for line in people)
    repeated = [f"{id} ({count} times)" for id, count in counts.items() if count > 1]
    if repeated:
        raise InvalidTable(
            f"{path}: the same id is on several lines: {', '.join(repeated[:MAX_LISTED])}. "
            "Give each student one line and an id of their own."
        )


def _notices(lines: Sequence[_Line], path: Path) -> tuple[str, ...]:
    if not lines:
        return ()
    names = ", ".join(
        f"{line.person.name or line.person.id} ({line.left_out})" for line in lines[:MAX_LISTED]
    )
    more = f" and {len(lines) - MAX_LISTED} more" if len(lines) > MAX_LISTED else ""
    return (f"{path}: left out, as they are no students: {names}{more}.",)
