"""What a report shows, in order, as plain data: made once, and laid out by the page and by the terminal."""

from datetime import datetime
from typing import NamedTuple

from grader.model import Words
from grader.reports.sentences import Sentence, question_name, sentence, visible
from grader.verdict import Evidence, Finding, GradientEvidence, GrowthEvidence, LossEvidence, Number, RaceEvidence, SlopeEvidence, Verdict


class Row(NamedTuple):
    """A finding, told. short: the first part of the question's id; seen: its evidence in words."""

    finding: Finding
    short: str
    name: str
    asked: str
    outcome: str
    mark: str
    points: str
    sentence: Sentence | None
    seen: tuple[str, ...]
    notes: tuple[Sentence, ...]


class Problem(NamedTuple):
    """Failed questions with one message. The first of them speaks for all."""

    rows: tuple[Row, ...]
    costs: float

    @property
    def first(self) -> Row:
        return self.rows[0]


class View(NamedTuple):
    verdict: Verdict
    title: str
    file: str
    saved: str
    score: str
    undecided: str
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    def with_outcome(self, *outcomes: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.finding.outcome in outcomes)


def view(verdict: Verdict, words: Words) -> View:
    rows = tuple(row(finding, words) for finding in verdict.findings)
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
    )


def row(finding: Finding, words: Words) -> Row:
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
        tuple(seen(evidence, words) for evidence in finding.evidence),
        tuple(sentence(note, words) for note in finding.notes),
    )


def problems(rows: tuple[Row, ...]) -> tuple[Problem, ...]:
    """Failed questions, those with one and the same message together: a file that does not parse is one problem, not fifteen."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for each in rows:
        if each.finding.outcome == "failed":
            of_function = each.finding.function if each.finding.evidence else ""
            groups.setdefault((repr(each.finding.message), of_function), []).append(each)
    return tuple(Problem(tuple(group), sum(row.finding.possible for row in group)) for group in groups.values())


def seen(evidence: Evidence, words: Words) -> str:
    """The evidence in one line. Where an expected value is secret, the error stands in for it."""
    lines = words["evidence"]
    match evidence:
        case LossEvidence():
            name = "loss_secret" if evidence.expected is None else "loss_difference" if evidence.difference else "loss"
            reg = digits(evidence.asked.reg) if evidence.asked else ""
            shown = {"expected": digits(evidence.expected), "got": digits(evidence.got), "error": digits(evidence.error, 2)}
            return str(lines[name].format(reg=reg, **shown))
        case GradientEvidence():
            worst = evidence.worst
            name = "gradient_secret" if worst.expected is None else "gradient_difference" if evidence.difference else "gradient"
            place = {"row": worst.row, "column": worst.column, "reg": digits(evidence.asked.reg) if evidence.asked else ""}
            shown = {"expected": digits(worst.expected), "got": digits(worst.got), "error": digits(evidence.error, 2)}
            counts = {"wrong": evidence.wrong_entries, "entries": evidence.entries}
            return str(lines[name].format(**place, **shown, **counts))
        case SlopeEvidence():
            return str(lines["slope"].format(expected=digits(evidence.expected), got=digits(evidence.got)))
        case GrowthEvidence():
            before, after = evidence.line_operations if evidence.line else evidence.operations
            sizes = {"small": evidence.sizes[0], "large": evidence.sizes[1], "before": before, "after": after}
            return str(lines["growth_line" if evidence.line else "growth"].format(line=evidence.line, **sizes))
        case RaceEvidence():
            times = {"seconds": digits(1e3 * evidence.seconds, 3), "other": digits(1e3 * evidence.other_seconds, 3)}
            return str(lines[f"race_{evidence.against}"].format(ratio=digits(evidence.ratio, 2), limit=digits(evidence.limit, 2), **times))


def points(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def digits(value: Number | None, count: int = 6) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.{count}g}"
