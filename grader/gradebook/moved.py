"""What was handed in under one id, and is now somebody else's: a roster said who it is."""

from collections.abc import Mapping
from typing import NamedTuple

from grader.gradebook.counting import Group


class Place(NamedTuple):
    """What tells one hand-in from another, besides whose it is."""

    origin: str
    sha256: str
    reason: str


def without_moved(groups: Mapping[str, Group], places: Mapping[int, Place]) -> dict[str, Group]:
    """Leave out the groups whose work is present, all of it, as the work of others.

    It was not withdrawn: a later call was given a roster, or read the source in another way, and
    the same files in the same places are now other people's. `places` is by submissions.id.
    """
    present = {
        places[each.version.row]
        for group in groups.values()
        for each in group.attempts
        if each.is_present
    }
    return {
        ids: group
        for ids, group in groups.items()
        if not all(
            not each.is_present and places[each.version.row] in present for each in group.attempts
        )
    }
