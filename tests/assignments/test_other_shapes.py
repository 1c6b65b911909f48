"""The model fits functions of other shapes: layers with caches, no gradients at all, two knobs.

Their matrices of mistakes and questions are pinned: each mistake fails what it should, and the
diagnosis knows it.
"""

from pathlib import Path

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.reference import Reference
from grader.assignment.settings import read_assignment
from grader.checks.function_under_test import probe_cases
from grader.checks.growth import growth_cases
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.diagnose import diagnosis_of
from grader.grading import grade
from grader.intake import asked_file, read_submission
from grader.model import AnswerKey, Message, twin_of
from grader.sandbox.sandbox import Sandbox
from grader.verification.result import Verification
from grader.verification.verify import verify
from tests.support.paths import PROJECT

FOLDER = PROJECT / "tests/assignments"
NAMES = ("layers", "numerics", "smoothing")


def key_of(name: str) -> AnswerKey:
    assignment = read_assignment(FOLDER / name)
    return build_key(assignment, assignment.seed)


@pytest.fixture(scope="module")
def keys() -> dict[str, AnswerKey]:
    return {name: key_of(name) for name in NAMES}


@pytest.fixture(scope="module")
def verifications(keys: dict[str, AnswerKey]) -> dict[str, Verification]:
    return {
        name: verify(read_assignment(FOLDER / name), keys[name], int(keys[name].seed or 0))
        for name in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_verifies_itself(name: str, verifications: dict[str, Verification]) -> None:
    verification = verifications[name]
    assert verification.is_sound
    assert (
        verification.unrecognized,
        verification.indistinguishable,
        verification.correct_when_small,
        verification.correct_in_this_convention,
        verification.unasked_outputs,
    ) == ((), (), (), (), ())
    assert all(margin.holds for margin in verification.margins)


LAYERS = {
    "bias_missing": {"forward.out", "backward.slope"},
    "db_mean": {"backward.db", "backward.slope"},
    "dx_of_w": {"backward.dx", "backward.slope"},
    "dscores_not_averaged": {"net.gradients", "net.slope"},
    "relu_not_in_backward": {"net.gradients", "net.slope"},
    "relu_of_gradient": {"net.gradients", "net.slope"},
    "reg_of_first_only": {"net.reg"},
    "reg_missing_in_dW1": {"net.reg"},
    "db1_zero": {"net.gradients", "net.slope"},
}
NUMERICS = {
    "largest_entry_1": {"power.value", "power.direction"},
    "one_step_more": {"power.value", "power.direction"},
    "value_is_norm": {"power.value"},
    "no_root": {"knn.distances"},
    "plus_2": {"knn.distances"},
    "sum_of_differences": {"knn.distances"},
}
SMOOTHING = {
    "smoothing_over_the_others": {"f.smoothing"},
    "smoothing_replaces_label": {"f.smoothing"},
    "smoothing_missing": {"f.smoothing"},
    "smoothing_missing_in_dW": {"f.smoothing"},
    "divided_by_N": {"f.loss", "f.gradient", "f.smoothing"},
    "weights_missing": {"f.loss", "f.gradient", "f.smoothing"},
    "weights_by_position": {"f.loss", "f.gradient", "f.smoothing"},
    "reg_missing_in_dW": {"f.reg"},
}


@pytest.mark.parametrize(
    ("name", "matrix"), [("layers", LAYERS), ("numerics", NUMERICS), ("smoothing", SMOOTHING)]
)
def test_each_mistake_fails_what_it_should(
    name: str, matrix: dict[str, set[str]], verifications: dict[str, Verification]
) -> None:
    assert {
        row.name: {question for question, outcome in row.outcomes.items() if outcome == "failed"}
        for row in verifications[name].rows
    } == matrix


def test_a_mistake_stands_only_in_the_functions_that_it_changes(
    verifications: dict[str, Verification],
) -> None:
    functions = {row.name: tuple(row.points_lost) for row in verifications["layers"].rows}
    assert functions["bias_missing"] == ("forward", "backward")
    assert functions["db_mean"] == ("backward",)
    assert functions["reg_missing_in_dW1"] == ("net",)


def test_a_twin_for_each_knob(keys: dict[str, AnswerKey]) -> None:
    key = keys["smoothing"]
    assert key.knobs == ("smoothing", "reg")
    assert key.signatures is not None
    assert set(key.signatures.tables) == {
        *("loss", "loss+smoothing", "loss+reg"),
        *("dW", "dW+smoothing", "dW+reg"),
    }
    for knob, least, most in (("smoothing", 0.2, 0.2), ("reg", 0.15, 0.19)):
        twin = key.cases[twin_of("small", knob)].inputs
        assert least <= float(twin[knob]) <= most
        changed = {
            name
            for name, array in key.cases["small"].inputs.items()
            if not np.array_equal(array, twin[name])
        }
        assert changed == {knob}


def test_gradients_of_layers_belong_to_a_cotangent(keys: dict[str, AnswerKey]) -> None:
    key = keys["layers"]
    directions = key.directions["small"]
    inputs = key.cases["small"].inputs
    for gradient in (*key.functions["backward"].gradients, *key.functions["net"].gradients):
        assert directions[gradient.name].shape[1:] == inputs[gradient.by].shape
    assert {each.along for each in key.functions["backward"].gradients} == {"dout"}
    # A class and a dict of gradients: what the call asks of the files is the class alone.
    assert key.functions["net"].names == ("TwoLayerNet",)
    assert key.functions["backward"].names == ("affine_forward", "affine_backward")


def test_work_without_a_baseline_is_counted(keys: dict[str, AnswerKey]) -> None:
    key = keys["numerics"]
    assert key.baseline is None
    pair = growth_cases(key, key.functions["knn"], "N")
    assert pair is not None
    assert [case.name for case in pair] == ["few", "longer"]


def test_an_answer_up_to_its_sign(keys: dict[str, AnswerKey]) -> None:
    """The key knows the vector with one sign. Its mirror image is as right."""
    key = keys["numerics"]
    reference = Reference(read_assignment(FOLDER / "numerics"))
    definition = key.functions["power"]

    def mirrored(A: np.ndarray, start: np.ndarray, steps: int) -> tuple[float, np.ndarray]:
        inputs = {"A": A, "start": start, "steps": np.asarray(steps)}
        values = reference.run(definition, inputs)
        return float(values["value"]), -values["vector"]

    function = PlainFunction(
        definition, {"power_iteration": mirrored}, key, probe_cases=probe_cases(key, definition)
    )
    answer = function.call_once(key.cases["few"])
    np.testing.assert_allclose(answer.value("direction"), key.expected["few"]["direction"])
    assert not np.allclose(answer.value("vector"), key.expected["few"]["vector"])
    assert key.signatures is not None


NUMERICS_OF_A_STUDENT = """
import numpy as np

def power_iteration(A, start, steps):
    v = -start
    for _ in range(steps):
        v = A @ v
        v /= np.linalg.norm(v)
    return v @ A @ v, v

def distances_no_loops(test, train):
    return np.array([np.sqrt(((train - row) ** 2).sum(axis=1)) for row in test])
"""
LAYERS_OF_A_STUDENT = """
import numpy as np

def affine_forward(x, w, b):
    rows = x.reshape(x.shape[0], -1)
    return rows.dot(w) + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.mean(dout, axis=0)
    return dx, dw, db
"""


def test_work_of_other_shapes_is_graded_in_the_sandbox(
    tmp_path: Path, keys: dict[str, AnswerKey], sandbox: Sandbox
) -> None:
    """A hidden loop over N is found without a baseline; the other sign costs nothing."""
    path = tmp_path / "numerics.py"
    path.write_text(NUMERICS_OF_A_STUDENT, encoding="utf-8")
    key = keys["numerics"]
    verdict = grade(key, read_submission(path, asked_file(key)), sandbox.open_program)
    failed = {each.question: each.message for each in verdict.findings if each.outcome != "passed"}
    assert failed.keys() == {"knn.no_loops"}
    message = failed["knn.no_loops"]
    assert isinstance(message, Message)
    assert (message.code, message.values["letter"], message.line) == ("loops_over", "N", 12)


def test_a_mistake_in_one_of_two_files(
    tmp_path: Path, keys: dict[str, AnswerKey], sandbox: Sandbox
) -> None:
    """It is named with its line in the file where it stands; the other file goes on with it."""
    work = tmp_path / "work"
    work.mkdir()
    work.joinpath("layers.py").write_text(LAYERS_OF_A_STUDENT, encoding="utf-8")
    net = FOLDER / "layers/fc_net.py"
    work.joinpath("fc_net.py").write_bytes(net.read_bytes())
    key = keys["layers"]
    verdict = grade(key, read_submission(work, asked_file(key)), sandbox.open_program)
    failed = {each.question for each in verdict.findings if each.outcome == "failed"}
    # The net averages twice, with the student's own layer.
    assert failed == {"backward.db", "backward.slope", "net.gradients", "net.slope"}
    diagnosis = verdict.diagnosis["affine_backward"]
    assert diagnosis.causes == (("db_mean",),)
    assert (diagnosis.line, diagnosis.file) == (12, None)


def test_a_function_is_diagnosed_by_its_own_outputs(keys: dict[str, AnswerKey]) -> None:
    key = keys["layers"]
    definition = key.functions["forward"]

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, None]:
        return x.reshape(len(x), -1) @ w, None

    function = PlainFunction(definition, {"affine_forward": forward}, key)
    assert key.signatures is not None
    assert diagnosis_of(key, key.signatures, function, ()).causes == (("bias_missing",),)
