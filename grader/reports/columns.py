"""How wide a text is on a terminal, and texts that are cut to a width."""

import unicodedata

_GAP = "..."


def columns(text: str) -> int:
    """Return the width of a text that escape_invisible() has made safe."""
    if text.isascii():
        return len(text)
    return sum(map(_columns_of, text))


def shorten(text: str, most: int) -> str:
    """Cut an id in its middle to at most so many columns, for ids often differ at their end only.

    Of an e-mail address the domain goes first.
    """
    if columns(text) <= most:
        return text
    account, at, _ = text.rpartition("@")
    if account:
        return shorten(account, most - len(at + _GAP)) + at + _GAP
    room = most - len(_GAP)
    tail = _head(text[::-1], room // 2)[::-1]
    return _head(text, room - columns(tail)) + _GAP + tail


def clip(text: str, most: int) -> str:
    """Cut a text at its end to at most so many columns."""
    if columns(text) <= most:
        return text
    return _head(text, most - len(_GAP)).rstrip(" .:") + _GAP


def _head(text: str, most: int) -> str:
    """Return the longest beginning that fits."""
    width = 0
    for place, character in enumerate(text):
        width += _columns_of(character)
        if width > most:
            return text[:place]
    return text


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
