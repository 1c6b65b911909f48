"""The diagnosis in words: one block for each explanation of wrong numbers.

Reports show the blocks before all other problems, and in each block the questions it explains.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from grader.model import Words
from grader.reports.conventions import convention_sentence, settings_of_causes
from grader.reports.findings import FindingView, SourceLines, by_function, code_line
from grader.reports.sentences import NAME, Sentence, pluralized, sentence
from grader.verdict import Diagnosis, Finding, ValueEvidence, Verdict

MAX_READINGS = 3  # shown of a tie
# How many kinds of questions are cited as evidence for a cause that stands alone, or among others.
KINDS_ALONE, KINDS_BESIDE_OTHERS = 2, 1


class Cause(NamedTuple):
    """A mistake in words. If only a hint may be revealed, name, means and topic are empty."""

    id: str
    name: str
    means: str
    next: str
    topic: str  # the section of the explanation that helps, or empty
    evidence: tuple[str, ...] = ()


class CauseBlock(NamedTuple):
    """An explanation of the wrong numbers of one function, or of several that share it."""

    title: str
    functions: tuple[str, ...]
    code: tuple[str, ...]  # the guilty line of each function that has one
    causes: tuple[Cause, ...]  # the certain ones; the one that costs most comes first
    evidence: tuple[str, ...]  # for the causes in which the readings differ
    readings: tuple[tuple[Cause, ...], ...]  # of a tie: the causes each adds to the certain ones
    more_readings: str  # how many more readings there are, or empty
    findings: tuple[FindingView, ...]  # the failed questions that the causes explain
    unasked_points: float  # of questions that were not asked because of it
    # How the findings belong to several causes, and by which convention a cause is right; or empty.
    note: str

    @property
    def lost_points(self) -> float:
        return sum(view.finding.possible for view in self.findings)

    @property
    def question_names(self) -> str:
        return ", ".join(dict.fromkeys(view.name for view in self.findings))

    @property
    def every_cause(self) -> tuple[Cause, ...]:
        return self.causes + tuple(cause for reading in self.readings for cause in reading)


class _Group(NamedTuple):
    """Functions with the same diagnosis."""

    functions: tuple[str, ...]
    diagnoses: tuple[Diagnosis, ...]
    findings: tuple[FindingView, ...]  # failed or not asked because of the causes
    explained: Mapping[str, set[str]]  # cause -> the questions that it explains


def cause_blocks(
    verdict: Verdict, findings: Sequence[FindingView], words: Words, lines: SourceLines
) -> tuple[CauseBlock, ...]:
    """Put the diagnosis into words, in the order of the functions. lines: of the files."""
    if verdict.key.reveal == "nothing":
        return ()
    groups: dict[object, list[str]] = {}
    for function, diagnosis in verdict.diagnosis.items():
        if diagnosis.causes and any(_has_failed(view, function) for view in findings):
            groups.setdefault(diagnosis.causes, []).append(function)
    return tuple(
        _cause_block(_group(verdict, functions, findings), verdict, words, lines)
        for functions in groups.values()
    )


def _has_failed(view: FindingView, function: str) -> bool:
    return view.finding.function == function and view.finding.outcome == "failed"


def _group(verdict: Verdict, functions: Sequence[str], findings: Sequence[FindingView]) -> _Group:
    diagnoses = tuple(verdict.diagnosis[function] for function in functions)
    questions = {question for diagnosis in diagnoses for question in diagnosis.questions}
    return _Group(
        functions=tuple(functions),
        diagnoses=diagnoses,
        findings=tuple(view for view in findings if view.finding.question in questions),
        explained=_questions_of_causes(diagnoses),
    )


def _questions_of_causes(diagnoses: Sequence[Diagnosis]) -> dict[str, set[str]]:
    questions: dict[str, set[str]] = {}
    for diagnosis in diagnoses:
        for cause in dict.fromkeys(cause for reading in diagnosis.causes for cause in reading):
            questions.setdefault(cause, set()).update(diagnosis.explains.get(cause, ()))
    return questions


def _cause_block(group: _Group, verdict: Verdict, words: Words, lines: SourceLines) -> CauseBlock:
    readings = group.diagnoses[0].causes
    is_tie = len(readings) > 1
    is_alone = not is_tie and len(readings[0]) == 1
    certain = frozenset(readings[0]).intersection(*readings)
    order = _by_cost(group)
    kinds = KINDS_ALONE if is_alone else KINDS_BESIDE_OTHERS
    uncertain: list[list[str]] = []  # of each reading, the causes that not all readings share
    if is_tie:
        uncertain = [_in_order(order, set(reading) - certain) for reading in readings]
    failed = tuple(view for view in group.findings if view.finding.outcome == "failed")
    not_run = [view for view in group.findings if view.finding.outcome == "not_run"]
    is_complete = not any(diagnosis.unexplained for diagnosis in group.diagnoses)
    has_several = bool(failed) and is_complete and not is_tie and not is_alone
    return CauseBlock(
        title=_title(group, verdict, words),
        functions=group.functions,
        code=_guilty_lines(group, verdict, words, lines),
        causes=tuple(
            _cause(name, group, verdict, words, _evidence_for([name], group, kinds))
            for name in _in_order(order, certain)
        ),
        evidence=_evidence_for({name for reading in uncertain for name in reading}, group, kinds),
        readings=tuple(
            tuple(_cause(name, group, verdict, words) for name in reading)
            for reading in uncertain[:MAX_READINGS]
        ),
        more_readings=_more_readings(len(uncertain) - MAX_READINGS, words),
        findings=failed,
        unasked_points=sum(view.finding.possible for view in not_run),
        note=_note(group, verdict, words, has_several=has_several),
    )


def _note(group: _Group, verdict: Verdict, words: Words, has_several: bool) -> str:
    """Say how the findings belong to several causes, and by which convention a cause is right."""
    together = str(words["page"]["together"]) if has_several else ""
    if verdict.key.reveal != "cause":
        return together
    settings = settings_of_causes(group.diagnoses[0].causes[0], words)
    return f"{together} {convention_sentence(settings, words)}".strip()


def _in_order(order: Sequence[str], causes: Collection[str]) -> list[str]:
    return [cause for cause in order if cause in causes]


def _by_cost(group: _Group) -> list[str]:
    """The causes by the points that they cost, highest first; then by their first question."""

    def rank(cause: str) -> tuple[float, int]:
        questions = group.explained[cause]
        places = [
            place for place, view in enumerate(group.findings) if view.finding.question in questions
        ]
        cost = sum(group.findings[place].finding.possible for place in places)
        return -cost, min(places, default=len(group.findings))

    return sorted(group.explained, key=rank)


def _evidence_for(causes: Collection[str], group: _Group, kinds: int) -> tuple[str, ...]:
    """The first evidence of each function, for at most `kinds` kinds of questions.

    Questions that few other causes explain come first: they say most about these causes.
    """
    explained = {question for cause in causes for question in group.explained[cause]}
    of_others = [questions for cause, questions in group.explained.items() if cause not in causes]

    def count_other_causes(view: FindingView) -> int:
        return sum(view.finding.question in questions for questions in of_others)

    views = [
        view for view in group.findings if view.evidence and view.finding.question in explained
    ]
    views.sort(key=count_other_causes)
    lines: list[str] = []
    for name in list(dict.fromkeys(view.name for view in views))[:kinds]:
        first = [(view.finding.function, view.evidence[0]) for view in views if view.name == name]
        lines += by_function(first, group.functions)
    return tuple(lines)


def _guilty_lines(
    group: _Group, verdict: Verdict, words: Words, lines: SourceLines
) -> tuple[str, ...]:
    if verdict.key.reveal != "cause":
        return ()
    pairs = zip(group.functions, group.diagnoses, strict=True)
    code = [(function, code_line(diagnosis, lines, words)) for function, diagnosis in pairs]
    return by_function(code, group.functions)


def _cause(
    cause: str, group: _Group, verdict: Verdict, words: Words, evidence: tuple[str, ...] = ()
) -> Cause:
    """Put a mistake into words. What it means is left out where these numbers contradict it."""
    entry = words.get("misconceptions", {}).get(cause, {})
    is_false = any(cause in each.contradicted for each in group.diagnoses)
    if verdict.key.reveal == "hint":
        return Cause(cause, "", "", entry.get("next", ""), "", evidence)
    return Cause(
        cause,
        name_of_cause(cause, words),
        "" if is_false else entry.get("means", ""),
        entry.get("next", ""),
        entry.get("topic", ""),
        evidence,
    )


def name_of_cause(cause: str, words: Words) -> str:
    """The name of a mistake. If the assignment has no words for it, its id is its name."""
    entry = words.get("misconceptions", {}).get(cause, {})
    return str(entry.get("name", cause.replace("_", " ")))


def _title(group: _Group, verdict: Verdict, words: Words) -> str:
    page, readings = words["page"], group.diagnoses[0].causes
    if len(readings) > 1:
        are_single = all(len(reading) == 1 for reading in readings)
        return str(page["one_of" if are_single else "some_of"])
    if len(readings[0]) > 1:
        names = ", ".join(group.functions)
        return str(page["causes"].format(count=len(readings[0]), functions=names))
    name = _cause(readings[0][0], group, verdict, words).name
    return _as_title(name, verdict) if name else str(page["a_cause"])


def _as_title(name: str, verdict: Verdict) -> str:
    """With a capital letter, unless the first word is code, as dW is."""
    first = name.split(" ")[0].rstrip(":,")
    code = set(NAME.findall(" ".join(verdict.key.calls.values())))
    is_word = first.isalpha() and first.islower() and first not in code
    return name[0].upper() + name[1:] if is_word else name


def _more_readings(count: int, words: Words) -> str:
    return pluralized("more_readings", str(count), words) if count > 0 else ""


def unexplained(
    verdict: Verdict, findings: Sequence[FindingView], words: Words
) -> dict[str, tuple[Sentence, ...]]:
    """Describe the wrong numbers that no cause explains. Returns question -> sentences.

    The question is the one about the wrong factor, or else the first that the function failed. A
    sentence without `next` says that nothing is known.
    """
    if verdict.key.reveal == "nothing":
        return {}
    sentences: dict[str, tuple[Sentence, ...]] = {}
    for function, diagnosis in verdict.diagnosis.items():
        open_findings = [
            view.finding
            for view in findings
            if _has_failed(view, function)
            and view.evidence
            and view.finding.question not in diagnosis.questions
        ]
        if not open_findings:
            continue
        for factor in diagnosis.unexplained:
            about_factor = [each for each in open_findings if factor in _factors_of(each)]
            question = (about_factor or open_findings)[0].question
            new = list(_about_factor(factor, diagnosis, verdict, words))
            shown = _factors_of((about_factor or open_findings)[0])
            if shown.isdisjoint(diagnosis.unexplained) and shown:
                new = [each for each in new if each.next]  # a cause does explain these numbers
            sentences[question] = tuple(dict.fromkeys((*sentences.get(question, ()), *new)))
    return sentences


def _factors_of(finding: Finding) -> set[str]:
    """The factors that the evidence is about: an output, or what a knob adds to it."""
    return {
        f"{each.output}+{each.knob}" if each.knob else each.output
        for each in finding.evidence
        if isinstance(each, ValueEvidence) and each.other is None
    }


def _about_factor(
    factor: str, diagnosis: Diagnosis, verdict: Verdict, words: Words
) -> Iterator[Sentence]:
    slips = [slip for slip in diagnosis.slips if slip.values.get("factor") == factor]
    if slips and verdict.key.reveal == "cause":
        yield from (sentence(slip, words) for slip in slips)
    elif not diagnosis.suspicions:  # these say more than that no mistake is known
        name = "given_up" if factor in diagnosis.given_up else "unknown"
        yield Sentence("", words["page"][name], "", "")
