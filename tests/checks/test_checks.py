"""The checks of numbers, on plain Python functions: right ones, and ones wrong in one way each."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from grader.checks import CHECKS
from grader.checks.plain_function import PlainFunction
from grader.model import (
    AnswerKey,
    Array,
    Case,
    GraderError,
    Message,
    Shapes,
    SubmissionError,
    suffixed,
)
from grader.verdict import CheckResult, Finding, Outcome, ValueEvidence
from tests.support.grading import make_key
from tests.support.losses import (
    GRADIENT_BUGS,
    LOSS_BUGS,
    NAN,
    REG_GRADIENT_BUGS,
    REG_LOSS_BUGS,
    Answer,
    Change,
    Loss,
    changed,
    code_of,
    mask,
    right,
    single,
    under_test,
)

ORDINARY = ("small", "wide", "square")
LARGER = (*ORDINARY, "larger")
STRESS = ("A", "B", "C", "J", "K")
# What a question asks -> its check, and its settings.
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "loss": ("value", {"output": "loss"}),
    "gradient": ("value", {"output": "dW"}),
    "value": ("value", {}),
    "reg_loss": ("effect", {"knob": "reg", "output": "loss"}),
    "reg_gradient": ("effect", {"output": "dW"}),
    "effect": ("effect", {}),
    "slope": ("slope", {}),
    "agrees": ("agrees", {"with": "naive"}),
    "stable": ("stable", {}),
}


def judge(
    asked: str,
    function: Loss,
    key: AnswerKey,
    other: Loss = right,
    gradient_outcome: Outcome = "passed",
    **settings: Any,
) -> CheckResult:
    """other: named by the setting `with`; gradient_outcome: of the earlier question "gradient"."""
    check, usual = ASKED[asked]
    settings = {"cases": ORDINARY} | usual | settings
    earlier = Finding("gradient", "function", "value", gradient_outcome, 0.0, 0.0, 0.0)
    asked_function = under_test(
        function, key, others={"naive": under_test(other, key)}, findings={"gradient": earlier}
    )
    typed_settings = msgspec.convert(settings, CHECKS[check].settings)
    return CHECKS[check].judge(asked_function, key, typed_settings)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("function", [right, single])
def test_right_functions_pass(asked: str, function: Loss, key: AnswerKey) -> None:
    assert judge(asked, function, key) == CheckResult(True)


@pytest.mark.parametrize("function", [right, single])
def test_right_functions_are_stable(function: Loss, key: AnswerKey) -> None:
    assert judge("stable", function, key, cases=STRESS) == CheckResult(True)


ASKED_OF_FLOAT16 = ("loss", "gradient", "reg_loss", "reg_gradient", "slope", "agrees")
# What is wrong beside float16 -> the messages of these checks.
FLOAT16_BUGS: dict[str, tuple[Change, list[str]]] = {
    "nothing": (lambda loss, dW, W, reg: (loss, dW), ["half_precision"] * 6),
    "reg is missing": (
        lambda loss, dW, W, reg: (loss - 0.5 * reg * np.sum(W * W), dW - reg * W),
        [
            "half_precision",
            "half_precision",
            "effect_missing",
            "effect_missing",
            "half_precision",
            "half_precision",
        ],
    ),
    "a half in reg": (
        lambda loss, dW, W, reg: (loss - 0.25 * reg * np.sum(W * W), dW - 0.5 * reg * W),
        [
            "half_precision",
            "half_precision",
            "effect_differs",
            "effect_differs",
            "half_precision",
            "half_precision",
        ],
    ),
    "off by 2 %": (
        lambda loss, dW, W, reg: (1.02 * loss, 1.02 * dW),
        [
            "number_differs",
            "array_differs",
            "effect_differs",
            "effect_differs",
            "half_precision",
            "disagrees",
        ],
    ),
    "constants": (
        lambda loss, dW, W, reg: (123, np.ones(W.shape)),
        [
            "number_differs",
            "array_differs",
            "effect_missing",
            "effect_missing",
            "slope_flat",
            "disagrees",
        ],
    ),
}


@pytest.mark.parametrize("bug", FLOAT16_BUGS)
def test_float16_is_reported_where_it_is_all_that_is_wrong(bug: str, key: AnswerKey) -> None:
    change, expected = FLOAT16_BUGS[bug]

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        loss, dW = changed(change)(W, X, y, reg)
        return np.float16(loss), np.asarray(dW, np.float16)

    codes = [code_of(judge(asked, function, key)) for asked in ASKED_OF_FLOAT16]
    assert codes == expected


def failing(function: Loss, key: AnswerKey) -> set[str]:
    return {
        asked
        for asked in ("loss", "gradient", "reg_loss", "reg_gradient")
        if not judge(asked, function, key).passed
    }


def data_bug(change: Change) -> Loss:
    """A function with the bug in its data part alone: reg does what it should."""

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        loss, dW = change(*right(W, X, y, 0.0), W, 0.0)
        return loss + 0.5 * reg * np.sum(W * W), dW + reg * W

    return function


@pytest.mark.parametrize("bug", [name for name in LOSS_BUGS if name != "infinite"])
def test_a_wrong_data_loss_costs_the_loss_alone(bug: str, key: AnswerKey) -> None:
    assert failing(data_bug(LOSS_BUGS[bug]), key) == {"loss"}


@pytest.mark.parametrize("bug", [name for name in GRADIENT_BUGS if name != "infinite"])
def test_a_wrong_data_gradient_costs_the_gradient_alone(bug: str, key: AnswerKey) -> None:
    assert failing(data_bug(GRADIENT_BUGS[bug]), key) == {"gradient"}


@pytest.mark.parametrize("bug", REG_LOSS_BUGS)
def test_a_wrong_reg_loss_costs_that_alone(bug: str, key: AnswerKey) -> None:
    assert failing(changed(REG_LOSS_BUGS[bug]), key) == {"reg_loss"}


@pytest.mark.parametrize("bug", REG_GRADIENT_BUGS)
def test_a_wrong_reg_gradient_costs_that_alone(bug: str, key: AnswerKey) -> None:
    assert failing(changed(REG_GRADIENT_BUGS[bug]), key) == {"reg_gradient"}


@pytest.mark.parametrize(
    ("asked", "bug", "key_of_message"),
    [
        ("loss", LOSS_BUGS["sign"], "number_differs.loss"),
        ("loss", LOSS_BUGS["infinite"], "number_not_finite.loss"),
        ("gradient", GRADIENT_BUGS["one entry"], "array_differs.dW"),
        ("gradient", GRADIENT_BUGS["zero"], "array_zero.dW"),
        ("gradient", GRADIENT_BUGS["infinite"], "array_not_finite.dW"),
        ("value", LOSS_BUGS["sign"], "number_differs.loss"),
        ("value", GRADIENT_BUGS["one entry"], "array_differs.dW"),
        ("reg_loss", REG_LOSS_BUGS["without the half"], "effect_differs.loss"),
        ("reg_loss", lambda loss, dW, W, reg: (1.0, dW), "effect_missing.loss"),
        ("reg_gradient", lambda loss, dW, W, reg: (loss, W), "effect_missing.dW"),
        ("reg_gradient", REG_GRADIENT_BUGS["with a half"], "effect_differs.dW"),
        ("effect", REG_LOSS_BUGS["without the half"], "effect_differs.loss"),
        ("effect", REG_GRADIENT_BUGS["with a half"], "effect_differs.dW"),
        ("slope", GRADIENT_BUGS["one entry"], "slope_differs.dW"),
        ("agrees", LOSS_BUGS["a little off"], "disagrees.loss"),
        ("agrees", GRADIENT_BUGS["a little off"], "disagrees.dW"),
        ("stable", LOSS_BUGS["sign"], "unstable.loss"),
        ("stable", GRADIENT_BUGS["one class"], "unstable.dW"),
    ],
)
def test_each_bug_has_its_message(
    asked: str, bug: Change, key_of_message: str, key: AnswerKey
) -> None:
    message = judge(asked, changed(bug), key).message
    assert message is not None
    assert suffixed(message)[0] == key_of_message


@pytest.mark.parametrize("asked", ["loss", "gradient"])
def test_an_answer_kept_from_another_call_is_reported(
    asked: str, key: AnswerKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Answer] = []

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        kept.append(right(W, X, y, reg))
        return kept[0]

    def call_afresh(self: PlainFunction, case: Case, shapes: Shapes) -> Any:
        kept.clear()
        return self._call(case, shapes)

    monkeypatch.setattr(PlainFunction, "_call_afresh", call_afresh)
    assert judge(asked, function, key, cases=("square_reg",)).passed
    kept.clear()
    result = judge(asked, function, key, cases=("square_reg", "square"))
    assert code_of(result) == "answer_of_another_call"


@pytest.mark.parametrize("asked", ["loss", "gradient"])
def test_the_same_answer_to_two_inputs_is_no_memory_by_itself(asked: str, key: AnswerKey) -> None:
    """Asked afresh, the function gives it again: it looks at nothing but the input."""
    same = key.expected["square_reg"]

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        return same["loss"], same["dW"]

    result = judge(asked, function, key, cases=("square_reg", "square"))
    assert code_of(result) in ("number_differs", "array_differs")


def test_evidence_of_a_wrong_entry(key: AnswerKey) -> None:
    (found,) = judge("gradient", changed(GRADIENT_BUGS["one entry"]), key).evidence
    assert isinstance(found, ValueEvidence)
    expected = key.expected["small"]["dW"]
    assert (found.case, found.output, found.wrong_entries) == ("small", "dW", 1)
    assert (found.worst.index, found.knob, found.other) == ((1, 2), None, None)
    assert found.asked is not None
    assert list(found.asked) == ["W", "X", "y", "reg"]
    assert (found.worst.expected, found.worst.got) == (expected[1, 2], 0.0)
    assert found.error == pytest.approx(abs(expected[1, 2]) / np.linalg.norm(expected), rel=1e-12)
    assert found.entries == expected.size


def test_a_wrong_array_has_a_wrong_entry(key: AnswerKey) -> None:
    """Small errors of all entries add up to a wrong array, and each alone would do."""
    expected = key.expected["small"]
    shift = 0.99 * key.tolerances.of("dW") * np.abs(expected["dW"]).max()

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        return expected["loss"], expected["dW"] + shift

    result = judge("gradient", function, key, cases=("small",))
    assert result.message is not None
    assert (result.passed, result.message.values["wrong"]) == (False, 1)


def test_evidence_of_a_wrong_reg_loss_is_the_difference(key: AnswerKey) -> None:
    (found,) = judge("reg_loss", changed(REG_LOSS_BUGS["without the half"]), key).evidence
    assert isinstance(found, ValueEvidence)
    inputs = key.cases["small_reg"].inputs
    term = float(0.5 * inputs["reg"] * np.sum(inputs["W"] ** 2))
    assert (found.case, found.output, found.knob) == ("small_reg", "loss", "reg")
    assert (found.worst.index, found.wrong_entries, found.entries) == ((), 1, 1)
    assert found.worst.expected == pytest.approx(term, rel=1e-12)
    assert found.worst.got == pytest.approx(2 * term, rel=1e-12)
    assert found.error == pytest.approx(1, rel=1e-12)


def test_evidence_of_a_disagreement_names_the_other_function(key: AnswerKey) -> None:
    (found,) = judge("agrees", changed(LOSS_BUGS["sign"]), key).evidence
    assert isinstance(found, ValueEvidence)
    assert (found.output, found.other) == ("loss", "function")


# --- nan ------------------------------------------------------------------------------------------

NAN_LOSS = changed(lambda loss, dW, W, reg: (NAN, dW))
NAN_GRADIENT = changed(lambda loss, dW, W, reg: (loss, dW * NAN))
NAN_ENTRY = changed(lambda loss, dW, W, reg: (loss, np.where(mask(dW, (0, 0)), dW, NAN)))
NAN_LOSS_BY_REG = changed(lambda loss, dW, W, reg: (NAN if reg else loss, dW))
NAN_GRADIENT_BY_REG = changed(lambda loss, dW, W, reg: (loss, dW * NAN if reg else dW))


def accepted(
    asked: str, function: Loss, key: AnswerKey, other: Loss = right, **settings: Any
) -> bool:
    try:
        return judge(asked, function, key, other, **settings).passed
    except SubmissionError:
        return False


@pytest.mark.parametrize("asked", ["loss", "reg_loss", "agrees", "stable", "slope"])
def test_nan_as_loss_is_never_accepted(asked: str, key: AnswerKey) -> None:
    assert not accepted(asked, NAN_LOSS, key)
    assert not accepted(asked, NAN_LOSS, key, NAN_LOSS)


@pytest.mark.parametrize("asked", ["gradient", "reg_gradient", "agrees", "stable", "slope"])
@pytest.mark.parametrize("function", [NAN_GRADIENT, NAN_ENTRY])
def test_nan_in_dw_is_never_accepted(asked: str, function: Loss, key: AnswerKey) -> None:
    assert not accepted(asked, function, key)
    assert not accepted(asked, function, key, function)


@pytest.mark.parametrize(
    ("asked", "function", "output"),
    [("reg_loss", NAN_LOSS, "loss"), ("reg_gradient", NAN_ENTRY, "dW")],
)
def test_what_reg_does_is_not_asked_where_nan_hides_it(
    asked: str, function: Loss, output: str, key: AnswerKey
) -> None:
    with pytest.raises(SubmissionError) as raised:
        judge(asked, function, key)
    values: dict[str, float | int | str] = {"case": "small_reg", "output": output, "knob": "reg"}
    assert raised.value.message == Message("effect_hidden", values)
    assert not raised.value.was_asked


@pytest.mark.parametrize(("function", "output"), [(NAN_LOSS, "loss"), (NAN_ENTRY, "dW")])
def test_a_slope_is_not_asked_where_nan_hides_it(
    function: Loss, output: str, key: AnswerKey
) -> None:
    with pytest.raises(SubmissionError) as raised:
        judge("slope", function, key)
    assert raised.value.message == Message("slope_hidden", {"output": output})
    assert not raised.value.was_asked


@pytest.mark.parametrize(
    ("asked", "function"), [("reg_loss", NAN_LOSS_BY_REG), ("reg_gradient", NAN_GRADIENT_BY_REG)]
)
def test_nan_that_comes_from_reg_is_a_failure(asked: str, function: Loss, key: AnswerKey) -> None:
    """Without reg all is right, so no other question fails.

    "Repair the loss first" would send the student nowhere.
    """
    assert failing(right, key) == set()
    assert not judge(asked, function, key).passed


@pytest.mark.parametrize("asked", ["gradient", "reg_gradient", "agrees", "stable", "slope"])
def test_huge_numbers_are_wrong_without_a_warning(asked: str, key: AnswerKey) -> None:
    """Whatever a student returns, numpy must not complain on the grader's terminal."""
    signs = changed(
        lambda loss, dW, W, reg: (loss, np.where(dW > 0, 1.7e308, -1.7e308) * (1 if reg else -1))
    )
    constant = changed(lambda loss, dW, W, reg: (loss, np.full(dW.shape, 1.7e308)))
    assert not accepted(asked, signs, key, constant)


# --- agrees and stable ----------------------------------------------------------------------------


def test_two_functions_that_are_wrong_alike_agree(key: AnswerKey) -> None:
    wrong = changed(lambda loss, dW, W, reg: (7 * loss, -dW))
    assert judge("agrees", wrong, key, wrong).passed
    assert code_of(judge("agrees", wrong, key, right)) == "disagrees"


@pytest.mark.parametrize(
    "other",
    [
        changed(lambda loss, dW, W, reg: (7 * loss, -dW)),
        NAN_LOSS,
        NAN_ENTRY,
        lambda W, X, y, reg: 1 / 0,
    ],
)
def test_a_right_function_loses_nothing_beside_a_wrong_one(other: Loss, key: AnswerKey) -> None:
    assert judge("agrees", right, key, other).passed


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (changed(lambda loss, dW, W, reg: (7 * loss, dW)), "both_wrong"),
        (NAN_LOSS, "nothing_to_compare"),
        (lambda W, X, y, reg: 1 / 0, "nothing_to_compare"),
    ],
)
def test_two_functions_that_are_wrong_in_two_ways_are_not_compared(
    other: Loss, code: str, key: AnswerKey
) -> None:
    with pytest.raises(SubmissionError) as raised:
        judge("agrees", changed(LOSS_BUGS["sign"]), key, other)
    assert (raised.value.message.code, raised.value.was_asked) == (code, False)


def with_epsilon(epsilon: float) -> Loss:
    """log(p + epsilon) after a shift of each sample, as careful code has it."""

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        samples = np.arange(len(y))
        scores = W @ X
        chances = np.exp(scores - scores.max(axis=0))
        chances = chances / chances.sum(axis=0)
        loss = -np.mean(np.log(chances[y, samples] + epsilon)) + 0.5 * reg * np.sum(W * W)
        chances[y, samples] -= 1
        return loss, chances @ X.T / len(y) + reg * W

    return function


def rounded(function: Loss) -> Loss:
    """The same answers, rounded to float32 at the very end."""

    def cast(W: Array, X: Array, y: Array, reg: float) -> Answer:
        loss, gradient = function(W, X, y, reg)
        return np.float32(loss), gradient.astype(np.float32)

    return cast


KEYS = range(300, 312)


def lost(function: Loss, key: AnswerKey) -> set[str]:
    """What the assignment's questions about ordinary inputs find wrong."""
    cases = {"loss": LARGER, "gradient": LARGER, "agrees": LARGER, "slope": ("small",)}
    return {
        asked
        for asked in ("loss", "gradient", "reg_loss", "reg_gradient", "agrees", "slope")
        if not accepted(asked, function, key, cases=cases.get(asked, ORDINARY))
    }


@pytest.mark.parametrize("seed", KEYS)
def test_a_harmless_epsilon_costs_nothing_in_any_key(seed: int) -> None:
    key = make_key(seed=seed)
    for epsilon in (1e-8, 1e-7):
        assert lost(with_epsilon(epsilon), key) == set()
        for cases in (("A", "B", "J", "K"), ("C",)):
            assert judge("stable", with_epsilon(epsilon), key, cases=cases).passed


@pytest.mark.parametrize("seed", KEYS)
def test_rounding_to_float32_makes_no_wrong_answer_right(seed: int) -> None:
    """Nor does a key: the loss is off by a little more than float32 explains in each of them."""
    key = make_key(seed=seed)
    exact, cast = with_epsilon(1e-6), rounded(with_epsilon(1e-6))
    assert lost(exact, key) == lost(cast, key) == {"loss", "slope", "agrees"}
    assert lost(rounded(right), key) == set()


def scores_in_single(W: Array, X: Array, y: Array, reg: float) -> Answer:
    """Only the scores are rounded to float32, which bends the loss by less than its tolerance."""
    rounded_scores = (W @ X).astype(np.float32).astype(float)
    chances = np.exp(rounded_scores - rounded_scores.max(axis=0))
    chances /= chances.sum(axis=0)
    samples = np.arange(len(y))
    loss = -np.mean(np.log(chances[y, samples])) + 0.5 * reg * np.sum(W * W)
    chances[y, samples] -= 1
    return loss, chances @ X.T / len(y) + reg * W


@pytest.mark.parametrize("seed", KEYS)
def test_float32_in_one_step_costs_nothing_in_any_key(seed: int) -> None:
    assert lost(scores_in_single, make_key(seed=seed)) == set()


@pytest.mark.parametrize(("outcome", "code"), [("passed", "unstable"), ("failed", None)])
def test_stable_judges_dw_only_if_it_was_right_before(
    outcome: Outcome, code: str | None, key: AnswerKey
) -> None:
    wrong = changed(GRADIENT_BUGS["not averaged"])
    only_if = {"dW": "gradient"}
    result = judge("stable", wrong, key, cases=("A",), output_if=only_if, gradient_outcome=outcome)
    assert code_of(result) == code
    always = judge("stable", wrong, key, cases=("A",), gradient_outcome=outcome)
    assert code_of(always) == "unstable"


def test_a_missing_baseline_is_an_error(key: AnswerKey) -> None:
    """A function must not race itself."""
    with pytest.raises(GraderError, match="no baseline"):
        under_test(right, key).call_baseline(key.cases["small"])


def with_shift(shift: Callable[[Array], Any]) -> Loss:
    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        scores, samples = W @ X, np.arange(len(y))
        with np.errstate(all="ignore"):
            exponentials = np.exp(scores - shift(scores))
            slopes = exponentials / exponentials.sum(axis=0)
            loss = np.mean(-np.log(slopes[y, samples]))
        slopes[y, samples] -= 1
        return loss, slopes @ X.T / len(y)

    return function


@pytest.mark.parametrize(
    ("shift", "fails"),
    [
        (lambda scores: 0, {"A", "B", "C", "K"}),
        (lambda scores: scores.mean(axis=0), {"K"}),
        (lambda scores: scores.min(axis=0), {"K"}),
        (lambda scores: np.abs(scores).max(), {"B", "C"}),
        (lambda scores: scores.max(), {"C"}),
        (lambda scores: scores.max(axis=0), set()),
    ],
    ids=[
        "none",
        "mean",
        "least",
        "largest magnitude",
        "one for all samples",
        "one for each sample",
    ],
)
def test_each_stress_case_catches_its_shift(
    shift: Callable[[Array], Any], fails: set[str], key: AnswerKey
) -> None:
    """J is for float32 without a shift: float64 survives exp(700)."""
    function = with_shift(shift)
    results = {name: judge("stable", function, key, cases=(name,)) for name in STRESS}
    assert {name for name, result in results.items() if not result.passed} == fails
