"""The checks of numbers, on plain Python functions: right ones, and ones that are wrong in one way each."""

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from grader.checks import CHECKS
from grader.checks.function_under_test import plain
from grader.model import AnswerKey, Array, SubmissionError
from grader.verdict import CheckResult, GradientEvidence, LossEvidence

Answer: TypeAlias = tuple[Any, Any]
Loss: TypeAlias = Callable[[Array, Array, Array, float], Answer]
SMALL = ("small", "wide", "square")
STRESS = ("A", "B", "C", "J")
NAN, INF = float("nan"), float("inf")


def right(W: Array, X: Array, y: Array, reg: float) -> Answer:
    """Loss and dW by scipy. W: C x D. Shifted first, or float32 would lose digits to the size of the scores."""
    samples, scores = np.arange(len(y)), W @ X
    scores = scores - scores.max(axis=0)
    slopes = softmax(scores, axis=0)
    slopes[y, samples] -= 1
    loss = np.mean(logsumexp(scores, axis=0) - scores[y, samples]) + 0.5 * reg * np.sum(W * W)
    return loss, slopes @ X.T / len(y) + reg * W


def single(W: Array, X: Array, y: Array, reg: float) -> Answer:
    """The same in float32."""
    loss, gradient = right(W.astype(np.float32), X.astype(np.float32), y, reg)
    return np.float32(loss), gradient.astype(np.float32)


def changed(change: Callable[[Any, Any, Array, float], Answer]) -> Loss:
    """A right function whose loss and dW go through change(loss, dW, W, reg) before they are returned."""
    return lambda W, X, y, reg: change(*right(W, X, y, reg), W, reg)


def judge(
    check: str,
    function: Loss,
    key: AnswerKey,
    other: Loss = right,
    passed: bool = True,
    **settings: Any,
) -> CheckResult:
    """other: what `with` stands for; passed: the outcome of every earlier question."""
    settings = {"cases": SMALL} | settings | ({"with": "naive"} if check == "agrees" else {})
    bench = plain(function, others={"naive": plain(other)}, passed=lambda question: passed)
    return CHECKS[check].judge(bench, key, msgspec.convert(settings, CHECKS[check].settings))


def code(judgement: CheckResult) -> str | None:
    assert judgement.passed == (judgement.message is None)
    return judgement.message.code if judgement.message else None


NUMERIC = ("loss", "gradient", "reg_loss", "reg_gradient", "agrees", "stable")


@pytest.mark.parametrize("check", [*NUMERIC, "slope"])
@pytest.mark.parametrize("function", [right, single])
def test_right_functions_pass(check: str, function: Loss, key: AnswerKey) -> None:
    assert judge(check, function, key) == CheckResult(True)


@pytest.mark.parametrize("function", [right, single])
def test_right_functions_are_stable(function: Loss, key: AnswerKey) -> None:
    assert judge("stable", function, key, cases=STRESS) == CheckResult(True)


LOSS_BUGS = {
    "not averaged": lambda loss, dW, W, reg: (3 * loss, dW),
    "a little off": lambda loss, dW, W, reg: (loss * (1 + 3e-6), dW),
    "sign": lambda loss, dW, W, reg: (-loss, dW),
    "zero": lambda loss, dW, W, reg: (0.0, dW),
    "infinite": lambda loss, dW, W, reg: (INF, dW),
}
GRADIENT_BUGS = {
    "not averaged": lambda loss, dW, W, reg: (loss, 3 * dW),
    "a little off": lambda loss, dW, W, reg: (loss, dW * (1 + 3e-6)),
    "one entry": lambda loss, dW, W, reg: (loss, dW * without(dW, (1, 2))),
    "one class": lambda loss, dW, W, reg: (loss, dW * without(dW, (1, slice(None)))),
    "one feature": lambda loss, dW, W, reg: (loss, dW * without(dW, (slice(None), 2))),
    "zero": lambda loss, dW, W, reg: (loss, 0 * dW),
    "infinite": lambda loss, dW, W, reg: (loss, dW + np.where(without(dW, (0, 0)), 0, INF)),
}
REG_LOSS_BUGS = {
    "missing": lambda loss, dW, W, reg: (loss - 0.5 * reg * np.sum(W * W), dW),
    "without the half": lambda loss, dW, W, reg: (loss + 0.5 * reg * np.sum(W * W), dW),
}
REG_GRADIENT_BUGS = {
    "missing": lambda loss, dW, W, reg: (loss, dW - reg * W),
    "with a half": lambda loss, dW, W, reg: (loss, dW - 0.5 * reg * W),
}


HALF_BUGS = {  # what is wrong beside float16 -> what is told by loss, gradient, reg_loss, reg_gradient, slope, agrees
    "nothing": (lambda loss, dW, W, reg: (loss, dW), ["half_precision"] * 6),
    "reg is missing": (
        lambda loss, dW, W, reg: (loss - 0.5 * reg * np.sum(W * W), dW - reg * W),
        [
            "half_precision",
            "half_precision",
            "reg_loss_missing",
            "reg_gradient_missing",
            "half_precision",
            "half_precision",
        ],
    ),
    "a half in reg": (
        lambda loss, dW, W, reg: (loss - 0.25 * reg * np.sum(W * W), dW - 0.5 * reg * W),
        [
            "half_precision",
            "half_precision",
            "reg_loss_differs",
            "reg_gradient_differs",
            "half_precision",
            "half_precision",
        ],
    ),
    "off by 2 %": (
        lambda loss, dW, W, reg: (1.02 * loss, 1.02 * dW),
        [
            "loss_differs",
            "gradient_differs",
            "reg_loss_differs",
            "reg_gradient_differs",
            "half_precision",
            "losses_disagree",
        ],
    ),
    "constants": (
        lambda loss, dW, W, reg: (123, np.ones(W.shape)),
        [
            "loss_differs",
            "gradient_differs",
            "reg_loss_missing",
            "reg_gradient_missing",
            "loss_constant",
            "losses_disagree",
        ],
    ),
}


@pytest.mark.parametrize("bug", HALF_BUGS)
def test_float16_is_told_where_it_is_all_that_is_wrong(bug: str, key: AnswerKey) -> None:
    change, told = HALF_BUGS[bug]

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        loss, dW = changed(change)(W, X, y, reg)
        return np.float16(loss), np.asarray(dW, np.float16)

    asked = ("loss", "gradient", "reg_loss", "reg_gradient", "slope", "agrees")
    judgements = [judge(check, function, key) for check in asked]
    assert [code(judgement) for judgement in judgements] == told


def without(array: Array, where: Any) -> Array:
    """Ones, and a zero at one place."""
    ones = np.ones(array.shape)
    ones[where] = 0
    return ones


def failing(function: Loss, key: AnswerKey) -> set[str]:
    return {
        check
        for check in ("loss", "gradient", "reg_loss", "reg_gradient")
        if not judge(check, function, key).passed
    }


def data_bug(change: Any) -> Loss:
    """The bug in the data part alone: reg still does what it should."""

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
    ("check", "bug", "told"),
    [
        ("loss", LOSS_BUGS["sign"], "loss_differs"),
        ("loss", LOSS_BUGS["infinite"], "loss_not_finite"),
        ("gradient", GRADIENT_BUGS["one entry"], "gradient_differs"),
        ("gradient", GRADIENT_BUGS["zero"], "gradient_zero"),
        ("gradient", GRADIENT_BUGS["infinite"], "gradient_not_finite"),
        ("reg_loss", REG_LOSS_BUGS["without the half"], "reg_loss_differs"),
        ("reg_loss", lambda loss, dW, W, reg: (1.0, dW), "reg_loss_missing"),
        ("reg_gradient", lambda loss, dW, W, reg: (loss, W), "reg_gradient_missing"),
        ("reg_gradient", REG_GRADIENT_BUGS["with a half"], "reg_gradient_differs"),
        ("agrees", LOSS_BUGS["a little off"], "losses_disagree"),
        ("agrees", GRADIENT_BUGS["a little off"], "gradients_disagree"),
        ("stable", LOSS_BUGS["sign"], "unstable_loss"),
        ("stable", GRADIENT_BUGS["one class"], "unstable_gradient"),
    ],
)
def test_what_is_told(check: str, bug: Any, told: str, key: AnswerKey) -> None:
    assert code(judge(check, changed(bug), key)) == told


@pytest.mark.parametrize("check", ["loss", "gradient"])
def test_an_answer_kept_from_another_call_is_told(check: str, key: AnswerKey) -> None:
    kept = key.expected["square_reg"]
    told = [
        judge(check, lambda W, X, y, reg: (kept.loss, kept.gradient), key, cases=cases)
        for cases in (("square_reg",), ("square_reg", "square"))
    ]
    assert [code(each) for each in told] == [None, "answer_of_another_call"]


def test_evidence_of_a_wrong_entry(key: AnswerKey) -> None:
    (found,) = judge("gradient", changed(GRADIENT_BUGS["one entry"]), key).evidence
    assert isinstance(found, GradientEvidence)
    expected = key.expected["small"].gradient
    assert (found.case, found.wrong_entries, found.worst.row, found.worst.column) == (
        "small",
        1,
        1,
        2,
    )
    assert (found.worst.expected, found.worst.got) == (expected[1, 2], 0.0)
    assert found.error == pytest.approx(abs(expected[1, 2]) / np.linalg.norm(expected), rel=1e-12)
    assert found.entries == expected.size


def test_evidence_of_a_wrong_reg_loss_is_the_difference(key: AnswerKey) -> None:
    (found,) = judge("reg_loss", changed(REG_LOSS_BUGS["without the half"]), key).evidence
    assert isinstance(found, LossEvidence)
    case = key.cases["small_reg"]
    term = 0.5 * case.reg * np.sum(case.W**2)
    assert (found.case, found.difference) == ("small_reg", True)
    assert found.expected == pytest.approx(term, rel=1e-12)
    assert found.got == pytest.approx(2 * term, rel=1e-12)


# --- nan --------------------------------------------------------------------------------------------------------------------------

NAN_LOSS = changed(lambda loss, dW, W, reg: (NAN, dW))
NAN_GRADIENT = changed(lambda loss, dW, W, reg: (loss, dW * NAN))
NAN_ENTRY = changed(lambda loss, dW, W, reg: (loss, np.where(without(dW, (0, 0)), dW, NAN)))
NAN_LOSS_BY_REG = changed(lambda loss, dW, W, reg: (NAN if reg else loss, dW))
NAN_GRADIENT_BY_REG = changed(lambda loss, dW, W, reg: (loss, dW * NAN if reg else dW))


def accepted(check: str, function: Loss, key: AnswerKey, other: Loss = right) -> bool:
    try:
        return judge(check, function, key, other).passed
    except SubmissionError:
        return False


@pytest.mark.parametrize("check", ["loss", "reg_loss", "agrees", "stable", "slope"])
def test_nan_as_loss_is_never_accepted(check: str, key: AnswerKey) -> None:
    assert not accepted(check, NAN_LOSS, key)
    assert not accepted(check, NAN_LOSS, key, NAN_LOSS)


@pytest.mark.parametrize("check", ["gradient", "reg_gradient", "agrees", "stable", "slope"])
@pytest.mark.parametrize("function", [NAN_GRADIENT, NAN_ENTRY])
def test_nan_in_dw_is_never_accepted(check: str, function: Loss, key: AnswerKey) -> None:
    assert not accepted(check, function, key)
    assert not accepted(check, function, key, function)


@pytest.mark.parametrize(
    ("check", "function", "told"),
    [
        ("reg_loss", NAN_LOSS, "reg_hidden_by_loss"),
        ("reg_gradient", NAN_ENTRY, "reg_hidden_by_gradient"),
    ],
)
def test_what_reg_does_is_not_asked_where_nan_hides_it(
    check: str, function: Loss, told: str, key: AnswerKey
) -> None:
    with pytest.raises(SubmissionError) as fault:
        judge(check, function, key)
    assert (fault.value.message.code, fault.value.asked) == (told, False)


@pytest.mark.parametrize(
    ("check", "function"), [("reg_loss", NAN_LOSS_BY_REG), ("reg_gradient", NAN_GRADIENT_BY_REG)]
)
def test_nan_that_comes_from_reg_is_a_failure(check: str, function: Loss, key: AnswerKey) -> None:
    """Without reg all is right, so no other question fails, and "repair the loss first" would send the student nowhere."""
    assert failing(right, key) == set()
    assert not judge(check, function, key).passed


@pytest.mark.parametrize("check", ["gradient", "reg_gradient", "agrees", "stable", "slope"])
def test_huge_numbers_are_wrong_without_a_warning(check: str, key: AnswerKey) -> None:
    """Whatever a student returns, numpy must not complain on the grader's terminal."""
    huge = changed(
        lambda loss, dW, W, reg: (
            loss,
            np.where(dW > 0, 1.0, -1.0) * (1.7e308 if reg else -1.7e308),
        )
    )
    assert not accepted(
        check, huge, key, changed(lambda loss, dW, W, reg: (loss, np.full(dW.shape, 1.7e308)))
    )


# --- agrees and stable ------------------------------------------------------------------------------------------------------------


def test_two_functions_that_are_wrong_alike_agree(key: AnswerKey) -> None:
    wrong = changed(lambda loss, dW, W, reg: (7 * loss, -dW))
    assert judge("agrees", wrong, key, wrong).passed
    assert not judge("agrees", right, key, wrong).passed


@pytest.mark.parametrize("other", [NAN_LOSS, NAN_ENTRY, lambda W, X, y, reg: 1 / 0])
def test_without_another_answer_agreement_is_not_asked(other: Loss, key: AnswerKey) -> None:
    with pytest.raises(SubmissionError) as fault:
        judge("agrees", right, key, other)
    assert (fault.value.message.code, fault.value.asked) == ("nothing_to_compare", False)


@pytest.mark.parametrize(("passed", "told"), [(True, "unstable_gradient"), (False, None)])
def test_stable_looks_at_dw_only_where_it_was_right_before(
    passed: bool, told: str | None, key: AnswerKey
) -> None:
    wrong = changed(GRADIENT_BUGS["not averaged"])
    assert (
        code(judge("stable", wrong, key, cases=("A",), gradient_if="gradient", passed=passed))
        == told
    )
    assert code(judge("stable", wrong, key, cases=("A",), passed=passed)) == "unstable_gradient"


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
    """The table of numerics.md. J is for float32 without a shift: float64 survives exp(700)."""
    assert {
        name for name in STRESS if not judge("stable", with_shift(shift), key, cases=(name,)).passed
    } == fails
