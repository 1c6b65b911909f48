"""The slope check: is dW the derivative of the function's own loss? With scipy as the oracle."""

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.optimize import approx_fprime, check_grad

from grader.checks.plain_function import PlainFunction
from grader.checks.slope import STEP, Slope, SlopeSettings, check_slope, measure_slopes
from grader.model import Answer, AnswerKey, Array, Case, Message, Shapes, SubmissionError
from grader.verdict import CheckResult, SlopeEvidence
from tests.support import grading
from tests.support.grading import SEED
from tests.support.losses import (
    GRADIENT_BUGS,
    LOSS,
    REG_GRADIENT_BUGS,
    Change,
    Loss,
    changed,
    right,
    single,
    under_test,
)
from tests.support.losses import Answer as Returned

BUGS = GRADIENT_BUGS | {"1e-4 too large": lambda loss, dW, W, reg: (loss, dW * (1 + 1e-4))}
CASES = ("small", "wide", "square", "small_reg", "wide_reg", "square_reg")
(GRADIENT,) = LOSS.gradients


def make_key(seed: int) -> AnswerKey:
    """A key with directions for all of CASES, not only for those of the assignment's questions."""
    cases = ", ".join(f'"{name}"' for name in CASES if not name.endswith("_reg"))
    made = grading.make_key(f'questions={{ "naive.slope" = {{ cases = [{cases}] }} }}', seed=seed)
    twins = {name: made.directions[name.removesuffix("_reg")] for name in CASES}
    return replace(made, directions={**made.directions, **twins})


@pytest.fixture(scope="module")
def key() -> AnswerKey:
    return make_key(SEED)


def judge(function: Loss, key: AnswerKey, *cases: str) -> CheckResult:
    return check_slope(under_test(function, key), key, SlopeSettings(cases or CASES))


def measure(function: Loss, key: AnswerKey, case: Case, derivative: Array) -> list[Slope]:
    return measure_slopes(under_test(function, key), key, case, GRADIENT, derivative, STEP)


def differs(name: str) -> Message:
    return Message("slope_differs", {"case": name, "output": "dW", "of": "loss", "by": "W"})


def scipy_error(function: Loss, key: AnswerKey, name: str) -> float:
    """How far dW is from scipy's numerical gradient of the function's own loss, relative."""
    inputs = key.cases[name].inputs
    W = inputs["W"]

    def ask(flat: Array) -> Returned:
        return function(flat.reshape(W.shape), inputs["X"], inputs["y"], float(inputs["reg"]))

    error = check_grad(lambda flat: ask(flat)[0], lambda flat: ask(flat)[1].ravel(), W.ravel())
    return float(error / np.linalg.norm(ask(W.ravel())[1]))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_right_gradient_is_off_by_less_than_1e_9(name: str, seed: int) -> None:
    key = make_key(seed)
    for slope in measure(right, key, key.cases[name], key.expected[name]["dW"]):
        assert slope.error < 1e-9


@pytest.mark.parametrize("name", CASES)
def test_measured_slopes_are_those_of_scipy(name: str, key: AnswerKey) -> None:
    case = key.cases[name]
    W = case.inputs["W"]
    X, y, reg = case.inputs["X"], case.inputs["y"], float(case.inputs["reg"])
    by_scipy = approx_fprime(W.ravel(), lambda flat: right(flat.reshape(W.shape), X, y, reg)[0])
    slopes = measure(right, key, case, np.ones(W.shape))
    for V, slope in zip(key.directions[name]["dW"], slopes, strict=True):
        assert slope.numeric == pytest.approx(by_scipy @ V.ravel(), rel=1e-5, abs=1e-6)
        assert slope.analytic == pytest.approx(V.sum())


CONSISTENT: dict[str, Change] = {
    "right": lambda loss, dW, W, reg: (loss, dW),
    "neither averaged": lambda loss, dW, W, reg: (7 * loss, 7 * dW),
    "both without reg": lambda loss, dW, W, reg: (loss - 0.5 * reg * np.sum(W * W), dW - reg * W),
    "a constant in the loss": lambda loss, dW, W, reg: (loss + 3, dW),
}


@pytest.mark.parametrize("kind", CONSISTENT)
def test_a_consistent_function_passes_right_or_wrong(kind: str, key: AnswerKey) -> None:
    assert judge(changed(CONSISTENT[kind]), key) == CheckResult(True)
    assert all(scipy_error(changed(CONSISTENT[kind]), key, name) < 1e-5 for name in CASES)


@pytest.mark.parametrize(
    "bug", [name for name in BUGS if name not in ("zero", "infinite", "a little off")]
)
@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_gradient_is_caught(bug: str, seed: int) -> None:
    """So is a zeroed entry, class row or feature column.

    Ten random coordinates miss those in 30 to 100 % of tries.
    """
    key, function = make_key(seed), changed(BUGS[bug])
    for name in CASES:
        result = judge(function, key, name)
        assert result.message == differs(name)
        (found,) = result.evidence
        assert isinstance(found, SlopeEvidence)
        assert found.error != "nan"
        assert (found.output, found.of, found.by, found.case) == ("dW", "loss", "W", name)
    assert scipy_error(function, key, "small") > 1e-6


@pytest.mark.parametrize("bug", REG_GRADIENT_BUGS)
def test_a_gradient_without_its_reg_is_caught(bug: str, key: AnswerKey) -> None:
    assert judge(changed(REG_GRADIENT_BUGS[bug]), key, "small").passed
    assert not judge(changed(REG_GRADIENT_BUGS[bug]), key, "small_reg").passed


def test_a_gradient_of_zeros_is_caught(key: AnswerKey) -> None:
    assert judge(changed(GRADIENT_BUGS["zero"]), key, "small").message == differs("small")


@pytest.mark.parametrize("name", CASES)
def test_single_precision_passes(name: str, key: AnswerKey) -> None:
    assert judge(single, key, name) == CheckResult(True)


def test_single_precision_of_a_large_loss_needs_the_longer_step(key: AnswerKey) -> None:
    """float32 rounds a loss of 100 to 4e-6.

    Over the short step of float64 that makes a slope off by 4e-3.
    """

    def large(W: Array, X: Array, y: Array, reg: float) -> Returned:
        loss, gradient = single(W, X, y, reg)
        return np.float32(loss + np.float32(100)), gradient

    assert judge(large, key, "small") == CheckResult(True)
    short = measure(large, key, key.cases["small"], key.expected["small"]["dW"])
    assert max(slope.error for slope in short) > key.tolerances.slope_single_precision


@pytest.mark.parametrize(
    "bug", [name for name in GRADIENT_BUGS if name not in ("zero", "infinite", "a little off")]
)
def test_single_precision_hides_no_bug(bug: str, key: AnswerKey) -> None:
    def wrong(W: Array, X: Array, y: Array, reg: float) -> Returned:
        loss, gradient = GRADIENT_BUGS[bug](*single(W, X, y, reg), W, reg)
        return np.float32(loss), np.asarray(gradient, np.float32)

    assert judge(wrong, key, "small").message == differs("small")


def test_a_constant_loss_has_its_own_message(key: AnswerKey) -> None:
    constant = changed(lambda loss, dW, W, reg: (2.5, dW))
    values: dict[str, float | int | str] = {
        "case": "small",
        "output": "dW",
        "of": "loss",
        "by": "W",
    }
    assert judge(constant, key, "small") == CheckResult(False, Message("slope_flat", values))


@pytest.mark.parametrize("seed", [SEED, 231, 1, 2])
def test_a_loss_in_float16_is_not_called_constant(seed: int) -> None:
    """With a short step it may come out the same in every direction: a longer one shows it."""
    half = changed(lambda loss, dW, W, reg: (np.float16(loss), dW.astype(np.float16)))
    message = judge(half, make_key(seed), "small").message
    assert message is not None
    assert message.code == "half_precision"


def test_nan_in_the_loss_next_to_the_case_is_caught(key: AnswerKey) -> None:
    """The loss is finite where it was asked, and nan a step further."""
    W = key.cases["small"].inputs["W"]
    near = changed(
        lambda loss, dW, moved, reg: (loss if np.array_equal(moved, W) else float("nan"), dW)
    )
    assert judge(near, key, "small").message == differs("small")


class Overwriting(PlainFunction):
    """Each call changes the dW that the one before had returned."""

    def _call(self, case: Case, shapes: Shapes) -> Answer:
        return replace(super()._call(case, shapes), overwrote_earlier=True)


def test_a_shared_array_is_reported_before_a_wrong_slope(key: AnswerKey) -> None:
    function = Overwriting(LOSS, {"function": changed(GRADIENT_BUGS["zero"])}, key)
    result = check_slope(function, key, SlopeSettings(("small",)))
    assert result.message == Message("shared_output")


def test_a_gradient_whose_norm_overflows_fails(key: AnswerKey) -> None:
    huge = changed(lambda loss, dW, W, reg: (loss, np.full(dW.shape, 1e200)))
    assert not judge(huge, key, "small").passed


def straight(seen: Array, wrong: Change) -> Loss:
    """Right at the W that it has seen, with a wrong dW, and a loss along that around it."""

    def function(W: Array, X: Array, y: Array, reg: float) -> Returned:
        loss, gradient = wrong(*right(seen, X, y, reg), seen, reg)
        return loss + np.sum(gradient * (W - seen)), gradient

    return function


@pytest.mark.parametrize("bug", ["not averaged", "one class", "one entry", "1e-4 too large"])
def test_a_loss_that_is_bent_to_a_wrong_gradient_does_not_pass(bug: str, key: AnswerKey) -> None:
    """Its slopes are those of dW, and not those of the loss, which is right at this W."""
    bent = straight(key.cases["small"].inputs["W"], BUGS[bug])
    assert under_test(bent, key).call(key.cases["small"]).value("loss") == pytest.approx(
        float(key.expected["small"]["loss"]), rel=1e-12
    )
    values = differs("small").values
    assert judge(bent, key, "small").message == Message("wrong_nearby", values)


def test_rounding_does_not_hide_that_a_loss_is_off_by_little(key: AnswerKey) -> None:
    off: Change = lambda loss, dW, W, reg: (loss * (1 + 1e-5), dW)  # noqa: E731
    assert judge(changed(off), key, "small").message == differs("small")
    with pytest.raises(SubmissionError) as raised:
        judge(changed(lambda *answer: tuple(map(np.float32, off(*answer)))), key, "small")
    assert (raised.value.message.code, raised.value.was_asked) == ("slope_blurred", False)
