"""What a worker of a batch does: grades a submission, and writes a student's page."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

from grader.batch.workers import Work
from grader.explanation import Explanation
from grader.gradebook.likeness import likeness
from grader.gradebook.record import Graded
from grader.grading import grade
from grader.model import AnswerKey, GraderFault, Level, Submission, Words
from grader.reports import html
from grader.sandbox.levels import starters
from grader.sandbox.sandbox import Sandbox
from grader.verdict import RaceEvidence, Verdict, for_student

TRIES = 3  # of a submission while the grader is in trouble: its sandbox may have been killed from outside
VERDICT = msgspec.json.Decoder(Verdict)


class Mark(Struct, frozen=True):
    """To grade: a row of the gradebook."""

    row: int
    submission: Submission


class Page(Struct, frozen=True):
    """To write: a student's page."""

    row: int
    path: str
    verdict: bytes
    submission: Submission


Task: TypeAlias = Mark | Page


class Answer(Struct, frozen=True, array_like=True):
    """graded: None where the grader failed, and trouble says how. is_doubtful: it may come out better with nothing else running."""

    graded: Graded | None
    trouble: str = ""
    is_doubtful: bool = False


ANSWER = msgspec.msgpack.Decoder(Answer)


@contextmanager
def marking(key: AnswerKey, minimum: Level, words: Words, explanation: Explanation) -> Iterator[Work[Task]]:
    """The work of one worker. Raises GraderFault where the sandbox cannot have the minimum level."""
    with Sandbox(starters(), minimum) as sandbox:
        sandbox.open_program(key.yardstick.source, key.limits, keep=True)  # finds the level, before anything is graded

        def work(task: Task) -> bytes:
            if isinstance(task, Mark):
                return msgspec.msgpack.encode(mark(key, task.submission, sandbox))
            return write_page(task, words, explanation)

        yield work


def mark(key: AnswerKey, submission: Submission, sandbox: Sandbox) -> Answer:
    answer = Answer(None)
    for _ in range(TRIES):
        try:
            verdict = grade(key, submission, sandbox.open_program)
        except GraderFault as fault:
            answer = Answer(None, str(fault), is_doubtful=True)
        except Exception as error:  # a bug of ours: told as such, and the other submissions go on
            answer = Answer(None, f"{type(error).__name__}: {error}", is_doubtful=True)
        else:
            graded = Graded(verdict.score, verdict.possible, verdict.undecided, likeness(submission.source), msgspec.json.encode(verdict))
            answer = Answer(graded, is_doubtful=in_trouble(verdict) or lost_race(verdict))
            if not in_trouble(verdict):
                break
        sandbox.is_worn = True
    return answer


def in_trouble(verdict: Verdict) -> bool:
    return any(finding.message is not None and finding.message.code == "grader_trouble" for finding in verdict.findings)


def lost_race(verdict: Verdict) -> bool:
    """Was time the one thing wrong with a question? A noisy machine might have been the reason."""
    slow = (finding for finding in verdict.findings if finding.outcome in ("failed", "could_not_judge"))
    return any(isinstance(evidence, RaceEvidence) for finding in slow for evidence in finding.evidence)


def write_page(task: Page, words: Words, explanation: Explanation) -> bytes:
    """At once or not at all. Empty, or what the system says of it."""
    text = html.page(for_student(VERDICT.decode(task.verdict)), words, task.submission, explanation)
    path = Path(task.path)
    try:
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        return f"{path}: cannot be written ({error.strerror})".encode()
    return b""
