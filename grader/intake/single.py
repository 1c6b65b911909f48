"""Reads one submission: the bytes of an entry, or what the command `grade` is given."""

import hashlib
import os
import stat
from pathlib import Path

from grader.intake.entries import Entry, SubmissionNotFound, UnreadableSubmission
from grader.intake.files import DiskEntry, mode_of, require_regular
from grader.intake.find_file import find_file, open_zip
from grader.intake.names import extension, printable
from grader.model import Message, Submission

ADVICE = "Give the path of a .py file, or of the folder or zip that holds it."
SOURCE_CAP = 256 * 1024  # bytes; real submissions stay below 20 KiB, and parsing 50 MB took 15 s
MAX_SUGGESTIONS = 3  # paths in an error


def read_submission(path: Path, file: str) -> Submission:
    """Read a Python file, or the file named `file` in a folder or a zip.

    Raises SubmissionNotFound if there is no such file, or if it cannot be read.
    """
    try:
        mode = mode_of(path)
        if mode is None:
            raise SubmissionNotFound(f"{path}: there is no such file or folder. {ADVICE}")
        if stat.S_ISDIR(mode):
            folder, path = path, path / file
            mode = mode_of(path)
            if mode is None:
                nearby = _nearby_files(folder, file)
                raise SubmissionNotFound(
                    f"{folder}: there is no {file} in this folder{nearby}. {ADVICE}"
                )
        elif extension(path.name) not in (".py", ".zip"):
            raise SubmissionNotFound(
                f"{path}: this is not a Python file. "
                f"Give the path of a .py file, or of a folder or zip that holds {file}."
            )
        require_regular(mode)
        entry: Entry = DiskEntry(os.fspath(path), path.name, printable(path.name), "file")
        if extension(path.name) == ".zip":
            entry = find_file(open_zip(entry), file, is_in_zip=True)
        return read_entry(entry)
    except UnreadableSubmission as error:
        raise SubmissionNotFound(f"{path}: {error.description}. {ADVICE}") from None


def read_entry(entry: Entry) -> Submission:
    """Read the file to grade. Raises UnreadableSubmission.

    A file that is read but cannot be a program (too large, empty, not text) becomes a Submission
    with a problem, so that its author gets a verdict that says so.
    """
    source, saved = entry.read(SOURCE_CAP + 1)
    return Submission(
        printable(entry.name),
        source,
        hashlib.sha256(source).hexdigest(),
        saved,
        _problem_of(source),
    )


def _nearby_files(folder: Path, file: str) -> str:
    """Suggest what may be meant: the file further down, or else Python files and notebooks."""
    paths = [*folder.glob(f"*/{file}"), *folder.glob(f"*/*/{file}")]
    if not paths:
        paths = [*folder.glob("*.py"), *folder.glob("*.ipynb")]
    names = [str(path.relative_to(folder)) for path in sorted(paths)[:MAX_SUGGESTIONS]]
    return f", but there is {', '.join(names)}" if names else ""


def _problem_of(source: bytes) -> Message | None:
    if len(source) > SOURCE_CAP:
        return Message("too_large", {"kib": SOURCE_CAP // 1024})
    if not source.strip():
        return Message("empty_file")
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        return Message("not_utf8", {"byte": error.start + 1}, line=line)
    return None
