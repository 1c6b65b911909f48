"""Does every question bite? If one always passes, a pinned verdict must change."""

import pytest
from msgspec.structs import replace

from grader import checks
from grader.checks import CHECKS, Check, check_named
from grader.model import AnswerKey
from grader.verdict import CheckResult
from tests.support.grading import GradeFile, make_key
from tests.support.known_submissions import ADVICE, EXPECTED, advice_in, known_submission

QUESTIONS = {question.id: question.points for question in make_key().questions}
ADVISED = {question for question, points in QUESTIONS.items() if points == 0}


def charged(name: str) -> set[str]:
    return set(EXPECTED[name].get("failed", ()))


def failing(question: str) -> list[str]:
    """Submissions for the usual settings that fail this question, the fewest failures first."""
    names = [
        name
        for name, entry in EXPECTED.items()
        if question in charged(name) | set(ADVICE.get(name, ())) and "set" not in entry
    ]
    return sorted(names, key=lambda name: (len(charged(name)), len(ADVICE.get(name, ()))))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_that_always_passes_is_noticed(
    question: str, grade_file: GradeFile, quick_key: AnswerKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(*_: object) -> CheckResult:
        return CheckResult(True)

    name = failing(question)[0]
    asked = next(row for row in quick_key.questions if row.id == question)
    settings = check_named(quick_key, asked.check).settings
    monkeypatch.setattr(checks, "CHECKS", {**CHECKS, "always": Check(always, settings)})
    questions = [
        replace(row, check="always") if row is asked else row for row in quick_key.questions
    ]
    key = replace(quick_key, questions=tuple(questions))
    verdict = grade_file(known_submission(name), key)
    failed = {
        finding.question
        for finding in verdict.findings
        if finding.outcome == "failed" and not finding.is_advice
    }
    assert (failed, set(advice_in(verdict))) != (charged(name), set(ADVICE.get(name, ())))


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_the_only_failure_of_some_submission(question: str) -> None:
    """So no question is a mere echo of another."""
    if question in ADVISED:
        assert any(
            (charged(name), set(ADVICE[name])) == (set(), {question}) for name in failing(question)
        )
    else:
        assert any(charged(name) == {question} for name in failing(question))
