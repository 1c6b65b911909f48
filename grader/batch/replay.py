"""The same bytes with the same key once more: does every question end as it did?"""

from typing import NamedTuple

import msgspec

from grader.gradebook.database import GradebookError
from grader.gradebook.record import Entry, Gradebook, require_frozen
from grader.grading import grade
from grader.model import Level, Submission
from grader.sandbox.levels import starters
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Finding, Verdict

VERDICT = msgspec.json.Decoder(Verdict)


class Replayed(NamedTuple):
    """text: a line for each question; is_same: all ended as they did, for the same reason and the same points."""

    text: str
    is_same: bool


def replay(gradebook: Gradebook, person: str, attempt: int | None, minimum: Level) -> Replayed:
    """person: an id. Raises GradebookError where there is nothing of theirs to compare with, GraderFault without a sandbox."""
    entry = entry_of(gradebook, person, attempt)
    if not isinstance(entry.handed_in, Submission) or entry.verdict is None:
        raise GradebookError(f"{gradebook.path}: what {person} handed in has no verdict to compare with. Run the batch again first.")
    before = VERDICT.decode(entry.verdict)
    with Sandbox(starters(), minimum) as sandbox:
        after = grade(require_frozen(gradebook).key, entry.handed_in, sandbox.open_program)
    return compared(before, after)


def entry_of(gradebook: Gradebook, person: str, attempt: int | None) -> Entry:
    """Their last attempt, if none is asked for."""
    rows = gradebook.rows_of(person)
    for number, row in reversed(rows):
        if attempt in (None, number):
            return next(gradebook.entries(row))
    known = ", ".join(str(number) for number, _ in rows)
    raise GradebookError(
        f"{gradebook.path}: {person} has no attempt {attempt}, but {known}. Name one of these with --attempt."
        if rows
        else f"{gradebook.path}: there is nothing of {person!r}. Ids are as in the first column of the class page."
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
    lines += [f"note     {name} was {old}, it is {after.versions.get(name)}" for name, old in different(before, after)]
    lines.append(f"{'The same' if is_same else 'NOT the same'}: {before.score:g} points then, {after.score:g} now, of {after.possible:g}.")
    return Replayed("\n".join(lines) + "\n", is_same)


def told(finding: Finding | None) -> str:
    if finding is None:
        return "not asked"
    code = f", {finding.message.code}" if finding.message else ""
    points = "no points yet" if finding.points is None else f"{finding.points:g} of {finding.possible:g} points"
    return f"{finding.outcome}{code}, {points}"


def different(before: Verdict, after: Verdict) -> list[tuple[str, str]]:
    return [(name, version) for name, version in before.versions.items() if after.versions.get(name) != version]
