"""Asks the assignment's questions about a function that stands among those of the reference."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec.structs import replace

from grader.checks import check_named, settings_for
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.slope import SlopeSettings
from grader.grading import ask
from grader.model import AnswerKey, Question, SubmissionError, Tolerances
from grader.verdict import Finding, SlopeEvidence, ValueEvidence
from grader.verification.functions import Solution, under_test
from grader.verification.judged import Measure, measures_of, short_name

# Question and name of a measure -> largest error; infinite if there is no answer.
Errors: TypeAlias = dict[tuple[str, str], float]


@dataclass(frozen=True)
class PanelResult:
    """The outcomes of a function, in each place where it stood."""

    findings: dict[str, Finding] = field(default_factory=dict)  # by question
    errors: Errors = field(default_factory=dict)


class Panel:
    """The questions, and the functions of the reference that stand beside the one asked about."""

    def __init__(
        self, key: AnswerKey, questions: tuple[Question, ...], reference: Solution
    ) -> None:
        """reference: it is asked all the questions first."""
        self._key, self._questions = key, questions
        # With these, a check reports every error. Whether a slope can be measured depends on the
        # values, so their tolerances stay there.
        exact = Tolerances(value=0, outputs={}, single_precision=0, stable=0)
        self._exact = replace(key, tolerances=exact)
        exact = replace(key.tolerances, slope=0, slope_single_precision=0)
        self._exact_slopes = replace(key, tolerances=exact)
        self._findings: dict[str, Finding] = {}
        self._reference: dict[str, FunctionUnderTest] = {}
        for short in key.functions:
            self._reference[short] = self._under_test(short, reference, self._findings)
        for question in questions:
            function = self._reference[short_name(question)]
            self._findings[question.id] = ask(question, key, function, self._findings)

    @property
    def reference_findings(self) -> Mapping[str, Finding]:
        """The outcomes of the reference, by question."""
        return self._findings

    def ask_about(self, solution: Solution, functions: tuple[str, ...]) -> PanelResult:
        """Put a solution in the place of each of these functions, beside the rest of the reference.

        functions: short names.
        """
        result = PanelResult()
        for short in functions:
            # A question that needs one about another function finds the reference's outcome.
            findings = dict(self._findings)
            function = self._under_test(short, solution, findings)
            for question in self._questions:
                if short_name(question) != short:
                    continue
                finding = ask(question, self._key, function, findings)
                result.findings[question.id] = findings[question.id] = finding
                for measure in measures_of(self._key, question):
                    error = self._largest_error(measure, function)
                    result.errors[question.id, measure.name] = error
        return result

    def _under_test(
        self, short: str, solution: Solution, findings: Mapping[str, Finding]
    ) -> FunctionUnderTest:
        definition = self._key.functions[short]
        function = under_test(self._key, definition, solution, findings=findings)
        function.others = {**self._reference, short: function}
        return function

    def _largest_error(self, measure: Measure, function: FunctionUnderTest) -> float:
        cases = settings_for(measure.question, self._key).cases_asked()
        errors = [self._error_on(case, measure.question, function) for case in cases]
        return max((error for error in errors if error is not None), default=math.inf)

    def _error_on(self, case: str, question: Question, function: FunctionUnderTest) -> float | None:
        """The error that the question's check sees on one case.

        Infinite without an answer, None if an earlier error made it pointless to ask.
        """
        own = {name: each for name, each in question.settings.items() if name != "larger"}
        question = replace(question, settings={**own, "cases": (case,)})
        settings = settings_for(question, self._key)
        key = self._exact_slopes if isinstance(settings, SlopeSettings) else self._exact
        try:
            check = check_named(self._key, question.check)
            result = check.judge(function, key, settings)
        except SubmissionError as error:
            return math.inf if error.was_asked else None
        errors = [
            float(evidence.error)
            for evidence in result.evidence
            if isinstance(evidence, ValueEvidence | SlopeEvidence)
        ]
        return max(errors, default=0.0 if result.passed else math.inf)
