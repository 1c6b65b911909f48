"""Known submissions, graded in the sandbox: each must fail exactly the questions that expected.toml says, for the reasons it says."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from grader.messages import load_words
from grader.model import AnswerKey, Level
from grader.reports.student_view import student_view
from grader.verdict import Verdict
from tests.support.grading import GradeFile, make_key
from tests.support.paths import SUBMISSIONS

FOLDER = SUBMISSIONS
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    FOLDER.joinpath("expected.toml").read_text(encoding="utf-8")
)
ADVICE: dict[str, dict[str, str]] = tomllib.loads(
    FOLDER.joinpath("advice.toml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def keys(quick_key: AnswerKey) -> dict[tuple[str, ...], AnswerKey]:
    """Keys by the settings they were made with: most submissions share one."""
    return {(): quick_key}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, grade_file: GradeFile, keys: dict[tuple[str, ...], AnswerKey]) -> None:
    """failed and not_run: question -> message code. Everything else passed, and so did all where neither is given. And its advice."""
    expected = EXPECTED[name]
    settings = tuple(expected.get("set", ()))
    if settings not in keys:
        keys[settings] = make_key(*settings)
    verdict = grade_file(FOLDER / f"{name}.py", keys[settings])
    require_expected(verdict, expected)
    assert advice_in(verdict) == ADVICE.get(name, {})


def require_expected(verdict: Verdict, expected: dict[str, Any], level: Level = "full") -> None:
    charged = [finding for finding in verdict.findings if not finding.is_advice]
    told = {
        outcome: {f.question: f.message.code for f in charged if f.outcome == outcome and f.message}
        for outcome in ("failed", "not_run", "could_not_judge")
    }
    everything = {
        finding.question: code
        for finding in charged
        for code in [expected.get("all_failed")]
        if code
    }
    assert told["failed"] == expected.get("failed", everything)
    assert told["not_run"] == expected.get("not_run", {})
    assert told["could_not_judge"] == {}
    assert (verdict.sandbox, verdict.flags) == (level, ())
    assert verdict.score == sum(f.possible for f in verdict.findings if f.outcome == "passed")
    if "line" in expected:
        assert {f.message.line for f in charged if f.message and f.outcome == "failed"} == {
            expected["line"]
        }


def advice_in(verdict: Verdict) -> dict[str, str]:
    """As a report tells it: question -> message code."""
    rows = [row for problem in student_view(verdict, load_words("en", {})).advice for row in problem.findings]
    return {row.finding.question: row.finding.message.code for row in rows if row.finding.message}


def test_every_file_is_expected() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(EXPECTED)
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
    assert {(f.outcome, f.points, f.message and f.message.code) for f in verdict.findings} == {
        ("failed", 0.0, code)
    }
    assert (verdict.score, verdict.sandbox) == (0, "full")


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 231])
@pytest.mark.parametrize("name", ["epsilon_in_log", "float32_inside", "log_sum_exp"])
def test_honest_work_passes_whatever_the_seed(name: str, seed: int, grade_file: GradeFile) -> None:
    """A harmless epsilon, and work in float32: the inputs are drawn so that neither comes near a tolerance."""
    verdict = grade_file(FOLDER / f"{name}.py", make_key(seed=seed))
    assert {
        f.question: f.message for f in verdict.findings if f.outcome != "passed" and not f.is_advice
    } == {}
