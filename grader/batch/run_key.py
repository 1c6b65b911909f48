"""The key of a run: made when it begins, and the same until it ends, whatever becomes of the assignment."""

import secrets
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from grader.assignment.answer_key import build_key
from grader.assignment.key_file import decode_key, encode_key
from grader.assignment.settings import SHIPPED, find_assignment, read_assignment
from grader.gradebook.database import FolderError
from grader.gradebook.record import (
    Gradebook,
    RunKey,
    open_gradebook,
    require_run_key,
    run_key_in,
)

SEED_BITS = 128


class OtherKeyError(Exception):
    """The run was begun with something else. The text says with what, and what to do."""


class KeyRequest(NamedTuple):
    """What a run is to grade with. seed: None for a secret one; key_of: a run whose key is to be used instead; said: the options that somebody wrote, and did not leave as they are."""

    assignment: str
    settings: tuple[str, ...]
    seed: int | None
    key_of: Path | None
    said: frozenset[str]


def key_for(out: Path, wanted: KeyRequest, fresh: bool) -> RunKey:
    """That of the run in this folder, of the run that was named, or a new one. Nothing is written. Raises OtherKeyError where the run was
    begun with something else, FolderError, AssignmentError."""
    begun = None if fresh else run_key_in(out)
    other = None if wanted.key_of is None else require_begun(wanted.key_of)
    if other:
        require_the_same(wanted.key_of or out, other, wanted)
        if begun and begun.key.sha256 != other.key.sha256:
            raise OtherKeyError(
                f"{out}: this run was begun with another key than {wanted.key_of}. Name another folder with --out."
            )
    if begun:
        require_the_same(out, begun, wanted)
    known = begun or other
    if known:
        return known
    return new_key(wanted)


def require_begun(run: Path) -> RunKey:
    with open_gradebook(run) as gradebook:
        return require_run_key(gradebook)


def require_the_same(run: Path, frozen: RunKey, wanted: KeyRequest) -> None:
    """In all that was said."""
    asked = {
        "--assignment": name_of(wanted.assignment),
        "--set": in_force(wanted.settings),
        "--seed": str(wanted.seed),
    }
    begun = {
        "--assignment": frozen.assignment,
        "--set": in_force(frozen.settings),
        "--seed": frozen.seed,
    }
    for option in asked:
        if option in wanted.said and asked[option] != begun[option]:
            raise OtherKeyError(
                f"{run}: this run was begun with another {option}. Leave it out to go on, or begin anew with --fresh."
            )


def in_force(settings: tuple[str, ...]) -> dict[str, str]:
    """Whatever their order; of two for one key the last."""
    return {
        key.strip(): value.strip()
        for key, _, value in (setting.partition("=") for setting in settings)
    }


def freeze_key(gradebook: Gradebook, frozen: RunKey) -> None:
    """The run is graded with this from now on. Raises FolderError where it cannot be gone on with."""
    begun = gradebook.run_key()
    if begun is None:
        gradebook.store_key(frozen)
    elif begun.key.sha256 != frozen.key.sha256:
        raise FolderError(
            f"{gradebook.path}: another batch has begun this run meanwhile. Run this again."
        )


def name_of(assignment: str) -> str:
    """By which it is found from any folder. Raises AssignmentError."""
    folder = find_assignment(assignment)
    return folder.name if folder.parent == SHIPPED else str(folder)


def new_key(wanted: KeyRequest) -> RunKey:
    """A seed that nobody chose is secret: 128 bits from the system."""
    seed = secrets.randbits(SEED_BITS) if wanted.seed is None else wanted.seed
    key = build_key(read_assignment(find_assignment(wanted.assignment), wanted.settings), seed)
    if wanted.seed is None:
        key = replace(key, seed=None)
    data = encode_key(key)
    return RunKey(
        decode_key(data),
        data,
        str(seed),
        wanted.seed is None,
        name_of(wanted.assignment),
        wanted.settings,
    )
