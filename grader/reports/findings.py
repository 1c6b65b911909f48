"""Findings in words, as all parts of a report show them: questions, problems and causes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from grader.model import SourceFile, Words
from grader.reports.evidence import describe_evidence, format_points
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import LinePlace, Sentence, line_name, question_name, sentence
from grader.static_analysis.text import lines_of, text_of
from grader.verdict import Finding

CODE_LENGTH = 100  # characters shown of a line of code
# The lines of each graded file, by its name; those of the first are under None.
SourceLines: TypeAlias = Mapping[str | None, Sequence[str]]


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


def source_lines(source: bytes, more: Sequence[SourceFile] = (), first: str = "") -> SourceLines:
    """Split the graded files into lines. more: the files beside the first; first: its name."""
    own = lines_of(text_of(source))
    others = {each.file: lines_of(text_of(each.text)) for each in more}
    return {None: own, first: own} | others


def finding_view(finding: Finding, words: Words, lines: SourceLines) -> FindingView:
    """Put a finding into words. lines: of the graded files, to quote the message's line."""
    message = finding.message
    awarded = "?" if finding.points is None else format_points(finding.points)
    return FindingView(
        finding=finding,
        short=finding.question.partition(".")[0],
        name=question_name(finding.question, words),
        description=_description(finding, words),
        outcome=words["outcomes"][finding.outcome],
        mark=words["outcome_marks"][finding.outcome],
        points=f"{awarded}/{format_points(finding.possible)}",
        sentence=sentence(message, words, finding.check) if message else None,
        code=code_line(message, lines, words) if message else "",
        evidence=tuple(describe_evidence(evidence, words) for evidence in finding.evidence),
        notes=tuple(sentence(note, words) for note in finding.notes),
    )


def _description(finding: Finding, words: Words) -> str:
    """What the question asks: in words for its check by this name, "value.loss", or for all."""
    asked = words["asked"]
    name = finding.question.partition(".")[2]
    return str(asked.get(f"{finding.check}.{name}", asked.get(finding.check, "")))


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


def code_line(place: LinePlace, lines: SourceLines, words: Words) -> str:
    """A line of the source after its number: "12 | loss /= N". Empty if there is no such line.

    In a notebook, the cell and the line within it stand in front: "Cell 3, line 5 | loss /= N". In
    a file that is not the first of several, its name does.
    """
    # Cut first: a line may be as long as the file.
    text = escape_invisible(line_text(place, lines).strip()[:CODE_LENGTH])
    if not text:
        return ""
    is_plain = place.cell is None and place.file is None
    name = str(place.line) if is_plain else line_name(place, words)
    return f"{name} | {text[:CODE_LENGTH]}"


def line_text(place: LinePlace, lines: SourceLines) -> str:
    """The text of a line; empty if there is no such line."""
    of_file = lines.get(place.file, ())
    if place.line is None or not 0 < place.line <= len(of_file):
        return ""
    return of_file[place.line - 1]
