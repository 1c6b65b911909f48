"""Known submissions of an assignment, and expected.toml with their outcomes.

Each is a file, or a folder if the assignment has several files.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from grader.assignment.settings import AssignmentError
from grader.grading import grade
from grader.intake import SubmissionNotFound, asked_file, read_submission
from grader.model import AnswerKey, OpenProgram, suffixed
from grader.verdict import Finding, Verdict
from grader.verification.result import KnownSubmission

_EXPECTED = "expected.toml"


class _Expected(msgspec.Struct, frozen=True):
    """A table of expected.toml: the outcomes of the file or folder of that name.

    A question with points that is in none of the fields must pass. A code may have the name of the
    output, letter, input or knob behind it that it is about: "array_differs.dW".
    """

    failed: dict[str, str] = {}  # question -> code of its message
    not_run: dict[str, str] = {}  # question -> code of its message
    all_failed: str | None = None  # all other questions fail, with this code
    set: tuple[str, ...] = ()  # settings to grade it with, KEY=VALUE


def known_submissions(
    folder: Path, key_for: Callable[[tuple[str, ...]], AnswerKey], open_program: OpenProgram
) -> tuple[KnownSubmission, ...]:
    """Grade everything that expected.toml names, in the same way as a student's work.

    key_for: returns the key for an entry's settings. Raises AssignmentError, GraderError.
    """
    keys = dict[tuple[str, ...], AnswerKey]()
    graded = []
    for name, expected in _read_expected(folder).items():
        if expected.set not in keys:
            keys[expected.set] = key_for(expected.set)
        key, path = keys[expected.set], folder / f"{name}.py"
        if not path.exists() and folder.joinpath(name).is_dir():
            path = folder / name  # an assignment of several files
        try:
            verdict = grade(key, read_submission(path, asked_file(key)), open_program)
        except SubmissionNotFound as error:
            raise AssignmentError(f"{folder / _EXPECTED}: {name}: {error}") from None
        graded.append(KnownSubmission(name, _mismatches(verdict, expected)))
    return tuple(graded)


def _read_expected(folder: Path) -> dict[str, _Expected]:
    file = folder / _EXPECTED
    try:
        return msgspec.toml.decode(file.read_bytes(), type=dict[str, _Expected])
    except (msgspec.DecodeError, ValueError) as error:
        raise AssignmentError(
            f"{file}: {error}. "
            'Write a table for each file or folder: [name], failed = { "question" = "code" }.'
        ) from None
    except OSError as error:
        raise AssignmentError(
            f"{file}: cannot be read ({error.strerror}). "
            "Write one: a table [name] for each file name.py."
        ) from None


def _mismatches(verdict: Verdict, expected: _Expected) -> tuple[str, ...]:
    mismatches = []
    named = {*expected.failed, *expected.not_run}
    for finding in verdict.findings:
        if finding.is_advice and finding.question not in named:
            continue
        wanted = _expected_outcome(expected, finding.question)
        got = _outcomes(finding)
        if wanted not in got:
            mismatches.append(f"{finding.question} {got[0]}, expected {wanted}")
    return tuple(mismatches)


def _outcomes(finding: Finding) -> tuple[str, ...]:
    """The outcome, by each name of its code."""
    if finding.outcome == "passed":
        return ("passed",)
    codes = suffixed(finding.message) if finding.message else ("",)
    return tuple(_with_code(finding.outcome, code) for code in codes)


def _expected_outcome(expected: _Expected, question: str) -> str:
    if question in expected.failed:
        return _with_code("failed", expected.failed[question])
    if question in expected.not_run:
        return _with_code("not_run", expected.not_run[question])
    return _with_code("failed", expected.all_failed) if expected.all_failed else "passed"


def _with_code(outcome: str, code: str) -> str:
    return f"{outcome} ({code})"
