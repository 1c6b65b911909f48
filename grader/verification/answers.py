"""The answers of functions on some cases, and whether two functions give the same."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from grader.checks.plain_function import PlainFunction
from grader.model import AnswerKey, Array, Case, SubmissionError
from grader.verification.functions import Function

# Relative difference of numbers that count as the same. It is ten times below the tolerances of an
# assignment, and far above rounding.
SAME = 1e-7
Answers: TypeAlias = list[Array | float | None]  # loss and dW of each case; None if there is none


def answers_of(function: Function, cases: Sequence[Case]) -> Answers:
    """Call the function on each case."""
    under_test, answers = PlainFunction(function), Answers()
    for case in cases:
        try:
            answer = under_test.call_once(case)
        except SubmissionError:
            answers += [None, None]
            continue
        for half in (answer.loss, answer.gradient):
            answers.append(None if isinstance(half, SubmissionError) else half)
    return answers


def expected_answers(key: AnswerKey, cases: Sequence[Case]) -> Answers:
    """The right answers, in the same form as those of a function."""
    answers = Answers()
    for case in cases:
        expected = key.expected[case.name]
        answers += [expected.loss, expected.gradient]
    return answers


def are_same(one: Answers, other: Answers) -> bool:
    return all(map(_is_same, one, other))


@np.errstate(all="ignore")
def _is_same(one: Array | float | None, other: Array | float | None) -> bool:
    """Are they within SAME, and missing or not finite in the same places?"""
    if one is None or other is None:
        return one is other
    first, second = np.asarray(one), np.asarray(other)
    finite = np.isfinite(first)
    if not np.array_equal(first[~finite], second[~finite], equal_nan=True):
        return False
    if not np.isfinite(second[finite]).all():
        return False
    scale = max(np.linalg.norm(first[finite]), np.linalg.norm(second[finite]))
    return bool(np.linalg.norm(first[finite] - second[finite]) <= SAME * scale)
