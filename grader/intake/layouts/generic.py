"""One file, archive or folder for each student, named after them: <id>.py, <id>.zip, <id>/."""

from collections.abc import Collection, Sequence

from grader.intake.entries import Entry, RawSubmission, person_named_after
from grader.intake.find_file import can_hold_file
from grader.intake.layouts.listing import Listing
from grader.intake.names import extension, without_extension
from grader.intake.roster_table import is_roster
from grader.intake.source import NOTEBOOK
from grader.model import Message


def list_submissions(entries: Sequence[Entry]) -> Listing:
    """The table of a class beside the submissions is left out, and stays among the others."""
    tables = [entry for entry in entries if is_roster(entry)]
    others = [entry for entry in entries if entry not in tables]
    attempts = [entry for entry in others if _could_be_an_attempt(entry)]
    names = {without_extension(entry.name) for entry in attempts if not _is_notebook(entry)}
    submissions = [_submission(entry, names) for entry in others]
    return Listing(submissions, tables, len(submissions))


def _submission(entry: Entry, names: Collection[str]) -> RawSubmission:
    """names: those of people who handed in something else than a notebook.

    A notebook beside alice.py is no attempt of hers: it would count if it were the later file.
    """
    people = (person_named_after(entry),)
    if _is_notebook(entry) and without_extension(entry.name) in names:
        reason = Message("unread_notebook_beside")
        return RawSubmission(people, entry.origin, reason, is_stray=True)
    return RawSubmission(people, entry.origin, entry, is_stray=not _could_be_an_attempt(entry))


def _could_be_an_attempt(entry: Entry) -> bool:
    return entry.kind == "folder" or can_hold_file(entry.name)


def _is_notebook(entry: Entry) -> bool:
    return entry.kind == "file" and extension(entry.name) == NOTEBOOK
