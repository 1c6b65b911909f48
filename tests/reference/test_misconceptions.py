"""The softmax reference as stages, and the misconceptions made of them.

They are right where they must be, and each is unlike all others.
"""

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pytest

from grader.checks.course_code import arguments_of
from grader.diagnosis.stages import Stages, affected_results, run
from grader.messages import LANGUAGES
from grader.model import AnswerKey, Array
from tests.support.grading import make_key
from tests.support.misconceptions import (
    LARGE_SCORES,
    MISCONCEPTIONS,
    RIGHT_WITH,
    SOFTMAX,
    STAGES,
    given_in,
)

# The parts of the outputs: the first two add up to the loss, the others to dW.
RESULTS = ("data_loss", "reg_loss", "data_gradient", "reg_gradient")

# Those that show on ordinary scores.
ORDINARY = {name: replaced for name, replaced in MISCONCEPTIONS.items() if name not in LARGE_SCORES}
EPSILONS = {name for name in ORDINARY if name.startswith("epsilon_")}
CASES = [name + twin for name in ("small", "wide", "square") for twin in ("", "_reg")]
APART = 1e-5  # relative: two results that differ by less count as the same
LEAST = 120  # how many mistakes must differ from each other; all epsilons count as one
Results = dict[str, list[Any]]  # name of a result -> its values, case by case


class Convention(NamedTuple):
    regularization: float
    given: list[dict[str, Any]]  # case by case
    expected: list[tuple[float, Array]]


@pytest.fixture(scope="module", params=[0.5, 1.0], ids=["half", "whole"])
def convention(request: pytest.FixtureRequest) -> Convention:
    key: AnswerKey = make_key(f"regularization={request.param}")
    return Convention(
        request.param,
        [given_in(key, key.cases[name]) for name in CASES],
        [(float(key.expected[name]["loss"]), key.expected[name]["dW"]) for name in CASES],
    )


def results_of(convention: Convention, replaced: Stages) -> Results:
    answers = [run({**STAGES, **replaced}, given, RESULTS) for given in convention.given]
    return {name: [answer[name] for answer in answers] for name in RESULTS}


def differing(one: Results, other: Results) -> set[str]:
    """The results that are not the same in every case."""
    return {name for name in RESULTS if not all(map(same, one[name], other[name]))}


def same(one: Any, other: Any, apart: float = APART) -> bool:
    """Missing values, shapes and places that are not finite agree; the numbers do to `apart`."""
    if one is None or other is None:
        return one is other
    one, other = np.asarray(one, float), np.asarray(other, float)
    if one.shape != other.shape or not np.array_equal(np.isfinite(one), np.isfinite(other)):
        return False
    finite = np.isfinite(one)
    scale = max(np.linalg.norm(one[finite]), np.linalg.norm(other[finite]))
    return bool(np.linalg.norm(one[finite] - other[finite]) <= apart * scale)


def test_the_stages_are_the_reference(convention: Convention) -> None:
    """Against the numbers of the key, which are those of softmax.py, in both regularizations."""
    answers = [run(STAGES, given, ("loss", "dW")) for given in convention.given]
    for answer, (loss, gradient) in zip(answers, convention.expected, strict=True):
        assert answer["loss"] == pytest.approx(loss, rel=1e-13)
        np.testing.assert_allclose(answer["dW"], gradient, rtol=1e-12, atol=1e-15)


def test_what_reg_adds_stands_apart(convention: Convention) -> None:
    results = results_of(convention, {})
    without, with_reg = slice(0, None, 2), slice(1, None, 2)
    for name in ("reg_loss", "reg_gradient"):
        assert not any(np.any(value) for value in results[name][without])
        assert all(np.all(value) for value in results[name][with_reg])
    for name in ("data_loss", "data_gradient"):
        assert all(map(np.array_equal, results[name][without], results[name][with_reg]))


def test_every_mistake_differs_from_the_reference_and_from_all_others(
    convention: Convention,
) -> None:
    """Some are mistakes in one regularization only: they must equal the reference in the other."""
    right = results_of(convention, {})
    results = {name: results_of(convention, replaced) for name, replaced in ORDINARY.items()}
    changed = {name: differing(results[name], right) for name in results}
    wrong = [name for name in results if changed[name]]
    assert results.keys() - set(wrong) - EPSILONS == RIGHT_WITH[convention.regularization]
    for one, other in combinations(wrong, 2):  # two that change different results differ in these
        assert changed[one] != changed[other] or differing(results[one], results[other]), (
            f"{one} and {other}"
        )
    assert len(set(wrong) - EPSILONS) + 1 >= LEAST


def test_what_only_large_scores_show_is_right_on_others(convention: Convention) -> None:
    right = results_of(convention, {})
    for name in LARGE_SCORES:
        results = results_of(convention, MISCONCEPTIONS[name])
        for result in RESULTS:
            for one, other in zip(results[result], right[result], strict=True):
                assert same(one, other, 1e-12), name
    signatures = make_key(f"regularization={convention.regularization}", named=True).signatures
    assert signatures is not None
    assert set(signatures.names) == ORDINARY.keys() - RIGHT_WITH[convention.regularization]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_setting_by_which_a_mistake_is_right_is_named_with_it(language: str) -> None:
    words = make_key().words[language]["misconceptions"]
    named = {id: entry["set"] for id, entry in words.items() if "set" in entry}
    assert named == {"reg_full": "regularization=1.0", "reg_half": "regularization=0.5"}
    for id, setting in named.items():
        assert id in RIGHT_WITH[float(setting.partition("=")[2])]


def test_no_mistake_is_right_in_both_regularizations() -> None:
    assert not RIGHT_WITH[0.5] & RIGHT_WITH[1.0]


def test_epsilons_move_the_loss_further_than_its_tolerance(convention: Convention) -> None:
    """The smallest of them do so by less than APART.

    log(p + 1e-8), which careful code writes, is none of them.
    """
    right = results_of(convention, {})["data_loss"]
    assert len(EPSILONS) > 1
    for name in EPSILONS:
        losses = results_of(convention, ORDINARY[name])["data_loss"]
        assert not any(
            same(*pair, apart=SOFTMAX.tolerances.of("loss"))
            for pair in zip(losses, right, strict=True)
        ), name


def test_a_mistake_changes_all_results_that_depend_on_it_and_no_other(
    convention: Convention,
) -> None:
    right = results_of(convention, {})
    for name, replaced in ORDINARY.items():
        if name not in EPSILONS | RIGHT_WITH[convention.regularization]:
            changed = differing(results_of(convention, replaced), right)
            assert changed == set(affected_results({**STAGES, **replaced}, replaced, RESULTS)), name


def test_a_mistake_can_be_made_somewhere(convention: Convention) -> None:
    """If shapes do not fit there is no value; but each mistake has one in some case."""
    for name, replaced in ORDINARY.items():
        for result, values in results_of(convention, replaced).items():
            assert any(value is not None for value in values), f"{name}: {result}"


def test_no_stage_writes_into_what_it_is_given(convention: Convention) -> None:
    """Otherwise, what mistakes share could not be computed once."""
    given = convention.given[-1]  # the square case, where all shapes fit
    values = given | run(STAGES, given, tuple(STAGES))
    for value in values.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    for name, replaced in ORDINARY.items():
        for stage, function in replaced.items():
            with np.errstate(all="ignore"):
                assert function(*(values[need] for need in arguments_of(function))) is not None, (
                    f"{name}: {stage}"
                )
