"""Finds the smallest sets of known mistakes that explain all observed factors.

A set explains them if, for every factor, exactly those of its mistakes that move it are among the
factor's matches.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

MAX_CAUSES = 4  # mistakes in one explanation
Mistakes: TypeAlias = frozenset[str]  # ids
NO_MISTAKE: Mistakes = frozenset()
Matches: TypeAlias = Mapping[str, Sequence[Mistakes]]  # observed factor -> sets that match it
Moves: TypeAlias = Mapping[str, frozenset[str]]  # mistake -> factors that it moves


class Explanation(NamedTuple):
    """The sets of mistakes that explain the observed factors."""

    causes: tuple[Mistakes, ...]  # alternatives, all of the smallest size
    unexplained: tuple[str, ...]  # factors that were given up


def explain(matches: Matches, moves: Moves) -> Explanation:
    """Find the smallest explanations, giving up as few factors as possible.

    moves: must have every mistake that is in a match. Alternatives follow its order.
    """
    wrong = [name for name, sets in matches.items() if NO_MISTAKE not in sets]
    without_match = {name for name in wrong if not matches[name]}
    others = [name for name in wrong if name not in without_match]
    for count in range(len(others) + 1):
        for given_up in combinations(others, count):
            unexplained = without_match.union(given_up)
            causes = _minimal_explanations(matches, unexplained, moves)
            if causes:
                return Explanation(causes, tuple(name for name in matches if name in unexplained))
    return Explanation((), tuple(wrong))


def _minimal_explanations(
    matches: Matches, unexplained: Collection[str], moves: Moves
) -> tuple[Mistakes, ...]:
    """The smallest sets of mistakes that explain all factors but the unexplained ones.

    Sets grow factor by factor. A set that is inconsistent with a factor is dropped at once, so that
    ties do not multiply.
    """
    explained = {name: sets for name, sets in matches.items() if name not in unexplained}
    for size in range(MAX_CAUSES + 1):
        causes = {NO_MISTAKE}
        considered: dict[str, Sequence[Mistakes]] = {}
        for factor, sets in explained.items():
            considered[factor] = sets
            unions = {cause | each for cause in causes for each in sets}
            causes = {
                union
                for union in unions
                if len(union) <= size and _is_consistent(union, considered, unexplained, moves)
            }
        if causes:
            rank = {name: place for place, name in enumerate(moves)}
            return tuple(sorted(causes, key=lambda cause: sorted(rank[name] for name in cause)))
    return ()


def _is_consistent(
    cause: Mistakes, considered: Matches, unexplained: Collection[str], moves: Moves
) -> bool:
    """Do these mistakes give what is observed, and leave the unexplained factors alone?"""
    if any(factor in moves[name] for name in cause for factor in unexplained):
        return False
    return all(
        frozenset(name for name in cause if factor in moves[name]) in sets
        for factor, sets in considered.items()
    )
