"""The tables that mistakes are looked up in: each row is what the stages make of its mistakes, run by themselves."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import SHIPPED, AssignmentError, read_assignment
from grader.diagnosis.factors import Answer, Factor, factors
from grader.diagnosis.stages import Stages, run
from grader.model import FACTORS, AnswerKey
from tests.support.grading import make_key

SOFTMAX = read_assignment(SHIPPED / "softmax")
STAGES = load_stages(SOFTMAX)
MISTAKES = load_misconceptions(SOFTMAX, STAGES)
ROWS = 60  # of each table, drawn


def factors_by_themselves(
    key: AnswerKey, stages: Stages, names: tuple[str, ...]
) -> tuple[Factor, ...]:
    def answer(case: str) -> Answer:
        asked = key.cases[case]
        made = run(
            stages,
            {"W": asked.W, "X": asked.X, "y": asked.y, "reg": asked.reg, "regularization": 0.5},
        )
        loss = (
            None
            if made["data_loss"] is None or made["reg_loss"] is None
            else made["data_loss"] + made["reg_loss"]
        )
        gradient = None
        if made["data_gradient"] is not None and np.shape(made["data_gradient"]) == asked.W.shape:
            gradient = made["data_gradient"] + made["reg_gradient"]
        return Answer(loss, gradient)

    return factors(
        [(answer(name), answer(f"{name}_reg")) for name in names],
        [key.directions[name] for name in names],
    )


def test_a_row_is_what_the_stages_make_of_its_mistakes() -> None:
    key = make_key(named=True)
    assert key.signatures is not None
    random, holes = np.random.default_rng(5), 0
    for k, table in enumerate(key.signatures.tables):
        for row in [0, *random.choice(len(table.members), ROWS, replace=False)]:
            mistakes = [
                key.signatures.names[member] for member in table.members[row] if member >= 0
            ]
            stages = {
                **STAGES,
                **{
                    stage: function
                    for name in mistakes
                    for stage, function in MISTAKES[name].items()
                },
            }
            alone = factors_by_themselves(key, stages, key.signatures.cases)[k]
            np.testing.assert_allclose(
                table.numbers[row], alone.numbers, rtol=1e-12, err_msg=f"{FACTORS[k]}: {mistakes}"
            )
            assert table.given[row] == alone.given
            holes += alone.given < 7
    assert holes  # some of them give nothing in some case


def test_each_two_that_move_a_factor_have_a_row() -> None:
    signatures = make_key(named=True).signatures
    assert signatures is not None
    for k, table in enumerate(signatures.tables):
        moving = [
            index for index in range(len(signatures.names)) if signatures.moves[index] >> k & 1
        ]
        fit = {
            (i, j)
            for i in moving
            for j in moving
            if i < j and not stages_of(signatures.names[i]) & stages_of(signatures.names[j])
        }
        assert [tuple(members) for members in table.members[: 1 + len(moving)]] == [
            (-1, -1),
            *((index, -1) for index in moving),
        ]
        assert [tuple(members) for members in table.members[1 + len(moving) :]] == sorted(fit)


def stages_of(name: str) -> set[str]:
    return set(MISTAKES[name])


WRONG = {
    "changes what it is given": (
        '{"mine": {"dscores": lambda probabilities, labels: probabilities.__isub__(1)}}',
        r"9_ours\.py, line 1: this stage changes an array that it is given\. Let it change a copy\.",
    ),
    "circle of two": (
        '{"one": {"one_hot": lambda probabilities: probabilities}, "two": {"probabilities": lambda one_hot: one_hot}}',
        r"the stages need each other in a circle: probabilities -> one_hot -> probabilities\. Break it\.",
    ),
}


@pytest.mark.parametrize(("mistakes", "says"), WRONG.values(), ids=WRONG)
def test_mistakes_that_cannot_be_run_together_are_told(
    tmp_path: Path, mistakes: str, says: str
) -> None:
    folder = Path(shutil.copytree(SHIPPED / "softmax", tmp_path / "own"))
    folder.joinpath("misconceptions/9_ours.py").write_text(
        f"MISCONCEPTIONS = {mistakes}\n", encoding="utf-8"
    )
    with pytest.raises(AssignmentError, match=says):
        build_key(read_assignment(folder), 1)
