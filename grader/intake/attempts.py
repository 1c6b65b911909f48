"""Who handed in what how often: the attempts of the same people, numbered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from grader.intake.chosen import when
from grader.intake.entries import HandIn


def in_order(hand_ins: Iterable[HandIn], file: str) -> list[HandIn]:
    """By people and attempt."""
    groups: dict[tuple[str, ...], list[HandIn]] = defaultdict(list)
    ordered = []
    for hand_in in hand_ins:
        if hand_in.stray:
            ordered.append(hand_in._replace(attempt=1))
        else:
            groups[ids(hand_in)].append(hand_in)
    for group in groups.values():
        ordered += numbered(group, file)
    return sorted(ordered, key=lambda hand_in: (ids(hand_in), hand_in.attempt or 1, hand_in.origin))


def ids(hand_in: HandIn) -> tuple[str, ...]:
    return tuple(sorted(person.id for person in hand_in.people))


def numbered(group: Sequence[HandIn], file: str) -> list[HandIn]:
    """By the numbers that a table gives them, where each has one of its own; else in the order of their time."""
    numbers = {hand_in.attempt for hand_in in group if hand_in.attempt is not None}
    if len(numbers) == len(group):
        return sorted(group, key=lambda hand_in: hand_in.attempt or 0)
    ordered = sorted(group, key=lambda hand_in: (when(hand_in, file), hand_in.origin)) if len(group) > 1 else group
    return [hand_in._replace(attempt=number) for number, hand_in in enumerate(ordered, 1)]
