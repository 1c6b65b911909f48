"""Mistakes are named in functions of any inputs and outputs, with any number of cases and knobs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.settings import read_assignment
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.diagnose import diagnose, diagnosis_of
from grader.diagnosis.stages import StagesError
from grader.model import AnswerKey, Array, Function, Message, Question
from grader.verdict import Diagnosis, Finding
from tests.diagnosis.small_keys import function_of, key_of, merged
from tests.support.paths import PROJECT

INPUTS = {
    "w": "D",
    "X": "N x D",
    "t": "N",
    "decay": "number",
    "shift": "number",
}
STAGES: dict[str, Any] = {
    "product": lambda X, w: X.dot(w),
    "residuals": lambda product, t: product - t,
    "squares": lambda w: np.sum(w * w),
    "loss": lambda residuals, squares, decay, N: np.sum(residuals**2) / N + decay * squares,
    "dw": lambda residuals, X, w, decay, N: 2 * X.T.dot(residuals) / N + 2 * decay * w,
    "bent": lambda residuals, shift: np.tanh(residuals + shift),
    "cube": lambda w, X, bent: w[:, None, None] * X.T[:, :, None] * bent[:2],
}
MISTAKES: dict[str, dict[str, Any]] = {
    # In the training function alone.
    "no_mean": {"loss": lambda residuals, squares, decay: np.sum(residuals**2) + decay * squares},
    "dw_no_two": {"dw": lambda residuals, X, w, decay, N: X.T.dot(residuals) / N + 2 * decay * w},
    "no_decay": {
        "loss": lambda residuals, N: np.sum(residuals**2) / N,
        "dw": lambda residuals, X, N: 2 * X.T.dot(residuals) / N,
    },
    "norm": {"squares": lambda w: np.sqrt(np.sum(w * w))},
    # In the other alone.
    "no_shift": {"bent": lambda residuals: np.tanh(residuals)},
    "shift_twice": {"bent": lambda residuals, shift: np.tanh(residuals + 2 * shift)},
    "cube_turned": {"cube": lambda w, X, bent: w[::-1, None, None] * X.T[:, :, None] * bent[:2]},
    # In both.
    "residuals_negated": {"residuals": lambda product, t: t - product},
    "product_of_ones": {"product": lambda X, N: np.ones(N)},
}
IN_BOTH = {"residuals_negated", "product_of_ones"}
IN_TRAIN = {"no_mean", "dw_no_two", "no_decay", "norm"} | IN_BOTH
IN_BEND = {"no_shift", "shift_twice", "cube_turned"} | IN_BOTH
TRAIN = Function(
    short="train",
    name="train",
    call="loss, dw = train(w, X, t, decay)",
    inputs=("w", "X", "t", "decay"),
    outputs=("loss", "dw"),
    names=("train",),
    knobs=("decay",),
)
BEND = Function(
    short="bend",
    name="bend",
    call="bent, cube = bend(w, X, t, shift)",
    inputs=("w", "X", "t", "shift"),
    outputs=("bent", "cube"),
    names=("bend",),
    knobs=("shift",),
)
MULTIPLY = Function(
    short="multiply",
    name="multiply",
    call="product = multiply(w, X)",
    inputs=("w", "X"),
    outputs=("product",),
    names=("multiply",),
)
KNOBS = {"decay": 0.17, "shift": 0.3}


def draw(count: int, *names: str) -> dict[str, dict[str, Any]]:
    """So many cases of different sizes, with these inputs."""
    random = np.random.default_rng(3)
    cases = {}
    for number in range(count):
        N, D = 4 + number, 3 + number % 3
        all_inputs = {
            "w": random.standard_normal(D),
            "X": random.standard_normal((N, D)),
            "t": random.standard_normal(N),
        }
        cases[f"case_{number}"] = {name: all_inputs[name] for name in names}
    return cases


@pytest.fixture(scope="module", params=[1, 3, 12])
def key(request: pytest.FixtureRequest) -> AnswerKey:
    cases = draw(request.param, "w", "X", "t")
    return key_of(STAGES, MISTAKES, (TRAIN, BEND), INPUTS, cases, KNOBS)


def diagnose_with(
    key: AnswerKey, short: str, *mistakes: str, change: Mapping[str, Any] | None = None
) -> Diagnosis:
    assert key.signatures is not None
    stages = merged(STAGES, *(MISTAKES[name] for name in mistakes))
    return diagnosis_of(key, key.signatures, function_of(key, short, stages, change), [])


def test_a_mistake_is_named_in_the_functions_whose_outputs_it_reaches(key: AnswerKey) -> None:
    """With any number of cases: today's nine with twins once were one too many."""
    assert key.signatures is not None
    assert set(key.signatures.names) == set(MISTAKES)
    for short, reached in (("train", IN_TRAIN), ("bend", IN_BEND)):
        causes = {name: diagnose_with(key, short, name).causes for name in MISTAKES}
        assert causes == {name: ((name,),) if name in reached else () for name in MISTAKES}
        assert {diagnose_with(key, short, name).status for name in reached} == {"exact"}
        right = [diagnose_with(key, short, name) for name in MISTAKES if name not in reached]
        assert right == [Diagnosis("none")] * len(right)


def test_factors_are_outputs_at_rest_and_what_each_knob_adds(key: AnswerKey) -> None:
    assert key.signatures is not None
    outputs, knobs = ("loss", "dw", "bent", "cube"), ("", "+decay", "+shift")
    assert list(key.signatures.tables) == [o + knob for o in outputs for knob in knobs]
    assert key.signatures.moves["no_decay"] == ("loss+decay", "dw+decay")
    assert key.signatures.moves["no_shift"] == ("bent+shift", "cube+shift")
    assert key.signatures.moves["no_mean"] == ("loss",)
    for table in key.signatures.tables.values():
        assert table.given.dtype == bool
        assert table.given.shape == (len(table.members), len(key.signatures.cases))


def test_a_function_has_the_factors_of_its_own_outputs_and_knobs(key: AnswerKey) -> None:
    broken = function_of(key, "train", STAGES)
    broken.error = Message("missing_function")
    assert key.signatures is not None
    diagnosis = diagnosis_of(key, key.signatures, broken, [])
    assert diagnosis.unobserved == ("loss", "loss+decay", "dw", "dw+decay")


def test_two_mistakes_in_arrays_of_one_and_three_axes(key: AnswerKey) -> None:
    diagnosis = diagnose_with(key, "bend", "shift_twice", "cube_turned")
    assert diagnosis.causes == (("shift_twice", "cube_turned"),)
    assert diagnose_with(key, "train", "no_mean", "dw_no_two").causes == (("no_mean", "dw_no_two"),)


def test_an_output_that_nothing_explains_is_unknown_and_its_multiple_is_told(
    key: AnswerKey,
) -> None:
    diagnosis = diagnose_with(key, "bend", change={"cube": lambda cube: 3 * cube})
    assert (diagnosis.status, diagnosis.unexplained) == ("unknown", ("cube", "cube+shift"))
    values = [{"factor": name, "output": "cube", "times": "3"} for name in diagnosis.unexplained]
    assert diagnosis.slips == tuple(Message("slip_times", dict(each)) for each in values)


def test_an_entry_that_is_off_is_noticed_wherever_it_is(key: AnswerKey) -> None:
    for place in ((0, 0, 0), (2, 3, 1)):

        def change(cube: Any, place: tuple[int, ...] = place) -> Any:
            cube = cube.copy()
            cube[place] += 1e-3
            return cube

        assert "cube" in diagnose_with(key, "bend", change={"cube": change}).unexplained


# --- cases that lack an input ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def partial_key() -> AnswerKey:
    """The first two cases have no t: only `multiply` can be asked about them."""
    cases = draw(2, "w", "X") | {
        f"whole_{name}": inputs for name, inputs in draw(2, "w", "X", "t").items()
    }
    return key_of(STAGES, MISTAKES, (MULTIPLY, TRAIN), INPUTS, cases, {"decay": 0.17})


def test_a_function_is_diagnosed_on_the_cases_that_have_its_inputs(partial_key: AnswerKey) -> None:
    assert partial_key.signatures is not None
    for name in IN_TRAIN:
        assert diagnose_with(partial_key, "train", name).causes == ((name,),)
    named = diagnose_with(partial_key, "multiply", "product_of_ones")
    assert named.causes == (("product_of_ones",),)
    assert diagnose_with(partial_key, "multiply", "residuals_negated") == Diagnosis("none")


def test_a_function_without_a_case_was_not_observed() -> None:
    key = key_of(STAGES, MISTAKES, (MULTIPLY, TRAIN), INPUTS, draw(2, "w", "X"), {"decay": 0.17})
    diagnosis = diagnose_with(key, "train", "no_mean")
    assert diagnosis == Diagnosis("none", unobserved=("loss", "loss+decay", "dw", "dw+decay"))
    assert diagnose_with(key, "multiply", "product_of_ones").causes == (("product_of_ones",),)


def test_a_case_need_not_have_a_twin_for_every_knob() -> None:
    """One that only a function without the knob is asked about has none for it."""
    cases = draw(3, "w", "X", "t")
    twins = {"case_0": ["decay"], "case_1": ["shift"], "case_2": ["decay", "shift"]}
    key = key_of(STAGES, MISTAKES, (TRAIN, BEND), INPUTS, cases, KNOBS, twins=twins)
    for short, reached in (("train", IN_TRAIN), ("bend", IN_BEND)):
        causes = {name: diagnose_with(key, short, name).causes for name in MISTAKES}
        assert causes == {name: ((name,),) if name in reached else () for name in MISTAKES}
        assert diagnose_with(key, short) == Diagnosis("none")
    slips = diagnose_with(key, "bend", change={"cube": lambda cube: 3 * cube}).slips
    assert [slip.values["times"] for slip in slips] == ["3", "3"]


def test_a_function_whose_outputs_have_no_stage_is_left_out(key: AnswerKey) -> None:
    other = Function("other", "other", "sum = other(w)", ("w",), ("sum",), ("other",))
    function = function_of(key, "train", STAGES)
    function.definition = other
    right = function_of(key, "train", STAGES)
    assert diagnose(key, {"other": function, "train": right}, {}) == {"train": Diagnosis("none")}


# --- derived outputs ------------------------------------------------------------------------------


def power_iteration(A: Array, start: Array, steps: int) -> tuple[Any, Array]:
    for _ in range(steps):
        start = A @ start
        start = start / np.linalg.norm(start)
    return start @ A @ start, start


def test_what_is_judged_by_a_derived_output_is_diagnosed_by_it() -> None:
    """The vector is right up to its sign, and a mistake in it shows in what is derived from it."""
    key = build_key(read_assignment(PROJECT / "tests/assignments/numerics"), 5)
    assert key.signatures is not None
    assert key.signatures.moves["one_step_more"] == ("value", "direction")
    definition = key.functions["power"]

    def diagnosed(solve: Any) -> Diagnosis:
        assert key.signatures is not None
        function = PlainFunction(definition, {"power_iteration": solve}, key)
        return diagnosis_of(key, key.signatures, function, [])

    def turned(A: Array, start: Array, steps: int) -> tuple[Any, Array]:
        value, vector = power_iteration(A, start, steps)
        return value, -vector

    def one_more(A: Array, start: Array, steps: int) -> tuple[Any, Array]:
        return power_iteration(A, start, steps + 1)

    assert diagnosed(power_iteration) == diagnosed(turned) == Diagnosis("none")
    assert diagnosed(one_more).causes == (("one_step_more",),)


# --- questions ------------------------------------------------------------------------------------


def question(id: str, check: str, function: str, **settings: Any) -> Question:
    return Question(id, function, check, 5, settings=settings)


QUESTIONS = (
    question("train.loss", "value", "train", output="loss"),
    question("train.all", "value", "train"),
    question("train.decay", "effect", "train", output="dw"),
    question("train.agrees", "agrees", "train", **{"with": "bend"}),
    question("bend.cube", "value", "bend", output="cube"),
    question("bend.shift", "effect", "bend", knob="shift"),
    question("bend.faster", "faster", "bend"),
)


def test_questions_that_fail_because_of_a_mistake() -> None:
    """Those that its factors decide, of the function that was asked."""
    key = key_of(
        STAGES,
        MISTAKES,
        (TRAIN, BEND),
        INPUTS,
        draw(2, "w", "X", "t"),
        KNOBS,
        questions=QUESTIONS,
    )
    findings = {
        each.id: Finding(each.id, each.function, each.check, "failed", 0.0, 5, 0.0)
        for each in key.questions
    }

    def questions(*mistakes: str) -> dict[str, tuple[str, ...]]:
        stages = merged(STAGES, *(MISTAKES[name] for name in mistakes))
        functions = {short: function_of(key, short, stages) for short in key.functions}
        diagnoses = diagnose(key, functions, findings)
        return {name: each.questions for name, each in diagnoses.items()}

    train, bend = "train", "bend"
    assert questions("no_mean") == {train: ("train.loss", "train.all", "train.agrees"), bend: ()}
    assert questions("no_decay") == {train: ("train.decay",), bend: ()}
    assert questions("cube_turned") == {train: (), bend: ("bend.cube", "bend.shift")}
    assert questions("no_shift") == {train: (), bend: ("bend.shift",)}


# --- the reference --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stages", "complaint"),
    [
        (
            {"dw": lambda residuals, X: X.T.dot(resduals)},  # type: ignore[name-defined] # noqa: F821
            r"on case 'case_0': test_any_function\.py, line \d+: stage 'dw' stops with NameError: "
            r"name 'resduals' is not defined\. Correct it\.",
        ),
        (  # only with the knob turned up
            {"loss": lambda decay: [0.0][int(decay > 0)]},
            r"stage 'loss' stops with IndexError: list index out of range\. Correct it\.",
        ),
        (
            {"bent": lambda residuals: residuals.__iadd__(1)},
            r"this stage changes an array that it is given\. Let it change a copy\.",
        ),
    ],
)
def test_a_right_stage_that_raises_is_told(stages: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StagesError, match=complaint):
        key_of(STAGES | stages, MISTAKES, (TRAIN, BEND), INPUTS, draw(2, "w", "X", "t"), KNOBS)
