"""Grades for a spreadsheet: one line for each person and each attempt that counts."""

import csv
import re
from collections.abc import Iterable, Iterator

from grader.class_row import ClassRow
from grader.model import Person, Words, suffixed
from grader.reports.evidence import format_points
from grader.reports.safe_text import escape_invisible
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
# Excel reads a file as UTF-8 only if it begins with this; without it, José becomes JosÃ©.
BYTE_ORDER_MARK = "\ufeff"
# Characters of a text: a cell of Excel holds 32,767, and one character may be shown as ten.
LONGEST_TEXT = 1000
LATE = {True: "yes", False: "no", None: ""}
# A spreadsheet may take a text for a formula if it begins with = + - @ or a minus sign, in ASCII or
# full width, even after spaces and quotes. The same holds after a comma or a semicolon, since it
# may split cells at either: https://owasp.org/www-community/attacks/CSV_Injection
SPACES_AND_QUOTES = " '\"\u2018\u2019\u201c\u201d\uff02\uff07"
SIGNS = "=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212-"
FORMULA = re.compile(f"(^|[,;\uff0c\uff1b])(?=[{SPACES_AND_QUOTES}]*[{SIGNS}])")


def grades_csv(rows: Iterable[ClassRow], words: Words) -> Iterator[str]:
    """Yield the header, then a line for each person of a row that counts.

    All members of a group have its score.
    """
    writer = csv.writer(_ReturningFile())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for row in rows:
        if row.counts:
            for person in row.people:
                yield writer.writerow(_cells(person, row))


class _ReturningFile:
    """For csv.writer: write returns the text, so that writerow does, too."""

    def write(self, text: str) -> str:
        return text


def _cells(person: Person, row: ClassRow) -> tuple[str, ...]:
    """The score is blank unless all of it is known, and ignores whether the row is late."""
    graded = row.verdict if row.status == "graded" else None
    return (
        _safe_text(person.id),
        _safe_text(person.name),
        _safe_text(person.email),
        format_points(graded.score) if graded else "",
        format_points(row.verdict.possible) if row.verdict else "",
        row.status,
        LATE[row.late],
        str(row.attempt) if row.attempt else "",
        _safe_text(";".join(_codes(row))),
        _safe_text(row.page),
        "yes" if person.id in row.not_on_roster else "",
    )


def _safe_text(value: str) -> str:
    """A text that a spreadsheet shows as it is: shortened, without hidden text or formulas."""
    return FORMULA.sub(r"\1'", escape_invisible(value[:LONGEST_TEXT]))


def _codes(row: ClassRow) -> Iterable[str]:
    """Why points are missing: causes, then failed questions that no cause explains, each once.

    For a row without a verdict, why nothing could be read.
    """
    if row.verdict is not None:
        return dict.fromkeys((*_causes(row.verdict), *_unexplained(row.verdict)))
    return (row.reason.code,) if row.reason else ()


def _causes(verdict: Verdict) -> Iterator[str]:
    """A function's causes: + joins mistakes that occur together, | alternative explanations."""
    for diagnosis in verdict.diagnosis.values():
        if diagnosis.causes:
            yield "|".join("+".join(explanation) for explanation in diagnosis.causes)


def _unexplained(verdict: Verdict) -> Iterator[str]:
    """The codes of failed questions that cost points and that no cause explains."""
    explained: set[str] = set()
    for diagnosis in verdict.diagnosis.values():
        if diagnosis.causes:
            explained.update(diagnosis.questions)
    for finding in verdict.findings:
        has_lost_points = finding.outcome == "failed" and not finding.is_advice
        if has_lost_points and finding.question not in explained:
            yield suffixed(finding.message)[0] if finding.message else finding.question
