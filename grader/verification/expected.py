"""expected.toml of a folder of submissions: what each of them is to get, and whether it does."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader.assignment.settings import AssignmentError
from grader.grading import grade
from grader.intake import SubmissionNotFound, asked_for, read_submission
from grader.model import AnswerKey, GraderError, OpenProgram, Submission, suffixed
from grader.verdict import Finding, RaceEvidence

EXPECTED = "expected.toml"


class Expected(msgspec.Struct, frozen=True):
    """A table of expected.toml: the outcomes of the file or folder of that name.

    A question with points that is in none of the fields must pass. A code may have the name of the
    output, letter, input or knob behind it that it is about: "array_differs.dW".
    """

    failed: dict[str, str] = {}  # question -> code of its message
    not_run: dict[str, str] = {}  # question -> code of its message
    all_failed: str | None = None  # all other questions fail, with this code
    # KEY=VALUE. Of a known submission, the settings to grade it with; of a variant, the choices of
    # conventions that it is written for.
    set: tuple[str, ...] = ()


def read_expected(folder: Path) -> dict[str, Expected]:
    """Return the tables of a folder's expected.toml by name. Raises AssignmentError."""
    file = folder / EXPECTED
    try:
        return msgspec.toml.decode(file.read_bytes(), type=dict[str, Expected])
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


def read_named(
    folder: Path, name: str, files: tuple[str, ...], names: tuple[str, ...]
) -> Submission:
    """Read the file, or the folder of several, that a table of expected.toml names.

    files, names: what the assignment asks for. Raises AssignmentError.
    """
    path = folder / f"{name}.py"
    if not path.exists() and folder.joinpath(name).is_dir():
        path = folder / name
    try:
        return read_submission(path, asked_for(files, names))
    except SubmissionNotFound as error:
        raise AssignmentError(f"{folder / EXPECTED}: {name}: {error}") from None


def mismatches(
    key: AnswerKey, submission: Submission, expected: Expected, open_program: OpenProgram
) -> tuple[str, ...]:
    """Grade a submission. Return each question that turns out otherwise than expected, in words.

    A race that is lost is run once more: other programs may have slowed it down. Raises GraderError
    if the grader failed at a question.
    """
    different = _different(key, submission, expected, open_program)
    if any(isinstance(each, RaceEvidence) for finding in different for each in finding.evidence):
        different = _different(key, submission, expected, open_program)
    return tuple(
        f"{finding.question} {_outcomes(finding)[0]}, expected {_wanted(expected, finding)}"
        for finding in different
    )


def _different(
    key: AnswerKey, submission: Submission, expected: Expected, open_program: OpenProgram
) -> list[Finding]:
    findings = grade(key, submission, open_program).findings
    return list(_otherwise(findings, expected))


def _otherwise(findings: tuple[Finding, ...], expected: Expected) -> Iterator[Finding]:
    """Yield what is not as expected. Advice is looked at only where it is named."""
    named = {*expected.failed, *expected.not_run}
    for finding in findings:
        message = finding.message
        if message is not None and message.code == "grader_trouble":
            raise GraderError(f"{finding.question}: {message.values.get('what', message.code)}")
        if finding.is_advice and finding.question not in named:
            continue
        if _wanted(expected, finding) not in _outcomes(finding):
            yield finding


def _outcomes(finding: Finding) -> tuple[str, ...]:
    """The outcome, by each name of its code."""
    if finding.outcome == "passed":
        return ("passed",)
    codes = suffixed(finding.message) if finding.message else ("",)
    return tuple(_with_code(finding.outcome, code) for code in codes)


def _wanted(expected: Expected, finding: Finding) -> str:
    question = finding.question
    if question in expected.failed:
        return _with_code("failed", expected.failed[question])
    if question in expected.not_run:
        return _with_code("not_run", expected.not_run[question])
    return _with_code("failed", expected.all_failed) if expected.all_failed else "passed"


def _with_code(outcome: str, code: str) -> str:
    return f"{outcome} ({code})"
