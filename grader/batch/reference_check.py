"""Grades the reference of an assignment on the key of a run, before the run begins.

On some inputs a right answer may fail: one that is drawn near a kink, or where rounding decides.
Then everybody would lose the same points, and nobody would notice.
"""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from grader.assignment.reference import reference_source
from grader.assignment.settings import Assignment
from grader.grading import grade
from grader.model import AnswerKey, GraderError, OpenProgram, Source, Submission, suffixed
from grader.verdict import Finding, RaceEvidence

MAX_DRAWS = 5  # of the inputs of a key


class ReferenceLosesError(GraderError):
    """The reference does not get full marks. The text says what it lost, and what to do."""


def draw_key(
    assignment: Assignment,
    draw: Callable[[], tuple[int, AnswerKey]],
    open_program: OpenProgram,
    is_redrawn: bool,
) -> tuple[int, AnswerKey]:
    """Return the first drawn seed and key on which the reference gets full marks.

    is_redrawn: draw again if it does not, at most MAX_DRAWS times in all.
    Raises ReferenceLosesError, GraderError if the sandbox cannot run anything.
    """
    source = reference_source(assignment)
    for _ in range(MAX_DRAWS if is_redrawn else 1):
        seed, key = draw()
        lost = lost_points(key, source, open_program)
        if not lost:
            return seed, key
    where = f"every one of {MAX_DRAWS} keys" if is_redrawn else "the key of this seed"
    cure = "" if is_redrawn else " or name another seed"
    raise ReferenceLosesError(
        f"{assignment.folders[0]}: its reference loses points on {where}: {'; '.join(lost)}. "
        f"See verify-assignment with --seed {seed}, and correct cases.py or the reference{cure}."
    )


def lost_points(key: AnswerKey, source: Source, open_program: OpenProgram) -> list[str]:
    """Return the questions for which the reference does not get all points, in words.

    Raises GraderError if the grader failed at one of them.
    """
    lost = list(_not_passed(key, source, open_program))
    if any(isinstance(each, RaceEvidence) for finding in lost for each in finding.evidence):
        # Other programs may have slowed it down.
        lost = list(_not_passed(key, source, open_program))
    return [_in_words(finding) for finding in lost]


def _not_passed(key: AnswerKey, source: Source, open_program: OpenProgram) -> Iterator[Finding]:
    """Yield what is not passed. Advice has no points to lose."""
    functions = {function.short: function for function in source.functions}
    submission = Submission(source.file, source.text, "", more=source.more)
    verdict = grade(replace(key, functions=functions), submission, open_program)
    for finding in verdict.findings:
        message = finding.message
        if message is not None and message.code == "grader_trouble":
            raise GraderError(f"{finding.question}: {message.values.get('what', message.code)}")
        if finding.outcome != "passed" and not finding.is_advice:
            yield finding


def _in_words(finding: Finding) -> str:
    code = suffixed(finding.message)[0] if finding.message else finding.outcome
    if finding.points is None:
        return f"{finding.question} could not be judged ({code})"
    return f"{finding.question} {finding.points:g} of {finding.possible:g} points ({code})"
