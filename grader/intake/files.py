"""Files and folders on a disk.

Regular files are read, up to a cap. Nothing else is opened, followed or waited for.
"""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from grader.intake.entries import Entry, Kind, UnreadableSubmission
from grader.intake.names import is_system_file, printable
from grader.intake.times import timestamp_to_utc
from grader.model import Message

# Never follow a link, never wait for a pipe. Each flag is used where the system has it.
OPEN_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)
CHUNK = 1 << 16  # bytes per read: each reserves as much memory, and most files are smaller


class DiskEntry(NamedTuple):
    """An Entry on a disk. `path` is what is opened."""

    path: str
    name: str
    origin: str
    kind: Kind

    def require_readable(self) -> None:
        if self.kind == "other":
            try:
                require_regular(os.lstat(self.path).st_mode)
            except OSError as error:
                raise _access_refused(error) from None

    def children(self) -> list[Entry]:
        try:
            with os.scandir(self.path) as items:
                return [self._child(item) for item in items if not is_system_file(item.name)]
        except OSError as error:
            raise _access_refused(error) from None

    def _child(self, item: os.DirEntry[str]) -> "DiskEntry":
        origin = printable(item.name)
        if self.origin:
            origin = f"{self.origin}/{origin}"
        return DiskEntry(item.path, item.name, origin, _kind_of(item))

    def read(self, cap: int) -> tuple[bytes, str | None]:
        descriptor, status = _open_regular(self.path)
        chunks = []
        rest = cap
        try:
            while chunk := os.read(descriptor, min(rest, CHUNK)):
                chunks.append(chunk)
                rest -= len(chunk)
                if cap - rest == status.st_size:
                    break  # spares the call that would find the end
            return b"".join(chunks), timestamp_to_utc(status.st_mtime)
        except OSError as error:
            raise _access_refused(error) from None
        finally:
            os.close(descriptor)

    def saved_at(self) -> str | None:
        try:
            return timestamp_to_utc(os.lstat(self.path).st_mtime)
        except OSError:
            return None


def mode_of(path: Path) -> int | None:
    """Return the type and permissions of what is at a path, or None if there is nothing.

    For a path that the user names: a link to a folder is followed, a link to a file is not.
    Raises UnreadableSubmission if the system refuses access.
    """
    try:
        return (path.stat() if path.is_dir() else path.lstat()).st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _access_refused(error) from None


def open_regular_file(path: str | os.PathLike[str]) -> int:
    """Return a descriptor of a regular file. Raises UnreadableSubmission for anything else."""
    descriptor, _ = _open_regular(path)
    return descriptor


def _open_regular(path: str | os.PathLike[str]) -> tuple[int, os.stat_result]:
    """Return a descriptor of a regular file and its state. Raises UnreadableSubmission.

    The type is checked before opening, because opening alone may do something to a device, and
    again after it, because something else may have taken the file's place.
    """
    try:
        require_regular(os.lstat(path).st_mode)
        descriptor = os.open(path, OPEN_FLAGS)
    except OSError as error:
        raise _access_refused(error) from None
    try:
        status = os.fstat(descriptor)
        require_regular(status.st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status


def require_regular(mode: int) -> None:
    """Raise UnreadableSubmission for links, pipes, sockets, devices and folders."""
    if stat.S_ISLNK(mode):
        raise UnreadableSubmission(
            Message("unread_link"), "this is a symbolic link, and links are not followed"
        )
    if not stat.S_ISREG(mode):
        raise not_a_regular_file()


def not_a_regular_file() -> UnreadableSubmission:
    return UnreadableSubmission(Message("unread_special"), "this is not a regular file")


def _access_refused(error: OSError) -> UnreadableSubmission:
    """Turn an error of the operating system into the reason why a file is not read."""
    why = (error.strerror or type(error).__name__).lower()
    return UnreadableSubmission(Message("unread_refused", {"why": why}), f"cannot be read ({why})")


def _kind_of(item: os.DirEntry[str]) -> Kind:
    """A link is "other", whatever it leads to."""
    if item.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if item.is_file(follow_symlinks=False) else "other"
