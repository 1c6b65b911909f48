"""What was handed in, as a Submission. Bytes are read, and nothing is ever run or unpacked here."""

import hashlib
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from grader.model import Message, Submission

ADVICE = "Give the path of a .py file, or of the folder that holds it."
CAREFULLY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))  # as far as a system has them
SOURCE_CAP = 256 * 1024  # bytes; real submissions stay below 20 KiB, and parsing 50 MB took 15 s


class NoSubmission(Exception):
    """There is nothing to grade. The text says where it was looked for, and what to give instead."""


def read_submission(path: Path, file: str) -> Submission:
    """path: a Python file, or a folder that holds `file`. Raises NoSubmission.

    What is read but cannot be a program (too large, not text) is a submission with a problem: its author gets a verdict that says so.
    """
    mode = mode_of(path, "there is no such file or folder")
    if stat.S_ISDIR(mode):
        path = path / file
        mode = mode_of(path, f"there is no {file} in this folder{instead_of(path)}", told=path.parent)
    elif path.suffix != ".py":
        raise NoSubmission(f"{path}: this is no Python file. Give the path of a .py file, or of a folder that holds {file}.")
    require_regular(path, mode)  # before it is opened: that alone may do something to a device
    source, saved = read_regular_file(path)
    name = os.fsencode(path.name).decode("utf-8", "backslashreplace")  # a file name may be any bytes
    return Submission(name, source, hashlib.sha256(source).hexdigest(), saved, problem_of(source))


def mode_of(path: Path, absent: str, told: Path | None = None) -> int:
    """What stands at the path. A folder may be reached through a link, as people do; a file may not, see below."""
    try:
        return (path.stat() if path.is_dir() else path.lstat()).st_mode
    except FileNotFoundError:
        raise NoSubmission(f"{told or path}: {absent}. {ADVICE}") from None
    except OSError as error:
        raise refused(path, error) from None


def instead_of(path: Path) -> str:
    """What might have been meant, if it is near: the file further down, or other Python files and notebooks of the same folder."""
    found = [*path.parent.glob(f"*/{path.name}"), *path.parent.glob(f"*/*/{path.name}")] or [
        *path.parent.glob("*.py"),
        *path.parent.glob("*.ipynb"),
    ]
    names = ", ".join(str(each.relative_to(path.parent)) for each in sorted(found)[:3])
    return f", but there is {names}" if names else ""


def read_regular_file(path: Path) -> tuple[bytes, str | None]:
    """Its bytes (one more than allowed, at most) and when it was saved. What has taken its place by now is refused, and not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | CAREFULLY)
    except OSError as error:
        raise refused(path, error) from None
    try:
        status = os.fstat(descriptor)
        require_regular(path, status.st_mode)
        with os.fdopen(descriptor, "rb", closefd=False) as opened:
            return opened.read(SOURCE_CAP + 1), saved_at(status.st_mtime)
    finally:
        os.close(descriptor)


def require_regular(path: Path, mode: int) -> None:
    """Raises NoSubmission for links, pipes, sockets, devices and folders."""
    if stat.S_ISLNK(mode):
        raise NoSubmission(f"{path}: cannot be read, it is a symbolic link. {ADVICE}")
    if not stat.S_ISREG(mode):
        raise NoSubmission(f"{path}: this is not a regular file. {ADVICE}")


def saved_at(seconds: float) -> str | None:
    """ISO 8601 in UTC; None for a time that no calendar has, as archives may carry."""
    try:
        moment = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat() if 1970 <= moment.year < 9000 else None


def refused(path: Path, error: OSError) -> NoSubmission:
    return NoSubmission(f"{path}: cannot be read, {(error.strerror or str(error)).lower()}. {ADVICE}")


def problem_of(source: bytes) -> Message | None:
    if len(source) > SOURCE_CAP:
        return Message("too_large", {"kib": SOURCE_CAP // 1024})
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        return Message("not_utf8", {"byte": error.start + 1}, line=source.count(b"\n", 0, error.start) + 1)
    return None
