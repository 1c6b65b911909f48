"""The checks behind advice, on plain Python functions; and that advice is only that: no points, no exit code, a section of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from scipy.special import logsumexp

from grader.assignment.answer_key import build_key
from grader.assignment.settings import AssignmentError, find_assignment, read_assignment
from grader.checks import CHECKS
from grader.checks.function_under_test import plain
from grader.model import AnswerKey, Array, Message, SubmissionError
from grader.reports.student_page import page
from grader.reports.terminal import summary
from grader.verdict import CheckResult
from tests.checks.test_checks import Loss, right, single
from tests.cli.test_cli import grader
from tests.reference.test_submissions import FOLDER, advice_in
from tests.support.grading import GradeFile, make_key
from tests.support.html_page import Page
from tests.support.verdicts import WORDS, make_finding, verdict_of

KEY = make_key()
ADVICE = {
    question.id.partition(".")[2]: question for question in KEY.questions if question.points == 0
}
EPSILON = 'questions."naive.epsilon".points=5'


def judge(advice: str, function: Loss, key: AnswerKey, **settings: Any) -> CheckResult:
    """As the rubric asks it."""
    question = ADVICE[advice]
    check = CHECKS[question.check]
    return check.judge(
        plain(function), key, msgspec.convert(question.settings | settings, check.settings)
    )


def code(judgement: CheckResult) -> str | None:
    return judgement.message.code if judgement.message else None


def with_loss(of_label: Callable[[Array, Array], Array]) -> Loss:
    """The loss from each sample's scores, shifted, and label's row of them; dW is right."""

    def function(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
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
    ("function", "told"),
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
    function: Loss, told: list[str | None], key: AnswerKey
) -> None:
    assert [code(judge("epsilon", function, key, cases=[name])) for name in "FGEI"] == told


def test_evidence_of_a_loss_that_is_kept_small(key: AnswerKey) -> None:
    (found,) = judge(
        "epsilon", with_loss(lambda s, t: -np.log(probability(s, t) + 1e-8)), key
    ).evidence
    assert (found.case, found.expected) == ("F", key.expected["F"].loss)  # type: ignore[union-attr]


def truncated(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    dW = np.zeros_like(W)
    loss, dW[:] = right(W, X, y, reg)
    return loss, dW


def in_place(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    answer = right(W, X, y, reg)
    W -= answer[1]
    return answer


def sorts(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    y.sort()
    return right(W, X, y, reg)


def reshapes(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    answer = right(W, X, y, reg)
    y.shape = (len(y), 1)
    return answer


def squeezed(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    return right(np.squeeze(W), np.squeeze(X), y, reg)


def by_hand(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    return right(W, np.lib.stride_tricks.as_strided(X, X.shape, (8 * X.shape[1], 8)), y, reg)


def nothing_to_tell_apart(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    return (0.0, 0 * W) if len(y) > 1 and len(W) > 1 and len(set(y)) == 1 else right(W, X, y, reg)


def never(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    raise ValueError("assignment destination is read-only")


@pytest.mark.parametrize(
    ("advice", "function", "told"),
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
    advice: str, function: Loss, told: str, key: AnswerKey
) -> None:
    assert code(judge(advice, function, key)) == told
    others = {"in_place": {"integer_inputs", "changes_inputs"}, "sorts": {*ADVICE}}.get(
        function.__name__, {advice}
    )
    assert {
        name: code(judge(name, function, key)) for name in ADVICE if name not in others
    } == dict.fromkeys(ADVICE.keys() - others)


@pytest.mark.parametrize(
    ("function", "case"), [(squeezed, "one_sample"), (nothing_to_tell_apart, "one_label")]
)
def test_an_odd_shape_is_named(function: Loss, case: str, key: AnswerKey) -> None:
    message = judge("odd_shapes", function, key).message
    assert message is not None
    assert message.values == {"case": case}


def test_a_function_without_an_answer_changes_nothing(key: AnswerKey) -> None:
    """Whatever it says that it was refused."""
    with pytest.raises(SubmissionError) as fault:
        judge("changes_inputs", never, key)
    assert (fault.value.message.code, fault.value.asked) == ("nothing_to_compare", False)


def test_whole_numbers_must_be_whole() -> None:
    assignment = read_assignment(
        find_assignment("softmax"), ['questions."naive.integer_inputs".cases=["small"]']
    )
    with pytest.raises(
        AssignmentError,
        match=r"naive\.integer_inputs\": case 'small' holds fractions\. Cure: name one whose W and X",
    ):
        build_key(assignment, 1)


# --- only advice ------------------------------------------------------------------------------------------------------------------


def test_advice_costs_nothing_unless_it_is_given_points(grade_file: GradeFile) -> None:
    file = FOLDER / "epsilon_in_log.py"
    verdict = grade_file(file, KEY)
    assert (verdict.score, verdict.possible, verdict.undecided) == (100, 100, 0)
    assert set(advice_in(verdict)) == {"naive.epsilon", "vectorized.epsilon"}
    charged = grade_file(file, make_key(EPSILON))
    assert (charged.score, charged.possible) == (100, 105)
    assert set(advice_in(charged)) == {"vectorized.epsilon"}


def test_advice_changes_no_exit_code() -> None:
    done = grader("grade", FOLDER / "epsilon_in_log.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "All 15 questions passed. Nothing to fix.\n\nAdvice (costs nothing)\n" in done.stdout
    assert grader("grade", FOLDER / "epsilon_in_log.py", "--set", EPSILON).returncode == 1


def advice(outcome: Any, code: str = "changes_inputs", name: str = "changes_inputs") -> Any:
    number = next(k for k, question in enumerate(KEY.questions) if question.id == f"naive.{name}")
    return make_finding(
        outcome, None if outcome == "passed" else Message(code, {}, None, 12), number
    )


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
    told = summary(verdict, WORDS)
    assert "  ok    The question passed. Nothing to fix." in told
    assert (
        "Advice (costs nothing)\n - softmax_loss_naive: W, X and y left as they are\n   What  Line 12: The function changes"
        in told
    )
    shown = Page(page(verdict, WORDS)).shown
    assert shown.count("The function changes W, X or y") == 1
    for text in (told, shown):
        assert "slices" not in text
        assert "did not end in time" not in text


def test_what_a_question_tells_is_no_advice() -> None:
    """A function that is missing lacks all else, too."""
    missing = Message("missing_function", {"name": "softmax_loss_naive"})
    assert "Advice" not in summary(
        verdict_of(make_finding("failed", missing), replace(advice("failed"), message=missing)),
        WORDS,
    )
