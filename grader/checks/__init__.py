"""One file for each kind of question.

A check is pure numpy on a function under test: it knows no processes, files, points or assignments.
An assignment may bring checks of its own, of the same form: see check_named.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from grader.checks.agrees import AgreesSettings, check_agreement
from grader.checks.changes_inputs import ReadOnlySettings, check_inputs_unchanged
from grader.checks.course_code import as_data, load_code
from grader.checks.effect import EffectSettings, check_effect
from grader.checks.faster import FasterSettings, check_speed
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import Settings, ValueSettings
from grader.checks.slope import SlopeSettings, check_slope
from grader.checks.stable import StableSettings, check_stability
from grader.checks.unusual import UnusualSettings, check_unusual_inputs
from grader.checks.value import check_value
from grader.model import AnswerKey, Message, Question, Source, SubmissionError
from grader.verdict import CannotJudge, CheckResult

Owner: TypeAlias = AnswerKey | Source | None  # of an assignment's own checks


class Check(NamedTuple):
    """A kind of question."""

    judge: Callable[[FunctionUnderTest, AnswerKey, Any], CheckResult]  # Any: its settings
    settings: type[Settings]


CHECKS: Final[Mapping[str, Check]] = {
    "value": Check(check_value, ValueSettings),
    "effect": Check(check_effect, EffectSettings),
    "slope": Check(check_slope, SlopeSettings),
    "agrees": Check(check_agreement, AgreesSettings),
    "stable": Check(check_stability, StableSettings),
    "faster": Check(check_speed, FasterSettings),
    "unusual": Check(check_unusual_inputs, UnusualSettings),
    "changes_inputs": Check(check_inputs_unchanged, ReadOnlySettings),
}


def all_checks(owner: Owner) -> Mapping[str, Check]:
    """Return the checks by name: ours, and those of an assignment.

    owner: its key, or the code that its key carries. The table CHECKS of that code has them.
    """
    source = owner.checks if isinstance(owner, AnswerKey) else owner
    if source is None:
        return CHECKS
    own: Mapping[str, Check] = load_code(source).get("CHECKS", {})
    return {**CHECKS, **{name: _with_data(check) for name, check in own.items()}}


def check_named(owner: Owner, name: str) -> Check:
    """Return a check of ours, or one of the assignment's own. Raises KeyError."""
    return CHECKS.get(name) or all_checks(owner)[name]


def _with_data(check: Check) -> Check:
    """Return an assignment's check as one whose results can be stored, whatever numbers it met."""

    def judge(function: FunctionUnderTest, key: AnswerKey, settings: Any) -> CheckResult:
        try:
            return as_data(check.judge(function, key, settings), CheckResult)
        except SubmissionError as error:
            raise SubmissionError(as_data(error.message, Message), error.was_asked) from None
        except CannotJudge as doubt:
            result = as_data(CheckResult(False, doubt.message, doubt.evidence), CheckResult)
            raise CannotJudge(result.message or doubt.message, result.evidence) from None

    return check._replace(judge=judge)


def settings_for(question: Question, owner: Owner) -> Settings:
    """The settings of a question, typed by its check.

    Raises msgspec.ValidationError, which cannot happen for the key of an accepted assignment.
    """
    return msgspec.convert(question.settings, check_named(owner, question.check).settings)
