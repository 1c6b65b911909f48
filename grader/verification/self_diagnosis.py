"""Checks that the diagnosis identifies every known misconception from its own output."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from grader.diagnosis.diagnose import diagnosis_of
from grader.model import AnswerKey, Function
from grader.verification.functions import under_test
from grader.verification.mutants import Mutant


class SelfDiagnosis(NamedTuple):
    """The misconceptions that the diagnosis does not name alone, in the order of the mutants."""

    indistinguishable: tuple[tuple[str, ...], ...] = ()  # groups that it names as a tie
    correct: tuple[str, ...] = ()  # correct on the cases that mistakes are named from
    unrecognized: tuple[str, ...] = ()  # not named from their own numbers, or without any


def self_diagnosis(key: AnswerKey, mutants: Mapping[str, Mutant]) -> SelfDiagnosis:
    """Diagnose each mutant as a submission's function would be, in every place where it stands.

    Of functions with the same inputs and outputs one is enough. Returns nothing if the key has no
    signatures.
    """
    if key.signatures is None:
        return SelfDiagnosis()
    ties: list[set[str]] = []
    correct, unrecognized = [], []
    for name, mutant in mutants.items():
        named_somewhere = missed_somewhere = False
        for definition in _different(key.functions[short] for short in mutant.functions):
            function = under_test(key, definition, mutant.solution)
            diagnosis = diagnosis_of(key, key.signatures, function, ())
            named = {cause[0] for cause in diagnosis.causes if len(cause) == 1}
            if name in named:
                ties = _with_tie(ties, named)
                named_somewhere = True
            elif diagnosis.status != "none" or diagnosis.unobserved:
                missed_somewhere = True
        if missed_somewhere:
            unrecognized.append(name)
        elif not named_somewhere:
            correct.append(name)
    groups = [tuple(name for name in mutants if name in tie) for tie in ties if len(tie) > 1]
    return SelfDiagnosis(tuple(groups), tuple(correct), tuple(unrecognized))


def _different(functions: Iterable[Function]) -> list[Function]:
    """One of those with the same inputs, outputs and knobs."""
    return list({(each.inputs, each.outputs, each.knobs): each for each in functions}.values())


def _with_tie(ties: list[set[str]], names: set[str]) -> list[set[str]]:
    """Add a group, and join it with those that share a name with it."""
    joined = [tie for tie in ties if tie & names]
    apart = [tie for tie in ties if not tie & names]
    return [*apart, names.union(*joined)]
