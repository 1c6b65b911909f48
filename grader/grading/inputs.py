"""Adds to an error on which input it happens, where it does not happen on all of them."""

from msgspec.structs import replace

from grader.checks.function_under_test import FunctionUnderTest
from grader.model import Answer, AnswerKey, Message, SubmissionError, twin_of
from grader.verdict import Finding

ABOUT_A_CALL = {
    *("raised", "timed_out", "output_is_array", "output_shape", "returned_no_number"),
    *("not_implemented", "returned_one_value", "returned_no_tuple", "returned_wrong_count"),
}


def with_input(finding: Finding, function: FunctionUnderTest, key: AnswerKey) -> Finding:
    """Add the kind of input to an error of a call, such as "with more classes than samples".

    It is the first input that has this error, beside the first that has none: reports have words
    for both by the names of the cases, which betray no number. An error that every input has says
    nothing about one of them. A function that answers some inputs is not unwritten, but unfinished.
    function: after all questions were asked.
    """
    message = finding.message
    if message is None or message.code not in ABOUT_A_CALL or "case" in message.values:
        return finding
    errors = {name: _errors_in(answer) for name, answer in function.remembered.items()}
    failing = [name for name, of_case in errors.items() if message in of_case]
    answering = [name for name, of_case in errors.items() if not of_case]
    if not failing or not answering:
        return finding
    values = _values_for(failing[0], answering, key)
    if message.code == "not_implemented":
        message = Message("unfinished")
    return replace(finding, message=replace(message, values=message.values | values))


def _values_for(failing: str, answering: list[str], key: AnswerKey) -> dict[str, float | int | str]:
    """If the error needs a knob that is turned up, its name; else the name of the other case."""
    for knob in key.knobs:
        for name in answering:
            if failing == twin_of(name, knob):
                return {"case": name, "turned_up": knob}
    return {"case": failing, "other_case": answering[0]}


def _errors_in(answer: Answer | SubmissionError) -> list[Message]:
    """The errors of a call, or of single outputs of it."""
    if isinstance(answer, SubmissionError):
        return [answer.message]
    values = answer.values.values()
    return [each.message for each in values if isinstance(each, SubmissionError)]
