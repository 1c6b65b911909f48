"""The mutants of the reference: one for each misconception that is wrong in this convention."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from grader.assignment.modules import Misconceptions
from grader.assignment.settings import REGULARIZATIONS, Assignment
from grader.checks.function_under_test import FunctionUnderTest
from grader.diagnosis.stages import Stages
from grader.model import Case, SubmissionError
from grader.verification.answers import answers_of, are_same
from grader.verification.functions import function_of_stages


def correct_in_this_convention(
    assignment: Assignment, stages: Stages, misconceptions: Misconceptions, cases: Sequence[Case]
) -> tuple[str, ...]:
    """Find the misconceptions that are correct here, and wrong in the other convention.

    With this regularization they give what the stages give; with the other one they do not.
    """

    def is_correct(name: str, regularization: float) -> bool:
        variant = replace(assignment, regularization=regularization)
        right = answers_of(function_of_stages(variant, stages), cases)
        mutant = function_of_stages(variant, {**stages, **misconceptions[name]})
        return are_same(right, answers_of(mutant, cases))

    correct = [name for name in misconceptions if is_correct(name, assignment.regularization)]
    return tuple(
        name for name in correct if not all(is_correct(name, other) for other in REGULARIZATIONS)
    )


def crashing(mutants: Mapping[str, FunctionUnderTest], cases: Sequence[Case]) -> dict[str, str]:
    """Find the mutants that give no result on any case. Returns name -> error on the first case.

    That is a mistake of the misconception's author, not of a student. It would fail every question
    and so look as if it were killed.
    """
    reasons = {}
    for name, mutant in mutants.items():
        errors = [_error_on(case, mutant) for case in cases]
        if errors and all(errors):
            reasons[name] = errors[0]
    return reasons


def _error_on(case: Case, mutant: FunctionUnderTest) -> str:
    """The mutant's exception, or empty if it gives a result."""
    try:
        mutant.call_once(case)
    except SubmissionError as error:
        return f"{error.message.values['exception']}: {error.message.quote}"
    return ""
