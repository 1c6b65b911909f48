"""The members of an archive as a tree of folders and files, with those that are refused."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, Protocol

from grader.intake.entries import Entry, Kind, UnreadableSubmission
from grader.intake.names import is_system_file, printable
from grader.intake.zip_names import (
    folded,
    leads_out,
    refusal_of_duplicate,
    refusal_of_name,
)
from grader.model import Message


class Archive(Protocol):
    """A zip or a tar. A member's info is what the format knows about it."""

    def read(self, member: Any, cap: int) -> bytes:
        """Unpack at most `cap` bytes of a member. Raises UnreadableSubmission."""

    def saved_at(self, member: Any, /) -> str | None:
        """Return when a member was last changed, in ISO 8601, or None if that is not known."""


class ArchiveMember:
    """An Entry in an archive."""

    __slots__ = ("_archive", "info", "members", "name", "origin", "refusal")

    def __init__(self, archive: Archive, name: str, origin: str) -> None:
        self._archive = archive
        self.name = name
        self.origin = origin
        # None for a folder. A folder exists because names of files lead through it.
        self.info: Any = None
        # Why this member, and with it every folder around it, is refused.
        self.refusal: UnreadableSubmission | None = None
        # What a folder holds, by name.
        self.members: dict[str, ArchiveMember] = {}

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

    def walk(self) -> Iterator["ArchiveMember"]:
        """Yield this member, then everything below it."""
        waiting = [self]
        while waiting:
            member = waiting.pop()
            yield member
            waiting += reversed(member.members.values())

    def children(self) -> list[Entry]:
        return list(self.members.values())

    def read(self, cap: int) -> tuple[bytes, str | None]:
        return self._archive.read(self.info, cap), None

    def saved_at(self) -> str | None:
        return self._archive.saved_at(self.info) if self.info else None


class ArchiveTree:
    """The folders and files of an archive, while its members are added.

    Each folder takes memory and time, and a few long names make many of them.
    """

    def __init__(self, archive: Archive, origin: str, max_folders: int) -> None:
        self.top = ArchiveMember(archive, "", origin)
        self._archive = archive
        self._max_folders = max_folders
        self._folders = 0  # that are there because names lead through them

    def add(self, info: Any, name: str, refusal_of_kind: UnreadableSubmission | None) -> None:
        """Put a member where its name says, with its refusal if there is a reason for one.

        name: the whole path, with slashes; that of a folder ends in one. refusal_of_kind: why a
        member of its kind is refused, if it is.

        A system file is left out, but the folder that it lies in is added. Its name is not checked,
        unless it leads out of the archive. Raises UnreadableSubmission if there are too many
        folders.
        """
        parts = [part for part in name.split("/") if part not in ("", ".")]
        own_parts = list(takewhile(lambda part: not is_system_file(part), parts))
        has_system_file = own_parts != parts
        if not has_system_file or leads_out(name):
            refusal = refusal_of_name(name)
            if refusal:
                self._add_refused_name(info, name, refusal)
                return
        member = self._descend(own_parts)
        if has_system_file or not parts:
            return
        is_folder = name.endswith("/")
        is_duplicate = member.info or (member.members and not is_folder)
        refusal = refusal_of_kind
        if is_duplicate and not refusal:
            refusal = refusal_of_duplicate(member.name)
        if refusal:
            member.refusal = refusal
        if not is_folder:
            member.info = info

    def _add_refused_name(self, info: Any, name: str, refusal: UnreadableSubmission) -> None:
        """Put a refused name into the folder that it begins with, if there is one, else on top.

        The rest of the name is never followed, so it can spoil no other folder than the first.
        """
        first, _, rest = name.partition("/")
        starts_in_folder = rest and first not in ("", ".") and not refusal_of_name(first)
        member = self._descend([first, rest] if starts_in_folder else [name])
        member.refusal = refusal
        member.info = info

    def _descend(self, parts: Sequence[str]) -> ArchiveMember:
        """Return the member at the end of a path, creating those that are not there yet.

        A file on the way, which would have to be a folder as well, is refused.
        """
        member = self.top
        for number, part in enumerate(parts, start=1):
            if member.info:
                member.refusal = refusal_of_duplicate(member.name)
            if part not in member.members:
                origin = printable(part)
                if member.origin:
                    origin = f"{member.origin}/{origin}"
                member.members[part] = ArchiveMember(self._archive, part, origin)
                self._folders += number < len(parts)
            member = member.members[part]
        if self._folders > self._max_folders:
            raise too_many_folders(self._max_folders)
        return member


def too_many_folders(folders: int) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_folders", {"folders": folders}),
        f"this archive holds more than {folders} folders",
    )


def _require_distinct_names(folder: ArchiveMember) -> None:
    """Raise UnreadableSubmission if two names are the same on some systems.

    Such an archive unpacks to different files on different systems.
    """
    if len(folder.members) < 2:
        return
    names: set[str] = set()
    for name, member in folder.members.items():
        if folded(name) in names:
            raise refusal_of_duplicate(member.name)
        names.add(folded(name))
