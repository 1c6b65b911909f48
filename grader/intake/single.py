"""Reads one submission: the files found in an entry, or what the command `grade` is given."""

import os
import stat
from pathlib import Path

from msgspec.structs import replace

from grader.intake.entries import AskedFile, Entry, SubmissionNotFound, UnreadableSubmission
from grader.intake.files import DiskEntry, mode_of, require_regular
from grader.intake.names import extension, printable
from grader.intake.source import SOURCE_CAP, make_submission
from grader.model import Submission

ADVICE = "Give the path of a .py file or a notebook, or of the folder, zip or tar that holds it."


def read_submission(path: Path, asked: AskedFile) -> Submission:
    """Read a Python file, or the asked files in a folder or an archive.

    A file is read with the others that the assignment asks for, if they lie beside it.
    Raises SubmissionNotFound if there is no such file, or if it cannot be read.
    """
    try:
        mode = mode_of(path)
        if mode is None:
            raise SubmissionNotFound(f"{path}: there is no such file or folder. {ADVICE}")
        is_folder = stat.S_ISDIR(mode)
        if not is_folder:
            require_regular(mode)
        origin = "" if is_folder else printable(path.name)
        entry = DiskEntry(os.fspath(path), path.name, origin, "folder" if is_folder else "file")
        is_script = not is_folder and extension(path.name) == ".py"
        if asked.others and not is_folder and not _is_archive(path.name):
            from grader.intake.several import read_beside

            return replace(read_beside(path, entry, asked), origin="")
        if is_script:
            submission = _read_script(entry, asked)
            if submission is not None:
                return submission
        return replace(read_entry(entry, asked), origin="")
    except UnreadableSubmission as error:
        raise SubmissionNotFound(f"{path}: {error.description}. {ADVICE}") from None


def read_entry(entry: Entry, asked: AskedFile) -> Submission:
    """Find the files to grade in an entry and read them. Raises UnreadableSubmission."""
    if asked.others:
        from grader.intake.several import read_several

        return read_several(entry, asked)
    # A single file is graded sooner without this import.
    from grader.intake.find_file import find_file

    found = find_file(entry, asked)
    content, place = found.content, found.entry
    return make_submission(
        content.name, content.raw, content.saved, asked, found.notes, place.origin
    )


def _is_archive(name: str) -> bool:
    from grader.intake.find_file import ARCHIVES

    return extension(name) in ARCHIVES


def _read_script(entry: Entry, asked: AskedFile) -> Submission | None:
    """Read a Python file, or return None if it is a notebook that may need a larger cap."""
    raw, saved = entry.read(SOURCE_CAP + 1)
    if len(raw) > SOURCE_CAP and raw.lstrip().startswith(b"{"):
        return None
    return make_submission(entry.name, raw, saved, asked)
