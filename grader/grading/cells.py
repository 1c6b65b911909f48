"""Puts the cells of a notebook on a verdict, wherever it names a line."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from grader.model import CellStart, Message
from grader.static_analysis.text import renumbered
from grader.verdict import Finding, GrowthEvidence, Verdict


def with_cells(verdict: Verdict, cells: Sequence[CellStart]) -> Verdict:
    """Add the cell, and the line within it, wherever the verdict names a line of a notebook."""
    return replace(
        verdict,
        findings=tuple(_finding_with_cells(finding, cells) for finding in verdict.findings),
        diagnosis={
            function: replace(
                diagnosis,
                suspicions=_messages_with_cells(diagnosis.suspicions, cells),
                **_cell_of(diagnosis.line, diagnosis.file, cells),
            )
            for function, diagnosis in verdict.diagnosis.items()
        },
        flags=_messages_with_cells(verdict.flags, cells),
        notes=_messages_with_cells(verdict.notes, cells),
    )


def _finding_with_cells(finding: Finding, cells: Sequence[CellStart]) -> Finding:
    message = finding.message
    evidence = tuple(
        # Operations are counted by the lines of the first file.
        replace(each, **_cell_of(each.line, None, cells))
        if isinstance(each, GrowthEvidence)
        else each
        for each in finding.evidence
    )
    return replace(
        finding,
        message=message and _message_with_cell(message, cells),
        notes=_messages_with_cells(finding.notes, cells),
        evidence=evidence,
    )


def _messages_with_cells(
    messages: Sequence[Message], cells: Sequence[CellStart]
) -> tuple[Message, ...]:
    return tuple(_message_with_cell(each, cells) for each in messages)


def _message_with_cell(message: Message, cells: Sequence[CellStart]) -> Message:
    """Add the cell. Python itself may name another line of a text that it cannot read."""
    file, quote = message.file, message.quote
    if quote and message.code == "does_not_parse":
        quote = renumbered(quote, lambda line: _cell_of(line, file, cells).get("cell_line", line))
    return replace(message, quote=quote, **_cell_of(message.line, file, cells))


def _cell_of(line: int | None, file: str | None, cells: Sequence[CellStart]) -> dict[str, Any]:
    """Return the fields cell and cell_line for a line of the graded code; none if it has none."""
    if line is None:
        return {}
    starts = [start for start in cells if start.file == file and start.line <= line]
    if not starts:
        return {}
    last = starts[-1]
    return {"cell": last.cell, "cell_line": line - last.line + last.cell_line}
