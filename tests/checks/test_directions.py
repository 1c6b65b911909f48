"""Two directions are enough for the check of slopes: of many, any two catch what all of them catch.

Tried on every known mistake, and on every edit of the corpus.
"""

from functools import cache

import numpy as np
import pytest

from grader.assignment import directions
from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import read_assignment
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.slope import STEP, STEP_SINGLE, measure_slopes
from grader.model import AnswerKey, Case, SubmissionError
from tests.support.grading import QUICK
from tests.support.losses import GRADIENT_BUGS, LOSS, changed, under_test
from tests.support.misconceptions import MISCONCEPTIONS, function_with, solution_with

MANY = 8
SHIPPED: tuple[str, ...] = ()  # settings
OTHER = ("layout=DxC", "regularization=1.0")
# "a little off" is too mild for this check, and "infinite" is not asked.
NOT_ASKED = {"a little off", "infinite"}
# The slopes of log(p + 1e-6) and log(p + 1e-5) are off by about what the tolerance allows. They are
# not asked for: the loss itself is off by little, and further than its own tolerance.
AT_THE_TOLERANCE = {"epsilon_1e6", "epsilon_1e5"}
FAINT, FAINT_ERROR = "epsilon_1e6", 1e-6  # along one direction in two, it is off by less than this


@cache
def key_with_many(settings: tuple[str, ...], seed: int) -> AnswerKey:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directions, "DIRECTIONS", MANY)
        patch.setattr(directions, "CANDIDATES", MANY)
        assignment = read_assignment(find_assignment("softmax"), (*QUICK, *settings))
        key = build_key(assignment, seed, named=False)
    assert len(key.directions["small"]["dW"]) == MANY
    return key


def catching(function: FunctionUnderTest, key: AnswerKey, case: Case) -> int:
    """How many of the directions catch a wrong gradient, as check_slope judges it."""
    (gradient,) = function.definition.gradients
    answer = function.call_once(case)
    derivative = answer.value("dW")
    if not np.isfinite(derivative).all() or not np.isfinite(answer.value("loss")):
        return 0
    limit = key.tolerances.slope
    slopes = measure_slopes(function, key, case, gradient, derivative, STEP)
    if all(slope.is_flat for slope in slopes):
        return MANY
    if any(slope.error > limit for slope in slopes) and any(slope.is_coarse for slope in slopes):
        limit = key.tolerances.slope_single_precision
        slopes = measure_slopes(function, key, case, gradient, derivative, STEP_SINGLE)
    return sum(slope.error > limit for slope in slopes)


@pytest.mark.parametrize(("seed", "settings"), [(1, SHIPPED), (2, OTHER), (3, SHIPPED)])
def test_any_two_directions_catch_every_known_mistake(seed: int, settings: tuple[str, ...]) -> None:
    key = key_with_many(settings, seed)
    counts = {}
    for name in MISCONCEPTIONS.keys() - AT_THE_TOLERANCE:
        try:
            solution = function_with(key, solution_with(key, name))
            counts[name] = catching(solution, key, key.cases["small"])
        except SubmissionError:
            continue
    assert set(counts.values()) <= {0, MANY - 1, MANY}, counts
    assert sum(count > 0 for count in counts.values()) > len(MISCONCEPTIONS) / 4


def test_the_two_steepest_see_more_than_any_two() -> None:
    """A key has the steepest directions first, and no more than two of them."""
    steepest, flattest = 0, 0
    for seed in range(8):
        key = key_with_many((), seed)
        function = function_with(key, solution_with(key, FAINT))
        (gradient,) = function.definition.gradients
        case = key.cases["small"]
        derivative = function.call_once(case).value("dW")
        slopes = measure_slopes(function, key, case, gradient, derivative, STEP)
        errors = [slope.error for slope in slopes]
        steepest += max(errors[:2]) > FAINT_ERROR
        flattest += max(errors[-2:]) > FAINT_ERROR
    assert steepest >= 7 > flattest


@pytest.mark.parametrize("bug", [name for name in GRADIENT_BUGS if name not in NOT_ASKED])
@pytest.mark.parametrize("seed", range(5))
def test_any_two_directions_catch_a_wrong_gradient(bug: str, seed: int) -> None:
    key = key_with_many((), seed)
    function = under_test(changed(GRADIENT_BUGS[bug]), key)
    assert function.definition == LOSS
    assert catching(function, key, key.cases["small"]) >= MANY - 1
