"""The softmax assignment verifies itself in every convention."""

import pytest

from grader.assignment.answer_key import answer_key
from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import read_assignment
from grader.verification.verify import verify
from tests.support.misconceptions import LARGE_SCORES, RIGHT_WITH

SEED = 231  # the public one
CONVENTIONS = [
    (layout, regularization) for layout in ("CxD", "DxC") for regularization in (0.5, 1.0)
]


@pytest.mark.parametrize(("layout", "regularization"), CONVENTIONS)
def test_the_assignment_is_sound_in_every_convention(layout: str, regularization: float) -> None:
    settings = (f"layout={layout}", f"regularization={regularization}")
    assignment = read_assignment(find_assignment("softmax"), settings)
    verification = verify(assignment, answer_key(assignment, SEED), SEED)
    assert verification.is_sound
    assert set(verification.correct_in_this_convention) == RIGHT_WITH[regularization]
    assert set(verification.correct_when_small) == LARGE_SCORES
    assert (
        verification.indistinguishable,
        verification.unrecognized,
        verification.never_killing,
    ) == ((), (), ())
    assert [
        (each.missing, each.unknown_ids, each.unknown_topics) for each in verification.translations
    ] == [((), (), ())] * 2
    # The slope of an epsilon of 1e-6 is off by about its tolerance: other questions kill it.
    assert all(
        margin.holds or (margin.what, margin.mildest) == ("slope of dW", "epsilon_1e6")
        for margin in verification.margins
        if margin.precision == "float64"
    )
