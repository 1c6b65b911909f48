"""The checks on outputs of any number of axes, with cotangents, and with several knobs."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit, xlogy

from grader.checks import CHECKS
from grader.checks.plain_function import PlainFunction
from grader.checks.slope import STEP, measure_slopes
from grader.model import (
    Answer,
    AnswerKey,
    Array,
    Case,
    Function,
    GraderError,
    Gradient,
    Message,
    Shapes,
    SubmissionError,
)
from grader.verdict import CheckResult, Finding, SlopeEvidence, ValueEvidence
from tests.support.hand_made import key_of
from tests.support.losses import code_of

SHAPES = {0: (), 1: (5,), 3: (2, 3, 4)}  # axes -> shape of a, v and most outputs
DECLARED = {0: "number", 1: "K", 3: "I x J x K"}
AXES = pytest.mark.parametrize("axes", SHAPES)

# loss is a number, and da its gradient; out has the shape of a, and dz its gradient along v.
CURVE = Function(
    short="curve",
    name="curve",
    call="loss, out = curve(a, reg)\nda, dz = slopes(a, v, reg)",
    inputs=("a", "v", "reg"),
    outputs=("loss", "out", "da", "dz"),
    names=("curve", "slopes"),
    gradients=(Gradient("da", "loss", "a"), Gradient("dz", "out", "a", along="v")),
    knobs=("reg",),
)
Change = Callable[[dict[str, Any], float], dict[str, Any]]  # (outputs, reg) -> other outputs


def curve(a: Any, reg: float) -> tuple[Any, Any]:
    return np.sum(np.sin(a)) + reg * np.sum(np.square(a)), np.power(a, 3)


def slopes(a: Any, v: Any, reg: float) -> tuple[Any, Any]:
    return np.cos(a) + 2 * reg * np.asarray(a), 3 * np.square(a) * v


RIGHT = {"curve": curve, "slopes": slopes}


def wrong(**changes: Callable[[Any, float], Any]) -> dict[str, Any]:
    """What a file with mistakes defines. changes: output -> (its right value, reg) -> another."""

    def changed(output: str, value: Any, reg: float) -> Any:
        return changes[output](value, reg) if output in changes else value

    def wrong_curve(a: Any, reg: float) -> tuple[Any, Any]:
        loss, out = curve(a, reg)
        return changed("loss", loss, reg), changed("out", out, reg)

    def wrong_slopes(a: Any, v: Any, reg: float) -> tuple[Any, Any]:
        da, dz = slopes(a, v, reg)
        return changed("da", da, reg), changed("dz", dz, reg)

    return {"curve": wrong_curve, "slopes": wrong_slopes}


def key_with(axes: int) -> AnswerKey:
    random = np.random.default_rng(axes)
    shape, declared = SHAPES[axes], DECLARED[axes]
    cases = {
        name: {"a": random.standard_normal(shape), "v": random.standard_normal(shape)}
        for name in ("small", "other")
    }
    inputs = {"a": declared, "v": declared, "reg": "number"}
    return key_of([CURVE], RIGHT, inputs, cases, knobs={"reg": 0.3})


def judge(
    check: str,
    names: dict[str, Any],
    key: AnswerKey,
    other: dict[str, Any] | None = None,
    **settings: Any,
) -> CheckResult:
    if check == "agrees":
        settings["with"] = "other"
    passed = Finding("earlier", "curve", "value", "failed", 0.0, 0.0, 0.0)
    function = PlainFunction(
        CURVE,
        names,
        key,
        others={"other": PlainFunction(CURVE, other or RIGHT, key)},
        findings={"earlier": passed},
    )
    typed = msgspec.convert({"cases": ["small", "other"], **settings}, CHECKS[check].settings)
    return CHECKS[check].judge(function, key, typed)


def off_in_the_last_entry(value: Any, _reg: float) -> Any:
    """One entry is off by 3e-6 of the whole array's length."""
    array = np.array(value, float)
    array[(-1,) * array.ndim] += 3e-6 * np.linalg.norm(array)
    return array


NUMERIC = ("value", "effect", "slope", "agrees", "stable", "unusual")


@AXES
@pytest.mark.parametrize("check", NUMERIC)
def test_right_functions_pass(check: str, axes: int) -> None:
    assert judge(check, RIGHT, key_with(axes)) == CheckResult(True)


@AXES
@pytest.mark.parametrize("output", CURVE.outputs)
@pytest.mark.parametrize("check", ["value", "agrees"])
def test_one_entry_that_is_a_little_off_is_caught(check: str, output: str, axes: int) -> None:
    key, names = key_with(axes), wrong(**{output: off_in_the_last_entry})
    both: tuple[dict[str, Any], ...] = {}, {"output": output}
    for settings in both:
        result = judge(check, names, key, **settings)
        assert result.message is not None
        assert result.message.values["output"] == output
        (found,) = result.evidence
        assert isinstance(found, ValueEvidence)
        shape = () if output == "loss" else SHAPES[axes]
        last = tuple(length - 1 for length in shape)
        assert (found.output, found.worst.index, found.wrong_entries) == (output, last, 1)
        assert found.entries == np.prod(shape, dtype=int)
        assert found.error == pytest.approx(3e-6, rel=1e-6)
    for another in set(CURVE.outputs) - {output}:
        assert judge(check, names, key, output=another).passed


@AXES
def test_numbers_and_arrays_have_messages_of_their_own(axes: int) -> None:
    key = key_with(axes)
    for change, kind in (
        (lambda value, reg: 2 * value, "differs"),
        (lambda value, reg: np.nan * value, "not_finite"),
        (lambda value, reg: 0 * value, "zero"),
    ):
        for output in ("loss", "out"):
            is_number = output == "loss" or axes == 0
            code = f"{'number' if is_number else 'array'}_{kind}"
            if code == "number_zero":
                code = "number_differs"
            assert code_of(judge("value", wrong(**{output: change}), key)) == code


@AXES
def test_the_first_wrong_output_decides(axes: int) -> None:
    both = wrong(out=off_in_the_last_entry, dz=off_in_the_last_entry)
    message = judge("value", both, key_with(axes)).message
    assert message is not None
    assert (message.values["case"], message.values["output"]) == ("small", "out")


@AXES
def test_an_effect_is_judged_by_itself(axes: int) -> None:
    """What is wrong at rest costs nothing here; what the knob does not move is not asked."""
    key = key_with(axes)
    shifted = wrong(loss=lambda loss, reg: loss + 5, da=lambda da, reg: da - 2)
    assert judge("effect", shifted, key) == CheckResult(True)
    noisy = wrong(out=lambda out, reg: out * (1 + 1e-15 * (reg > 0)))
    assert judge("effect", noisy, key) == CheckResult(True)
    for output, change, code in (
        ("loss", lambda loss, reg: loss * (1 + reg), "effect_differs"),
        ("da", lambda da, reg: da * (1 + reg), "effect_differs"),
    ):
        result = judge("effect", wrong(**{output: change}), key)
        assert result.message == Message(code, {"knob": "reg", "output": output})
        (found,) = result.evidence
        assert isinstance(found, ValueEvidence)
        assert (found.case, found.output, found.knob) == ("small_reg", output, "reg")


@AXES
def test_a_knob_without_effect_is_missing(axes: int) -> None:
    names = {"curve": lambda a, reg: curve(a, 0.0), "slopes": lambda a, v, reg: slopes(a, v, 0.0)}
    for output in ("loss", "da"):
        result = judge("effect", names, key_with(axes), output=output)
        assert result.message == Message("effect_missing", {"knob": "reg", "output": output})


@AXES
@pytest.mark.parametrize("gradient", CURVE.gradients, ids=lambda each: each.name)
def test_a_wrong_gradient_is_caught(gradient: Gradient, axes: int) -> None:
    key, names = key_with(axes), wrong(**{gradient.name: lambda value, reg: 1.01 * value})
    result = judge("slope", names, key)
    values: dict[str, float | int | str] = {
        "case": "small",
        "output": gradient.name,
        "of": gradient.of,
        "by": "a",
    }
    assert result.message == Message("slope_differs", values)
    (found,) = result.evidence
    assert isinstance(found, SlopeEvidence)
    assert (found.output, found.of, found.by) == (gradient.name, gradient.of, "a")
    (other,) = set(CURVE.gradients) - {gradient}
    assert judge("slope", names, key, gradient=other.name).passed
    flat = wrong(**{gradient.of: lambda value, reg: np.ones(np.shape(value))})
    assert code_of(judge("slope", flat, key, gradient=gradient.name)) == "slope_flat"


@AXES
@pytest.mark.parametrize("gradient", CURVE.gradients, ids=lambda each: each.name)
def test_measured_slopes_are_those_of_scipy(gradient: Gradient, axes: int) -> None:
    """Along a cotangent, too: the slope is that of the weighted sum."""
    key = key_with(axes)
    case = key.cases["small"]
    a, v = case.inputs["a"], case.inputs["v"]

    def number(flat: Array) -> float:
        loss, out = curve(flat.reshape(a.shape), 0.0)
        return float(loss if gradient.along is None else np.sum(out * v))

    by_scipy = approx_fprime(a.ravel(), number)
    function = PlainFunction(CURVE, RIGHT, key)
    measured = measure_slopes(function, key, case, gradient, np.ones(a.shape), STEP)
    assert len(measured) == 2
    for V, slope in zip(key.directions["small"][gradient.name], measured, strict=True):
        assert slope.numeric == pytest.approx(by_scipy @ V.ravel(), rel=1e-5, abs=1e-6)


@AXES
def test_stable_leaves_out_what_was_wrong_before(axes: int) -> None:
    key, names = key_with(axes), wrong(out=lambda out, reg: 2 * out)
    assert code_of(judge("stable", names, key)) == "unstable"
    assert judge("stable", names, key, output_if={"out": "earlier"}) == CheckResult(True)


def test_a_key_without_directions_is_the_graders_error() -> None:
    key = key_with(1)
    key.directions["small"].clear()
    with pytest.raises(GraderError, match="no directions of da for 'small'"):
        judge("slope", RIGHT, key)


# --- shapes ---------------------------------------------------------------------------------------


def answer_of(names: dict[str, Any], key: AnswerKey) -> Answer:
    return PlainFunction(CURVE, names, key).call(key.cases["small"])


def test_outputs_of_another_shape_are_errors_of_these_outputs_alone() -> None:
    key = key_with(3)
    names = wrong(loss=lambda loss, reg: [loss, loss], out=lambda out, reg: out.sum(axis=0))
    answer = answer_of(names, key)
    with pytest.raises(SubmissionError) as number:
        answer.value("loss")
    assert number.value.message == Message("output_is_array", {"output": "loss", "got": "2"})
    with pytest.raises(SubmissionError) as array:
        answer.value("out")
    values: dict[str, float | int | str] = {"output": "out", "got": "3x4", "expected": "2x3x4"}
    assert array.value.message == Message("output_shape", values)
    np.testing.assert_array_equal(answer.value("da"), key.expected["small"]["da"])
    assert judge("value", names, key, output="da").passed
    with pytest.raises(SubmissionError):
        judge("value", names, key)


def test_an_array_of_one_number_is_a_number() -> None:
    names = wrong(loss=lambda loss, reg: np.array([[loss]]))
    assert answer_of(names, key_with(1)).value("loss").shape == ()


# --- a vector w, and no reg -----------------------------------------------------------------------

LOGISTIC = Function(
    short="f",
    name="logistic_loss",
    call="loss, dw = logistic_loss(w, X, y)",
    inputs=("w", "X", "y"),
    outputs=("loss", "dw"),
    names=("logistic_loss",),
    gradients=(Gradient("dw", "loss", "w"),),
)


def logistic_loss(w: Array, X: Array, y: Array) -> tuple[Any, Any]:
    """By scipy."""
    p = expit(X @ w)
    return -np.mean(xlogy(y, p) + xlogy(1 - y, 1 - p)), X.T @ (p - y) / len(y)


def logistic_key() -> AnswerKey:
    random = np.random.default_rng(5)
    cases = {
        name: {
            "w": random.standard_normal(3),
            "X": random.standard_normal((N, 3)),
            "y": random.integers(0, 2, N),
        }
        for name, N in (("small", 5), ("twice", 10))
    }
    inputs = {"w": "D", "X": "N x D", "y": "N of labels"}
    return key_of([LOGISTIC], {"logistic_loss": logistic_loss}, inputs, cases)


@pytest.mark.parametrize("check", ["value", "slope", "stable", "unusual", "changes_inputs"])
def test_a_vector_without_a_knob(check: str) -> None:
    key = logistic_key()
    settings = msgspec.convert({"cases": ["small", "twice"]}, CHECKS[check].settings)

    def asked(function: Callable[..., Any]) -> CheckResult:
        under_test = PlainFunction(LOGISTIC, {"logistic_loss": function}, key)
        return CHECKS[check].judge(under_test, key, settings)

    def summed(w: Array, X: Array, y: Array) -> tuple[Any, Any]:
        w -= 0.0
        loss, dw = logistic_loss(w, X, y)
        return loss, dw * len(y)

    assert asked(logistic_loss) == CheckResult(True)
    assert not asked(summed).passed


# --- several knobs --------------------------------------------------------------------------------

ELASTIC = Function(
    short="elastic",
    name="elastic",
    call="loss, dw = elastic(w, ridge, lasso)",
    inputs=("w", "ridge", "lasso"),
    outputs=("loss", "dw"),
    names=("elastic",),
    gradients=(Gradient("dw", "loss", "w"),),
    knobs=("ridge", "lasso"),
)


def elastic(w: Array, ridge: float, lasso: float) -> tuple[Any, Any]:
    loss = np.sum(np.cos(w)) + ridge * np.sum(w * w) + lasso * np.sum(np.abs(w))
    return loss, -np.sin(w) + 2 * ridge * w + lasso * np.sign(w)


@pytest.mark.parametrize("knob", ELASTIC.knobs)
def test_each_knob_has_twins_of_its_own(knob: str) -> None:
    inputs = {"w": "D", "ridge": "number", "lasso": "number"}
    cases = {"small": {"w": np.array([1.0, -2.0, 0.5])}}
    knobs = {"ridge": 0.2, "lasso": 0.7}
    key = key_of([ELASTIC], {"elastic": elastic}, inputs, cases, knobs=knobs)
    assert set(key.cases) == {"small", "small_ridge", "small_lasso"}

    def without_lasso(w: Array, ridge: float, lasso: float) -> tuple[Any, Any]:
        return elastic(w, ridge, 0 * lasso)

    def asked(function: Callable[..., Any], **settings: Any) -> CheckResult:
        typed = msgspec.convert({"cases": ["small"], **settings}, CHECKS["effect"].settings)
        under_test = PlainFunction(ELASTIC, {"elastic": function}, key)
        return CHECKS["effect"].judge(under_test, key, typed)

    assert asked(elastic, knob=knob) == CheckResult(True)
    result = asked(without_lasso, knob=knob)
    assert result.passed == (knob == "ridge")
    if knob == "lasso":
        values: dict[str, float | int | str] = {"knob": "lasso", "output": "loss"}
        assert result.message == Message("effect_missing", values)
    assert asked(without_lasso) == CheckResult(True)  # the first knob, if none is named


# --- a call that changes what an earlier one returned --------------------------------------------


class Overwriting(PlainFunction):
    """Each call changes an array that the one before had returned."""

    def _call(self, case: Case, shapes: Shapes) -> Answer:
        return msgspec.structs.replace(super()._call(case, shapes), overwrote_earlier=True)


@AXES
def test_a_shared_array_is_reported(axes: int) -> None:
    key = key_with(axes)
    typed = msgspec.convert({"cases": ["small"]}, CHECKS["slope"].settings)
    result = CHECKS["slope"].judge(Overwriting(CURVE, RIGHT, key), key, typed)
    assert result.message == Message("shared_output")
