"""Notices that an assignment was edited after a run had begun.

All of a run is graded with one key, so an edit has no effect on it. Nobody should have to find that
out from the points.
"""

import shlex
from pathlib import Path

from grader.assignment.contents import contents_of, describe_changes
from grader.assignment.find_assignment import SHIPPED, find_assignment
from grader.assignment.key_file import is_former
from grader.assignment.settings import AssignmentError, read_assignment
from grader.batch.run_key import OtherKeyError
from grader.gradebook.record import RunKey


def require_unedited(run: Path, run_key: RunKey) -> str | None:
    """Return what the staff should know about the assignment of a run, or None.

    Raises OtherKeyError if it was edited.
    """
    changes, came_with_grader = _changes(run_key)
    if changes and not came_with_grader:
        raise OtherKeyError(
            f"{run}: the assignment has changed since this run began: {changes}. "
            "A run has one rubric: start a new one, with --fresh or another --out, "
            "or keep the old rubric: undo the changes, "
            f"or repeat the command with --key-of {shlex.quote(str(run))}."
        )
    notice = notice_of_edits(run, run_key)
    if notice is None and not _is_comparable(run_key):
        return (
            f"{run}: an older grader began this run, and it is not known whether the assignment "
            "has changed since. All of the run is graded as before, with its own key."
        )
    return notice


def notice_of_edits(run: Path, run_key: RunKey) -> str | None:
    """Return what the staff should know about the assignment of a run, or None."""
    changes, came_with_grader = _changes(run_key)
    if changes:
        source = " with the grader" if came_with_grader else ""
        return (
            f"{run}: the assignment has changed{source} since the key of this run was made: "
            f"{changes}. All of the run is graded as before, with its own key."
        )
    reason = ""
    if not _is_there(run_key):
        reason = f"its assignment, {run_key.assignment}, is no longer there"
    elif is_former(run_key.data) and not _is_readable(run_key):
        reason = f"its assignment, {run_key.assignment}, is written for an older grader"
    if reason:
        return (
            f"{run}: {reason}. The run goes on with its own key; "
            "pages are written without the explanation."
        )
    return None


def _changes(run_key: RunKey) -> tuple[str, bool]:
    """Return the changes in words, and whether another version of the grader may have made them.

    No change is known if the assignment is no longer there, or an older grader made the key.
    """
    if not (_is_comparable(run_key) and _is_there(run_key)):
        return "", False
    try:
        assignment = read_assignment(find_assignment(run_key.assignment), run_key.settings)
        now = contents_of(assignment)
    except AssignmentError as error:
        return str(error).rstrip("."), False
    is_shipped = any(folder.parent == SHIPPED for folder in assignment.folders)
    came_with_grader = is_shipped and now.grader != run_key.contents.grader
    return describe_changes(run_key.contents, now), came_with_grader


def _is_comparable(run_key: RunKey) -> bool:
    """Is it known what the key was made of, in the form that assignments have today?"""
    return bool(run_key.contents.grader) and not is_former(run_key.data)


def _is_readable(run_key: RunKey) -> bool:
    try:
        read_assignment(find_assignment(run_key.assignment), run_key.settings)
    except AssignmentError:
        return False
    return True


def _is_there(run_key: RunKey) -> bool:
    try:
        find_assignment(run_key.assignment)
    except AssignmentError:
        return False
    return True
