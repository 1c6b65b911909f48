"""Each row of the tables is what the stages with its mistakes give when they are run alone."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import AssignmentError, read_assignment
from grader.diagnosis.factors import Factor, ObservedOutput, factors_of
from grader.diagnosis.stages import Stages, run
from grader.model import FACTORS, AnswerKey
from tests.support.grading import make_key
from tests.support.misconceptions import MISCONCEPTIONS, STAGES

ROWS = 60  # of each table, drawn at random


def factors_alone(key: AnswerKey, stages: Stages, names: tuple[str, ...]) -> dict[str, Factor]:
    """The factors of these stages, run without all others. names: of cases."""

    def observe(name: str) -> ObservedOutput:
        case = key.cases[name]
        given = {"W": case.W, "X": case.X, "y": case.y, "reg": case.reg, "regularization": 0.5}
        results = run(stages, given)
        loss = gradient = None
        if results["data_loss"] is not None and results["reg_loss"] is not None:
            loss = results["data_loss"] + results["reg_loss"]
        data_gradient = results["data_gradient"]
        if data_gradient is not None and np.shape(data_gradient) == case.W.shape:
            gradient = data_gradient + results["reg_gradient"]
        return ObservedOutput(loss, gradient)

    pairs = [(observe(name), observe(f"{name}_reg")) for name in names]
    return factors_of(pairs, [key.directions[name] for name in names])


def test_a_row_is_what_the_stages_make_of_its_mistakes() -> None:
    key = make_key(named=True)
    signatures = key.signatures
    assert signatures is not None
    random, rows_with_holes = np.random.default_rng(5), 0
    for factor, table in zip(FACTORS, signatures.tables, strict=True):
        for row in [0, *random.choice(len(table.members), ROWS, replace=False)]:
            mistakes = [signatures.names[member] for member in table.members[row] if member >= 0]
            stages = {**STAGES}
            for name in mistakes:
                stages |= MISCONCEPTIONS[name]
            alone = factors_alone(key, stages, signatures.cases)[factor]
            np.testing.assert_allclose(
                table.numbers[row], alone.numbers, rtol=1e-12, err_msg=f"{factor}: {mistakes}"
            )
            assert table.given[row] == alone.given
            rows_with_holes += alone.given < 7
    assert rows_with_holes  # some of them give nothing in some case


def test_every_two_mistakes_that_move_a_factor_have_a_row() -> None:
    signatures = make_key(named=True).signatures
    assert signatures is not None
    names = signatures.names
    for k, table in enumerate(signatures.tables):
        moving = [index for index in range(len(names)) if signatures.moves[index] >> k & 1]
        pairs = {
            (i, j)
            for i in moving
            for j in moving
            if i < j and not MISCONCEPTIONS[names[i]].keys() & MISCONCEPTIONS[names[j]].keys()
        }
        rows = [tuple(members) for members in table.members]
        singles = [(index, -1) for index in moving]
        assert rows[: 1 + len(moving)] == [(-1, -1), *singles]
        assert rows[1 + len(moving) :] == sorted(pairs)


WRONG = {
    "changes what it is given": (
        '{"mine": {"dscores": lambda probabilities, labels: probabilities.__isub__(1)}}',
        r"9_ours\.py, line 1: this stage changes an array that it is given\. "
        r"Let it change a copy\.",
    ),
    "circle of two": (
        '{"one": {"one_hot": lambda probabilities: probabilities}, '
        '"two": {"probabilities": lambda one_hot: one_hot}}',
        r"the stages need each other in a circle: probabilities -> one_hot -> probabilities\. "
        r"Break it\.",
    ),
}


@pytest.mark.parametrize(("mistakes", "complaint"), WRONG.values(), ids=WRONG)
def test_mistakes_that_cannot_be_run_together_are_refused(
    tmp_path: Path, mistakes: str, complaint: str
) -> None:
    folder = Path(shutil.copytree(SHIPPED / "softmax", tmp_path / "own"))
    folder.joinpath("misconceptions/9_ours.py").write_text(
        f"MISCONCEPTIONS = {mistakes}\n", encoding="utf-8"
    )
    with pytest.raises(AssignmentError, match=complaint):
        build_key(read_assignment(folder), 1)
