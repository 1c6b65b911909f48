"""The softmax assignment's inputs, and the key's answers to them against mpmath and scipy."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import mpmath
import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from grader.assignment.cases import CaseSource
from grader.assignment.course_files import load_module
from grader.assignment.find_assignment import SHIPPED, find_assignment
from grader.assignment.settings import read_assignment
from grader.model import AnswerKey, Array, Case
from tests.support.grading import SEED, make_key

TRUE_LOSSES = {
    "A": 1.28872599200033,
    "B": 1.87830909060628,
    "C": 1.90760596444438,
    "J": 1.09861228866811,
    "K": 0.656630843759111,
}
TRUE_LOSSES |= {"E": 801.313261687518, "F": 41.3132616875182, "G": 20.313261689025, "I": 50000}
SMALL = ("small", "wide", "square")
VALUES = (*SMALL, "larger")
CONVENTIONS = [(layout, factor) for layout in ("CxD", "DxC") for factor in (0.5, 1.0)]
SEEDS = range(20, 60)
PUBLIC = 231  # the seed in assignment.toml


@pytest.fixture(scope="module", params=CONVENTIONS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def convention(request: pytest.FixtureRequest) -> tuple[AnswerKey, str, float]:
    layout, factor = request.param
    return make_key(f"layout={layout}", f"regularization={factor}"), layout, factor


class Inputs(NamedTuple):
    W: Array
    X: Array
    y: Array
    reg: float


Draws: TypeAlias = dict[int, dict[str, Inputs]]  # seed -> the cases by name


def inputs_of(case: Case) -> Inputs:
    return inputs_from(case.inputs)


def inputs_from(values: Mapping[str, Any]) -> Inputs:
    W, X, y, reg = (values[name] for name in Inputs._fields)
    return Inputs(W, X, y, float(reg))


@pytest.fixture(scope="module")
def draws() -> Draws:
    """The cases of many seeds: what a case promises must not depend on one of them."""
    source = CaseSource(read_assignment(find_assignment("softmax")))
    drawn = {seed: source.draw(np.random.default_rng(seed)) for seed in SEEDS}
    return {
        seed: {name: inputs_from(values) for name, values in cases.items()}
        for seed, cases in drawn.items()
    }


def exact_answer(case: Inputs) -> tuple[Any, Any]:
    """Loss and dW without regularization to 60 digits, by sums over samples and classes.

    W: C x D, X: D x N.
    """
    with mpmath.workdps(60):
        (C, D), N = case.W.shape, case.X.shape[1]
        loss, gradient = mpmath.mpf(0), mpmath.zeros(C, D)
        for i in range(N):
            scores = [
                mpmath.fsum(mpmath.mpf(case.W[k, d]) * mpmath.mpf(case.X[d, i]) for d in range(D))
                for k in range(C)
            ]
            total = mpmath.fsum(mpmath.exp(score) for score in scores)
            loss += (mpmath.log(total) - scores[case.y[i]]) / N
            for k in range(C):
                slope = mpmath.exp(scores[k]) / total - (1 if k == case.y[i] else 0)
                for d in range(D):
                    gradient[k, d] += slope * mpmath.mpf(case.X[d, i]) / N
        return loss, gradient


def scipy_answer(case: Inputs, layout: str, factor: float) -> tuple[float, Array]:
    samples, rows = np.arange(len(case.y)), 0 if layout == "CxD" else 1
    scores = case.W @ case.X if layout == "CxD" else case.X @ case.W
    right = (case.y, samples) if layout == "CxD" else (samples, case.y)
    loss = np.mean(logsumexp(scores, axis=rows) - scores[right]) + factor * case.reg * np.sum(
        case.W**2
    )
    slopes = softmax(scores, axis=rows)
    slopes[right] -= 1
    gradient = slopes @ case.X.T if layout == "CxD" else case.X.T @ slopes
    return float(loss), gradient / len(case.y) + 2 * factor * case.reg * case.W


@pytest.mark.parametrize("name", TRUE_LOSSES)
def test_the_table_of_stress_scores_has_its_published_losses(name: str) -> None:
    module = load_module(SHIPPED / "softmax/cases.py")
    scores, labels = (module.STRESS | module.APART)[name]
    W = np.array(scores, float).T
    loss, _ = exact_answer(Inputs(W, np.eye(W.shape[1]), np.array(labels), 0.0))
    assert float(loss) == pytest.approx(TRUE_LOSSES[name], rel=1e-14)


@pytest.mark.parametrize("name", TRUE_LOSSES)
def test_stress_cases_have_their_true_answers(key: AnswerKey, name: str) -> None:
    """Near the published ones, and others in every key."""
    loss, gradient = exact_answer(inputs_of(key.cases[name]))
    assert float(loss) == pytest.approx(TRUE_LOSSES[name], abs=1.0)
    assert key.expected[name]["loss"] == pytest.approx(float(loss), rel=1e-14)
    np.testing.assert_allclose(
        key.expected[name]["dW"], np.array(gradient.tolist(), float), rtol=1e-13, atol=1e-16
    )


@pytest.mark.parametrize("name", VALUES)
def test_small_cases_have_their_exact_answers(key: AnswerKey, name: str) -> None:
    loss, gradient = exact_answer(inputs_of(key.cases[name]))
    assert key.expected[name]["loss"] == pytest.approx(float(loss), rel=1e-14)
    np.testing.assert_allclose(
        key.expected[name]["dW"], np.array(gradient.tolist(), float), rtol=1e-12, atol=1e-15
    )


def test_expected_answers_agree_with_scipy(convention: tuple[AnswerKey, str, float]) -> None:
    key, layout, factor = convention
    for name, case in key.cases.items():
        loss, gradient = scipy_answer(inputs_of(case), layout, factor)
        assert key.expected[name]["loss"] == pytest.approx(loss, rel=1e-12), name
        np.testing.assert_allclose(
            key.expected[name]["dW"], gradient, rtol=1e-10, atol=1e-14, err_msg=name
        )


@pytest.mark.parametrize("factor", [0.5, 1.0])
@pytest.mark.parametrize("seed", [SEED, PUBLIC])
def test_regularization_is_a_visible_part_of_dw(factor: float, seed: int) -> None:
    """||d(reg term)|| / ||dW|| is 0.1 to 1: less would drown, and more would hide the rest."""
    key = make_key(f"regularization={factor}", seed=seed)
    for name in SMALL:
        case, dW = inputs_of(key.cases[name + "_reg"]), key.expected[name + "_reg"]["dW"]
        part = 2 * factor * case.reg * np.linalg.norm(case.W) / np.linalg.norm(dW)
        assert 0.1 <= part <= 1, (name, part)


def test_scores_further_apart_than_an_exponential_reaches(draws: Draws) -> None:
    """A shift by the mean or the least overflows. After a right one, no probability is 0."""
    for cases in draws.values():
        case = cases["K"]
        scores = case.W @ case.X
        peaks = scores.max(axis=0)
        assert (peaks - scores.mean(axis=0)).max() > 710
        assert (peaks - scores.min(axis=0)).min() > 710
        assert np.exp(scores - peaks).min() > 0
        assert np.exp(scores[case.y, [0, 1]] - peaks).min() > 0.1


def test_the_larger_case_is_longer_in_every_axis(key: AnswerKey) -> None:
    small = [inputs_of(key.cases[name]) for name in SMALL]
    larger = inputs_of(key.cases["larger"])
    for case in small:
        assert all(a > b for a, b in zip(larger.W.shape, case.W.shape, strict=True))
        assert larger.X.shape[1] > 3 * case.X.shape[1]


def test_twins_differ_in_reg_only(key: AnswerKey) -> None:
    for name in SMALL:
        case, twin = inputs_of(key.cases[name]), inputs_of(key.cases[name + "_reg"])
        assert case.reg == 0
        assert twin.reg not in (0, 0.5, 1, 2)
        assert twin.reg == float(key.cases["small_reg"].inputs["reg"])  # one for all cases of a key
        for array, other in ((case.W, twin.W), (case.X, twin.X), (case.y, twin.y)):
            np.testing.assert_array_equal(array, other)


def test_sizes_are_all_different(key: AnswerKey) -> None:
    """Divisions by N, by D and by C give different numbers.

    In stress cases X is the identity, and so N = D.
    """
    for name, case in key.cases.items():
        W, _, y, _ = inputs_of(case)
        sizes = (len(y), *W.shape)
        if name.startswith("square"):
            assert len(set(sizes)) == 1
        elif name not in TRUE_LOSSES and not name.startswith("one_"):
            assert len(set(sizes)) == 3, (name, sizes)


def test_the_top_class_is_always_a_label(draws: Draws) -> None:
    for seed, cases in draws.items():
        for name, case in cases.items():
            assert case.y.max() == case.W.shape[0] - 1, (seed, name)
            assert case.y.min() >= 0, (seed, name)


def test_every_class_is_a_label_if_there_are_enough_samples(draws: Draws) -> None:
    """As `draw` in cases.py promises. (Stress cases have two samples and three classes.)"""
    missing = {
        (seed, name): sorted(set(range(case.W.shape[0])) - set(case.y.tolist()))
        for seed, cases in draws.items()
        for name, case in cases.items()
        if name != "one_label"
        and len(case.y) >= case.W.shape[0]
        and len(set(case.y.tolist())) < case.W.shape[0]
    }
    assert missing == {}


def test_unusual_cases_are_unusual(draws: Draws) -> None:
    names = ("one_sample", "one_class", "one_label", "whole_numbers")
    for cases in draws.values():
        one_sample, one_class, one_label, whole = (cases[name] for name in names)
        sizes = (len(one_sample.y), one_class.W.shape[0], len(set(one_label.y.tolist())))
        assert sizes == (1, 1, 1)
        for array in (whole.W, whole.X):
            np.testing.assert_array_equal(array, array.astype(np.int64))
        dW = scipy_answer(whole, "CxD", 0.5)[1]
        assert not np.allclose(np.trunc(dW), dW, rtol=0.1)


def test_growth_cases_grow_in_one_size_each(key: AnswerKey) -> None:
    few, more_samples, more_classes = (
        inputs_of(key.cases[name]) for name in ("samples_20", "samples_40", "classes_6")
    )
    assert (len(more_samples.y), more_samples.W.shape) == (2 * len(few.y), few.W.shape)
    assert (len(more_classes.y), more_classes.W.shape) == (
        len(few.y),
        (2 * few.W.shape[0], few.W.shape[1]),
    )


def test_timed_inputs_are_all_different(key: AnswerKey) -> None:
    series = ("timed.", "against.", "short", "course.")
    timed = [inputs_of(case) for name, case in key.cases.items() if name.startswith(series)]
    assert len(timed) == 41
    assert len({case.W.tobytes() for case in timed}) == len(timed)


def numbers_of(key: AnswerKey, name: str) -> bytes:
    case = inputs_of(key.cases[name])
    return case.W.tobytes() + case.X.tobytes() + case.y.tobytes()


def test_a_seed_decides_the_cases(key: AnswerKey) -> None:
    same, other = make_key(seed=SEED), make_key(seed=SEED + 1)
    assert list(same.cases) == list(key.cases) == list(other.cases)
    for name in key.cases:
        assert numbers_of(key, name) == numbers_of(same, name)
        assert (numbers_of(key, name) == numbers_of(other, name)) == (name == "J"), name
    for name, drawn in key.directions.items():
        np.testing.assert_array_equal(drawn["dW"], same.directions[name]["dW"])
        assert not np.array_equal(drawn["dW"], other.directions[name]["dW"]), name
    twins = [each.cases["small_reg"].inputs["reg"] for each in (key, same, other)]
    assert twins[0] == twins[1] != twins[2]
