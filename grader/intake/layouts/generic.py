"""One file, zip or folder for each student, named after the student: <id>.py, <id>.zip, <id>/."""

from grader.intake.entries import Entry, RawSubmission, person_named_after
from grader.intake.names import extension


def list_submissions(root: Entry) -> list[RawSubmission]:
    return [
        RawSubmission(
            (person_named_after(entry),),
            entry.origin,
            entry,
            is_stray=not _could_be_an_attempt(entry),
        )
        for entry in root.children()
    ]


def _could_be_an_attempt(entry: Entry) -> bool:
    return entry.kind == "folder" or extension(entry.name) in (".py", ".zip")
