"""Known submissions graded in a cell, where the sandbox is at a weaker level."""

import subprocess

from grader.grading import grade
from grader.intake import asked_file, read_submission
from grader.model import AnswerKey, Level
from grader.sandbox.sandbox import Sandbox
from tests.support.cell import DENIED, run_in_cell
from tests.support.grading import QUICK, make_key
from tests.support.known_submissions import EXPECTED, known_submission, require_expected


def grade_in_cell(level: Level, names: list[str]) -> subprocess.CompletedProcess[str]:
    """Grade known submissions in a cell that denies what levels above this one need.

    It prints the name of each that got what it should, and stops at the first that did not.
    """
    script = (
        "import sys; from tests.support.known_at_level import grade_here; "
        "grade_here(*sys.stdin.read().split())"
    )
    return run_in_cell("-c", script, denied=DENIED[level], text=" ".join([level, *names]))


def grade_here(level: Level, *names: str) -> None:
    """Grade known submissions, in the cell."""
    with Sandbox() as sandbox:
        keys: dict[tuple[str, ...], AnswerKey] = {(): make_key(*QUICK)}
        for name in names:
            settings = tuple(EXPECTED[name].get("set", ()))
            if settings not in keys:
                keys[settings] = make_key(*settings)
            key = keys[settings]
            submission = read_submission(known_submission(name), asked_file(key))
            verdict = grade(key, submission, sandbox.open_program)
            require_expected(verdict, EXPECTED[name], level)
            print(name)  # noqa: T201  (the test reads it)
