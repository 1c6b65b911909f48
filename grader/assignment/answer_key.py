"""The answer key: made of an assignment and a seed, or loaded from the cache."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grader import __version__
from grader.assignment.cases import Numbers, draw_cases, require_cases, scaled_directions
from grader.assignment.contents import contents_of, file_hash
from grader.assignment.key_file import decode_key, encode_key
from grader.assignment.modules import load_misconceptions, load_stages, load_terms
from grader.assignment.reference import SMALL, in_layout, load_baseline, reference_solver
from grader.assignment.settings import (
    Assignment,
    AssignmentError,
    files_in,
    module_versions,
    questions_of,
)
from grader.diagnosis.signatures import StageInput, signatures_of
from grader.diagnosis.stages import StagesError, run
from grader.files import cache
from grader.files.toml_tables import deep_merge
from grader.model import AnswerKey, Array, Case, Expected, Signatures

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
    for pattern in MAKERS:
        for path in sorted(GRADER.glob(pattern)):
            digest.update(file_hash(path).encode())
    return digest.hexdigest()


def build_key(assignment: Assignment, seed: int, named: bool = True) -> AnswerKey:
    """Build the key from the assignment's files.

    named: include the signatures by which mistakes are named. They take most of the time.
    Raises AssignmentError if the files do not fit together.
    """
    questions = questions_of(assignment)
    drawn = draw_cases(assignment, seed)
    require_cases(assignment, questions, drawn)
    cases, expected, directions = {}, {}, {}
    random = np.random.default_rng([seed, 1])
    solve = reference_solver(assignment)
    for name, (W, X, y, reg) in drawn.items():
        loss, gradient = solve(W, X, y, reg)
        cases[name] = Case(name, in_layout(assignment, W), in_layout(assignment, X), y, reg)
        expected[name] = Expected(loss, in_layout(assignment, gradient))
        if X.size <= SMALL:
            each = scaled_directions(random, W, X)
            directions[name] = np.array([in_layout(assignment, V) for V in each])
    return AnswerKey(
        assignment=assignment.name,
        file=assignment.file,
        functions=assignment.functions,
        questions=questions,
        tolerances=assignment.tolerances,
        limits=assignment.limits,
        cases=cases,
        expected=expected,
        directions=directions,
        baseline=load_baseline(assignment, cases),
        signatures=_build_signatures(assignment, drawn, directions) if named else None,
        words=assignment_messages(assignment),
        lines=assignment.lines,
        conventions={"layout": assignment.layout, "regularization": str(assignment.regularization)},
        reveal=assignment.reveal,
        seed=str(seed),
        modules=module_versions(assignment.modules),
    )


def assignment_messages(assignment: Assignment) -> dict[str, Any]:
    """Return language -> the assignment's own messages, and its "title".

    Its own replace those of an assignment that it extends. Raises AssignmentError.
    """
    words: dict[str, Any] = {}
    for folder in reversed(assignment.folders):
        for path in files_in(folder, "messages/*.toml"):
            words = deep_merge(words, {path.stem: _read_messages(path)})
    return {"title": assignment.title, **words}


def _build_signatures(
    assignment: Assignment, drawn: dict[str, Numbers], directions: dict[str, Array]
) -> Signatures | None:
    """Compute the signatures on all small cases that have a twin with regularization.

    Returns None if there are no such cases, or no stages. directions: in the assignment's layout.
    """
    stages = load_stages(assignment)
    if not stages:
        return None
    terms_of_gradient = load_terms(assignment, stages)
    inputs, terms = {}, {}
    for name, (W, X, y, reg) in drawn.items():
        if reg != 0 or f"{name}_reg" not in drawn or name not in directions:
            continue
        values = {"W": W, "X": X, "y": y, "reg": 0.0, "regularization": assignment.regularization}
        summands = run({**stages, **terms_of_gradient}, values, tuple(terms_of_gradient))
        terms[name] = {
            term: in_layout(assignment, np.asarray(array, float))
            for term, array in summands.items()
        }
        *_, twin_reg = drawn[f"{name}_reg"]
        in_stages_layout = np.array([in_layout(assignment, V) for V in directions[name]])
        inputs[name] = StageInput(values, twin_reg, in_stages_layout)
    misconceptions = load_misconceptions(assignment, stages)
    if not inputs:
        return None
    try:
        return signatures_of(stages, misconceptions, inputs, terms)
    except StagesError as error:
        raise AssignmentError(f"{assignment.folders[0]}: {error}") from None


def _read_messages(path: Path) -> dict[str, dict[str, str | dict[str, str]]]:
    """Read a language's file: tables of sentences, or of tables of sentences."""
    try:
        kind = dict[str, dict[str, str | dict[str, str]]]
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise AssignmentError(
            f"{path}: this is not valid TOML, or not tables of sentences ({error}). Correct it."
        ) from None
    except OSError as error:
        raise AssignmentError(
            f"{path}: cannot be read ({error.strerror}). Make it a file of sentences, or remove it."
        ) from None
