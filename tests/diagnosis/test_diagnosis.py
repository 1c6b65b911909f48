"""Naming the bug: every known mistake by itself is named, in every convention; what is not known is never given a name."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import SHIPPED, read_assignment
from grader.checks.function_under_test import first_look, plain
from grader.diagnosis.diagnose import (
    ABOUT,
    diagnose,
    diagnosis_of,
    explain,
    questions_due_to,
    status_of,
)
from grader.diagnosis.scaling import SIZES, Sizes, named, sizes_of, term_slips
from grader.diagnosis.stages import run
from grader.grading import grade
from grader.model import FACTORS, AnswerKey, Array, Message, SubmissionError
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, Finding, Outcome
from tests.support.grading import make_key, submission_of
from tests.support.verdicts import KEY, make_finding

CONVENTIONS = [("CxD", 0.5), ("CxD", 1.0), ("DxC", 0.5), ("DxC", 1.0)]
SOFTMAX = read_assignment(SHIPPED / "softmax")
STAGES = load_stages(SOFTMAX)
MISTAKES = load_misconceptions(SOFTMAX, STAGES)
Solve = Callable[[Array, Array, Array, float], tuple[Any, Any]]


@pytest.fixture(
    scope="module", params=CONVENTIONS, ids=[f"{layout}-{factor}" for layout, factor in CONVENTIONS]
)
def convention(request: pytest.FixtureRequest) -> AnswerKey:
    layout, factor = request.param
    return make_key(f"layout={layout}", f"regularization={factor}", named=True)


@pytest.fixture(scope="module")
def named_key() -> AnswerKey:
    return make_key(named=True)


def written(
    key: AnswerKey,
    *mistakes: str,
    change: Callable[[float, Array], tuple[Any, Any]] = lambda loss, dW: (loss, dW),
) -> Solve:
    """The stages as a student's function, with mistakes in them, in the key's layout. change: of what it returns, in the stages' layout."""
    stages = {**STAGES}
    for name in mistakes:
        stages |= MISTAKES[name]
    turned = key.conventions["layout"] == "DxC"

    def solve(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        given = {"W": W.T if turned else W, "X": X.T if turned else X, "y": y, "reg": reg}
        made = run(stages, given | {"regularization": float(key.conventions["regularization"])})
        if None in [type(value) if value is not None else None for value in made.values()]:
            raise ValueError("shapes do not fit")
        loss, dW = change(
            made["data_loss"] + made["reg_loss"], made["data_gradient"] + made["reg_gradient"]
        )
        return loss, dW.T if turned else dW

    return solve


def told(key: AnswerKey, solve: Solve) -> Diagnosis:
    assert key.signatures is not None
    return diagnosis_of(key, key.signatures, plain(solve), [])


def test_every_known_mistake_is_named(convention: AnswerKey) -> None:
    """Alone, as the stages make it: by its own name, and no other."""
    signatures = convention.signatures
    assert signatures is not None
    assert len(signatures.names) >= 220
    wrong = {name: told(convention, written(convention, name)).causes for name in signatures.names}
    assert {name: causes for name, causes in wrong.items() if causes != ((name,),)} == {}


def test_what_is_right_is_given_no_name(convention: AnswerKey) -> None:
    assert told(convention, written(convention)) == Diagnosis("none")
    as_float32 = written(
        convention, change=lambda loss, dW: (np.float32(loss), dW.astype(np.float32).astype(float))
    )
    assert told(convention, as_float32) == Diagnosis("none")


def test_float16_is_no_mistake_of_the_formulas(convention: AnswerKey) -> None:
    """Nor is it excused where a formula is wrong as well: then the rest is unknown, and no name is given to what is only near."""

    def rounded(loss: float, dW: Array) -> tuple[Any, Any]:
        return np.float16(loss), dW.astype(np.float16)

    assert told(convention, written(convention, change=rounded)) == Diagnosis("none")
    for name in ("p_base2", "grad_no_N"):
        diagnosis = told(convention, written(convention, name, change=rounded))
        assert (diagnosis.status, diagnosis.causes) == ("unknown", ()), name
    assert told(convention, written(convention, "rg_missing", change=rounded)).causes == (
        ("rg_missing",),
    )  # what is 0 has all digits


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
    diagnosis = told(named_key, written(named_key, *mistakes))
    assert diagnosis.status == "exact"
    assert set(diagnosis.causes[0]) == set(mistakes)


def test_what_nothing_explains_is_unknown_and_the_rest_is_named(named_key: AnswerKey) -> None:
    strange = written(
        named_key,
        "rl_missing",
        change=lambda loss, dW: (loss, dW * (1 + 0.01 * np.arange(dW.size).reshape(dW.shape))),
    )
    diagnosis = told(named_key, strange)
    assert (diagnosis.status, diagnosis.causes) == ("partial", (("rl_missing",),))
    assert set(diagnosis.unexplained) == {"data_gradient", "reg_gradient"}


def test_a_mistake_that_moves_what_nothing_explains_is_not_named(named_key: AnswerKey) -> None:
    """Wrong probabilities would explain the loss, but not this dW: so they are not what is wrong, or not alone."""
    diagnosis = told(
        named_key, written(named_key, "p_base2", change=lambda loss, dW: (loss, np.sinh(dW)))
    )
    assert diagnosis.status == "unknown"
    assert diagnosis.causes == ()
    assert {"data_loss", "data_gradient"} <= set(diagnosis.unexplained)


@pytest.mark.parametrize(
    ("change", "code", "values"),
    [
        (lambda loss, dW: (7.3 * loss, dW), "slip_times", {"factor": "data_loss", "times": "7.3"}),
        (lambda loss, dW: (-11 * loss, dW), "slip_times", {"factor": "data_loss", "times": "-11"}),
    ],
)
def test_what_can_be_said_in_numbers_is_said(
    named_key: AnswerKey,
    change: Callable[[float, Array], tuple[Any, Any]],
    code: str,
    values: dict[str, str],
) -> None:
    slips = told(named_key, written(named_key, change=change)).slips
    assert (slips[0].code, slips[0].values) == (code, values)


def test_what_would_be_told_as_once_is_not_told(named_key: AnswerKey) -> None:
    """1.00001 times what it should be is wrong, and reads as 1."""
    diagnosis = told(named_key, written(named_key, change=lambda loss, dW: (1.00001 * loss, dW)))
    assert (diagnosis.unexplained, diagnosis.slips) == (("data_loss", "reg_loss"), ())


def test_terms_of_dW_are_told_apart(convention: AnswerKey) -> None:
    """Twice the labels' part, none of the probabilities', and W where it does not belong."""
    assert convention.signatures is not None
    turned = convention.conventions["layout"] == "DxC"

    def solve(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
        loss, dW = written(convention)(W, X, y, reg)
        samples, classes = (X, W.shape[1]) if turned else (X.T, W.shape[0])
        one_hot = np.eye(classes)[y]
        labels = -one_hot.T @ samples / len(y)
        right, _ = written(convention)(W, X, y, 0.0)[1], loss
        regularized = dW - right
        return loss, (2 * labels.T if turned else 2 * labels) + 0.25 * W + regularized

    slips = {(slip.code, *slip.values.values()) for slip in told(convention, solve).slips}
    of = "data_gradient"
    assert slips == {
        ("slip_no_term", of, "probability_term", "0"),
        ("slip_term", of, "label_term", "2"),
        ("slip_weights", of, "0.25"),
    }


def test_half_an_answer_is_diagnosed_by_its_half(named_key: AnswerKey) -> None:
    """A dW of another shape, as the sandbox tells it: the loss is looked at all the same."""
    source = (
        "import numpy as np\ndef softmax_loss_naive(W, X, y, reg):\n    S = W.dot(X); S = S - S.max(axis=0); n = np.arange(len(y))\n"
        "    P = np.exp(S) / np.exp(S).sum(axis=0)\n    return -np.log(P[y, n]).sum() + 0.5 * reg * np.sum(W * W), W[:1]\n"
        "softmax_loss_vectorized = softmax_loss_naive\n"
    )
    with Sandbox() as sandbox:
        verdict = grade(named_key, submission_of(source), sandbox.open_program)
    naive, vectorized = verdict.diagnosis.values()
    assert (naive.status, naive.causes, naive.own) == ("exact", (("loss_no_N",),), True)
    assert naive.unobserved == ("data_gradient", "reg_gradient")
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
    """Its functions return zeros: they are not written yet, and no four mistakes together."""
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
    assert diagnose(key, {"softmax_loss_naive": plain(written(key))}, {}) == {}


def test_what_is_zero_but_for_rounding_is_zero(named_key: AnswerKey) -> None:
    """As a sum of numbers that cancel out is."""

    def rounded(loss: float, dW: Array) -> tuple[Any, Any]:
        return loss, dW + 1e-18 * (1 + np.arange(dW.size)).reshape(dW.shape)

    assert told(named_key, written(named_key, "grad_zero", change=rounded)).causes == (
        ("grad_zero",),
    )


def test_no_numbers_are_another_thing_than_no_answer(named_key: AnswerKey) -> None:
    """A dW on its side fits W in a square alone: elsewhere there is none. One that is nan elsewhere is no such dW."""
    on_its_side = written(named_key, "dW_transposed")

    def with_nan(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        loss, dW = on_its_side(W, X, y, reg)
        return loss, dW if np.shape(dW) == W.shape else W * np.nan

    assert told(named_key, on_its_side).causes == (("dW_transposed",),)
    assert told(named_key, with_nan).causes == ()


def test_a_function_that_is_not_asked_is_not_diagnosed(named_key: AnswerKey) -> None:
    """What returns zeros is not written yet, which is no mistake in it."""
    assert named_key.signatures is not None
    bench = plain(lambda W, X, y, reg: (0.0, 0 * W), look=first_look(named_key))
    assert diagnosis_of(named_key, named_key.signatures, bench, []).causes
    with pytest.raises(SubmissionError, match="not_implemented"):
        bench.ready()
    assert diagnosis_of(named_key, named_key.signatures, bench, []) == Diagnosis(
        "none", unobserved=FACTORS
    )


def both(key: AnswerKey, naive: Solve, vectorized: Solve, *findings: Finding) -> list[Diagnosis]:
    benches = {"softmax_loss_naive": plain(naive), "softmax_loss_vectorized": plain(vectorized)}
    return list(
        diagnose(key, benches, {finding.question: finding for finding in findings}).values()
    )


def test_a_cause_is_anothers_only_if_it_is_known(named_key: AnswerKey) -> None:
    wrong, strange = (
        written(named_key, "loss_no_N"),
        written(named_key, change=lambda loss, dW: (loss, np.sinh(dW))),
    )
    assert [each.own for each in both(named_key, wrong, wrong)] == [True, False]
    assert [each.own for each in both(named_key, wrong, written(named_key, "log10"))] == [
        True,
        True,
    ]
    assert [each.own for each in both(named_key, strange, strange)] == [True, True]
    assert [each.own for each in both(named_key, written(named_key), written(named_key))] == [
        True,
        True,
    ]


def test_who_is_right_is_told_of_the_other(named_key: AnswerKey) -> None:
    """A question that compares both fails for the one that is wrong; where both are, each has it from its own causes."""
    wrong, right = written(named_key, "loss_no_N"), written(named_key)
    compared = of_check("agrees")
    assert [each.questions for each in both(named_key, wrong, right, compared)] == [
        ("vectorized.agrees",),
        (),
    ]
    assert [each.questions for each in both(named_key, right, right, compared)] == [(), ()]
    assert [each.questions for each in both(named_key, wrong, wrong, compared)] == [
        (),
        ("vectorized.agrees",),
    ]
    assert [
        each.questions for each in both(named_key, wrong, right, of_check("agrees", "passed"))
    ] == [(), ()]
    assert [
        each.questions
        for each in both(named_key, wrong, right, of_check("loss", short="vectorized"))
    ] == [(), ()]


def of_check(check: str, outcome: Outcome = "failed", short: str = "") -> Finding:
    numbers = {
        number: question
        for number, question in enumerate(KEY.questions)
        if question.id.startswith(short)
    }
    return make_finding(
        outcome,
        number=next(number for number, question in numbers.items() if question.check == check),
    )


@pytest.mark.parametrize(
    ("moved", "dark", "due"),
    [
        ({"data_loss"}, set(), {"loss", "slope", "agrees"}),
        ({"data_gradient"}, set(), {"gradient", "slope", "agrees"}),
        ({"reg_loss"}, set(), {"reg_loss", "agrees"}),
        ({"reg_gradient"}, set(), {"reg_gradient", "agrees"}),
        ({"data_loss"}, {"data_gradient"}, {"loss"}),
        ({"data_loss"}, {"reg_loss"}, {"loss", "slope"}),
        (set(), set(), set()),
    ],
)
def test_which_questions_a_cause_answers_for(
    moved: set[str], dark: set[str], due: set[str]
) -> None:
    """Failed ones about a factor that it moves, and about none that is dark; and all that was not asked about one."""
    checks = [*ABOUT, "changes_inputs"]
    assert {
        checks_by_id(each)
        for each in questions_due_to(moved, dark, [of_check(check) for check in checks])
    } == due
    assert questions_due_to(moved, dark, [of_check(check, "passed") for check in checks]) == ()
    not_asked = questions_due_to(moved, dark, [of_check(check, "not_run") for check in checks])
    assert {checks_by_id(each) for each in not_asked} == {
        check for check in ABOUT if moved & ABOUT[check]
    }


def test_large_scores_are_never_due_to_what_shows_on_ordinary_ones() -> None:
    """The question is asked of a right loss only. Not asked, it waits for what it needs: that it shares with this."""
    failed, loss = of_check("stable"), of_check("loss")
    assert questions_due_to({"data_gradient"}, set(), [of_check("gradient"), failed]) == (
        "naive.gradient",
    )
    waits = replace(
        of_check("stable", "not_run"), message=Message("needs", {"question": loss.question})
    )
    assert questions_due_to({"data_loss"}, set(), [loss, waits]) == (loss.question, waits.question)
    assert questions_due_to({"data_gradient"}, set(), [loss, waits]) == ()


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_nowhere_a_number_is_like_no_mistake(
    named_key: AnswerKey, loss: float
) -> None:
    found = told(named_key, written(named_key, "grad_no_N", change=lambda _, dW: (loss, dW)))
    assert (found.status, found.causes, found.unobserved) == (
        "exact",
        (("grad_no_N",),),
        ("data_loss", "reg_loss"),
    )
    everywhere = told(
        named_key, written(named_key, change=lambda _, dW: (loss, np.full_like(dW, loss)))
    )
    assert (everywhere.status, everywhere.unobserved) == ("none", FACTORS)


def test_what_was_never_seen_is_not_right(named_key: AnswerKey) -> None:
    """A vectorized version that only raises does not fail because the loops are wrong."""

    def raises(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        raise NameError("name 'w' is not defined")

    compared = of_check("agrees")
    assert [
        each.questions
        for each in both(named_key, written(named_key, "loss_no_N"), raises, compared)
    ] == [(), ()]


def checks_by_id(question: str) -> str:
    return next(each.check for each in KEY.questions if each.id == question)


@pytest.mark.parametrize(
    ("causes", "unexplained", "status"),
    [
        ((), (), "none"),
        ((("a", "b"),), (), "exact"),
        ((("a",), ("b",)), (), "tie"),
        ((("a",), ("b",)), ("reg_loss",), "partial"),
        ((), ("reg_loss",), "unknown"),
    ],
)
def test_the_status(
    causes: tuple[tuple[str, ...], ...], unexplained: tuple[str, ...], status: str
) -> None:
    assert status_of(causes, unexplained) == status


# --- what is said in numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_a_size_is_known_by_its_number_in_every_case(size: str) -> None:
    sizes = [Sizes(7, 5, 3), Sizes(4, 3, 6), Sizes(5, 5, 5)]
    ratios = [SIZES[size](each) for each in sizes]
    assert named(ratios, sizes) == size
    assert named([-ratio for ratio in ratios], sizes) == f"-{size}"
    assert named([ratios[0], ratios[1], ratios[2] * 1.001], sizes) is None
    assert named([ratios[0]] * 3, sizes) == f"{ratios[0]:.4g}"


@pytest.mark.parametrize("layout", ["CxD", "DxC"])
def test_the_sizes_of_a_case(layout: str) -> None:
    assert sizes_of(make_key(f"layout={layout}").cases["small"], layout) == Sizes(7, 5, 3)


def test_terms_are_told_only_where_they_are_all_that_there_is(named_key: AnswerKey) -> None:
    """dW from three times the labels' part, and then with something beside it that no factor could explain."""
    assert named_key.signatures is not None
    terms, cases = (
        named_key.signatures.terms,
        [named_key.cases[name] for name in named_key.signatures.cases],
    )
    sizes = [sizes_of(case, "CxD") for case in cases]
    gradients = [
        terms[case.name]["probability_term"] + 3 * terms[case.name]["label_term"] for case in cases
    ]
    (slip,) = term_slips(named_key.signatures, gradients, cases, sizes)
    assert slip == Message(
        "slip_term", {"factor": "data_gradient", "term": "label_term", "times": "3"}
    )
    beside = []
    for case, gradient in zip(cases, gradients, strict=True):
        columns = np.array(
            [*(array.ravel() for array in terms[case.name].values()), case.W.ravel()]
        ).T
        drawn = np.random.default_rng(5).standard_normal(gradient.size)
        rest = drawn - columns @ np.linalg.lstsq(columns, drawn, rcond=None)[0]
        beside.append(gradient + 0.01 * rest.reshape(gradient.shape))
    assert list(term_slips(named_key.signatures, beside, cases, sizes)) == []


# --- the search -------------------------------------------------------------------------------------------------------------------

RIGHT, A, B, AB = frozenset[int](), frozenset({0}), frozenset({1}), frozenset({0, 1})


@pytest.mark.parametrize(
    ("fitting", "moves", "causes", "unexplained"),
    [
        (((RIGHT,), (RIGHT,)), (1, 2), (RIGHT,), ()),
        (((A,), (RIGHT,)), (1, 2), (A,), ()),
        (((A,), (B,)), (1, 2), (AB,), ()),
        (((A, B), (RIGHT,)), (1, 1), (A, B), ()),  # a tie
        (
            ((A, B), (B,)),
            (1, 3),
            (B,),
            (),
        ),  # one that explains both factors before two that share them
        (((A,), (RIGHT,)), (3, 0), (), (0,)),  # it would move what is right
        (((AB,), (A,)), (3, 1), (AB,), ()),
        (((A,), ()), (1, 2), (A,), (1,)),  # nothing fits the other factor
        (
            ((A,), ()),
            (3, 2),
            (),
            (0, 1),
        ),  # nothing fits the other factor, and this one would move it
        (((A,), None), (3, 2), (A,), ()),  # the other factor was not seen: no evidence
    ],
)
def test_the_smallest_set_that_explains_all(
    fitting: tuple[Any, ...],
    moves: tuple[int, ...],
    causes: tuple[frozenset[int], ...],
    unexplained: tuple[int, ...],
) -> None:
    explained = explain(fitting, moves)
    assert tuple(cause for cause in explained.causes if cause or causes == (RIGHT,)) == causes
    assert explained.unexplained == unexplained
