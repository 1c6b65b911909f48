"""Known submissions, graded in the sandbox: each fails exactly the questions in expected.toml."""

import tomllib
from pathlib import Path

import pytest

from grader.assignment.find_assignment import SHIPPED
from grader.model import AnswerKey
from tests.support.grading import QUICK, GradeFile, make_key
from tests.support.known_submissions import (
    ADVICE,
    EXPECTED,
    advice_in,
    known_submission,
    require_expected,
)
from tests.support.paths import PROJECT, SUBMISSIONS

EDITS = PROJECT / "tests/edits"
VARIANTS = SHIPPED / "softmax/variants"
NO_RACE = 'questions."vectorized.faster"=false'
VARIANTS_EXPECTED = VARIANTS / "expected.toml"
CHARGED = ("failed", "all_failed", "not_run")  # of an entry of expected.toml


@pytest.fixture(scope="module")
def keys(quick_key: AnswerKey) -> dict[tuple[str, ...], AnswerKey]:
    """Keys by the settings they were made with: most submissions share one."""
    return {(): quick_key}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, grade_file: GradeFile, keys: dict[tuple[str, ...], AnswerKey]) -> None:
    """Its failures with their reasons, and its advice."""
    expected = EXPECTED[name]
    settings = tuple(expected.get("set", ()))
    if settings not in keys:
        keys[settings] = make_key(*settings)
    verdict = grade_file(known_submission(name), keys[settings])
    require_expected(verdict, expected)
    assert advice_in(verdict) == ADVICE.get(name, {})


def test_most_right_files_have_no_advice() -> None:
    """Nearly all of them had: that the course's own np.zeros_like(W) has no place for fractions."""
    right = [name for name, expected in EXPECTED.items() if not {*expected} & {*CHARGED}]
    assert len(right) > 40
    assert sum(name not in ADVICE for name in right) >= 0.6 * len(right)


def test_most_honest_ways_have_no_advice(grade_file: GradeFile) -> None:
    """They are what students write: advice beside nearly every one of them is noise."""
    with_advice = []
    full_marks = 0
    for folder, table in ((EDITS / "bases", EDITS / "bases.toml"), (VARIANTS, VARIANTS_EXPECTED)):
        for name, expected in tomllib.loads(table.read_text(encoding="utf-8")).items():
            key = make_key(*QUICK, NO_RACE, *expected.get("set", ()))
            verdict = grade_file(folder / f"{name}.py", key)
            if verdict.score < verdict.possible:
                continue
            full_marks += 1
            if advice_in(verdict):
                with_advice.append(name)
    assert full_marks > 50
    assert with_advice == ["clipped_probabilities", "small_epsilon_in_log"]  # no exact loss


def test_every_file_is_expected() -> None:
    assert {path.stem for path in SUBMISSIONS.glob("*.py")} == set(EXPECTED)
    assert set(ADVICE) <= set(EXPECTED)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"#" * (256 * 1024 + 1), "too_large"),
        (b"x = '\xe9'\n", "not_utf8"),
        (b"", "empty_file"),
        (b" \r\n\t", "empty_file"),
    ],
)
def test_what_cannot_be_a_program_gets_a_verdict_that_says_so(
    source: bytes, code: str, tmp_path: Path, grade_file: GradeFile, quick_key: AnswerKey
) -> None:
    tmp_path.joinpath("softmax.py").write_bytes(source)
    verdict = grade_file(tmp_path, quick_key)
    for finding in verdict.findings:
        assert (finding.outcome, finding.points) == ("failed", 0.0)
        assert finding.message is not None
        assert finding.message.code == code
    assert (verdict.score, verdict.sandbox) == (0, "full")


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 231])
@pytest.mark.parametrize("name", ["epsilon_in_log", "float32_inside", "log_sum_exp"])
def test_honest_work_passes_whatever_the_seed(name: str, seed: int, grade_file: GradeFile) -> None:
    """The inputs are drawn so that harmless epsilons and float32 come near no tolerance."""
    verdict = grade_file(known_submission(name), make_key(seed=seed))
    charged = [finding for finding in verdict.findings if not finding.is_advice]
    assert [finding for finding in charged if finding.outcome != "passed"] == []
