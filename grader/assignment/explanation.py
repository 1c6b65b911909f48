"""The page that explains an assignment, in sections: Markdown, where a comment before each heading names the topic of what follows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from grader.model import Words

TOPIC = re.compile(r"^<!-- topic: ([a-z0-9-]+)(?:, for (\w+))? -->\s*\n", re.MULTILINE)
HEADING = re.compile(r"(#+)[ \t]+(.*?)[ \t]*\n")


class Section(NamedTuple):
    """A heading (level 2 for ##) and what stands below it, as Markdown, up to the next topic. layout: the one for which it says what all
    others say in another; empty for these."""

    topic: str
    heading: str
    level: int
    text: str
    layout: str = ""


class Explanation(NamedTuple):
    """sections: in the order of the page, by topic. topics: code of a message -> the topic that helps with it. layout: that of the
    assignment."""

    sections: Mapping[str, Section] = {}
    topics: Mapping[str, str] = {}
    layout: str = ""

    @property
    def to_own_layout(self) -> Section | None:
        """What has to be read beside any other section, where these are written for another layout than the assignment's."""
        return next(
            (
                section
                for section in self.sections.values()
                if section.layout and section.layout == self.layout
            ),
            None,
        )

    def topic_of(self, code: str, words: Words) -> str | None:
        """code: of a message, or the id of a mistake that the words name a topic for. None where no section belongs to it."""
        topic = words.get("misconceptions", {}).get(code, {}).get("topic") or self.topics.get(code)
        return topic if topic in self.sections else None


def sections(text: str) -> dict[str, Section]:
    """text: a whole page. What stands before its first topic belongs to none."""
    found = {}
    parts = TOPIC.split(text)[1:]
    for topic, layout, part in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        heading = HEADING.match(part)
        title, level, below = (
            (heading[2], len(heading[1]), part[heading.end() :]) if heading else (topic, 2, part)
        )
        found[topic] = Section(topic, title, level, below.strip("\n") + "\n", layout or "")
    return found


def page_in(language: str, page: Path) -> Path:
    """The page in another language, which stands beside it: page.md -> page.es.md."""
    return page.with_suffix(f".{language}{page.suffix}")
