"""The softmax assignment's misconceptions, and functions that make them."""

from collections.abc import Callable
from typing import Any

from grader.assignment.find_assignment import SHIPPED
from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import read_assignment
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.stages import run
from grader.model import AnswerKey, Array, Case

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


def given_in(key: AnswerKey, case: Case) -> dict[str, Any]:
    """What the stages are given for a case of the key."""
    W, X, y = (case.inputs[name] for name in ("W", "X", "y"))
    if key.conventions["layout"] == "DxC":
        W, X = W.T, X.T
    return given_by(key, W, X, y, float(case.inputs["reg"]))


def given_by(key: AnswerKey, W: Array, X: Array, y: Array, reg: float) -> dict[str, Any]:
    """What the stages are given. W: (C, D), X: (D, N)."""
    choices = {**key.conventions, "regularization": float(key.conventions["regularization"])}
    lengths = {"C": W.shape[0], "D": W.shape[1], "N": len(y)}
    return {"W": W, "X": X, "y": y, "reg": reg, **lengths, **choices}


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

    def solve(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        if is_transposed:
            W, X = W.T, X.T
        results = run(stages, given_by(key, W, X, y, reg), ("loss", "dW"))
        if any(value is None for value in results.values()):
            raise ValueError("shapes do not fit")
        loss, dW = change(results["loss"], results["dW"])
        return loss, dW.T if is_transposed else dW

    return solve


def function_with(key: AnswerKey, solution: Solution, short: str = "naive") -> PlainFunction:
    """A solution as the function under test that has this short name."""
    definition = key.functions[short]
    return PlainFunction(definition, {definition.name: solution}, key)
