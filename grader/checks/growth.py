"""How the bytecode operations of a function grow with the length of an axis.

Array code does the same number of operations for any length; a loop does some for each step. The
numbers are the same on every machine.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import TypeAlias

import numpy as np

from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.shapes import lengths_of
from grader.model import AnswerKey, Case, Function, GraderError, Message
from grader.verdict import GrowthEvidence

# Operations for each step along an axis. Array code has 0, np.vectorize 6, a comprehension 16, a
# plain loop 136.
LOOP = 1.0
Pair: TypeAlias = tuple[Case, Case]  # the smaller one and the larger


def growth_of(
    function: FunctionUnderTest, key: AnswerKey, letter: str, names: Sequence[str]
) -> GrowthEvidence:
    """Count the operations for two lengths of the axes with this letter.

    names: of the cases to choose from; empty for all of the key.
    """
    pair = growth_cases(key, function.definition, letter, tuple(names))
    if pair is None:
        raise GraderError(
            f"No two cases of {function.name} differ in {letter} alone, by a factor of 2 or more."
        )
    sizes = tuple(_lengths(key, function.definition, case)[letter] for case in pair)
    small, large = (function.count_operations(case) for case in pair)
    increases = [
        after - before for before, after in zip(small.per_line, large.per_line, strict=True)
    ]
    line = None
    on_line = (0, 0)
    if any(increase > 0 for increase in increases[1:]):
        line = int(np.argmax(increases[1:])) + 1
        on_line = (small.per_line[line], large.per_line[line])
    return GrowthEvidence(
        letter=letter,
        sizes=(sizes[0], sizes[1]),
        operations=(small.total, large.total),
        line=line,
        line_operations=on_line,
    )


def has_loop(growth: GrowthEvidence) -> bool:
    """Do the operations grow with the axis as a loop over it would make them?"""
    (small, large), (before, after) = growth.sizes, growth.operations
    return (after - before) / max(large - small, 1) >= LOOP


def loop_message(growth: GrowthEvidence) -> Message:
    """A message with the sizes, the operations and the line of a loop."""
    (small, large), (before, after) = growth.sizes, growth.operations
    values: dict[str, float | int | str] = {
        "letter": growth.letter,
        "small": small,
        "large": large,
        "before": before,
        "after": after,
    }
    return Message("loops_over", values, line=growth.line)


@lru_cache(maxsize=64)
def growth_cases(
    key: AnswerKey, definition: Function, letter: str, names: tuple[str, ...] = ()
) -> Pair | None:
    """Find two cases of the function that differ in the axes of this letter alone.

    They are the two smallest, and the larger is at least twice as long. names: of the cases to
    choose from; empty for all of the key. Returns None if there are none.
    """
    cases = [key.cases[name] for name in names] if names else key.cases.values()
    pairs = list(_pairs(key, definition, letter, cases))
    return min(pairs, key=lambda pair: _size(pair[0]) + _size(pair[1])) if pairs else None


def _pairs(
    key: AnswerKey, definition: Function, letter: str, cases: Iterable[Case]
) -> Iterable[Pair]:
    lengths = {
        case.name: _lengths(key, definition, case)
        for case in cases
        if definition.can_take(case.inputs)
    }
    for one, other in combinations(lengths, 2):
        if letter not in lengths[one] or letter not in lengths[other]:
            continue
        small, large = sorted((one, other), key=lambda name: lengths[name][letter])
        few, many = lengths[small], lengths[large]
        if few | {letter: 0} == many | {letter: 0} and many[letter] >= 2 * few[letter]:
            yield key.cases[small], key.cases[large]


def _lengths(key: AnswerKey, definition: Function, case: Case) -> dict[str, int]:
    return lengths_of(key.inputs, {name: case.inputs[name] for name in definition.inputs})


def _size(case: Case) -> int:
    return sum(array.size for array in case.inputs.values())
