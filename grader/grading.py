"""From a submission to its verdict."""

import platform
import re
import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from grader import __version__
from grader.checks import CHECKS, settings_for
from grader.checks.function_under_test import FunctionUnderTest, SubmissionUnderTest
from grader.diagnosis.diagnose import diagnose
from grader.model import (
    AnswerKey,
    GraderError,
    Level,
    Message,
    OpenProgram,
    Question,
    Submission,
    SubmissionError,
)
from grader.static_analysis.hidden_characters import hidden_in
from grader.static_analysis.locate import locate
from grader.verdict import (
    CannotJudge,
    Diagnosis,
    Evidence,
    Finding,
    KeyRecord,
    Outcome,
    SubmissionRecord,
    Verdict,
)

FOLDERS = re.compile(r"(?<![\w.])/(?:[^\s/'\"]+/)+")  # of an absolute path


def grade(key: AnswerKey, submission: Submission, open_program: OpenProgram) -> Verdict:
    """Ask every question of the key. Raises GraderError where the sandbox cannot run anything at all."""
    with SubmissionUnderTest(key, submission, open_program) as benches:
        findings = tuple(placed(key, submission, finding) for finding in judge_all(key, benches))
        causes, failure = causes_of(key, submission, benches)
        return verdict(
            key,
            submission,
            findings,
            benches.program.level,
            flags(benches.program.flag_counts) + failure,
            causes,
        )


def judge_all(key: AnswerKey, benches: SubmissionUnderTest) -> tuple[Finding, ...]:
    """In the key's order: a question may need earlier ones."""
    for question in key.questions:
        benches.findings[question.id] = judge(
            question, key, benches[question.function], benches.findings
        )
    return tuple(benches.findings.values())


def judge(
    question: Question, key: AnswerKey, bench: FunctionUnderTest, earlier: Mapping[str, Finding]
) -> Finding:
    began = time.perf_counter()
    judged = outcome_of(question, key, bench, earlier)
    points = (
        None
        if judged.outcome == "could_not_judge"
        else question.points
        if judged.outcome == "passed"
        else 0.0
    )
    seconds = time.perf_counter() - began
    return Finding(
        question.id,
        question.function,
        question.check,
        judged.outcome,
        points,
        question.points,
        seconds,
        *judged[1:],
    )


class OutcomeRecord(NamedTuple):
    outcome: Outcome
    message: Message | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Message, ...] = ()


def outcome_of(
    question: Question, key: AnswerKey, bench: FunctionUnderTest, earlier: Mapping[str, Finding]
) -> OutcomeRecord:
    """The one place where what happens becomes an outcome: a student's fault is a failure, the grader's own is never one."""
    try:
        bench.ready()
        require(question, earlier)
        judgement = CHECKS[question.check].judge(bench, key, settings_for(question))
        return OutcomeRecord(
            "passed" if judgement.passed else "failed",
            judgement.message,
            judgement.evidence,
            judgement.notes,
        )
    except SubmissionError as fault:
        return OutcomeRecord("failed" if fault.asked else "not_run", fault.message)
    except CannotJudge as doubt:
        return OutcomeRecord("could_not_judge", doubt.message, doubt.evidence)
    except GraderError as fault:
        return trouble(str(fault))
    except Exception as error:  # a bug of ours: told as such, and the other questions go on
        return trouble(f"{type(error).__name__} in {question.check}: {error}")


def trouble(what: str) -> OutcomeRecord:
    """The grader's own. A path in it, as the system's errors have them, is cut down to the file: a student reads this."""
    return OutcomeRecord(
        "could_not_judge", Message("grader_trouble", {"what": FOLDERS.sub("", what)})
    )


def require(question: Question, earlier: Mapping[str, Finding]) -> None:
    """Raises where an earlier finding makes the question meaningless."""
    for need in question.needs:
        if earlier[need].outcome == "could_not_judge":
            raise CannotJudge(Message("needs_undecided", {"question": need}))
        if earlier[need].outcome != "passed":
            raise SubmissionError(Message("needs", {"question": need}), asked=False)
    if any(
        f.function == question.function and f.message and f.message.code == "timed_out"
        for f in earlier.values()
    ):
        raise SubmissionError(Message("after_time_out"), asked=False)


def verdict(
    key: AnswerKey,
    submission: Submission,
    findings: tuple[Finding, ...],
    level: Level,
    flags: tuple[Message, ...] = (),
    causes: Mapping[str, Diagnosis] = MappingProxyType({}),
) -> Verdict:
    return Verdict(
        assignment=key.assignment,
        score=sum(finding.points or 0.0 for finding in findings),
        possible=sum(finding.possible for finding in findings),
        undecided=sum(finding.possible for finding in findings if finding.points is None),
        findings=findings,
        diagnosis=dict(causes),
        flags=flags + hidden_in(submission),
        sandbox=level,
        submission=SubmissionRecord(submission.file, submission.sha256, submission.saved),
        key=KeyRecord(key.sha256, key.seed, key.conventions, key.reveal),
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """Of what grades here."""
    return {
        "grader": __version__,
        "python": sys.version.partition(" ")[0],
        "numpy": np.__version__,
        "machine": f"{sys.platform} {platform.machine()}",
    }


def causes_of(
    key: AnswerKey, submission: Submission, benches: SubmissionUnderTest
) -> tuple[Mapping[str, Diagnosis], tuple[Message, ...]]:
    """The diagnosis; or none and a flag, where the grader fails at it: that must not cost anybody a verdict."""
    try:
        return located(key, submission, diagnose(key, benches.benches, benches.findings)), ()
    except Exception as error:
        return {}, (Message("flag_no_diagnosis", {"exception": type(error).__name__}),)


def located(
    key: AnswerKey, submission: Submission, causes: Mapping[str, Diagnosis]
) -> Mapping[str, Diagnosis]:
    """With the line that is guilty beyond doubt, where all readings point at the same one."""
    found = {}
    for function, diagnosis in causes.items():
        lines = {
            locate(submission.source, function, reading, key.lines) for reading in diagnosis.causes
        }
        found[function] = replace(diagnosis, line=lines.pop() if len(lines) == 1 else None)
    return found


def placed(key: AnswerKey, submission: Submission, finding: Finding) -> Finding:
    """With such a line, where its message or its question has one, and nothing else tells a line."""
    message, name = finding.message, finding.question.partition(".")[2]
    if message is None or message.line or finding.outcome != "failed" or key.reveal != "cause":
        return finding
    lines = (
        locate(submission.source, finding.function, [cause], key.lines)
        for cause in (message.code, name)
    )
    line = next(filter(None, lines), None)
    return replace(finding, message=replace(message, line=line)) if line else finding


def flags(seen: Mapping[str, int]) -> tuple[Message, ...]:
    """What a person should look at, and how often it happened. It costs nothing by itself."""
    return tuple(
        Message(f"flag_{kind}", {"times": times}) for kind, times in sorted(seen.items()) if times
    )
