"""The output of `explain`: a section of the explanation, or what a code or a mistake means."""

import difflib
import re
from collections.abc import Iterable, Mapping
from string import Formatter

from grader.assignment.explanation import Explanation, Section
from grader.model import SUFFIXES, Words
from grader.reports.markdown import as_text
from grader.reports.sentences import words_of_code
from grader.reports.terminal import WIDTH, Paint, clip, labelled, unpainted, wrap

GAP = 2  # columns between a topic and its heading
MAX_SUGGESTIONS = 3  # for a word that is unknown
MIN_SIMILARITY = 0.6  # of a suggestion to that word; 1 is the same (difflib's ratio)
PLACEHOLDER = "..."  # for a value that only a verdict has
SEPARATORS = re.compile("[;+|]")  # between the codes of a cell, see grader.exports.grades_csv


def explain_word(
    word: str,
    explanation: Explanation,
    words: Words,
    paint: Paint = unpainted,
    values: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Explain a topic, the code of a message or the id of a mistake.

    Returns the text about it, and the section that belongs to it if there is one; nothing if the
    word is unknown. values: those values of a message that are known without a verdict.
    """
    if word in explanation.sections:
        return (_section_text(explanation.sections[word], explanation, words, paint),)
    entry = _entry_text(word, words, paint, values or {})
    if entry is None:
        return ()
    topics = filter(None, (explanation.topic_of(code, words) for code in _keys_of(word)))
    return entry, *(
        _section_text(explanation.sections[topic], explanation, words, paint)
        for topic in list(topics)[:1]
    )


def _keys_of(word: str) -> tuple[str, ...]:
    """The keys to look a word up by: "array_differs.dW" is explained by "array_differs", too."""
    code, dot, _ = word.partition(".")
    return (word, code) if dot else (word,)


def _entry_text(word: str, words: Words, paint: Paint, values: Mapping[str, str]) -> str | None:
    mistake = words.get("misconceptions", {}).get(word)
    message = words_of_code(_keys_of(word), words)
    if mistake:
        title, what, advice = mistake["name"], mistake["means"], mistake["next"]
    elif message:
        title, what, advice = word, message["what"], message["next"]
        values = {**values, **_value_in_code(word, what + advice)}
    else:
        return None
    lines = [paint(line, "bold") for line in wrap(_fill(title, values))]
    lines += labelled("what", _fill(what, values), words)
    lines += labelled("next", _fill(advice, values), words)
    return "\n".join(lines) + "\n"


def _value_in_code(word: str, text: str) -> dict[str, str]:
    """What stands behind the dot of "array_differs.dW": the first such value that the text names.

    See grader.model.suffixed.
    """
    value = word.partition(".")[2]
    placeholders = {name for _, name, _, _ in Formatter().parse(text)}
    names = [name for name in SUFFIXES if name in placeholders]
    return {names[0]: value} if names and value else {}


def _fill(sentence: str, values: Mapping[str, str]) -> str:
    """Fill in the known values, and PLACEHOLDER for the others."""
    text = ""
    for literal, name, _, _ in Formatter().parse(sentence):
        text += literal
        if name is not None:
            text += values.get(name, PLACEHOLDER)
    return text


def _section_text(section: Section, explanation: Explanation, words: Words, paint: Paint) -> str:
    """The section, then the commands for the section about the layout and for the next one."""
    heading, _, body = as_text(section).partition("\n")
    lines, command = words["explain"], words["command"]
    hints = []
    own = explanation.to_own_layout
    if own is not None and own != section:
        hints.append(
            lines["own_layout"].format(layout=own.layout, topic=own.topic, command=command)
        )
    topics = list(explanation.sections)
    place = topics.index(section.topic) + 1
    if place < len(topics):
        hints.append(lines["following"].format(topic=topics[place], command=command))
    text = f"{paint(heading, 'bold')}\n{body}"
    if hints:
        text += "\n" + "\n".join(line for hint in hints for line in wrap(hint)) + "\n"
    return text


def index(explanation: Explanation, words: Words) -> str:
    """All topics with their headings, and how to ask for one."""
    lines = words["explain"]
    if not explanation.sections:
        return "\n".join(wrap(lines["none"].format(command=words["command"]))) + "\n"
    width = max(map(len, explanation.sections)) + GAP
    topics = [_topic_line(section, width) for section in explanation.sections.values()]
    ask = wrap(lines["ask"].format(command=words["command"]))
    return "\n".join([*ask, "", *topics]) + "\n"


def _topic_line(section: Section, width: int) -> str:
    indent = "  " * max(0, section.level - 2)  # the page's own headings are of level 2
    return clip(f"  {section.topic:<{width}}{indent}{section.heading}", WIDTH)


def codes_in(cell: str) -> list[str]:
    """Each code once, in order. cell: one code, or the cell of an export, which holds several."""
    codes = (code.strip() for code in SEPARATORS.split(cell))
    return list(dict.fromkeys(code for code in codes if code))


def unknown_word(
    word: str, explanation: Explanation, words: Words, others: Iterable[str] = ()
) -> str:
    """Say in one sentence that the word is unknown, and offer similar ones.

    others: further words that can be explained, beside topics, messages and mistakes.
    """
    mistakes = words.get("misconceptions", {})
    candidates = sorted({*explanation.sections, *words["messages"], *mistakes, *others})
    near = difflib.get_close_matches(word, candidates, MAX_SUGGESTIONS, MIN_SIMILARITY)
    line = words["explain"]["unknown_near" if near else "unknown"]
    return str(line.format(word=word, near=", ".join(near), command=words["command"]))


def without_words(word: str, words: Words) -> str:
    """Say that the assignment knows this mistake but has no words for it."""
    return "\n".join(wrap(words["explain"]["without_words"].format(word=word))) + "\n"
