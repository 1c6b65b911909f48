"""Grade a stored submission once more with the stored key, and compare every question."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from grader.gradebook.class_list import ids_of
from grader.gradebook.lookup import find_submission, joined
from grader.gradebook.record import Gradebook, require_run_key
from grader.grading import grade
from grader.model import Level, suffixed
from grader.reports.safe_text import escape_invisible
from grader.sandbox.levels import starters
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Finding, Verdict


class Comparison(NamedTuple):
    """The comparison of a stored verdict with a new one."""

    text: str  # which submission, then a line for each question
    is_same: bool  # every question ended the same way, for the same reason, with the same points


def replay(
    gradebook: Gradebook, name: str, attempt: int | None, minimum_level: Level
) -> Comparison:
    """Grade a submission again and compare.

    name: an id, or the ids of a group. attempt: None for the one that counts.
    Raises SubmissionNotFound if there is no verdict to compare with, GraderError if the sandbox
    cannot have the minimum level.
    """
    submission, before = find_submission(gradebook, name, attempt)
    key = require_run_key(gradebook).key
    with Sandbox(starters(), minimum_level) as sandbox:
        sandbox.provide(key.modules)
        after = grade(key, submission, sandbox.open_program)
    endings_before, endings_after = _endings(before), _endings(after)
    is_same = before.diagnosis == after.diagnosis and endings_before == endings_after
    people = escape_invisible(joined(ids_of(submission)))
    lines = [f"Attempt {submission.attempt} of {people}:"]
    if before.diagnosis != after.diagnosis:
        lines.append("DIFFERS  the named causes")
    lines += _question_lines(endings_before, endings_after)
    lines += _version_lines(before, after)
    lines.append(
        f"{'The same' if is_same else 'NOT the same'}: {before.score:g} points then, "
        f"{after.score:g} now, of {after.possible:g}."
    )
    return Comparison("\n".join(lines) + "\n", is_same)


def _endings(verdict: Verdict) -> dict[str, str]:
    """Return how each question ended: its outcome, the code of its message, its points."""
    return {finding.question: _ending(finding) for finding in verdict.findings}


def _ending(finding: Finding) -> str:
    code = f", {suffixed(finding.message)[0]}" if finding.message else ""
    points = "no points yet"
    if finding.points is not None:
        points = f"{finding.points:g} of {finding.possible:g} points"
    return f"{finding.outcome}{code}, {points}"


def _question_lines(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each question. One that is missing on one side differs."""
    for question in dict.fromkeys([*before, *after]):
        old, new = before.get(question, "not asked"), after.get(question, "not asked")
        if old == new:
            yield f"same     {question}: {old}"
        else:
            yield f"DIFFERS  {question}: it was {old}, it is {new}"


def _version_lines(before: Verdict, after: Verdict) -> Iterator[str]:
    """Yield a note for each program, such as numpy, whose version has changed."""
    for program, old in before.versions.items():
        new = after.versions.get(program)
        if new != old:
            yield f"note     {program} was {old}, it is {new}"
