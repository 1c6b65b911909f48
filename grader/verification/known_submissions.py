"""Known submissions of an assignment: a folder of files, and expected.toml with their outcomes."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from grader.assignment.settings import AssignmentError
from grader.grading import grade
from grader.intake import SubmissionNotFound, asked_file, read_submission
from grader.model import AnswerKey, OpenProgram
from grader.verdict import Finding, Verdict
from grader.verification.result import KnownSubmission

_EXPECTED = "expected.toml"


class _Expected(msgspec.Struct, frozen=True):
    """A table of expected.toml: the outcomes of the file of that name.

    A question that is in none of the fields must pass.
    """

    failed: dict[str, str] = {}  # question -> code of its message
    not_run: dict[str, str] = {}  # question -> code of its message
    all_failed: str | None = None  # all other questions fail, with this code
    set: tuple[str, ...] = ()  # settings to grade it with, KEY=VALUE


def known_submissions(
    folder: Path, key_for: Callable[[tuple[str, ...]], AnswerKey], open_program: OpenProgram
) -> tuple[KnownSubmission, ...]:
    """Grade every file that expected.toml names, in the same way as a student's.

    key_for: returns the key for an entry's settings. Raises AssignmentError, GraderError.
    """
    keys = dict[tuple[str, ...], AnswerKey]()
    graded = []
    for name, expected in _read_expected(folder).items():
        if expected.set not in keys:
            keys[expected.set] = key_for(expected.set)
        key, path = keys[expected.set], folder / f"{name}.py"
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
            'Write a table for each file: [name], failed = { "question" = "code" }.'
        ) from None
    except OSError as error:
        raise AssignmentError(
            f"{file}: cannot be read ({error.strerror}). "
            "Write one: a table [name] for each file name.py."
        ) from None


def _mismatches(verdict: Verdict, expected: _Expected) -> tuple[str, ...]:
    mismatches = []
    for finding in verdict.findings:
        got, wanted = _outcome(finding), _expected_outcome(expected, finding.question)
        if got != wanted:
            mismatches.append(f"{finding.question} {got}, expected {wanted}")
    return tuple(mismatches)


def _outcome(finding: Finding) -> str:
    if finding.outcome == "passed":
        return "passed"
    return _with_code(finding.outcome, finding.message.code if finding.message else "")


def _expected_outcome(expected: _Expected, question: str) -> str:
    if question in expected.failed:
        return _with_code("failed", expected.failed[question])
    if question in expected.not_run:
        return _with_code("not_run", expected.not_run[question])
    return _with_code("failed", expected.all_failed) if expected.all_failed else "passed"


def _with_code(outcome: str, code: str) -> str:
    return f"{outcome} ({code})"
