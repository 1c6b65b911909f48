"""Grades right work on the keys of many seeds: on all cores where there are worker processes."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import msgspec

from grader.assignment.settings import Assignment, AssignmentError
from grader.batch.workers import Ready, WorkerPool
from grader.model import GraderError
from grader.sandbox.levels import starters
from grader.sandbox.sandbox import Sandbox
from grader.verification.result import UnexpectedVariant
from grader.verification.right_work import grade_on_seed
from grader.verification.variants import read_right_work


class _Outcome(msgspec.Struct, frozen=True):
    """What a worker found with one seed, or why it found nothing."""

    unexpected: tuple[UnexpectedVariant, ...] = ()
    assignment_error: str = ""
    grader_error: str = ""


_OUTCOME = msgspec.msgpack.Decoder(_Outcome)


def grade_on_seeds(
    assignment: Assignment, seeds: Sequence[int], jobs: int | None = None
) -> Iterator[tuple[int, tuple[UnexpectedVariant, ...]]]:
    """Yield each seed, as soon as it is done, with what gets another outcome than expected.

    jobs: the number of workers, or None for one on each core. Raises AssignmentError, GraderError.
    """
    for seed, answer in _answers(assignment, seeds, jobs):
        if answer is None:
            raise GraderError(f"With seed {seed}: the worker processes died.")
        outcome = _OUTCOME.decode(answer)
        if outcome.assignment_error:
            raise AssignmentError(f"With seed {seed}: {outcome.assignment_error}")
        if outcome.grader_error:
            raise GraderError(f"With seed {seed}: {outcome.grader_error}")
        yield seed, outcome.unexpected


def _answers(
    assignment: Assignment, seeds: Sequence[int], jobs: int | None
) -> Iterator[tuple[int, bytes | None]]:
    if sys.platform != "linux":
        with _worker(assignment) as ready:
            for seed in seeds:
                yield seed, ready.work(seed)
        return
    with WorkerPool(jobs, partial(_worker, assignment)) as pool:
        pool.ready()
        yield from pool.work(seeds)


@contextmanager
def _worker(assignment: Assignment) -> Iterator[Ready[int]]:
    """Set up a worker with a sandbox of its own."""
    variants = read_right_work(assignment)
    with Sandbox(starters()) as sandbox:
        sandbox.provide(assignment.modules)

        def outcome_of(seed: int) -> _Outcome:
            try:
                return _Outcome(grade_on_seed(assignment, variants, seed, sandbox.open_program))
            except AssignmentError as error:
                return _Outcome(assignment_error=str(error))
            except GraderError as error:
                return _Outcome(grader_error=str(error))
            except Exception as error:  # a bug of the grader: the worker is not to die of it
                return _Outcome(grader_error=f"{type(error).__name__}: {error}")

        yield Ready(lambda seed: msgspec.msgpack.encode(outcome_of(seed)))
