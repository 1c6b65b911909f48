"""Turns the bytes of a source file into UTF-8, by the rules of Python itself (PEP 263).

Beyond them, UTF-16 and UTF-32 with a byte order mark are read: some editors of Windows save that.
"""

import codecs
import re
from typing import NamedTuple

from grader.model import Message

# The mark of UTF-32 begins with that of UTF-16, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_BLANK_LINE = re.compile(rb"[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)")
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# Codecs for text that students meet. Others are for other things, such as UTF-7, which hides code.
_TEXT_CODECS = re.compile(
    r"iso8859-\d+|cp125\d|cp437|cp85\d|mac-\w+|koi8-[rtu]"
    r"|gbk|gb2312|gb18030|big5|shift_jis|cp932|euc_jp|euc_kr|cp949"
)


class DecodedText(NamedTuple):
    source: bytes  # in UTF-8 if there is no problem
    note: Message | None = None
    problem: Message | None = None


def decode_source(raw: bytes) -> DecodedText:
    """Return a source file in UTF-8, with a note if it was saved in another way.

    A declared encoding counts only where the bytes are not UTF-8 anyway.
    """
    for mark, codec, name in _MARKS:
        if raw.startswith(mark):
            return _decoded(raw, codec, name)
    checked = _checked(raw)
    if checked.problem is None:
        return checked
    declared = _declared_encoding(raw)
    if declared is None or not _TEXT_CODECS.fullmatch(declared.name):
        return checked
    return _decoded(raw, declared.name, declared.name)


def _checked(raw: bytes) -> DecodedText:
    null = raw.find(b"\0")
    if null >= 0:  # it is legal in UTF-8, but Python reads no such file
        return DecodedText(raw, problem=Message("null_byte", {"byte": null + 1}))
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return DecodedText(raw, problem=Message("not_utf8", {"byte": error.start + 1}, line=line))
    return DecodedText(raw)


def _decoded(raw: bytes, codec: str, name: str) -> DecodedText:
    try:
        source = raw.decode(codec).encode("utf-8")
    except UnicodeError:
        return DecodedText(raw, problem=Message("not_in_encoding", {"encoding": name}))
    return DecodedText(source, Message("note_encoding", {"encoding": name}))


def _declared_encoding(raw: bytes) -> codecs.CodecInfo | None:
    """Return the codec that one of the first two lines names, or None."""
    place = 0
    for _ in range(2):
        match = _CODING.match(raw, place)
        if match:
            return _codec(match[1].decode("ascii", "replace"))
        line = _BLANK_LINE.match(raw, place)
        if line is None:
            return None
        place = line.end()
    return None


def _codec(name: str) -> codecs.CodecInfo | None:
    try:
        return codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
