"""Do two functions of the same submission agree? Which of them is right is another question."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import field

from grader.checks.compare import is_within, relative_error, unless_half
from grader.checks.evidence import value_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import OutputSettings
from grader.model import AnswerKey, Array, Case, Message, SubmissionError
from grader.verdict import CheckResult


class AgreesSettings(OutputSettings, frozen=True, kw_only=True):
    """The setting `with` holds the short name of the function to compare with."""

    other: str = field(name="with")

    def functions_asked(self) -> Mapping[str, str]:
        return {"with": self.other}


def check_agreement(
    function: FunctionUnderTest, key: AnswerKey, settings: AgreesSettings
) -> CheckResult:
    """Compare the outputs that both have. The first case on which they differ decides."""
    other = function.others[settings.other]
    theirs = settings.outputs_of(key, other.definition)
    outputs = [each for each in settings.outputs_of(key, function.definition) if each in theirs]
    for name in settings.cases:
        case = key.cases[name]
        answer = function.call_once(case)
        others = _finite_answer(other, case, outputs)
        for output in outputs:
            got, expected = answer.value(output), others[output]
            error = relative_error(got, expected)
            if is_within(key.tolerances, output, error, got, expected):
                continue
            values: dict[str, float | int | str] = {
                "case": name,
                "output": output,
                "other": other.name,
            }
            message = unless_half(Message("disagrees", values), error, got)
            evidence = value_evidence(
                function, case, output, got, expected, key.tolerances, other=other.name
            )
            return CheckResult(False, message, (evidence,))
    return CheckResult(True)


def _finite_answer(
    other: FunctionUnderTest, case: Case, outputs: Sequence[str]
) -> dict[str, Array]:
    """The outputs of the other function.

    Raises SubmissionError if one is missing or not finite: the question is then not run.
    """
    error = SubmissionError(Message("nothing_to_compare", {"other": other.name}), was_asked=False)
    try:
        other.require_ready()
        answer = other.call_once(case)
        values = {output: answer.value(output) for output in outputs}
    except SubmissionError:
        raise error from None
    if not all(np.isfinite(value).all() for value in values.values()):
        raise error
    return values
