"""From a submission to its verdict."""

import platform
import re
import sys
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from msgspec.structs import replace

from grader import __version__
from grader.checks import check_named, settings_for
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.submission_under_test import SubmissionUnderTest
from grader.diagnosis.diagnose import diagnose
from grader.grading.ahead import cases_ahead
from grader.grading.cells import with_cells
from grader.grading.inputs import with_input
from grader.grading.lines import with_common_line, with_line
from grader.grading.suspicions import with_suspicions
from grader.model import (
    AnswerKey,
    GraderError,
    Level,
    Message,
    OpenProgram,
    Question,
    SourceFile,
    Submission,
    SubmissionError,
)
from grader.static_analysis.hidden_characters import hidden_in
from grader.verdict import (
    CannotJudge,
    CheckResult,
    Diagnosis,
    Finding,
    KeyRecord,
    Outcome,
    SubmissionRecord,
    Verdict,
)

# The folders of an absolute path, with the last slash.
ABSOLUTE_PATH = re.compile(r"(?<![\w.])/(?:[^\s/'\"]+/)+")


def grade(key: AnswerKey, submission: Submission, open_program: OpenProgram) -> Verdict:
    """Grade a submission: load it, ask all questions, diagnose, and write the verdict.

    Raises GraderError if the sandbox cannot run anything at all.
    """
    with SubmissionUnderTest(key, submission, open_program) as under_test:
        findings = _ask_all(key, under_test)
        diagnoses, failure = _diagnose_or_flag(key, under_test)
        level = under_test.program.level
        flags = flag_messages(under_test.program.flag_counts) + failure
        submission = replace(submission, notes=submission.notes + under_test.notes)
        files = under_test.files
    return make_verdict(key, submission, findings, level, flags, diagnoses, files)


def _ask_all(key: AnswerKey, under_test: SubmissionUnderTest) -> tuple[Finding, ...]:
    """Ask the questions in the key's order: one may depend on the findings of earlier ones."""
    findings = under_test.findings
    for question in key.questions:
        function = under_test.functions[question.function]
        findings[question.id] = ask(question, key, function, findings)
    return tuple(
        with_input(finding, under_test.functions[finding.function], key)
        for finding in findings.values()
    )


def ask(
    question: Question, key: AnswerKey, function: FunctionUnderTest, earlier: Mapping[str, Finding]
) -> Finding:
    """Ask one question of its function. earlier: the findings of the questions before it."""
    started = time.perf_counter()
    finding = _run_check(question, key, function, earlier)
    return replace(finding, seconds=time.perf_counter() - started)


def _run_check(
    question: Question, key: AnswerKey, function: FunctionUnderTest, earlier: Mapping[str, Finding]
) -> Finding:
    """Run the question's check, and turn its result or its exception into a finding.

    An error of the submission is a failed question. An error of the grader never is.
    """
    try:
        function.require_ready()
        _require_prerequisites(question, earlier)
        check, settings = check_named(key, question.check), settings_for(question, key)
        function.ask_all(cases_ahead(question, key, earlier))
        result = check.judge(function, key, settings)
        return _finding(question, "passed" if result.passed else "failed", result)
    except SubmissionError as error:
        outcome: Outcome = "failed" if error.was_asked else "not_run"
        return _finding(question, outcome, CheckResult(False, error.message))
    except CannotJudge as doubt:
        result = CheckResult(False, doubt.message, doubt.evidence)
        return _finding(question, "could_not_judge", result)
    except GraderError as error:
        return _grader_failed(question, str(error))
    # A bug of the grader or of the course's checks.py: reported as such, the other questions go on.
    except (Exception, SystemExit) as error:
        what = f"{type(error).__name__} in {question.check}{_line_in_checks(error)}: {error}"
        return _grader_failed(question, what)


def _line_in_checks(error: BaseException) -> str:
    """ " (ours/checks.py, line 12)" if an error comes from the course's own checks."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith("checks.py"):
            place = f" ({file}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place


def _require_prerequisites(question: Question, earlier: Mapping[str, Finding]) -> None:
    """Raise if an earlier finding makes the question meaningless."""
    for need in question.needs:
        if earlier[need].outcome == "could_not_judge":
            raise CannotJudge(Message("needs_undecided", {"question": need}))
        if earlier[need].outcome != "passed":
            raise SubmissionError(Message("needs", {"question": need}), was_asked=False)
    for finding in earlier.values():
        timed_out = finding.message is not None and finding.message.code == "timed_out"
        if timed_out and finding.function == question.function:
            raise SubmissionError(Message("after_time_out"), was_asked=False)


def _grader_failed(question: Question, what: str) -> Finding:
    """The finding if the grader itself failed.

    what: students read it, so absolute paths in it are cut down to the file's name.
    """
    message = Message("grader_trouble", {"what": ABSOLUTE_PATH.sub("", what)})
    return _finding(question, "could_not_judge", CheckResult(False, message))


def _finding(question: Question, outcome: Outcome, result: CheckResult) -> Finding:
    points: dict[Outcome, float | None] = {"passed": question.points, "could_not_judge": None}
    return Finding(
        question=question.id,
        function=question.function,
        check=question.check,
        outcome=outcome,
        points=points.get(outcome, 0.0),
        possible=question.points,
        seconds=0.0,
        message=result.message,
        evidence=result.evidence,
        notes=result.notes,
    )


def _diagnose_or_flag(
    key: AnswerKey, under_test: SubmissionUnderTest
) -> tuple[Mapping[str, Diagnosis], tuple[Message, ...]]:
    """Return the diagnoses by function and no flag, or none and a flag if the diagnosis crashes.

    A bug in the diagnosis must not cost a student the verdict.
    """
    try:
        return diagnose(key, under_test.functions, under_test.findings), ()
    except Exception as error:
        return {}, (Message("flag_no_diagnosis", {"exception": type(error).__name__}),)


def flag_messages(counts: Mapping[str, int]) -> tuple[Message, ...]:
    """Events that a person should look at. They cost no points by themselves."""
    return tuple(
        Message(f"flag_{kind}", {"times": times}) for kind, times in sorted(counts.items()) if times
    )


def make_verdict(
    key: AnswerKey,
    submission: Submission,
    findings: tuple[Finding, ...],
    level: Level,
    flags: tuple[Message, ...] = (),
    diagnoses: Mapping[str, Diagnosis] = MappingProxyType({}),
    files: Sequence[SourceFile] | None = None,
) -> Verdict:
    """Assemble the verdict, with the lines that are to blame and hidden characters as flags.

    files: what was run, if that is not all of the submission. Its lines have the same numbers.
    """
    if files is None:
        files = (SourceFile(submission.file, submission.source), *submission.more)
    verdict = Verdict(
        assignment=key.assignment,
        score=sum(finding.points or 0.0 for finding in findings),
        possible=sum(finding.possible for finding in findings),
        undecided=sum(finding.possible for finding in findings if finding.points is None),
        findings=tuple(with_line(finding, key, files) for finding in findings),
        diagnosis={
            function: with_suspicions(
                with_common_line(diagnosis, function, key, files),
                key.function_named(function),
                [finding for finding in findings if finding.function == function],
                key,
                files,
            )
            for function, diagnosis in diagnoses.items()
        },
        flags=flags + hidden_in(submission),
        notes=submission.notes,
        sandbox=level,
        submission=SubmissionRecord(submission.file, submission.sha256, submission.saved),
        key=KeyRecord(
            sha256=key.sha256,
            seed=key.seed,
            conventions=key.conventions,
            reveal=key.reveal,
            calls={function.name: function.call for function in key.functions.values()},
        ),
        versions=versions() | key.modules,
    )
    return with_cells(verdict, submission.cells) if submission.cells else verdict


def versions() -> dict[str, str]:
    """The software that grades here."""
    return {
        "grader": __version__,
        "python": sys.version.partition(" ")[0],
        "numpy": np.__version__,
        "machine": f"{sys.platform} {platform.machine()}",
    }
