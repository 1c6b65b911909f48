"""The reference: written for its own choices, handed in as it stands; and files beside it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.reference import Reference, reference_source
from grader.assignment.settings import AssignmentError, read_assignment
from grader.checks.cell import run_call
from grader.model import AnswerKey
from tests.support.small_assignments import LAYERS, LOGISTIC, change, write

SOFTMAX = SHIPPED / "softmax"
SETTINGS = [
    (),
    ("layout=DxC",),
    ("regularization=1.0",),
    ("layout=DxC", "regularization=1"),
]
# The reference of softmax as a course with the other layout and factor would write it.
OTHER = """
import numpy as np


def softmax_loss_naive(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, reg)


def softmax_loss_vectorized(W, X, y, reg):
    samples = np.arange(X.shape[0])
    scores = X.dot(W)
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    powers = np.exp(shifted)
    totals = np.sum(powers, axis=1, keepdims=True)
    loss = np.mean(np.log(totals[:, 0]) - shifted[samples, y]) + reg * np.sum(W * W)
    slopes = powers / totals
    slopes[samples, y] -= 1
    return loss, X.T.dot(slopes) / len(y) + 2 * reg * W
"""


def extending(folder: Path, settings: str = "", **files: str) -> Path:
    toml = f'extends = "{SOFTMAX}"\n{settings}'
    return write(folder, {"assignment.toml": toml}, **files)


def assert_same(one: AnswerKey, other: AnswerKey) -> None:
    assert one.cases.keys() == other.cases.keys()
    for name, expected in one.expected.items():
        for output, value in expected.items():
            np.testing.assert_allclose(
                value, other.expected[name][output], 1e-9, 1e-12, err_msg=f"{name} {output}"
            )


def test_a_reference_in_the_course_s_own_form(tmp_path: Path) -> None:
    """It is called as it stands: nothing scales reg, nothing turns W, behind the author's back."""
    folder = extending(tmp_path / "own", 'layout = "DxC"\nregularization = 1.0', softmax_py=OTHER)
    own = build_key(read_assignment(folder), 3, named=False)
    shipped = build_key(
        read_assignment(SOFTMAX, ("layout=DxC", "regularization=1.0")), 3, named=False
    )
    assert own.conventions == {"layout": "DxC", "regularization": "1.0"}
    assert_same(own, shipped)
    assert reference_source(read_assignment(folder)).functions == tuple(own.functions.values())


def test_another_assignment_asks_such_a_reference_for_other_choices(tmp_path: Path) -> None:
    extending(tmp_path / "own", 'layout = "DxC"\nregularization = 1.0', softmax_py=OTHER)
    toml = 'extends = "../own"\nlayout = "CxD"\nregularization = 0.5'
    above = write(tmp_path / "above", {"assignment.toml": toml})
    assert_same(
        build_key(read_assignment(above), 3, named=False),
        build_key(read_assignment(SOFTMAX), 3, named=False),
    )
    asked = read_assignment(tmp_path / "own", ("layout=CxD", "regularization=0.5"))
    assert_same(
        build_key(asked, 3, named=False), build_key(read_assignment(SOFTMAX), 3, named=False)
    )


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_reference_as_a_program(settings: tuple[str, ...]) -> None:
    """What a batch grades on its own key: its calls turn what needs it."""
    assignment = read_assignment(SOFTMAX, settings)
    key = build_key(assignment, 3, named=False)
    source = reference_source(assignment)
    assert (source.file, source.more) == ("softmax.py", ())
    assert source.text == SOFTMAX.joinpath("softmax.py").read_bytes()
    names: dict[str, object] = {}
    exec(source.text, names)
    for function in source.functions:
        for case in ("small", "small_reg", "wide_reg"):
            outputs = run_call(
                function, names, {k: v.copy() for k, v in key.cases[case].inputs.items()}
            )
            for name, value in key.expected[case].items():
                np.testing.assert_allclose(outputs[name], value, 1e-9, 1e-12)
    plain = {each.call for each in assignment.functions.values()}
    assert ({each.call for each in source.functions} == plain) == (not settings)


def test_files_that_import_each_other(tmp_path: Path) -> None:
    """By the course's folders and relatively; and nothing of them stays importable."""
    assignment = read_assignment(write(tmp_path, LAYERS))
    before = set(sys.modules)
    reference = Reference(assignment)
    assert set(sys.modules) - before == set()
    assert {"forward", "backward", "Net"} <= reference.names.keys()
    source = reference_source(assignment)
    assert [source.file, *(each.file for each in source.more)] == ["layers.py", "net.py"]


def test_files_without_folders_import_each_other_by_name_and_relatively(tmp_path: Path) -> None:
    folder = write(tmp_path, LAYERS)
    change(
        folder / "assignment.toml",
        '["cs231n/layers.py", "cs231n/classifiers/net.py"]',
        '["net.py", "layers.py"]',
    )
    change(folder / "net.py", "from cs231n.layers import *", "from layers import *")
    change(folder / "net.py", "from ..layers import", "from .layers import")
    assert build_key(read_assignment(folder), 3).expected["net"]["loss"] > 0


def test_an_error_in_one_of_several_files_names_it(tmp_path: Path) -> None:
    folder = write(tmp_path, LAYERS)
    change(folder / "layers.py", "def backward(", "def backward(:")
    with pytest.raises(AssignmentError, match=r"layers\.py, line 8: cannot be imported \(Syntax"):
        build_key(read_assignment(folder), 3)
    write(tmp_path, LAYERS)
    change(folder / "layers.py", "    x, w = cache\n", "    x, w, b = cache\n")
    with pytest.raises(
        AssignmentError,
        match=r"layers\.py, line 9: \w+ gives no answer \(ValueError: not enough values",
    ):
        build_key(read_assignment(folder), 3)


def test_a_call_that_fails_by_itself_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, LAYERS)
    change(folder / "assignment.toml", 'grads["w"]', 'grads["W"]')
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 3)
    assert str(refused.value) == (
        f"{folder}: the call of Net fails on the reference (KeyError: 'W'). "
        "Correct functions.net.call, or the reference."
    )


def test_functions_that_give_one_output_must_agree(tmp_path: Path) -> None:
    folder = write(tmp_path, LAYERS)
    change(folder / "assignment.toml", "out, _ = forward(x, w)", "out = 2 * forward(x, w)[0]")
    with pytest.raises(
        AssignmentError,
        match=r": forward: out of case 'small' does not agree with the reference's other",
    ):
        build_key(read_assignment(folder), 3)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("np.sum(out * out) / 2", "out / 2", "has shape (5, 4). Make it (), as a number, since dW"),
        (
            "dscores @ w.T",
            "w @ dscores.T",
            "backward: dx of case 'small' has shape (3, 5). Make it",
        ),
        (
            "x.T @ dscores",
            "x.T @ dscores / 0",
            "Net: dW of case 'small' is not finite. Correct it, or",
        ),
    ],
)
def test_an_output_of_another_shape_is_told(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = write(tmp_path, LAYERS)
    file = next(
        folder / name for name in ("layers.py", "net.py") if old in (folder / name).read_text()
    )
    change(file, old, new)
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 3)
    assert says in str(refused.value)


# --- derived outputs ---

DERIVED = "import numpy as np\n\n\ndef size(X, dw):\n    return np.linalg.norm(dw) + 0 * len(X)\n"


def with_derived(folder: Path, text: str = DERIVED) -> Path:
    write(folder, LOGISTIC, derived_py=text)
    change(
        folder / "assignment.toml",
        'outputs = ["loss", "dw"]',
        'outputs = ["loss", "dw"]\nderived = ["size"]',
    )
    return folder


def test_derived_outputs_are_in_the_key(tmp_path: Path) -> None:
    key = build_key(read_assignment(with_derived(tmp_path)), 3)
    assert key.functions["f"].derived == ("size",)
    for expected in key.expected.values():
        np.testing.assert_allclose(expected["size"], np.linalg.norm(expected["dw"]))
    assert key.derived is not None
    assert key.derived.text == DERIVED.encode()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("def size", "def length", "derived.py: there is no function 'size', which functions.f."),
        (
            "(X, dw)",
            "(X, dW)",
            "derived.py: the argument 'dW' of size is no input and no output of "
            "logistic_loss that comes before it. Cure: write dw, or another of",
        ),
        ("return np", "return npp", "line 5: NameError: name 'npp' is not defined). Correct it."),
        ("return np", "return (np", "derived.py, line 5: SyntaxError: "),
    ],
)
def test_wrong_derived_outputs_are_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = with_derived(tmp_path, DERIVED.replace(old, new))
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 3)
    assert says in str(refused.value)


# --- the baseline ---


def test_no_baseline_is_asked_where_no_question_uses_one(tmp_path: Path) -> None:
    folder = write(tmp_path, LOGISTIC)
    assert build_key(read_assignment(folder), 3).baseline is None
    change(
        folder / "assignment.toml",
        "[questions]",
        '[questions]\n"f.no_loops" = { points = 1, check = "faster", grows = "N" }',
    )
    change(folder / "cases.py", '"wide": (4, 6)', '"wide": (4, 6), "long": (14, 5)')
    assert build_key(read_assignment(folder), 3).baseline is None
    change(folder / "assignment.toml", 'grows = "N"', 'grows = "N", runs = 1, timed = "timed"')
    change(folder / "cases.py", '"long": ', '"timed.0": (9, 3), "timed.1": (9, 3), "long": ')
    with pytest.raises(AssignmentError, match=r"there is no baseline\.py\. Write one"):
        build_key(read_assignment(folder), 3)
    folder.joinpath("baseline.py").write_text("def work(X, w):\n    return X @ w\n")
    baseline = build_key(read_assignment(folder), 3).baseline
    assert baseline is not None
    (function,) = baseline.functions
    assert (function.call, function.inputs, function.outputs) == ("work(X, w)", ("X", "w"), ())


def test_a_baseline_for_all_layouts(tmp_path: Path) -> None:
    folder = extending(
        tmp_path, 'layout = "DxC"', baseline_py="def work(reg, y):\n    return len(y) + reg\n"
    )
    baseline = build_key(read_assignment(folder), 3, named=False).baseline
    assert baseline is not None
    assert baseline.functions[0].call == "work(reg, y)"
