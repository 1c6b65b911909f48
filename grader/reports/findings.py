"""Findings in words: what the table, the problems and the causes are made of."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from grader.model import Words
from grader.reports.evidence import format_points, seen
from grader.reports.sentences import Sentence, escape_invisible, question_name, sentence
from grader.verdict import Finding

CODE = 100  # characters of a line of code that are shown


class FindingView(NamedTuple):
    """A finding, told. short: the first part of the question's id; seen: its evidence in words; code: the line it speaks of."""

    finding: Finding
    short: str
    name: str
    asked: str
    outcome: str
    mark: str
    points: str
    sentence: Sentence | None
    code: str
    seen: tuple[str, ...]
    notes: tuple[Sentence, ...]


def row(finding: Finding, words: Words, lines: Sequence[str] = ()) -> FindingView:
    short = finding.question.partition(".")[0]
    awarded = "?" if finding.points is None else format_points(finding.points)
    return FindingView(
        finding,
        short,
        question_name(finding.question, words),
        words["asked"].get(finding.check, ""),
        words["outcomes"][finding.outcome],
        words["outcome_marks"][finding.outcome],
        f"{awarded}/{format_points(finding.possible)}",
        sentence(finding.message, words) if finding.message else None,
        code_line(finding.message.line, lines) if finding.message else "",
        tuple(seen(evidence, words) for evidence in finding.evidence),
        tuple(sentence(note, words) for note in finding.notes),
    )


def by_function(told: Iterable[tuple[str, str]], functions: Sequence[str]) -> tuple[str, ...]:
    """told: a function and a text about it. Each text once: as it is where it holds for all the functions, else behind their names."""
    found: dict[str, list[str]] = {}
    for function, text in dict.fromkeys(told):
        if text:
            found.setdefault(text, []).append(function)
    return tuple(
        text if set(functions) <= set(names) else f"{', '.join(names)}: {text}"
        for text, names in found.items()
    )


def code_line(number: int | None, lines: Sequence[str]) -> str:
    """That line of the source, with its number."""
    number = number or 0
    text = escape_invisible(lines[number - 1].strip()) if 0 < number <= len(lines) else ""
    return f"{number} | {text[:CODE]}" if text else ""
