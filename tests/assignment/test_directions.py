"""Directions of the check of slopes: correct code passes along each, in float64 and in float32."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from grader.assignment import directions
from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import AssignmentError, read_assignment
from grader.checks.slope import STEP, STEP_SINGLE, slope_along
from grader.model import AnswerKey, Array
from tests.support.grading import make_key
from tests.support.small_assignments import LAYERS, LOGISTIC, change, write

Loss = Callable[[Array], tuple[float, Array]]
SVM_TOML = """
title = "SVM"
preset = "linear-classifier"
file = "linear_svm.py"
seed = 1

[functions]
naive = "svm_loss"

[questions]
"naive.slope" = { points = 5, check = "slope", cases = ["small", "wide"] }
"""
# Drawn without any care for the kinks of the hinge.
SVM_CASES = """
import numpy as np


def cases(random):
    return {name: draw(random, *sizes) for name, sizes in SIZES.items()}


SIZES = {"small": (7, 5, 3), "wide": (4, 6, 5)}


def draw(random, N, D, C):
    W, X = random.standard_normal((C, D)), random.standard_normal((D, N))
    return {"W": W, "X": X, "y": random.integers(0, C, N)}
"""
SVM = """
import numpy as np


def svm_loss(W, X, y, reg):
    n = np.arange(X.shape[1])
    scores = W.dot(X)
    margins = np.maximum(0, scores - scores[y, n] + 1)
    margins[y, n] = 0
    inside = (margins > 0).astype(W.dtype)
    inside[y, n] = -np.sum(inside, axis=0)
    loss = np.sum(margins) / X.shape[1] + 0.5 * reg * np.sum(W * W)
    return loss, inside.dot(X.T) / X.shape[1] + reg * W
"""


@pytest.fixture
def few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases without enough directions are given up ten times as soon."""
    monkeypatch.setattr(directions, "TRIES", directions.TRIES // 10)


def svm(folder: Path) -> Path:
    return write(folder, {"assignment.toml": SVM_TOML, "cases.py": SVM_CASES, "linear_svm.py": SVM})


def errors(key: AnswerKey, case: str, loss: Loss, step: float, kind: type) -> list[float]:
    """The relative error of the slope along each direction of dW."""
    W = key.cases[case].inputs["W"]
    _, gradient = loss(W.astype(kind))
    found = []
    for V in key.directions[case]["dW"]:
        steps = (step, -step, step / 2, -step / 2)
        numbers = [float(loss((W + size * V).astype(kind))[0]) for size in steps]
        found.append(slope_along(numbers, gradient.astype(float), V, step, False).error)
    return found


def softmax_by_rows(W: Array, X: Array, y: Array) -> tuple[float, Array]:
    """Another correct softmax than the reference, which rounds in other places."""
    scores = X.T.dot(W.T)
    scores = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    totals = powers.sum(axis=1, keepdims=True)
    n = np.arange(len(y))
    loss = np.mean(np.log(totals[:, 0]) - scores[n, y])
    slopes = powers / totals
    slopes[n, y] -= 1
    return loss, (slopes.T.dot(X.T) / W.dtype.type(len(y))).astype(W.dtype)


@pytest.mark.parametrize("layout", ["CxD", "DxC"])
def test_correct_softmax_is_far_inside_the_tolerances(layout: str) -> None:
    """As with steps in units of scores: 4e-11, and 1e-5 in float32."""
    worst, worst_single = 0.0, 0.0
    for seed in range(12):
        key = make_key(f"layout={layout}", seed=seed)
        inputs = key.cases["small"].inputs
        is_turned = layout == "DxC"

        def loss(W: Array) -> tuple[float, Array]:
            X = inputs["X"].astype(W.dtype)  # noqa: B023 - called in this turn of the loop
            y = inputs["y"]  # noqa: B023
            if not is_turned:  # noqa: B023
                return softmax_by_rows(W, X, y)
            value, gradient = softmax_by_rows(W.T, X.T, y)
            return value, gradient.T

        worst = max(worst, *errors(key, "small", loss, STEP, np.float64))
        worst_single = max(worst_single, *errors(key, "small", loss, STEP_SINGLE, np.float32))
    assert worst < 4e-11
    assert worst_single < 2e-5


@pytest.mark.parametrize("weights", ["1e-3", "0.3"])
def test_data_of_the_size_of_pixels(tmp_path: Path, weights: str) -> None:
    """A length in units of W would fail here: dW is as large as X is."""
    tmp_path.joinpath("assignment.toml").write_text(f'extends = "{SHIPPED}/softmax"')
    text = SHIPPED.joinpath("softmax/cases.py").read_text(encoding="utf-8")
    old = "W, X = 0.3 * random.standard_normal((C, D)), random.standard_normal((D, N)) + 0.3"
    assert old in text
    new = f"W, X = {weights} * random.standard_normal((C, D)), random.uniform(0, 255, (D, N))"
    tmp_path.joinpath("cases.py").write_text(text.replace(old, new), encoding="utf-8")
    for seed in range(6):
        key = build_key(read_assignment(tmp_path), seed, named=False)
        inputs = key.cases["small"].inputs

        def loss(W: Array) -> tuple[float, Array]:
            return softmax_by_rows(W, inputs["X"].astype(W.dtype), inputs["y"])  # noqa: B023

        assert max(errors(key, "small", loss, STEP, np.float64)) < 1e-7
        assert max(errors(key, "small", loss, STEP_SINGLE, np.float32)) < 1e-4


def test_no_direction_crosses_a_kink(tmp_path: Path) -> None:
    """Of careless cases of an SVM, one in twelve costs correct float64 code its points."""
    assignment = read_assignment(svm(tmp_path))
    for seed in range(30):
        key = build_key(assignment, seed)
        for name in ("small", "wide"):
            inputs = key.cases[name].inputs
            names: dict[str, Callable[..., tuple[float, Array]]] = {}
            exec(SVM, names)

            def loss(W: Array) -> tuple[float, Array]:
                X = inputs["X"].astype(W.dtype)  # noqa: B023
                return names["svm_loss"](W, X, inputs["y"], 0.0)  # noqa: B023

            assert max(errors(key, name, loss, STEP, np.float64)) < 1e-7
            assert max(errors(key, name, loss, STEP_SINGLE, np.float32)) < 1e-4


@pytest.mark.usefixtures("few_tries")
def test_another_case_is_drawn_if_there_is_no_room(tmp_path: Path) -> None:
    """Half of all draws have each margin at the kink itself."""
    folder = svm(tmp_path)
    change(
        folder / "cases.py",
        '    return {"W": W',
        '    if random.random() < 0.5:\n        W = 0 * W + 1\n    return {"W": W',
    )
    change(folder / "linear_svm.py", "scores[y, n] + 1)", "scores[y, n])")
    for seed in range(6):
        key = build_key(read_assignment(folder), seed)
        assert not any((key.cases[name].inputs["W"] == 1).all() for name in ("small", "wide"))


@pytest.mark.usefixtures("few_tries")
def test_a_case_that_stays_at_a_kink_is_told(tmp_path: Path) -> None:
    folder = svm(tmp_path)
    change(folder / "cases.py", '    return {"W": W', '    W = 0 * W + 1\n    return {"W": W')
    change(folder / "linear_svm.py", "scores[y, n] + 1)", "scores[y, n])")
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 3)
    assert str(refused.value) == (
        f"{folder}/cases.py: case 'small': too many kinks are close to W, where the slope of loss "
        "jumps: in 20 draws, the reference's own dW passed too seldom. Draw the case further away "
        "from them, or make it smaller."
    )


@pytest.mark.usefixtures("few_tries")
def test_a_case_in_which_nothing_moves_is_told(tmp_path: Path) -> None:
    """Correct code would be told there that its loss does not depend on W."""
    folder = svm(tmp_path)
    change(folder / "linear_svm.py", "scores[y, n] + 1)", "scores[y, n] - 1000)")
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 3)
    assert str(refused.value) == (
        f"{folder}/cases.py: case 'small': the reference's loss does not change with W, in 20 "
        "draws, so there is no slope to ask for. Draw the case where it does."
    )


def test_a_reference_whose_gradient_is_wrong_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, LOGISTIC)
    change(folder / "logistic.py", "(chances - y) / len(y)", "(chances - y)")
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 3)
    assert str(refused.value) == (
        f"{folder}/cases.py: case 'small': the reference's own dw is not the slope of its loss by "
        "w (least relative error 7e-03). Correct the reference, or gradients in assignment.toml."
    )


def test_outputs_that_are_no_gradients_have_plain_directions(tmp_path: Path) -> None:
    key = build_key(read_assignment(write(tmp_path, LAYERS)), 3)
    shapes = {output: V.shape for output, V in key.directions["small"].items()}
    assert shapes == {"out": (2, 5, 4), "dx": (2, 5, 3), "dw": (2, 3, 4), "dW": (2, 3, 4)}
    assert 0.5 < np.std(key.directions["small"]["out"]) < 2


def test_the_slope_of_an_output_with_a_cotangent(tmp_path: Path) -> None:
    key = build_key(read_assignment(write(tmp_path, LAYERS)), 3)
    inputs = key.cases["small"].inputs
    for V in key.directions["small"]["dx"]:
        numbers = [
            float(np.sum(np.tanh((inputs["x"] + step * V) @ inputs["w"]) * inputs["dout"]))
            for step in (STEP, -STEP, STEP / 2, -STEP / 2)
        ]
        assert slope_along(numbers, key.expected["small"]["dx"], V, STEP, False).error < 1e-8


def test_a_reference_that_refuses_float32_is_tried_in_float64(tmp_path: Path) -> None:
    folder = write(tmp_path, LOGISTIC)
    change(folder / "logistic.py", "    scores =", "    assert w.dtype == float\n    scores =")
    key = build_key(read_assignment(folder), 3)
    assert key.directions["small"]["dw"].shape == (2, 5)
