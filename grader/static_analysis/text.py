"""A submission as text and lines, decoded as in the child and counted as by Python."""

import re
from collections.abc import Callable

_LINE_END = re.compile("\r\n|\r|\n")
# In what Python says: "expected an indented block after 'for' statement on line 12".
_QUOTED_LINE = re.compile(r"(?<=\bon line )[0-9]{1,6}\b")


def text_of(source: bytes) -> str:
    """Decode as UTF-8, whatever a coding line says. A byte order mark at the start is dropped."""
    return source.decode("utf-8-sig", "replace")


def lines_of(text: str) -> list[str]:
    """Split into lines. str.splitlines would also end them at form feeds and other characters."""
    return _LINE_END.split(text)


def renumbered(says: str, number_of: Callable[[int], int]) -> str:
    """Replace the number of each line that Python names in a sentence."""
    return _QUOTED_LINE.sub(lambda match: str(number_of(int(match[0]))), says)
