"""Opens the source that the user names: a folder, a zip, or a table of files beside it."""

import os
import stat
from pathlib import Path

from grader.intake.entries import (
    AskedFile,
    Entry,
    Kind,
    RawSubmission,
    SubmissionNotFound,
    UnreadableSubmission,
)
from grader.intake.files import DiskEntry, mode_of
from grader.intake.find_file import ARCHIVES
from grader.intake.layouts import list_submissions
from grader.intake.manifest import MANIFEST, read_manifest
from grader.intake.names import extension
from grader.intake.zip_archive import open_class_zip

ADVICE = (
    "Give a folder or a zip with one file, folder or zip for each student, "
    "or the path of a manifest.csv."
)


def find_submissions(source: Path, file: AskedFile) -> tuple[list[RawSubmission], str | None]:
    """List all submissions of a source in any order, and the path of its manifest, if it has one.

    `file` is the one that the assignment asks for. Only the manifest is read
    yet. Raises SubmissionNotFound if there is nothing to grade, and InvalidTable if the manifest
    makes no sense.
    """
    manifest_path = None
    try:
        root, manifest = _open_source(source, file)
        if manifest:
            manifest_path = _path_of(manifest, source)
            submissions = read_manifest(root, manifest, manifest_path)
        else:
            submissions = list_submissions(root)
    except UnreadableSubmission as error:
        raise SubmissionNotFound(f"{source}: {error.description}. {ADVICE}") from None
    if not submissions:
        raise SubmissionNotFound(f"{source}: there are no submissions here. {ADVICE}")
    return submissions, manifest_path


def _open_source(source: Path, file: AskedFile) -> tuple[Entry, Entry | None]:
    """Return the folder that holds everything, and the manifest, if there is one.

    Raises SubmissionNotFound, UnreadableSubmission.
    """
    mode = mode_of(source)
    kind = extension(source.name)
    if mode is None:
        raise SubmissionNotFound(f"{source}: there is no such file or folder. {ADVICE}")
    if stat.S_ISDIR(mode):
        return _with_manifest(_folder(source))
    if kind == ".zip":
        return _with_manifest(_unwrap(open_class_zip(source), file))
    if kind == ".csv":
        name = source.name
        table_kind: Kind = "file" if stat.S_ISREG(mode) else "other"
        return _folder(source.parent), DiskEntry(os.fspath(source), name, name, table_kind)
    if kind == ".py":
        raise SubmissionNotFound(
            f"{source}: this is a single file. Grade it with: python -m grader grade FILE. {ADVICE}"
        )
    if kind in ARCHIVES:
        raise SubmissionNotFound(
            f"{source}: this kind of archive is not supported. "
            f"Make it a zip, or unpack it yourself. {ADVICE}"
        )
    raise SubmissionNotFound(f"{source}: this is not a folder, a zip or a CSV table. {ADVICE}")


def _with_manifest(root: Entry) -> tuple[Entry, Entry | None]:
    for entry in root.children():
        if entry.name == MANIFEST:
            return root, entry
    return root, None


def _folder(path: Path) -> DiskEntry:
    return DiskEntry(os.fspath(path), path.name, "", "folder")


def _unwrap(root: Entry, file: AskedFile) -> Entry:
    """Return the folder with the submissions of a class zip.

    A zip made by packing one folder holds just that folder. Then that folder is returned, unless
    it is the submission of the only student.
    """
    children = root.children()
    if len(children) == 1 and children[0].kind == "folder":
        names = {entry.name for entry in children[0].children()}
        if file.name not in names or MANIFEST in names:
            return children[0]
    return root


def _path_of(manifest: Entry, source: Path) -> str:
    """Return the path of a manifest for errors. In a zip it continues that of the zip."""
    if extension(source.name) == ".csv":
        return str(source)
    return os.path.join(source, manifest.origin)
