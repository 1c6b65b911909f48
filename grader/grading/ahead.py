"""Which answers to request before a question is asked: one request is cheaper than many."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from grader.checks import settings_for
from grader.checks.function_under_test import in_form
from grader.model import AnswerKey, Case, Question
from grader.verdict import Finding


def cases_ahead(
    question: Question, key: AnswerKey, earlier: Mapping[str, Finding]
) -> tuple[Case, ...]:
    """Return the cases whose answers this question and its like will ask for.

    Questions of a function that need the same others are asked alike, so their cases go together.
    All advice about a function goes together, without what needs a question that has failed. It is
    kept apart from questions with points: what happens while it is asked for must cost nothing.
    """
    if question.points:
        return _cases_of(key, question.function, question.needs)
    failed = frozenset(each.question for each in earlier.values() if each.outcome != "passed")
    return _cases_of_advice(key, question.function, failed)


@lru_cache(maxsize=256)
def _cases_of(key: AnswerKey, function: str, needs: tuple[str, ...]) -> tuple[Case, ...]:
    """The cases of the function's questions with these needs, in the order of asking."""
    questions = [each for each in _questions(key, function) if each.points and each.needs == needs]
    return _each_once(questions, key)


@lru_cache(maxsize=256)
def _cases_of_advice(key: AnswerKey, function: str, failed: frozenset[str]) -> tuple[Case, ...]:
    """The cases of the function's advice that needs none of the failed questions."""
    advice = [each for each in _questions(key, function) if not each.points]
    return _each_once([each for each in advice if failed.isdisjoint(each.needs)], key)


def _questions(key: AnswerKey, function: str) -> Iterator[Question]:
    return (each for each in key.questions if each.function == function)


def _each_once(questions: list[Question], key: AnswerKey) -> tuple[Case, ...]:
    cases = {(case.name, case.form): case for each in questions for case in _cases(each, key)}
    return tuple(cases.values())


def _cases(question: Question, key: AnswerKey) -> Iterator[Case]:
    settings = settings_for(question, key)
    for name in settings.cases_ahead(key.function_named(question.function)):
        if name in key.cases:
            yield in_form(key.cases[name], settings.form_ahead())
