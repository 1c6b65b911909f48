"""Which answers to request before a question is asked: one request is cheaper than many."""

from functools import lru_cache

from grader.checks import settings_for
from grader.model import AnswerKey, Case, Question


def cases_ahead(question: Question, key: AnswerKey) -> tuple[Case, ...]:
    """Return the cases whose answers this question and its like will ask for.

    Questions that need no other are sure to be asked, so all of a function's go together. One that
    needs others is asked for by itself, as it may never be reached.
    """
    if question.needs:
        return _cases_of(key, (question.id,))
    return _cases_without_needs(key, question.function)


@lru_cache(maxsize=64)
def _cases_without_needs(key: AnswerKey, function: str) -> tuple[Case, ...]:
    """The cases of all questions about a function that need no other."""
    ids = [
        question.id
        for question in key.questions
        if question.function == function and not question.needs
    ]
    return _cases_of(key, tuple(ids))


@lru_cache(maxsize=256)
def _cases_of(key: AnswerKey, ids: tuple[str, ...]) -> tuple[Case, ...]:
    """The cases of these questions, in the order of asking."""
    names = [
        name
        for question in key.questions
        if question.id in ids
        for name in settings_for(question, key).cases_ahead(key.function_named(question.function))
    ]
    return tuple(key.cases[name] for name in dict.fromkeys(names) if name in key.cases)
