"""A submission as text and lines, decoded as in the child and counted as by Python."""

import re

_LINE_END = re.compile("\r\n|\r|\n")


def text_of(source: bytes) -> str:
    """Decode as UTF-8, whatever a coding line says. A byte order mark at the start is dropped."""
    return source.decode("utf-8-sig", "replace")


def lines_of(text: str) -> list[str]:
    """Split into lines. str.splitlines would also end them at form feeds and other characters."""
    return _LINE_END.split(text)
