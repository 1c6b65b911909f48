"""The diagnosis as a reader sees it: one block for each cause, before all other problems, with the questions that it explains folded in."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from grader.model import Words
from grader.reports.findings import FindingView, by_function, code_line
from grader.reports.sentences import Sentence, pluralized, sentence
from grader.verdict import Diagnosis, Verdict

SHOWN = 3  # readings of a tie: more of them help nobody
EVIDENCE = 2  # kinds of questions that a cause is seen in, where it is told alone; else 1


class Cause(NamedTuple):
    """A mistake in words, and what it is seen in. Where only a hint is to be revealed, name, means and topic are empty."""

    id: str
    name: str
    means: str
    next: str
    topic: str
    seen: tuple[str, ...] = ()


class Block(NamedTuple):
    """What explains wrong numbers of one function, or of several alike.

    causes: those that are certain, the dearest first. readings: where the numbers cannot tell, the causes that may be there beside; each
    is complete; others says how many more there are. seen: what all readings are about. code: the guilty line of each function that has
    one. rows: failed questions that all this explains; more: points of those not asked because of it. together: how the rows belong to
    several causes.
    """

    title: str
    functions: tuple[str, ...]
    code: tuple[str, ...]
    causes: tuple[Cause, ...]
    seen: tuple[str, ...]
    readings: tuple[tuple[Cause, ...], ...]
    others: str
    rows: tuple[FindingView, ...]
    more: float
    together: str

    @property
    def costs(self) -> float:
        return sum(row.finding.possible for row in self.rows)

    @property
    def explains(self) -> str:
        return ", ".join(dict.fromkeys(row.name for row in self.rows))

    @property
    def every_cause(self) -> tuple[Cause, ...]:
        return self.causes + tuple(cause for reading in self.readings for cause in reading)


def blocks(
    verdict: Verdict, rows: Sequence[FindingView], words: Words, lines: Sequence[str]
) -> tuple[Block, ...]:
    """In the order of the functions. What several functions have in common is told once."""
    if verdict.key.reveal == "nothing":
        return ()
    groups: dict[object, list[str]] = {}
    for function, diagnosis in verdict.diagnosis.items():
        failed = [
            row
            for row in rows
            if row.finding.function == function and row.finding.outcome == "failed"
        ]
        if failed and diagnosis.causes:
            groups.setdefault(diagnosis.causes, []).append(function)
    return tuple(block(verdict, functions, rows, words, lines) for functions in groups.values())


def block(
    verdict: Verdict,
    functions: Sequence[str],
    rows: Sequence[FindingView],
    words: Words,
    lines: Sequence[str],
) -> Block:
    told = [verdict.diagnosis[function] for function in functions]
    due = [row for row in rows if any(row.finding.question in each.questions for each in told)]
    causes = told[0].causes
    certain = frozenset(causes[0]).intersection(*causes)
    explains = questions_of_each(told)
    order = by_cost(explains, due)
    alone = len(causes) == len(causes[0]) == 1

    def in_words(name: str) -> Cause:
        return cause(name, words, verdict)

    def seen_in(names: Collection[str]) -> tuple[str, ...]:
        return evidence(names, explains, due, functions, EVIDENCE if alone else 1)

    failed = tuple(row for row in due if row.finding.outcome == "failed")
    readings = (
        [[name for name in order if name in reading and name not in certain] for reading in causes]
        if len(causes) > 1
        else []
    )
    code = [
        (function, code_line(each.line, lines))
        for function, each in zip(functions, told, strict=True)
    ]
    left = len(readings) - SHOWN
    return Block(
        title_of(causes, alone and in_words(causes[0][0]).name, words),
        tuple(functions),
        by_function(code, functions) if verdict.key.reveal == "cause" else (),
        tuple(in_words(name)._replace(seen=seen_in([name])) for name in order if name in certain),
        seen_in({name for reading in readings for name in reading}),
        tuple(tuple(map(in_words, reading)) for reading in readings[:SHOWN]),
        pluralized("more_readings", str(left), words) if left > 0 else "",
        failed,
        sum(row.finding.possible for row in due if row.finding.outcome == "not_run"),
        str(words["page"]["together"]) if failed and len(causes) == 1 and not alone else "",
    )


def questions_of_each(told: Sequence[Diagnosis]) -> dict[str, set[str]]:
    """Cause -> the questions that it explains, of all these functions."""
    found: dict[str, set[str]] = {}
    for diagnosis in told:
        for reading in diagnosis.causes:
            for name in reading:
                found.setdefault(name, set()).update(diagnosis.explains.get(name, ()))
    return found


def by_cost(explains: Mapping[str, set[str]], due: Sequence[FindingView]) -> list[str]:
    """The causes, first what costs most points. Of those that cost the same, the one whose questions come first."""

    def rank(name: str) -> tuple[float, int]:
        places = [place for place, row in enumerate(due) if row.finding.question in explains[name]]
        return -sum(due[place].finding.possible for place in places), min(places, default=len(due))

    return sorted(explains, key=rank)


def evidence(
    names: Collection[str],
    explains: Mapping[str, set[str]],
    due: Sequence[FindingView],
    functions: Sequence[str],
    kinds: int,
) -> tuple[str, ...]:
    """What these causes are seen in, for each function: questions that few other causes explain come first."""

    def others(row: FindingView) -> int:
        return sum(
            row.finding.question in questions
            for name, questions in explains.items()
            if name not in names
        )

    shown = [
        row
        for row in due
        if row.seen and any(row.finding.question in explains[name] for name in names)
    ]
    shown.sort(key=others)
    of_kind = [
        [row for row in shown if row.name == name]
        for name in dict.fromkeys(row.name for row in shown)
    ]
    lines = [
        by_function([(row.finding.function, row.seen[0]) for row in each], functions)
        for each in of_kind[:kinds]
    ]
    return tuple(line for each in lines for line in each)


def cause(name: str, words: Words, verdict: Verdict) -> Cause:
    """An assignment may lack words for a mistake: then its id has to do."""
    said = words.get("misconceptions", {}).get(name, {})
    if verdict.key.reveal == "hint":
        return Cause(name, "", "", said.get("next", ""), "")
    return Cause(
        name,
        said.get("name", name.replace("_", " ")),
        said.get("means", ""),
        said.get("next", ""),
        said.get("topic", ""),
    )


def title_of(causes: Sequence[Sequence[str]], name: str | bool, words: Words) -> str:
    """name: of the only cause, if there is only one and it may be told."""
    page = words["page"]
    if len(causes) > 1:
        return str(page["one_of" if all(len(reading) == 1 for reading in causes) else "some_of"])
    if len(causes[0]) > 1:
        return str(page["causes"].format(count=len(causes[0])))
    return str(page["one_cause"].format(name=name) if name else page["a_cause"])


def unexplained(
    verdict: Verdict, rows: Sequence[FindingView], words: Words
) -> dict[str, tuple[Sentence, ...]]:
    """Question -> what can be said of numbers that nothing explains, beside its own message: it is told at the question about the wrong
    factor, else at the first one that the function failed. Sentences without `next` say that nothing is known."""
    found: dict[str, tuple[Sentence, ...]] = {}
    for function, diagnosis in verdict.diagnosis.items() if verdict.key.reveal != "nothing" else ():
        failed = [
            row
            for row in rows
            if row.finding.function == function and row.finding.outcome == "failed" and row.seen
        ]
        open_ones = [
            row.finding for row in failed if row.finding.question not in diagnosis.questions
        ]
        for factor in diagnosis.unexplained if open_ones else ():
            home = min(
                open_ones, key=lambda finding: finding.check != factor.removeprefix("data_")
            ).question
            slips = [
                slip
                for slip in diagnosis.slips
                if slip.values.get("factor") == factor and verdict.key.reveal == "cause"
            ]
            said = [sentence(slip, words) for slip in slips] or [
                Sentence("", words["page"]["unknown"], "", "")
            ]
            found[home] = tuple(dict.fromkeys((*found.get(home, ()), *said)))
    return found
