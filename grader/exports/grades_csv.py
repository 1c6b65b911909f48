"""Grades as a table, for a spreadsheet: one line for each person and each attempt that counts."""

import csv
import re
from collections.abc import Iterable, Iterator

from grader.class_row import ClassRow
from grader.model import Person, Words
from grader.reports.evidence import format_points
from grader.reports.sentences import escape_invisible
from grader.verdict import Verdict

COLUMNS = (
    "id",
    "name",
    "email",
    "score",
    "max_score",
    "status",
    "late",
    "attempt",
    "codes",
    "report",
    "not_on_roster",
)
# Excel takes a file for UTF-8 only where it begins with this; without it, José becomes JosÃ©.
BYTE_ORDER_MARK = "\ufeff"
LONG = 1000  # characters of a name; a cell of Excel holds 32,767, and one character may be shown as ten
LATE = {True: "yes", False: "no", None: ""}
# What a spreadsheet may compute, after spaces and quotes, ASCII or of full width: = + - @, and a minus sign. Also after a comma or a
# semicolon, because a spreadsheet may split cells at the other one: https://owasp.org/www-community/attacks/CSV_Injection
SPACES_AND_QUOTES = " '\"\u2018\u2019\u201c\u201d\uff02\uff07"
SIGNS = "=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212-"
FORMULA = re.compile(f"(^|[,;\uff0c\uff1b])(?=[{SPACES_AND_QUOTES}]*[{SIGNS}])")


def grades_csv(rows: Iterable[ClassRow], words: Words) -> Iterator[str]:
    """Rows that do not count are left out. A group's members all have its score."""
    writer = csv.writer(Passing())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for row in rows:
        if row.counts:
            yield from (writer.writerow(cells(person, row)) for person in row.people)


class Passing:
    """A file that hands on what is written to it: csv.writer returns it."""

    def write(self, text: str) -> str:
        return text


def cells(person: Person, row: ClassRow) -> tuple[str, ...]:
    """score: blank unless all of it is known. late: told, and not computed into the score."""
    graded = row.verdict if row.status == "graded" else None
    return (
        text(person.id),
        text(person.name),
        text(person.email),
        format_points(graded.score) if graded else "",
        format_points(row.verdict.possible) if row.verdict else "",
        row.status,
        LATE[row.late],
        str(row.attempt) if row.attempt else "",
        text(";".join(codes(row))),
        text(row.page),
        "yes" if person.id in row.not_on_roster else "",
    )


def text(value: str) -> str:
    """What a spreadsheet shows as it stands here: nothing hidden, and nothing that it computes."""
    return FORMULA.sub(r"\1'", escape_invisible(value[:LONG]))


def codes(row: ClassRow) -> Iterable[str]:
    """Why points are missing, each once: the causes, then failed questions that they do not explain; or why nothing could be read."""
    if row.verdict is not None:
        return dict.fromkeys((*causes(row.verdict), *unexplained(row.verdict)))
    return (row.reason.code,) if row.reason else ()


def causes(verdict: Verdict) -> Iterator[str]:
    """+ stands between mistakes that together are one explanation, | between explanations that the numbers cannot tell apart."""
    for diagnosis in verdict.diagnosis.values():
        if diagnosis.causes:
            yield "|".join("+".join(explanation) for explanation in diagnosis.causes)


def unexplained(verdict: Verdict) -> Iterator[str]:
    explained = {
        question
        for diagnosis in verdict.diagnosis.values()
        if diagnosis.causes
        for question in diagnosis.questions
    }
    for finding in verdict.findings:
        if (
            finding.outcome == "failed"
            and not finding.is_advice
            and finding.question not in explained
        ):
            yield finding.message.code if finding.message else finding.question
