"""What a worker of a batch does: grade a submission, or write a student's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from grader.assignment.explanation import Explanation
from grader.batch.workers import Ready
from grader.files.atomic import write_atomically
from grader.gradebook.encoding import decode_verdict
from grader.gradebook.record import VerdictRecord
from grader.grading import grade
from grader.model import AnswerKey, GraderError, Level, Source, Submission, Unreadable, Words
from grader.redaction import for_student
from grader.reports import student_page
from grader.sandbox.levels import ORDER, starters
from grader.sandbox.sandbox import Sandbox
from grader.static_analysis.fingerprint import fingerprint
from grader.verdict import RaceEvidence, Verdict

# How many sandboxes a submission is tried in while the grader itself is in trouble: a sandbox may
# have been killed from outside.
SANDBOX_TRIES = 3
NOTHING = Source("nothing.py", b"", ())  # a program for a key without a baseline


class GradeTask(Struct, frozen=True):
    """Grade one submission."""

    row: int  # of the gradebook
    submission: Submission


class PageTask(Struct, frozen=True):
    """Write one student's page."""

    submission: Submission | Unreadable
    latest: int  # the last attempt of the same people
    verdict: bytes  # JSON; empty if there was nothing to grade
    path: str
    content_hash: str  # of everything the page shows; it is written into the page


Task: TypeAlias = GradeTask | PageTask


class PageContext(NamedTuple):
    """What all pages of a run have in common."""

    words: Words
    explanation: Explanation


class WorkerResult(Struct, frozen=True, array_like=True):
    """The answer to a GradeTask."""

    record: VerdictRecord | None  # None if the grader failed
    trouble: str = ""  # why it failed
    is_doubtful: bool = False  # it may come out better with nothing else running


WORKER_RESULT = msgspec.msgpack.Decoder(WorkerResult)


@contextmanager
def grading_worker(
    key: AnswerKey, minimum_level: Level, context: PageContext
) -> Iterator[Ready[Task]]:
    """Set up a worker that grades and writes pages; its level is that of its sandbox.

    Raises GraderError if the sandbox cannot have the minimum level.
    """
    with Sandbox(starters(), minimum_level) as sandbox:
        sandbox.provide(key.modules)
        # The first program settles the level, before anything is graded.
        sandbox.open_program(key.baseline or NOTHING, key.limits, keep=True)

        def work(task: Task) -> bytes:
            if isinstance(task, GradeTask):
                return msgspec.msgpack.encode(_grade_task(key, task.submission, sandbox))
            return _write_page(task, context)

        yield Ready(work, ORDER.index(sandbox.level))


@contextmanager
def page_worker(context: PageContext) -> Iterator[Ready[Task]]:
    """Set up a worker that only writes pages, and so needs no sandbox."""

    def work(task: Task) -> bytes:
        assert isinstance(task, PageTask)
        return _write_page(task, context)

    yield Ready(work)


def _grade_task(key: AnswerKey, submission: Submission, sandbox: Sandbox) -> WorkerResult:
    """Grade a submission, and retry in a fresh sandbox while the grader itself is in trouble."""
    trouble = ""
    for _ in range(SANDBOX_TRIES):
        try:
            verdict = grade(key, submission, sandbox.open_program)
        except GraderError as error:
            trouble = str(error)
        except Exception as error:  # a bug of the grader: reported, and the others are graded
            trouble = f"{type(error).__name__}: {error}"
        else:
            question_trouble = _trouble_in(verdict)
            if question_trouble is None:
                record = _as_record(verdict, submission, key)
                return WorkerResult(record, is_doubtful=_lost_a_race(verdict))
            trouble = question_trouble
        sandbox.is_worn = True
    return WorkerResult(None, trouble, is_doubtful=True)


def _trouble_in(verdict: Verdict) -> str | None:
    """Return why the grader failed at one of the questions, or None.

    If it did, the other results are not reliable either, and every question is asked again.
    """
    for finding in verdict.findings:
        message = finding.message
        if message is not None and message.code == "grader_trouble":
            return str(message.values.get("what", message.code))
    return None


def _as_record(verdict: Verdict, submission: Submission, key: AnswerKey) -> VerdictRecord:
    others = [each.text for each in submission.more]
    return VerdictRecord(
        score=verdict.score,
        possible=verdict.possible,
        undecided=verdict.undecided,
        fingerprint=fingerprint([submission.source, *others], key.names),
        sandbox=verdict.sandbox,
        verdict=msgspec.json.encode(verdict),
    )


def _lost_a_race(verdict: Verdict) -> bool:
    """Whether a measured time is evidence against a question. A busy machine may be to blame."""
    for finding in verdict.findings:
        if finding.outcome not in ("failed", "could_not_judge"):
            continue
        if any(isinstance(evidence, RaceEvidence) for evidence in finding.evidence):
            return True
    return False


def _write_page(task: PageTask, context: PageContext) -> bytes:
    """Write a page as a whole or not at all. Return why it could not be written, else nothing."""
    text = _page_text(task, context)
    if text is None:
        return (
            f"{task.path}: cannot be written: its verdict is damaged, "
            "or from another version of the grader"
        ).encode()
    try:
        write_atomically(Path(task.path), [text.encode()])
    except OSError as error:
        return f"{task.path}: cannot be written ({error.strerror})".encode()
    return b""


def _page_text(task: PageTask, context: PageContext) -> str | None:
    """Return a page as HTML, or None if its verdict cannot be read."""
    words = context.words
    if isinstance(task.submission, Unreadable):
        return student_page.unread_page(
            task.submission, words, words["title"], task.content_hash, task.latest
        )
    try:
        verdict = for_student(decode_verdict(task.verdict))
    except msgspec.DecodeError:
        return None
    return student_page.page(
        verdict, words, task.submission, context.explanation, task.content_hash, task.latest
    )
