"""Does the function leave W, X and y as they are?

It is given arrays that cannot be changed. numpy refuses to, at the very line that tries: so a student learns where, which a comparison of
the arrays before and after would not tell. Only that an array was given another shape is found afterwards, and without a line.
"""

from msgspec.structs import replace

from grader.checks.compare import CasesSettings
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Message, SubmissionError
from grader.verdict import CheckResult

REFUSAL = "read-only"  # in all that numpy says where an array cannot be changed


def changes_inputs(
    bench: FunctionUnderTest, key: AnswerKey, settings: CasesSettings
) -> CheckResult:
    """Other faults are none of its business, and that the function answers at all comes first."""
    for name in settings.cases:
        case = key.cases[name]
        try:
            bench.output(case)
        except SubmissionError:
            raise SubmissionError(
                Message("nothing_to_compare", {"other": bench.name}), asked=False
            ) from None
        try:
            bench.call(replace(case, form="read_only"))
        except SubmissionError as fault:
            if REFUSAL in (fault.message.quote or ""):
                return CheckResult(False, Message("changes_inputs", {}, None, fault.message.line))
    return CheckResult(True)
