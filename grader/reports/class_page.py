"""A class as one self-contained page: an overview, and a table of all rows to filter and sort.

The page holds the rows as JSON, and its one script makes elements only of those on view: 10,000
rows take 1 MB, and the first ones are painted at once.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from grader.class_row import ClassRow, duplicate_groups, sort_key
from grader.model import Words
from grader.reports.class_summary import (
    FULL_MARKS,
    PERSON_NEEDED,
    Summary,
    causes_of,
    first_few,
    ids_of,
    is_in_several,
    score_step,
    status_kind,
    step_label,
)
from grader.reports.html import render
from grader.reports.remarks import remarks
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import sentence

# Rows are filtered by kind. Each row has exactly one of these, which says how it ended.
ENDINGS = (
    "full",
    "lost",
    "none",
    "undecided",
    "unreadable",
    "unmatched",
    "trouble",
    "waiting",
    "gone",
    "missing",
    "earlier",  # not graded, because another attempt counts
)
# It may also have any of these.
REMARKS = ("several", "stranger", "late", "flagged", "noted", "alike")
KINDS = (*ENDINGS, *REMARKS)
# Rows of these kinds are counted, and shown by their filter, even if they do not count for points.
ANY_ATTEMPT = ("earlier", "gone", "unmatched")
FACTS = ("handed_in", "graded", "waiting", "late")
FACTS_SHOWN_IF_ZERO = ("handed_in", "graded")
MAX_CAUSES = 8  # in the overview
MAX_GROUPS = 8  # of the same code, in the overview
LONGEST_TEXT = 200  # characters, so that no name fills the page
NO_PLACE = -1
SCRIPT_SAFE = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})
SCRIPT_WORDS = (
    "found",
    "shown",
    "of_pages",
    "not_counted",
    "same_code",
    "no_zone",
    "times",
    "kinds",
    "columns",
)


class PageRow(NamedTuple):
    """A row for the page's script. The page names the fields once, so their order is free."""

    id: str
    name: str
    email: str
    page: str
    origin: str  # where it came from, for a row without a page
    score: int | float | None
    possible: int | float | None
    kind_bits: int  # one bit for each of KINDS
    counts: int  # 1 if this attempt gives the points
    attempt: int
    saved: int | str | None  # seconds since 1970; a time without a zone stays text
    cause_places: list[int]  # in the list of causes, which all rows share
    reason_place: int  # in the list of reasons, or NO_PLACE
    group: int = NO_PLACE  # of rows with the same code


class Bar(NamedTuple):
    """A line of an overview."""

    label: str
    number: int
    width: int = 0  # of 100
    link: str = ""  # filters the table by this line: the part of an address after the #
    names: str = ""  # of the first few people that it is about
    options: str = ""  # to grade with


class _Places(dict[str, int]):
    """Texts that many rows share: text -> its place in a list that holds each once."""

    def place_of(self, text: str) -> int:
        return self.setdefault(text, len(self))


class _Table(NamedTuple):
    rows: list[PageRow]
    causes: _Places
    reasons: _Places
    groups: list[tuple[ClassRow, ...]]  # rows with the same code


def class_page(rows: Iterable[ClassRow], words: Words, summary: Summary | None = None) -> str:
    """Render the page. All rows of a class are read once, and no verdict is kept.

    summary: an unused one, which the page fills, for a caller who also wants its text.
    """
    summary = summary or Summary(words)
    table = _table(rows, words, summary)
    kinds = _count_kinds(table.rows)
    labels = words["class_page"]
    causes = Counter(place for row in table.rows if row.counts for place in row.cause_places)
    cause_names = list(table.causes)
    return render(
        "class_page.html",
        words["language"],
        styles=("style.css", "class_page.css"),
        script="class_page.js",
        words=words,
        title=escape_invisible(words["title"]),
        facts=[
            (labels[fact], summary.facts[fact])
            for fact in FACTS
            if summary.facts[fact] or fact in FACTS_SHOWN_IF_ZERO
        ],
        scores=_score_bars(summary),
        causes=_cause_bars(cause_names, causes),
        needed=_needed_bars(summary, words),
        groups=_group_bars(table.groups, words),
        more_groups=max(len(table.groups) - MAX_GROUPS, 0),
        kinds=[(kind, labels["kinds"][kind], count) for kind, count in kinds.items()],
        every_cause=sorted((name, name, causes[place]) for place, name in enumerate(cause_names)),
        not_counting=len(table.rows) - len(summary.counted),
        data=_script_data(table, words),
    )


def _table(rows: Iterable[ClassRow], words: Words, summary: Summary) -> _Table:
    causes, reasons = _Places(), _Places()
    entries = [
        (sort_key(row), _page_row(row, words, causes, reasons), row._replace(verdict=None))
        for row in summary.count(rows)
    ]
    entries.sort(key=itemgetter(0))
    groups = duplicate_groups(summary.counted)
    group_of = {row.fingerprint: place for place, group in enumerate(groups) for row in group}
    page_rows = [
        _with_others(page_row, row, group_of, summary.several) for _, page_row, row in entries
    ]
    return _Table(page_rows, causes, reasons, groups)


def _page_row(row: ClassRow, words: Words, causes: _Places, reasons: _Places) -> PageRow:
    """Build a row, without the kinds and the group that depend on other rows."""
    verdict = row.verdict
    names = causes_of(row, words) if verdict else []
    reason = _reason_of(row, words)
    return PageRow(
        id=_shortened(", ".join(row.ids)),
        name=_shortened(", ".join(person.name for person in row.people if person.name)),
        email=_shortened(", ".join(person.email for person in row.people if person.email)),
        page=quote(row.page),
        origin="" if row.page else _shortened(row.origin),
        score=_rounded(verdict.score) if verdict else None,
        possible=_rounded(verdict.possible) if verdict else None,
        kind_bits=sum(map(_bit, _kinds_of(row))),
        counts=int(row.counts),
        attempt=row.attempt,
        saved=_moment(row.saved) if row.saved else None,
        cause_places=[causes.place_of(_shortened(name)) for name in dict.fromkeys(names)],
        reason_place=reasons.place_of(_shortened(reason)) if reason else NO_PLACE,
    )


def _reason_of(row: ClassRow, words: Words) -> str:
    """Why there is no verdict, or how its file was found and read if that is not plain."""
    if row.reason:
        return sentence(row.reason, words).text
    if row.verdict is not None and not row.trouble:
        notes = remarks(row.verdict.notes, words, {})
        return " \u00b7 ".join(note.sentence.text for note in notes)
    return escape_invisible(row.trouble)


def _kinds_of(row: ClassRow) -> list[str]:
    """The row's ending, then its remarks."""
    remarks = {
        "stranger": row.status != "gone" and row.not_on_roster,
        "late": row.is_submission and row.late,
        "flagged": row.verdict is not None and row.verdict.flags,
        "noted": row.verdict is not None and row.verdict.notes,
    }
    return [_ending(row), *(remark for remark, holds in remarks.items() if holds)]


def _ending(row: ClassRow) -> str:
    if row.verdict is not None and row.status == "graded":
        step = score_step(row.verdict.score, row.verdict.possible)
        return {0: "none", FULL_MARKS: "full"}.get(step, "lost")
    if row.status == "waiting" and not row.counts:
        return "earlier"
    return status_kind(row)


def _with_others(
    page_row: PageRow, row: ClassRow, group_of: Mapping[str, int], several: Collection[str]
) -> PageRow:
    """Add the kinds and the group that depend on other rows.

    group_of: fingerprint -> the group of rows with the same code. several: ids of people who are in
    several groups.
    """
    group = group_of.get(row.fingerprint, NO_PLACE)
    bits = page_row.kind_bits
    if group != NO_PLACE:
        bits |= _bit("alike")
    if row.counts and is_in_several(row, several):
        bits |= _bit("several")
    return page_row._replace(kind_bits=bits, group=group)


def _bit(kind: str) -> int:
    return 1 << KINDS.index(kind)


def _count_kinds(rows: list[PageRow]) -> dict[str, int]:
    """Count the rows of each kind that occurs: those that give points, or all (ANY_ATTEMPT)."""
    combinations = Counter((row.kind_bits, row.counts) for row in rows)
    counts: dict[str, int] = {}
    for kind in KINDS:
        of_kind = {key: number for key, number in combinations.items() if key[0] & _bit(kind)}
        if of_kind:
            counts[kind] = sum(
                number
                for (_, counts_for_points), number in of_kind.items()
                if counts_for_points or kind in ANY_ATTEMPT
            )
    return counts


def _score_bars(summary: Summary) -> list[Bar]:
    if not summary.steps.total():
        return []
    steps = range(FULL_MARKS, -1, -1)
    return _with_widths([Bar(step_label(step), summary.steps[step]) for step in steps])


def _cause_bars(names: list[str], counts: Counter[int]) -> list[Bar]:
    """The most frequent causes of rows that count."""
    bars = [
        Bar(name, counts[place], link=f"cause={quote(name)}")
        for place, name in enumerate(names)
        if counts[place]
    ]
    bars.sort(key=lambda bar: -bar.number)
    return _with_widths(bars[:MAX_CAUSES])


def _with_widths(bars: list[Bar]) -> list[Bar]:
    longest = max((bar.number for bar in bars), default=1)
    return [bar._replace(width=math.ceil(100 * bar.number / longest)) for bar in bars]


def _needed_bars(summary: Summary, words: Words) -> list[Bar]:
    """The rows that a person has to look at, by kind."""
    labels = words["class"]
    bars = [
        Bar(
            labels[kind],
            summary.needed[kind],
            link=f"kind={kind}",
            names=first_few(summary.names[kind], words),
        )
        for kind in PERSON_NEEDED
        if summary.needed[kind]
    ]
    conventions = [Bar(label, count) for count, label in summary.other_conventions()]
    if conventions:
        last = conventions[-1]
        label = f"{last.label}; {labels['of_course']}"
        conventions[-1] = last._replace(label=label, options=summary.options_of_course())
    return bars + conventions


def _group_bars(groups: list[tuple[ClassRow, ...]], words: Words) -> list[Bar]:
    return [
        Bar(first_few(map(ids_of, group), words), len(group), link=f"same={number}")
        for number, group in enumerate(groups[:MAX_GROUPS], start=1)
    ]


def _script_data(table: _Table, words: Words) -> Markup:
    """JSON in which no tag, comment, entity or line end of the page can begin."""
    data = {
        "kinds": KINDS,
        "any_attempt": ANY_ATTEMPT,
        "causes": list(table.causes),
        "reasons": list(table.reasons),
        "fields": PageRow._fields,
        "rows": table.rows,
        "words": {
            "more": words["class"]["more"],
            **{name: words["class_page"][name] for name in SCRIPT_WORDS},
        },
    }
    return Markup(msgspec.json.encode(data).decode().translate(SCRIPT_SAFE))  # noqa: S704


def _moment(saved: str) -> int | str:
    """Seconds since 1970. A time without a zone could be many moments: it stays text.

    saved: ISO 8601.
    """
    time = datetime.fromisoformat(saved)
    return round(time.timestamp()) if time.tzinfo else time.isoformat(" ", "seconds")


def _shortened(text: str) -> str:
    """Safe to show, and not longer than LONGEST_TEXT."""
    safe = escape_invisible(text[: LONGEST_TEXT + 1])
    return safe if len(safe) <= LONGEST_TEXT else f"{safe[: LONGEST_TEXT - 3]}..."


def _rounded(value: float) -> int | float:
    """As evidence.format_points shows it: two decimals, without trailing zeros."""
    rounded = round(value, 2)
    return int(rounded) if rounded.is_integer() else rounded
