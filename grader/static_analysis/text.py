"""A submission's bytes as text, and its lines: as the child decodes them, and as Python counts them."""

import re

LINE_ENDS = re.compile("\r\n|\r|\n")


def text_of(source: bytes) -> str:
    """UTF-8, whatever a coding line in it says; a byte order mark at the start is none of it."""
    return source.decode("utf-8-sig", "replace")


def lines_of(text: str) -> list[str]:
    """Not as str.splitlines does, which ends lines at form feeds and other characters as well."""
    return LINE_ENDS.split(text)
