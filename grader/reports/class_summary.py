"""A class on one screen: how many, which scores, what went wrong most often, what a person has to look at."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from grader.class_row import Row, alike
from grader.model import Words
from grader.reports.sentences import sentence, visible

WIDTH, BAR = 80, 30
STEPS = 5  # of the scores, between none and all of the points
CAUSES = 3  # shown: all of it fits on a screen of 24 lines
NAMED = 4  # people in a line
PERSON_NEEDED = ("undecided", "trouble", "unreadable", "flagged")


class Summary:
    """Counts rows as they pass by, so that a class is gone through once."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.statuses, self.steps, self.causes = Counter[str](), Counter[int](), Counter[str]()
        self.people: defaultdict[str, list[str]] = defaultdict(list)
        self.thin: list[Row] = []

    def counting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The very same rows: all of a class, in any order."""
        for row in rows:
            if row.counts:
                self.count(row)
            yield row

    def count(self, row: Row) -> None:
        self.thin.append(row._replace(verdict=None))
        self.statuses[row.status] += 1
        self.people[row.status].append(who(row))
        if row.verdict is not None:
            self.steps[step(row.verdict.score, row.verdict.possible)] += not row.verdict.undecided
            self.causes.update(set(causes_of(row, self.words)))
            if row.verdict.flags:
                self.people["flagged"].append(who(row))

    def text(self) -> str:
        said, people = self.words["class"], self.people
        blocks = [head(self.statuses, self.words), histogram(self.steps, self.words)]
        blocks.append(listed(said["causes"], [f"{count:6}  {name}" for name, count in self.causes.most_common(CAUSES)]))
        needed = [f"{len(people[kind]):6}  {said[kind]}: {few(people[kind], self.words)}" for kind in PERSON_NEEDED if kind in people]
        groups = alike(self.thin)
        needed += [f"{len(groups):6}  {said['alike']}: {few([who(row) for row in groups[0]], self.words)}"] if groups else []
        needed += [f"{len(people['missing']):6}  {said['missing']}: {few(people['missing'], self.words)}"] if "missing" in people else []
        blocks.append(listed(said["needed"], needed))
        return "\n\n".join(block for block in blocks if block) + "\n"


def head(statuses: Counter[str], words: Words) -> str:
    """Everything that was handed in, and how much of it has a verdict."""
    handed_in = sum(count for status, count in statuses.items() if status != "missing")
    graded = statuses["graded"] + statuses["undecided"]
    waiting = words["class"]["still_waiting"].format(count=statuses["waiting"]) if statuses["waiting"] else ""
    return f"{words['class']['head'].format(handed_in=handed_in, graded=graded)}{waiting}"


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
    return listed(words["class"]["scores"], [f"{step_label(number):>9} {steps[number]:6}  {bar}" for number, bar in bars.items()])


def step_label(number: int) -> str:
    low, high = 100 * (number - 1) // STEPS, 100 * number // STEPS
    return {0: "0 %", STEPS + 1: "100 %"}.get(number, f"{low}-{high} %")


def causes_of(row: Row, words: Words) -> list[str]:
    """What the row's functions got wrong, by name; of a tie, the first reading. Where nothing is named: what the first failure says."""
    assert row.verdict is not None
    ids = [cause for diagnosis in row.verdict.diagnosis.values() for reading in diagnosis.causes[:1] for cause in reading]
    if ids:
        known = words.get("misconceptions", {})
        return [known.get(cause, {}).get("name", cause) for cause in ids]
    failed = [finding.message for finding in row.verdict.findings if finding.outcome == "failed" and not finding.is_advice]
    return [sentence(message, words).what for message in failed[:1] if message is not None]


def who(row: Row) -> str:
    return visible(", ".join(person.id for person in row.people))


def few(names: list[str], words: Words) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (words["class"]["more"].format(count=more) if more > 0 else "")


def listed(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(line if len(line) <= WIDTH else line[: WIDTH - 3] + "..." for line in lines)]) if lines else ""
