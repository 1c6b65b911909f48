"""No correct work loses a point to a kink, however carelessly the cases are drawn.

`make kinks` does the same with 300 seeds.
"""

from grader.assignment.answer_key import build_key
from grader.assignment.settings import read_assignment
from tests.support.careless import CARELESS_SVM, WORKS, points_lost, with_untried_directions

SEEDS = range(10)


def test_correct_work_loses_nothing() -> None:
    assignment = read_assignment(CARELESS_SVM)
    for seed in SEEDS:
        key = build_key(assignment, seed, named=False)
        assert points_lost(assignment, key) == {work: [] for work in WORKS}, seed


def test_with_directions_that_nobody_tried_it_would() -> None:
    """In float32, on every second key or so: the longer step crosses a kink more often."""
    assignment = read_assignment(CARELESS_SVM)
    losing = 0
    for seed in SEEDS[:8]:
        key = with_untried_directions(build_key(assignment, seed, named=False), seed)
        failed = points_lost(assignment, key)["float32"]
        assert all(question.endswith(".slope") for question in failed)
        losing += bool(failed)
    assert losing > 2
