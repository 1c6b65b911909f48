"""Reads zips where they are.

Nothing is ever extracted to the disk: one member at a time is unpacked into memory, up to a cap.
"""

import io
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import takewhile
from zipfile import ZipInfo

from grader.intake.entries import Entry, Kind, UnreadableSubmission
from grader.intake.files import open_regular_file
from grader.intake.names import is_system_file, printable
from grader.intake.times import to_iso
from grader.intake.zip_limits import (
    CLASS_MEMBERS_CAP,
    CLASS_ZIP_CAP,
    MEMBERS_CAP,
    ZIP_CAP,
    LimitedZip,
    SelfClosingFile,
    too_large,
)
from grader.intake.zip_names import (
    decoded_name,
    folded,
    leads_out,
    refusal_of_duplicate,
    refusal_of_kind,
    refusal_of_name,
)


class ZipMember:
    """An Entry in a zip."""

    __slots__ = ("_zip", "has_time", "info", "members", "name", "origin", "refusal")

    def __init__(self, archive: LimitedZip, name: str, origin: str, has_time: bool) -> None:
        """has_time: whether the times of members are not those that a student has set."""
        self._zip = archive
        self.has_time = has_time
        self.name = name
        self.origin = origin
        # None for a folder. A folder exists because names of files lead through it.
        self.info: ZipInfo | None = None
        # Why this member, and with it every folder around it, is refused.
        self.refusal: UnreadableSubmission | None = None
        # What a folder holds, by name.
        self.members: dict[str, ZipMember] = {}

    @property
    def kind(self) -> Kind:
        if self.refusal:
            return "other"
        return "file" if self.info else "folder"

    def require_readable(self) -> None:
        for member in self.walk():
            if member.refusal:
                raise member.refusal
            _require_distinct_names(member)

    def walk(self) -> Iterator["ZipMember"]:
        """Yield this member, then everything below it."""
        yield self
        for member in self.members.values():
            yield from member.walk()

    def children(self) -> list[Entry]:
        return list(self.members.values())

    def read(self, cap: int) -> tuple[bytes, str | None]:
        assert self.info
        return self._zip.read(self.info, cap), None

    def saved_at(self) -> str | None:
        """A zip knows no time zone."""
        try:
            return to_iso(datetime(*self.info.date_time)) if self.info and self.has_time else None
        except ValueError:
            return None

    def descend(self, parts: Iterable[str]) -> "ZipMember":
        """Return the member at the end of a path, creating those that are not there yet.

        A file on the way, which would have to be a folder as well, is refused.
        """
        member = self
        for part in parts:
            if member.info:
                member.refusal = refusal_of_duplicate(member.name)
            if part not in member.members:
                origin = printable(part)
                if member.origin:
                    origin = f"{member.origin}/{origin}"
                member.members[part] = ZipMember(self._zip, part, origin, self.has_time)
            member = member.members[part]
        return member


def open_class_zip(path: str | os.PathLike[str]) -> ZipMember:
    """Return the top of the zip of a class, which stays on the disk.

    Raises UnreadableSubmission.
    """
    raw = SelfClosingFile(open_regular_file(path))
    size = os.fstat(raw.fileno()).st_size
    if size > CLASS_ZIP_CAP:
        raise too_large(CLASS_ZIP_CAP)
    return _tree(LimitedZip(raw, size, CLASS_MEMBERS_CAP), "", has_time=True)


def open_student_zip(packed: bytes, origin: str) -> ZipMember:
    """Return the top of the zip of a student, which is held in memory.

    `packed` is its content, of which at most one byte more than ZIP_CAP needs to be read. Raises
    UnreadableSubmission.
    """
    if len(packed) > ZIP_CAP:
        raise too_large(ZIP_CAP)
    return _tree(LimitedZip(io.BytesIO(packed), len(packed), MEMBERS_CAP), origin, has_time=False)


def _tree(archive: LimitedZip, origin: str, has_time: bool) -> ZipMember:
    root = ZipMember(archive, "", origin, has_time)
    for info in archive.members():
        _add_member(root, info)
    return root


def _add_member(root: ZipMember, info: ZipInfo) -> None:
    """Put a member where its name says, with its refusal if there is a reason for one.

    A system file is left out, but the folder that it lies in is added. Its name is not checked,
    unless it leads out of the zip.
    """
    name = decoded_name(info)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    own_parts = list(takewhile(lambda part: not is_system_file(part), parts))
    has_system_file = own_parts != parts
    if leads_out(name) or not has_system_file:
        refusal = refusal_of_name(name)
        if refusal:
            _add_refused_name(root, info, name, refusal)
            return
    member = root.descend(own_parts)
    if has_system_file or not parts:
        return
    is_folder = name.endswith("/")
    is_duplicate = member.info or (member.members and not is_folder)
    refusal = refusal_of_kind(info, name)
    if is_duplicate and not refusal:
        refusal = refusal_of_duplicate(member.name)
    if refusal:
        member.refusal = refusal
    if not is_folder:
        member.info = info


def _add_refused_name(
    root: ZipMember, info: ZipInfo, name: str, refusal: UnreadableSubmission
) -> None:
    """Put a refused name into the folder that it begins with, if it begins with one, else on top.

    The rest of the name is never followed, so it can spoil no other folder than the first.
    """
    first, _, rest = name.partition("/")
    starts_in_folder = rest and first not in ("", ".") and not refusal_of_name(first)
    member = root.descend([first, rest] if starts_in_folder else [name])
    member.refusal = refusal
    member.info = info


def _require_distinct_names(folder: ZipMember) -> None:
    """Raise UnreadableSubmission if two names are the same on some systems.

    Such a zip unpacks to different files on different systems.
    """
    names: set[str] = set()
    for name, member in folder.members.items():
        if folded(name) in names:
            raise refusal_of_duplicate(member.name)
        names.add(folded(name))
