"""Who handed in what how often: the attempts of the same people, numbered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from grader.intake.entries import InvalidTable, RawSubmission
from grader.intake.find_file import when

TOLD = 5  # whose attempts are in no order, and paths of each of them


def in_order(
    hand_ins: Iterable[RawSubmission], file: str, manifest: str | None
) -> list[RawSubmission]:
    """By people and attempt. manifest: the path of the one that they are from, if there is one. Raises InvalidTable."""
    groups: dict[tuple[str, ...], list[RawSubmission]] = defaultdict(list)
    ordered = []
    for hand_in in hand_ins:
        if hand_in.stray:
            ordered.append(hand_in._replace(attempt=1))
        else:
            groups[ids(hand_in)].append(hand_in)
    if manifest is not None:
        require_an_order(groups.values(), file, manifest)
    for group in groups.values():
        ordered += numbered(group, file)
    return sorted(ordered, key=lambda hand_in: (ids(hand_in), hand_in.attempt or 1, hand_in.origin))


def ids(hand_in: RawSubmission) -> tuple[str, ...]:
    return tuple(sorted(person.id for person in hand_in.people))


def numbered(group: Sequence[RawSubmission], file: str) -> list[RawSubmission]:
    """By the numbers that a table gives them, where each has one of its own; else in the order of their time."""
    if have_numbers(group):
        return sorted(group, key=lambda hand_in: hand_in.attempt or 0)
    ordered = (
        sorted(group, key=lambda hand_in: (when(hand_in, file), hand_in.origin))
        if len(group) > 1
        else group
    )
    return [hand_in._replace(attempt=number) for number, hand_in in enumerate(ordered, 1)]


def have_numbers(group: Sequence[RawSubmission]) -> bool:
    return len({hand_in.attempt for hand_in in group if hand_in.attempt is not None}) == len(group)


def have_times(group: Sequence[RawSubmission], file: str) -> bool:
    """Each has one of its own, and all are of one kind: a table's, or those of the files. A download's is later than any of a table."""
    times = {when(hand_in, file) for hand_in in group}
    return (
        len(times) == len(group)
        and "" not in times
        and len({hand_in.dated for hand_in in group}) == 1
    )


def require_an_order(groups: Iterable[Sequence[RawSubmission]], file: str, manifest: str) -> None:
    """Raises InvalidTable where which of several attempts is the last would be a guess."""
    unclear = [
        f"{' and '.join(ids(group[0]))} ({listed((hand_in.origin or 'no path' for hand_in in group), ', ')})"
        for group in groups
        if len(group) > 1 and not have_numbers(group) and not have_times(group, file)
    ]
    if unclear:
        raise InvalidTable(
            f"{manifest}: there are several attempts, and which is the last is not clear: {listed(unclear, '; ')}. "
            "Write attempt numbers 1, 2, … in each of their lines, or in each a submitted_at of its own, such as 2026-11-24T17:00."
        )


def listed(found: Iterable[str], between: str) -> str:
    ordered = sorted(found)
    more = f" and {len(ordered) - TOLD} more" if len(ordered) > TOLD else ""
    return between.join(ordered[:TOLD]) + more
