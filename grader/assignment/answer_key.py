"""The answer key: made of an assignment and a seed, or loaded from the cache."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from grader import __version__
from grader.assignment.contents import contents_of, file_hash
from grader.assignment.key_file import decode_key, encode_key
from grader.assignment.layers import SETTINGS
from grader.assignment.settings import Assignment, AssignmentError
from grader.files import cache
from grader.model import AnswerKey

if TYPE_CHECKING:
    from grader.assignment.directions import Refusal

DRAWS = 20  # of the cases, until the reference passes all slopes that are asked
GRADER = Path(__file__).resolve().parents[1]
# The grader's files that this module imports, directly or not. A key depends on them, so a change
# in any of them makes the stored keys stale.
MAKERS = (
    "model.py",
    "verdict.py",
    "assignment/*.py",
    "checks/*.py",
    "diagnosis/*.py",
    "files/*.py",
    "messages/*.py",
    "sandbox/__init__.py",
    "sandbox/course_modules.py",
    "sandbox/interpreter.py",
    "static_analysis/*.py",
)


def answer_key(assignment: Assignment, seed: int | None = None) -> AnswerKey:
    """Return the key for this seed, or for the assignment's public one.

    It is kept in the user's cache under a hash of all that it depends on. Raises AssignmentError.
    """
    seed = assignment.seed if seed is None else seed
    name = f"key-{content_hash(assignment, seed)}.msgpack"
    stored = cache.read(name)
    if stored is not None:
        return decode_key(stored)
    encoded = encode_key(build_key(assignment, seed))
    cache.write(name, encoded)
    return decode_key(encoded)


def content_hash(assignment: Assignment, seed: int) -> str:
    """Hash the key's contents, the seed, and the code that makes a key of them."""
    made_by = (__version__, np.__version__, seed, assignment.name)
    digest = hashlib.sha256(repr(made_by).encode())
    digest.update(msgspec.json.encode(contents_of(assignment)))
    # Topics are no part of a key, but their names are checked when it is built.
    digest.update(repr(sorted(assignment.topics.items())).encode())
    for pattern in MAKERS:
        for path in sorted(GRADER.glob(pattern)):
            digest.update(file_hash(path).encode())
    return digest.hexdigest()


def build_key(assignment: Assignment, seed: int, named: bool = True) -> AnswerKey:
    """Build the key from the assignment's files.

    named: include the signatures by which mistakes are named. They take most of the time.
    Raises AssignmentError if the files do not fit together.
    """
    # Here, because most keys are read from the cache.
    from grader.assignment.cases import CaseSource
    from grader.assignment.key_builder import KeyBuilder
    from grader.assignment.signature_inputs import build_signatures
    from grader.assignment.words import checked_messages

    source = CaseSource(assignment)
    builder = KeyBuilder(assignment, seed, checked_messages(assignment), source.fixed)
    random = np.random.default_rng(seed)
    refusal = None
    for attempt in range(DRAWS):
        drawn = source.draw(random)
        if attempt == 0:
            source.require_random(seed, drawn)
        made = builder.key_of(drawn)
        if isinstance(made, AnswerKey):
            signatures = build_signatures(assignment, made) if named else None
            return replace(made, signatures=signatures)
        refusal = made
        if refusal.why == "wrong":
            break  # other cases will not make it right
    assert refusal is not None
    raise AssignmentError(_no_directions(source.path, refusal))


def _no_directions(path: Path, refusal: "Refusal") -> str:
    """What to tell the author of an assignment without enough directions for a slope."""
    name, of, by = refusal.gradient.name, refusal.gradient.of, refusal.gradient.by
    place = f"{path}: case {refusal.case!r}"
    if refusal.why == "wrong":
        return (
            f"{place}: the reference's own {name} is not the slope of its {of} by {by} (least "
            f"relative error {refusal.error:.0e}). Correct the reference, or gradients in "
            f"{SETTINGS}."
        )
    if refusal.why == "flat":
        return (
            f"{place}: the reference's {of} does not change with {by}, in {DRAWS} draws, so there "
            "is no slope to ask for. Draw the case where it does."
        )
    return (
        f"{place}: too many kinks are close to {by}, where the slope of {of} jumps: in {DRAWS} "
        f"draws, the reference's own {name} passed too seldom. Draw the case further away from "
        "them, or make it smaller."
    )
