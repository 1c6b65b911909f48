"""What the command explain prints: a section of the explanation, by its topic, by the code of a message or by the id of a mistake."""

import difflib
import re
from collections.abc import Iterable, Mapping
from string import Formatter

from grader.assignment.explanation import Explanation, Section
from grader.model import Words
from grader.reports.markdown import as_text
from grader.reports.terminal import Paint, clip, labelled, unpainted, wrap

GAP = 2  # columns between a topic and its heading
NEAR, LIKENESS = (
    3,
    0.6,
)  # how many words are offered in place of one that is unknown, and how like it they are (1: the same)
PLACEHOLDER = "..."  # in a sentence that is told without a verdict
BETWEEN_CODES = re.compile("[;+|]")  # as grader.exports writes several into one cell


def index(explanation: Explanation, words: Words) -> str:
    """All topics with their headings, and how to ask for one."""
    if not explanation.sections:
        return "\n".join(wrap(words["explain"]["none"].format(command=words["command"]))) + "\n"
    width = max(map(len, explanation.sections)) + GAP
    lines = [topic_line(section, width) for section in explanation.sections.values()]
    return (
        "\n".join([*wrap(words["explain"]["ask"].format(command=words["command"])), "", *lines])
        + "\n"
    )


def topic_line(section: Section, width: int) -> str:
    indent = "  " * max(0, section.level - 2)
    return clip(f"  {section.topic:<{width}}{indent}{section.heading}", 80)


def codes_in(cell: str) -> list[str]:
    """Each once, in order. cell: one code, or several as they stand in an export."""
    return list(dict.fromkeys(code.strip() for code in BETWEEN_CODES.split(cell) if code.strip()))


def explained(
    word: str,
    explanation: Explanation,
    words: Words,
    paint: Paint = unpainted,
    values: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """What is known under this word, and the section that belongs to it. Empty where nothing is. values: those of a message that are
    known without a verdict."""
    mistake, message = words.get("misconceptions", {}).get(word), words["messages"].get(word)
    if word in explanation.sections:
        return (section_text(explanation.sections[word], explanation, words, paint),)
    if mistake:
        sentences = mistake["name"], mistake["means"], mistake["next"]
    elif message:
        sentences = word, message["what"], message["next"]
    else:
        return ()
    title, said, advice = (filled(sentence, values or {}) for sentence in sentences)
    topic = explanation.topic_of(word, words)
    sections = (
        [section_text(explanation.sections[topic], explanation, words, paint)] if topic else []
    )
    return told(title, said, advice, words, paint), *sections


def told(title: str, said: str, advice: str, words: Words, paint: Paint) -> str:
    lines = [paint(line, "bold") for line in wrap(title)]
    return (
        "\n".join([*lines, *labelled("what", said, words), *labelled("next", advice, words)]) + "\n"
    )


def filled(sentence: str, values: Mapping[str, str]) -> str:
    """A sentence of whose values only some are known."""
    parts = Formatter().parse(sentence)
    return "".join(
        text + (values.get(name, PLACEHOLDER) if name is not None else "")
        for text, name, *_ in parts
    )


def section_text(section: Section, explanation: Explanation, words: Words, paint: Paint) -> str:
    """The section, and the words to ask for the one about the assignment's layout and the one after it."""
    heading, _, below = as_text(section).partition("\n")
    topics = list(explanation.sections)
    following = topics[topics.index(section.topic) + 1 :][:1]
    own, lines, command = explanation.to_own_layout, words["explain"], words["command"]
    said = []
    if own is not None and own != section:
        said.append(lines["own_layout"].format(layout=own.layout, topic=own.topic, command=command))
    said += [lines["following"].format(topic=topic, command=command) for topic in following]
    foot = [""] + [line for sentence in said for line in wrap(sentence)]
    return f"{paint(heading, 'bold')}\n{below}" + ("\n".join(foot) + "\n" if said else "")


def unknown(word: str, explanation: Explanation, words: Words, others: Iterable[str] = ()) -> str:
    """One sentence. others: what else can be asked for, beside topics, codes of messages and mistakes that have words."""
    known = {*explanation.sections, *words["messages"], *words.get("misconceptions", {}), *others}
    near = difflib.get_close_matches(word, sorted(known), NEAR, LIKENESS)
    lines = words["explain"]
    return str(
        lines["unknown_near" if near else "unknown"].format(
            word=word, near=", ".join(near), command=words["command"]
        )
    )


def without_words(word: str, words: Words) -> str:
    """For a mistake that is known to the assignment, and that nobody has described."""
    return "\n".join(wrap(words["explain"]["without_words"].format(word=word))) + "\n"
