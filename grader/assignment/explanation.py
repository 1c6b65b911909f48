"""The page that explains an assignment, in sections.

The page is Markdown. A comment before each heading names the topic of the section:
`<!-- topic: axis -->`, or `<!-- topic: layouts, for DxC -->`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from grader.model import Words

_TOPIC = re.compile(r"^<!-- topic: ([a-z0-9-]+)(?:, for (\w+))? -->\s*\n", re.MULTILINE)
_HEADING = re.compile(r"(#+)[ \t]+(.*?)[ \t]*\n")


class Section(NamedTuple):
    """A heading and the text below it, up to the next topic."""

    topic: str
    heading: str
    level: int  # 2 for ##
    text: str  # Markdown
    # The choice of a convention, such as a layout, into which this section translates all others,
    # which speak of another one; else empty.
    layout: str = ""


class Explanation(NamedTuple):
    """The page of an assignment, empty if it has none."""

    sections: Mapping[str, Section] = {}  # by topic, in the order of the page
    topics: Mapping[str, str] = {}  # code of a message -> the topic that helps with it
    choices: tuple[str, ...] = ()  # of the assignment, one for each convention

    @property
    def to_own_layout(self) -> Section | None:
        """The section to read beside any other, if the page speaks of another choice."""
        for section in self.sections.values():
            if section.layout in self.choices:
                return section
        return None

    def topic_of(self, code: str, words: Words) -> str | None:
        """Find the topic that helps, or None.

        code: the code of a message, or the id of a misconception, whose words may name a topic.
        """
        topic = words.get("misconceptions", {}).get(code, {}).get("topic") or self.topics.get(code)
        return topic if topic in self.sections else None


def sections(text: str) -> dict[str, Section]:
    """Split a page into sections by topic. Text before the first topic is left out."""
    by_topic = {}
    parts = _TOPIC.split(text)[1:]
    for topic, layout, part in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        title, level, below = topic, 2, part
        heading = _HEADING.match(part)
        if heading:
            title, level, below = heading[2], len(heading[1]), part[heading.end() :]
        by_topic[topic] = Section(topic, title, level, below.strip("\n") + "\n", layout or "")
    return by_topic


def page_in(language: str, page: Path) -> Path:
    """Return the path of a translation, which stands beside the page: page.md -> page.es.md."""
    return page.with_suffix(f".{language}{page.suffix}")
