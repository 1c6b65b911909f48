"""What was handed in, as Submissions. Bytes are read, and nothing is ever run or unpacked here.

sources finds what stands at a path; layouts and manifest say whose each entry is; attempts puts them in order; chosen finds the file to
grade in what one student handed in; files and archive open it, carefully. What cannot be graded is told: an Unreadable with its reason.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from grader.intake.entries import (
    InvalidTable,
    RawSubmission,
    SubmissionNotFound,
    UnreadableSubmission,
)
from grader.intake.find_file import file_in
from grader.intake.roster import compare_with_roster, read_roster
from grader.intake.single import SOURCE_CAP, read_submission, submission
from grader.model import Message, Submission, Unreadable

__all__ = [
    "SOURCE_CAP",
    "InvalidTable",
    "SubmissionNotFound",
    "compare_with_roster",
    "read_all",
    "read_roster",
    "read_submission",
]


def read_all(source: Path, file: str) -> Iterator[Submission | Unreadable]:
    """All that was handed in at `source`, by people and attempt: see docs/handing-in.md. file: what the assignment calls it.

    Names are listed at once, each file is read when its turn comes, and none is kept. Raises SubmissionNotFound at once, if there is nothing here
    to read; InvalidTable, if a manifest leaves open in which order somebody's attempts are.
    """
    from grader.intake.attempts import in_order
    from grader.intake.sources import (
        hand_ins,
    )  # with zipfile and csv, which a single file needs not: 5 ms of a cold start

    found, manifest = hand_ins(source, file)
    return (read(hand_in, file) for hand_in in in_order(found, file, manifest))


def read(hand_in: RawSubmission, file: str) -> Submission | Unreadable:
    people, origin, handed_in, attempt, saved, dated, late, _ = hand_in
    if isinstance(handed_in, Message):
        return Unreadable(people, origin, handed_in, saved, attempt or 1, late)
    try:
        entry = file_in(handed_in, file)
        found = submission(entry)
    except UnreadableSubmission as unfit:
        return Unreadable(
            people, origin, unfit.message, saved if dated else handed_in.saved(), attempt or 1, late
        )
    return replace(
        found,
        people=people,
        origin=entry.origin,
        saved=saved if dated else found.saved,
        attempt=attempt or 1,
        late=late,
    )
