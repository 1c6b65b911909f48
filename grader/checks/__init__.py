"""One file per kind of question. A check is numpy on a bench: no processes, no files, no points, no name of an assignment."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from grader.checks.agrees import AgreesSettings, agrees
from grader.checks.changes_inputs import changes_inputs
from grader.checks.compare import CasesSettings, Settings
from grader.checks.faster import FasterSettings, faster
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.gradient import gradient
from grader.checks.loss import loss
from grader.checks.regularization import TwinsSettings, reg_gradient, reg_loss
from grader.checks.slope import SlopeSettings, slope
from grader.checks.small_probability import small_probability
from grader.checks.stable import StableSettings, stable
from grader.checks.unusual import UnusualSettings, unusual
from grader.model import AnswerKey, Question
from grader.verdict import CheckResult


class Check(NamedTuple):
    """judge: bench, key, settings -> CheckResult. settings: what a question's settings must look like."""

    judge: Callable[[FunctionUnderTest, AnswerKey, Any], CheckResult]
    settings: type[Settings]


CHECKS: Final[Mapping[str, Check]] = {
    "loss": Check(loss, CasesSettings),
    "gradient": Check(gradient, CasesSettings),
    "reg_loss": Check(reg_loss, TwinsSettings),
    "reg_gradient": Check(reg_gradient, TwinsSettings),
    "slope": Check(slope, SlopeSettings),
    "agrees": Check(agrees, AgreesSettings),
    "stable": Check(stable, StableSettings),
    "faster": Check(faster, FasterSettings),
    "small_probability": Check(small_probability, CasesSettings),
    "unusual": Check(unusual, UnusualSettings),
    "changes_inputs": Check(changes_inputs, CasesSettings),
}


def settings_for(question: Question) -> Settings:
    """A question's settings, as its check knows them. Raises msgspec.ValidationError; an assignment is refused before that can happen."""
    return msgspec.convert(question.settings, CHECKS[question.check].settings)
