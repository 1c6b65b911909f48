"""A class as one self-contained page: what a person wants to know of it, and a table of all rows that its one script filters and sorts.

The rows stand in the page as JSON, and only those that are looked at become elements: 10,000 rows are 2 MB and seen at once.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import itemgetter, or_
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from grader.class_row import ClassRow, duplicate_groups, sort_key
from grader.model import Words
from grader.reports.class_summary import (
    PERSON_NEEDED,
    STEPS,
    Summary,
    causes_of,
    ended,
    first_few,
    ids_of,
    is_shared,
    step,
    step_label,
)
from grader.reports.html import rendered
from grader.reports.sentences import escape_invisible, sentence

# What a row is filtered by. Its first kind is how it ended, and the rest is to be said of it as well. earlier: not graded, because another
# attempt counts.
KINDS = (
    *(
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
        "earlier",
    ),
    *("several", "stranger", "late", "flagged", "alike"),
)
ANY_ATTEMPT = (
    "earlier",
    "gone",
    "unmatched",
)  # such rows are counted, and shown where they are asked for, also if they do not count
FACTS, ALWAYS_TOLD = ("handed_in", "graded", "waiting", "late"), ("handed_in", "graded")
CAUSES, GROUPS = 8, 8  # named above the table
LONGEST = 200  # characters of a text, so that nobody's name fills the page
IN_A_SCRIPT = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


class Line(NamedTuple):
    """A row as the page's script reads it. kinds: one bit for each of KINDS; causes, reason, group: places in lists that rows share, -1 for
    none; saved: seconds since 1970, or a time of a zone that nobody knows, as it is told; origin: where a row without a page came from."""

    id: str
    name: str
    email: str
    page: str
    origin: str
    score: float | None
    possible: float | None
    kinds: int
    counts: int
    attempt: int
    saved: int | str | None
    causes: list[int]
    reason: int
    group: int = -1


class Bar(NamedTuple):
    """A line of an overview. width: of 100; link: what of the table it shows, or empty; names: of the first few whom it is about;
    options: of the command to run."""

    label: str
    number: int
    width: int = 0
    link: str = ""
    names: str = ""
    options: str = ""


class Shared(dict[str, int]):
    """Texts that many rows have, each kept once: text -> its place."""

    def place(self, text: str) -> int:
        return self.setdefault(text, len(self))


def class_page(rows: Iterable[ClassRow], words: Words, summary: Summary | None = None) -> str:
    """rows: all of a class; they are gone through once, and no verdict is kept. summary: a new one, to be told as text as well."""
    summary, causes, reasons = summary or Summary(words), Shared(), Shared()
    made = [
        (sort_key(row), line(row, words, causes, reasons), row._replace(verdict=None))
        for row in summary.counting(rows)
    ]
    made.sort(key=itemgetter(0))
    groups = duplicate_groups(summary.counted)
    places = {group[0].fingerprint: place for place, group in enumerate(groups)}
    lines = [compared(each, row, places, summary.several) for _, each, row in made]
    counts, caused = tallied(lines)
    there = reduce(or_, (each.kinds for each in lines), 0)
    said = words["class_page"]
    return rendered(
        "class_page.html",
        words["language"],
        styles=("style.css", "class_page.css"),
        script="class_page.js",
        words=words,
        title=escape_invisible(words["title"]),
        facts=[
            (said[fact], summary.facts[fact])
            for fact in FACTS
            if summary.facts[fact] or fact in ALWAYS_TOLD
        ],
        scores=bars(
            [Bar(step_label(n), summary.steps[n]) for n in range(STEPS + 1, -1, -1)]
            if summary.steps.total()
            else []
        ),
        causes=bars(
            [
                Bar(name, caused[place], 0, f"cause={quote(name)}")
                for name, place in causes.items()
                if caused[place]
            ],
            CAUSES,
        ),
        needed=needed(summary, words),
        groups=[
            Bar(first_few([ids_of(each) for each in group], words), len(group), 0, f"same={n + 1}")
            for n, group in enumerate(groups[:GROUPS])
        ],
        more_groups=max(len(groups) - GROUPS, 0),
        kinds=[(kind, said["kinds"][kind], counts[kind]) for kind in KINDS if there & bit(kind)],
        every_cause=sorted((name, caused[place]) for name, place in causes.items()),
        not_counting=len(lines) - len(summary.counted),
        data=script_data(
            {
                "kinds": KINDS,
                "any_attempt": ANY_ATTEMPT,
                "causes": list(causes),
                "reasons": list(reasons),
                "rows": lines,
                "words": script_words(words),
            }
        ),
    )


def needed(summary: Summary, words: Words) -> list[Bar]:
    """What a person has to look at."""
    told = [
        Bar(
            words["class"][kind],
            summary.needed[kind],
            0,
            f"kind={kind}",
            first_few(summary.named[kind], words),
        )
        for kind in PERSON_NEEDED
        if summary.needed[kind]
    ]
    return told + [
        Bar(words["class"]["other_layout"], count, options=options)
        for count, options in summary.other_layout()
    ]


def line(row: ClassRow, words: Words, causes: Shared, reasons: Shared) -> Line:
    verdict = row.verdict
    reason = sentence(row.reason, words).told if row.reason else escape_invisible(row.trouble)
    return Line(
        id=short(", ".join(row.ids)),
        name=short(", ".join(person.name for person in row.people if person.name)),
        email=short(", ".join(person.email for person in row.people if person.email)),
        page=quote(row.page),
        origin="" if row.page else short(row.origin),
        score=number(verdict.score) if verdict else None,
        possible=number(verdict.possible) if verdict else None,
        kinds=sum(map(bit, kinds_of(row))),
        counts=int(row.counts),
        attempt=row.attempt,
        saved=moment(row.saved) if row.saved else None,
        causes=[causes.place(short(cause)) for cause in dict.fromkeys(causes_of(row, words))]
        if verdict
        else [],
        reason=reasons.place(short(reason)) if reason else -1,
    )


def kinds_of(row: ClassRow) -> list[str]:
    first = ended(row)
    if row.verdict is not None and row.status == "graded":
        first = {0: "none", STEPS + 1: "full"}.get(
            step(row.verdict.score, row.verdict.possible), "lost"
        )
    if row.status == "waiting" and not row.counts:
        first = "earlier"
    also = {
        "stranger": row.status != "gone" and row.not_on_roster,
        "late": row.is_submission and row.late,
        "flagged": row.verdict is not None and row.verdict.flags,
    }
    return [first, *(kind for kind, holds in also.items() if holds)]


def moment(saved: str) -> int | str:
    """saved: ISO 8601. Where it tells no zone nobody knows which moment it was."""
    time = datetime.fromisoformat(saved)
    return round(time.timestamp()) if time.tzinfo else time.isoformat(" ", "seconds")


def bit(kind: str) -> int:
    return 1 << KINDS.index(kind)


def compared(
    each: Line, row: ClassRow, places: Mapping[str, int], several: Collection[str]
) -> Line:
    """With what only the whole class shows. places: of groups that are alike, by their fingerprint; several: who is in several submissions."""
    group = places.get(row.fingerprint, -1)
    kinds = (
        each.kinds
        | (bit("alike") if group >= 0 else 0)
        | (bit("several") if several and row.counts and is_shared(row, several) else 0)
    )
    return each._replace(kinds=kinds, group=group)


def tallied(lines: list[Line]) -> tuple[Counter[str], Counter[int]]:
    """How many rows that count are of each kind, and have each cause; of a kind in ANY_ATTEMPT, how many there are."""
    kinds = Counter[str]()
    for (bits, counts), number in Counter((each.kinds, each.counts) for each in lines).items():
        kinds.update(
            {kind: number for kind in KINDS if bits & bit(kind) and (counts or kind in ANY_ATTEMPT)}
        )
    return kinds, Counter(cause for each in lines if each.counts for cause in each.causes)


def bars(given: list[Bar], most: int | None = None) -> list[Bar]:
    """With their widths; with `most`, so many of them, the longest first."""
    shown = given if most is None else sorted(given, key=lambda bar: -bar.number)[:most]
    longest = max((bar.number for bar in shown), default=1)
    return [bar._replace(width=math.ceil(100 * bar.number / longest)) for bar in shown]


def script_words(words: Words) -> dict[str, object]:
    names = (
        "found",
        "shown",
        "of_pages",
        "not_counted",
        "same_code",
        "no_zone",
        "kinds",
        "columns",
    )
    return {"more": words["class"]["more"], **{name: words["class_page"][name] for name in names}}


def script_data(data: object) -> Markup:
    """JSON that no browser takes for anything else: no tag, comment or entity can begin in it, nor a line end."""
    return Markup(msgspec.json.encode(data).decode().translate(IN_A_SCRIPT))  # noqa: S704


def short(text: str) -> str:
    """As it may be shown, and not longer than LONGEST."""
    seen = escape_invisible(text[: LONGEST + 1])
    return seen if len(seen) <= LONGEST else f"{seen[: LONGEST - 3]}..."


def number(value: float) -> float:
    """As seen.points tells it: two places, and none that are not needed."""
    rounded = round(value, 2)
    return int(rounded) if rounded.is_integer() else rounded
