"""Does the function survive inputs that overflow or underflow in careless code?

The values are compared: being finite is not enough.
"""

from collections.abc import Mapping
from types import MappingProxyType

from grader.checks.compare import relative_error
from grader.checks.evidence import value_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import OutputSettings
from grader.model import AnswerKey, Message
from grader.verdict import CheckResult


class StableSettings(OutputSettings, frozen=True):
    """Settings of the check of stability."""

    # Output -> an earlier question. The output is compared only if that question was passed: one
    # that is wrong anyway is not charged twice.
    output_if: Mapping[str, str] = MappingProxyType({})

    def outputs_asked(self) -> Mapping[str, str]:
        named = {f"output_if.{output}": output for output in self.output_if}
        return {**super().outputs_asked(), **named}

    def questions_asked(self) -> Mapping[str, str]:
        return {f"output_if.{output}": question for output, question in self.output_if.items()}


def check_stability(
    function: FunctionUnderTest, key: AnswerKey, settings: StableSettings
) -> CheckResult:
    """The first case with an output that is off decides."""
    outputs = [
        output
        for output in settings.outputs_of(key, function.definition)
        if output not in settings.output_if or function.has_passed(settings.output_if[output])
    ]
    for name in settings.cases:
        case = key.cases[name]
        answer = function.call_once(case)
        for output in outputs:
            got, expected = answer.value(output), key.expected[name][output]
            tolerance = max(key.tolerances.stable, key.tolerances.of(output))
            if relative_error(got, expected) <= tolerance:
                continue
            if function.repeats_another_answer(case, answer):
                message = Message("answer_of_another_call", {"case": name})
            else:
                message = Message("unstable", {"case": name, "output": output})
            evidence = value_evidence(function, case, output, got, expected, key.tolerances)
            return CheckResult(False, message, (evidence,))
    return CheckResult(True)
