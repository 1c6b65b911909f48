"""Files and folders of a disk. A regular file is read, up to a cap; nothing else is opened, followed or waited for."""

import os
import stat
from typing import NamedTuple

from grader.intake.entries import Entry, Kind, UnreadableSubmission, left_behind, saved_at, text
from grader.model import Message

CAREFULLY = sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)  # as far as a system has them
CHUNK = 1 << 16  # bytes that are read at once: room is made for so many, and most files are smaller


class DiskEntry(NamedTuple):
    """See Entry. path: what is opened."""

    path: str
    name: str
    origin: str
    kind: Kind

    def require(self) -> None:
        if self.kind == "other":
            try:
                require_regular(os.lstat(self.path).st_mode)
            except OSError as error:
                raise refused(error) from None

    def inside(self) -> list[Entry]:
        try:
            with os.scandir(self.path) as found:
                return [
                    DiskEntry(
                        each.path,
                        each.name,
                        self.origin + "/" * bool(self.origin) + text(each.name),
                        kind_of(each),
                    )
                    for each in found
                    if not left_behind(each.name)
                ]
        except OSError as error:
            raise refused(error) from None

    def read(self, cap: int) -> tuple[bytes, str | None]:
        return read_regular_file(self.path, cap)

    def saved(self) -> str | None:
        try:
            return saved_at(os.lstat(self.path).st_mtime)
        except OSError:
            return None


def kind_of(entry: os.DirEntry[str]) -> Kind:
    """A link is of no kind that is read, wherever it leads."""
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def read_regular_file(path: str | os.PathLike[str], cap: int) -> tuple[bytes, str | None]:
    """Its first `cap` bytes, and when it was saved. Raises UnreadableSubmission."""
    descriptor, chunks = open_regular_file(path), []
    try:
        while chunk := os.read(descriptor, min(cap, CHUNK)):
            chunks.append(chunk)
            cap -= len(chunk)
        return b"".join(chunks), saved_at(os.fstat(descriptor).st_mtime)
    except OSError as error:
        raise refused(error) from None
    finally:
        os.close(descriptor)


def open_regular_file(path: str | os.PathLike[str]) -> int:
    """A descriptor. What has taken the file's place by now is refused, and not waited for. Raises UnreadableSubmission."""
    try:
        require_regular(
            os.lstat(path).st_mode
        )  # before it is opened: that alone may do something to a device
        descriptor = os.open(path, os.O_RDONLY | CAREFULLY)
    except OSError as error:
        raise refused(error) from None
    try:
        require_regular(os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def require_regular(mode: int) -> None:
    """Raises UnreadableSubmission for links, pipes, sockets, devices and folders."""
    if stat.S_ISLNK(mode):
        raise UnreadableSubmission(Message("unread_link"), "cannot be read, it is a symbolic link")
    if not stat.S_ISREG(mode):
        raise UnreadableSubmission(Message("unread_special"), "this is not a regular file")


def refused(error: OSError) -> UnreadableSubmission:
    why = (error.strerror or type(error).__name__).lower()
    return UnreadableSubmission(Message("unread_refused", {"why": why}), f"cannot be read, {why}")
