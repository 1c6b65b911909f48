"""A verdict in words, in the order of a report, for the page and the terminal to lay out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from grader.model import Message, SourceFile, Words, suffixed
from grader.redaction import without_secrets
from grader.reports.causes import CauseBlock, cause_blocks, unexplained
from grader.reports.conventions import convention_sentence, settings_of_message
from grader.reports.evidence import format_points
from grader.reports.findings import FindingView, by_function, finding_view, source_lines
from grader.reports.first_file import with_first_file
from grader.reports.question_rows import QuestionRow, question_rows
from grader.reports.remarks import Remark, remarks, without_repeated
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import Sentence, pluralized
from grader.reports.submission_header import format_time
from grader.verdict import ValueEvidence, Verdict

MAX_ADVICE = 2  # pieces that are shown: more would be read by nobody
STOPPERS = ("timed_out", "ended_early")  # after one of these, a function is not called again


class Problem(NamedTuple):
    """Failed questions with the same advice."""

    findings: tuple[FindingView, ...]
    more_what: tuple[str, ...]  # what else is wrong, beside what the first finding says
    more_code: tuple[str, ...]  # other lines than that of the first finding
    lost_points: float
    unasked_points: float  # of questions that were not asked because of these
    evidence: tuple[str, ...]  # with the functions' names if it differs between them
    next: tuple[str, ...]  # what to do
    also: tuple[str, ...]  # sentences saying that nothing is known about the wrong numbers

    @property
    def first(self) -> FindingView:
        """The finding that speaks for all of them."""
        return self.findings[0]

    @property
    def codes(self) -> tuple[str, ...]:
        """The keys to look its message up by: see suffixed. None for a question without one."""
        message = self.first.finding.message
        return suffixed(message) if message else ()

    @property
    def functions(self) -> str:
        return ", ".join(dict.fromkeys(view.finding.function for view in self.findings))

    @property
    def names(self) -> list[str]:
        """The names of the questions, each once."""
        return list(dict.fromkeys(view.name for view in self.findings))


class StudentView(NamedTuple):
    """A verdict in words."""

    verdict: Verdict
    title: str
    file: str
    saved: str
    score: str
    undecided: str
    findings: tuple[FindingView, ...]  # of the questions that give points
    rows: tuple[QuestionRow, ...]  # of the table of these questions
    suspicions: tuple[Remark, ...]  # what likely causes what follows
    causes: tuple[CauseBlock, ...]
    problems: tuple[Problem, ...]
    flags: tuple[Remark, ...]  # for a person to look at
    notes: tuple[Remark, ...]  # how the file was found and read
    # Failed questions without points, unless a problem says the same: once for all functions.
    advice: tuple[Problem, ...]
    ending: str  # whether this grading is the official one

    def compares_with_wrong(self, evidence: ValueEvidence) -> bool:
        """Whether the evidence is against another function whose own numbers are wrong."""
        return any(
            view.finding.function == evidence.other
            and view.finding.outcome == "failed"
            and isinstance(each, ValueEvidence)
            and (each.output, each.other) == (evidence.output, None)
            for view in self.findings
            for each in view.finding.evidence
        )

    def with_outcome(self, outcome: str) -> tuple[FindingView, ...]:
        return tuple(view for view in self.findings if view.finding.outcome == outcome)


def student_view(
    verdict: Verdict, words: Words, source: bytes = b"", more: Sequence[SourceFile] = ()
) -> StudentView:
    """Put a verdict into words. source, more: the graded files, to quote the lines in messages.

    Students read the result in every kind of report, so all that could betray a secret key is
    removed here.
    """
    verdict = without_secrets(verdict)
    if more:
        verdict = with_first_file(verdict)
    lines = source_lines(source, more, verdict.submission.file)
    views = [finding_view(finding, words, lines) for finding in verdict.findings]
    findings = tuple(view for view in views if not view.finding.is_advice)
    causes = cause_blocks(verdict, findings, words, lines)
    explained: set[str] = set()
    if causes:
        for diagnosis in verdict.diagnosis.values():
            explained.update(diagnosis.questions)
    suspicions = [each for own in verdict.diagnosis.values() for each in own.suspicions]
    problems = _problems(findings, explained, unexplained(verdict, findings, words))
    return StudentView(
        verdict=verdict,
        title=escape_invisible(words["title"] or verdict.assignment),
        file=escape_invisible(verdict.submission.file),
        saved=_saved(verdict, words),
        score=_score(verdict, words),
        undecided=_undecided(verdict, words),
        findings=findings,
        rows=question_rows(findings, words),
        suspicions=remarks(suspicions, words, lines),
        causes=causes,
        problems=_with_conventions(problems, words),
        flags=remarks(verdict.flags, words, lines),
        notes=remarks(without_repeated(verdict.notes, verdict.findings), words, lines),
        advice=_problems(_advice(views, findings, suspicions), set(), {})[:MAX_ADVICE],
        ending=words["page"]["official" if verdict.key.seed is None else "practice"],
    )


def _saved(verdict: Verdict, words: Words) -> str:
    saved = format_time(verdict.submission.saved)
    return str(words["page"]["saved"].format(time=saved)) if saved else ""


def _score(verdict: Verdict, words: Words) -> str:
    possible = format_points(verdict.possible)
    return pluralized("score", possible, words, score=format_points(verdict.score))


def _undecided(verdict: Verdict, words: Words) -> str:
    if not verdict.undecided:
        return ""
    return pluralized("undecided", format_points(verdict.undecided), words)


def _advice(
    views: Sequence[FindingView], findings: Sequence[FindingView], suspicions: Sequence[Message]
) -> tuple[FindingView, ...]:
    """Advice, unless a question with points or a suspicion already says the same."""
    places = {(each.line, each.file) for each in suspicions}
    messages = {(view.short, repr(view.finding.message)) for view in findings}
    return tuple(
        view
        for view in views
        if view.finding.is_advice
        and (view.short, repr(view.finding.message)) not in messages
        and not _stands_at(view, places)
    )


def _stands_at(view: FindingView, places: set[tuple[int | None, str | None]]) -> bool:
    message = view.finding.message
    return (
        message is not None and message.line is not None and (message.line, message.file) in places
    )


def _problems(
    findings: tuple[FindingView, ...],
    explained: set[str],
    about_numbers: Mapping[str, tuple[Sentence, ...]],
) -> tuple[Problem, ...]:
    """Group failed questions by what to do: a file that does not parse is one problem, not 15.

    explained: questions that a cause accounts for. about_numbers: question -> sentences about wrong
    numbers that no cause explains.
    """
    groups: dict[str, list[FindingView]] = {}
    for view in findings:
        if view.finding.outcome == "failed" and view.finding.question not in explained:
            groups.setdefault(_problem_key(view), []).append(view)
    accounted = set(explained)
    problems = []
    for group in groups.values():
        unasked = _unasked_because_of(group, findings, accounted)
        accounted.update(view.finding.question for view in unasked)
        problems.append(_problem(tuple(group), unasked, about_numbers))
    return tuple(problems)


def _problem_key(view: FindingView) -> str:
    """The same for questions that failed in the same way, and where the same has to be done.

    One missing step may show in several inputs, and in each function in a line of its own. Only of
    an error the line counts as well.
    """
    message = view.finding.message
    if message is None or view.sentence is None:
        return ""
    place = (message.line, message.file) if "exception" in message.values else None
    return repr((suffixed(message), view.sentence.next, view.sentence.quoted, place))


def _with_conventions(problems: Sequence[Problem], words: Words) -> tuple[Problem, ...]:
    """Add the options to grade with where a problem is none by another convention."""
    with_conventions = []
    for problem in problems:
        settings = settings_of_message(problem.first.finding.message)
        more = convention_sentence(settings, words)
        with_conventions.append(problem._replace(next=(*problem.next, *filter(None, [more]))))
    return tuple(with_conventions)


def _problem(
    group: tuple[FindingView, ...],
    unasked: Sequence[FindingView],
    about_numbers: Mapping[str, tuple[Sentence, ...]],
) -> Problem:
    first = group[0]
    functions = [view.finding.function for view in group]
    numbers = [
        (view.finding.function, about)
        for view in group
        for about in about_numbers.get(view.finding.question, ())
    ]
    evidence = [
        (view.finding.function, line)
        for view in group
        if view.name == first.name
        for line in view.evidence
    ]
    evidence += [(function, about.what) for function, about in numbers if about.next]
    also = [(function, about.what) for function, about in numbers if not about.next]
    advice = [about.next for _, about in numbers if about.next]
    if not advice:
        advice = [first.sentence.next if first.sentence else ""]
    said = [
        (view.finding.function, view.sentence.text)
        for view in group
        if view.sentence and view.sentence != first.sentence
    ]
    code = dict.fromkeys(view.code for view in group if view.code != first.code)
    return Problem(
        findings=group,
        more_what=by_function(said, functions),
        more_code=tuple(filter(None, code)),
        lost_points=sum(view.finding.possible for view in group),
        unasked_points=sum(view.finding.possible for view in unasked),
        evidence=by_function(evidence, functions),
        next=tuple(dict.fromkeys(advice)),
        also=by_function(also, functions),
    )


def _unasked_because_of(
    group: Sequence[FindingView], findings: Sequence[FindingView], accounted: set[str]
) -> list[FindingView]:
    """The questions not asked because of this group, directly or through one another.

    accounted: questions that a cause or an earlier problem accounts for.
    """
    causes = {view.finding.question for view in group}
    unasked = []
    for view in findings:
        if view.finding.outcome != "not_run" or view.finding.question in accounted:
            continue
        if _is_due_to(view, group, causes):
            causes.add(view.finding.question)
            unasked.append(view)
    return unasked


def _is_due_to(view: FindingView, group: Sequence[FindingView], causes: set[str]) -> bool:
    """Whether this question was not asked because of one of the questions in `causes`."""
    message = view.finding.message
    if message is None:
        return False
    if "question" in message.values:
        return message.values["question"] in causes
    if "other" in message.values:
        return message.values["other"] in {each.finding.function for each in group}
    first = group[0].finding
    stopped = first.message is not None and first.message.code in STOPPERS
    return stopped and view.finding.function == first.function
