"""The bytes of one file, as a submission; and one file alone, as it is graded at home."""

import hashlib
import os
import stat
from pathlib import Path

from grader.intake.entries import Entry, SubmissionNotFound, UnreadableSubmission, ending, text
from grader.intake.files import DiskEntry, refused, require_regular
from grader.intake.find_file import file_in, unzipped
from grader.model import Message, Submission

ADVICE = "Give the path of a .py file, or of the folder or zip that holds it."
SOURCE_CAP = 256 * 1024  # bytes; real submissions stay below 20 KiB, and parsing 50 MB took 15 s


def submission(entry: Entry) -> Submission:
    """entry: the very file. What is read but cannot be a program (too large, empty, not text) is a submission with a problem: its author
    gets a verdict that says so. Raises UnreadableSubmission."""
    source, saved = entry.read(SOURCE_CAP + 1)
    return Submission(
        text(entry.name), source, hashlib.sha256(source).hexdigest(), saved, problem_of(source)
    )


def problem_of(source: bytes) -> Message | None:
    if len(source) > SOURCE_CAP:
        return Message("too_large", {"kib": SOURCE_CAP // 1024})
    if not source.strip():
        return Message("empty_file")
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        return Message(
            "not_utf8", {"byte": error.start + 1}, line=source.count(b"\n", 0, error.start) + 1
        )
    return None


def read_submission(path: Path, file: str) -> Submission:
    """path: a Python file, or a folder or zip that holds `file`. Raises SubmissionNotFound."""
    mode = mode_of(path, "there is no such file or folder")
    if stat.S_ISDIR(mode):
        path = path / file
        mode = mode_of(
            path, f"there is no {file} in this folder{instead_of(path)}", told=path.parent
        )
    elif ending(path.name) not in (".py", ".zip"):
        raise SubmissionNotFound(
            f"{path}: this is no Python file. Give the path of a .py file, or of a folder or zip that holds {file}."
        )
    entry: Entry = DiskEntry(os.fspath(path), path.name, text(path.name), "file")
    try:
        require_regular(mode)
        return submission(
            file_in(unzipped(entry), file, opened=True) if ending(path.name) == ".zip" else entry
        )
    except UnreadableSubmission as unfit:
        raise SubmissionNotFound(f"{path}: {unfit.told}. {ADVICE}") from None


def mode_of(path: Path, absent: str, told: Path | None = None) -> int:
    """What stands at the path. A folder may be reached through a link, as people do; a file may not, see files."""
    try:
        return (path.stat() if path.is_dir() else path.lstat()).st_mode
    except FileNotFoundError:
        raise SubmissionNotFound(f"{told or path}: {absent}. {ADVICE}") from None
    except OSError as error:
        raise SubmissionNotFound(f"{path}: {refused(error).told}. {ADVICE}") from None


def instead_of(path: Path) -> str:
    """What might have been meant, if it is near: the file further down, or other Python files and notebooks of the same folder."""
    found = [*path.parent.glob(f"*/{path.name}"), *path.parent.glob(f"*/*/{path.name}")] or [
        *path.parent.glob("*.py"),
        *path.parent.glob("*.ipynb"),
    ]
    names = ", ".join(str(each.relative_to(path.parent)) for each in sorted(found)[:3])
    return f", but there is {names}" if names else ""
