"""Reads a zip within limits, whatever its headers claim about sizes and numbers."""

import io
import struct
import zlib
from datetime import datetime
from typing import IO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from grader.intake.entries import UnreadableSubmission
from grader.intake.times import to_iso
from grader.model import Message

MIB = 1 << 20
# A student's zip is held in memory. A submission has some kilobytes, and a whole assignment without
# its data some megabytes.
ZIP_CAP = 32 * MIB
# The download of a whole class stays on the disk. This only refuses files that cannot be one.
CLASS_ZIP_CAP = 16 * 1024 * MIB
# A virtual environment submitted by mistake has 5,000 members. The names of 10,000 take 10 MB and
# 0.1 s.
MEMBERS_CAP = 10_000
# Folders that names of members lead through. An environment has 600; 10,000 names can make 150,000.
FOLDERS_CAP = 10_000
# Ten files for each of 10,000 students. Their names take 100 MB and 1 s.
CLASS_MEMBERS_CAP = 100_000
CLASS_FOLDERS_CAP = 100_000
# The table of contents is read at once: 100,000 members need 15 MiB.
CONTENTS_CAP = 64 * MIB
# Unpacked size by packed size. Source code shrinks to a third or a tenth, one repeated character to
# a thousandth.
RATIO_CAP = 100
# Bytes. A smaller packed size counts as this one, so that small files are never refused.
RATIO_FLOOR = 1024

CONTENTS_ENTRY = b"PK\x01\x02"  # begins every entry of a table of contents
# What zipfile raises for bad bytes.
BROKEN_ZIP_ERRORS = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
)


class LimitedZip:
    """A zip of at most so many members. It never unpacks more than a reader asks for."""

    def __init__(
        self, raw: io.RawIOBase | io.BytesIO, size: int, max_members: int, has_times: bool = True
    ) -> None:
        """Read the table of contents. `size` is that of the zip in bytes.

        has_times: False if a student has set the times of the members, which then say nothing.
        Raises UnreadableSubmission.
        """
        reader = _CountingReader(cast(io.RawIOBase, raw))
        reader.max_members = max_members
        try:
            self._zip = ZipFile(cast(IO[bytes], reader))
        except BROKEN_ZIP_ERRORS:
            raise _damaged() from None
        reader.max_members = None
        self._size = size
        self._has_times = has_times

    def members(self) -> list[ZipInfo]:
        return self._zip.infolist()

    def read(self, member: ZipInfo, cap: int) -> bytes:
        """Unpack at most `cap` bytes of a member. Raises UnreadableSubmission."""
        try:
            with self._zip.open(member) as opened:
                unpacked = opened.read(cap)
        except BROKEN_ZIP_ERRORS:
            raise _damaged() from None
        # The unpacked size in a header is not trusted at all, the packed size only up to what is
        # there.
        packed_size = max(min(member.compress_size, self._size), RATIO_FLOOR)
        if len(unpacked) > RATIO_CAP * packed_size:
            raise refusal_of_ratio()
        return unpacked

    def saved_at(self, member: ZipInfo) -> str | None:
        """A zip knows no time zone."""
        try:
            return to_iso(datetime(*member.date_time)) if self._has_times else None
        except ValueError:
            return None


class SelfClosingFile(io.FileIO):
    """A file that closes itself when no entry is left that could be read from it."""

    def __del__(self) -> None:
        self.close()


class _CountingReader(io.BufferedReader):
    """The bytes of a zip.

    While max_members is set, the table of contents is being read: entries are counted as they are
    found there, whatever the zip says about their number, and the table itself is bounded.
    """

    max_members: int | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        if self.max_members is None:
            return super().read(size)
        if size is not None and size > CONTENTS_CAP:
            raise too_many(self.max_members)
        content = super().read(size)
        if content.count(CONTENTS_ENTRY) > self.max_members:
            raise too_many(self.max_members)
        return content

    def __del__(self) -> None:
        self.close()


def too_large(cap: int) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_large", {"mib": cap // MIB}),
        f"this archive is larger than {cap // MIB} MiB",
    )


def too_many(members: int) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_members", {"members": members}),
        f"this archive holds more than {members} files",
    )


def refusal_of_ratio() -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_ratio", {"times": RATIO_CAP}),
        f"a file in it unpacks to more than {RATIO_CAP} times its size",
    )


def _damaged() -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_damaged"), "this is not a zip, or it is damaged"
    )
