"""The speed check, with a scripted clock: no real time passes here."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from grader.checks.faster import CLEAR_RUNS, FasterSettings, check_speed
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.growth import growth_cases
from grader.checks.plain_function import PlainFunction
from grader.checks.shapes import lengths_of
from grader.model import Answer as CallAnswer
from grader.model import (
    AnswerKey,
    Array,
    Case,
    Counts,
    GraderError,
    Message,
    Shapes,
    SubmissionError,
)
from grader.verdict import CannotJudge, CheckResult, Finding, GrowthEvidence, RaceEvidence
from tests.support.losses import LOSS, Answer, code_of, right, single

RUNS, TIMED, AGAINST = 15, 1000, 100  # runs of a race; samples in the cases of either race
BASELINE = 1.0  # scripted seconds
GROWTH = ("samples_20", "samples_40", "classes_6")
UNTIMED = {"timed": None, "than": None, "against": None}
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
        key: AnswerKey,
        operations: CountOperations,
        others: Mapping[str, FunctionUnderTest] | None = None,
        least: dict[str, float] | None = None,
    ) -> None:
        super().__init__(LOSS, {"function": racer}, key, others=others)
        self.racer, self.operations = racer, operations
        self.least = {} if least is None else least
        self.baseline_costs = itertools.repeat(BASELINE)
        self.baseline_cases: list[str] = []

    def clock(self) -> float:
        return self.racer.now

    def _count(self, case: Case, shapes: Shapes) -> Counts:
        return self.operations(case)

    def call_baseline(self, case: Case) -> CallAnswer:
        self.baseline_cases.append(case.name)
        return CallAnswer({}, next(self.baseline_costs))

    def baseline_seconds(self) -> dict[str, float]:
        return self.least


def samples_of(case: Case) -> int:
    return len(case.inputs["y"])


def counts(per_sample: int = 0, per_class: int = 0) -> CountOperations:
    """Operations of a function of three lines.

    The second holds the loop over samples, the third the one over classes.
    """

    def count(case: Case) -> Counts:
        lines = (0, 10, per_sample * samples_of(case), per_class * case.inputs["W"].shape[0])
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
    function = racing(key, racer, operations, loops, loop_operations)
    return check_speed(function, key, typed(**settings))


def racing(
    key: AnswerKey,
    racer: Racer,
    operations: CountOperations | None = None,
    loops: Racer | None = None,
    loop_operations: CountOperations | None = None,
    least: dict[str, float] | None = None,
) -> RacingFunction:
    """The function under test, beside the loops. least: see FunctionUnderTest.baseline_seconds."""
    naive = RacingFunction(
        loops or Racer(lambda k: 100.0), key, loop_operations or counts(per_sample=136)
    )
    return RacingFunction(racer, key, operations or counts(), {"naive": naive}, least)


def typed(**settings: Any) -> FasterSettings:
    usual = {"grows": ["N", "C"], "cases": GROWTH, "timed": "timed"}
    usual |= {"than": "naive", "against": "against"}
    return msgspec.convert(usual | settings, FasterSettings)


# --- counted --------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_sample", [1, 6, 16, 136])
def test_a_loop_over_samples_is_counted(per_sample: int, key: AnswerKey) -> None:
    racer = Racer(lambda k: 0.5)
    result = race(key, racer, counts(per_sample), **UNTIMED)
    values: dict[str, float | int | str] = {
        "letter": "N",
        "small": 20,
        "large": 40,
        "before": 17 + 20 * per_sample,
        "after": 17 + 40 * per_sample,
    }
    assert result.message == Message("loops_over", values, line=2)
    on_line = (20 * per_sample, 40 * per_sample)
    assert result.evidence == (
        GrowthEvidence("N", (20, 40), (17 + on_line[0], 17 + on_line[1]), 2, on_line),
    )
    assert racer.inputs == []  # nothing is timed


def test_a_loop_that_no_line_shows_is_counted(key: AnswerKey) -> None:
    """It runs elsewhere (entry 0): in numpy's own Python code, say."""

    def count(case: Case) -> Counts:
        return Counts(6 * samples_of(case), (6 * samples_of(case), 3, 3))

    result = race(key, Racer(lambda k: 0.5), count, **UNTIMED)
    values: dict[str, float | int | str] = {
        "letter": "N",
        "small": 20,
        "large": 40,
        "before": 120,
        "after": 240,
    }
    assert result.message == Message("loops_over", values, line=None)


def test_less_than_one_operation_for_a_sample_is_no_loop(key: AnswerKey) -> None:
    def count(case: Case) -> Counts:
        return Counts(samples_of(case) - (samples_of(case) > 20), (0, 0))

    assert race(key, Racer(lambda k: 0.5), count, **UNTIMED).passed


@pytest.mark.parametrize(("per_sample", "passes"), [(1, True), (5, True), (6, False), (136, False)])
def test_a_small_loop_that_wins_the_race_costs_nothing(
    per_sample: int, passes: bool, key: AnswerKey
) -> None:
    """Such as a list of the numbers of the samples; but not np.vectorize, however fast."""
    racer = Racer(lambda k: 0.5)
    assert race(key, racer, counts(per_sample), loop_operations=counts()).passed == passes
    assert bool(racer.inputs) == passes  # what is no small loop is not timed


def test_many_small_loops_are_none(key: AnswerKey) -> None:
    def count(case: Case) -> Counts:
        lines = [4 * samples_of(case)] * 3
        return Counts(sum(lines), (0, *lines))

    result = race(key, Racer(lambda k: 0.5), count, loop_operations=counts())
    assert code_of(result) == "loops_over"


@pytest.mark.parametrize(
    ("library", "passes"), [(27 * 20, True), (27 * 20 - 19, True), (27 * 20 - 20, False)]
)
def test_a_loop_of_a_library_matters_only_where_it_is_slow(
    library: int, passes: bool, key: AnswerKey
) -> None:
    """Such as that of np.vstack: less than one operation a step is of the function's own code."""

    def count(case: Case) -> Counts:
        return Counts(27 * samples_of(case), (), library * (samples_of(case) > 20))

    result = race(key, Racer(lambda k: 0.5), count, loop_operations=counts())
    assert result.passed == passes


def test_a_small_loop_explains_why_a_race_is_lost(key: AnswerKey) -> None:
    result = race(key, Racer(lambda k: 50.0), counts(5), loop_operations=counts())
    assert code_of(result) == "loops_over"
    growth = GrowthEvidence("N", (20, 40), (117, 217), 2, (100, 200))
    assert result.evidence == (RaceEvidence("yardstick", 50.0, 1.0, 50.0, 3.0), growth)


def test_the_loops_of_the_other_function_are_called_that(key: AnswerKey) -> None:
    """Both grow in the same line: one calls the other, or what it calls."""
    result = race(key, Racer(lambda k: 50.0), counts(136), loop_operations=counts(136))
    assert result.message is not None
    assert (result.message.code, result.message.line) == ("loops_of_other", 2)
    assert result.message.values["other"] == "function"


# --- against the baseline -------------------------------------------------------------------------


def test_a_clearly_fast_function_ends_the_race_early(key: AnswerKey) -> None:
    racer, loops = Racer(lambda k: 0.5), Racer(lambda k: 100.0)
    result = race(key, racer, loops=loops)
    assert result.passed
    assert result.evidence == (
        RaceEvidence("yardstick", 0.5, 1.0, 0.5, 3.0),
        RaceEvidence("other", 0.5, 100.0, 200.0, 3.0),
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
    # One call is enough: in the first race, the baseline has shown how long it takes.
    assert len(racer.inputs) == RUNS + 1 + 1
    assert len(set(racer.inputs)) == len(racer.inputs)  # every call on inputs not seen before


def test_slow_twice_by_a_loop_over_classes_is_a_failure(key: AnswerKey) -> None:
    racer = Racer(lambda k: 5.0)
    result = race(key, racer, counts(per_class=27))
    values: dict[str, float | int | str] = {
        "letter": "C",
        "small": 3,
        "large": 6,
        "before": 17 + 81,
        "after": 17 + 162,
    }
    assert result.message == Message("loops_over", values, line=3)
    assert result.evidence == (
        RaceEvidence("yardstick", 5.0, 1.0, 5.0, 3.0),
        GrowthEvidence("C", (3, 6), (98, 179), 3, (81, 162)),
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
        GrowthEvidence("N", (20, 40), (17, 17), None, (0, 0)),
    )


def test_the_limits_are_settings(key: AnswerKey) -> None:
    assert race(key, Racer(lambda k: 5.0), baseline_limit=6.0).passed
    with pytest.raises(CannotJudge):
        race(key, Racer(lambda k: 2.5), baseline_limit=2.0)
    assert not race(key, Racer(lambda k: 0.5), times_faster=300.0).passed


# --- against the least time that the baseline ever took -------------------------------------------


def test_one_call_is_enough_against_the_least_time_of_the_baseline(key: AnswerKey) -> None:
    """The first submission of a batch pays for the baseline's calls, and the next ones do not."""
    least: dict[str, float] = {}
    first = racing(key, Racer(lambda k: 0.5), least=least)
    assert check_speed(first, key, typed()).passed
    assert first.baseline_cases == [f"timed.{k}" for k in range(CLEAR_RUNS) for _ in range(2)]
    assert least == {"timed": BASELINE}

    racer = Racer(lambda k: 2.0)
    second = racing(key, racer, least=least)
    result = check_speed(second, key, typed())
    assert result.evidence[0] == RaceEvidence("yardstick", 2.0, 1.0, 2.0, 3.0)
    assert len(racer.inputs) == 1 + 1  # one of the race, one of the duel
    assert second.baseline_cases == []


def test_a_noisy_call_only_delays_a_pass(key: AnswerKey) -> None:
    racer = Racer(lambda k: 3.1 if k == 0 else 1.0)
    function = racing(key, racer, least={"timed": BASELINE})
    assert check_speed(function, key, typed()).passed
    assert len(racer.inputs) == 2 + 1
    assert function.baseline_cases == ["timed.0"] * 2


def test_the_least_time_never_fails_a_function(key: AnswerKey) -> None:
    """It may be from a quieter minute: what counts is the baseline in the same minute."""
    least = {"timed": 0.1}
    function = racing(key, Racer(lambda k: 2.5), least=least)
    result = check_speed(function, key, typed())
    assert result.passed
    assert result.evidence[0] == RaceEvidence("yardstick", 2.5, 1.0, 2.5, 3.0)
    assert least == {"timed": 0.1}


def test_each_series_has_a_least_time_of_its_own(key: AnswerKey) -> None:
    """Cases of another size say nothing about these."""
    function = racing(key, Racer(lambda k: 50.0), least={"larger": 1000.0})
    with pytest.raises(CannotJudge):
        check_speed(function, key, typed())


def test_a_clock_that_stands_still_divides_by_nothing(key: AnswerKey) -> None:
    function = racing(key, Racer(lambda k: 0.0), loops=Racer(lambda k: 0.0), least={"timed": 0.0})
    function.baseline_costs = itertools.repeat(0.0)
    assert check_speed(function, key, typed()).evidence[0].seconds == 0  # type: ignore[union-attr]


# --- operations alone -----------------------------------------------------------------------------


def test_without_a_race_the_operations_decide(key: AnswerKey) -> None:
    racer = Racer(lambda k: 1000.0)
    assert race(key, racer, **UNTIMED) == CheckResult(True)
    assert racer.inputs == []
    assert code_of(race(key, racer, counts(per_sample=6), **UNTIMED)) == "loops_over"


def test_a_duel_needs_no_baseline(key: AnswerKey) -> None:
    function = racing(key, Racer(lambda k: 2.0), loops=Racer(lambda k: 4.0))
    result = check_speed(function, key, typed(timed=None))
    assert code_of(result) == "not_faster"
    assert result.evidence == (RaceEvidence("other", 2.0, 4.0, 2.0, 3.0),)
    assert function.baseline_cases == []


@pytest.mark.parametrize(("letter", "sizes"), [("N", (20, 40)), ("C", (3, 6))])
def test_the_two_smallest_cases_that_differ_in_a_letter_are_found(
    letter: str, sizes: tuple[int, int], key: AnswerKey
) -> None:
    named = growth_cases(key, LOSS, letter, GROWTH)
    assert named is not None
    assert [lengths_of(key.inputs, case.inputs)[letter] for case in named] == list(sizes)
    found = growth_cases(key, LOSS, letter)
    assert found is not None
    few, many = (lengths_of(key.inputs, case.inputs) for case in found)
    assert many[letter] >= 2 * few[letter]
    assert {**few, letter: 0} == {**many, letter: 0}


def test_cases_that_differ_in_more_show_no_growth(key: AnswerKey) -> None:
    assert growth_cases(key, LOSS, "N", ("samples_20", "classes_6")) is None
    assert growth_cases(key, LOSS, "N", ("small", "wide", "square")) is None
    assert growth_cases(key, LOSS, "M") is None
    with pytest.raises(GraderError, match="No two cases of function differ in D alone"):
        race(key, Racer(lambda k: 1.0), grows="D")


def test_what_the_settings_ask_of_an_assignment() -> None:
    everything = typed(runs=2, short="wide", wide="course", wide_runs=1)
    series = tuple(f"timed.{k}" for k in range(4))
    course = ("course.0", "course.1")
    assert everything.cases_asked() == (*GROWTH, *series, *course, "against.0", "wide")
    assert everything.letters_asked() == ("N", "C")
    assert everything.functions_asked() == {"than": "naive"}
    assert everything.needs_baseline()
    alone = msgspec.convert({"grows": "N"}, FasterSettings)
    assert (alone.cases_asked(), alone.letters_asked()) == ((), ("N",))
    assert (alone.functions_asked(), alone.needs_baseline()) == ({}, False)


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


def wrong_if_few(W: Array, X: Array, y: Array, reg: float) -> Answer:
    return (0.0, 0 * W) if len(y) == AGAINST else right(W, X, y, reg)


def test_fast_and_wrong_against_the_loops_is_not_fast(key: AnswerKey) -> None:
    """The inputs of that race have 100 samples, those of the race with the baseline 1000."""

    wrong = CheckResult(False, Message("wrong_when_timed"))
    assert race(key, Racer(lambda k: 0.5, wrong_if_few)) == wrong
    # However short the two races are.
    known = racing(key, Racer(lambda k: 0.5, wrong_if_few), least={"timed": BASELINE})
    assert check_speed(known, key, typed()) == wrong
    assert race(key, Racer(lambda k: 0.5, wrong_if_few), timed=None) == wrong


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
        RaceEvidence("other", 2.0, 4.0, 2.0, 3.0),
    )
    assert len(loops.inputs) == len(set(loops.inputs)) == 6


def test_both_race_on_the_same_inputs(key: AnswerKey) -> None:
    racer, loops = Racer(lambda k: 1.0), Racer(lambda k: 4.0)
    assert race(key, racer, loops=loops).passed
    assert racer.inputs[-len(loops.inputs) :] == loops.inputs
    assert len(loops.inputs) == 6  # 4 is within the limit of 3, but not clearly


def test_a_duel_that_is_clear_on_a_smaller_case_needs_no_other(key: AnswerKey) -> None:
    racer, loops = Racer(lambda k: 1.0), Racer(lambda k: 5.0)
    assert race(key, racer, loops=loops, short="wide").evidence[1] == RaceEvidence(
        "other", 1.0, 5.0, 5.0, 3.0
    )
    assert loops.inputs == [key.cases["wide"].inputs["W"].tobytes()]


@pytest.mark.parametrize(("later", "passes"), [(12.0, True), (4.0, False)])
def test_a_duel_that_is_not_clear_on_a_smaller_case_is_decided_on_the_others(
    later: float, passes: bool, key: AnswerKey
) -> None:
    """The smaller case counts no longer: its times are of another size."""
    loops = Racer(lambda k: 8.0 if k == 0 else later)
    result = race(key, Racer(lambda k: 2.0), loops=loops, short="wide")
    assert result.passed == passes
    assert result.evidence[1] == RaceEvidence("other", 2.0, later, later / 2, 3.0)


def test_fast_and_wrong_on_the_smaller_case_is_not_fast(key: AnswerKey) -> None:
    """Trap: what is timed is compared with the key on every input, however few they are."""
    few = len(key.cases["wide"].inputs["y"])

    def wrong_if_very_few(W: Array, X: Array, y: Array, reg: float) -> Answer:
        return (0.0, 0 * W) if len(y) == few else right(W, X, y, reg)

    result = race(key, Racer(lambda k: 0.5, wrong_if_very_few), short="wide")
    assert result == CheckResult(False, Message("wrong_when_timed"))


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


@pytest.mark.parametrize("cost", [1.0, 0.1])
def test_loops_without_a_right_answer_are_not_compared_with(cost: float, key: AnswerKey) -> None:
    """That is told here, and costs nothing here, however fast they are."""
    notes = (Message("other_wrong_when_timed", {"other": "function"}),)
    races = (RaceEvidence("yardstick", 1.0, 1.0, 1.0, 3.0),)
    for answer in (unanswered, wrong_if_few):
        result = race(key, Racer(lambda k: 1.0), loops=Racer(lambda k: cost, answer))
        assert result == CheckResult(True, evidence=races, notes=notes)


def test_loops_that_are_known_to_be_wrong_are_not_told_again(key: AnswerKey) -> None:
    function = racing(key, Racer(lambda k: 1.0), loops=Racer(lambda k: 100.0, wrong_if_few))
    loops = function.others["naive"]
    failed = Finding("naive.loss", loops.name, "value", "failed", 0.0, 10.0, 0.0)
    loops._findings = {"naive.loss": failed}
    assert check_speed(function, key, typed()).notes == ()


# --- on wide inputs -------------------------------------------------------------------------------


class WideRacer(Racer):
    """Takes one time where there are few features, and another where there are many."""

    def __init__(self, narrow: float, wide: float) -> None:
        super().__init__(lambda k: 0.0)
        self.narrow, self.wide = narrow, wide

    def __call__(self, W: Array, X: Array, y: Array, reg: float) -> Answer:
        answer = super().__call__(W, X, y, reg)
        self.now = self.now + (self.wide if W.shape[1] > 1000 else self.narrow)
        return answer

    def count_wide(self) -> int:
        """How many of its calls were on many features."""
        return sum(len(W) > 100_000 for W in self.inputs)


def wide_race(key: AnswerKey, racer: WideRacer, operations: CountOperations) -> CheckResult:
    return race(key, racer, operations, loop_operations=counts(), wide="course")


def library_loop(case: Case) -> Counts:
    return Counts(50 * samples_of(case), (), 50 * samples_of(case))


def ratios_of(result: CheckResult) -> list[float]:
    return [round(each.ratio, 9) for each in result.evidence if isinstance(each, RaceEvidence)]


def test_what_is_fast_without_a_loop_is_not_asked_for_wide_inputs(key: AnswerKey) -> None:
    racer = WideRacer(0.5, 50.0)
    assert wide_race(key, racer, counts()).passed
    assert racer.count_wide() == 0


@pytest.mark.parametrize(("ratio", "passes", "calls"), [(2.0, True, 2), (5.5, False, 4)])
def test_a_loop_over_classes_must_be_fast_on_wide_inputs_too(
    ratio: float, passes: bool, calls: int, key: AnswerKey
) -> None:
    racer = WideRacer(0.5, ratio)
    result = wide_race(key, racer, counts(per_class=27))
    assert (result.passed, racer.count_wide()) == (passes, calls)
    if passes:
        assert ratios_of(result)[:2] == [0.5, ratio]
    else:
        assert (code_of(result), ratios_of(result)) == ("loops_over", [ratio])
        assert isinstance(result.evidence[1], GrowthEvidence)
        assert result.evidence[1].letter == "C"


@pytest.mark.parametrize("operations", [counts(), library_loop])
def test_what_is_slow_among_few_features_alone_passes(
    operations: CountOperations, key: AnswerKey
) -> None:
    """Its code has no loop, and it is fast on inputs as large as those of a course."""
    result = wide_race(key, WideRacer(10.0, 1.0), operations)
    assert result.passed
    assert ratios_of(result) == [1.0, 10.0]  # wide, and against the loops


def test_a_loop_of_a_library_that_loses_both_races_is_a_loop(key: AnswerKey) -> None:
    result = wide_race(key, WideRacer(10.0, 6.0), library_loop)
    assert (code_of(result), ratios_of(result)) == ("loops_over", [10.0])


def test_without_a_loop_a_person_looks_at_what_loses_both_races(key: AnswerKey) -> None:
    with pytest.raises(CannotJudge) as doubt:
        wide_race(key, WideRacer(10.0, 6.0), counts())
    assert doubt.value.message == Message("slow_without_loop", {"ratio": 10.0, "limit": 3.0})


def test_a_loop_of_its_own_explains_that_the_first_race_is_lost(key: AnswerKey) -> None:
    racer = WideRacer(10.0, 1.0)
    assert code_of(wide_race(key, racer, counts(per_class=27))) == "loops_over"
    assert racer.count_wide() == 0  # where the first race has decided, the second costs time alone


def test_a_small_loop_explains_only_that_the_wide_race_is_lost(key: AnswerKey) -> None:
    """What is slow on a few features beside such a list is something else, such as a print."""
    assert wide_race(key, WideRacer(10.0, 1.0), counts(5)).passed
    for narrow in (1.0, 10.0):
        lost = wide_race(key, WideRacer(narrow, 6.0), counts(5))
        assert code_of(lost) == "loops_over"


def test_the_loop_that_explains_more_decides(key: AnswerKey) -> None:
    both = counts(5, per_class=27)
    assert code_of(wide_race(key, WideRacer(10.0, 1.0), both)) == "loops_over"


@pytest.mark.parametrize("samples", [TIMED, AGAINST])
def test_a_function_that_stops_while_it_is_timed_does_not_pass(
    samples: int, key: AnswerKey
) -> None:
    def answer(W: Array, X: Array, y: Array, reg: float) -> Answer:
        return unanswered() if len(y) == samples else right(W, X, y, reg)

    with pytest.raises(SubmissionError) as raised:
        race(key, Racer(lambda k: 1.0, answer))
    assert raised.value.message.code == "raised"
