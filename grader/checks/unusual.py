"""Does the function answer inputs that are valid but unusual?

Such as an axis of length one, whole numbers, or slices of larger arrays.
"""

from typing import Literal

from msgspec.structs import replace

from grader.checks.compare import is_near
from grader.checks.function_under_test import FunctionUnderTest, in_form
from grader.checks.settings import OutputSettings
from grader.model import AnswerKey, Case, Form, Message, SubmissionError
from grader.verdict import CheckResult


class UnusualSettings(OutputSettings, frozen=True):
    """Settings of the check of unusual inputs. With form "integer", cases hold whole numbers."""

    form: Literal["plain", "integer", "strided"] = "plain"  # of the arrays, see Case

    def needs_whole_numbers(self) -> bool:
        return self.form == "integer"

    def form_ahead(self) -> Form:
        return self.form


def check_unusual_inputs(
    function: FunctionUnderTest, key: AnswerKey, settings: UnusualSettings
) -> CheckResult:
    """Compare answers roughly.

    A mistake with such inputs leaves nothing right. Epsilons and float32 are for other questions.
    """
    outputs = settings.outputs_of(key, function.definition)
    for name in settings.cases:
        case, expected = in_form(key.cases[name], settings.form), key.expected[name]
        try:
            answer = function.fetch(case)
            if all(is_near(answer.value(output), expected[output]) for output in outputs):
                continue
        except SubmissionError as error:
            if not error.was_asked:
                raise
            return CheckResult(False, _message(case, error.message))
        return CheckResult(False, _message(case))
    return CheckResult(True)


def _message(case: Case, cause: Message | None = None) -> Message:
    """cause: the error of the call, whose kind, words and line are kept."""
    if case.form == "integer":
        message = Message("integer_inputs")
    elif case.form == "strided":
        message = Message("strided_inputs")
    else:
        message = Message("odd_shape", {"case": case.name})
    if cause is None:
        return message
    kind = {name: value for name, value in cause.values.items() if name == "kind"}
    return replace(
        message,
        values=message.values | kind,
        quote=cause.quote,
        line=cause.line,
        file=cause.file,
    )
