"""The key of a run: made when it begins, and the same until it ends, whatever becomes of the assignment."""

import secrets
from typing import NamedTuple

from msgspec.structs import replace

from grader.answer_key import build_key
from grader.assignment import SHIPPED, find_assignment, read_assignment
from grader.gradebook.record import FrozenKey, Gradebook
from grader.key_file import decode_key, encode_key

SEED_BITS = 128


class OtherKeyError(Exception):
    """The run was begun with something else. The text says with what, and what to do."""


class Wanted(NamedTuple):
    """What a run is to grade with. seed: None for a secret one. said: the options that somebody wrote, and did not leave as they are."""

    assignment: str
    settings: tuple[str, ...]
    seed: int | None
    said: frozenset[str]


def frozen_key(gradebook: Gradebook, wanted: Wanted) -> FrozenKey:
    """That of the run, or a new one for a run that begins. Raises OtherKeyError where it was begun with something else."""
    frozen = gradebook.frozen()
    if frozen is None:
        frozen = new_key(wanted)
        gradebook.freeze(frozen)
        return frozen
    asked = {"--assignment": name_of(wanted.assignment), "--set": wanted.settings, "--seed": str(wanted.seed)}
    begun = {"--assignment": frozen.assignment, "--set": frozen.settings, "--seed": frozen.seed}
    for option in asked:
        if option in wanted.said and asked[option] != begun[option]:
            raise OtherKeyError(
                f"{gradebook.path.parent}: this run was begun with another {option}. Leave it out to go on, or begin anew with --fresh."
            )
    return frozen


def name_of(assignment: str) -> str:
    """By which it is found from any folder. Raises AssignmentError."""
    folder = find_assignment(assignment)
    return folder.name if folder.parent == SHIPPED else str(folder)


def new_key(wanted: Wanted) -> FrozenKey:
    """A seed that nobody chose is secret: 128 bits from the system."""
    seed = secrets.randbits(SEED_BITS) if wanted.seed is None else wanted.seed
    key = build_key(read_assignment(find_assignment(wanted.assignment), wanted.settings), seed)
    if wanted.seed is None:
        key = replace(key, seed=None)
    data = encode_key(key)
    return FrozenKey(decode_key(data), data, str(seed), wanted.seed is None, name_of(wanted.assignment), wanted.settings)
