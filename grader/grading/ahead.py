"""Which answers to request before a question is asked: one request is cheaper than many."""

from functools import lru_cache

from grader.checks import settings_for
from grader.model import AnswerKey, Case, Question


def cases_ahead(question: Question, key: AnswerKey) -> list[Case]:
    """Return the cases whose answers this question and its like will ask for.

    Questions that need no other are sure to be asked, so all of a function's go together. One that
    needs others is asked for by itself, as it may never be reached.
    """
    if question.needs:
        names = _names(question, key)
    else:
        names = _names_without_needs(key, question.function)
    return [key.cases[name] for name in names if name in key.cases]


@lru_cache(maxsize=64)
def _names_without_needs(key: AnswerKey, function: str) -> tuple[str, ...]:
    """All questions about a function that need no other: their cases, in the order of asking."""
    names = [
        name
        for question in key.questions
        if question.function == function and not question.needs
        for name in _names(question, key)
    ]
    return tuple(dict.fromkeys(names))


def _names(question: Question, key: AnswerKey) -> tuple[str, ...]:
    return settings_for(question, key).cases_ahead(key.function_named(question.function))
