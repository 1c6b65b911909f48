"""The engine that runs a solution written as named stages."""

import warnings
from typing import Any

import numpy as np
import pytest

from grader.checks.course_code import arguments_of
from grader.diagnosis.stages import (
    Calls,
    StagesError,
    affected_results,
    check,
    order,
    require_results,
    run,
)

# A small loss of other stages than the softmax assignment's: the engine knows none of them.
SQUARES: dict[str, Any] = {
    "residuals": lambda W, X, y: W.dot(X) - y,
    "data_loss": lambda residuals: np.sum(residuals**2),
    "reg_loss": lambda W, reg, regularization: regularization * reg * np.sum(W * W),
    "data_gradient": lambda residuals, X: 2 * residuals.dot(X.T),
    "reg_gradient": lambda W, reg, regularization: 2 * regularization * reg * W,
}
CASE = {
    "W": np.array([[1.0, 2.0]]),
    "X": np.eye(2),
    "y": np.array([0.0, 1.0]),
    "reg": 3.0,
    "regularization": 0.5,
}
GIVEN = tuple(CASE)
RESULTS = ("data_loss", "reg_loss", "data_gradient", "reg_gradient")


def test_results_are_those_of_the_functions() -> None:
    results = run(SQUARES, CASE, RESULTS)
    assert tuple(results) == RESULTS
    assert (results["data_loss"], results["reg_loss"]) == (2.0, 7.5)
    np.testing.assert_array_equal(results["data_gradient"], [[2.0, 2.0]])
    np.testing.assert_array_equal(results["reg_gradient"], [[3.0, 6.0]])
    # Nothing was added to the caller's own dict.
    assert set(CASE) == {"W", "X", "y", "reg", "regularization"}


def test_each_stage_runs_once_and_only_if_it_is_needed() -> None:
    called = []

    def residuals(W: Any, X: Any, y: Any) -> Any:
        called.append("residuals")
        return SQUARES["residuals"](W, X, y)

    def reg_loss() -> float:
        called.append("reg_loss")
        return 0.0

    stages: dict[str, Any] = {**SQUARES, "residuals": residuals, "reg_loss": reg_loss}
    run(stages, CASE, ("data_loss", "data_gradient", "residuals"))
    assert called == ["residuals"]


def test_a_stage_that_raises_leaves_the_others_alone() -> None:
    raises: dict[str, Any] = {"residuals": lambda W, X: W.dot(X[:1])}
    results = run({**SQUARES, **raises}, CASE, RESULTS)
    assert (results["data_loss"], results["data_gradient"]) == (None, None)
    assert results["reg_loss"] == 7.5


def test_numpy_says_nothing() -> None:
    """Whatever its settings are where the engine is called."""
    noisy: dict[str, Any] = {
        "reg_loss": lambda W: np.log(0 * W[0, 0]),
        "data_loss": lambda: np.mean(np.array([])),
    }  # one of each kind
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        results = run({**SQUARES, **noisy}, CASE, RESULTS)
    assert results["reg_loss"] == -np.inf
    assert np.isnan(results["data_loss"])


def test_stages_stand_behind_what_they_need() -> None:
    assert order(SQUARES, GIVEN, RESULTS) == ["residuals", *RESULTS]
    assert order(SQUARES, GIVEN, ["data_gradient"]) == ["residuals", "data_gradient"]
    assert order(SQUARES, ["residuals", "X"], ["data_gradient"]) == ["data_gradient"]


def test_the_names_of_arguments_only() -> None:
    def stage(W: Any, X: Any) -> Any:
        local = W.dot(X)
        return [other for other in local]  # noqa: C416

    assert arguments_of(stage) == ("W", "X")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("replaced", "results"),
    [
        ({"residuals": lambda W, X, y: y - W.dot(X)}, ("data_loss", "data_gradient")),
        ({"reg_loss": lambda: 0.0}, ("reg_loss",)),
        (
            {"residuals": lambda y: y, "reg_gradient": lambda W: W},
            ("data_loss", "data_gradient", "reg_gradient"),
        ),
        # The stages count as they are after the replacement: here dW no longer needs the residuals,
        ({"residuals": lambda y: y, "data_gradient": lambda X: X}, ("data_loss", "data_gradient")),
        # and here the regularization does need them.
        (
            {"residuals": lambda y: y, "reg_loss": lambda residuals: residuals[0]},
            ("data_loss", "reg_loss", "data_gradient"),
        ),
        ({}, ()),
    ],
)
def test_which_results_a_replaced_stage_affects(
    replaced: dict[str, Any], results: tuple[str, ...]
) -> None:
    stages = {**SQUARES, **replaced}
    assert affected_results(stages, replaced, RESULTS) == results
    before, after = run(SQUARES, CASE, RESULTS), run(stages, CASE, RESULTS)
    assert all(name in results or np.array_equal(before[name], after[name]) for name in RESULTS)


def test_one_of_two_replaced_stages_may_cut_the_other_off() -> None:
    stages: dict[str, Any] = {**SQUARES, "residuals": lambda y: y, "data_gradient": lambda X: X}
    assert affected_results(stages, {"residuals"}, RESULTS) == ("data_loss",)
    assert affected_results(stages, {"data_gradient"}, RESULTS) == ("data_gradient",)
    assert affected_results(stages, {"residuals"}, ["residuals", "reg_loss"]) == ("residuals",)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown argument": (
        {"residuals": lambda W, x: W.dot(x)},
        "stage 'residuals' needs 'x', which is no stage and no given value. "
        "Write a stage of that name, or use one of W, X, y, ",
    ),
    "default value": (
        {"reg_loss": lambda W, factor=0.5: factor * W},
        "stage 'reg_loss' needs 'factor', which is no stage",
    ),
    "circle": (
        {"residuals": lambda data_gradient: data_gradient},
        "the stages need each other in a circle: "
        "residuals -> data_gradient -> residuals. Break it.",
    ),
    "needs itself": (
        {"residuals": lambda residuals: 1},
        "in a circle: residuals -> residuals. Break it.",
    ),
    "no function": ({"residuals": 5}, "stage 'residuals' is no plain function. Write one"),
    "function of numpy": (
        {"residuals": np.exp},
        "stage 'residuals' is no plain function. Write one",
    ),
    "keyword only": (
        {"residuals": lambda *, W: W},
        "stage 'residuals' is no plain function. Write one",
    ),
}


@pytest.mark.parametrize(("replaced", "complaint"), WRONG.values(), ids=WRONG)
def test_stages_that_do_not_fit_together(replaced: dict[str, Any], complaint: str) -> None:
    """Refused whether they are checked or run: a wrong name must not look like a failing stage."""
    for refused in (
        lambda: check({**SQUARES, **replaced}, GIVEN, RESULTS),
        lambda: run({**SQUARES, **replaced}, CASE, RESULTS),
    ):
        with pytest.raises(StagesError) as raised:
            refused()
        assert complaint in str(raised.value)


def test_a_result_without_a_stage() -> None:
    stages = {name: stage for name, stage in SQUARES.items() if name != "reg_loss"}
    complaint = "'reg_loss' is wanted, which is no stage and no given value"
    with pytest.raises(StagesError, match=complaint):
        run(stages, CASE, RESULTS)


def test_an_output_may_lack_a_stage_but_not_all_of_them() -> None:
    """What has no stage is not diagnosed. A misspelt output would leave all of it undiagnosed."""
    check(SQUARES, GIVEN, ["data_loss", "another"])
    complaint = r"^no stage has the name of an output\. Write one: loss, dW\.$"
    with pytest.raises(StagesError, match=complaint):
        check(SQUARES, GIVEN, ["loss", "dW"])


def test_stages_that_nothing_needs_are_checked_too() -> None:
    spare: dict[str, Any] = {"spare": lambda W: W}
    check({**SQUARES, **spare}, GIVEN, RESULTS)
    misspelt: dict[str, Any] = {"spare": lambda w: w}
    with pytest.raises(StagesError, match="stage 'spare' needs 'w'"):
        check({**SQUARES, **misspelt}, GIVEN, RESULTS)


def test_a_stage_must_not_be_called_like_a_given_value() -> None:
    with pytest.raises(StagesError, match=r"stage 'X' has the name of a given value\. Rename it\."):
        check({**SQUARES, "X": SQUARES["residuals"]}, GIVEN, RESULTS)


# --- an exception in a right stage ----------------------------------------------------------------


def helper(residuals: Any) -> Any:
    return residuals + missing_name  # type: ignore[name-defined] # noqa: F821


def test_an_exception_in_a_right_stage_is_told_with_stage_file_and_line() -> None:
    def data_loss(residuals: Any) -> Any:
        return helper(residuals)

    line = helper.__code__.co_firstlineno + 1
    stages: dict[str, Any] = {**SQUARES, "data_loss": data_loss}
    with pytest.raises(StagesError) as raised:
        require_results(stages, CASE, RESULTS)
    assert str(raised.value) == (
        f"test_stages.py, line {line}: stage 'data_loss' stops with NameError: "
        "name 'missing_name' is not defined. Correct it."
    )


def test_the_line_is_that_of_the_stage_if_the_exception_is_raised_elsewhere() -> None:
    """Such as in numpy."""

    def residuals(W: Any) -> Any:
        return np.linalg.inv(W)

    line = residuals.__code__.co_firstlineno + 1
    complaint = rf"^test_stages\.py, line {line}: stage 'residuals' stops with LinAlgError: "
    stages: dict[str, Any] = {**SQUARES, "residuals": residuals}
    with pytest.raises(StagesError, match=complaint):
        require_results(stages, CASE, RESULTS)


def test_right_stages_are_run_only_as_far_as_they_are_wanted_and_given() -> None:
    """A case may lack an input: then what needs it has no result, which is no mistake."""
    raises: dict[str, Any] = {**SQUARES, "data_loss": lambda residuals: 1 / 0}
    require_results(SQUARES, CASE, RESULTS)
    require_results(raises, CASE, ("reg_loss", "reg_gradient"))
    require_results(raises, {**CASE, "X": None}, RESULTS)
    with pytest.raises(StagesError, match="stage 'data_loss' stops with ZeroDivisionError"):
        require_results(raises, CASE, RESULTS)


# --- many losses at once --------------------------------------------------------------------------

PLACES = {name: place for place, name in enumerate(GIVEN)}
LOSSES: dict[str, dict[str, Any]] = {
    "right": {},
    "no square": {"data_loss": lambda residuals: np.sum(residuals)},
    "raises": {"residuals": lambda W, X: W.dot(X[:1])},
    "raises late": {"data_gradient": lambda residuals, X: residuals.dot(X[:1])},
    "needs more": {"reg_loss": lambda residuals, reg: reg * np.sum(residuals)},
}


def test_many_losses_give_what_each_gives_by_itself() -> None:
    calls = Calls(len(GIVEN))
    places = {
        name: calls.add({**SQUARES, **replaced}, dict(PLACES), RESULTS)
        for name, replaced in LOSSES.items()
    }
    values = [CASE[name] for name in GIVEN]
    calls.compute(values)
    for name, replaced in LOSSES.items():
        for result, place in zip(
            run({**SQUARES, **replaced}, CASE, RESULTS).values(), places[name], strict=True
        ):
            np.testing.assert_array_equal(values[place], result, err_msg=name)


def test_a_call_that_losses_share_is_made_once() -> None:
    """A loss with another reg shares what does not depend on reg.

    Results stay when more losses are added.
    """
    stages_run = []

    def residuals(W: Any, X: Any, y: Any) -> Any:
        stages_run.append("residuals")
        return W.dot(X) - y

    calls = Calls(len(GIVEN) + 1)
    stages: dict[str, Any] = {**SQUARES, "residuals": residuals}
    plain = calls.add(stages, dict(PLACES), RESULTS)
    with_reg = calls.add(stages, {**PLACES, "reg": len(GIVEN)}, RESULTS)
    shared = [one == other for one, other in zip(plain, with_reg, strict=True)]
    assert shared == [True, False, True, False]
    values = [*(CASE[name] for name in GIVEN), 0.5]
    calls.compute(values)
    (place,) = calls.add({**stages, **LOSSES["no square"]}, dict(PLACES), ["data_loss"])
    calls.compute(values)
    assert stages_run == ["residuals"]
    assert (values[with_reg[1]], values[place]) == (1.25, 2.0)


def test_a_stage_that_changes_what_others_share_is_refused() -> None:
    def data_gradient(residuals: Any, X: Any) -> Any:
        residuals *= 2
        return residuals.dot(X.T)

    calls = Calls(len(GIVEN))
    stages: dict[str, Any] = {**SQUARES, "data_gradient": data_gradient}
    calls.add(stages, dict(PLACES), RESULTS)
    complaint = (
        r"^test_stages\.py, line \d+: this stage changes an array that it is given\. "
        r"Let it change a copy"
    )
    with pytest.raises(StagesError, match=complaint):
        calls.compute([CASE[name] for name in GIVEN])


def test_what_needs_a_value_that_is_not_given_has_no_result() -> None:
    calls = Calls(len(GIVEN))
    places = calls.add(SQUARES, dict(PLACES), RESULTS)
    values = [None if name == "X" else CASE[name] for name in GIVEN]
    calls.compute(values)
    missing = [values[place] is None for place in places]
    assert missing == [True, False, True, False]


def test_two_mistakes_that_go_round_in_a_circle() -> None:
    both: dict[str, Any] = {
        "residuals": lambda data_loss: data_loss,
        "data_loss": lambda residuals: residuals,
    }
    with pytest.raises(StagesError, match="in a circle: residuals -> data_loss -> residuals"):
        Calls(len(GIVEN)).add({**SQUARES, **both}, dict(PLACES), ["residuals"])
