"""Files of a download under the names that their authors gave them.

Platforms put the student's name and some numbers before the name of a file. One hand-in may be
several such files, which then stand in a folder that exists only here.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from grader.intake.entries import Entry, Kind
from grader.intake.files import not_a_regular_file

NamedFile: TypeAlias = tuple[str, Entry]  # the author's name of a file, and the file


def bundle(files: Sequence[NamedFile]) -> Entry:
    """Return one entry for all files of a hand-in: the only file, or a folder of them."""
    entries = [RenamedEntry(name, entry) for name, entry in files]
    return entries[0] if len(entries) == 1 else Bundle(tuple(entries))


class RenamedEntry(NamedTuple):
    """An Entry under another name. Its origin stays the path in the download."""

    name: str
    entry: Entry

    @property
    def origin(self) -> str:
        return self.entry.origin

    @property
    def kind(self) -> Kind:
        return self.entry.kind

    def require_readable(self) -> None:
        self.entry.require_readable()

    def children(self) -> Sequence[Entry]:
        return self.entry.children()

    def read(self, cap: int) -> tuple[bytes, str | None]:
        return self.entry.read(cap)

    def saved_at(self) -> str | None:
        return self.entry.saved_at()


class Bundle(NamedTuple):
    """A folder that holds the files of one hand-in, which lie beside one another."""

    entries: tuple[RenamedEntry, ...]

    @property
    def name(self) -> str:
        return ""

    @property
    def origin(self) -> str:
        """The path of the folder that the files really lie in."""
        return self.entries[0].origin.rpartition("/")[0]

    @property
    def kind(self) -> Kind:
        return "folder"

    def require_readable(self) -> None:
        """Files are checked where one is chosen. A file beside the right one may be anything."""
        for entry in self.entries:
            if entry.kind == "folder":
                entry.require_readable()

    def children(self) -> Sequence[Entry]:
        return self.entries

    def read(self, cap: int) -> tuple[bytes, str | None]:  # noqa: ARG002 - as in Entry
        raise not_a_regular_file()

    def saved_at(self) -> str | None:
        return None
