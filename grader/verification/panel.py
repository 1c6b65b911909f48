"""Asks the assignment's questions about a function that stands among those of the reference."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec.structs import replace

from grader.checks import CHECKS, settings_for
from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.checks.plain_function import PlainFunction
from grader.grading import ask
from grader.model import AnswerKey, Question, SubmissionError, Tolerances
from grader.verdict import Finding, GradientEvidence, LossEvidence, SlopeEvidence
from grader.verification.functions import Function

# Kind of question -> the tolerances that decide it: for work in float64, and in float32.
TOLERANCES = {
    "loss": ("loss", "single_precision"),
    "gradient": ("gradient", "single_precision"),
    "reg_loss": ("loss", "single_precision"),
    "reg_gradient": ("gradient", "single_precision"),
    "slope": ("slope", "slope_single_precision"),
}
_EXACT = Tolerances(0, 0, 0, 0, 0)  # with these, a check reports every error
Errors: TypeAlias = dict[str, float]  # question -> largest error; infinite if there is no answer


@dataclass(frozen=True)
class PanelResult:
    """The outcomes of a function, in each place where it stood."""

    findings: dict[str, Finding] = field(default_factory=dict)  # by question
    errors: Errors = field(default_factory=dict)  # of the questions that a tolerance decides


class Panel:
    """The questions, and the functions of the reference that stand beside the one asked about."""

    def __init__(
        self, key: AnswerKey, questions: tuple[Question, ...], reference: Mapping[str, Function]
    ) -> None:
        """reference: short name -> function, which is asked all the questions first."""
        self._key, self._questions = key, questions
        self._exact_key = replace(key, tolerances=_EXACT)
        self._findings: dict[str, Finding] = {}
        self._reference: dict[str, FunctionUnderTest] = {}
        for short, function in reference.items():
            self._reference[short] = self._under_test(short, function, self._findings)
        for question in questions:
            under_test = self._reference[short_name(question)]
            self._findings[question.id] = ask(question, key, under_test, self._findings)

    def ask_about(self, functions: Mapping[str, Function]) -> PanelResult:
        """Put each function in the place of its short name, beside the rest of the reference."""
        result = PanelResult()
        for short, function in functions.items():
            # A question that needs one about another function finds the reference's outcome.
            findings = dict(self._findings)
            under_test = self._under_test(short, function, findings)
            for question in self._questions:
                if short_name(question) != short:
                    continue
                finding = ask(question, self._key, under_test, findings)
                result.findings[question.id] = findings[question.id] = finding
                if question.check in TOLERANCES:
                    result.errors[question.id] = self._largest_error(question, under_test)
        return result

    def _under_test(
        self, short: str, function: Function, findings: Mapping[str, Finding]
    ) -> FunctionUnderTest:
        under_test = PlainFunction(
            function,
            name=self._key.functions[short],
            probe_cases=probe_cases(self._key),
            findings=findings,
        )
        under_test.others = {**self._reference, short: under_test}
        return under_test

    def _largest_error(self, question: Question, under_test: FunctionUnderTest) -> float:
        cases = question.settings["cases"]
        errors = [_error_on(case, question, self._exact_key, under_test) for case in cases]
        return max((error for error in errors if error is not None), default=math.inf)


def short_name(question: Question) -> str:
    """The short name of the question's function."""
    return question.id.partition(".")[0]


def _error_on(
    case: str, question: Question, exact_key: AnswerKey, under_test: FunctionUnderTest
) -> float | None:
    """The error that the question's check sees on one case.

    Infinite without an answer, None if an earlier error made it pointless to ask.
    """
    settings = settings_for(replace(question, settings={**question.settings, "cases": (case,)}))
    try:
        result = CHECKS[question.check].judge(under_test, exact_key, settings)
    except SubmissionError as error:
        return math.inf if error.was_asked else None
    errors = [
        float(evidence.error)
        for evidence in result.evidence
        if isinstance(evidence, LossEvidence | GradientEvidence | SlopeEvidence)
    ]
    return max(errors, default=0.0 if result.passed else math.inf)
