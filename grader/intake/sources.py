"""What stands at SOURCE: a folder, a zip, or a table that names the files beside it."""

import os
import stat
from pathlib import Path

from grader.intake.archive import zip_of_a_class
from grader.intake.entries import Entry, RawSubmission, SubmissionNotFound, UnreadableSubmission
from grader.intake.files import DiskEntry, refused
from grader.intake.find_file import ARCHIVES
from grader.intake.layouts import by_layout
from grader.intake.manifest import MANIFEST, by_manifest

ADVICE = "Give a folder or a zip with one file, folder or zip for each student, or the path of a manifest.csv."


def hand_ins(source: Path, file: str) -> tuple[list[RawSubmission], str | None]:
    """All of them, in any order, and the path of the manifest that says so, if one does; nothing is read yet. Raises SubmissionNotFound."""
    try:
        root, manifest = top_of(source, file)
        if manifest is None:
            manifest = next((entry for entry in root.inside() if entry.name == MANIFEST), None)
        table = told(source, manifest) if manifest else None
        found = by_manifest(root, manifest, table) if manifest and table else by_layout(root)
    except UnreadableSubmission as unfit:
        raise SubmissionNotFound(f"{source}: {unfit.told}. {ADVICE}") from None
    if not found:
        raise SubmissionNotFound(f"{source}: nothing was handed in here. {ADVICE}")
    return found, table


def top_of(source: Path, file: str) -> tuple[Entry, Entry | None]:
    """The folder that holds everything, and the manifest where it is the source itself. Raises SubmissionNotFound, UnreadableSubmission."""
    kind = source.suffix.lower()
    try:
        mode = (
            source.stat() if source.is_dir() else source.lstat()
        ).st_mode  # a folder may be reached through a link
    except FileNotFoundError:
        raise SubmissionNotFound(f"{source}: there is no such file or folder. {ADVICE}") from None
    except OSError as error:
        raise refused(error) from None
    if stat.S_ISDIR(mode):
        return folder(source), None
    if kind == ".zip":
        return unwrapped(zip_of_a_class(source), file), None
    if kind == ".csv":
        root = folder(source.parent)
        return root, DiskEntry(
            os.fspath(source), source.name, source.name, "file" if stat.S_ISREG(mode) else "other"
        )
    if kind == ".py":
        raise SubmissionNotFound(
            f"{source}: this is a single file. Grade it with: python -m grader grade FILE. {ADVICE}"
        )
    if kind in ARCHIVES:
        raise SubmissionNotFound(
            f"{source}: this kind of archive is not opened. Make it a zip, or unpack it yourself. {ADVICE}"
        )
    raise SubmissionNotFound(f"{source}: this is neither a folder, a zip nor a table. {ADVICE}")


def folder(path: Path) -> DiskEntry:
    return DiskEntry(os.fspath(path), path.name, "", "folder")


def unwrapped(root: Entry, file: str) -> Entry:
    """A zip that is made by hand of a folder holds that folder: then what lies in it counts. A student's own folder stays one."""
    inside = root.inside()
    if len(inside) == 1 and inside[0].kind == "folder":
        names = {entry.name for entry in inside[0].inside()}
        if file not in names or MANIFEST in names:
            return inside[0]
    return root


def told(source: Path, manifest: Entry) -> str:
    return str(source) if source.suffix.lower() == ".csv" else os.path.join(source, manifest.origin)
