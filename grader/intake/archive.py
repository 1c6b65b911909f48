"""Zips, read where they are: nothing is ever extracted, and one named member at a time is unpacked, into memory and up to a cap."""

import io
import os
import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import takewhile
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from grader.intake.entries import Entry, Kind, UnreadableSubmission, left_behind, text, written
from grader.intake.files import open_regular_file
from grader.model import Message

MIB = 1 << 20
# A submission is some kilobytes and a whole assignment without its data some megabytes; a zip is held in memory while it is looked into.
ZIP_CAP = 32 * MIB
CLASS_ZIP_CAP = (
    16 * 1024 * MIB
)  # the download of a whole class stays on the disk: here only what cannot be one is refused
MEMBERS_CAP = 10_000  # a virtual environment that was handed in by mistake has 5,000; their names take 10 MB and 0.1 s
CLASS_MEMBERS_CAP = (
    100_000  # ten files for each of 10,000 students; their names take 100 MB and 1 s
)
CONTENTS_CAP = 64 * MIB  # the table of contents is read at once: 100,000 members need 15 MiB
NAME_CAP = 500  # characters of a member's whole path
DEPTH_CAP = 16  # folders within each other: each of them takes memory for every member; environments have 10
RATIO_CAP = 100  # source text shrinks to a third or a tenth, one repeated character to a thousandth
RATIO_FLOOR = (
    1024  # bytes: what is packed into less counts as this, so that small files are never refused
)
SPLIT = b"PK\x01\x02"  # begins every entry of a table of contents
ENCRYPTED = 0x1 | 0x40
BROKEN = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
)  # of zipfile, by bad bytes


class Opened(io.FileIO):
    """Closed when the last entry is gone that might be read from it."""

    def __del__(self) -> None:
        self.close()


class Watched(io.BufferedReader):
    """A zip's bytes. While its table of contents is read, this counts the entries, whatever the zip says of their number."""

    members_left: int | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        if self.members_left is None:
            return super().read(size)
        if size is not None and size > CONTENTS_CAP:
            raise too_many(self.members_left)
        found = super().read(size)
        if found.count(SPLIT) > self.members_left:
            raise too_many(self.members_left)
        return found

    def __del__(self) -> None:
        self.close()


class Archive(ZipFile):
    """bytes_there: of the zip itself."""

    def __init__(self, raw: io.RawIOBase | io.BytesIO, bytes_there: int, members: int) -> None:
        self.bytes_there = bytes_there
        watched = Watched(cast(io.RawIOBase, raw))
        watched.members_left = members
        super().__init__(cast(IO[bytes], watched))
        watched.members_left = None


class Member:
    """See Entry. info: None for a folder, which is there because names of files lead through it. fault: why all around it is refused."""

    __slots__ = ("archive", "below", "fault", "info", "name", "origin")

    def __init__(self, archive: Archive, name: str, origin: str) -> None:
        self.archive, self.name, self.origin = archive, name, origin
        self.info: ZipInfo | None = None
        self.fault: UnreadableSubmission | None = None
        self.below: dict[str, Member] = {}

    @property
    def kind(self) -> Kind:
        if self.fault:
            return "other"
        return "file" if self.info else "folder"

    def require(self) -> None:
        for member in self.all_below():
            if member.fault:
                raise member.fault
            require_different_names(member)

    def all_below(self) -> Iterator["Member"]:
        """And itself, first."""
        yield self
        for member in self.below.values():
            yield from member.all_below()

    def inside(self) -> list[Entry]:
        return [*self.below.values()]

    def read(self, cap: int) -> tuple[bytes, str | None]:
        assert self.info
        try:
            with self.archive.open(self.info) as opened:
                unpacked = opened.read(cap)
        except BROKEN:
            raise damaged() from None
        # What a header says of sizes is not to be trusted: not the unpacked one at all, the packed one up to what is there.
        packed = max(min(self.info.compress_size, self.archive.bytes_there), RATIO_FLOOR)
        if len(unpacked) > RATIO_CAP * packed:
            raise UnreadableSubmission(
                Message("unread_zip_ratio", {"times": RATIO_CAP}),
                f"a file in it unpacks to more than {RATIO_CAP} times its size",
            )
        return unpacked, self.saved()

    def saved(self) -> str | None:
        try:
            return written(datetime(*self.info.date_time)) if self.info else None
        except ValueError:
            return None


def zip_of_a_class(path: str | os.PathLike[str]) -> Member:
    """Its top. Raises UnreadableSubmission."""
    raw = Opened(open_regular_file(path))
    bytes_there = os.fstat(raw.fileno()).st_size
    if bytes_there > CLASS_ZIP_CAP:
        raise too_large(CLASS_ZIP_CAP)
    return top(raw, bytes_there, CLASS_MEMBERS_CAP, "")


def zip_of_a_student(packed: bytes, origin: str) -> Member:
    """Its top. packed: one byte more than allowed, at most. Raises UnreadableSubmission."""
    if len(packed) > ZIP_CAP:
        raise too_large(ZIP_CAP)
    return top(io.BytesIO(packed), len(packed), MEMBERS_CAP, origin)


def top(raw: io.RawIOBase | io.BytesIO, bytes_there: int, members: int, origin: str) -> Member:
    try:
        archive = Archive(raw, bytes_there, members)
    except BROKEN:
        raise damaged() from None
    root = Member(archive, "", origin)
    for info in archive.infolist():
        place(root, info)
    return root


def place(root: Member, info: ZipInfo) -> None:
    """Where its name says; of what systems leave behind only the folder that it lies in.

    A name that leads astray is never walked along: it stands in the folder that it begins with, if that is one, and spoils no other.
    """
    name = name_of(info)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    kept = [*takewhile(lambda part: not left_behind(part), parts)]
    fault = fault_of_name(name) if leads_out(name) or kept == parts else None
    if fault:
        first, _, rest = name.partition("/")
        kept = parts = (
            [first, rest]
            if rest and first not in ("", ".") and not fault_of_name(first)
            else [name]
        )
    member = walked(root, kept)
    if kept != parts or not parts:
        return
    is_folder = name.endswith("/") and not fault
    fault = fault or fault_of_kind(info, name)
    if member.info or (member.below and not is_folder):
        fault = fault or doubled(member)
    member.fault = fault or member.fault
    if not is_folder:
        member.info = info


def walked(root: Member, parts: Iterable[str]) -> Member:
    """The member at the end of the path, made where there is none. A file that is a folder as well is a fault."""
    member = root
    for part in parts:
        if member.info:
            member.fault = doubled(member)
        if part not in member.below:
            member.below[part] = Member(
                member.archive,
                part,
                f"{member.origin}/{text(part)}" if member.origin else text(part),
            )
        member = member.below[part]
    return member


def name_of(info: ZipInfo) -> str:
    """Whole, also behind a NUL. Many systems write UTF-8 and forget to say so, which then reads as if it were of 1981."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name


def leads_out(name: str) -> bool:
    return (
        name.startswith("/")
        or "\\" in name
        or ".." in name.split("/")
        or bool(re.match("[A-Za-z]:", name))
    )


def fault_of_name(name: str) -> UnreadableSubmission | None:
    if leads_out(name):
        return UnreadableSubmission(
            Message("unread_zip_path", quote=name[:NAME_CAP]),
            f"this zip holds a name that leads out of it: {name[:NAME_CAP]}",
        )
    if len(name) > NAME_CAP:
        return UnreadableSubmission(
            Message("unread_zip_long_name", {"characters": NAME_CAP}, name[:NAME_CAP]),
            f"this zip holds a name of more than {NAME_CAP} characters: {name[:NAME_CAP]}",
        )
    if any(unicodedata.category(character) == "Cc" for character in name):
        return UnreadableSubmission(
            Message("unread_zip_characters", quote=name),
            f"this zip holds a name with characters that no name has: {name}",
        )
    if name.count("/") > DEPTH_CAP:
        return UnreadableSubmission(
            Message("unread_zip_deep", {"folders": DEPTH_CAP}),
            f"this zip holds more than {DEPTH_CAP} folders within each other",
        )
    return None


def fault_of_kind(info: ZipInfo, name: str) -> UnreadableSubmission | None:
    if stat.S_IFMT(info.external_attr >> 16) not in (
        0,
        stat.S_IFDIR if name.endswith("/") else stat.S_IFREG,
    ):
        return UnreadableSubmission(
            Message("unread_zip_link", quote=name),
            f"this zip holds a link, or something else that is no file: {name}",
        )
    if info.flag_bits & ENCRYPTED:
        return UnreadableSubmission(
            Message("unread_zip_encrypted"), "this zip is locked with a password"
        )
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return UnreadableSubmission(
            Message("unread_zip_compression", quote=name),
            f"this zip is packed in a way that is not read here: {name}",
        )
    return None


def require_different_names(folder: Member) -> None:
    """Raises UnreadableSubmission where two names are one on some systems: which of them is meant cannot be known."""
    names: dict[str, str] = {}
    for name, member in folder.below.items():
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        if folded in names:
            raise doubled(member)
        names[folded] = name


def doubled(member: Member) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_twice", quote=member.name),
        f"this zip holds the same name twice: {member.name}",
    )


def too_many(members: int) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_members", {"members": members}),
        f"this zip holds more than {members} files",
    )


def too_large(cap: int) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_large", {"mib": cap // MIB}),
        f"this zip is larger than {cap // MIB} MiB",
    )


def damaged() -> UnreadableSubmission:
    return UnreadableSubmission(Message("unread_zip_damaged"), "this is no zip, or a damaged one")
