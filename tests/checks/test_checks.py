"""The checks of numbers, on plain Python functions: right ones, and ones wrong in one way each."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from grader.checks import CHECKS
from grader.model import AnswerKey, Array, GraderError, Message, SubmissionError, suffixed
from grader.verdict import CheckResult, Finding, Outcome, ValueEvidence
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
STRESS = ("A", "B", "C", "J")
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
def test_an_answer_kept_from_another_call_is_reported(asked: str, key: AnswerKey) -> None:
    kept = key.expected["square_reg"]

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        return kept["loss"], kept["dW"]

    assert judge(asked, function, key, cases=("square_reg",)).passed
    result = judge(asked, function, key, cases=("square_reg", "square"))
    assert code_of(result) == "answer_of_another_call"


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


def accepted(asked: str, function: Loss, key: AnswerKey, other: Loss = right) -> bool:
    try:
        return judge(asked, function, key, other).passed
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
    assert not judge("agrees", right, key, wrong).passed


@pytest.mark.parametrize("other", [NAN_LOSS, NAN_ENTRY, lambda W, X, y, reg: 1 / 0])
def test_without_another_answer_agreement_is_not_asked(other: Loss, key: AnswerKey) -> None:
    with pytest.raises(SubmissionError) as raised:
        judge("agrees", right, key, other)
    assert (raised.value.message.code, raised.value.was_asked) == ("nothing_to_compare", False)


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
        (lambda scores: 0, {"A", "B", "C"}),
        (lambda scores: np.abs(scores).max(), {"B", "C"}),
        (lambda scores: scores.max(), {"C"}),
        (lambda scores: scores.max(axis=0), set()),
    ],
    ids=["none", "largest magnitude", "one for all samples", "one for each sample"],
)
def test_each_stress_case_catches_its_shift(
    shift: Callable[[Array], Any], fails: set[str], key: AnswerKey
) -> None:
    """J is for float32 without a shift: float64 survives exp(700)."""
    function = with_shift(shift)
    results = {name: judge("stable", function, key, cases=(name,)) for name in STRESS}
    assert {name for name, result in results.items() if not result.passed} == fails
