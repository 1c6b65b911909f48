"""Does the function leave W, X and y as they are?

It is given arrays that cannot be written to. numpy refuses at the very line that tries, so the
student learns where it is; a comparison of the arrays before and after would not tell. Only a
changed shape is noticed afterwards, and without a line.
"""

from msgspec.structs import replace

from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Message, SubmissionError
from grader.verdict import CheckResult

REFUSAL = "read-only"  # in everything that numpy says if an array cannot be changed


def check_inputs_unchanged(
    function: FunctionUnderTest, key: AnswerKey, settings: CasesSettings
) -> CheckResult:
    """Fails at the first refusal. Other errors are not its concern.

    A function that does not even answer with ordinary arrays is not asked.
    """
    for name in settings.cases:
        case = key.cases[name]
        try:
            function.call_once(case)
        except SubmissionError:
            message = Message("nothing_to_compare", {"other": function.name})
            raise SubmissionError(message, was_asked=False) from None
        try:
            function.call(replace(case, form="read_only"))
        except SubmissionError as error:
            if REFUSAL in (error.message.quote or ""):
                return CheckResult(False, Message("changes_inputs", {}, None, error.message.line))
    return CheckResult(True)
