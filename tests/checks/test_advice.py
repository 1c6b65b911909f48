"""The checks behind advice, on plain Python functions; and that advice is only advice.

It costs no points, changes no exit code, and has a section of its own.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from scipy.special import logsumexp

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import AssignmentError, read_assignment
from grader.checks import check_named
from grader.model import AnswerKey, Array, Message, SubmissionError
from grader.reports.sentences import sentence
from grader.reports.student_page import page
from grader.reports.terminal import summary
from grader.verdict import CheckResult, ValueEvidence
from tests.support.grading import COMMENTED, GradeFile, make_key
from tests.support.html_page import Page
from tests.support.known_submissions import advice_in, known_submission
from tests.support.losses import Answer, Loss, code_of, right, single, under_test
from tests.support.program import grader
from tests.support.verdicts import WORDS, make_finding, verdict_of

KEY = make_key(*COMMENTED)
ADVICE = {
    question.id.partition(".")[2]: question for question in KEY.questions if question.points == 0
}
CHARGED = 'questions."naive.epsilon".points=5'
FILE = known_submission("epsilon_in_log")


def judge(advice: str, function: Loss, key: AnswerKey, **settings: Any) -> CheckResult:
    """Ask a question as the rubric does."""
    question = ADVICE[advice]
    check = check_named(key, question.check)
    typed_settings = msgspec.convert(question.settings | settings, check.settings)
    return check.judge(under_test(function, key), key, typed_settings)


def with_loss(of_label: Callable[[Array, Array], Array]) -> Loss:
    """A function whose loss is the mean of of_label(shifted scores, those of the labels).

    Its dW is right.
    """

    def function(W: Array, X: Array, y: Array, reg: float) -> Answer:
        scores = W @ X
        scores = scores - scores.max(axis=0)
        with np.errstate(all="ignore"):
            return np.mean(of_label(scores, scores[y, np.arange(len(y))])), right(W, X, y, reg)[1]

    return function


def probability(scores: Array, label: Array) -> Array:
    return np.asarray(np.exp(label) / np.exp(scores).sum(axis=0))


@pytest.mark.parametrize("advice", ADVICE)
@pytest.mark.parametrize("function", [right, single])
def test_right_functions_need_no_advice(advice: str, function: Loss, key: AnswerKey) -> None:
    assert judge(advice, function, key) == CheckResult(True)


@pytest.mark.parametrize(
    ("function", "codes"),
    [
        (with_loss(lambda s, t: logsumexp(s, axis=0) - t), [None, None, None, None]),
        (
            with_loss(lambda s, t: -np.log(probability(s, t))),
            [None, None, "probability_vanishes", "probability_vanishes"],
        ),
        (
            with_loss(lambda s, t: -np.log(probability(s, t) + 1e-15)),
            ["probability_kept_large", None] + ["probability_kept_large"] * 2,
        ),
        (with_loss(lambda s, t: -np.log(probability(s, t) + 1e-8)), ["probability_kept_large"] * 4),
        (
            with_loss(lambda s, t: -np.log(np.clip(probability(s, t), 1e-8, 1))),
            ["probability_kept_large"] * 4,
        ),
        (
            with_loss(lambda s, t: -np.log(np.clip(probability(s, t), 1e-18, 1))),
            [None, None] + ["probability_kept_large"] * 2,
        ),
        (with_loss(lambda s, t: 2 * (logsumexp(s, axis=0) - t)), ["small_probability_differs"] * 4),
    ],
    ids=["log-sum-exp", "log p", "eps 1e-15", "eps 1e-8", "clip 1e-8", "clip 1e-18", "doubled"],
)
def test_what_each_small_probability_catches(
    function: Loss, codes: list[str | None], key: AnswerKey
) -> None:
    results = [judge("epsilon", function, key, cases=[name]) for name in "FGEI"]
    assert [code_of(result) for result in results] == codes


def test_evidence_of_a_loss_that_is_kept_small(key: AnswerKey) -> None:
    function = with_loss(lambda s, t: -np.log(probability(s, t) + 1e-8))
    (found,) = judge("epsilon", function, key).evidence
    assert isinstance(found, ValueEvidence)
    assert (found.case, found.worst.expected) == ("F", float(key.expected["F"]["loss"]))


def truncated(W: Array, X: Array, y: Array, reg: float) -> Answer:
    dW = np.zeros_like(W)
    loss, dW[:] = right(W, X, y, reg)
    return loss, dW


def in_place(W: Array, X: Array, y: Array, reg: float) -> Answer:
    answer = right(W, X, y, reg)
    W -= answer[1]
    return answer


def sorts(W: Array, X: Array, y: Array, reg: float) -> Answer:
    y.sort()
    return right(W, X, y, reg)


def reshapes(W: Array, X: Array, y: Array, reg: float) -> Answer:
    answer = right(W, X, y, reg)
    y.shape = (len(y), 1)
    return answer


def squeezed(W: Array, X: Array, y: Array, reg: float) -> Answer:
    return right(np.squeeze(W), np.squeeze(X), y, reg)


def by_hand(W: Array, X: Array, y: Array, reg: float) -> Answer:
    return right(W, np.lib.stride_tricks.as_strided(X, X.shape, (8 * X.shape[1], 8)), y, reg)


def nothing_to_tell_apart(W: Array, X: Array, y: Array, reg: float) -> Answer:
    return (0.0, 0 * W) if len(y) > 1 and len(W) > 1 and len(set(y)) == 1 else right(W, X, y, reg)


def never(W: Array, X: Array, y: Array, reg: float) -> Answer:
    raise ValueError("assignment destination is read-only")


@pytest.mark.parametrize(
    ("advice", "function", "code"),
    [
        ("integer_inputs", truncated, "integer_inputs"),
        ("integer_inputs", in_place, "integer_inputs"),
        ("odd_shapes", squeezed, "odd_shape"),
        ("odd_shapes", nothing_to_tell_apart, "odd_shape"),
        ("slices", by_hand, "strided_inputs"),
        ("changes_inputs", in_place, "changes_inputs"),
        ("changes_inputs", sorts, "changes_inputs"),
        ("changes_inputs", reshapes, "changes_inputs"),
    ],
)
def test_what_each_advice_catches_and_no_other(
    advice: str, function: Loss, code: str, key: AnswerKey
) -> None:
    assert code_of(judge(advice, function, key)) == code
    also_failing = {"in_place": {"integer_inputs", "changes_inputs"}, "sorts": {*ADVICE}}
    failing = also_failing.get(function.__name__, {advice})
    passing = ADVICE.keys() - failing
    codes = {name: code_of(judge(name, function, key)) for name in passing}
    assert codes == dict.fromkeys(passing)


@pytest.mark.parametrize(
    ("function", "case"), [(squeezed, "one_sample"), (nothing_to_tell_apart, "one_label")]
)
def test_an_odd_shape_is_named(function: Loss, case: str, key: AnswerKey) -> None:
    message = judge("odd_shapes", function, key).message
    assert message is not None
    assert message.values == {"case": case}


def test_of_an_error_the_advice_is_that_for_its_kind(tmp_path: Path, grade_file: GradeFile) -> None:
    """ "Look for squeeze" stood beside a division by 0."""
    text = known_submission("log_sum_exp").read_text(encoding="utf-8")
    tmp_path.joinpath("softmax.py").write_text(
        text + "right = softmax_loss_naive\ndef softmax_loss_naive(W, X, y, reg):\n"
        "    1 / (len(W) - 1)\n    return right(W, X, y, reg)\n"
    )
    verdict = grade_file(tmp_path, make_key())
    (message,) = (each.message for each in verdict.findings if each.outcome == "failed")
    assert message is not None
    assert (message.code, message.values) == (
        "odd_shape",
        {"case": "one_class", "kind": "zero_division"},
    )
    assert sentence(message, WORDS, "unusual").next == WORDS["errors"]["zero_division"]


def test_a_function_without_an_answer_changes_nothing(key: AnswerKey) -> None:
    """Even if its exception says that numpy refused a change."""
    with pytest.raises(SubmissionError) as raised:
        judge("changes_inputs", never, key)
    assert (raised.value.message.code, raised.value.was_asked) == ("nothing_to_compare", False)


def test_whole_numbers_must_be_whole() -> None:
    fractions = 'questions."naive.integer_inputs".cases=["small"]'
    assignment = read_assignment(find_assignment("softmax"), [*COMMENTED, fractions])
    complaint = (
        r"naive\.integer_inputs\": case 'small' holds fractions in W and X\. Cure: name one whose "
    )
    with pytest.raises(AssignmentError, match=complaint):
        build_key(assignment, 1)


# --- only advice ----------------------------------------------------------------------------------


def test_advice_costs_nothing_unless_it_is_given_points(grade_file: GradeFile) -> None:
    verdict = grade_file(FILE, make_key())
    assert (verdict.score, verdict.possible, verdict.undecided) == (100, 100, 0)
    assert set(advice_in(verdict)) == {"naive.epsilon", "vectorized.epsilon"}
    charged = grade_file(FILE, make_key(CHARGED))
    assert (charged.score, charged.possible) == (100, 105)
    assert set(advice_in(charged)) == {"vectorized.epsilon"}


def test_advice_changes_no_exit_code() -> None:
    done = grader("grade", FILE)
    assert (done.returncode, done.stderr) == (0, "")
    both = "softmax_loss_naive, softmax_loss_vectorized: small probabilities"
    heading = "All 15 questions passed. Nothing to fix.\n\nAdvice (costs nothing)\n"
    assert f"{heading} - {both}\n" in done.stdout
    assert grader("grade", FILE, "--set", CHARGED).returncode == 1


def advice(outcome: Any, code: str = "changes_inputs", name: str = "changes_inputs") -> Any:
    number = next(k for k, question in enumerate(KEY.questions) if question.id == f"naive.{name}")
    message = None if outcome == "passed" else Message(code, {}, None, 12)
    return make_finding(outcome, message, number)


def test_advice_stands_in_a_section_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    verdict = verdict_of(
        make_finding("passed"),
        advice("failed"),
        advice("passed", name="slices"),
        advice("not_run", "after_time_out", "epsilon"),
    )
    text = summary(verdict, WORDS)
    assert "  ok    The question passed. Nothing to fix." in text
    heading = "Advice (costs nothing)\n - softmax_loss_naive: W, X and y left as they are\n"
    assert heading + "   What  Line 12: The function changes" in text
    shown = Page(page(verdict, WORDS)).shown
    assert shown.count("The function changes W, X or y") == 1
    for each in (text, shown):
        assert "slices" not in each
        assert "did not end in time" not in each


def test_advice_comes_once_for_both_functions_folded_and_below_the_table() -> None:
    numbers = {question.id: number for number, question in enumerate(make_key().questions)}

    def failing(question: str, code: str, line: int) -> Any:
        return make_finding("failed", Message(code, {"case": "F"}, None, line), numbers[question])

    verdict = verdict_of(
        make_finding("passed"),
        failing("naive.changes_inputs", "changes_inputs", 12),
        failing("vectorized.changes_inputs", "changes_inputs", 30),
        failing("naive.epsilon", "probability_kept_large", 14),
        failing("vectorized.epsilon", "probability_kept_large", 33),
        failing("naive.odd_shapes", "odd_shape", 16),
    )
    both = "softmax_loss_naive, softmax_loss_vectorized: "
    text = summary(verdict, WORDS)
    assert re.findall("^ - (.*)$", text, re.MULTILINE) == [
        f"{both}W, X and y left as they are",
        f"{both}small probabilities",
    ]
    html = page(verdict, WORDS)
    assert html.index("</table>") < html.index('<summary id="advice">Advice (costs nothing)')
    assert html.count("Write the result into an array of its own") == 1
    assert "squeeze" not in html


def test_a_message_of_a_question_is_no_advice() -> None:
    """A function that is missing lacks everything else, too."""
    missing = Message("missing_function", {"name": "softmax_loss_naive"})
    verdict = verdict_of(
        make_finding("failed", missing), replace(advice("failed"), message=missing)
    )
    assert "Advice" not in summary(verdict, WORDS)
