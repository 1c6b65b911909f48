"""What a report shows, in order, as plain data: made once, and laid out by the page and by the terminal."""

from collections.abc import Mapping
from typing import NamedTuple

from grader.model import Words
from grader.redaction import without_secrets
from grader.reports.causes import Block, blocks, unexplained
from grader.reports.evidence import format_points
from grader.reports.findings import FindingView, by_function, code_line, row
from grader.reports.sentences import Sentence, escape_invisible, pluralized, sentence
from grader.reports.submission_header import format_time
from grader.static_analysis.text import lines_of, text_of
from grader.verdict import Verdict

STOPPERS = ("timed_out", "ended_early")  # after which a function is not asked further


class Problem(NamedTuple):
    """Failed questions with one message. The first of them speaks for all. costs: their points; more: those of questions that were not
    asked because of them. seen: the evidence, with the functions' names where it differs, and what else can be said of the numbers;
    next: what to do; also: that nothing is known about them."""

    rows: tuple[FindingView, ...]
    costs: float
    more: float
    seen: tuple[str, ...]
    next: tuple[str, ...]
    also: tuple[str, ...]

    @property
    def first(self) -> FindingView:
        return self.rows[0]


class Flag(NamedTuple):
    """Something for a person to look at, with the line of code it speaks of. It costs no points."""

    sentence: Sentence
    code: str
    seen: tuple[str, ...] = ()


class View(NamedTuple):
    """rows: the questions that points are given for; advice: of the others, what failed and is not told of the same function among
    the problems. ending: what this grading is, official or not."""

    verdict: Verdict
    title: str
    file: str
    saved: str
    score: str
    undecided: str
    rows: tuple[FindingView, ...]
    causes: tuple[Block, ...]
    problems: tuple[Problem, ...]
    flags: tuple[Flag, ...]
    advice: tuple[Problem, ...]
    ending: str

    def with_outcome(self, *outcomes: str) -> tuple[FindingView, ...]:
        return tuple(row for row in self.rows if row.finding.outcome in outcomes)


def view(verdict: Verdict, words: Words, source: bytes = b"") -> View:
    """source: what was graded, to show the lines that messages speak of. A report is its author's to read: what a secret key hides is not
    in it, whoever renders it."""
    verdict = without_secrets(verdict)
    lines = lines_of(text_of(source))
    every_row = [row(finding, words, lines) for finding in verdict.findings]
    rows = tuple(each for each in every_row if not each.finding.is_advice)
    told = {(each.short, repr(each.finding.message)) for each in rows}
    advice = tuple(
        each
        for each in every_row
        if each.finding.is_advice and (each.short, repr(each.finding.message)) not in told
    )
    page = words["page"]
    causes = blocks(verdict, rows, words, lines)
    explained = (
        {question for diagnosis in verdict.diagnosis.values() for question in diagnosis.questions}
        if causes
        else set()
    )
    saved = format_time(verdict.submission.saved)
    return View(
        verdict,
        escape_invisible(words["title"] or verdict.assignment),
        escape_invisible(verdict.submission.file),
        page["saved"].format(time=saved) if saved else "",
        pluralized(
            "score", format_points(verdict.possible), words, score=format_points(verdict.score)
        ),
        pluralized("undecided", format_points(verdict.undecided), words)
        if verdict.undecided
        else "",
        rows,
        causes,
        problems(rows, explained, unexplained(verdict, rows, words)),
        tuple(Flag(sentence(flag, words), code_line(flag.line, lines)) for flag in verdict.flags),
        problems(advice, set(), {}),
        page["official"] if verdict.key.seed is None else page["practice"],
    )


def problems(
    rows: tuple[FindingView, ...], explained: set[str], beside: Mapping[str, tuple[Sentence, ...]]
) -> tuple[Problem, ...]:
    """Failed questions, those with one and the same message together: a file that does not parse is one problem, not fifteen.
    explained: those that a cause answers for; beside: question -> what can be said of numbers that nothing explains."""
    groups: dict[str, list[FindingView]] = {}
    for each in rows:
        if each.finding.outcome == "failed" and each.finding.question not in explained:
            groups.setdefault(repr(each.finding.message), []).append(each)
    charged = set(explained)
    return tuple(problem(tuple(group), rows, charged, beside) for group in groups.values())


def problem(
    group: tuple[FindingView, ...],
    rows: tuple[FindingView, ...],
    charged: set[str],
    beside: Mapping[str, tuple[Sentence, ...]],
) -> Problem:
    """charged: questions not asked that an earlier problem answers for; this one's are added."""
    causes, more = {each.finding.question for each in group}, 0.0
    for each in rows:
        if (
            each.finding.outcome == "not_run"
            and each.finding.question not in charged
            and is_due_to(each, group, causes)
        ):
            charged.add(each.finding.question)
            causes.add(each.finding.question)
            more += each.finding.possible
    functions = [each.finding.function for each in group]
    alike = [each for each in group if each.name == group[0].name]
    said = [
        (each.finding.function, sentence)
        for each in group
        for sentence in beside.get(each.finding.question, ())
    ]
    evidence = [(each.finding.function, line) for each in alike for line in each.seen]
    evidence += [(function, sentence.what) for function, sentence in said if sentence.next]
    advice = [sentence.next for _, sentence in said if sentence.next] or [
        group[0].sentence.next if group[0].sentence else ""
    ]
    return Problem(
        group,
        sum(each.finding.possible for each in group),
        more,
        by_function(evidence, functions),
        tuple(dict.fromkeys(advice)),
        by_function(
            ((function, sentence.what) for function, sentence in said if not sentence.next),
            functions,
        ),
    )


def is_due_to(row: FindingView, group: tuple[FindingView, ...], causes: set[str]) -> bool:
    """Was this question not asked because of one of the causes?"""
    message = row.finding.message
    if message is None:
        return False
    if "question" in message.values:
        return message.values["question"] in causes
    cause = group[0].finding
    if "other" in message.values:
        return message.values["other"] in {each.finding.function for each in group}
    return (
        row.finding.function == cause.function
        and cause.message is not None
        and cause.message.code in STOPPERS
    )
