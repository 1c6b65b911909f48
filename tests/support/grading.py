"""A key of the softmax assignment, limits and submissions, for tests that grade."""

from collections.abc import Callable
from functools import cache

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import read_assignment
from grader.model import AnswerKey, Limits, Submission
from grader.verdict import Verdict

SEED = 7  # of the tests' own key
# Settings for a key with limits that a test can wait for.
QUICK = (
    "limits.call_seconds=1",
    "limits.function_seconds=2",
    "limits.submission_seconds=4",
    "limits.memory_mib=512",
)
# Advice that the softmax assignment has in a comment: see the end of its assignment.toml.
COMMENTED = tuple(
    "questions." + line.removeprefix("# ").replace(" = ", "=", 1).replace(" ", "")
    for line in (find_assignment("softmax") / "assignment.toml").read_text("utf-8").splitlines()
    if line.startswith('# "')
)
GradeFile = Callable[..., Verdict]  # of the fixture grade_file: (path, key) -> Verdict


@cache  # a key takes 0.3 s, with signatures 1 s
def make_key(*overrides: str, seed: int = SEED, named: bool = False) -> AnswerKey:
    """A key of the softmax assignment.

    named: with the signatures of the misconceptions, which most tests do without.
    """
    return build_key(read_assignment(find_assignment("softmax"), overrides), seed, named)


def submission_of(text: str) -> Submission:
    return Submission("softmax.py", text.encode(), "0" * 64)


def limits(
    call: float = 2.0, function: float = 4.0, whole: float = 8.0, memory: int = 512
) -> Limits:
    return Limits(call, function, whole, memory)
