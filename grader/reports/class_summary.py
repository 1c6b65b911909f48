"""A class on one screen: counts, scores, frequent mistakes, and what a person has to look at."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from itertools import product

from grader.class_row import ClassRow, duplicate_groups, ids_in_several_groups, natural_key
from grader.model import Words
from grader.reports.causes import name_of_cause
from grader.reports.columns import clip, columns, shorten
from grader.reports.conventions import as_options, other_settings
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import without_numbers

MAX_LINES = 22  # a screen has 24, and the last two say where the page is
WIDTH = 80
LONGEST_BAR = 30
STEPS = 5  # of the scores, between none and all of the points
FULL_MARKS = STEPS + 1
MAX_CAUSES = 3  # shown if the screen has room for them
MAX_NAMES = 4  # of people in a line
SHORTEST_NAME, LONGEST_NAME = 12, 60  # columns of a name that is cut
# Rows that a person has to look at, by kind, in the order of the summary. Of the kinds gone and
# unmatched these are all rows; of the others, those that count for points.
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
# The course probably uses another convention if at least this many submissions are written for it,
# and at least one in this many of those that were graded.
MIN_OTHER_CONVENTION, OTHER_CONVENTION_SHARE = 3, 3


class Summary:
    """Counts the rows of a class while the caller reads them, so that they are read only once."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.facts = Counter[str]()  # numbers of submissions
        self.steps = Counter[int]()  # how many scores are in each step
        self.causes = Counter[str]()
        # How many submissions are written for another convention: by setting and value.
        self.conventions = Counter[tuple[str, str]]()
        self.needed = Counter[str]()  # how many rows of each kind a person has to look at
        self.names = defaultdict[str, list[str]](list)  # who is named for each kind
        self.counted: list[ClassRow] = []  # the rows that count, without their verdicts
        self.several = frozenset[str]()  # ids in several groups; known after the last row

    def count(self, rows: Iterable[ClassRow]) -> Iterator[ClassRow]:
        """Count the rows and yield them unchanged. rows: all of a class, in any order."""
        for row in rows:
            if row.counts:
                self.counted.append(row._replace(verdict=None))
            if row.status == "gone":
                self._need("gone", ids_of(row))
            elif row.counts:
                self._count_row(row)
            elif row.is_unmatched:
                self._need(status_kind(row), ids_of(row))
            yield row
        self.several = ids_in_several_groups(self.counted)
        for row in self.counted:
            if is_in_several(row, self.several):
                ids = [escape_invisible(id) for id in row.ids if id in self.several]
                self._need("several", *ids)

    def _count_row(self, row: ClassRow) -> None:
        self.facts.update(_facts_of(row))
        kind = status_kind(row)
        if kind in PERSON_NEEDED:
            self._need(kind, ids_of(row))
        if row.not_on_roster:
            self._need("stranger", *map(escape_invisible, row.not_on_roster))
        verdict = row.verdict
        if verdict is None:
            return
        if not verdict.undecided:
            self.steps[score_step(verdict.score, verdict.possible)] += 1
        self.causes.update(dict.fromkeys(causes_of(row, self.words), 1))
        self.conventions.update(other_settings(verdict, self.words).items())
        if verdict.flags:
            self._need("flagged", ids_of(row))

    def _need(self, kind: str, *names: str) -> None:
        self.needed[kind] += 1
        self.names[kind] += names

    def text(self) -> str:
        """Return the summary in at most MAX_LINES lines, after all rows were counted.

        If it is too long, it loses its empty lines first, then causes. It never loses what a person
        has to look at, even if that takes more lines.
        """
        head, needed = _head(self.facts, self.words), self._needed_text()
        scores = _histogram(self.steps, self.words)
        for gap, causes in (*product(("\n\n", "\n"), range(MAX_CAUSES, 0, -1)), ("\n", 0)):
            blocks = [head, scores, self._causes_text(causes), needed]
            text = gap.join(filter(None, blocks)) + "\n"
            if text.count("\n") <= MAX_LINES:
                break
        return text

    def _causes_text(self, most: int) -> str:
        lines = [f"{count:6}  {name}" for name, count in self.causes.most_common(most)]
        return _titled(self.words["class"]["causes"], lines)

    def _needed_text(self) -> str:
        labels = self.words["class"]
        lines = []
        for kind in PERSON_NEEDED:
            if self.needed[kind]:
                line = _with_names(labels[kind], self.names[kind], self.words)
                lines.append(f"{self.needed[kind]:6}  {line}")
        groups = duplicate_groups(self.counted)
        if groups:
            line = _with_names(labels["alike"], [ids_of(row) for row in groups[0]], self.words)
            lines.append(f"{len(groups):6}  {line}")
        for count, label in self.other_conventions():
            lines.append(f"{count:6}  {label}")
        options = self.options_of_course()
        if options:
            lines.append(f"{'':6}  {labels['of_course']} {options}")
        return _titled(labels["needed"], lines)

    def other_conventions(self) -> list[tuple[int, str]]:
        """The number of submissions that were written for each other convention, and its label.

        Without those that are too few to suggest that it is the course's convention.
        """
        labels = self.words["class"]["other_conventions"]
        return [
            (self.conventions[name, value], labels.get(name, f"{name}={value}"))
            for name, value in self._conventions_of_course()
        ]

    def options_of_course(self) -> str:
        """The options to grade with if the course has these conventions, or empty."""
        settings = dict(self._conventions_of_course())
        return f"--fresh {as_options(settings)}" if settings else ""

    def _conventions_of_course(self) -> list[tuple[str, str]]:
        enough = max(MIN_OTHER_CONVENTION, self.facts["graded"] / OTHER_CONVENTION_SHARE)
        return sorted(each for each, count in self.conventions.items() if count >= enough)


def status_kind(row: ClassRow) -> str:
    """The row's status, or "unmatched" for a mismatch between a manifest and its files."""
    return "unmatched" if row.is_unmatched else row.status


def is_in_several(row: ClassRow, several: Container[str]) -> bool:
    """Whether it is a submission of a person who is in several groups."""
    return row.is_submission and any(id in several for id in row.ids)


def _facts_of(row: ClassRow) -> list[str]:
    """The facts that hold for the row: each of their numbers rises by 1."""
    facts = {
        "handed_in": row.is_submission,
        "graded": row.verdict is not None,
        "waiting": row.status == "waiting",
        "late": row.is_submission and row.late,
    }
    return [fact for fact, holds in facts.items() if holds]


def score_step(score: float, possible: float) -> int:
    """The step of a score: 0 for no points, FULL_MARKS for all, and equal steps in between."""
    if score <= 0 or possible <= 0:
        return 0
    if score >= possible:
        return FULL_MARKS
    return min(int(score / possible * STEPS), STEPS - 1) + 1


def step_label(step: int) -> str:
    if step == 0:
        return "0 %"
    if step == FULL_MARKS:
        return "100 %"
    return f"{100 * (step - 1) // STEPS}-{100 * step // STEPS} %"


def causes_of(row: ClassRow, words: Words) -> list[str]:
    """The names of the mistakes that the row's functions make; of a tie, those of one reading.

    If none is known, the message of the first failure, without the submission's own numbers, so
    that submissions that failed in the same way are counted together.
    """
    assert row.verdict is not None
    ids: list[str] = []
    for diagnosis in row.verdict.diagnosis.values():
        if diagnosis.causes:
            ids += diagnosis.causes[0]
    if ids:
        return [name_of_cause(cause, words) for cause in ids]
    for finding in row.verdict.findings:
        if finding.outcome == "failed" and not finding.is_advice:
            return [without_numbers(finding.message, words)] if finding.message else []
    return []


def ids_of(row: ClassRow) -> str:
    return escape_invisible(", ".join(row.ids))


def first_few(names: Iterable[str], words: Words, most: int = MAX_NAMES) -> str:
    """The first names as people sort them, each once, and how many more there are."""
    ordered = _in_order(names)
    first = ", ".join(shorten(name, LONGEST_NAME) for name in ordered[:most])
    return first + _and_more(len(ordered) - most, words)


def _in_order(names: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(names), key=natural_key)


def _and_more(count: int, words: Words) -> str:
    return str(words["class"]["more"].format(count=count)) if count > 0 else ""


def _head(facts: Counter[str], words: Words) -> str:
    """The number of submissions that were handed in and graded, that wait, and that are late."""
    labels = words["class"]
    head = str(labels["head"].format(handed_in=facts["handed_in"], graded=facts["graded"]))
    for fact in ("waiting", "late"):
        if facts[fact]:
            head += labels[f"and_{fact}"].format(count=facts[fact])
    return head


def _histogram(steps: Counter[int], words: Words) -> str:
    if not steps.total():
        return ""
    most = max(steps.values())
    lines = []
    for step in range(FULL_MARKS, -1, -1):
        bar = "#" * -(-steps[step] * LONGEST_BAR // most)  # rounded up: one is not shown as none
        lines.append(f"{step_label(step):>9} {steps[step]:6}  {bar}".rstrip())
    return _titled(words["class"]["scores"], lines)


def _with_names(text: str, names: list[str], words: Words) -> str:
    """Add as many whole names as fit into a line that begins with a number; else a part of one."""
    if not names:
        return text
    room = WIDTH - len(f"{0:6}  ")
    for most in range(MAX_NAMES, 0, -1):
        line = f"{text}: {first_few(names, words, most)}"
        if columns(line) <= room:
            return line
    name, *others = _in_order(names)
    end = _and_more(len(others), words)
    name = shorten(name, max(room - columns(f"{text}: {end}"), SHORTEST_NAME))
    return f"{text}: {name}{end}"


def _titled(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(clip(line, WIDTH) for line in lines)]) if lines else ""
