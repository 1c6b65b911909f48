"""Opens the source that the user names: a folder, a zip, or a table of files beside it."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from grader.intake.entries import (
    AskedFile,
    ClassListing,
    Entry,
    Kind,
    SourceOptions,
    SubmissionNotFound,
    UnclearSource,
    UnreadableSubmission,
)
from grader.intake.files import DiskEntry, mode_of
from grader.intake.find_file import ARCHIVES
from grader.intake.layouts import (
    FOLDER,
    LAYOUTS,
    MANIFEST,
    TITLES,
    left_out,
    list_as,
    recognize,
)
from grader.intake.manifest import FILE_NAME, read_manifest
from grader.intake.names import extension, first_few, printable
from grader.intake.roster import Roster
from grader.intake.roster_table import is_file_of
from grader.intake.wrapper import only_folder, open_wrapper
from grader.intake.zip_archive import open_class_zip

ADVICE = (
    "Give a folder or a zip with one file, folder or zip for each student, "
    "or the path of a manifest.csv."
)


def list_class(
    source: Path, asked: AskedFile, options: SourceOptions, roster: Roster | None
) -> ClassListing:
    """List all submissions of a source in any order.

    asked: the file that the assignment asks for. roster: None if there is none. Of the files only
    the manifest, or what a platform says about the submissions, is read yet.

    Raises SubmissionNotFound if there is nothing to grade, UnclearSource if the user has to decide
    something, and InvalidTable if a table makes no sense.
    """
    try:
        if extension(source.name) == ".csv" and _mode(source) and not source.is_dir():
            listing = _list_table(source, options)
        else:
            top = _open_top(source)
            root = _descend(top, options.inside) if options.inside else top
            listing = _list_folder(source, root, asked, options, roster)
    except UnreadableSubmission as error:
        raise SubmissionNotFound(f"{source}: {error.description}. {ADVICE}") from None
    except UnclearSource as error:
        raise UnclearSource(f"{source}: {error}.") from None
    if not listing.submissions:
        raise SubmissionNotFound(f"{source}: there are no submissions here. {ADVICE}")
    return listing


def _mode(source: Path) -> int:
    """Return the type of the source. Raises SubmissionNotFound, UnreadableSubmission."""
    mode = mode_of(source)
    if mode is None:
        raise SubmissionNotFound(f"{source}: there is no such file or folder. {ADVICE}")
    return mode


def _open_top(source: Path) -> Entry:
    """Return the folder that holds everything. Raises SubmissionNotFound, UnreadableSubmission."""
    kind = extension(source.name)
    if stat.S_ISDIR(_mode(source)):
        return _folder(source)
    if kind == ".zip":
        return open_class_zip(source)
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


def _folder(path: Path) -> DiskEntry:
    return DiskEntry(os.fspath(path), path.resolve().name, "", "folder")


def _descend(top: Entry, path: str) -> Entry:
    """Return the folder at a path below the top. Raises UnclearSource if it is not there."""
    folder = top
    for part in path.replace("\\", "/").split("/"):
        if part in ("", "."):
            continue
        children = {printable(entry.name): entry for entry in folder.children()}
        child = children.get(part)
        if child is None or child.kind != "folder":
            folders = [name for name, entry in children.items() if entry.kind == "folder"]
            others = f"There is: {first_few(folders)}" if folders else "There is no folder at all"
            raise UnclearSource(f"--inside {path}: there is no folder {part} here. {others}")
        folder = child
    return folder


def _list_table(table: Path, options: SourceOptions) -> ClassListing:
    """List what a table names that is itself the source."""
    if options.layout or options.inside or options.as_one_person:
        raise UnclearSource(
            "this table says itself whose each file is: "
            "leave out --from, --inside and --as-one-person"
        )
    kind: Kind = "file" if stat.S_ISREG(_mode(table)) else "other"
    entry = DiskEntry(os.fspath(table), table.name, table.name, kind)
    submissions, notices = read_manifest(_folder(table.parent), entry, str(table))
    return ClassListing(MANIFEST, submissions, notices, str(table))


def _list_folder(
    source: Path, root: Entry, asked: AskedFile, options: SourceOptions, roster: Roster | None
) -> ClassListing:
    """List what is in a folder of the source."""
    entries = root.children()
    # The roster itself, if it is here, is no submission, whatever its name and columns are.
    table = next((each.origin for each in entries if roster and is_file_of(roster, each)), None)
    entries = [entry for entry in entries if entry.origin != table]
    for entry in entries:
        if entry.name == FILE_NAME:
            named = _list_manifest(source, root, entry, options)
            submissions = [each for each in named.submissions if each.origin != table]
            return named._replace(submissions=submissions)
    name = printable(root.name) or source.resolve().stem
    if options.as_one_person:
        return _list_one_person(name, entries, options)
    if options.layout and options.layout != FOLDER:
        return _list_named(name, entries, options.layout)
    recognized = recognize(name, entries) if options.layout is None else None
    if recognized:
        layout, listing = recognized
        return ClassListing(layout, listing.submissions, listing.notices)
    opened = open_wrapper(entries, asked, options, roster)
    if opened:
        return opened
    return _list_named(name, entries, FOLDER)


def _list_manifest(
    source: Path, root: Entry, manifest: Entry, options: SourceOptions
) -> ClassListing:
    if options.layout or options.as_one_person:
        raise UnclearSource(
            f"{manifest.origin} says whose each file is. Leave out --from and --as-one-person, "
            "or take that table away"
        )
    path = os.path.join(source, manifest.origin)  # in a zip it continues that of the zip
    submissions, notices = read_manifest(root, manifest, path)
    notice = f"{manifest.origin} says whose each file is."
    return ClassListing(MANIFEST, submissions, (notice, *notices), path)


def _list_one_person(name: str, entries: Sequence[Entry], options: SourceOptions) -> ClassListing:
    folder = only_folder(entries)
    if options.layout not in (None, FOLDER):
        raise UnclearSource(
            f"--as-one-person is about a folder named after a student, and --from {options.layout} "
            "about a platform: give one of them"
        )
    if folder is None:
        raise UnclearSource(
            "--as-one-person is for a source that holds one folder and nothing else, which is one "
            f"student's. Here there is: {first_few([printable(each.name) for each in entries])}"
        )
    listing = _list_named(name, [folder], FOLDER)
    return listing._replace(notices=(*listing.notices, *left_out(entries)))


def _list_named(name: str, entries: Sequence[Entry], layout: str) -> ClassListing:
    """List a folder in a layout. A platform's download may have been packed with its folder."""
    listing = list_as(layout, name, entries)
    beside: tuple[str, ...] = ()
    folder = only_folder(entries)
    if listing is None and folder is not None:
        listing = list_as(layout, printable(folder.name), folder.children())
        beside = left_out(entries)
    if listing is None:
        raise UnclearSource(
            f"this is not a {TITLES[layout]}: no name here is like {LAYOUTS[layout].example}. "
            "Leave out --from, or name another platform"
        )
    return ClassListing(layout, listing.submissions, (*listing.notices, *beside))
