"""Reads zips where they are.

Nothing is ever extracted to the disk: one member at a time is unpacked into memory, up to a cap.
"""

import io
import os

from grader.intake.archive_tree import ArchiveMember, ArchiveTree
from grader.intake.files import open_regular_file
from grader.intake.zip_limits import (
    CLASS_FOLDERS_CAP,
    CLASS_MEMBERS_CAP,
    CLASS_ZIP_CAP,
    FOLDERS_CAP,
    MEMBERS_CAP,
    ZIP_CAP,
    LimitedZip,
    SelfClosingFile,
    too_large,
)
from grader.intake.zip_names import decoded_name, refusal_of_kind


def open_class_zip(path: str | os.PathLike[str]) -> ArchiveMember:
    """Return the top of the zip of a class, which stays on the disk.

    Raises UnreadableSubmission.
    """
    raw = SelfClosingFile(open_regular_file(path))
    size = os.fstat(raw.fileno()).st_size
    if size > CLASS_ZIP_CAP:
        raise too_large(CLASS_ZIP_CAP)
    return _tree(LimitedZip(raw, size, CLASS_MEMBERS_CAP), "", CLASS_FOLDERS_CAP)


def open_student_zip(packed: bytes, origin: str) -> ArchiveMember:
    """Return the top of the zip of a student, which is held in memory.

    `packed` is its content, of which at most one byte more than ZIP_CAP needs to be read. Raises
    UnreadableSubmission.
    """
    if len(packed) > ZIP_CAP:
        raise too_large(ZIP_CAP)
    archive = LimitedZip(io.BytesIO(packed), len(packed), MEMBERS_CAP, has_times=False)
    return _tree(archive, origin, FOLDERS_CAP)


def _tree(archive: LimitedZip, origin: str, max_folders: int) -> ArchiveMember:
    tree = ArchiveTree(archive, origin, max_folders)
    for info in archive.members():
        name = decoded_name(info)
        tree.add(info, name, refusal_of_kind(info, name))
    return tree.top
