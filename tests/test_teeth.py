"""Does every question bite? Where one is answered "passed" whatever the submission does, a pinned verdict must change."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from grader import grading
from grader.checks import CHECKS, Check
from grader.model import AnswerKey
from grader.verdict import Judgement
from tests.conftest import GradeFile, make_key

FOLDER = Path(__file__).with_name("submissions")
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(FOLDER.joinpath("expected.toml").read_text(encoding="utf-8"))
QUESTIONS = [question.id for question in make_key().questions]


def failing(question: str) -> list[str]:
    """Submissions for the usual settings that fail this question, those with the fewest failures first."""
    names = [name for name, entry in EXPECTED.items() if question in entry.get("failed", ()) and "set" not in entry]
    return sorted(names, key=lambda name: len(EXPECTED[name]["failed"]))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_that_always_passes_is_noticed(
    question: str, grade_file: GradeFile, quick_key: AnswerKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(*_: object) -> Judgement:
        return Judgement(True)

    name = failing(question)[0]
    check = next(row.check for row in quick_key.questions if row.id == question)
    monkeypatch.setattr(grading, "CHECKS", {**CHECKS, check: Check(always, CHECKS[check].settings)})
    verdict = grade_file(FOLDER / f"{name}.py", quick_key)
    assert {f.question for f in verdict.findings if f.outcome == "failed"} != set(EXPECTED[name]["failed"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_the_only_failure_of_some_submission(question: str) -> None:
    """So no question is a mere echo of another."""
    assert any(set(EXPECTED[name]["failed"]) == {question} for name in failing(question))
