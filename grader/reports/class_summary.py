"""A class on one screen: how many, which scores, what went wrong most often, what a person has to look at."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from itertools import product

from grader.class_row import ClassRow, duplicate_groups, ids_in_several_groups, natural_key
from grader.model import Words
from grader.reports.sentences import escape_invisible, without_numbers
from grader.verdict import Verdict

LINES, WIDTH, BAR = (
    22,
    80,
    30,
)  # a screen has 24 lines, and the last two say where the page is; BAR: the longest
STEPS = 5  # of the scores, between none and all of the points
CAUSES = 3  # shown, where the screen has room for them
NAMED = 4  # people in a line
# What a person has to look at, in the order to be told in. All that is gone is told, and of the rest what counts.
PERSON_NEEDED = (
    "undecided",
    "trouble",
    "unreadable",
    "unmatched",
    "flagged",
    "several",
    "stranger",
    "gone",
    "missing",
)
FEWEST, SHARE = (
    3,
    3,
)  # in the other layout are so many, and one of so many that were graded: then it may be the course's


class Summary:
    """Counts rows as they pass by, so that a class is gone through once. facts: numbers of submissions; needed, named: how many rows a
    person has to look at, and who is named for them; counted: the rows that count, without their verdicts; several: who is in
    submissions of different people, once all rows have passed."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.facts, self.steps, self.causes, self.layouts = (
            Counter[str](),
            Counter[int](),
            Counter[str](),
            Counter[str](),
        )
        self.needed, self.named = Counter[str](), defaultdict[str, list[str]](list)
        self.counted: list[ClassRow] = []
        self.several = frozenset[str]()

    def counting(self, rows: Iterable[ClassRow]) -> Iterator[ClassRow]:
        """The very same rows: all of a class, in any order."""
        for row in rows:
            if row.counts:
                self.counted.append(row._replace(verdict=None))
            if row.status == "gone":
                self.need("gone", ids_of(row))
            elif row.counts:
                self.count(row)
            elif row.is_unmatched:
                self.need(ended(row), ids_of(row))
            yield row
        self.several = ids_in_several_groups(self.counted)
        for row in self.counted if self.several else ():
            if is_shared(row, self.several):
                self.need(
                    "several", *(escape_invisible(id) for id in row.ids if id in self.several)
                )

    def count(self, row: ClassRow) -> None:
        self.facts.update(facts_of(row))
        if ended(row) in PERSON_NEEDED:
            self.need(ended(row), ids_of(row))
        if row.not_on_roster:
            self.need("stranger", *map(escape_invisible, row.not_on_roster))
        if row.verdict is not None:
            self.steps[step(row.verdict.score, row.verdict.possible)] += not row.verdict.undecided
            self.causes.update(set(causes_of(row, self.words)))
            self.layouts.update(other_layout(row.verdict))
            if row.verdict.flags:
                self.need("flagged", ids_of(row))

    def need(self, kind: str, *names: str) -> None:
        self.needed[kind] += 1
        self.named[kind] += names

    def text(self) -> str:
        """With as many causes as the screen has room for, and empty lines where it has room for those. What a person has to look at is
        never cut: where all of that is to be told, no cause is."""
        blocks = [
            head(self.facts, self.words),
            histogram(self.steps, self.words),
            self.most_frequent(1),
            self.for_a_person(),
        ]
        for gap, causes in (*product(("\n\n", "\n"), range(CAUSES, 0, -1)), ("\n", 0)):
            blocks[2] = self.most_frequent(causes)
            text = gap.join(filter(None, blocks)) + "\n"
            if text.count("\n") <= LINES:
                break
        return text

    def most_frequent(self, most: int) -> str:
        return listed(
            self.words["class"]["causes"],
            [f"{count:6}  {name}" for name, count in self.causes.most_common(most)],
        )

    def for_a_person(self) -> str:
        said, groups = self.words["class"], duplicate_groups(self.counted)
        lines = [
            (self.needed[kind], said[kind], self.named[kind])
            for kind in PERSON_NEEDED
            if self.needed[kind]
        ]
        lines += (
            [(len(groups), said["alike"], [ids_of(row) for row in groups[0]])] if groups else []
        )
        lines += [
            (count, f"{said['other_layout']} {options}", [])
            for count, options in self.other_layout()
        ]
        return listed(
            said["needed"],
            [f"{count:6}  {with_names(told, names, self.words)}" for count, told, names in lines],
        )

    def other_layout(self) -> list[tuple[int, str]]:
        """How many use the other layout, and the options to run with if the course does; nothing where they are too few for that."""
        enough = max(FEWEST, self.facts["graded"] / SHARE)
        return [
            (count, f"--fresh --set layout={layout}")
            for layout, count in self.layouts.items()
            if count >= enough
        ]


def ended(row: ClassRow) -> str:
    """What it is told as: its status, but for what is nobody's submission."""
    return "unmatched" if row.is_unmatched else row.status


def is_shared(row: ClassRow, several: Container[str]) -> bool:
    """Is it a submission of somebody who is in several?"""
    return row.is_submission and any(id in several for id in row.ids)


def facts_of(row: ClassRow) -> list[str]:
    """What its people, or its group, are counted as once."""
    facts = {
        "handed_in": row.is_submission,
        "graded": row.verdict is not None,
        "waiting": row.status == "waiting",
        "late": row.is_submission and row.late,
    }
    return [fact for fact, holds in facts.items() if holds]


def head(facts: Counter[str], words: Words) -> str:
    """Everything that was handed in, how much of it has a verdict, and what changes no score."""
    said = words["class"]
    more = [
        said[f"and_{fact}"].format(count=facts[fact]) for fact in ("waiting", "late") if facts[fact]
    ]
    return "".join((said["head"].format(**{"handed_in": 0, "graded": 0, **facts}), *more))


def step(score: float, possible: float) -> int:
    """0: no points; STEPS + 1: all of them; between, steps of equal size."""
    if score <= 0 or possible <= 0:
        return 0
    return STEPS + 1 if score >= possible else min(int(score / possible * STEPS), STEPS - 1) + 1


def histogram(steps: Counter[int], words: Words) -> str:
    if not steps.total():
        return ""
    most = max(steps.values())
    bars = {number: "#" * -(-steps[number] * BAR // most) for number in range(STEPS + 1, -1, -1)}
    return listed(
        words["class"]["scores"],
        [
            f"{step_label(number):>9} {steps[number]:6}  {bar}".rstrip()
            for number, bar in bars.items()
        ],
    )


def step_label(number: int) -> str:
    low, high = 100 * (number - 1) // STEPS, 100 * number // STEPS
    return {0: "0 %", STEPS + 1: "100 %"}.get(number, f"{low}-{high} %")


def causes_of(row: ClassRow, words: Words) -> list[str]:
    """What the row's functions got wrong, by name; of a tie, the first reading. Where nothing is named: what the first failure says,
    without this submission's own numbers, so that those who failed in the same way are counted together."""
    assert row.verdict is not None
    ids = [
        cause
        for diagnosis in row.verdict.diagnosis.values()
        for reading in diagnosis.causes[:1]
        for cause in reading
    ]
    if ids:
        known = words.get("misconceptions", {})
        return [known.get(cause, {}).get("name", cause) for cause in ids]
    failed = [
        finding.message
        for finding in row.verdict.findings
        if finding.outcome == "failed" and not finding.is_advice
    ]
    return [without_numbers(message, words) for message in failed[:1] if message is not None]


def other_layout(verdict: Verdict) -> list[str]:
    """The layout that the submission was written for, if it is not the one that it was graded in."""
    is_other = any(
        finding.message is not None and finding.message.code == "other_layout"
        for finding in verdict.findings
    )
    return ["DxC" if verdict.key.conventions.get("layout") == "CxD" else "CxD"] if is_other else []


def ids_of(row: ClassRow) -> str:
    return escape_invisible(", ".join(row.ids))


def first_few(names: Iterable[str], words: Words, most: int = NAMED) -> str:
    """As people sort them, each once."""
    ordered = sorted(dict.fromkeys(names), key=natural_key)
    more = len(ordered) - most
    return ", ".join(ordered[:most]) + (
        words["class"]["more"].format(count=more) if more > 0 else ""
    )


def with_names(told: str, names: list[str], words: Words) -> str:
    """And as many whole names as fit into a line beside a number; none where not even one does."""
    lines = (f"{told}: {first_few(names, words, most)}" for most in range(NAMED, 0, -1) if names)
    return next((line for line in lines if len(line) <= WIDTH - len(f"{0:6}  ")), told)


def listed(title: str, lines: list[str]) -> str:
    return (
        "\n".join(
            [
                title,
                *(
                    line if len(line) <= WIDTH else line[: WIDTH - 3].rstrip(" .:") + "..."
                    for line in lines
                ),
            ]
        )
        if lines
        else ""
    )
