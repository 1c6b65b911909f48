"""The softmax assignment's misconceptions, and functions that make them."""

from collections.abc import Callable
from typing import Any

from grader.assignment.find_assignment import SHIPPED
from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import read_assignment
from grader.diagnosis.stages import run
from grader.model import AnswerKey, Array

SOFTMAX = read_assignment(SHIPPED / "softmax")
STAGES = load_stages(SOFTMAX)
MISCONCEPTIONS = load_misconceptions(SOFTMAX, STAGES)
LARGE_SCORES = {"no_shift", "shift_by_global_maximum"}  # right on all other scores
# Regularization -> the misconceptions that are right with it.
RIGHT_WITH = {
    0.5: {"rg_no_two", "rl_half", "reg_half"},
    1.0: {"rg_double", "rl_no_half", "reg_full"},
}

Solution = Callable[[Array, Array, Array, float], tuple[Any, Any]]


def solution_with(
    key: AnswerKey,
    *misconceptions: str,
    change: Callable[[float, Array], tuple[Any, Any]] = lambda loss, dW: (loss, dW),
) -> Solution:
    """The stages with misconceptions as a student's function, in the key's layout.

    change: of what it returns, in the layout of the stages.
    """
    stages = {**STAGES}
    for name in misconceptions:
        stages |= MISCONCEPTIONS[name]
    is_transposed = key.conventions["layout"] == "DxC"
    regularization = float(key.conventions["regularization"])

    def solve(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        if is_transposed:
            W, X = W.T, X.T
        given = {"W": W, "X": X, "y": y, "reg": reg, "regularization": regularization}
        results = run(stages, given)
        if any(value is None for value in results.values()):
            raise ValueError("shapes do not fit")
        loss = results["data_loss"] + results["reg_loss"]
        loss, dW = change(loss, results["data_gradient"] + results["reg_gradient"])
        return loss, dW.T if is_transposed else dW

    return solve
