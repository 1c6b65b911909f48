"""One file for each kind of question.

A check is pure numpy on a function under test: it knows no processes, files, points or assignments.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from grader.checks.agrees import AgreesSettings, check_agreement
from grader.checks.changes_inputs import check_inputs_unchanged
from grader.checks.faster import FasterSettings, check_speed
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.gradient import check_gradient
from grader.checks.loss import check_loss
from grader.checks.regularization import TwinsSettings, check_reg_gradient, check_reg_loss
from grader.checks.settings import CasesSettings, Settings
from grader.checks.slope import SlopeSettings, check_slope
from grader.checks.small_probability import check_small_probability
from grader.checks.stable import StableSettings, check_stability
from grader.checks.unusual import UnusualSettings, check_unusual_inputs
from grader.model import AnswerKey, Question
from grader.verdict import CheckResult


class Check(NamedTuple):
    """A kind of question."""

    judge: Callable[[FunctionUnderTest, AnswerKey, Any], CheckResult]  # Any: its settings
    settings: type[Settings]


CHECKS: Final[Mapping[str, Check]] = {
    "loss": Check(check_loss, CasesSettings),
    "gradient": Check(check_gradient, CasesSettings),
    "reg_loss": Check(check_reg_loss, TwinsSettings),
    "reg_gradient": Check(check_reg_gradient, TwinsSettings),
    "slope": Check(check_slope, SlopeSettings),
    "agrees": Check(check_agreement, AgreesSettings),
    "stable": Check(check_stability, StableSettings),
    "faster": Check(check_speed, FasterSettings),
    "small_probability": Check(check_small_probability, CasesSettings),
    "unusual": Check(check_unusual_inputs, UnusualSettings),
    "changes_inputs": Check(check_inputs_unchanged, CasesSettings),
}


def settings_for(question: Question) -> Settings:
    """The settings of a question, typed by its check.

    Raises msgspec.ValidationError, which cannot happen for the key of an accepted assignment.
    """
    return msgspec.convert(question.settings, CHECKS[question.check].settings)
