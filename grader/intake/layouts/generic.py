"""One file, zip or folder for each student, named after the student: <id>.py, <id>.zip, <id>/."""

from collections.abc import Sequence

from grader.intake.entries import (
    Entry,
    RawSubmission,
    UnreadableSubmission,
    person_named_after,
)
from grader.intake.layouts.listing import Listing, is_table
from grader.intake.names import extension

# Names of columns that only the table of a class has, without spaces and in lower case.
CLASS_COLUMNS = frozenset(
    ("id", "sid", "studentid", "userid", "identifier", "identificador", "email", "emailaddress",
     "sisuserid", "sisloginid", "username", "fullname", "student", "name", "login"),
)  # fmt: skip
HEADER_CAP = 4096  # bytes


def list_submissions(entries: Sequence[Entry]) -> Listing:
    """The table of a class beside the submissions is left out, and stays among the others."""
    submissions = []
    tables = []
    for entry in entries:
        if is_class_table(entry):
            tables.append(entry)
            continue
        is_stray = not _could_be_an_attempt(entry)
        people = (person_named_after(entry),)
        submissions.append(RawSubmission(people, entry.origin, entry, is_stray=is_stray))
    return Listing(submissions, tables, len(submissions))


def is_class_table(entry: Entry) -> bool:
    """Whether this is a table of a class: its first line names columns that describe students."""
    if not is_table(entry):
        return False
    try:
        raw, _ = entry.read(HEADER_CAP)
    except UnreadableSubmission:
        return False
    first_line = raw.decode("utf-8-sig", "replace").lstrip().partition("\n")[0]
    cells = first_line.lower().replace(";", ",").replace('"', "").replace(" ", "").split(",")
    return len(cells) > 1 and not CLASS_COLUMNS.isdisjoint(cell.strip() for cell in cells)


def _could_be_an_attempt(entry: Entry) -> bool:
    return entry.kind == "folder" or extension(entry.name) in (".py", ".zip")
