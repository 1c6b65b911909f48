"""A message as text. The one place where what a student wrote is made safe to show."""

import re
import unicodedata
from typing import NamedTuple

from msgspec.structs import replace

from grader.model import Message, Words

# Printable by category, and still nothing to see: Unicode's Default_Ignorable_Code_Point, and the empty Braille pattern.
IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
DIGIT = re.compile("[0-9]")
MARKS = 2  # accents on one letter; more of them climb over the lines above and below


class Sentence(NamedTuple):
    """where: "line 12", or empty; quoted: the student's own text with its introduction, or empty."""

    where: str
    what: str
    quoted: str
    next: str

    @property
    def told(self) -> str:
        """where, what and quoted, in one line."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head} {self.quoted}".strip()


class Omitted(str):
    """Stands for a value, in whatever form a sentence asks for it, such as {seconds:g}."""

    def __format__(self, form: str) -> str:
        return str(self)


class Values(dict[str, float | int | str]):
    """Of a sentence's placeholders. One that an assignment's own words ask for in vain stays as it stands there."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def escape_invisible(text: str) -> str:
    """Text as harmless as it looks: hidden and steering characters as \\u escapes, lines joined. HTML is the templates' concern."""
    if text.isascii() and text.isprintable():
        return text
    shown, marks = [], 0
    for character in text.replace("\n", " ").replace("\t", " "):
        marks = marks + 1 if unicodedata.combining(character) else 0
        shown.append(character if marks <= MARKS and is_seen(character) else escaped(character))
    return "".join(shown)


def is_seen(character: str) -> bool:
    return character.isprintable() and not IGNORABLE.match(character)


def escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"


def sentence(message: Message, words: Words) -> Sentence:
    entry = words["messages"].get(message.code, {"what": message.code, "next": ""})
    values = Values({key: named(key, value, words) for key, value in message.values.items()})
    advice = entry.get(f"next_{message.values.get('exception')}", entry["next"])
    quoted = (
        entry["quoted"].format_map(Values(quote=escape_invisible(message.quote)))
        if message.quote and "quoted" in entry
        else ""
    )
    where = words["page"]["line"].format(line=message.line) if message.line else ""
    sizes = (
        told
        for size, told in words["sizes"].items()
        if size in str(message.values.get("times", ""))
    )  # "1/(N*C)", or a number
    return Sentence(
        where,
        " ".join((entry["what"].format_map(values), *sizes)),
        quoted,
        advice.format_map(values),
    )


def without_numbers(message: Message, words: Words) -> str:
    """What a message says, with no number in it: the same for everybody who made the same mistake."""
    values = {
        key: Omitted("...") if DIGIT.search(str(value)) else value
        for key, value in message.values.items()
    }
    return sentence(replace(message, values=values), words).what


def pluralized(name: str, count: str, words: Words, **values: str) -> str:
    """A sentence of the page about a number of things, which is another one where there is one of them."""
    return str(words["page"][f"{name}_one" if count == "1" else name].format(count=count, **values))


def named(key: str, value: float | int | str, words: Words) -> float | int | str:
    """Cases, questions and types by the names that people use for them."""
    if key == "case":
        return str(words["cases"].get(value, value))
    if key in ("factor", "term"):
        return str(words.get(f"{key}s", {}).get(value, value))
    if key == "question":
        return question_name(str(value), words)
    if key == "type":
        return str(words["types"].get(value, escape_invisible(str(value))))
    return escape_invisible(value) if isinstance(value, str) else value


def question_name(question: str, words: Words) -> str:
    """naive.reg_loss -> regularization in the loss."""
    name = question.partition(".")[2]
    return str(words["questions"].get(name, name))
