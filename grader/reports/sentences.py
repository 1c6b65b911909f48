"""Messages as text. What a student wrote in them is made safe by safe_text."""

import re
from collections.abc import Sequence
from string import Formatter
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from grader.model import Message, Words, suffixed
from grader.redaction import HIDDEN
from grader.reports.safe_text import escape_invisible

Value = float | int | str

DIGIT = re.compile("[0-9]")
SCALAR = "scalar"  # the shape of a number
OMITTED = "..."  # stands for a value with a number in it
# Values of messages that are names, such as dW1, where a digit is no number; and numbers that are
# the same for all submissions.
NAMES = frozenset(
    (
        *(
            "case",
            "other_case",
            "turned_up",
            "output",
            "input",
            "knob",
            "letter",
            "of",
            "by",
            "other",
            "function",
            "name",
        ),
        *("factor", "term", "question", "first", "second", "file", "call"),
        *("expected", "limit", "kib", "mib", "version", "reads"),
    )
)
NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")  # not the e of 1e-05
# Codes of messages that say what to do by the kind of error, as grader/sandbox/error_kinds.py has
# it. What stops while a file is loaded has advice of its own.
WITH_ADVICE_FOR_ERRORS = (
    *("raised", "call_failed", "odd_shape", "integer_inputs", "strided_inputs"),
)


class LinePlace(Protocol):
    """A record that names a line of the graded code."""

    @property
    def line(self) -> int | None: ...
    @property
    def file(self) -> str | None: ...
    @property
    def cell(self) -> int | None: ...
    @property
    def cell_line(self) -> int | None: ...


class Sentence(NamedTuple):
    """A message in words."""

    where: str  # such as "Line 12" or "layers.py, line 12", or empty
    what: str  # what is wrong
    quoted: str  # the student's own text after its introduction, or empty
    next: str  # what to do

    @property
    def text(self) -> str:
        """Where, what and the quote, in one line."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head} {self.quoted}".strip()


class _OmittedValue(str):
    """Ignores the format that a sentence asks for, such as {seconds:g}."""

    def __format__(self, form: str) -> str:
        return str(self)


class _Values(dict[str, Value]):
    """The values of a sentence's placeholders.

    An assignment's own sentence may name a value that the message lacks: its placeholder stays.
    """

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def sentence(message: Message, words: Words, check: str = "") -> Sentence:
    """Put a message into words. A code that has no sentence is shown as it is.

    check: of the question that it answers, where there is one. Of an error of Python or numpy, what
    to do depends on what kind it is and, for some, on what was asked.
    """
    entry = _entry(message, words)
    hidden = {name for name, value in message.values.items() if value == HIDDEN}
    if not hidden.isdisjoint(_used_in(entry)):
        entry = _in_short(entry)
    advice = _advice_for_error(message, words, check) or entry["next"]
    return Sentence(
        where=line_name(message, words),
        what=_what_is_wrong(message, entry, words),
        quoted=_quoted(message, entry),
        next=advice.format_map(_values_in_words(message, words)),
    )


def _what_is_wrong(message: Message, entry: Words, words: Words) -> str:
    values = _values_in_words(message, words)
    return " ".join(
        (
            entry["what"].format_map(values),
            *_size_sentences(message, entry, words),
            *_input_sentences(message, values, words),
        )
    )


def _values_in_words(message: Message, words: Words) -> _Values:
    return _Values({key: _in_words(key, value, words) for key, value in message.values.items()})


def _used_in(entry: Words) -> list[str]:
    """The values that the sentence about what is wrong names."""
    return [name for _, name, _, _ in Formatter().parse(entry["what"]) if name]


def _in_short(entry: Words) -> Words:
    """The sentences without the numbers of one submission, if there is such a form."""
    return {**entry, "what": entry.get("short", entry["what"])}


def _advice_for_error(message: Message, words: Words, check: str) -> str:
    """What to do about this kind of error, in a question of this check or in any; or empty."""
    kind, errors = message.values.get("kind"), words["errors"]
    if message.code not in WITH_ADVICE_FOR_ERRORS:
        return ""
    return str(errors.get(f"{kind}.{check}", errors.get(kind, "")))


def _entry(message: Message, words: Words) -> Words:
    """The sentences of a message. One with a reason goes on with what the reason says."""
    entry = words_of_code(suffixed(message), words) or {"what": message.code, "next": ""}
    reason = words["messages"].get(message.values.get("reason"))
    return entry if reason is None else {**reason, "what": f"{entry['what']} {reason['what']}"}


def words_of_code(keys: Sequence[str], words: Words) -> Words:
    """The sentences of the first key, completed by those of the others; empty if there are none.

    keys: see grader.model.suffixed.
    """
    entry: dict[str, str] = {}
    for key in reversed(keys):
        entry |= words["messages"].get(key, {})
    return entry


def line_name(place: LinePlace, words: Words) -> str:
    """Line 12; or cell 3, line 5 for a notebook; with the file if that is not the first of several.

    Without a line it is the file alone, and empty for the first.
    """
    file = escape_invisible(place.file or "")
    if place.line is None:
        return file
    if place.cell is None:
        form = "file_line" if file else "line"
    else:
        form = "file_cell_line" if file else "cell_line"
    line = place.line if place.cell is None else place.cell_line
    return str(words["page"][form].format(file=file, cell=place.cell, line=line))


def _in_words(key: str, value: Value, words: Words) -> Value:
    """A case, question or type by the name that people use for it. Any other text is escaped."""
    if value == HIDDEN:
        return _OmittedValue(OMITTED)
    if key in ("case", "other_case"):
        named = str(words["page"]["case_named"].format(case=escape_invisible(str(value))))
        return str(words["cases"].get(value, named))
    if key == "factor":
        return _factor_name(str(value), words)
    if key == "term":
        return str(words.get("terms", {}).get(value, value))
    if key == "question":
        return question_name(str(value), words)
    if key == "type" or value == SCALAR:
        return str(words["types"].get(value, escape_invisible(str(value))))
    return escape_invisible(value) if isinstance(value, str) else value


def _factor_name(factor: str, words: Words) -> str:
    """An output at rest, "dW", or what a knob adds to it, "dW+reg", as a sentence begins with it.

    An assignment may have words of its own for each of its factors.
    """
    own = words.get("factors", {}).get(factor)
    if own is not None:
        return str(own)
    output, _, knob = factor.partition("+")
    return str(words["page"]["added"].format(knob=knob, output=output)) if knob else output


def question_name(question: str, words: Words) -> str:
    """naive.reg_loss -> regularization in the loss."""
    name = question.partition(".")[2]
    return str(words["questions"].get(name, name))


def _size_sentences(message: Message, entry: Words, words: Words) -> list[str]:
    """Explain each size that the sentence names, such as N in "1/(N*C)", by its letter."""
    letters = NAME.findall(str(message.values.get("times", "")))
    if "{letter}" in entry["what"]:
        letters.append(str(message.values.get("letter")))
    meanings = [meaning for letter, meaning in words["sizes"].items() if letter in letters]
    unnamed = [letter for letter in dict.fromkeys(letters) if letter not in words["sizes"]]
    return meanings + [str(words["page"]["size"].format(letter=letter)) for letter in unnamed]


def _input_sentences(message: Message, values: Words, words: Words) -> list[str]:
    """Say on which input an error happens: see grader/grading/inputs.py."""
    forms = {"other_case": "happens_on", "turned_up": "happens_with"}
    return [
        str(words["page"][form].format_map(values))
        for name, form in forms.items()
        if name in message.values
    ]


def _quoted(message: Message, entry: Words) -> str:
    if not message.quote or "quoted" not in entry:
        return ""
    return str(entry["quoted"].format_map(_Values(quote=escape_invisible(message.quote))))


def without_numbers(message: Message, words: Words) -> str:
    """Say what is wrong without any number: the same text for all who made the same mistake.

    The short form of a sentence has none of one submission; of a sentence without that form, all
    numbers are omitted.
    """
    entry = _entry(message, words)
    values = message.values
    if "short" not in entry:
        values = {
            key: _OmittedValue(OMITTED) if key not in NAMES and DIGIT.search(str(value)) else value
            for key, value in values.items()
        }
    return _what_is_wrong(replace(message, values=values), _in_short(entry), words)


def pluralized(name: str, count: str, words: Words, **values: str) -> str:
    """A sentence of the page about `count` things, which has a form of its own for one thing."""
    form = f"{name}_one" if count == "1" else name
    return str(words["page"][form].format(count=count, **values))
