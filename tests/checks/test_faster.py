"""The speed check, with a scripted clock: no real time passes here."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from grader.checks.faster import CLEAR_RUNS, FasterSettings, check_speed
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.plain_function import PlainFunction
from grader.model import AnswerKey, Array, Case, Counts, LossAndGradient, Message, SubmissionError
from grader.verdict import CannotJudge, CheckResult, GrowthEvidence, RaceEvidence
from tests.support.losses import Answer, right, single

RUNS, TIMED, AGAINST = 15, 1000, 100  # runs of a race; samples in the cases of either race
BASELINE = 1.0  # scripted seconds
CountOperations = Callable[[Case], Counts]


class Racer:
    """Right answers that cost scripted seconds: cost(k) for the k-th call."""

    def __init__(self, cost: Callable[[int], float], answer: Callable[..., Answer] = right) -> None:
        self.cost, self.answer = cost, answer
        self.now = 0.0
        self.inputs: list[bytes] = []  # the W of every call

    def __call__(self, W: Array, X: Array, y: Array, reg: float) -> Answer:
        self.now += self.cost(len(self.inputs))
        self.inputs.append(W.tobytes())
        return self.answer(W, X, y, reg)


class RacingFunction(PlainFunction):
    """A racer under test, with its own clock and scripted operations."""

    def __init__(
        self,
        racer: Racer,
        operations: CountOperations,
        others: Mapping[str, FunctionUnderTest] | None = None,
    ) -> None:
        super().__init__(racer, name="function", others=others)
        self.racer, self.operations = racer, operations

    def clock(self) -> float:
        return self.racer.now

    def count_operations(self, case: Case) -> Counts:
        return self.operations(case)

    def call_baseline(self, case: Case) -> LossAndGradient:
        return LossAndGradient(0.0, case.W, BASELINE)


def counts(per_sample: int = 0, per_class: int = 0) -> CountOperations:
    """Operations of a function of three lines.

    The second holds the loop over samples, the third the one over classes.
    """

    def count(case: Case) -> Counts:
        lines = (0, 10, per_sample * len(case.y), per_class * case.W.shape[0])
        return Counts(sum(lines) + 7, (7, *lines[1:]))

    return count


def race(
    key: AnswerKey,
    racer: Racer,
    operations: CountOperations | None = None,
    loops: Racer | None = None,
    loop_operations: CountOperations | None = None,
    **settings: Any,
) -> CheckResult:
    """loops: the function to be faster than; by default each of its calls takes 100 seconds."""
    naive = RacingFunction(
        loops or Racer(lambda k: 100.0), loop_operations or counts(per_sample=136)
    )
    function = RacingFunction(racer, operations or counts(), others={"naive": naive})
    typed_settings = msgspec.convert({"than": "naive", **settings}, FasterSettings)
    return check_speed(function, key, typed_settings)


# --- counted --------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_sample", [1, 6, 16, 136])
def test_a_loop_over_samples_is_counted(per_sample: int, key: AnswerKey) -> None:
    racer = Racer(lambda k: 0.5)
    result = race(key, racer, counts(per_sample))
    values: dict[str, float | int | str] = {
        "small": 20,
        "large": 40,
        "before": 17 + 20 * per_sample,
        "after": 17 + 40 * per_sample,
    }
    assert result.message == Message("loops_over_samples", values, line=2)
    on_line = (20 * per_sample, 40 * per_sample)
    assert result.evidence == (
        GrowthEvidence((20, 40), (17 + on_line[0], 17 + on_line[1]), 2, on_line),
    )
    assert racer.inputs == []  # nothing is timed


def test_a_loop_that_no_line_shows_is_counted(key: AnswerKey) -> None:
    """It runs elsewhere (entry 0): in numpy's own Python code, say."""
    result = race(
        key, Racer(lambda k: 0.5), lambda case: Counts(6 * len(case.y), (6 * len(case.y), 3, 3))
    )
    assert result.message == Message(
        "loops_over_samples", {"small": 20, "large": 40, "before": 120, "after": 240}, line=None
    )


def test_less_than_one_operation_for_a_sample_is_no_loop(key: AnswerKey) -> None:
    assert race(
        key, Racer(lambda k: 0.5), lambda case: Counts(len(case.y) - (case.y.size > 20), (0, 0))
    ).passed


# --- against the baseline -------------------------------------------------------------------------


def test_a_clearly_fast_function_ends_the_race_early(key: AnswerKey) -> None:
    racer, loops = Racer(lambda k: 0.5), Racer(lambda k: 100.0)
    result = race(key, racer, loops=loops)
    assert result.passed
    assert result.evidence == (
        RaceEvidence("yardstick", 0.5, 1.0, 0.5, 3.0),
        RaceEvidence("naive", 0.5, 100.0, 200.0, 3.0),
    )
    assert len(racer.inputs) == CLEAR_RUNS + 1  # the last one against the loops
    assert len(loops.inputs) == 1


@pytest.mark.parametrize(("cost", "calls"), [(1.99, CLEAR_RUNS), (2.01, RUNS), (2.99, RUNS)])
def test_a_close_race_is_run_to_its_end(cost: float, calls: int, key: AnswerKey) -> None:
    racer = Racer(lambda k: cost)
    assert race(key, racer).passed
    assert len(racer.inputs) == calls + 1


def test_the_fastest_call_counts(key: AnswerKey) -> None:
    result = race(key, Racer(lambda k: 1.5 if k == 9 else 50.0), loops=Racer(lambda k: 1000.0))
    assert result.passed
    assert result.evidence[0] == RaceEvidence("yardstick", 1.5, 1.0, 1.5, 3.0)


def test_a_slow_race_is_repeated_once_on_other_inputs(key: AnswerKey) -> None:
    racer = Racer(lambda k: 50.0 if k < RUNS else 0.5)
    result = race(key, racer)
    assert result.passed
    assert result.evidence[0] == RaceEvidence("yardstick", 0.5, 1.0, 0.5, 3.0)
    assert len(racer.inputs) == RUNS + CLEAR_RUNS + 1
    assert len(set(racer.inputs)) == len(racer.inputs)  # every call on inputs not seen before


def test_slow_twice_by_a_loop_over_classes_is_a_failure(key: AnswerKey) -> None:
    racer = Racer(lambda k: 5.0)
    result = race(key, racer, counts(per_class=27))
    assert result.message == Message(
        "loops_over_classes", {"small": 3, "large": 6, "before": 17 + 81, "after": 17 + 162}, line=3
    )
    assert result.evidence == (
        RaceEvidence("yardstick", 5.0, 1.0, 5.0, 3.0),
        GrowthEvidence((3, 6), (98, 179), 3, (81, 162)),
    )
    assert len(racer.inputs) == len(set(racer.inputs)) == 2 * RUNS


def test_a_loop_over_classes_that_is_fast_passes(key: AnswerKey) -> None:
    assert race(key, Racer(lambda k: 2.5), counts(per_class=27)).passed


def test_slow_without_a_loop_is_for_a_person(key: AnswerKey) -> None:
    with pytest.raises(CannotJudge) as doubt:
        race(key, Racer(lambda k: 5.0))
    assert doubt.value.message == Message("slow_without_loop", {"ratio": 5.0, "limit": 3.0})
    assert doubt.value.evidence == (
        RaceEvidence("yardstick", 5.0, 1.0, 5.0, 3.0),
        GrowthEvidence((20, 40), (17, 17), None, (0, 0)),
    )


def test_the_limits_are_settings(key: AnswerKey) -> None:
    assert race(key, Racer(lambda k: 5.0), baseline_limit=6.0).passed
    with pytest.raises(CannotJudge):
        race(key, Racer(lambda k: 2.5), baseline_limit=2.0)
    assert not race(key, Racer(lambda k: 0.5), times_faster=300.0).passed


# --- right while it is timed ----------------------------------------------------------------------


def from_the_third(change: Callable[[Any, Any], Answer]) -> Callable[..., Answer]:
    """Right twice, then changed, like somebody who works only while being watched."""
    calls = []

    def answer(W: Array, X: Array, y: Array, reg: float) -> Answer:
        calls.append(1)
        loss, gradient = right(W, X, y, reg)
        return change(loss, gradient) if len(calls) > 2 else (loss, gradient)

    return answer


WRONG: dict[str, Callable[[Any, Any], Answer]] = {
    "loss": lambda loss, dW: (loss * 1.0001, dW),
    "gradient": lambda loss, dW: (loss, dW * 1.0001),
    "zeros": lambda loss, dW: (0.0, 0 * dW),
    "nan loss": lambda loss, dW: (float("nan"), dW),
    "nan gradient": lambda loss, dW: (loss, dW * float("nan")),
}


@pytest.mark.parametrize("kind", WRONG)
def test_fast_and_wrong_is_not_fast(kind: str, key: AnswerKey) -> None:
    assert race(key, Racer(lambda k: 0.1, from_the_third(WRONG[kind]))) == CheckResult(
        False, Message("wrong_when_timed")
    )


def test_fast_and_wrong_against_the_loops_is_not_fast(key: AnswerKey) -> None:
    """The inputs of that race have 100 samples, those of the race with the baseline 1000."""

    def answer(W: Array, X: Array, y: Array, reg: float) -> Answer:
        return (0.0, 0 * W) if len(y) == AGAINST else right(W, X, y, reg)

    assert not race(key, Racer(lambda k: 0.5, answer)).passed


def test_single_precision_is_right_enough(key: AnswerKey) -> None:
    assert race(key, Racer(lambda k: 0.5, single)).passed


# --- against the loops ----------------------------------------------------------------------------


def test_not_faster_than_the_loops(key: AnswerKey) -> None:
    racer, loops = Racer(lambda k: 2.0), Racer(lambda k: 4.0)
    result = race(key, racer, loops=loops)
    assert result.message == Message(
        "not_faster", {"ratio": 2.0, "limit": 3.0, "other": "function"}
    )
    assert result.evidence == (
        RaceEvidence("yardstick", 2.0, 1.0, 2.0, 3.0),
        RaceEvidence("naive", 2.0, 4.0, 2.0, 3.0),
    )
    assert len(loops.inputs) == len(set(loops.inputs)) == 6


def test_both_race_on_the_same_inputs(key: AnswerKey) -> None:
    racer, loops = Racer(lambda k: 1.0), Racer(lambda k: 4.0)
    assert race(key, racer, loops=loops).passed
    assert racer.inputs[-len(loops.inputs) :] == loops.inputs
    assert len(loops.inputs) == 6  # 4 is within the limit of 3, but not clearly


def test_loops_that_are_none_are_not_compared_with(key: AnswerKey) -> None:
    result = race(key, Racer(lambda k: 1.0), loops=Racer(lambda k: 1.0), loop_operations=counts())
    assert result == CheckResult(True, evidence=(RaceEvidence("yardstick", 1.0, 1.0, 1.0, 3.0),))


@pytest.mark.parametrize(
    ("cost", "passes"), [(0.9, False), (1.1, True), (2.9, True), (3.1, False), (4.0, True)]
)
def test_loops_as_good_as_vectorized_are_beaten_by_any_margin(
    cost: float, passes: bool, key: AnswerKey
) -> None:
    """Loops within the baseline's limit need not be beaten three times over, but must not win.

    4 is three times 1.3.
    """
    result = race(key, Racer(lambda k: 1.3 if cost == 4.0 else 1.05), loops=Racer(lambda k: cost))
    assert result.passed == passes


def unanswered(*arguments: object) -> Answer:
    raise ZeroDivisionError


def test_loops_without_an_answer_are_not_compared_with(key: AnswerKey) -> None:
    result = race(key, Racer(lambda k: 1.0), loops=Racer(lambda k: 1.0, unanswered))
    assert result == CheckResult(True, evidence=(RaceEvidence("yardstick", 1.0, 1.0, 1.0, 3.0),))


@pytest.mark.parametrize("samples", [TIMED, AGAINST])
def test_a_function_that_stops_while_it_is_timed_does_not_pass(
    samples: int, key: AnswerKey
) -> None:
    def answer(W: Array, X: Array, y: Array, reg: float) -> Answer:
        return unanswered() if len(y) == samples else right(W, X, y, reg)

    with pytest.raises(SubmissionError) as raised:
        race(key, Racer(lambda k: 1.0, answer))
    assert raised.value.message.code == "raised"
