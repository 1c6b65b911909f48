"""What a worker of a batch does: grades a submission, and writes a student's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

from grader.assignment.explanation import Explanation
from grader.batch.workers import Ready
from grader.files.atomic import write_atomically
from grader.gradebook.fingerprint import fingerprint
from grader.gradebook.record import Graded
from grader.grading import grade
from grader.model import AnswerKey, GraderError, Level, Submission, Unreadable, Words
from grader.redaction import for_student
from grader.reports.student_page import page, unread_page
from grader.sandbox.levels import ORDER, starters
from grader.sandbox.sandbox import Sandbox
from grader.verdict import VERDICT, RaceEvidence, Verdict

SANDBOXES = 3  # that a submission is tried in while the grader is in trouble: they may have been killed from outside


class GradeTask(Struct, frozen=True):
    """To grade: a row of the gradebook."""

    row: int
    submission: Submission


class PageTask(Struct, frozen=True):
    """To write: a student's page. latest: the last attempt of the same people; verdict: JSON, empty where there was nothing to grade;
    made_of: see grader.reports.student_page."""

    handed_in: Submission | Unreadable
    latest: int
    verdict: bytes
    path: str
    made_of: str


Task: TypeAlias = GradeTask | PageTask


class WorkerResult(Struct, frozen=True, array_like=True):
    """graded: None where the grader failed, and trouble says how. is_doubtful: it may come out better with nothing else running."""

    graded: Graded | None
    trouble: str = ""
    is_doubtful: bool = False


WORKER_RESULT = msgspec.msgpack.Decoder(WorkerResult)


@contextmanager
def grading_worker(
    key: AnswerKey, minimum: Level, words: Words, explanation: Explanation
) -> Iterator[Ready[Task]]:
    """One worker, as good as its sandbox. Raises GraderError where that cannot have the minimum level."""
    with Sandbox(starters(), minimum) as sandbox:
        sandbox.open_program(
            key.yardstick.source, key.limits, keep=True
        )  # finds the level, before anything is graded

        def work(task: Task) -> bytes:
            if isinstance(task, GradeTask):
                return msgspec.msgpack.encode(grade_task(key, task.submission, sandbox))
            return write_page(task, words, explanation)

        yield Ready(work, ORDER.index(sandbox.level))


def grade_task(key: AnswerKey, submission: Submission, sandbox: Sandbox) -> WorkerResult:
    answer = WorkerResult(None)
    for _ in range(SANDBOXES):
        try:
            verdict = grade(key, submission, sandbox.open_program)
        except GraderError as fault:
            answer = WorkerResult(None, str(fault), is_doubtful=True)
        except Exception as error:  # a bug of ours: told as such, and the other submissions go on
            answer = WorkerResult(None, f"{type(error).__name__}: {error}", is_doubtful=True)
        else:
            what = trouble_of(verdict)
            if what is None:
                return WorkerResult(
                    graded_record(verdict, submission), is_doubtful=lost_race(verdict)
                )
            answer = WorkerResult(None, what, is_doubtful=True)
        sandbox.is_worn = True
    return answer


def graded_record(verdict: Verdict, submission: Submission) -> Graded:
    points = verdict.score, verdict.possible, verdict.undecided
    return Graded(
        *points, fingerprint(submission.source), verdict.sandbox, msgspec.json.encode(verdict)
    )


def trouble_of(verdict: Verdict) -> str | None:
    """Of the grader itself, with one of the questions: then the others say nothing that lasts either, and all are asked again."""
    told = [
        finding.message
        for finding in verdict.findings
        if finding.message is not None and finding.message.code == "grader_trouble"
    ]
    return str(told[0].values.get("what", told[0].code)) if told else None


def lost_race(verdict: Verdict) -> bool:
    """Was time the one thing wrong with a question? A noisy machine might have been the reason."""
    slow = (
        finding for finding in verdict.findings if finding.outcome in ("failed", "could_not_judge")
    )
    return any(
        isinstance(evidence, RaceEvidence) for finding in slow for evidence in finding.evidence
    )


def write_page(task: PageTask, words: Words, explanation: Explanation) -> bytes:
    """At once or not at all. Empty, or what the system says of it."""
    if isinstance(task.handed_in, Submission):
        try:
            verdict = for_student(VERDICT.decode(task.verdict))
        except msgspec.DecodeError:
            return f"{task.path}: cannot be written, its verdict is damaged or of another version of the grader".encode()
        text = page(verdict, words, task.handed_in, explanation, task.made_of, task.latest)
    else:
        text = unread_page(task.handed_in, words, words["title"], task.made_of, task.latest)
    try:
        write_atomically(Path(task.path), [text.encode()])
    except OSError as error:
        return f"{task.path}: cannot be written ({error.strerror})".encode()
    return b""
