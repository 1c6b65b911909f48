"""Reads .tar, .tar.gz and .tgz in memory. Nothing is extracted to the disk.

Only what is needed of the format is understood, with its own short code: Python's tarfile runs
slow patterns over headers that a student may have written, and follows chains of them.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from grader.intake.archive_tree import ArchiveMember, ArchiveTree
from grader.intake.entries import UnreadableSubmission
from grader.intake.zip_limits import (
    FOLDERS_CAP,
    MEMBERS_CAP,
    MIB,
    RATIO_CAP,
    RATIO_FLOOR,
    refusal_of_ratio,
    too_large,
    too_many,
)
from grader.intake.zip_names import refusal_of_link
from grader.model import Message

UNPACKED_CAP = 64 * MIB  # held in memory. A whole assignment without its data has some megabytes
BLOCK = 512  # bytes; headers and contents begin at multiples of it
HEADER_CAP = 64 * 1024  # bytes of a long name, or of an extended header
_FILE_TYPES = (b"0", b"\0", b"7")
_FOLDER_TYPE = b"5"
_LONG_NAME = b"L"  # GNU: the content is the name of the next member
_EXTENDED = b"x"  # POSIX: the content may hold the path of the next member
_PASSED_OVER = (b"g", b"K", b"V")  # settings for all members, targets of links, the archive's name


class _TarInfo(NamedTuple):
    """Where the content of a member is."""

    start: int
    size: int


class _Archive:
    """The content of a tar."""

    def __init__(self, unpacked: bytes) -> None:
        self._unpacked = unpacked

    def read(self, member: _TarInfo, cap: int) -> bytes:
        return self._unpacked[member.start : member.start + min(member.size, cap)]

    def saved_at(self, _member: _TarInfo) -> str | None:
        """None: a student's own archive says nothing about when it was handed in."""
        return None


def open_student_tar(packed: bytes, origin: str) -> ArchiveMember:
    """Return the top of a tar or tar.gz, which is held in memory. Raises UnreadableSubmission."""
    unpacked = _unpacked(packed)
    tree = ArchiveTree(_Archive(unpacked), origin, FOLDERS_CAP)
    for count, (name, kind, info) in enumerate(_members(unpacked), start=1):
        if count > MEMBERS_CAP:
            raise too_many(MEMBERS_CAP)
        refusal = None
        if kind == _FOLDER_TYPE or name.endswith(("/", "\\")):
            name = name.rstrip("/\\") + "/"
        elif kind not in _FILE_TYPES:
            refusal = refusal_of_link(name)
        tree.add(info, name.replace("\\", "/"), refusal)
    return tree.top


def _unpacked(packed: bytes) -> bytes:
    if not packed.startswith(b"\x1f\x8b"):
        return packed
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            unpacked = stream.read(UNPACKED_CAP + 1)
    except (OSError, EOFError, zlib.error):
        raise _damaged() from None
    if len(unpacked) > RATIO_CAP * max(len(packed), RATIO_FLOOR):
        raise refusal_of_ratio()
    if len(unpacked) > UNPACKED_CAP:
        raise too_large(UNPACKED_CAP)
    return unpacked


def _members(unpacked: bytes) -> Iterator[tuple[str, bytes, _TarInfo]]:
    """Yield the name, the type and the place of each member. Raises UnreadableSubmission."""
    place = 0
    next_name: bytes | None = None
    if len(unpacked) < BLOCK:
        raise _damaged()
    while place + BLOCK <= len(unpacked):
        header = unpacked[place : place + BLOCK]
        if not any(header):
            return  # the end
        if not _has_right_sum(header):
            raise _damaged()
        size, kind = _number(header[124:136]), header[156:157]
        start = place + BLOCK
        content = unpacked[start : start + min(size, HEADER_CAP)]
        if start + size > len(unpacked):
            raise _damaged()
        place = start + -(-size // BLOCK) * BLOCK
        if kind == _LONG_NAME:
            next_name = content.partition(b"\0")[0]
        elif kind == _EXTENDED:
            next_name = _path_in(content) or next_name
        elif kind not in _PASSED_OVER:
            name = next_name if next_name is not None else _short_name(header)
            next_name = None
            yield name.decode("utf-8", "surrogateescape"), kind, _TarInfo(start, size)
    if place != len(unpacked):
        raise _damaged()  # it was cut off


def _has_right_sum(header: bytes) -> bool:
    """Whether the header's sum of its bytes is right. Its own field counts as spaces."""
    return sum(header) - sum(header[148:156]) + 8 * ord(" ") == _number(header[148:156])


def _number(field: bytes) -> int:
    """Read a number: in octal, or in base 256 if the first bit is set."""
    if field[0] & 0x80:
        return int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
    digits = field.replace(b"\0", b" ").strip()
    try:
        return int(digits or b"0", 8) if digits.isdigit() or not digits else _no_number()
    except ValueError:
        return _no_number()


def _no_number() -> int:
    raise _damaged()


def _short_name(header: bytes) -> bytes:
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0]
    is_ustar = header[257:263] == b"ustar\0"  # GNU has other fields where POSIX has the prefix
    return prefix + b"/" + name if is_ustar and prefix else name


def _path_in(extended: bytes) -> bytes | None:
    """Return the path in an extended header of lines such as `16 path=work.py`, or None."""
    path = None
    while extended:
        length, _, rest = extended.partition(b" ")
        if not length.isdigit() or len(length) > 6 or int(length) <= len(length):
            raise _damaged()
        record = rest[: int(length) - len(length) - 1]
        extended = extended[int(length) :]
        key, _, value = record.rstrip(b"\n").partition(b"=")
        if key == b"size" or key.startswith(b"GNU.sparse"):
            raise _damaged()  # files of 8 GB and files with holes: no source code
        if key == b"path":
            path = value
    return path


def _damaged() -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_tar_damaged"), "this is not a tar archive, or it is damaged"
    )
