"""What costs no points: how a file was read, and what a person should look at, in words."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from grader.model import Message, Words
from grader.reports.findings import SourceLines, code_line, line_text
from grader.reports.sentences import Sentence, pluralized, sentence
from grader.verdict import Finding

MAX_LINES = 4  # of code, shown for remarks that say the same
# A note about an import says nothing new where a problem names the module.
MODULE_NOTES = ("missing_module", "missing_relative_module")
KEPT_NOTES = ("left_out_endless",)  # they say why nothing below the line was reached
MODULE_PROBLEMS = ("import_failed", "function_imported", "function_needs_module")


class Remark(NamedTuple):
    """A sentence that costs no points, with the lines of code it is about."""

    sentence: Sentence
    code: str
    more_code: tuple[str, ...] = ()  # other lines of which the same is true
    also: tuple[str, ...] = ()  # how many such lines are not shown
    evidence: tuple[str, ...] = ()


def remarks(messages: Sequence[Message], words: Words, lines: SourceLines) -> tuple[Remark, ...]:
    """Put messages into words. Those that say the same of several lines become one remark.

    lines: of the graded files, to quote the lines in messages.
    """
    groups: dict[str, list[Message]] = {}
    for message in messages:
        groups.setdefault(_key(message, lines), []).append(message)
    return tuple(_remark(group, words, lines) for group in groups.values())


def without_repeated(notes: Iterable[Message], findings: Iterable[Finding]) -> tuple[Message, ...]:
    """Leave out notes about what a failed question says already, of the same line or module."""
    problems = [
        finding.message
        for finding in findings
        if finding.outcome == "failed" and finding.message is not None
    ]
    places = {(each.file, each.line) for each in problems if each.line is not None}
    modules = {problem.quote for problem in problems if problem.code in MODULE_PROBLEMS}

    def is_repeated(note: Message) -> bool:
        names_module = note.code in MODULE_NOTES and note.quote in modules
        return note.code not in KEPT_NOTES and ((note.file, note.line) in places or names_module)

    return tuple(note for note in notes if not is_repeated(note))


def _key(message: Message, lines: SourceLines) -> str:
    """The same for messages that say the same. A quote that is a part of its line may differ."""
    quote = message.quote
    if message.line is None:
        return repr(message)
    if quote and quote in line_text(message, lines):
        quote = None
    return repr((message.code, message.values, quote))


def _remark(group: Sequence[Message], words: Words, lines: SourceLines) -> Remark:
    first = group[0]
    code, *more = dict.fromkeys(code_line(message, lines, words) for message in group)
    shown, hidden = more[: MAX_LINES - 1], more[MAX_LINES - 1 :]
    also = [pluralized("more_lines", str(len(hidden)), words)] if hidden else []
    quotes = dict.fromkeys(message.quote for message in group if message.quote)
    if len(quotes) > 1:
        first = replace(first, quote=", ".join(quotes))
    return Remark(sentence(first, words), code, tuple(shown), tuple(also))
