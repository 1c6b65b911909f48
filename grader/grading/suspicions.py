"""Adds to a diagnosis what a function does to its inputs, as the likely cause of what it fails."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from grader.model import AnswerKey, Function, Message, SourceFile
from grader.static_analysis.replaced_inputs import replaced_inputs
from grader.static_analysis.written_inputs import input_written
from grader.verdict import Diagnosis, Finding


def with_suspicions(
    diagnosis: Diagnosis,
    function: Function,
    findings: Sequence[Finding],
    key: AnswerKey,
    files: Sequence[SourceFile],
) -> Diagnosis:
    """Add them where the function fails with numbers that are wrong, or with none.

    Known mistakes may explain these: `W += reg * W`, typed for dW, gives a dW without its reg term.
    findings: about this function. files: the text that was run. A bug in the search must not cost a
    student the verdict.
    """
    failed = [each for each in findings if each.outcome == "failed" and not each.is_advice]
    has_run = not any(each.message and each.message.code == "not_implemented" for each in failed)
    if not failed or not has_run or key.reveal != "cause":
        return diagnosis
    is_open = bool(diagnosis.unexplained or diagnosis.unobserved)
    if not is_open and not diagnosis.causes:
        return diagnosis
    try:
        suspicions = tuple(_suspicions(function, findings, files))
    except Exception:
        return diagnosis
    return replace(diagnosis, suspicions=suspicions)


def _suspicions(
    function: Function,
    findings: Sequence[Finding],
    files: Sequence[SourceFile],
) -> Iterator[Message]:
    for name, place in replaced_inputs(files, function):
        yield Message("input_replaced", {"input": name}, line=place.line, file=place.file)
    for finding in findings:
        message = finding.message
        if message is None or message.code != "changes_inputs":
            continue
        line, file = message.line, message.file
        written = input_written(files, function, line) if line else None
        if written is None:
            yield Message("inputs_changed", line=line, file=file)
        else:
            yield Message("input_changed", {"input": written}, line=line, file=file)
