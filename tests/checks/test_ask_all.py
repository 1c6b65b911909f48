"""Answers that are requested ahead, all at once: they must change nothing but the cost."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from grader.checks import check_named, settings_for
from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.checks.plain_function import PlainFunction
from grader.grading import ask
from grader.grading.ahead import cases_ahead
from grader.model import (
    Answer,
    AnswerKey,
    Array,
    Case,
    Function,
    GraderError,
    Message,
    Question,
    Shapes,
    SubmissionError,
)
from grader.verdict import CheckResult, Finding
from tests.support.hand_made import key_of

CUBES = Function(
    short="cubes",
    name="cubes",
    call="total, powers = cubes(a, reg)",
    inputs=("a", "reg"),
    outputs=("total", "powers"),
    names=("cubes",),
    knobs=("reg",),
)
CASES = ("first", "second", "third")
QUESTIONS = (
    Question("cubes.total", "cubes", "value", 1, (), {"cases": CASES, "output": "total"}),
    Question("cubes.reg", "cubes", "effect", 1, (), {"cases": CASES}),
    Question("cubes.changes", "cubes", "changes_inputs", 0, (), {"cases": ["second"]}),
    Question("cubes.stable", "cubes", "stable", 1, ("cubes.total",), {"cases": ["large", "huge"]}),
)
ALL_AT_ONCE = ["second", "third", "first_reg", "second_reg", "third_reg"]  # first: the first look


def cubes(a: Array, reg: float) -> tuple[Any, Any]:
    return np.sum(a) + reg * np.sum(a * a), a**3


class Recorded(PlainFunction):
    """Remembers what was called, and which cases stood in one request."""

    def __init__(self, *arguments: Any, **parts: Any) -> None:
        super().__init__(*arguments, **parts)
        self.calls: list[str] = []
        self.requests: list[list[str]] = []

    def _call_afresh(self, case: Case, shapes: Shapes) -> Answer:
        """As of a function that stores its first answer: without one, it is right."""
        return PlainFunction(CUBES, {"cubes": cubes}, self.key)._call(case, shapes)

    def _call(self, case: Case, shapes: Shapes) -> Answer:
        self.calls.append(case.name)
        return super()._call(case, shapes)

    def _call_all(self, cases: Sequence[tuple[Case, Shapes]]) -> Sequence[Answer | SubmissionError]:
        self.requests.append([case.name for case, _ in cases])
        return super()._call_all(cases)


class Dying(Recorded):
    """Like a submission that ends its process at this case: a request ends there, too."""

    fatal = "third"

    def _call(self, case: Case, shapes: Shapes) -> Answer:
        if case.name == self.fatal:
            self.calls.append(case.name)
            raise SubmissionError(Message("ended_early", {"how": "SIGSEGV"}))
        return super()._call(case, shapes)

    def _call_all(self, cases: Sequence[tuple[Case, Shapes]]) -> Sequence[Answer | SubmissionError]:
        names = [case.name for case, _ in cases]
        if self.fatal in names:
            cases = cases[: names.index(self.fatal) + 1]
        return super()._call_all(cases)


@pytest.fixture(name="key")
def key_with_cubes() -> AnswerKey:
    random = np.random.default_rng(1)
    cases = {name: {"a": random.standard_normal(3)} for name in (*CASES, "large", "huge")}
    inputs = {"a": "K", "reg": "number"}
    return key_of([CUBES], {"cubes": cubes}, inputs, cases, questions=QUESTIONS, knobs={"reg": 0.3})


def under_test(
    kind: type[Recorded], key: AnswerKey, function: Callable[..., Any] = cubes
) -> Recorded:
    findings: dict[str, Finding] = {}
    return kind(
        CUBES, {"cubes": function}, key, probe_cases=probe_cases(key, CUBES), findings=findings
    )


def ask_everything(key: AnswerKey, function: FunctionUnderTest) -> dict[str, Finding]:
    findings: dict[str, Finding] = {}
    for question in key.questions:
        findings[question.id] = ask(question, key, function, findings)
    return findings


def codes_of(findings: dict[str, Finding]) -> dict[str, str | None]:
    return {name: each.message.code if each.message else None for name, each in findings.items()}


def test_one_request_for_all_questions_that_need_no_other(key: AnswerKey) -> None:
    function = under_test(Recorded, key)
    findings = ask_everything(key, function)
    assert {each.outcome for each in findings.values()} == {"passed"}
    assert function.requests == [ALL_AT_ONCE, ["large", "huge"]]
    # The first look, the requests, and the call with read-only arrays: nothing is called twice.
    assert function.calls == ["first", *ALL_AT_ONCE, "second", "large", "huge"]


def test_a_question_that_is_not_reached_asks_for_nothing(key: AnswerKey) -> None:
    function = under_test(Recorded, key, lambda a, reg: (np.sum(a) + 1, a**3))
    assert ask_everything(key, function)["cubes.stable"].outcome == "not_run"
    assert function.requests == [ALL_AT_ONCE]


def test_cases_are_requested_in_the_order_in_which_questions_ask(key: AnswerKey) -> None:
    names = [[case.name for case in cases_ahead(each, key, {})] for each in QUESTIONS]
    expected = ["first", "second", "third", "first_reg", "second_reg", "third_reg"]
    assert names == [expected, expected, ["second"], ["large", "huge"]]


def test_an_answer_requested_ahead_does_not_count_as_asked_before(key: AnswerKey) -> None:
    """Trap: a function that always returns the same has stored nothing.

    It was asked about one case only when the first question sees that its answer is wrong.
    """
    function = under_test(Recorded, key, lambda a, reg: (0.5, np.arange(3) / 7))
    findings = ask_everything(key, function)
    assert function.requests == [ALL_AT_ONCE]
    assert codes_of(findings)["cubes.total"] == "number_differs"

    # In order of asking: only what a question has asked for before this one.
    function = under_test(Recorded, key, lambda a, reg: (0.5, np.arange(3) / 7))
    function.ask_all([key.cases[name] for name in ALL_AT_ONCE])
    second, third = key.cases["second"], key.cases["third"]
    answer = function.call_once(second)
    assert not function.repeats_another_answer(second, answer)
    assert function.repeats_another_answer(third, function.call_once(third))


def test_an_answer_of_another_function_counts_once_a_question_asked_for_it(key: AnswerKey) -> None:
    constant = {"cubes": lambda a, reg: (0.5, np.arange(3) / 7)}
    functions: dict[str, FunctionUnderTest] = {}
    for name in ("one", "other"):
        functions[name] = Recorded(CUBES, constant, key, others=functions)
    first, second = key.cases["first"], key.cases["second"]
    functions["other"].ask_all([first, second])
    answer = functions["one"].call_once(first)
    assert not functions["one"].repeats_another_answer(first, answer)
    functions["other"].call_once(second)
    assert functions["one"].repeats_another_answer(first, answer)


@pytest.mark.parametrize(
    "constant",
    [(0.0, np.zeros(3)), (7, np.arange(3)), (0.1, np.full(3, 0.1)), (np.inf, np.ones(3))],
)
def test_an_answer_that_may_come_out_twice_is_not_called_a_stored_one(
    key: AnswerKey, constant: tuple[Any, Any]
) -> None:
    function = under_test(Recorded, key, lambda a, reg: constant)
    for case in key.cases.values():
        assert not function.repeats_another_answer(case, function.call_once(case))


def test_a_stored_answer_is_still_found(key: AnswerKey) -> None:
    """The answer to "first", which a question has asked for, comes back for "second"."""
    kept = key.expected["first"]

    def stored(a: Array, reg: float) -> tuple[Any, Any]:
        return kept["total"], kept["powers"]

    findings = ask_everything(key, under_test(Recorded, key, stored))
    assert codes_of(findings)["cubes.total"] == "answer_of_another_call"


def test_after_a_death_the_rest_is_asked_only_where_a_question_needs_it(key: AnswerKey) -> None:
    function = under_test(Dying, key)
    findings = ask_everything(key, function)
    assert codes_of(findings)["cubes.total"] == "ended_early"
    assert function.requests == [["second", "third"]]  # and no other
    assert function.calls == [
        *("first", "second", "third"),  # it dies here, once
        *("first_reg", "second_reg", "second"),  # reg: until its third case; changes
    ]


def test_errors_wait_for_the_question_that_asks(key: AnswerKey) -> None:
    """A case of a later question raises: the questions before it are judged as ever."""

    def with_reg_only(a: Array, reg: float) -> tuple[Any, Any]:
        if reg:
            raise ZeroDivisionError
        return cubes(a, reg)

    codes = codes_of(ask_everything(key, under_test(Recorded, key, with_reg_only)))
    assert codes == {
        "cubes.total": None,
        "cubes.reg": "raised",
        "cubes.changes": None,
        "cubes.stable": None,
    }


@pytest.mark.parametrize(
    "function",
    [
        cubes,
        lambda a, reg: (0.5, np.arange(3) / 7),
        lambda a, reg: (np.sum(a), a**3),
        lambda a, reg: (np.nan, a**3),
        lambda a, reg: (np.sum(a), a[0]),
        lambda a, reg: 1 / 0,
    ],
    ids=["right", "constant", "no reg", "nan", "shape", "raises"],
)
def test_findings_are_those_of_single_calls(
    function: Callable[..., Any], key: AnswerKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_seconds(findings: dict[str, Finding]) -> list[Any]:
        return [(each.outcome, each.message, each.evidence) for each in findings.values()]

    ahead = ask_everything(key, under_test(Recorded, key, function))
    monkeypatch.setattr(FunctionUnderTest, "ask_all", lambda self, cases: None)
    one_by_one = under_test(Recorded, key, function)
    assert without_seconds(ask_everything(key, one_by_one)) == without_seconds(ahead)
    assert one_by_one.requests == []


# --- which cases go together ----------------------------------------------------------------------

NEEDS = ("cubes.total",)
ADVICE = (
    QUESTIONS[2],
    Question("cubes.whole", "cubes", "unusual", 0, NEEDS, {"cases": ["ones"], "form": "integer"}),
    Question("cubes.odd", "cubes", "unusual", 0, NEEDS, {"cases": ["one", "two"]}),
    Question("cubes.slices", "cubes", "unusual", 0, NEEDS, {"cases": ["ones"], "form": "strided"}),
)


@pytest.fixture(name="advice_key")
def key_with_advice() -> AnswerKey:
    random = np.random.default_rng(1)
    names = *CASES, "large", "huge", "one", "two"
    cases = {name: {"a": random.standard_normal(3)} for name in names}
    cases["ones"] = {"a": np.ones(3)}
    inputs = {"a": "K", "reg": "number"}
    questions = (QUESTIONS[0], QUESTIONS[3], *ADVICE)
    knobs = {"reg": 0.3}
    return key_of([CUBES], {"cubes": cubes}, inputs, cases, questions=questions, knobs=knobs)


class Formed(Recorded):
    """Remembers the forms of cases, too."""

    def _call(self, case: Case, shapes: Shapes) -> Answer:
        answer = super()._call(case, shapes)
        self.calls[-1] = f"{case.name} {case.form}"
        return answer


def test_all_advice_goes_in_one_request(advice_key: AnswerKey) -> None:
    """And not with questions that have points: a death there would cost some."""
    function = under_test(Formed, advice_key)
    findings = ask_everything(advice_key, function)
    assert {each.outcome for each in findings.values()} == {"passed"}
    assert function.requests == [
        ["second", "third"],
        ["large", "huge"],
        ["second", "ones", "one", "two", "ones"],
    ]
    assert function.calls[-5:-3] == ["second read_only", "ones integer"]
    assert function.calls[-3:] == ["one plain", "two plain", "ones strided"]
    assert len(function.calls) == 1 + 2 + 2 + 5


def test_advice_that_is_not_reached_is_not_requested(advice_key: AnswerKey) -> None:
    """It needs a question that has failed."""
    function = under_test(Formed, advice_key, lambda a, reg: (np.sum(a) + 1, a**3))
    ask_everything(advice_key, function)
    assert function.requests == [["second", "third"]]
    assert function.calls[-1] == "second read_only"


def test_a_death_in_advice_costs_no_question(advice_key: AnswerKey) -> None:
    class DyingOnOnes(Dying):
        fatal = "ones"

    findings = ask_everything(advice_key, under_test(DyingOnOnes, advice_key))
    outcomes = {name: each.outcome for name, each in findings.items()}
    assert (outcomes["cubes.total"], outcomes["cubes.stable"]) == ("passed", "passed")
    assert (outcomes["cubes.whole"], outcomes["cubes.odd"]) == ("failed", "passed")


# --- the first look -------------------------------------------------------------------------------


def test_only_zeros_are_not_written_yet(key: AnswerKey) -> None:
    function = under_test(Recorded, key, lambda a, reg: (0.0, np.zeros(3)))
    assert {*codes_of(ask_everything(key, function)).values()} == {"not_implemented"}
    assert function.calls == ["first", "first_reg"]
    function = under_test(Recorded, key, lambda a, reg: (0.0, reg * a))
    function.require_ready()
    assert function.calls == ["first", "first_reg"]
    under_test(Recorded, key, lambda a, reg: (0.0, np.array([0, 0, 1e-300]))).require_ready()


def test_an_error_at_the_first_look_is_left_to_the_questions(key: AnswerKey) -> None:
    """Each may ask about another case, or another output."""

    def fails_at_first(a: Array, reg: float) -> tuple[Any, Any]:
        if np.array_equal(a, key.cases["first"].inputs["a"]):
            raise ZeroDivisionError
        return cubes(a, reg)

    codes = codes_of(ask_everything(key, under_test(Recorded, key, fails_at_first)))
    assert codes["cubes.total"] == codes["cubes.reg"] == "raised"
    assert codes["cubes.changes"] is None
    half = under_test(Recorded, key, lambda a, reg: (0.0, a[:2]))
    assert codes_of(ask_everything(key, half))["cubes.total"] == "number_differs"


def test_a_function_that_is_not_written_yet_is_asked_nothing(key: AnswerKey) -> None:
    class NotWritten(Recorded):
        def _call(self, case: Case, shapes: Shapes) -> Answer:
            super()._call(case, shapes)
            raise SubmissionError(Message("not_implemented"))

    function = under_test(NotWritten, key)
    assert {*codes_of(ask_everything(key, function)).values()} == {"not_implemented"}
    assert function.calls == ["first"]


def test_where_zeros_are_right_they_show_nothing() -> None:
    cases = {"first": {"a": np.zeros(3)}}
    key = key_of([CUBES], {"cubes": cubes}, {"a": "K", "reg": "number"}, cases, knobs={"reg": 1})
    assert probe_cases(key, CUBES) == ()


# --- cases that lack what a function needs --------------------------------------------------------

DOUBLE = Function("double", "double", "out = double(b)", ("b",), ("out",), ("double",))


@pytest.fixture(name="mixed_key")
def key_of_two_functions() -> AnswerKey:
    """The first case has inputs of one function, the second those of the other."""
    names = {"cubes": cubes, "double": lambda b: 2 * b}
    cases: dict[str, dict[str, Any]] = {
        "first": {"a": np.arange(3.0), "reg": 0.5},
        "second": {"b": np.arange(1.0, 3)},
        "third": {"b": np.arange(2.0, 4)},
    }
    inputs = {"a": "K", "b": "M", "reg": "number"}
    questions = [Question("double.value", "double", "value", 1, (), {"cases": ["second", "third"]})]
    return key_of([CUBES, DOUBLE], names, inputs, cases, questions=questions)


def test_the_first_look_is_at_the_first_case_that_has_the_inputs(mixed_key: AnswerKey) -> None:
    assert [case.name for case in probe_cases(mixed_key, CUBES)] == ["first"]
    assert [case.name for case in probe_cases(mixed_key, DOUBLE)] == ["second"]


def test_a_function_is_not_asked_about_a_case_without_its_inputs(mixed_key: AnswerKey) -> None:
    function = Recorded(DOUBLE, {"double": lambda b: 2 * b}, mixed_key)
    function.ask_all(list(mixed_key.cases.values()))
    assert function.calls == ["second", "third"]
    (question,) = mixed_key.questions
    check = check_named(mixed_key, question.check)
    settings = settings_for(question, mixed_key)
    assert check.judge(function, mixed_key, settings) == CheckResult(True)
    with pytest.raises(GraderError, match=r"double cannot be asked about the case 'first'.* no b"):
        function.call(mixed_key.cases["first"])
