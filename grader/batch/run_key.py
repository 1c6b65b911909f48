"""The key of a run: made when the run begins, and the same until it ends.

Later changes to the assignment do not change it; assignment_edits.py notices them.
"""

import secrets
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from grader.assignment.answer_key import build_key
from grader.assignment.contents import contents_of
from grader.assignment.find_assignment import SHIPPED, find_assignment
from grader.assignment.key_file import decode_key, encode_key
from grader.assignment.settings import read_assignment
from grader.batch.reference_check import draw_key
from grader.gradebook.database import FolderError
from grader.gradebook.record import (
    Gradebook,
    RunKey,
    open_gradebook,
    require_run_key,
    run_key_in,
)
from grader.model import AnswerKey, Level
from grader.sandbox.levels import starters
from grader.sandbox.sandbox import Sandbox

SEED_BITS = 128


class OtherKeyError(Exception):
    """The run uses another key than the requested one. The text says how they differ, and what
    to do."""


class KeyRequest(NamedTuple):
    """The options that decide about the key of a run."""

    assignment: str
    settings: tuple[str, ...]  # KEY=VALUE, changes to assignment.toml
    seed: int | None  # None for a secret one
    key_of: Path | None  # a run whose key is to be used
    explicit: frozenset[str]  # the options that were given, instead of left at their defaults


def key_for(run: Path, request: KeyRequest, is_fresh: bool, minimum_level: Level) -> RunKey:
    """Return the key of the run in this folder, else that of request.key_of, else a new one.

    Nothing is written. is_fresh: the run starts over, whatever is in the folder. minimum_level: of
    the sandbox in which the reference is tried on a new key.
    Raises OtherKeyError if the run uses another key than the requested one, FolderError,
    AssignmentError, GraderError.
    """
    own = None if is_fresh else run_key_in(run)
    if request.key_of is None:
        other = None
    else:
        other = _key_of(request.key_of)
        _require_same(request.key_of, other, request)
        if own and own.key.sha256 != other.key.sha256:
            raise OtherKeyError(
                f"{run}: this run uses another key than {request.key_of}. "
                "Name another folder with --out."
            )
    if own:
        _require_same(run, own, request)
    return own or other or _new_key(request, minimum_level)


def store_key(gradebook: Gradebook, run_key: RunKey) -> None:
    """Store the key of a run when the run begins.

    Raises FolderError if another process has stored another one since key_for looked.
    """
    stored = gradebook.run_key()
    if stored is None:
        gradebook.store_key(run_key)
    elif stored.key.sha256 != run_key.key.sha256:
        raise FolderError(
            f"{gradebook.path}: another batch has started this run in the meantime. Run this again."
        )


def _key_of(run: Path) -> RunKey:
    with open_gradebook(run) as gradebook:
        return require_run_key(gradebook)


def _require_same(run: Path, run_key: RunKey, request: KeyRequest) -> None:
    """Raise OtherKeyError if an explicit option differs from that of the run."""
    requested = {
        "--assignment": _requested_name(request, run_key),
        "--set": _by_name(request.settings),
        "--seed": str(request.seed),
    }
    current = {
        "--assignment": run_key.assignment,
        "--set": _by_name(run_key.settings),
        "--seed": run_key.seed,
    }
    for option in requested:
        if option in request.explicit and requested[option] != current[option]:
            raise OtherKeyError(
                f"{run}: this run was begun with another {option}. "
                f"Leave {option} out to go on, or start over with --fresh."
            )


def _by_name(settings: tuple[str, ...]) -> dict[str, str]:
    """Return settings in a form that does not depend on their order.

    If one is set twice, the last value holds.
    """
    pairs = (setting.partition("=") for setting in settings)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _requested_name(request: KeyRequest, run_key: RunKey) -> str:
    """Return the portable name of the requested assignment.

    It may be the run's own, of which only the path is left. Raises AssignmentError.
    """
    if str(Path(request.assignment).resolve()) == run_key.assignment:
        return run_key.assignment
    return _portable_name(request.assignment)


def _portable_name(assignment: str) -> str:
    """Return a name that finds the assignment from any folder. Raises AssignmentError."""
    folder = find_assignment(assignment)
    return folder.name if folder.parent == SHIPPED else str(folder)


def _new_key(request: KeyRequest, minimum_level: Level) -> RunKey:
    """Make a key on which the reference gets full marks.

    Without a requested seed, it gets 128 random bits, which stay secret.
    """
    assignment = read_assignment(find_assignment(request.assignment), request.settings)
    contents = contents_of(assignment)
    is_secret = request.seed is None

    def draw() -> tuple[int, AnswerKey]:
        seed = secrets.randbits(SEED_BITS) if request.seed is None else request.seed
        return seed, build_key(assignment, seed)

    with Sandbox(starters(), minimum_level) as sandbox:
        sandbox.provide(assignment.modules)
        seed, key = draw_key(assignment, draw, sandbox.open_program, is_redrawn=is_secret)
    if is_secret:
        key = replace(key, seed=None)
    data = encode_key(key)
    return RunKey(
        key=decode_key(data),
        data=data,
        seed=str(seed),
        is_secret=is_secret,
        assignment=_portable_name(request.assignment),
        settings=request.settings,
        contents=contents,
    )
