"""Adds the line to blame to a verdict, where the text of the submission shows it beyond doubt."""

from collections.abc import Sequence

from msgspec.structs import replace

from grader.model import AnswerKey, SourceFile, suffixed
from grader.static_analysis.locate import Location, locate
from grader.verdict import Diagnosis, Finding


def with_line(finding: Finding, key: AnswerKey, files: Sequence[SourceFile]) -> Finding:
    """Add the line to blame to a failed finding, if it is beyond doubt and none is known yet.

    The key has the pattern to search for, under the message's code or the question's name. Only an
    assignment that reveals causes shows the line. files: the text that was run.
    """
    message = finding.message
    if finding.outcome != "failed" or message is None or message.line or key.reveal != "cause":
        return finding
    for cause in (*suffixed(message), finding.question.partition(".")[2]):
        place = _locate(files, finding.function, [cause], key)
        if place:
            return replace(finding, message=replace(message, line=place.line, file=place.file))
    return finding


def with_common_line(
    diagnosis: Diagnosis, function: str, key: AnswerKey, files: Sequence[SourceFile]
) -> Diagnosis:
    """The diagnosis with its line, if all explanations point at the same one."""
    places = {_locate(files, function, cause, key) for cause in diagnosis.causes}
    place = places.pop() if len(places) == 1 else None
    if place is None:
        return replace(diagnosis, line=None, file=None)
    return replace(diagnosis, line=place.line, file=place.file)


def _locate(
    files: Sequence[SourceFile], function: str, causes: Sequence[str], key: AnswerKey
) -> Location | None:
    """The line to blame for all of these causes, or None.

    A bug in the search must not cost a student the verdict.
    """
    try:
        return locate(files, key.function_named(function), causes, key.lines)
    except Exception:
        return None
