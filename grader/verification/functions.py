"""The functions that verification asks about, as plain Python in this process.

They take and return the student's layout. The reference and its mutants are the course's own code,
so they need no sandbox.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from grader.assignment.reference import in_layout, reference_functions
from grader.assignment.settings import Assignment
from grader.diagnosis.stages import RESULTS, Stages, run
from grader.model import Array

# W, X, y, reg -> loss, dW. W and X in the student's layout.
Function: TypeAlias = Callable[[Array, Array, Array, float], tuple[Any, Any]]


def reference_function(assignment: Assignment, name: str) -> Function:
    """Return a function of the reference. Raises AssignmentError."""
    solve = reference_functions(assignment)[name]

    def function(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
        loss, gradient = solve(in_layout(assignment, W), in_layout(assignment, X), y, reg)
        return loss, in_layout(assignment, gradient)

    return function


def function_of_stages(assignment: Assignment, stages: Stages) -> Function:
    """Return the function that the stages compute. An exception of a stage passes through it."""

    def function(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
        values = {
            "W": in_layout(assignment, W),
            "X": in_layout(assignment, X),
            "y": y,
            "reg": reg,
            "regularization": assignment.regularization,
        }
        results = run(stages, values, strict=True)
        with np.errstate(all="ignore"):
            data_loss, reg_loss, data_gradient, reg_gradient = (results[name] for name in RESULTS)
            loss = np.asarray(data_loss + reg_loss, float).item()
            gradient = np.asarray(data_gradient + reg_gradient, float)
        return loss, in_layout(assignment, gradient)

    return function


def in_single_precision(function: Function) -> Function:
    """Return the function as float32 computes it."""

    def single(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        loss, gradient = function(W.astype(np.float32), X.astype(np.float32), y, reg)
        return np.float32(loss), gradient.astype(np.float32)

    return single
