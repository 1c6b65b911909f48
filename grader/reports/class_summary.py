"""A class on one screen: how many, which scores, what went wrong most often, what a person has to look at."""

from collections import Counter
from collections.abc import Iterable

from grader.class_row import Row, alike
from grader.model import Words
from grader.reports.sentences import sentence, visible

WIDTH, BAR = 80, 30
STEPS = 5  # of the scores, between none and all of the points
CAUSES = 5  # shown
NAMED = 4  # people in a line
PERSON_NEEDED = ("undecided", "trouble", "unreadable", "flagged")


def summary(rows: Iterable[Row], words: Words) -> str:
    """rows: all of a class, in any order; they are gone through once."""
    said = words["class"]
    statuses, steps, causes = Counter[str](), Counter[int](), Counter[str]()
    people: dict[str, list[str]] = {}
    thin: list[Row] = []
    for row in rows:
        thin.append(row._replace(verdict=None))
        if not row.counts:
            continue
        statuses[row.status] += 1
        people.setdefault(row.status, []).append(who(row))
        if row.verdict is not None:
            steps[step(row.verdict.score, row.verdict.possible)] += not row.verdict.undecided
            causes.update(set(causes_of(row, words)))
            if row.verdict.flags:
                people.setdefault("flagged", []).append(who(row))
    blocks = [head(statuses, words), histogram(steps, words)]
    blocks.append(listed(said["causes"], [f"{count:6}  {name}" for name, count in causes.most_common(CAUSES)]))
    needed = [f"{len(people[kind]):6}  {said[kind]}: {few(people[kind], words)}" for kind in PERSON_NEEDED if kind in people]
    groups = alike(row for row in thin if row.counts)
    needed += [f"{len(groups):6}  {said['alike']}: {few([who(row) for row in groups[0]], words)}"] if groups else []
    blocks.append(listed(said["needed"], needed))
    if "missing" in people:
        blocks.append(f"{len(people['missing']):6}  {said['missing']}: {few(people['missing'], words)}")
    return "\n\n".join(block for block in blocks if block)


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
    numbers = range(STEPS + 1, -1, -1)
    lines = [f"{step_label(number):>9} {steps[number]:6}  {'#' * -(-steps[number] * BAR // most)}" for number in numbers]
    return listed(words["class"]["scores"], lines)


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
