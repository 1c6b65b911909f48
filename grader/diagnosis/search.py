"""Finds the smallest sets of known mistakes that explain all observed factors.

A set explains them if, for every factor, exactly those of its mistakes that move it are among the
factor's matches. Factors that no possible mistake connects are explained apart from each other: a
student may make many mistakes, as long as few of them meet.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple, TypeAlias

MAX_CAUSES = 4  # mistakes in the explanation of one group of factors
Mistakes: TypeAlias = frozenset[str]  # ids
NO_MISTAKE: Mistakes = frozenset()
Matches: TypeAlias = Mapping[str, Sequence[Mistakes]]  # observed factor -> sets that match it
Moves: TypeAlias = Mapping[str, frozenset[str]]  # mistake -> factors that it moves


class Explanation(NamedTuple):
    """The sets of mistakes that explain the observed factors."""

    causes: tuple[Mistakes, ...]  # alternatives, all of the smallest size
    unexplained: tuple[str, ...]  # factors that no cause explains
    # Of these, the ones that known mistakes do match: but no few of them match the other factors of
    # their group as well.
    given_up: tuple[str, ...] = ()


def explain(matches: Matches, moves: Moves) -> Explanation:
    """Find the smallest explanations, giving up as few factors as possible.

    moves: must have every mistake that is in a match. Alternatives follow its order.
    """
    possible = _possible(matches, moves)
    groups = [_explain_group(group, moves) for group in _groups(possible, moves)]
    unexplained = {name for group in groups for name in group.unexplained}
    causes = [
        NO_MISTAKE.union(*alternatives)
        for alternatives in product(*[group.causes for group in groups if group.causes])
    ]
    rank = {name: place for place, name in enumerate(moves)}
    return Explanation(
        tuple(sorted(causes, key=lambda cause: sorted(rank[name] for name in cause))),
        tuple(name for name in matches if name in unexplained),
        tuple(name for name in matches if name in unexplained and matches[name]),
    )


def _possible(matches: Matches, moves: Moves) -> dict[str, tuple[Mistakes, ...]]:
    """The matches without mistakes that no explanation can hold.

    Such a mistake moves an observed factor that does not match it, alone or with another one. Two
    that match a factor together leave both or neither.
    """
    possible = {factor: tuple(sets) for factor, sets in matches.items()}
    while True:
        members = {factor: NO_MISTAKE.union(*sets) for factor, sets in possible.items()}
        impossible = {
            name
            for names in members.values()
            for name in names
            if any(name not in members[factor] for factor in moves[name] if factor in members)
        }
        if not impossible:
            return possible
        possible = {
            factor: tuple(each for each in sets if impossible.isdisjoint(each))
            for factor, sets in possible.items()
        }


def _groups(matches: Matches, moves: Moves) -> Iterator[dict[str, Sequence[Mistakes]]]:
    """Split the factors into groups that no mistake in their matches connects."""
    connected = [{factor} for factor in matches]
    mentioned = NO_MISTAKE.union(*[each for sets in matches.values() for each in sets])
    for name in mentioned:
        touched = [group for group in connected if not group.isdisjoint(moves[name])]
        connected = [group for group in connected if group not in touched]
        connected.append(set().union(*touched))
    for group in connected:
        yield {factor: sets for factor, sets in matches.items() if factor in group}


def _explain_group(matches: Matches, moves: Moves) -> Explanation:
    """Find the smallest explanations of one group, giving up as few factors as possible."""
    wrong = [name for name, sets in matches.items() if NO_MISTAKE not in sets]
    without_match = {name for name in wrong if not matches[name]}
    others = [name for name in wrong if name not in without_match]
    for count in range(len(others) + 1):
        for given_up in combinations(others, count):
            unexplained = without_match.union(given_up)
            causes = _minimal_explanations(matches, unexplained, moves)
            if causes:
                least = _least_unobserved(causes, matches, moves)
                return Explanation(least, tuple(name for name in matches if name in unexplained))
    return Explanation((), tuple(wrong))


def _least_unobserved(
    causes: Collection[Mistakes], matches: Matches, moves: Moves
) -> tuple[Mistakes, ...]:
    """Of several causes, those that say least about factors that were not observed.

    A sum over all samples in the loss, say, and not in the probabilities: nothing is known of a dW
    that is not there.
    """

    def count_unobserved(cause: Mistakes) -> int:
        return len({factor for name in cause for factor in moves[name]} - matches.keys())

    least = min(map(count_unobserved, causes))
    return tuple(cause for cause in causes if count_unobserved(cause) == least)


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
            return tuple(causes)
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
