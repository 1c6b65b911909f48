"""A verdict as plain text of 80 columns, in colour if wanted.

It uses only ASCII and the letters of the language.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from grader.model import SourceFile, Words
from grader.reports.causes import Cause, CauseBlock
from grader.reports.evidence import format_cost
from grader.reports.findings import FindingView
from grader.reports.question_rows import QuestionRow
from grader.reports.remarks import Remark
from grader.reports.sentences import pluralized
from grader.reports.student_view import Problem, StudentView, student_view
from grader.verdict import Verdict

WIDTH = 80
TABLE_WIDTH = 77
# Columns of the table. That of the functions' short names is as wide as the longest of them.
MIN_FUNCTION_WIDTH, MAX_FUNCTION_WIDTH, POINTS_WIDTH = 11, 20, 9
GAP = 2  # spaces after a mark or a label; their widths depend on the language
INDENT = 3  # of the lines below a title
LABELS = ("what", "code", "seen", "next", "also")
CAUSE_LABELS = (*LABELS, "think", "means", "in_function", "explains", "more", "either", "or", "and")
COLOURS = {"failed": "red", "not_run": "yellow", "could_not_judge": "magenta"}
Paint = Callable[[str, str], str]  # (text, name of a colour) -> text
Parts: TypeAlias = list[tuple[str, str]]  # labels, and the texts after them


def unpainted(text: str, colour: str) -> str:
    return text


def summary(
    verdict: Verdict,
    words: Words,
    paint: Paint = unpainted,
    source: bytes = b"",
    more: Sequence[SourceFile] = (),
) -> str:
    """The score, one line for each question to fix, then what to do, the most basic problem first.

    source, more: the graded files, to quote the lines in messages.
    """
    view = student_view(verdict, words, source, more)
    sections = [_head(view, paint), _table(view, words, paint)]
    if view.suspicions:
        title = words["page"]["suspicions"]
        sections.append(_remarks_section(title, view.suspicions, words, paint))
    for number, block in enumerate(view.causes, start=1):
        sections.append(_cause_section(number, block, words, paint))
    for number, problem in enumerate(view.problems, start=len(view.causes) + 1):
        sections.append(_problem_section(number, problem, words, paint))
    undecided = view.with_outcome("could_not_judge")
    sections += [_undecided_section(finding, words, paint) for finding in undecided]
    if view.causes or view.problems:
        sections.append("\n".join(wrap(view.ending)))
    if view.advice:
        sections.append(_advice_section(view, words, paint))
    for heading, remarks in (("notes", view.notes), ("flags", view.flags)):
        if remarks:
            title = f"{words['page'][heading]} ({words['page']['free']})"
            sections.append(_remarks_section(title, remarks, words, paint))
    return "\n\n".join(sections) + "\n"


def _head(view: StudentView, paint: Paint) -> str:
    # In quotes, a file's name with spaces cannot be mistaken for text of this summary.
    file = f'"{view.file}"' if " " in view.file else view.file
    digest = view.verdict.submission.sha256[:6]
    left = "  ".join(part for part in (file, view.saved, digest) if part)
    has_full_marks = view.verdict.score == view.verdict.possible
    score = paint(view.score, "green" if has_full_marks else "yellow")
    space = WIDTH - len(left) - len(view.score)
    lines = [left + " " * space + score] if space > 1 else [*wrap(left, INDENT), score]
    return "\n".join([*lines, *wrap(view.undecided)])


def _table(view: StudentView, words: Words, paint: Paint) -> str:
    """One line for each question to fix, and how many passed.

    A function whose questions all fail for the same reason has one line; a file, too.
    """
    rows = [row for row in view.rows if row.first.finding.outcome != "passed"]
    longest = max((len(row.functions) for row in rows), default=0)
    width = min(max(longest, MIN_FUNCTION_WIDTH), MAX_FUNCTION_WIDTH)
    lines = [_table_line(row, width, words, paint) for row in rows]
    passed = len(view.with_outcome("passed"))
    if passed:
        line = pluralized("others_ok" if lines else "all_right", str(passed), words)
        lines.append(f"  {paint(_mark('passed', words), 'green')}{line}")
    return "\n".join(lines)


def _table_line(row: QuestionRow, function_width: int, words: Words, paint: Paint) -> str:
    outcome = row.first.finding.outcome
    mark = _mark(outcome, words)
    width = TABLE_WIDTH - len(f"  {mark}{'':{function_width}} {row.points:>{POINTS_WIDTH}} ")
    function = f"{clip(row.functions, function_width):<{function_width}}"
    question = f"{clip(row.name, width):<{width}}"
    return f"  {paint(mark, COLOURS[outcome])}{function} {question} {row.points:>{POINTS_WIDTH}}"


def _mark(outcome: str, words: Words) -> str:
    """The outcome's sign, padded to the width of the widest one."""
    marks = words["outcome_marks"]
    return str(marks[outcome].ljust(max(map(len, marks.values())) + GAP))


def _cause_section(number: int, block: CauseBlock, words: Words, paint: Paint) -> str:
    """Each cause with its evidence, what it means and what to do, in a paragraph of its own."""
    title = f"{number}. {block.title}"
    if block.findings:
        title += f" ({format_cost(block.lost_points, block.unasked_points, words)})"
    place = [("in_function", ", ".join(block.functions))]
    place += [("code", text) for text in block.code]
    lines = [*_title_lines(title, paint), *_part_lines(place, words, CAUSE_LABELS)]
    has_several = len(block.every_cause) > 1
    for parts in _parts_of_causes(block, words):
        if has_several:
            lines.append("")
        lines += _part_lines(parts, words, CAUSE_LABELS)
    if has_several:
        lines.append("")
    end = [("also", block.more_readings), ("explains", block.question_names), ("", block.note)]
    return "\n".join(lines + _part_lines(end, words, CAUSE_LABELS))


def _parts_of_causes(block: CauseBlock, words: Words) -> Iterator[Parts]:
    """For each certain cause, for the evidence of a tie, and for each cause of each reading."""
    for cause in block.causes:
        name = cause.name if len(block.every_cause) > 1 else ""
        evidence = [("seen", text) for text in cause.evidence]
        yield [("what", name), *evidence, *_advice_parts(cause, words)]
    if block.evidence:
        yield [("seen", text) for text in block.evidence]
    for number, reading in enumerate(block.readings):
        label = "or" if number else "either"
        for cause in reading:
            yield [(label, cause.name), *_advice_parts(cause, words)]
            label = "and"


def _advice_parts(cause: Cause, words: Words) -> Parts:
    command = f"{words['command']} {cause.id}" if cause.topic else ""
    return [("means", cause.means), ("think", cause.next), ("more", command)]


def _problem_section(number: int, problem: Problem, words: Words, paint: Paint) -> str:
    cost = format_cost(problem.lost_points, problem.unasked_points, words)
    title = f"{number}. {_problem_title(problem)} ({cost})"
    return "\n".join([*_title_lines(title, paint), *_problem_lines(problem, words)])


def _problem_title(problem: Problem) -> str:
    if len(problem.names) > 1:
        return problem.functions
    return f"{problem.functions}: {problem.first.name}"


def _problem_lines(problem: Problem, words: Words) -> list[str]:
    parts = _sentence_parts(problem.first)
    parts += [("what", text) for text in problem.more_what]
    parts += [("code", text) for text in problem.more_code]
    parts += [("seen", text) for text in problem.evidence]
    parts += [("next", text) for text in problem.next]
    parts += [("also", text) for text in problem.also]
    return _part_lines(parts, words)


def _undecided_section(view: FindingView, words: Words, paint: Paint) -> str:
    title = f"{view.mark} {view.finding.function}: {view.name}"
    return "\n".join([*_title_lines(title, paint), *_sentence_lines(view, words)])


def _advice_section(view: StudentView, words: Words, paint: Paint) -> str:
    lines = _title_lines(f"{words['page']['advice']} ({words['page']['free']})", paint)
    for problem in view.advice:
        lines += wrap(f" - {_problem_title(problem)}", INDENT)
        lines += _problem_lines(problem, words)
    return "\n".join(lines)


def _remarks_section(title: str, remarks: Sequence[Remark], words: Words, paint: Paint) -> str:
    lines = _title_lines(title, paint)
    for remark in remarks:
        parts = _sentence_parts(remark)
        parts += [("code", code) for code in remark.more_code]
        parts.append(("next", remark.sentence.next))
        lines += _part_lines([*parts, *(("also", text) for text in remark.also)], words)
    return "\n".join(lines)


def _sentence_lines(view: FindingView, words: Words) -> list[str]:
    parts = _sentence_parts(view)
    parts += [("seen", text) for text in view.evidence]
    if view.sentence:
        parts.append(("next", view.sentence.next))
    return _part_lines(parts, words)


def _sentence_parts(view: FindingView | Remark) -> Parts:
    return [("what", view.sentence.text if view.sentence else ""), ("code", view.code)]


def _title_lines(title: str, paint: Paint) -> list[str]:
    return [paint(line, "bold") for line in wrap(title, INDENT)]


def _part_lines(parts: Parts, words: Words, labels: Sequence[str] = LABELS) -> list[str]:
    lines: list[str] = []
    for label, text in parts:
        if text:
            lines += labelled(label, text, words, labels)
    return lines


def labelled(label: str, text: str, words: Words, labels: Sequence[str] = LABELS) -> list[str]:
    """A label and its text, wrapped. A command stays whole, so that it can be copied.

    labels: those that stand in the same column; the widest of them sets its width.
    """
    width = max(len(words["page"][each]) for each in labels) + GAP
    name = words["page"][label] if label else ""
    line = f"{'':{INDENT}}{name:<{width}}{text}"
    return [line] if label == "more" else wrap(line, INDENT + width)


def wrap(text: str, indent: int = 0) -> list[str]:
    """Lines of at most WIDTH columns, all but the first indented."""
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent)


def clip(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
