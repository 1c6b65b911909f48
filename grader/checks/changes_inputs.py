"""Does the function leave its inputs as they are?

The function is called with read-only arrays. numpy raises on the very line that writes to one, so
the student learns which line it is; comparing the arrays before and after the call would not show
that. Only a changed shape is noticed after the call, without a line.
"""

from grader.checks.function_under_test import FunctionUnderTest, in_form
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Form, Message, SubmissionError
from grader.verdict import CheckResult

REFUSAL = "read-only"  # part of every error about a write to a read-only array


class ReadOnlySettings(CasesSettings, frozen=True):
    """Settings of a check that calls the function with read-only arrays."""

    def form_ahead(self) -> Form:
        return "read_only"


def check_inputs_unchanged(
    function: FunctionUnderTest, key: AnswerKey, settings: ReadOnlySettings
) -> CheckResult:
    """The first refused write fails the question. Other errors are left to other questions.

    A function that gives no answer on ordinary arrays is not asked.
    """
    for name in settings.cases:
        case = key.cases[name]
        try:
            function.call_once(case)
        except SubmissionError:
            message = Message("nothing_to_compare", {"other": function.name})
            raise SubmissionError(message, was_asked=False) from None
        try:
            function.fetch(in_form(case, "read_only"))
        except SubmissionError as error:
            found = error.message
            if REFUSAL in (found.quote or ""):
                message = Message("changes_inputs", line=found.line, file=found.file)
                return CheckResult(False, message)
    return CheckResult(True)
