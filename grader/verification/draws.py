"""Draws the assignment's cases again: with the same seed, and with others, as secret keys do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from grader.assignment.answer_key import build_key
from grader.assignment.cases import fixed_cases
from grader.assignment.settings import Assignment, AssignmentError
from grader.model import AnswerKey, Case
from grader.verification.functions import Solution
from grader.verification.judged import asked_here
from grader.verification.panel import Panel

OTHER_SEEDS = 4  # on whose keys the reference is asked, too


@dataclass(frozen=True)
class Draws:
    """What is wrong with the cases that are drawn."""

    # Cases that differ between two draws with one seed: a verdict could not be repeated.
    unsteady: tuple[str, ...] = ()
    # Cases that are the same with another seed, and not FIXED: they would be public.
    repeated: tuple[str, ...] = ()
    # Another seed -> the questions that the reference fails on its key.
    failures: dict[int, tuple[str, ...]] = field(default_factory=dict)


def draw_again(assignment: Assignment, key: AnswerKey, seed: int, right: Solution) -> Draws:
    """Draw the key once more, and keys of other seeds, and ask the reference on these.

    right: the reference. Raises AssignmentError.
    """
    again = build_key(assignment, seed, named=False)
    unsteady = tuple(name for name in key.cases if not _same_case(name, key.cases, again.cases))
    fixed = set(fixed_cases(assignment))
    repeated: tuple[str, ...] = ()
    failures: dict[int, tuple[str, ...]] = {}
    for other_seed in range(seed + 1, seed + 1 + OTHER_SEEDS):
        try:
            other = build_key(assignment, other_seed, named=False)
        except AssignmentError as error:
            raise AssignmentError(f"With seed {other_seed}: {error}") from None
        same = {name for name in key.cases if _same_case(name, key.cases, other.cases)}
        repeated = tuple(name for name in key.cases if name in same - fixed)
        findings = Panel(other, asked_here(other), right).reference_findings
        failed = [name for name, finding in findings.items() if finding.outcome != "passed"]
        if failed:
            failures[other_seed] = tuple(failed)
    return Draws(unsteady, repeated, failures)


def _same_case(name: str, cases: Mapping[str, Case], others: Mapping[str, Case]) -> bool:
    if name not in others:
        return False
    one, other = cases[name].inputs, others[name].inputs
    return one.keys() == other.keys() and all(
        np.array_equal(array, other[each]) for each, array in one.items()
    )
