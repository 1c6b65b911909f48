"""The reference and the baseline of an assignment: trusted Python, run in this process and checked.

Conventions are resolved here and nowhere else: the files speak of W: (C, D), X: (D, N) and of the
loss with 0.5 * reg * sum(W * W); an assignment may ask for the other layout and for the factor 1.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from grader.assignment.modules import load_module
from grader.assignment.settings import Assignment, AssignmentError
from grader.model import Array, Baseline, Case, Source

SMALL = 4096  # numbers in X. Up to this size all functions of the reference are compared
AGREEMENT = 1e-9  # relative: how far the reference's own functions may differ
Function: TypeAlias = Callable[[Array, Array, Array, float], tuple[float, Array]]  # -> loss, dW


def reference_functions(assignment: Assignment) -> dict[str, Function]:
    """Return the reference's functions by name.

    They take and return the reference's layout, and follow the assignment's regularization.
    Raises AssignmentError, as do the functions.
    """
    path = assignment.path(assignment.file_name)
    module = load_module(path)
    missing = [name for name in assignment.functions.values() if not hasattr(module, name)]
    if missing:
        raise AssignmentError(
            f"{path}: the reference has no function {missing[0]!r}. "
            "Write it, or correct [functions]."
        )
    scale = assignment.regularization / 0.5  # reg * sum(W * W) is 0.5 * (2 * reg) * sum(W * W)

    def scaled(name: str) -> Function:
        function = getattr(module, name)
        return lambda W, X, y, reg: _call(path, name, function, (W, X, y, reg * scale))

    return {name: scaled(name) for name in assignment.functions.values()}


def reference_solver(assignment: Assignment) -> Function:
    """Return the reference's last function, in the reference's layout.

    On small cases it calls all functions of the reference, and raises AssignmentError if they do
    not agree.
    """
    path, functions = assignment.path(assignment.file_name), reference_functions(assignment)
    last = list(functions)[-1]

    def solve(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
        loss, gradient = functions[last](W, X, y, reg)
        if X.size > SMALL:
            return loss, gradient
        for name, function in functions.items():
            other_loss, other_gradient = function(W, X, y, reg)
            same_loss = np.allclose(other_loss, loss, AGREEMENT, 0)
            if not (same_loss and np.allclose(other_gradient, gradient, AGREEMENT, AGREEMENT)):
                raise AssignmentError(
                    f"{path}: {name} does not agree with the reference's other functions. "
                    "Correct one of them."
                )
        return loss, gradient

    return solve


def load_baseline(assignment: Assignment, cases: dict[str, Case]) -> Baseline:
    """Read baseline.py and try its function on every case. Raises AssignmentError."""
    path, name = assignment.path("baseline.py"), f"work_{assignment.layout}"
    function = getattr(load_module(path), name, None)
    if function is None:
        raise AssignmentError(
            f"{path}: there is no function {name}. Write it, or choose the other layout."
        )
    for case in cases.values():
        _call(path, name, function, (case.W, case.X, case.y, case.reg))
    return Baseline(Source(path.name, path.read_bytes(), (name,)), name)


def in_layout(assignment: Assignment, array: Array) -> Array:
    """Turn an array from the reference's layout to the assignment's, or back."""
    return array if assignment.layout == "CxD" else array.T


def _call(
    path: Path, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[float, Array]:
    """Call the function, and check that it returns a loss and a dW of W's shape."""
    shape = arguments[0].shape
    try:
        # Some BLAS raise warnings for numbers that are in order. The result is checked below.
        with np.errstate(all="ignore"):
            loss, gradient = function(*arguments)
        loss, gradient = float(loss), np.asarray(gradient, float)
    except Exception as error:
        raise AssignmentError(
            f"{path}: {name} gives no loss and dW ({type(error).__name__}: {error}). Correct it."
        ) from None
    if gradient.shape != shape:
        raise AssignmentError(
            f"{path}: {name} returns a dW of shape {gradient.shape} where W has {shape}. "
            "Correct it."
        )
    return loss, gradient
