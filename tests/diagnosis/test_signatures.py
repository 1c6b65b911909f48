"""Each row of the tables is what the stages with its mistakes give when they are run alone."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import AssignmentError, read_assignment
from grader.diagnosis.factors import Factor, Observation, factor_names, factors_of
from grader.diagnosis.stages import Stages, run
from grader.model import AnswerKey, Values, twin_of
from tests.support.grading import make_key
from tests.support.misconceptions import MISCONCEPTIONS, STAGES, given_in

ROWS = 60  # of each table, drawn at random


def factors_alone(key: AnswerKey, stages: Stages, names: tuple[str, ...]) -> dict[str, Factor]:
    """The factors of these stages, run without all others. names: of cases."""

    def outputs(name: str) -> Values:
        case = key.cases[name]
        results = run(stages, given_in(key, case), ("loss", "dW"))
        shapes = {"loss": (), "dW": case.inputs["W"].shape}
        return {
            output: np.asarray(value, float)
            for output, value in results.items()
            if value is not None and np.shape(value) == shapes[output]
        }

    observations = [
        Observation(outputs(name), {"reg": outputs(twin_of(name, "reg"))}) for name in names
    ]
    factors = factor_names(("loss", "dW"), ("reg",))
    return factors_of(factors, observations, [key.directions[name] for name in names])


def test_a_row_is_what_the_stages_make_of_its_mistakes() -> None:
    key = make_key(named=True)
    signatures = key.signatures
    assert signatures is not None
    random, rows_with_holes = np.random.default_rng(5), 0
    for factor, table in signatures.tables.items():
        for row in [0, *random.choice(len(table.members), ROWS, replace=False)]:
            mistakes = [signatures.names[member] for member in table.members[row] if member >= 0]
            stages = {**STAGES}
            for name in mistakes:
                stages |= MISCONCEPTIONS[name]
            alone = factors_alone(key, stages, signatures.cases)[factor]
            np.testing.assert_allclose(
                table.numbers[row], alone.numbers, rtol=1e-12, err_msg=f"{factor}: {mistakes}"
            )
            assert np.array_equal(table.given[row], alone.given)
            rows_with_holes += not alone.given.all()
    assert rows_with_holes  # some of them give nothing in some case


def test_every_two_mistakes_that_move_a_factor_have_a_row() -> None:
    signatures = make_key(named=True).signatures
    assert signatures is not None
    names = signatures.names
    assert list(signatures.tables) == ["loss", "loss+reg", "dW", "dW+reg"]
    for factor, table in signatures.tables.items():
        moving = [index for index, name in enumerate(names) if factor in signatures.moves[name]]
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
