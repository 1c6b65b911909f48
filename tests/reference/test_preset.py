"""What assignments share by preset = "linear-classifier": messages about shapes, and mistakes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.settings import read_assignment
from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.diagnose import diagnosis_of
from grader.model import AnswerKey, Array, Message, SubmissionError, suffixed
from tests.support.grading import make_key
from tests.support.misconceptions import Solution, solution_with
from tests.support.paths import PROJECT

KEYS = [("CxD", "0.5"), ("CxD", "1.0"), ("DxC", "0.5"), ("DxC", "1.0")]


@pytest.fixture(scope="module", params=KEYS, ids="-".join)
def key(request: pytest.FixtureRequest) -> AnswerKey:
    layout, regularization = request.param
    return make_key(f"layout={layout}", f"regularization={regularization}")


def function_under_test(key: AnswerKey, solution: Solution) -> FunctionUnderTest:
    definition = key.functions["naive"]
    names = {definition.name: solution}
    return PlainFunction(definition, names, key, probe_cases=probe_cases(key, definition))


def error_of_dW(key: AnswerKey, change: Callable[..., Any], case: str = "small") -> Message:
    """The error of a function that returns this in place of dW. change: of W, X and dW."""
    right = solution_with(key)

    def solve(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        loss, dW = right(W, X, y, reg)
        return loss, change(W, X, dW)

    answer = function_under_test(key, solve).call_once(key.cases[case])
    with pytest.raises(SubmissionError) as raised:
        answer.value("dW")
    return raised.value.message


def text(*shape: int) -> str:
    return "x".join(map(str, shape))


def test_a_dW_that_is_turned_around_is_told(key: AnswerKey) -> None:
    shape = key.cases["small"].inputs["W"].shape
    message = error_of_dW(key, lambda W, X, dW: dW.T)
    expected = text(*shape)
    assert message == Message(
        "gradient_transposed", {"got": text(*shape[::-1]), "expected": expected}
    )
    assert suffixed(message) == ("gradient_transposed",)


def test_a_dW_of_the_shape_of_X_is_told(key: AnswerKey) -> None:
    inputs = key.cases["small"].inputs
    message = error_of_dW(key, lambda W, X, dW: X)
    got, expected = text(*inputs["X"].shape), text(*inputs["W"].shape)
    assert message == Message("gradient_shape_of_X", {"got": got, "expected": expected})


def test_a_dW_of_another_shape_keeps_its_message(key: AnswerKey) -> None:
    assert error_of_dW(key, lambda W, X, dW: dW[:, :1]).code == "output_shape"
    assert error_of_dW(key, lambda W, X, dW: dW.T[:1], "square").code == "output_shape"


# --- the other layout -----------------------------------------------------------------------------


def written_for(layout: str, factor: str) -> Solution:
    """A right solution of this assignment. With W and X turned around, it raises an exception."""
    solution = solution_with(make_key(f"layout={layout}", f"regularization={factor}"))
    is_transposed = layout == "DxC"

    def solve(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        features = (W.shape[0], X.shape[1]) if is_transposed else (W.shape[1], X.shape[0])
        if features[0] != features[1]:
            raise ValueError("shapes not aligned")
        return solution(W, X, y, reg)

    return solve


def first_error(key: AnswerKey, solution: Solution) -> Message | None:
    """What keeps the function from being asked at all."""
    function = function_under_test(key, solution)
    try:
        function.require_ready()
    except SubmissionError as error:
        return error.message
    return None


OTHER = {"CxD": "DxC", "DxC": "CxD", "0.5": "1.0", "1.0": "0.5"}


def test_work_in_the_other_layout_is_told_with_the_settings_that_make_it_right(
    key: AnswerKey,
) -> None:
    layout, factor = key.conventions["layout"], key.conventions["regularization"]
    declared = {"CxD": ("C x D", "D x N"), "DxC": ("D x C", "N x D")}
    (W, X), (other_W, other_X) = declared[layout], declared[OTHER[layout]]
    for their_factor, also in ((factor, ""), (OTHER[factor], f" regularization={OTHER[factor]}")):
        message = first_error(key, written_for(OTHER[layout], their_factor))
        shapes: dict[str, Any] = {"W": W, "X": X, "other_W": other_W, "other_X": other_X}
        assert message == Message(
            "other_layout", {**shapes, "set": f"layout={OTHER[layout]}{also}"}
        )


def test_work_that_fails_in_both_layouts_is_left_to_its_questions(key: AnswerKey) -> None:
    def raises(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        raise ValueError("shapes not aligned")

    def wrong(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        loss, dW = written_for(OTHER[key.conventions["layout"]], "0.5")(W, X, y, reg)
        return 2 * loss, 2 * dW

    for solution in (raises, wrong, written_for(key.conventions["layout"], "0.5")):
        assert first_error(key, solution) is None


# --- what an assignment has from the preset -------------------------------------------------------


SVM_STAGES = """
import numpy as np


def margins(W, X, y, N):
    scores = W.dot(X)
    margins = np.maximum(0, scores - scores[y, np.arange(N)] + 1)
    margins[y, np.arange(N)] = 0
    return margins


def data_loss(margins, N):
    return np.sum(margins) / N


def data_gradient(margins, X, y, N):
    slopes = 1.0 * (margins > 0)
    slopes[y, np.arange(N)] = -np.sum(slopes, axis=0)
    return slopes.dot(X.T) / N
"""


def test_an_svm_has_the_mistakes_of_regularization_from_the_preset(tmp_path: Path) -> None:
    """Its own stages end in the loss and dW without regularization."""
    folder = Path(shutil.copytree(PROJECT / "tests/assignments/careless_svm", tmp_path / "svm"))
    folder.joinpath("stages.py").write_text(SVM_STAGES, encoding="utf-8")
    key = build_key(read_assignment(folder), 3)
    assert key.signatures is not None
    names = {"rg_missing", "rg_over_N", "rg_times_NC", "rl_over_N", "rl_times_C", "rl_l1"}
    assert names <= set(key.signatures.names)
    assert key.signatures.moves["rg_over_N"] == ("dW+reg",)
    assert key.signatures.moves["rl_over_N"] == ("loss+reg",)
    assert "rg_missing" in key.words["en"]["misconceptions"]
    definition = next(iter(key.functions.values()))

    def without_reg(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        """The right numbers of the key, and those of reg = 0 for dW."""
        twin = next(name for name, case in key.cases.items() if np.array_equal(case.inputs["W"], W))
        rest = key.expected[twin]["dW"]
        with_reg = key.expected[f"{twin}_reg"]
        return (with_reg if reg else key.expected[twin])["loss"], rest

    function = PlainFunction(definition, {definition.name: without_reg}, key)
    assert diagnosis_of(key, key.signatures, function, []).causes == (("rg_missing",),)
