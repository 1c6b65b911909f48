"""Checks that the diagnosis identifies every known misconception from its own output."""

from collections.abc import Mapping
from typing import NamedTuple

from grader.checks.function_under_test import FunctionUnderTest
from grader.diagnosis.diagnose import diagnosis_of
from grader.model import AnswerKey


class SelfDiagnosis(NamedTuple):
    """The misconceptions that the diagnosis does not name alone, in the order of the mutants."""

    indistinguishable: tuple[tuple[str, ...], ...] = ()  # groups that it names as a tie
    correct: tuple[str, ...] = ()  # correct on the cases that mistakes are named from
    unrecognized: tuple[str, ...] = ()  # not named from their own numbers, or without any


def self_diagnosis(key: AnswerKey, mutants: Mapping[str, FunctionUnderTest]) -> SelfDiagnosis:
    """Diagnose each mutant as a submission's function would be.

    mutants: misconception -> a function that makes it. Returns nothing if the key has no
    signatures.
    """
    if key.signatures is None:
        return SelfDiagnosis()
    ties: list[set[str]] = []
    correct, unrecognized = [], []
    for name, mutant in mutants.items():
        diagnosis = diagnosis_of(key, key.signatures, mutant, ())
        named = {cause[0] for cause in diagnosis.causes if len(cause) == 1}
        if name in named:
            ties = _with_tie(ties, named)
        elif diagnosis.status == "none" and not diagnosis.unobserved:
            correct.append(name)
        else:
            unrecognized.append(name)
    groups = [tuple(name for name in mutants if name in tie) for tie in ties if len(tie) > 1]
    return SelfDiagnosis(tuple(groups), tuple(correct), tuple(unrecognized))


def _with_tie(ties: list[set[str]], names: set[str]) -> list[set[str]]:
    """Add a group, and join it with those that share a name with it."""
    joined = [tie for tie in ties if tie & names]
    apart = [tie for tie in ties if not tie & names]
    return [*apart, names.union(*joined)]
