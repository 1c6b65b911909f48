"""Grades right work on the key of a run, before the run begins: the reference and its variants.

On some inputs a right answer may fail: one that is drawn near a kink, or where rounding decides.
Then everybody would lose the same points, and nobody would notice.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from grader.assignment.settings import Assignment
from grader.model import AnswerKey, GraderError, OpenProgram
from grader.verification.right_work import unexpected
from grader.verification.variants import Variant, read_right_work

MAX_DRAWS = 5  # of the inputs of a key


class UnfairKeyError(GraderError):
    """Right work does not get what it should. The text says what it gets, and what to do."""


def draw_key(
    assignment: Assignment,
    draw: Callable[[], tuple[int, AnswerKey]],
    open_program: OpenProgram,
    is_redrawn: bool,
) -> tuple[int, AnswerKey]:
    """Return the first drawn seed and key on which right work gets what it should.

    is_redrawn: draw again if it does not, at most MAX_DRAWS times in all.
    Raises UnfairKeyError, AssignmentError, GraderError if the sandbox cannot run anything.
    """
    right_work = read_right_work(assignment)
    for _ in range(MAX_DRAWS if is_redrawn else 1):
        seed, key = draw()
        unfair = first_unexpected(key, right_work, open_program)
        if not unfair:
            return seed, key
    raise UnfairKeyError(_sentence(assignment.folders[0], seed, unfair, is_redrawn))


def first_unexpected(
    key: AnswerKey, right_work: Iterable[Variant], open_program: OpenProgram
) -> str:
    """Name the first right work that gets anything otherwise than expected on a key, and what.

    Empty if there is none. Raises GraderError if the grader failed at a question.
    """
    for variant in right_work:
        # Speed depends on the machine and not on the key: that the reference wins is enough.
        otherwise = unexpected(key, variant, open_program, with_races=variant.is_reference)
        if otherwise:
            return f"{variant.name}: {'; '.join(otherwise)}"
    return ""


def _sentence(folder: Path, seed: int, unfair: str, is_redrawn: bool) -> str:
    where = f"each of {MAX_DRAWS} keys" if is_redrawn else "the key of this seed"
    last = ". On the last one, " if is_redrawn else ": "
    cure = "" if is_redrawn else ", or name another seed"
    return (
        f"{folder}: on {where}, right work turns out otherwise than expected{last}{unfair}. "
        f"See verify-assignment with --seed {seed}, and correct cases.py, a tolerance or that "
        f"work{cure}."
    )
