"""A file, a zip or a folder for each student, named after the student: <id>.py, <id>.zip, <id>/."""

from grader.intake.entries import Entry, RawSubmission, person_by_name
from grader.intake.find_file import could_be_an_attempt


def hand_ins(root: Entry) -> list[RawSubmission]:
    return [
        RawSubmission(
            (person_by_name(entry),), entry.origin, entry, stray=not could_be_an_attempt(entry)
        )
        for entry in root.inside()
    ]
