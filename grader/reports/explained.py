"""What the command explain prints: a section of the explanation, by its topic, by the code of a message or by the id of a mistake."""

import difflib
from collections.abc import Iterable
from string import Formatter

from grader.explanation import Explanation, Section
from grader.model import Words
from grader.reports.markdown import as_text
from grader.reports.terminal import Paint, clip, labelled, unpainted, wrap

GAP = 2  # columns between a topic and its heading
NEAR, LIKENESS = 3, 0.6  # how many words are offered in place of one that is unknown, and how like it they are (1: the same)
PLACEHOLDER = "..."  # in a sentence that is told without a verdict


def index(explanation: Explanation, words: Words) -> str:
    """All topics with their headings, and how to ask for one."""
    if not explanation.sections:
        return "\n".join(wrap(words["explain"]["none"].format(command=words["command"]))) + "\n"
    width = max(map(len, explanation.sections)) + GAP
    lines = [topic_line(section, width) for section in explanation.sections.values()]
    return "\n".join([*wrap(words["explain"]["ask"].format(command=words["command"])), "", *lines]) + "\n"


def topic_line(section: Section, width: int) -> str:
    indent = "  " * max(0, section.level - 2)
    return clip(f"  {section.topic:<{width}}{indent}{section.heading}", 80)


def explained(word: str, explanation: Explanation, words: Words, paint: Paint = unpainted) -> str | None:
    """What is known under this word, with the section that belongs to it. None where nothing is."""
    mistake, message = words.get("misconceptions", {}).get(word), words["messages"].get(word)
    if word in explanation.sections:
        return section_text(explanation.sections[word], explanation, words, paint)
    if mistake:
        parts = [told(mistake["name"], mistake["means"], mistake["next"], words, paint)]
    elif message:
        parts = [told(word, message["what"], message["next"], words, paint)]
    else:
        return None
    topic = explanation.topic_of(word, words)
    if topic:
        parts.append(section_text(explanation.sections[topic], explanation, words, paint))
    return "\n".join(parts)


def told(title: str, said: str, advice: str, words: Words, paint: Paint) -> str:
    lines = [paint(line, "bold") for line in wrap(bare(title))]
    return "\n".join([*lines, *labelled("what", bare(said), words), *labelled("next", bare(advice), words)]) + "\n"


def bare(sentence: str) -> str:
    """A sentence whose values are not known."""
    return "".join(text + (PLACEHOLDER if name is not None else "") for text, name, *_ in Formatter().parse(sentence))


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
    return str(lines["unknown_near" if near else "unknown"].format(word=word, near=", ".join(near), command=words["command"]))


def without_words(word: str, words: Words) -> str:
    """For a mistake that is known to the assignment, and that nobody has described."""
    return "\n".join(wrap(words["explain"]["without_words"].format(word=word))) + "\n"
