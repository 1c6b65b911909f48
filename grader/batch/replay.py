"""The same bytes with the same key once more: does every question end as it did?"""

from typing import NamedTuple

from grader.gradebook.class_list import ids_of
from grader.gradebook.lookup import find_submission, joined
from grader.gradebook.record import Gradebook, require_run_key
from grader.grading import grade
from grader.model import Level
from grader.reports.sentences import escape_invisible
from grader.sandbox.levels import starters
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Finding, Verdict


class Replayed(NamedTuple):
    """text: what was graded, and a line for each question; is_same: all ended as they did, for the same reason and the same points."""

    text: str
    is_same: bool


def replay(gradebook: Gradebook, name: str, attempt: int | None, minimum: Level) -> Replayed:
    """name: an id, or the ids of a group. Raises SubmissionNotFound where there is nothing of theirs to compare with, GraderError without a
    sandbox."""
    submission, before = find_submission(gradebook, name, attempt)
    with Sandbox(starters(), minimum) as sandbox:
        after = grade(require_run_key(gradebook).key, submission, sandbox.open_program)
    same = compared(before, after)
    return same._replace(
        text=f"Attempt {submission.attempt} of {escape_invisible(joined(ids_of(submission)))}:\n{same.text}"
    )


def compared(before: Verdict, after: Verdict) -> Replayed:
    """A question that is missing on one side is a difference, too."""
    findings = {finding.question: finding for finding in before.findings}
    again = {finding.question: finding for finding in after.findings}
    lines, is_same = [], before.diagnosis == after.diagnosis
    if not is_same:
        lines.append("DIFFERS  the named causes")
    for question in dict.fromkeys([*findings, *again]):
        one, other = findings.get(question), again.get(question)
        if told(one) == told(other):
            lines.append(f"same     {question}: {told(one)}")
        else:
            is_same = False
            lines.append(f"DIFFERS  {question}: it was {told(one)}, it is {told(other)}")
    lines += [
        f"note     {name} was {old}, it is {after.versions.get(name)}"
        for name, old in different(before, after)
    ]
    lines.append(
        f"{'The same' if is_same else 'NOT the same'}: {before.score:g} points then, {after.score:g} now, of {after.possible:g}."
    )
    return Replayed("\n".join(lines) + "\n", is_same)


def told(finding: Finding | None) -> str:
    if finding is None:
        return "not asked"
    code = f", {finding.message.code}" if finding.message else ""
    points = (
        "no points yet"
        if finding.points is None
        else f"{finding.points:g} of {finding.possible:g} points"
    )
    return f"{finding.outcome}{code}, {points}"


def different(before: Verdict, after: Verdict) -> list[tuple[str, str]]:
    return [
        (name, version)
        for name, version in before.versions.items()
        if after.versions.get(name) != version
    ]
