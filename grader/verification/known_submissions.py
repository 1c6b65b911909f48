"""Known submissions of an assignment: a folder of files, and expected.toml, which says what each of them must get."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from grader.assignment.settings import AssignmentError
from grader.grading import grade
from grader.intake import SubmissionNotFound, read_submission
from grader.model import AnswerKey, OpenProgram
from grader.verdict import Verdict
from grader.verification.result import KnownSubmission

EXPECTED = "expected.toml"


class Entry(msgspec.Struct, frozen=True):
    """failed, not_run: question -> code of its message; all others pass. all_failed: every question, with this code. set: settings."""

    failed: dict[str, str] = {}
    not_run: dict[str, str] = {}
    all_failed: str | None = None
    set: tuple[str, ...] = ()


def known_submissions(
    folder: Path, key_for: Callable[[tuple[str, ...]], AnswerKey], open_program: OpenProgram
) -> tuple[KnownSubmission, ...]:
    """Every file is graded as a student's is. key_for: the settings of an entry -> its key. Raises AssignmentError, GraderError."""
    expected, keys = read_expected(folder), dict[tuple[str, ...], AnswerKey]()
    known = []
    for name, entry in expected.items():
        if entry.set not in keys:
            keys[entry.set] = key_for(entry.set)
        key, path = keys[entry.set], folder / f"{name}.py"
        try:
            verdict = grade(key, read_submission(path, key.file), open_program)
        except SubmissionNotFound as error:
            raise AssignmentError(f"{folder / EXPECTED}: {name}: {error}") from None
        known.append(KnownSubmission(name, differences(verdict, entry)))
    return tuple(known)


def read_expected(folder: Path) -> dict[str, Entry]:
    file = folder / EXPECTED
    try:
        return msgspec.toml.decode(file.read_bytes(), type=dict[str, Entry])
    except (msgspec.DecodeError, ValueError) as error:
        raise AssignmentError(
            f'{file}: {error}. Write a table for each file: [name], failed = {{ "question" = "code" }}.'
        ) from None
    except OSError as error:
        raise AssignmentError(
            f"{file}: cannot be read ({error.strerror}). Write one: a table [name] for each file name.py."
        ) from None


def differences(verdict: Verdict, entry: Entry) -> tuple[str, ...]:
    wrong = []
    for finding in verdict.findings:
        wanted = expectation(entry, finding.question)
        got = (
            "passed"
            if finding.outcome == "passed"
            else told(finding.outcome, finding.message.code if finding.message else "")
        )
        if got != wanted:
            wrong.append(f"{finding.question} {got}, expected {wanted}")
    return tuple(wrong)


def expectation(entry: Entry, question: str) -> str:
    for outcome, codes in (("failed", entry.failed), ("not_run", entry.not_run)):
        if question in codes:
            return told(outcome, codes[question])
    return told("failed", entry.all_failed) if entry.all_failed else "passed"


def told(outcome: str, code: str) -> str:
    return f"{outcome} ({code})"
