"""The inputs of an assignment: drawn by its cases.py, and checked against its questions."""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from grader.assignment.layers import SETTINGS
from grader.assignment.modules import load_module
from grader.assignment.reference import SMALL
from grader.assignment.settings import Assignment, AssignmentError
from grader.checks import settings_for
from grader.model import Array, Question

# How many directions the slope check uses: one misses 2 % of bugs, two missed none of those tried
# (see grader/checks/slope.py).
DIRECTIONS = 4
Numbers: TypeAlias = tuple[Array, Array, Array, float]  # W, X, y, reg in the reference's layout


def draw_cases(assignment: Assignment, seed: int) -> dict[str, Numbers]:
    """Call the assignment's cases(random). Returns name -> (W, X, y, reg).

    W: (C, D) and X: (D, N) of float64; y: (N,) of int64; reg: float. Raises AssignmentError.
    """
    path = assignment.path("cases.py")
    module = load_module(path)
    if not hasattr(module, "cases"):
        raise AssignmentError(
            f"{path}: there is no function cases. "
            "Write cases(random), which returns name -> (W, X, y, reg)."
        )
    try:
        drawn = dict(module.cases(np.random.default_rng(seed)))
    except Exception as error:
        raise AssignmentError(
            f"{path}: cases(random) gives no cases ({type(error).__name__}: {error}). Correct it."
        ) from None
    return {str(name): _checked_case(path, str(name), case) for name, case in drawn.items()}


def require_cases(
    assignment: Assignment, questions: tuple[Question, ...], drawn: dict[str, Numbers]
) -> None:
    """Raise AssignmentError unless each question finds its cases, of the kind that it needs.

    The first case without regularization must have a twin with it: the two show whether a function
    does anything at all.
    """
    first = next((name for name, (*_, reg) in drawn.items() if reg == 0), None)
    if first is None or f"{first}_reg" not in drawn:
        missing = f"no case {first}_reg" if first else "no case with reg = 0"
        raise AssignmentError(
            f"{assignment.path('cases.py')}: there is {missing}. "
            "Make the first case with reg = 0, and a twin <name>_reg."
        )
    for question in questions:
        problem = _problem_with_cases(question, drawn)
        if problem:
            file = assignment.folders[0] / SETTINGS
            raise AssignmentError(f'{file}: questions."{question.id}": {problem}')


def scaled_directions(random: "np.random.Generator", W: Array, X: Array) -> list[Array]:
    """Draw random directions in the space of W, for the slope check.

    Each is scaled so that a step of 1 moves the scores W @ X by 1 (root mean square).
    """
    drawn = random.standard_normal((DIRECTIONS, *W.shape))
    return [V / np.sqrt(np.mean((V @ X) ** 2)) for V in drawn]


def _checked_case(path: Path, name: str, case: Any) -> Numbers:
    """Convert a case to arrays whose shapes fit together. Raises AssignmentError."""
    try:
        weights, samples, labels, strength = case
        W, X = np.asarray(weights, float), np.asarray(samples, float)
        y, reg = np.asarray(labels, np.int64), float(strength)
    except (TypeError, ValueError) as error:
        raise AssignmentError(
            f"{path}: case {name!r} is not (W, X, y, reg) ({error}). Make it that."
        ) from None
    if [W.ndim, X.ndim, y.ndim] != [2, 2, 1] or W.shape[1] != X.shape[0] or X.shape[1] != len(y):
        raise AssignmentError(
            f"{path}: case {name!r} has shapes {W.shape}, {X.shape}, {y.shape}. "
            "Make W (C, D), X (D, N) and y (N,)."
        )
    return W, X, y, reg


def _problem_with_cases(question: Question, drawn: dict[str, Numbers]) -> str | None:
    """Why a question cannot use the cases it asks for, and the cure; None if it can."""
    settings = settings_for(question)
    for name in settings.cases_asked():
        if name not in drawn:
            return (
                f"there is no case {name!r}. Cure: name one that cases.py makes, or add it there."
            )
        W, X, _, _ = drawn[name]
        if settings.needs_whole_numbers() and not _is_whole(W, X):
            return (
                f"case {name!r} holds fractions. Cure: name one whose W and X hold whole numbers."
            )
        if settings.needs_directions() and X.size > SMALL:
            return (
                f"case {name!r} is too large here. "
                f"Cure: name one with at most {SMALL} numbers in X."
            )
    return None


def _is_whole(*arrays: Array) -> bool:
    return all((array % 1 == 0).all() for array in arrays)
