"""How to see whether text that a student wrote steers a terminal, or adds to a page."""

import re

from tests.support.html_page import Page

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Python calls these printable, but there is nothing to see.
BLANKS = set("\u034f\u115f\u1160\u2800\u3164\ufe0f\uffa0\U000e0100")
# The text of these elements is quoted: what a student wrote stands in the first three.
QUOTING_TAGS = {"q", "code", "title", "style"}
Attributes = tuple[tuple[str, str], ...]


class Skeleton(Page):
    """A page without its text: its elements with their attributes, in order."""

    def __init__(self, html: str) -> None:
        self.elements: list[tuple[str, Attributes]] = []
        self.unquoted = ""  # the text outside of the elements for quotations
        super().__init__(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        self.elements.append((tag, tuple((name, value or "") for name, value in attrs)))

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if not QUOTING_TAGS & set(self.open):
            self.unquoted += data


def is_harmless(text: str) -> bool:
    """Does the text consist of visible characters and line breaks alone?"""
    is_printable = all(character.isprintable() or character == "\n" for character in text)
    return is_printable and not BLANKS & set(text)
