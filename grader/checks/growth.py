"""How the bytecode operations of a function grow with the length of an axis.

Array code does the same number of operations for any length; a loop does some for each step. The
numbers are the same on every machine.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, takewhile
from typing import TypeAlias

from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.shapes import lengths_of
from grader.model import AnswerKey, Case, Function, GraderError, Message
from grader.verdict import GrowthEvidence

# Operations for each step along an axis. Array code has 0, np.vectorize 6, a comprehension 16, a
# plain loop 136.
LOOP = 1.0
# A list of the numbers of the samples takes this many operations for each of them, on its line; a
# function may need two of these. It matters only if the function is slow. np.vectorize takes 6 at
# least, if what it calls does anything.
SMALL, SMALL_IN_ALL = 5.0, 10.0
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
    # The process that counts may claim any line.
    order = sorted(range(1, len(increases)), key=lambda line: -increases[line])
    candidates = takewhile(lambda line: increases[line] > 0, order)
    line = next(filter(function.has_code, candidates), None)
    on_line = (small.per_line[line], large.per_line[line]) if line else (0, 0)
    return GrowthEvidence(
        letter=letter,
        sizes=(sizes[0], sizes[1]),
        operations=(small.total, large.total),
        line=line,
        line_operations=on_line,
        library_operations=(small.library, large.library),
    )


def has_loop(growth: GrowthEvidence) -> bool:
    """Do the operations grow with the axis as a loop over it would make them?"""
    return _per_step(growth, growth.operations) >= LOOP


def is_in_library(growth: GrowthEvidence) -> bool:
    """Is a loop that was counted one of a library's own code, as in np.vstack of many rows?"""
    own = _per_step(growth, growth.operations) - _per_step(growth, growth.library_operations)
    return own < LOOP


def is_small(growth: GrowthEvidence) -> bool:
    """Does a loop that was counted matter only if the function is slow?"""
    return is_in_library(growth) or (
        growth.line is not None
        and _per_step(growth, growth.line_operations) <= SMALL
        and _per_step(growth, growth.operations) <= SMALL_IN_ALL
    )


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


def loop_of_other_message(growth: GrowthEvidence, other: str) -> Message:
    """The same of a loop in the lines of another function."""
    (small, large), (before, after) = growth.sizes, growth.operations
    values: dict[str, float | int | str] = {
        "letter": growth.letter,
        "small": small,
        "large": large,
        "before": before,
        "after": after,
        "other": other,
    }
    return Message("loops_of_other", values, line=growth.line)


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


def _per_step(growth: GrowthEvidence, operations: tuple[int, int]) -> float:
    """How many of these operations each further step along the axis takes."""
    (small, large), (before, after) = growth.sizes, operations
    return (after - before) / max(large - small, 1)
