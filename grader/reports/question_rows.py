"""The table of all questions: one row for each, or for several that all ended for one reason."""

from collections.abc import Sequence
from typing import NamedTuple

from grader.model import Words
from grader.reports.evidence import format_points
from grader.reports.findings import FindingView


class QuestionRow(NamedTuple):
    """A question, or all questions of one or several functions that have the same reason."""

    first: FindingView  # its outcome and its reason are those of the row
    functions: str  # their short names
    name: str
    points: str  # such as 2/5, and ?/5 where a person has to decide
    is_single: bool  # of one question


def question_rows(findings: Sequence[FindingView], words: Words) -> tuple[QuestionRow, ...]:
    """The rows in the order of the questions. A file that cannot run has a single one."""
    groups: dict[str, list[FindingView]] = {}
    for view in findings:
        groups.setdefault(view.short, []).append(view)
    if len(groups) > 1 and _have_one_reason(findings):
        return (_row_of_all(findings, words),)
    rows: list[QuestionRow] = []
    for group in groups.values():
        if len(group) > 1 and _have_one_reason(group):
            rows.append(_row_of_all(group, words))
        else:
            rows += [QuestionRow(view, view.short, view.name, view.points, True) for view in group]
    return tuple(rows)


def _row_of_all(findings: Sequence[FindingView], words: Words) -> QuestionRow:
    failed = [view for view in findings if view.finding.outcome == "failed"]
    first = (failed or findings)[0]
    awarded = first.points.partition("/")[0]  # 0, or ? where a person has to decide
    possible = format_points(sum(view.finding.possible for view in findings))
    return QuestionRow(
        first,
        ", ".join(dict.fromkeys(view.short for view in findings)),
        words["page"]["whole_function"].format(count=len(findings)),
        f"{awarded}/{possible}",
        is_single=False,
    )


def _have_one_reason(findings: Sequence[FindingView]) -> bool:
    """Whether nothing passed, for one reason: the message of all that failed, or else of all."""
    failed = {repr(view.finding.message) for view in findings if view.finding.outcome == "failed"}
    outcomes = {view.finding.outcome for view in findings} - {"failed"}
    if failed:
        return len(failed) == 1 and outcomes <= {"not_run"}
    return outcomes != {"passed"} and len({repr(view.finding.message) for view in findings}) == 1
