"""What a report shows, in order, as plain data: made once, and laid out by the page and by the terminal."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from grader.model import Message, Words
from grader.reports.seen import points, seen
from grader.reports.sentences import Sentence, question_name, sentence, visible
from grader.verdict import Finding, Verdict

CODE = 100  # characters of a line of code that are shown
STOPPERS = ("timed_out", "ended_early")  # after which a function is not asked further


class Row(NamedTuple):
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


class Problem(NamedTuple):
    """Failed questions with one message. The first of them speaks for all. costs: their points; more: those of questions that were not
    asked because of them."""

    rows: tuple[Row, ...]
    costs: float
    more: float

    @property
    def first(self) -> Row:
        return self.rows[0]


class Flag(NamedTuple):
    """Something for a person to look at, with the line of code it speaks of. It costs no points."""

    sentence: Sentence
    code: str
    seen: tuple[str, ...] = ()


class View(NamedTuple):
    """rows: the questions that points are given for; advice: of the others, what failed and is not told of the same function among
    the problems."""

    verdict: Verdict
    title: str
    file: str
    saved: str
    score: str
    undecided: str
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    flags: tuple[Flag, ...]
    advice: tuple[Problem, ...]

    def with_outcome(self, *outcomes: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.finding.outcome in outcomes)


def view(verdict: Verdict, words: Words, source: bytes = b"") -> View:
    """source: what was graded, to show the lines that messages speak of."""
    lines = re.split("\r\n|\r|\n", source.decode("utf-8-sig", "replace"))  # as Python counts them
    every_row = [row(finding, words, lines) for finding in verdict.findings]
    rows = tuple(each for each in every_row if not each.finding.is_advice)
    told = {(each.short, repr(each.finding.message)) for each in rows}
    advice = tuple(each for each in every_row if each.finding.is_advice and (each.short, repr(each.finding.message)) not in told)
    page = words["page"]
    saved = datetime.fromisoformat(verdict.submission.saved).astimezone().strftime("%Y-%m-%d %H:%M:%S") if verdict.submission.saved else ""
    return View(
        verdict,
        visible(words["title"] or verdict.assignment),
        visible(verdict.submission.file),
        page["saved"].format(time=saved) if saved else "",
        page["score"].format(score=points(verdict.score), possible=points(verdict.possible)),
        page["undecided"].format(points=points(verdict.undecided)) if verdict.undecided else "",
        rows,
        problems(rows),
        tuple(Flag(sentence(flag, words), code_line(flag, lines)) for flag in verdict.flags),
        problems(advice),
    )


def row(finding: Finding, words: Words, lines: Sequence[str] = ()) -> Row:
    short = finding.question.partition(".")[0]
    awarded = "?" if finding.points is None else points(finding.points)
    return Row(
        finding,
        short,
        question_name(finding.question, words),
        words["asked"].get(finding.check, ""),
        words["outcomes"][finding.outcome],
        words["outcome_marks"][finding.outcome],
        f"{awarded}/{points(finding.possible)}",
        sentence(finding.message, words) if finding.message else None,
        code_line(finding.message, lines) if finding.message else "",
        tuple(seen(evidence, words) for evidence in finding.evidence),
        tuple(sentence(note, words) for note in finding.notes),
    )


def code_line(message: Message, lines: Sequence[str]) -> str:
    """The line of the source that a message speaks of, with its number."""
    number = message.line or 0
    text = visible(lines[number - 1].strip()) if 0 < number <= len(lines) else ""
    return f"{number} | {text[:CODE]}" if text else ""


def problems(rows: tuple[Row, ...]) -> tuple[Problem, ...]:
    """Failed questions, those with one and the same message together: a file that does not parse is one problem, not fifteen."""
    groups: dict[str, list[Row]] = {}
    for each in rows:
        if each.finding.outcome == "failed":
            groups.setdefault(repr(each.finding.message), []).append(each)
    charged: set[str] = set()
    return tuple(problem(tuple(group), rows, charged) for group in groups.values())


def problem(group: tuple[Row, ...], rows: tuple[Row, ...], charged: set[str]) -> Problem:
    """charged: questions not asked that an earlier problem answers for; this one's are added."""
    causes, more = {row.finding.question for row in group}, 0.0
    for row in rows:
        if row.finding.outcome == "not_run" and row.finding.question not in charged and is_due_to(row, group, causes):
            charged.add(row.finding.question)
            causes.add(row.finding.question)
            more += row.finding.possible
    return Problem(group, sum(row.finding.possible for row in group), more)


def is_due_to(row: Row, group: tuple[Row, ...], causes: set[str]) -> bool:
    """Was this question not asked because of one of the causes?"""
    message = row.finding.message
    if message is None:
        return False
    if "question" in message.values:
        return message.values["question"] in causes
    cause = group[0].finding
    if "other" in message.values:
        return message.values["other"] in {each.finding.function for each in group}
    return row.finding.function == cause.function and cause.message is not None and cause.message.code in STOPPERS
