"""Does the function also answer inputs that are right but unusual: a size of 1, whole numbers, slices of larger arrays?"""

from typing import Literal

from msgspec.structs import replace

from grader.checks.compare import CasesSettings
from grader.checks.function_under_test import FunctionUnderTest, is_near
from grader.model import AnswerKey, Case, Message, SubmissionError
from grader.verdict import CheckResult


class UnusualSettings(CasesSettings, frozen=True):
    """cases: inputs to ask, where the form is integer in whole numbers; form: of their arrays, see Case."""

    form: Literal["plain", "integer", "strided"] = "plain"

    def needs_whole_numbers(self) -> bool:
        return self.form == "integer"


def unusual(bench: FunctionUnderTest, key: AnswerKey, settings: UnusualSettings) -> CheckResult:
    """Compared roughly: a slip of this kind leaves nothing right, and epsilons and float32 are for other questions."""
    for name in settings.cases:
        case, expected = replace(key.cases[name], form=settings.form), key.expected[name]
        try:
            output = bench.call(case)
            if is_near(output.loss, expected.loss) and is_near(output.gradient, expected.gradient):
                continue
            line, quote = None, None
        except SubmissionError as fault:
            if not fault.asked:
                raise
            line, quote = fault.message.line, fault.message.quote
        return CheckResult(False, told(case, quote, line))
    return CheckResult(True)


def told(case: Case, quote: str | None, line: int | None) -> Message:
    if case.form == "integer":
        return Message("integer_inputs", {}, quote, line)
    if case.form == "strided":
        return Message("strided_inputs", {}, quote, line)
    return Message("odd_shape", {"case": case.name}, quote, line)
