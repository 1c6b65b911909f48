"""The diagnosis as a reader sees it: one block for each cause, before all other problems, with the questions that it explains folded in."""

from collections.abc import Sequence
from typing import NamedTuple

from grader.model import Words
from grader.reports.rows import Row, code_line
from grader.reports.sentences import Sentence, sentence
from grader.verdict import Diagnosis, Verdict

SHOWN = 3  # readings of a tie: more of them help nobody
EVIDENCE = 2  # lines


class Cause(NamedTuple):
    """A mistake in words. Where only a hint is to be revealed, name, means and topic are empty."""

    id: str
    name: str
    means: str
    next: str
    topic: str


class Block(NamedTuple):
    """What explains wrong numbers of one function, or of several alike.

    readings: each a complete explanation, one unless they cannot be told apart; none where nothing explains them. certain: ids of the
    causes that all of them have, also those not shown. rows: failed questions that it explains; more: points of those not asked because
    of it. rest: what has to be said beside, in a sentence; together: how the rows belong to several causes.
    """

    title: str
    functions: tuple[str, ...]
    readings: tuple[tuple[Cause, ...], ...]
    certain: frozenset[str]
    rows: tuple[Row, ...]
    more: float
    seen: tuple[str, ...]
    where: str
    code: str
    rest: str
    together: str
    slips: tuple[Sentence, ...]

    @property
    def costs(self) -> float:
        return sum(row.finding.possible for row in self.rows)

    @property
    def explains(self) -> str:
        return ", ".join(dict.fromkeys(row.name for row in self.rows))

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Of all readings, each once, the certain ones first."""
        found = dict.fromkeys(cause for reading in self.readings for cause in reading)
        return tuple(sorted(found, key=lambda cause: cause.id not in self.certain))


def blocks(verdict: Verdict, rows: Sequence[Row], words: Words, lines: Sequence[str]) -> tuple[Block, ...]:
    """In the order of the functions. A cause that several functions share is told once; where a function gave no numbers, none is told."""
    if verdict.key.reveal == "nothing":
        return ()
    groups: dict[object, list[str]] = {}
    for function, diagnosis in verdict.diagnosis.items():
        failed = [row for row in rows if row.finding.function == function and row.finding.outcome == "failed"]
        if failed and (diagnosis.causes or (diagnosis.status != "none" and any(row.seen for row in failed))):
            alike = diagnosis.causes, diagnosis.unexplained
            groups.setdefault(alike if diagnosis.causes else function, []).append(function)
    return tuple(block(verdict, functions, rows, words, lines) for functions in groups.values())


def block(verdict: Verdict, functions: Sequence[str], rows: Sequence[Row], words: Words, lines: Sequence[str]) -> Block:
    first: Diagnosis = verdict.diagnosis[functions[0]]
    explained = {question for function in functions for question in verdict.diagnosis[function].questions}
    failed = tuple(row for row in rows if row.finding.question in explained and row.finding.outcome == "failed")
    silent = (row for row in rows if row.finding.question in explained and row.finding.outcome == "not_run")
    readings = tuple(tuple(cause(each, words, verdict) for each in reading) for reading in first.causes[:SHOWN])
    seen = list(dict.fromkeys(line for row in failed for line in row.seen))[:EVIDENCE]
    slips = [sentence(slip, words) for slip in first.slips]
    if verdict.key.reveal == "hint":
        slips = [slip._replace(what="") for slip in slips]
    where = words["page"]["line"].format(line=first.line) if first.line else ""
    return Block(
        title_of(readings, words),
        tuple(functions),
        readings,
        frozenset[str]().union(*first.causes).intersection(*first.causes),
        failed,
        sum(row.finding.possible for row in silent),
        tuple(seen),
        where,
        code_line(first.line, lines),
        rest_of(first, words),
        str(words["page"]["together"]) if failed and len(readings) == 1 and len(readings[0]) > 1 else "",
        tuple(slips),
    )


def cause(name: str, words: Words, verdict: Verdict) -> Cause:
    """An assignment may lack words for a mistake: then its id has to do."""
    said = words.get("misconceptions", {}).get(name, {})
    if verdict.key.reveal == "hint":
        return Cause(name, "", "", said.get("next", ""), "")
    return Cause(name, said.get("name", name.replace("_", " ")), said.get("means", ""), said.get("next", ""), said.get("topic", ""))


def title_of(readings: Sequence[Sequence[Cause]], words: Words) -> str:
    page = words["page"]
    if not readings:
        return str(page["no_cause"])
    if len(readings) > 1:
        return str(page["one_of" if all(len(reading) == 1 for reading in readings) else "some_of"])
    names = [each.name for each in readings[0] if each.name]
    if len(readings[0]) == 1:
        return str(page["one_cause"].format(name=names[0]) if names else page["a_cause"])
    return str(page["causes"].format(count=len(readings[0])))


def rest_of(diagnosis: Diagnosis, words: Words) -> str:
    page, factors = words["page"], words["factors"]
    if not diagnosis.unexplained:
        return ""
    missing = ", ".join(str(factors[name]) for name in diagnosis.unexplained)
    return str(page["something_else" if diagnosis.causes else "nothing_known"].format(factors=missing))
