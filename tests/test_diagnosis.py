"""Naming the bug: every known mistake by itself is named, in every convention; what is not known is never given a name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.assignment import SHIPPED, read_assignment
from grader.assignment_files import load_misconceptions, load_stages
from grader.bench import plain
from grader.diagnosis import diagnose, diagnosis_of, explain
from grader.grading import grade
from grader.model import FACTORS, AnswerKey, Array
from grader.sandbox.sandbox import Sandbox
from grader.stages import run
from grader.verdict import Diagnosis
from tests.conftest import make_key, submission_of

CONVENTIONS = [("CxD", 0.5), ("CxD", 1.0), ("DxC", 0.5), ("DxC", 1.0)]
SOFTMAX = read_assignment(SHIPPED / "softmax")
STAGES = load_stages(SOFTMAX)
MISTAKES = load_misconceptions(SOFTMAX, STAGES)
Solve = Callable[[Array, Array, Array, float], tuple[Any, Any]]


@pytest.fixture(scope="module", params=CONVENTIONS, ids=[f"{layout}-{factor}" for layout, factor in CONVENTIONS])
def convention(request: pytest.FixtureRequest) -> AnswerKey:
    layout, factor = request.param
    return make_key(f"layout={layout}", f"regularization={factor}", named=True)


@pytest.fixture(scope="module")
def named_key() -> AnswerKey:
    return make_key(named=True)


def written(key: AnswerKey, *mistakes: str, change: Callable[[float, Array], tuple[Any, Any]] = lambda loss, dW: (loss, dW)) -> Solve:
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
        loss, dW = change(made["data_loss"] + made["reg_loss"], made["data_gradient"] + made["reg_gradient"])
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
    as_float32 = written(convention, change=lambda loss, dW: (np.float32(loss), dW.astype(np.float32).astype(float)))
    assert told(convention, as_float32) == Diagnosis("none")


def test_float16_is_no_mistake_of_the_formulas(convention: AnswerKey) -> None:
    """Nor is it excused where a formula is wrong as well: then the rest is unknown, and no name is given to what is only near."""

    def rounded(loss: float, dW: Array) -> tuple[Any, Any]:
        return np.float16(loss), dW.astype(np.float16)

    assert told(convention, written(convention, change=rounded)) == Diagnosis("none")
    for name in ("p_base2", "grad_no_N"):
        diagnosis = told(convention, written(convention, name, change=rounded))
        assert (diagnosis.status, diagnosis.causes) == ("unknown", ()), name
    assert told(convention, written(convention, "rg_missing", change=rounded)).causes == (("rg_missing",),)  # what is 0 has all digits


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
    strange = written(named_key, "rl_missing", change=lambda loss, dW: (loss, dW * (1 + 0.01 * np.arange(dW.size).reshape(dW.shape))))
    diagnosis = told(named_key, strange)
    assert (diagnosis.status, diagnosis.causes) == ("partial", (("rl_missing",),))
    assert set(diagnosis.unexplained) == {"data_gradient", "reg_gradient"}


def test_a_mistake_that_moves_what_nothing_explains_is_not_named(named_key: AnswerKey) -> None:
    """Wrong probabilities would explain the loss, but not this dW: so they are not what is wrong, or not alone."""
    diagnosis = told(named_key, written(named_key, "p_base2", change=lambda loss, dW: (loss, np.sinh(dW))))
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
    named_key: AnswerKey, change: Callable[[float, Array], tuple[Any, Any]], code: str, values: dict[str, str]
) -> None:
    slips = told(named_key, written(named_key, change=change)).slips
    assert (slips[0].code, slips[0].values) == (code, values)


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
    assert slips == {("slip_no_term", "probability_term", "0"), ("slip_term", "label_term", "2"), ("slip_weights", "0.25")}


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
        verdict = grade(named_key, submission_of("def softmax_loss_naive(W, X, y, reg):\n    return None\n"), sandbox.open_program)
    assert {(each.status, each.causes, each.unobserved) for each in verdict.diagnosis.values()} == {("none", (), FACTORS)}


def test_a_key_that_names_no_mistakes_diagnoses_nothing(key: AnswerKey) -> None:
    assert diagnose(key, {"softmax_loss_naive": plain(written(key))}, {}) == {}


# --- the search -------------------------------------------------------------------------------------------------------------------

RIGHT, A, B, AB = frozenset[int](), frozenset({0}), frozenset({1}), frozenset({0, 1})


@pytest.mark.parametrize(
    ("fitting", "moves", "causes", "unexplained"),
    [
        (((RIGHT,), (RIGHT,)), (1, 2), (RIGHT,), ()),
        (((A,), (RIGHT,)), (1, 2), (A,), ()),
        (((A,), (B,)), (1, 2), (AB,), ()),
        (((A, B), (RIGHT,)), (1, 1), (A, B), ()),  # a tie
        (((A, B), (B,)), (1, 3), (B,), ()),  # one that explains both factors before two that share them
        (((A,), (RIGHT,)), (3, 0), (), (0,)),  # it would move what is right
        (((AB,), (A,)), (3, 1), (AB,), ()),
        (((A,), ()), (1, 2), (A,), (1,)),  # nothing fits the other factor
        (((A,), ()), (3, 2), (), (0, 1)),  # nothing fits the other factor, and this one would move it
        (((A,), None), (3, 2), (A,), ()),  # the other factor was not seen: no evidence
    ],
)
def test_the_smallest_set_that_explains_all(
    fitting: tuple[Any, ...], moves: tuple[int, ...], causes: tuple[frozenset[int], ...], unexplained: tuple[int, ...]
) -> None:
    explained = explain(fitting, moves)
    assert tuple(cause for cause in explained.causes if cause or causes == (RIGHT,)) == causes
    assert explained.unexplained == unexplained
