"""A verdict on 80 columns of plain text, with a little colour where that is wanted. No signs but ASCII and a language's own letters."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from grader.model import Words
from grader.reports.causes import Block, Cause
from grader.reports.evidence import format_cost, format_points
from grader.reports.findings import FindingView
from grader.reports.sentences import pluralized
from grader.reports.student_view import Flag, Problem, View, view
from grader.verdict import Verdict

WIDTH = 80
TABLE, GAP = (
    77,
    2,
)  # columns of the table; spaces behind a mark and behind a label, whose widths are those of the language
LABELS = ("what", "code", "seen", "next", "also")
OF_CAUSES = (*LABELS, "means", "in_function", "explains", "more", "either", "or", "and")
COLOURS = {"failed": "red", "not_run": "yellow", "could_not_judge": "magenta"}
Paint = Callable[[str, str], str]  # text, name of a colour -> text
Parts: TypeAlias = list[tuple[str, str]]  # labels, and the texts behind them


def unpainted(text: str, colour: str) -> str:
    return text


def summary(verdict: Verdict, words: Words, paint: Paint = unpainted, source: bytes = b"") -> str:
    """The lines a student reads: score, one line per question to fix, then what to do, the most basic problem first."""
    shown = view(verdict, words, source)
    blocks = [head(shown, paint), table(shown, words, paint)]
    blocks += [
        cause_text(number, block, words, paint)
        for number, block in enumerate(shown.causes, start=1)
    ]
    blocks += [
        problem_text(number, problem, words, paint)
        for number, problem in enumerate(shown.problems, len(shown.causes) + 1)
    ]
    blocks += [reason_text(row, words, paint) for row in shown.with_outcome("could_not_judge")]
    if shown.causes or shown.problems:
        blocks.append("\n".join(wrap(shown.ending)))
    if shown.advice:
        blocks.append(advice_text(shown, words, paint))
    if shown.flags:
        blocks.append(flags_text(shown, words, paint))
    return "\n\n".join(blocks) + "\n"


def head(shown: View, paint: Paint) -> str:
    file = (
        f'"{shown.file}"' if " " in shown.file else shown.file
    )  # a name could read like a line of this summary
    left = "  ".join(
        part for part in (file, shown.saved, shown.verdict.submission.sha256[:6]) if part
    )
    score = paint(
        shown.score, "green" if shown.verdict.score == shown.verdict.possible else "yellow"
    )
    space = WIDTH - len(left) - len(shown.score)
    lines = [left + " " * space + score] if space > 1 else [*wrap(left, 3), score]
    return "\n".join([*lines, *wrap(shown.undecided)])


def table(shown: View, words: Words, paint: Paint) -> str:
    """One line for each question to fix, or one for a function whose questions all fail for the same reason; how many passed."""
    lines = []
    for short in dict.fromkeys(row.short for row in shown.rows):
        rows = [row for row in shown.rows if row.short == short]
        if len(rows) > 1 and has_one_cause(rows):
            name = words["page"]["whole_function"].format(count=len(rows))
            awarded = rows[0].points.partition("/")[0]  # 0, or ? where a person has to look
            lines.append(
                table_line(
                    rows[0],
                    name,
                    f"{awarded}/{format_points(sum(row.finding.possible for row in rows))}",
                    words,
                    paint,
                )
            )
        else:
            lines += [
                table_line(row, row.name, row.points, words, paint)
                for row in rows
                if row.finding.outcome != "passed"
            ]
    passed = len(shown.with_outcome("passed"))
    if passed:
        line = pluralized("others_ok" if lines else "all_right", str(passed), words)
        lines.append(f"  {paint(mark_column('passed', words), 'green')}{line}")
    return "\n".join(lines)


def has_one_cause(rows: list[FindingView]) -> bool:
    """Nothing passed, and all that failed did so for the same reason."""
    failed = {repr(row.finding.message) for row in rows if row.finding.outcome == "failed"}
    others = {row.finding.outcome for row in rows if row.finding.outcome != "failed"}
    return (len(failed) == 1 and others <= {"not_run"}) or (
        not failed
        and len({repr(row.finding.message) for row in rows}) == 1
        and others != {"passed"}
    )


def table_line(row: FindingView, name: str, awarded: str, words: Words, paint: Paint) -> str:
    mark = mark_column(row.finding.outcome, words)
    left = TABLE - len(f"  {mark}{'':11} {awarded:>9} ")
    return f"  {paint(mark, COLOURS[row.finding.outcome])}{clip(row.short, 11):<11} {clip(name, left):<{left}} {awarded:>9}"


def mark_column(outcome: str, words: Words) -> str:
    marks = words["outcome_marks"]
    return str(marks[outcome].ljust(max(map(len, marks.values())) + GAP))


def problem_text(number: int, problem: Problem, words: Words, paint: Paint) -> str:
    title = f"{number}. {title_of(problem)} ({format_cost(problem.costs, problem.more, words)})"
    return "\n".join(titled(title, paint) + told_problem(problem, words))


def title_of(problem: Problem) -> str:
    functions = ", ".join(dict.fromkeys(each.finding.function for each in problem.rows))
    return (
        f"{functions}: {problem.first.name}"
        if len({each.name for each in problem.rows}) == 1
        else functions
    )


def cause_text(number: int, block: Block, words: Words, paint: Paint) -> str:
    """Each cause with what it was seen in, what it means and what to do next; a paragraph for each where there are several."""
    lost = f" ({format_cost(block.costs, block.more, words)})" if block.rows else ""
    where = lines_of(
        [("in_function", ", ".join(block.functions)), *(("code", text) for text in block.code)],
        words,
    )
    end = lines_of(
        [("also", block.others), ("explains", block.explains), ("", block.together)], words
    )
    causes = [lines_of(each, words) for each in parts_of(block, words)]
    if len(block.every_cause) > 1:
        causes, end = [["", *each] for each in causes], ["", *end]
    return "\n".join(
        titled(f"{number}. {block.title}{lost}", paint) + where + list(chain(*causes)) + end
    )


def parts_of(block: Block, words: Words) -> Iterator[Parts]:
    """Of each cause, of what all readings are about, and of each cause of a reading."""
    for cause in block.causes:
        name = cause.name if len(block.every_cause) > 1 else ""
        yield [("what", name), *(("seen", text) for text in cause.seen), *taught(cause, words)]
    if block.seen:
        yield [("seen", text) for text in block.seen]
    for place, reading in enumerate(block.readings):
        for cause in reading:
            label = "and" if cause != reading[0] else "or" if place else "either"
            yield [(label, cause.name), *taught(cause, words)]


def taught(cause: Cause, words: Words) -> Parts:
    return [
        ("means", cause.means),
        ("next", cause.next),
        ("more", f"{words['command']} {cause.id}" if cause.topic else ""),
    ]


def lines_of(parts: Parts, words: Words) -> list[str]:
    return [
        line for label, text in parts if text for line in labelled(label, text, words, OF_CAUSES)
    ]


def reason_text(row: FindingView, words: Words, paint: Paint) -> str:
    return "\n".join(
        titled(f"{row.mark} {row.finding.function}: {row.name}", paint) + told(row, words)
    )


def advice_text(shown: View, words: Words, paint: Paint) -> str:
    title = f"{words['page']['advice']} ({words['page']['free']})"
    lines = titled(title, paint)
    for problem in shown.advice:
        lines += [*wrap(f" - {title_of(problem)}", 3), *told_problem(problem, words)]
    return "\n".join(lines)


def flags_text(shown: View, words: Words, paint: Paint) -> str:
    title = f"{words['page']['flags']} ({words['page']['free']})"
    return "\n".join(
        [*titled(title, paint), *(line for flag in shown.flags for line in told(flag, words))]
    )


def titled(title: str, paint: Paint) -> list[str]:
    return [paint(line, "bold") for line in wrap(title, 3)]


def told(row: FindingView | Flag, words: Words) -> list[str]:
    said, advice = (row.sentence.told, row.sentence.next) if row.sentence else ("", "")
    return told_parts(said, row.code, row.seen, [advice], (), words)


def told_problem(problem: Problem, words: Words) -> list[str]:
    row = problem.first
    return told_parts(
        row.sentence.told if row.sentence else "",
        row.code,
        problem.seen,
        problem.next,
        problem.also,
        words,
    )


def told_parts(
    said: str,
    code: str,
    seen: Sequence[str],
    advice: Sequence[str],
    also: Sequence[str],
    words: Words,
) -> list[str]:
    parts = [("what", said), ("code", code)]
    parts += [
        (label, text)
        for label, texts in (("seen", seen), ("next", advice), ("also", also))
        for text in texts
    ]
    return [line for label, text in parts if text for line in labelled(label, text, words)]


def labelled(label: str, text: str, words: Words, labels: Sequence[str] = LABELS) -> list[str]:
    """labels: those that stand in one column. A command, to be copied, stays whole."""
    width = max(len(words["page"][each]) for each in labels) + GAP
    line = f"   {words['page'][label] if label else '':<{width}}{text}"
    return [line] if label == "more" else wrap(line, 3 + width)


def wrap(text: str, indent: int = 0) -> list[str]:
    """Lines of at most WIDTH columns, all but the first indented."""
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent)


def clip(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
