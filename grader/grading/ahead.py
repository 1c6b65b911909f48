"""Which answers to request before a question is asked: one request is cheaper than many."""

from collections.abc import Iterator
from functools import lru_cache

from grader.checks import settings_for
from grader.checks.function_under_test import in_form
from grader.model import AnswerKey, Case, Question


def cases_ahead(question: Question, key: AnswerKey) -> tuple[Case, ...]:
    """Return the cases whose answers this question and its like will ask for.

    Questions of a function that need the same others are asked alike, so their cases go together.
    Advice goes by itself: what happens while it is asked for must cost nothing.
    """
    return _cases_of(key, question.function, question.needs, question.points == 0)


@lru_cache(maxsize=256)
def _cases_of(
    key: AnswerKey, function: str, needs: tuple[str, ...], is_advice: bool
) -> tuple[Case, ...]:
    """The cases of the questions of this kind, each once, in the order of asking."""
    cases = {
        (case.name, case.form): case
        for question in key.questions
        if (question.function, question.needs) == (function, needs)
        and (question.points == 0) == is_advice
        for case in _cases(question, key)
    }
    return tuple(cases.values())


def _cases(question: Question, key: AnswerKey) -> Iterator[Case]:
    settings = settings_for(question, key)
    for name in settings.cases_ahead(key.function_named(question.function)):
        if name in key.cases:
            yield in_form(key.cases[name], settings.form_ahead())
