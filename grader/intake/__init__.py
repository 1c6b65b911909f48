"""What was handed in, as a Submission. Bytes are read, and nothing is ever run or unpacked here."""

import hashlib
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from grader.model import Message, Submission

SOURCE_CAP = 256 * 1024  # bytes; real submissions stay below 20 KiB, and parsing 50 MB took 15 s


class NoSubmission(Exception):
    """There is nothing to grade. The text says where it was looked for, and what to give instead."""


def read_submission(path: Path, file: str) -> Submission:
    """path: a Python file, or a folder that holds `file`. Raises NoSubmission.

    What is read but cannot be a program (too large, not text) is a submission with a problem: its author gets a verdict that says so.
    """
    if path.is_dir():
        inside = path / file
        if not os.path.lexists(inside):
            raise NoSubmission(f"{path}: there is no {file} in this folder. Give the file itself, or the folder that holds it.")
        path = inside
    elif path.suffix != ".py":
        reason = "this is no Python file" if os.path.lexists(path) else "there is no such file or folder"
        raise NoSubmission(f"{path}: {reason}. Give the path of a .py file, or of a folder that holds {file}.")
    source, saved = read_regular_file(path)
    return Submission(path.name, source, hashlib.sha256(source).hexdigest(), saved, problem_of(source))


def read_regular_file(path: Path) -> tuple[bytes, str]:
    """Its bytes (one more than allowed, at most) and when it was saved. Links, pipes and devices are refused, and never waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = "it is a symbolic link" if path.is_symlink() else (error.strerror or str(error)).lower()
        raise NoSubmission(f"{path}: cannot be read, {reason}. Give the path of a regular .py file.") from None
    with os.fdopen(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NoSubmission(f"{path}: this is not a regular file. Give the path of a regular .py file.")
        saved = datetime.fromtimestamp(int(status.st_mtime), UTC).isoformat()
        return opened.read(SOURCE_CAP + 1), saved


def problem_of(source: bytes) -> Message | None:
    if len(source) > SOURCE_CAP:
        return Message("too_large", {"kib": SOURCE_CAP // 1024})
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        return Message("not_utf8", {"byte": error.start + 1}, line=source.count(b"\n", 0, error.start) + 1)
    return None
