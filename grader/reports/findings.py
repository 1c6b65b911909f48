"""Findings in words, as all parts of a report show them: questions, problems and causes."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from grader.model import Words
from grader.reports.evidence import describe_evidence, format_points
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import LinePlace, Sentence, line_name, question_name, sentence
from grader.verdict import Finding

CODE_LENGTH = 100  # characters shown of a line of code


class FindingView(NamedTuple):
    """The finding of one question, in words."""

    finding: Finding
    short: str  # the function's short name, the first part of the question's id
    name: str  # the question's name
    description: str  # of its check
    outcome: str
    mark: str  # the outcome as a sign for the terminal
    points: str  # such as 2/5, and ?/5 where a person has to decide
    sentence: Sentence | None
    code: str  # the line of code that the sentence is about, or empty
    evidence: tuple[str, ...]
    notes: tuple[Sentence, ...]


def finding_view(finding: Finding, words: Words, lines: Sequence[str] = ()) -> FindingView:
    """Put a finding into words. lines: the graded source, to quote the message's line."""
    message = finding.message
    awarded = "?" if finding.points is None else format_points(finding.points)
    return FindingView(
        finding=finding,
        short=finding.question.partition(".")[0],
        name=question_name(finding.question, words),
        description=words["asked"].get(finding.check, ""),
        outcome=words["outcomes"][finding.outcome],
        mark=words["outcome_marks"][finding.outcome],
        points=f"{awarded}/{format_points(finding.possible)}",
        sentence=sentence(message, words) if message else None,
        code=code_line(message, lines, words) if message else "",
        evidence=tuple(describe_evidence(evidence, words) for evidence in finding.evidence),
        notes=tuple(sentence(note, words) for note in finding.notes),
    )


def by_function(texts: Iterable[tuple[str, str]], functions: Sequence[str]) -> tuple[str, ...]:
    """Merge equal texts about several functions.

    texts: pairs of a function and a text about it. A text that holds for all of `functions` comes
    as it is; any other follows the names of its functions.
    """
    functions_of: dict[str, list[str]] = {}
    for function, text in dict.fromkeys(texts):
        if text:
            functions_of.setdefault(text, []).append(function)
    return tuple(
        text if set(functions) <= set(names) else f"{', '.join(names)}: {text}"
        for text, names in functions_of.items()
    )


def code_line(place: LinePlace, lines: Sequence[str], words: Words) -> str:
    """A line of the source after its number: "12 | loss /= N". Empty if there is no such line.

    In a notebook, the cell and the line within it stand in front: "Cell 3, line 5 | loss /= N".
    """
    number = place.line
    if number is None or not 0 < number <= len(lines):
        return ""
    text = escape_invisible(lines[number - 1].strip())
    name = str(number) if place.cell is None else line_name(place, words)
    return f"{name} | {text[:CODE_LENGTH]}" if text else ""
