"""Of a submission of several files, the lines of the first are named with it, as all others are."""

from collections.abc import Sequence

from msgspec.structs import replace

from grader.model import Message
from grader.verdict import Finding, Verdict


def with_first_file(verdict: Verdict) -> Verdict:
    """Put the name of the first file beside each of its lines."""
    file = verdict.submission.file
    diagnosis = {
        function: replace(
            each,
            file=each.file or file if each.line else each.file,
            suspicions=_messages(each.suspicions, file),
        )
        for function, each in verdict.diagnosis.items()
    }
    return replace(
        verdict,
        findings=tuple(_finding(finding, file) for finding in verdict.findings),
        diagnosis=diagnosis,
        flags=_messages(verdict.flags, file),
        notes=_messages(verdict.notes, file),
    )


def _finding(finding: Finding, file: str) -> Finding:
    message = finding.message and _messages([finding.message], file)[0]
    return replace(finding, message=message, notes=_messages(finding.notes, file))


def _messages(messages: Sequence[Message], file: str) -> tuple[Message, ...]:
    return tuple(replace(each, file=each.file or file) if each.line else each for each in messages)
