"""cases.py: what it may give, twins that the grader makes, and inputs that nobody can learn."""

from pathlib import Path

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.cases import CaseSource
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import AssignmentError, read_assignment
from tests.support.grading import make_key
from tests.support.small_assignments import LAYERS, LOGISTIC, change, write


def refusal(folder: Path) -> str:
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 3)
    return str(refused.value)


WRONG = {
    "unknown input": (
        '"w": random.standard_normal(D)',
        '"W": random.standard_normal(D)',
        "case 'small': 'W' is no input. Cure: write w, or another of X, y.",
    ),
    "wrong number of axes": (
        '"w": random.standard_normal(D)',
        '"w": random.standard_normal((D, 1))',
        "case 'small': w has 2 axes, but is declared as 'D'. Make the axes fit [inputs].",
    ),
    "lengths that contradict": (
        '"w": random.standard_normal(D)',
        '"w": random.standard_normal(D + 1)',
        "case 'small': X makes D 5 long, but an input before it 6. Make the axes fit [inputs].",
    ),
    "fractions as labels": (
        "np.arange(N) % 2",
        "np.arange(N) / 2",
        "case 'small': y is not what [inputs] declares, 'N of labels' (holds float64, where whole "
        "numbers are declared). Make it that.",
    ),
    "text": (
        '"w": random.standard_normal(D)',
        '"w": "abc"',
        "case 'small': w is not what [inputs] declares, 'D' (could not convert string to float: ",
    ),
    "input left out": (
        '"w": random.standard_normal(D),',
        "",
        "assignment.toml: questions.\"f.loss\": case 'small' has no w, which logistic_loss needs. "
        "Cure: let cases.py add it, or name another case.",
    ),
    "exception": (
        '"w": random.standard_normal(D)',
        '"w": random.standard_nromal(D)',
        "cases.py, line 10: cases(random) gives no cases (AttributeError: 'numpy.random._generator."
        "Generator' object has no attribute 'standard_nromal'). Correct it.",
    ),
    "no cases": (
        "return {name: draw",
        "return {} and {name: draw",
        "cases.py: cases(random) gives no cases. Make some.",
    ),
    "exit": (
        "return {name: draw",
        "raise SystemExit(3)\n    return {name: draw",
        "line 5: cases(random) gives no cases (SystemExit: 3). Correct it.",
    ),
    "complex numbers": (
        '"w": random.standard_normal(D)',
        '"w": 1j * random.standard_normal(D)',
        "case 'small': w is not what [inputs] declares, 'D' (holds complex numbers). Make it that.",
    ),
    "fixed cases as a text": (
        "def cases(",
        'FIXED = "small"\n\n\ndef cases(',
        "cases.py: FIXED is 'small'. Write the names in brackets: [\"small\"].",
    ),
    "no function": ("def cases(", "def inputs(", "cases.py: there is no function cases. Write"),
}


@pytest.mark.parametrize(("old", "new", "says"), WRONG.values(), ids=WRONG)
def test_wrong_cases_are_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = write(tmp_path, LOGISTIC)
    change(folder / "cases.py", old, new)
    refused = refusal(folder)
    assert says in refused
    assert refused.startswith(str(folder))


def test_numbers_whole_numbers_and_labels_become_arrays(tmp_path: Path) -> None:
    folder = write(tmp_path, LOGISTIC)
    change(folder / "assignment.toml", 'X = "N x D"', 'X = "N x D"\nrate = "number"\nn = "integer"')
    change(folder / "cases.py", '"w": random', '"rate": 2, "n": np.int32(3), "w": random')
    key = build_key(read_assignment(folder), 3)
    inputs = key.cases["small"].inputs
    assert list(inputs) == ["w", "X", "rate", "n", "y"]  # as [inputs] has them
    assert {name: (array.dtype.str, array.shape) for name, array in inputs.items()} == {
        "w": ("<f8", (5,)),
        "X": ("<f8", (7, 5)),
        "rate": ("<f8", ()),
        "n": ("<i8", ()),
        "y": ("<i8", (7,)),
    }


# --- twins ---


def test_twins_differ_in_one_knob_and_stand_behind_their_case() -> None:
    key = make_key()
    assert list(key.cases)[:6] == ["small", "small_reg", "wide", "wide_reg", "square", "square_reg"]
    regs = set()
    for name in ("small", "wide", "square"):
        case, twin = key.cases[name], key.cases[f"{name}_reg"]
        assert case.inputs["reg"] == 0
        regs.add(float(twin.inputs["reg"]))
        assert case.inputs.keys() == twin.inputs.keys()
        for other in ("W", "X", "y"):
            np.testing.assert_array_equal(case.inputs[other], twin.inputs[other])
        assert key.expected[name]["loss"] < key.expected[twin.name]["loss"]
    assert len(regs) == 1
    assert 0.15 <= regs.pop() <= 0.19
    assert not {name for name in key.cases if name.endswith("_reg")} - {
        "small_reg",
        "wide_reg",
        "square_reg",
    }


def test_another_seed_turns_a_knob_to_another_number() -> None:
    turned = {float(make_key(seed=seed).cases["small_reg"].inputs["reg"]) for seed in range(4)}
    assert len(turned) == 4
    fixed = {
        float(make_key("knobs.reg=0.3", seed=seed).cases["small_reg"].inputs["reg"])
        for seed in range(2)
    }
    assert fixed == {0.3}


def test_only_functions_with_a_knob_have_twins(tmp_path: Path) -> None:
    key = build_key(read_assignment(write(tmp_path, LAYERS)), 3)
    # The first case is the probe. net could be called on it, so it has a twin too.
    assert list(key.cases) == ["small", "small_reg", "net", "net_reg"]
    assert "dout" not in key.cases["net"].inputs
    assert list(key.expected["net"]) == ["out", "loss", "dW"]  # backward lacks dout there
    assert list(key.expected["small"]) == ["out", "dx", "dw", "loss", "dW"]


def test_two_knobs_make_two_twins(tmp_path: Path) -> None:
    folder = write(tmp_path, LOGISTIC)
    toml = folder / "assignment.toml"
    change(toml, 'X = "N x D"', 'X = "N x D"\nreg = "number"\nsteps = "integer"')
    change(toml, "logistic_loss(w, X, y)", "logistic_loss(w, X, y, reg, steps)")
    change(toml, "[questions]", "[knobs]\nsteps = [3, 3]\nreg = 0.3\n[questions]")
    change(folder / "logistic.py", "(w, X, y):", "(w, X, y, reg, steps):")
    change(folder / "logistic.py", "return loss,", "return loss + reg + steps,")
    key = build_key(read_assignment(folder), 3)
    assert list(key.cases)[:3] == ["small", "small_steps", "small_reg"]  # in the knobs' order
    assert key.knobs == ("steps", "reg")
    steps = key.cases["small_steps"].inputs
    assert (int(steps["steps"]), steps["steps"].dtype.str, float(steps["reg"])) == (3, "<i8", 0)
    np.testing.assert_allclose(
        key.expected["small_steps"]["loss"] - key.expected["small"]["loss"], 3
    )


def test_any_number_of_cases(tmp_path: Path) -> None:
    """Once the ninth small case with a twin was one too many."""
    folder = write(tmp_path, LAYERS)
    names = [f"case_{number}" for number in range(30)]
    change(
        folder / "cases.py",
        '        "net": {',
        f'        **{{name: {{"x": n((2, 3)), "w": n((3, 5))}} for name in {names}}},\n'
        '        "net": {',
    )
    change(
        folder / "assignment.toml",
        '"net.loss" = { points = 1, check = "value", cases = ["net"] }',
        f'"net.loss" = {{ points = 1, check = "value", cases = {names} }}'.replace("'", '"'),
    )
    key = build_key(read_assignment(folder), 3)
    assert key.cases.keys() >= {f"{name}_reg" for name in names}


# --- what nobody can learn by heart ---


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "def cases(random):\n",
            "def cases(random):\n    random = np.random.default_rng(0)\n",
            "every seed gives the same numbers for small, wide: whoever knows them",
        ),
        (
            "    return {name: draw",
            "    np.random.seed(1)\n    random = np.random\n    return {name: draw",
            "every seed gives the same numbers for small, wide",
        ),
        (
            "def cases(random):\n",
            "def cases(random):\n    random = np.random.default_rng()\n",
            "two calls with one seed give different cases (small, wide). Draw from the argument",
        ),
    ],
)
def test_cases_that_ignore_the_generator_are_refused(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    folder = write(tmp_path, LOGISTIC)
    change(folder / "cases.py", old, new)
    refused = refusal(folder)
    assert refused.startswith(f"{folder}/cases.py: {says}")
    assert "random" in refused


def test_one_case_that_ignores_the_generator_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, LOGISTIC)
    change(
        folder / "cases.py",
        "    return {name: draw",
        '    extra = {"ties": {"w": np.zeros(3), "X": np.eye(3), "y": np.array([0, 1, 0])}}\n'
        "    return extra | {name: draw",
    )
    assert "the same numbers for ties: " in refusal(folder)
    folder.joinpath("cases.py").write_text(
        folder.joinpath("cases.py").read_text() + '\n\nFIXED = ("ties",)\n'
    )
    assert list(build_key(read_assignment(folder), 3).cases) == ["ties", "small", "wide"]
    change(folder / "assignment.toml", 'cases = ["small"]', 'cases = ["ties"]')
    assert (
        'questions."f.slope": all its cases are the same for every seed. '
        "Cure: add one that cases.py draws." in refusal(folder)
    )
    change(folder / "cases.py", '("ties",)', '("tie",)')
    assert "FIXED names 'tie', which is no case. Cure: write ties, or another" in refusal(folder)


def test_the_equal_scores_of_softmax_are_the_only_fixed_ones() -> None:
    assert CaseSource(read_assignment(SHIPPED / "softmax")).fixed == ("J",)
    one, other = make_key(seed=1), make_key(seed=2)
    same = {
        name
        for name, case in one.cases.items()
        if all(np.array_equal(case.inputs[each], other.cases[name].inputs[each]) for each in "WXy")
    }
    assert same == {"J"}
