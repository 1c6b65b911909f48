"""One file, zip or folder for each student, named after the student: <id>.py, <id>.zip, <id>/."""

from collections.abc import Sequence

from grader.intake.entries import (
    Entry,
    RawSubmission,
    person_named_after,
)
from grader.intake.layouts.listing import Listing
from grader.intake.names import extension
from grader.intake.roster_table import is_roster


def list_submissions(entries: Sequence[Entry]) -> Listing:
    """The table of a class beside the submissions is left out, and stays among the others."""
    submissions = []
    tables = []
    for entry in entries:
        if is_roster(entry):
            tables.append(entry)
            continue
        is_stray = not _could_be_an_attempt(entry)
        people = (person_named_after(entry),)
        submissions.append(RawSubmission(people, entry.origin, entry, is_stray=is_stray))
    return Listing(submissions, tables, len(submissions))


def _could_be_an_attempt(entry: Entry) -> bool:
    return entry.kind == "folder" or extension(entry.name) in (".py", ".zip")
