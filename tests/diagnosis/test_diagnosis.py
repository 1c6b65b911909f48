"""Every known mistake is named in every convention; what is unknown is never given a name."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from grader.checks.function_under_test import probe_cases
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.diagnose import EXACT, diagnose, diagnosis_of, status_of
from grader.diagnosis.questions import Unknown, deciding_factors, questions_due_to
from grader.diagnosis.search import NO_MISTAKE, explain
from grader.grading import grade
from grader.model import AnswerKey, Array, Message, SubmissionError
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, Finding, Outcome
from tests.support.grading import make_key, submission_of
from tests.support.misconceptions import MISCONCEPTIONS, Solution, function_with, solution_with

FACTORS = ("loss", "loss+reg", "dW", "dW+reg")
KEY = make_key()
CONVENTIONS = [("CxD", 0.5), ("CxD", 1.0), ("DxC", 0.5), ("DxC", 1.0)]


@pytest.fixture(
    scope="module", params=CONVENTIONS, ids=[f"{layout}-{factor}" for layout, factor in CONVENTIONS]
)
def convention(request: pytest.FixtureRequest) -> AnswerKey:
    layout, factor = request.param
    return make_key(f"layout={layout}", f"regularization={factor}", named=True)


@pytest.fixture(scope="module")
def named_key() -> AnswerKey:
    return make_key(named=True)


def diagnose_alone(key: AnswerKey, solution: Solution) -> Diagnosis:
    assert key.signatures is not None
    return diagnosis_of(key, key.signatures, function_with(key, solution), [])


def test_every_known_mistake_is_named(convention: AnswerKey) -> None:
    """Each one alone, as the stages make it, by its own name and no other."""
    signatures = convention.signatures
    assert signatures is not None
    assert len(signatures.names) >= 220
    causes = {
        name: diagnose_alone(convention, solution_with(convention, name)).causes
        for name in signatures.names
    }
    assert causes == {name: ((name,),) for name in signatures.names}


def test_what_is_right_is_given_no_name(convention: AnswerKey) -> None:
    assert diagnose_alone(convention, solution_with(convention)) == Diagnosis("none")
    as_float32 = solution_with(
        convention, change=lambda loss, dW: (np.float32(loss), dW.astype(np.float32).astype(float))
    )
    assert diagnose_alone(convention, as_float32) == Diagnosis("none")


def test_what_is_right_but_for_the_last_digits_has_right_factors(
    convention: AnswerKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The factors are not computed then. They would say the same, whatever the rounding."""
    random = np.random.default_rng(1)

    def rounded(loss: float, dW: Array) -> tuple[Any, Any]:
        noise = random.choice([-1.0, 1.0], dW.shape)
        # At rest and with reg turned up, it may be off in opposite directions.
        return loss * (1 + EXACT * random.choice([-1.0, 1.0])), dW + EXACT * np.linalg.norm(
            dW
        ) * noise / dW.size**0.5

    monkeypatch.setattr("grader.diagnosis.diagnose._is_exact", lambda key, observed: False)
    for _ in range(20):
        solution = solution_with(convention, change=rounded)
        assert diagnose_alone(convention, solution) == Diagnosis("none")


def test_float16_is_no_mistake_of_the_formulas(convention: AnswerKey) -> None:
    """Nor is it an excuse if a formula is wrong as well.

    The rest is then unknown, and no name is given to what is only near.
    """

    def rounded(loss: float, dW: Array) -> tuple[Any, Any]:
        return np.float16(loss), dW.astype(np.float16)

    assert diagnose_alone(convention, solution_with(convention, change=rounded)) == Diagnosis(
        "none"
    )
    for name in ("p_base2", "grad_no_N"):
        diagnosis = diagnose_alone(convention, solution_with(convention, name, change=rounded))
        assert (diagnosis.status, diagnosis.causes) == ("unknown", ()), name
    # What is 0 has all digits.
    missing = diagnose_alone(convention, solution_with(convention, "rg_missing", change=rounded))
    assert missing.causes == (("rg_missing",),)


@pytest.mark.parametrize(
    "mistakes",
    [
        ("rg_missing", "loss_no_N"),
        ("minus_p", "grad_no_N"),
        ("rl_no_half", "rg_over_N"),
        ("loss_last_only", "grad_negated"),
        ("p_base2", "rg_minus"),
    ],
)
def test_two_mistakes_are_both_named(named_key: AnswerKey, mistakes: tuple[str, ...]) -> None:
    diagnosis = diagnose_alone(named_key, solution_with(named_key, *mistakes))
    assert diagnosis.status == "exact"
    assert set(diagnosis.causes[0]) == set(mistakes)


@pytest.mark.parametrize("nothing", ["grad_zero", "dW_never_written"])
def test_any_other_mistake_is_named_beside_a_dW_of_zeros(
    named_key: AnswerKey, nothing: str
) -> None:
    """A hundred pairs give a dW of zeros: the last of them are among its matches, too."""
    signatures = named_key.signatures
    assert signatures is not None
    unnamed = []
    for other in signatures.names:
        if MISCONCEPTIONS[other].keys().isdisjoint(MISCONCEPTIONS[nothing]):
            diagnosis = diagnose_alone(named_key, solution_with(named_key, nothing, other))
            if diagnosis.status not in ("exact", "tie"):
                unnamed.append(other)
    assert unnamed == []


def test_what_nothing_explains_is_unknown_and_the_rest_is_named(named_key: AnswerKey) -> None:
    strange = solution_with(
        named_key,
        "rl_missing",
        change=lambda loss, dW: (loss, dW * (1 + 0.01 * np.arange(dW.size).reshape(dW.shape))),
    )
    diagnosis = diagnose_alone(named_key, strange)
    assert (diagnosis.status, diagnosis.causes) == ("partial", (("rl_missing",),))
    assert set(diagnosis.unexplained) == {"dW", "dW+reg"}


def test_a_mistake_that_moves_what_nothing_explains_is_not_named(named_key: AnswerKey) -> None:
    """Wrong probabilities would explain the loss, but not this dW."""
    diagnosis = diagnose_alone(
        named_key, solution_with(named_key, "p_base2", change=lambda loss, dW: (loss, np.sinh(dW)))
    )
    assert diagnosis.status == "unknown"
    assert diagnosis.causes == ()
    assert {"loss", "dW"} <= set(diagnosis.unexplained)


@pytest.mark.parametrize(
    ("change", "code", "values"),
    [
        (
            lambda loss, dW: (7.3 * loss, dW),
            "slip_times",
            {"factor": "loss", "output": "loss", "times": "7.3"},
        ),
        (
            lambda loss, dW: (-11 * loss, dW),
            "slip_times",
            {"factor": "loss", "output": "loss", "times": "-11"},
        ),
    ],
)
def test_what_can_be_said_in_numbers_is_reported(
    named_key: AnswerKey,
    change: Callable[[float, Array], tuple[Any, Any]],
    code: str,
    values: dict[str, str],
) -> None:
    slips = diagnose_alone(named_key, solution_with(named_key, change=change)).slips
    assert (slips[0].code, slips[0].values) == (code, values)


def test_a_multiple_that_would_read_as_1_is_not_reported(named_key: AnswerKey) -> None:
    """1.00001 times what it should be is wrong, and reads as 1."""
    diagnosis = diagnose_alone(
        named_key, solution_with(named_key, change=lambda loss, dW: (1.00001 * loss, dW))
    )
    assert (diagnosis.unexplained, diagnosis.slips) == (("loss", "loss+reg"), ())


def test_terms_of_dW_are_distinguished(convention: AnswerKey) -> None:
    """Twice the labels' part, none of the probabilities', and W where it does not belong."""
    right = solution_with(convention)
    is_transposed = convention.conventions["layout"] == "DxC"

    def solution(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
        loss, dW = right(W, X, y, reg)
        regularization = dW - right(W, X, y, 0.0)[1]
        samples, classes = (X, W.shape[1]) if is_transposed else (X.T, W.shape[0])
        labels = -np.eye(classes)[y].T @ samples / len(y)
        if is_transposed:
            labels = labels.T
        return loss, 2 * labels + 0.25 * W + regularization

    slips = diagnose_alone(convention, solution).slips
    assert {(slip.code, *slip.values.values()) for slip in slips} == {
        ("slip_no_term", "dW", "dW", "probability_term", "0"),
        ("slip_term", "dW", "dW", "label_term", "2"),
        ("slip_input", "dW", "dW", "W", "0.25"),
    }


def test_half_an_answer_is_diagnosed_by_its_half(named_key: AnswerKey) -> None:
    """With a dW of another shape, as the sandbox reports it, the loss is still diagnosed."""
    source = """
import numpy as np

def softmax_loss_naive(W, X, y, reg):
    S = W.dot(X)
    S = S - S.max(axis=0)
    P = np.exp(S) / np.exp(S).sum(axis=0)
    return -np.log(P[y, np.arange(len(y))]).sum() + 0.5 * reg * np.sum(W * W), W[:1]

softmax_loss_vectorized = softmax_loss_naive
"""
    with Sandbox() as sandbox:
        verdict = grade(named_key, submission_of(source), sandbox.open_program)
    naive, vectorized = verdict.diagnosis.values()
    assert (naive.status, naive.causes, naive.own) == ("exact", (("loss_no_N",),), True)
    assert naive.unobserved == ("dW", "dW+reg")
    assert naive.questions == ("naive.loss", "naive.stable")
    assert (vectorized.causes, vectorized.own) == (naive.causes, False)


def test_what_cannot_be_asked_has_no_cause(named_key: AnswerKey) -> None:
    with Sandbox() as sandbox:
        verdict = grade(
            named_key,
            submission_of("def softmax_loss_naive(W, X, y, reg):\n    return None\n"),
            sandbox.open_program,
        )
    assert {(each.status, each.causes, each.unobserved) for each in verdict.diagnosis.values()} == {
        ("none", (), FACTORS)
    }


def test_the_file_of_the_course_as_it_is_handed_out_has_no_cause(named_key: AnswerKey) -> None:
    """Its functions return zeros: they are not written yet, which is not four mistakes at once."""
    body = "(W, X, y, reg):\n    loss = 0.0\n    dW = 0 * W\n    return loss, dW\n"
    with Sandbox() as sandbox:
        verdict = grade(
            named_key,
            submission_of(f"def softmax_loss_naive{body}def softmax_loss_vectorized{body}"),
            sandbox.open_program,
        )
    assert {finding.message.code for finding in verdict.findings if finding.message} == {
        "not_implemented"
    }
    assert {(each.status, each.causes) for each in verdict.diagnosis.values()} == {("none", ())}


def test_a_key_that_names_no_mistakes_diagnoses_nothing(key: AnswerKey) -> None:
    assert diagnose(key, {"softmax_loss_naive": function_with(key, solution_with(key))}, {}) == {}


def test_what_is_zero_but_for_rounding_is_zero(named_key: AnswerKey) -> None:
    """Such is a sum of numbers that cancel out."""

    def rounded(loss: float, dW: Array) -> tuple[Any, Any]:
        return loss, dW + 1e-18 * (1 + np.arange(dW.size)).reshape(dW.shape)

    assert diagnose_alone(
        named_key, solution_with(named_key, "grad_zero", change=rounded)
    ).causes == (("grad_zero",),)


def test_no_numbers_are_not_the_same_as_no_answer(named_key: AnswerKey) -> None:
    """A transposed dW has the shape of W in the square case alone: elsewhere there is no dW.

    One that is nan elsewhere is no transposed dW.
    """
    transposed = solution_with(named_key, "dW_transposed")

    def with_nan(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        loss, dW = transposed(W, X, y, reg)
        return loss, dW if np.shape(dW) == W.shape else W * np.nan

    assert diagnose_alone(named_key, transposed).causes == (("dW_transposed",),)
    assert diagnose_alone(named_key, with_nan).causes == ()


def test_a_function_that_is_not_asked_is_not_diagnosed(named_key: AnswerKey) -> None:
    """A function that returns zeros is not written yet, which is no mistake in it."""
    signatures = named_key.signatures
    assert signatures is not None
    definition = named_key.functions["naive"]
    function = PlainFunction(
        definition,
        {definition.name: lambda W, X, y, reg: (0.0, 0 * W)},
        named_key,
        probe_cases=probe_cases(named_key, definition),
    )
    assert diagnosis_of(named_key, signatures, function, []).causes
    with pytest.raises(SubmissionError, match="not_implemented"):
        function.require_ready()
    diagnosis = diagnosis_of(named_key, signatures, function, [])
    assert diagnosis == Diagnosis("none", unobserved=FACTORS)


def diagnose_both(
    key: AnswerKey, naive: Solution, vectorized: Solution, *findings: Finding
) -> list[Diagnosis]:
    functions = {
        "softmax_loss_naive": function_with(key, naive),
        "softmax_loss_vectorized": function_with(key, vectorized, "vectorized"),
    }
    by_question = {finding.question: finding for finding in findings}
    return list(diagnose(key, functions, by_question).values())


def test_a_cause_is_repeated_only_if_it_is_known(named_key: AnswerKey) -> None:
    def own(naive: Solution, vectorized: Solution) -> list[bool]:
        return [each.own for each in diagnose_both(named_key, naive, vectorized)]

    right = solution_with(named_key)
    wrong = solution_with(named_key, "loss_no_N")
    otherwise_wrong = solution_with(named_key, "log10")
    strange = solution_with(named_key, change=lambda loss, dW: (loss, np.sinh(dW)))
    assert own(wrong, wrong) == [True, False]
    assert own(wrong, otherwise_wrong) == [True, True]
    assert own(strange, strange) == [True, True]
    assert own(right, right) == [True, True]


def test_a_comparison_fails_because_of_the_function_that_is_wrong(named_key: AnswerKey) -> None:
    """If both are wrong, each has its own causes for it."""

    def questions(naive: Solution, vectorized: Solution, finding: Finding) -> list[tuple[str, ...]]:
        diagnoses = diagnose_both(named_key, naive, vectorized, finding)
        return [each.questions for each in diagnoses]

    wrong, right = solution_with(named_key, "loss_no_N"), solution_with(named_key)
    disagree, agree = of_question("vectorized.agrees"), of_question("vectorized.agrees", "passed")
    another = of_question("vectorized.loss")
    assert questions(wrong, right, disagree) == [(), ()]  # which agrees does not charge
    assert questions(right, right, disagree) == [(), ()]
    assert questions(wrong, wrong, disagree) == [(), ("vectorized.agrees",)]
    assert questions(wrong, right, agree) == [(), ()]
    assert questions(wrong, right, another) == [(), ()]


def of_question(id: str, outcome: Outcome = "failed") -> Finding:
    question = next(each for each in KEY.questions if each.id == id)
    points = 0.0 if outcome != "passed" else question.points
    return Finding(id, question.function, question.check, outcome, points, question.points, 0.0)


NAMES = ("loss", "gradient", "reg_loss", "reg_gradient", "slope", "agrees", "faster", "stable")
DECIDED_BY = {  # question of the vectorized function -> the factors that decide it
    "loss": {"loss"},
    "gradient": {"dW"},
    "reg_loss": {"loss+reg"},
    "reg_gradient": {"dW+reg"},
    "slope": {"loss", "dW"},
    "agrees": {"loss", "dW"},
}


def test_the_factors_that_decide_a_question() -> None:
    """They follow from its check and its settings."""
    deciding = deciding_factors(KEY)
    assert set(deciding) == {question.id for question in KEY.questions}
    for question in KEY.questions:
        expected = DECIDED_BY.get(question.id.partition(".")[2], set())
        assert deciding[question.id] == expected, question.id


@pytest.mark.parametrize(
    ("moved", "unknown", "due"),
    [
        ({"loss"}, set(), {"loss", "slope", "agrees"}),
        ({"dW"}, set(), {"gradient", "slope", "agrees"}),
        ({"loss+reg"}, set(), {"reg_loss"}),
        ({"dW+reg"}, set(), {"reg_gradient"}),
        ({"loss"}, {"dW"}, {"loss"}),
        ({"loss"}, {"loss+reg"}, {"loss", "slope", "agrees"}),
        (set(), set(), set()),
    ],
)
def test_which_questions_a_cause_answers_for(
    moved: set[str], unknown: set[str], due: set[str]
) -> None:
    """Failed ones about a factor that it moves and none that is unknown; and all not asked."""
    deciding = deciding_factors(KEY)

    def due_to(outcome: Outcome) -> set[str]:
        findings = [
            of_question(f"vectorized.{name}", outcome) for name in (*NAMES, "changes_inputs")
        ]
        questions = questions_due_to(moved, Unknown(unknown), findings, deciding)
        return {question.partition(".")[2] for question in questions}

    assert due_to("failed") == due
    assert due_to("passed") == set()
    about_moved = {name for name, factors in DECIDED_BY.items() if moved & factors}
    assert due_to("not_run") == about_moved


def test_large_scores_are_never_due_to_what_shows_on_ordinary_ones() -> None:
    """The question is asked of a right loss only.

    If it is not asked, that has the causes of the question that it needs.
    """
    deciding = deciding_factors(KEY)
    failed, loss = of_question("naive.stable"), of_question("naive.loss")
    gradient = of_question("naive.gradient")
    assert questions_due_to({"dW"}, Unknown(), [gradient, failed], deciding) == ("naive.gradient",)
    needs_loss = Message("needs", {"question": loss.question})
    waits = replace(of_question("naive.stable", "not_run"), message=needs_loss)
    assert questions_due_to({"loss"}, Unknown(), [loss, waits], deciding) == (
        loss.question,
        waits.question,
    )
    assert questions_due_to({"dW"}, Unknown(), [loss, waits], deciding) == ()


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_nowhere_a_number_matches_no_mistake(
    named_key: AnswerKey, loss: float
) -> None:
    found = diagnose_alone(
        named_key, solution_with(named_key, "grad_no_N", change=lambda _, dW: (loss, dW))
    )
    assert (found.status, found.causes, found.unobserved) == (
        "exact",
        (("grad_no_N",),),
        ("loss", "loss+reg"),
    )
    everywhere = diagnose_alone(
        named_key, solution_with(named_key, change=lambda _, dW: (loss, np.full_like(dW, loss)))
    )
    assert (everywhere.status, everywhere.unobserved) == ("none", FACTORS)


def test_what_was_not_observed_is_not_right(named_key: AnswerKey) -> None:
    """A vectorized version that only raises does not fail because the loops are wrong."""

    def raises(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        raise NameError("name 'w' is not defined")

    wrong = solution_with(named_key, "loss_no_N")
    diagnoses = diagnose_both(named_key, wrong, raises, of_question("vectorized.agrees"))
    assert [each.questions for each in diagnoses] == [(), ()]


@pytest.mark.parametrize(
    ("causes", "unexplained", "status"),
    [
        ((), (), "none"),
        ((("a", "b"),), (), "exact"),
        ((("a",), ("b",)), (), "tie"),
        ((("a",), ("b",)), ("loss+reg",), "partial"),
        ((), ("loss+reg",), "unknown"),
    ],
)
def test_the_status(
    causes: tuple[tuple[str, ...], ...], unexplained: tuple[str, ...], status: str
) -> None:
    assert status_of(causes, unexplained) == status


# --- the search -----------------------------------------------------------------------------------

RIGHT, A, B, AB = NO_MISTAKE, frozenset("a"), frozenset("b"), frozenset("ab")
LOSS, GRADIENT = frozenset({"loss"}), frozenset({"dW"})
BOTH = LOSS | GRADIENT


def test_factors_that_no_mistake_connects_are_explained_apart() -> None:
    """Five mistakes in two groups. A mistake that moves a factor that it does not match connects
    nothing."""
    first, second = frozenset("abc"), frozenset("de")
    moves = dict.fromkeys("abc", LOSS) | dict.fromkeys("de", GRADIENT) | {"f": BOTH}
    found = explain({"loss": [first, frozenset("f")], "dW": [second]}, moves)
    assert found.causes == (first | second,)
    assert (found.unexplained, found.given_up) == ((), ())


def test_a_factor_that_is_given_up_is_told_from_one_that_nothing_matches() -> None:
    five = frozenset("abcde")
    moves = dict.fromkeys("abcde", LOSS)
    found = explain({"loss": [five], "dW": [], "loss+reg": [RIGHT]}, moves)
    assert (found.causes, found.unexplained, found.given_up) == (
        (RIGHT,),
        ("loss", "dW"),
        ("loss",),
    )


@pytest.mark.parametrize(
    ("matches", "moves", "causes", "unexplained"),
    [
        (([RIGHT], [RIGHT]), (LOSS, GRADIENT), [RIGHT], ""),
        (([A], [RIGHT]), (LOSS, GRADIENT), [A], ""),
        (([A], [B]), (LOSS, GRADIENT), [AB], ""),
        (([A, B], [RIGHT]), (LOSS, LOSS), [A, B], ""),  # a tie
        # One that explains both factors comes before two that share them.
        (([A, B], [B]), (LOSS, BOTH), [B], ""),
        (([A], [RIGHT]), (BOTH, frozenset()), [], "loss"),  # it would move what is right
        (([AB], [A]), (BOTH, LOSS), [AB], ""),
        (([A], []), (LOSS, GRADIENT), [A], "dW"),  # nothing matches the other factor
        # Nothing matches the other factor, and A would move it.
        (([A], []), (BOTH, GRADIENT), [], "loss dW"),
        (([A], None), (BOTH, GRADIENT), [A], ""),  # the other factor was not observed
        (([A, B], None), (BOTH, LOSS), [B], ""),  # nothing is known of it: A says more than that
    ],
)
def test_the_smallest_set_that_explains_all(
    matches: tuple[list[frozenset[str]], list[frozenset[str]] | None],
    moves: tuple[frozenset[str], frozenset[str]],
    causes: list[frozenset[str]],
    unexplained: str,
) -> None:
    """matches: of the loss and of dW; moves: of the mistakes a and b."""
    by_factor = {
        name: sets for name, sets in zip(("loss", "dW"), matches, strict=True) if sets is not None
    }
    explanation = explain(by_factor, dict(zip("ab", moves, strict=True)))
    # That nothing is wrong is an explanation of no factor.
    found = [cause for cause in explanation.causes if cause or causes == [RIGHT]]
    assert found == causes
    assert explanation.unexplained == tuple(unexplained.split())
