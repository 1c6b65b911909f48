"""What an assignment brings of its own: derived outputs, checks, and words for errors."""

from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from grader.checks import CHECKS, Check, all_checks, check_named, settings_for
from grader.checks.course_code import load_code
from grader.checks.derived import add_derived, outputs_to_compare
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.plain_function import PlainFunction
from grader.checks.settings import CasesSettings
from grader.grading import ask
from grader.model import (
    AnswerKey,
    Array,
    Function,
    GraderError,
    Message,
    Question,
    Source,
    SubmissionError,
    require,
)
from grader.verdict import CannotJudge, CheckResult, Finding, ValueEvidence
from tests.support.hand_made import key_of
from tests.support.losses import code_of

# An eigenvector is right with either sign, so two derived outputs are judged in its place.
POWER = Function(
    short="power",
    name="largest",
    call="value, vector = largest(A)",
    inputs=("A",),
    outputs=("value", "vector"),
    names=("largest",),
    derived=("aligned", "residual"),
)
DERIVED = '''
import numpy as np

def aligned(vector):
    """With a positive entry where it is largest."""
    return vector * np.sign(vector[np.argmax(np.abs(vector))])

def residual(A, value, aligned):
    A[:] = A @ np.diag(np.ones(len(A)))
    return np.linalg.norm(A @ aligned - value * aligned) + 1
'''
CHECKS_TEXT = """
from grader.checks import Check
from grader.checks.settings import CasesSettings
from grader.model import Message
from grader.verdict import CheckResult


class LeastSettings(CasesSettings, frozen=True):
    least: float = 0.0


def is_positive(function, key, settings):
    for name in settings.cases:
        value = function.call_once(key.cases[name]).value("value")
        if value <= settings.least:
            return CheckResult(False, Message("too_small", {"case": name}))
    return CheckResult(True)


CHECKS = {"positive": Check(is_positive, LeastSettings)}


def explain_error(function, key, message):
    if message.code == "output_shape":
        return Message("as_a_column", {"output": message.values["output"]})
    if message.values.get("exception") == "IndexError":
        case = function.probe_cases[0]
        inputs = {"A": case.inputs["A"][:, :2]}
        answer = function.call(replace(case, inputs=inputs), {"value": (), "vector": (2,)})
        return Message("wants_two_columns", {"value": float(answer.value("value"))})
    if message.quote == "no idea":
        raise LookupError("nobody knows")
    return None


from msgspec.structs import replace
"""


def largest(A: Array) -> tuple[Any, Any]:
    values, vectors = np.linalg.eigh(A)
    return values[-1], vectors[:, -1]


@pytest.fixture(name="key", scope="module")
def key_of_eigenvalues() -> AnswerKey:
    random = np.random.default_rng(2)
    cases = {}
    for name in ("small", "other"):
        half = random.standard_normal((4, 4))
        cases[name] = {"A": half @ half.T}
    question = Question("power.positive", "largest", "positive", 1, (), {"cases": ["small"]})
    return key_of(
        [POWER],
        {"largest": largest},
        {"A": "K x K"},
        cases,
        questions=[question],
        derived=DERIVED,
        checks=CHECKS_TEXT,
    )


def under_test(key: AnswerKey, function: Any) -> PlainFunction:
    return PlainFunction(
        POWER, {"largest": function}, key, probe_cases=(key.cases["small"],), findings={}
    )


def judge(check: str, key: AnswerKey, function: Any, **settings: Any) -> CheckResult:
    question = Question(
        "power.q", "largest", check, 1, (), {"cases": ["small", "other"], **settings}
    )
    return check_named(key, check).judge(
        under_test(key, function), key, settings_for(question, key)
    )


# --- derived outputs ------------------------------------------------------------------------------


def flipped(A: Array) -> tuple[Any, Any]:
    value, vector = largest(A)
    return value, -vector


def test_an_answer_that_is_not_unique_is_judged_by_what_is_derived(key: AnswerKey) -> None:
    assert outputs_to_compare(POWER, key.derived) == ("residual",)
    for function in (largest, flipped):
        for check in ("value", "stable", "unusual"):
            assert judge(check, key, function) == CheckResult(True)
        for output in ("value", "aligned", "residual"):
            assert judge("value", key, function, output=output) == CheckResult(True)
    signs = {
        judge("value", key, function, output="vector").passed for function in (largest, flipped)
    }
    assert signs == {True, False}


def test_a_wrong_derived_output_is_told_as_any_other(key: AnswerKey) -> None:
    result = judge("value", key, lambda A: (largest(A)[0], np.ones(4)))
    assert result.message == Message("number_differs", {"case": "small", "output": "residual"})
    (found,) = result.evidence
    assert isinstance(found, ValueEvidence)
    assert found.output == "residual"
    assert found.worst.expected == pytest.approx(1)


def test_derived_code_cannot_change_the_inputs(key: AnswerKey) -> None:
    before = key.cases["small"].inputs["A"].copy()
    under_test(key, largest).call(key.cases["small"])
    np.testing.assert_array_equal(key.cases["small"].inputs["A"], before)


def test_an_exception_in_derived_code_is_an_error_of_that_output(key: AnswerKey) -> None:
    text = "def aligned(vector):\n    return 1 / 0\ndef residual(A):\n    return [1, 2]\n"
    broken = replace(key, derived=Source("derived.py", text.encode(), ()))
    answer = under_test(broken, largest).call(key.cases["small"])
    assert answer.value("value") == key.expected["small"]["value"]
    for output, exception in (("aligned", "ZeroDivisionError"), ("residual", "ValueError")):
        with pytest.raises(SubmissionError) as raised:
            answer.value(output)
        values: dict[str, float | int | str] = {"output": output, "exception": exception}
        assert raised.value.message == Message("derived_failed", values)


def test_an_output_without_value_takes_its_derived_ones_along(key: AnswerKey) -> None:
    answer = under_test(key, lambda A: (largest(A)[0], np.ones((4, 4)))).call(key.cases["small"])
    for output in ("vector", "aligned", "residual"):
        with pytest.raises(SubmissionError) as raised:
            answer.value(output)
        assert raised.value.message.values["output"] == "vector"
    answer.value("value")


# --- checks of its own ----------------------------------------------------------------------------


def test_an_assignment_brings_its_own_check(key: AnswerKey) -> None:
    assert set(all_checks(key)) == {*CHECKS, "positive"}
    assert set(all_checks(key.checks)) == set(all_checks(key))
    assert all_checks(None) == CHECKS
    assert check_named(key, "value") is CHECKS["value"]
    with pytest.raises(KeyError):
        check_named(None, "positive")
    assert judge("positive", key, largest) == CheckResult(True)
    assert code_of(judge("positive", key, largest, least=1e9)) == "too_small"


def test_a_question_of_its_own_is_asked_as_any_other(key: AnswerKey) -> None:
    (question,) = key.questions
    finding = ask(question, key, under_test(key, largest), {})
    assert (finding.outcome, finding.points, finding.check) == ("passed", 1, "positive")
    negative = ask(question, key, under_test(key, lambda A: (-1.0, np.ones(4))), {})
    assert negative.message == Message("too_small", {"case": "small"})


def test_a_bug_in_its_own_check_costs_nothing(key: AnswerKey) -> None:
    text = "from grader.checks import Check, Settings\nCHECKS = {'positive': Check(len, Settings)}"
    own = replace(key, checks=Source("checks.py", text.encode(), ()))
    question = replace(key.questions[0], settings={})
    finding = ask(question, own, under_test(own, largest), {})
    assert (finding.outcome, finding.points) == ("could_not_judge", None)


# --- words of its own for errors ------------------------------------------------------------------


def asked(key: AnswerKey, function: Any, check: str = "positive") -> Finding:
    question = replace(key.questions[0], check=check)
    return ask(question, key, under_test(key, function), {})


def test_an_error_of_an_output_is_explained(key: AnswerKey) -> None:
    answer = under_test(key, lambda A: (1.0, np.ones((4, 1)))).call(key.cases["small"])
    with pytest.raises(SubmissionError) as raised:
        answer.value("vector")
    assert raised.value.message == Message("as_a_column", {"output": "vector"})


def test_an_error_of_a_call_is_explained_by_calling_again(key: AnswerKey) -> None:
    def two_columns(A: Array) -> tuple[Any, Any]:
        if A.shape[1] != 2:
            raise IndexError("too many columns")
        return 7.0, np.ones(2)

    for check in ("positive", "value", "changes_inputs"):  # at the first look: it ends them all
        finding = asked(key, two_columns, check)
        assert finding.message == Message("wants_two_columns", {"value": 7.0})


def test_where_calling_again_does_not_help_the_error_stays(key: AnswerKey) -> None:
    """An error of the call that the explanation makes is not explained in its turn."""
    calls = []

    def never(A: Array) -> tuple[Any, Any]:
        calls.append(A.shape)
        raise IndexError("never")

    message = Message("raised", {"exception": "IndexError"}, "never")
    assert asked(key, never).message == message
    assert calls == [(4, 4), (4, 2)]


def test_each_message_is_explained_once(key: AnswerKey) -> None:
    calls = []

    def raises(A: Array) -> tuple[Any, Any]:
        calls.append(A.shape)
        raise IndexError("again")

    function = under_test(key, raises)
    for _ in range(3):
        assert function.explain_error(Message("raised", {"exception": "IndexError"})) is None
    assert calls == [(4, 2)]


def test_a_call_is_explained_at_the_first_look_alone(key: AnswerKey) -> None:
    """A function that has answered once does not expect its inputs in another form."""

    def two_columns_later(A: Array) -> tuple[Any, Any]:
        if A.shape[1] != 2 and not np.array_equal(A, key.cases["small"].inputs["A"]):
            raise IndexError("too many columns")
        return 7.0, np.ones(len(A))

    function = under_test(key, two_columns_later)
    function.require_ready()
    with pytest.raises(SubmissionError) as raised:
        function.call(key.cases["other"])
    assert raised.value.message.code == "raised"


def test_errors_of_answers_requested_ahead_are_explained(key: AnswerKey) -> None:
    function = under_test(key, lambda A: (1.0, np.ones((4, 1))))
    function.ask_all(list(key.cases.values()))
    for case in key.cases.values():
        with pytest.raises(SubmissionError) as raised:
            function.call_once(case).value("vector")
        assert raised.value.message.code == "as_a_column"


def test_a_bug_in_the_explanation_is_the_graders_error(key: AnswerKey) -> None:
    def no_idea(A: Array) -> tuple[Any, Any]:
        raise ValueError("no idea")

    finding = asked(key, no_idea)
    assert finding.outcome == "could_not_judge"
    assert finding.message is not None
    assert "explain_error fails: LookupError: nobody knows" in str(finding.message.values["what"])
    with pytest.raises(GraderError):
        under_test(key, no_idea).require_ready()


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("a text", "returns str, and no Message"),
        (7, "returns int, and no Message"),
        (["a", "list"], "returns list, and no Message"),
        (Message("x", {"of": 1j}), "returns a Message that cannot be stored"),  # type: ignore[dict-item]
    ],
)
def test_an_explanation_that_is_no_message_is_the_graders_error(
    key: AnswerKey, other: object, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert key.checks is not None
    monkeypatch.setitem(load_code(key.checks), "explain_error", lambda *_: other)
    finding = asked(key, lambda A: (1.0, np.ones((4, 1))), check="value")
    assert (finding.outcome, finding.points) == ("could_not_judge", None)
    assert finding.message is not None
    assert what in str(finding.message.values["what"])


HOSTILE = [float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 5e-324]


@pytest.mark.parametrize("number", HOSTILE)
def test_a_verdict_can_hold_whatever_numbers_a_check_of_the_assignment_has_met(
    key: AnswerKey, number: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON has no nan and no infinity, and numpy's numbers are not Python's."""

    def judge(function: FunctionUnderTest, key: AnswerKey, settings: CasesSettings) -> CheckResult:
        got = function.call_once(key.cases[settings.cases[0]]).value("value")
        values: dict[str, Any] = {"plain": float(got), "of_numpy": got[()], "array": got}
        values["count"] = np.int64(3)
        note = Message("note", {"plain": float(got)})
        if number == 1e308:
            raise CannotJudge(Message("undecided", values))
        if number == -1e308:
            raise SubmissionError(Message("odd", values))
        return CheckResult(got == 7, Message("odd", values), notes=(note,))

    assert key.checks is not None
    checks = {"positive": Check(judge, CasesSettings)}
    monkeypatch.setitem(load_code(key.checks), "CHECKS", checks)
    finding = asked(key, lambda A: (number, np.ones(4)))
    outcome = "could_not_judge" if number == 1e308 else "failed"
    code = {1e308: "undecided"}.get(number, "odd")
    assert (finding.outcome, finding.message and finding.message.code) == (outcome, code)
    assert msgspec.json.decode(msgspec.json.encode(finding), type=Finding) == finding


@pytest.mark.parametrize("result", [None, True, "passed", Message("odd")])
def test_a_check_that_gives_no_result_is_the_graders_error(
    key: AnswerKey, result: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert key.checks is not None
    checks = {"positive": Check(lambda *_: result, CasesSettings)}  # type: ignore[arg-type]
    monkeypatch.setitem(load_code(key.checks), "CHECKS", checks)
    finding = asked(key, largest)
    assert (finding.outcome, finding.points) == ("could_not_judge", None)
    assert f"returns {type(result).__name__}, and no CheckResult" in encoded_text(finding)


def encoded_text(finding: Finding) -> str:
    return msgspec.json.encode(finding).decode()


def test_a_complex_derived_output_is_wrong(key: AnswerKey) -> None:
    """numpy would drop the imaginary part, and so make it right."""
    assert key.derived is not None
    source = Source("derived.py", b"def aligned(vector):\n    return vector + 1j", ())
    values = add_derived(replace(POWER, derived=("aligned",)), source, {}, {"vector": np.ones(4)})
    with pytest.raises(SubmissionError, match="derived_failed"):
        require(values["aligned"])


def test_without_code_of_its_own_nothing_is_explained(key: AnswerKey) -> None:
    plain = replace(key, checks=None, questions=())
    answer = under_test(plain, lambda A: (1.0, np.ones((4, 1)))).call(plain.cases["small"])
    with pytest.raises(SubmissionError) as raised:
        answer.value("vector")
    assert raised.value.message.code == "output_shape"
