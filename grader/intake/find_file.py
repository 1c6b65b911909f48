"""Finds the file to grade in what one student submitted: a file, a folder or a zip."""

from collections.abc import Iterator, Sequence

from grader.intake.entries import Entry, UnreadableSubmission
from grader.intake.files import not_a_regular_file
from grader.intake.names import extension
from grader.model import Message

MAX_LISTED = 3  # paths in a message that says what is there instead
LISTED_CAP = 200  # characters of all these paths
# Archives that are recognized but not opened.
ARCHIVES = frozenset((".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".rar", ".7z"))


def find_file(entry: Entry, file: str, is_in_zip: bool = False) -> Entry:
    """Return the file to grade. Its content has not been read yet.

    `file` is the name that the assignment gives it. `is_in_zip` means that the entry lies in a
    student's zip: no further zip is opened then. Raises UnreadableSubmission.
    """
    entry.require_readable()
    if entry.kind == "folder":
        return _find_in_folder(entry, file, is_in_zip)
    if extension(entry.name) == ".py":
        return entry
    if extension(entry.name) == ".zip" and not is_in_zip:
        return find_file(open_zip(entry), file, is_in_zip=True)
    raise _wrong_kind(entry, file)


def open_zip(entry: Entry) -> Entry:
    """Return the top of a student's zip. Raises UnreadableSubmission."""
    # It imports zipfile, which costs a single file 3 ms of a cold start.
    from grader.intake.zip_archive import open_student_zip
    from grader.intake.zip_limits import ZIP_CAP

    packed, _ = entry.read(ZIP_CAP + 1)
    return open_student_zip(packed, entry.origin)


def _find_in_folder(folder: Entry, file: str, is_in_zip: bool) -> Entry:
    """Look for the file in the folder itself, then one folder down, then in a zip.

    The first of these places that has a candidate decides. Several candidates in one place are an
    error, because any choice would be a guess.
    """
    children = folder.children()
    grandchildren = [
        entry for child in children if child.kind == "folder" for entry in child.children()
    ]
    for candidates in (_named(file, children), _named(file, grandchildren)):
        if candidates:
            return _require_file(_only(candidates, folder, file))
    zips = [child for child in children if extension(child.name) == ".zip"]
    if zips:
        return find_file(_only(zips, folder, file), file, is_in_zip)
    raise _missing_file(folder, file, [*children, *grandchildren])


def _named(file: str, entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.name == file]


def _only(candidates: Sequence[Entry], folder: Entry, file: str) -> Entry:
    if len(candidates) == 1:
        return candidates[0]
    paths = _listed(candidates, folder)
    raise UnreadableSubmission(
        Message("unread_several", {"file": file, "count": len(candidates)}, paths),
        f"it is not clear which file is meant: {paths}",
    )


def _require_file(entry: Entry) -> Entry:
    entry.require_readable()
    if entry.kind == "folder":
        raise not_a_regular_file()
    return entry


def _missing_file(folder: Entry, file: str, nearby: Sequence[Entry]) -> UnreadableSubmission:
    """Return the error that the file is missing, with what the student may have meant instead.

    `nearby` is what the folder and the folders in it hold.
    """
    deeper = _named(file, list(_one_level_down(nearby)))
    scripts = [entry for entry in nearby if extension(entry.name) == ".py"]
    notebooks = [entry for entry in nearby if extension(entry.name) == ".ipynb"]
    archives = [entry for entry in nearby if extension(entry.name) in ARCHIVES]
    if not (deeper or scripts) and (notebooks or archives):
        return _wrong_kind((notebooks or archives)[0], file)
    paths = _listed(deeper or scripts or nearby, folder)
    description = f"there is no {file} in it"
    if paths:
        description += f", but there is {paths}"
    return UnreadableSubmission(
        Message("unread_no_file", {"file": file}, paths or None), description
    )


def _one_level_down(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield what the folders among the entries hold. One that cannot be listed counts as empty."""
    for entry in entries:
        if entry.kind == "folder":
            try:
                yield from entry.children()
            except UnreadableSubmission:
                continue


def _wrong_kind(entry: Entry, file: str) -> UnreadableSubmission:
    kind = extension(entry.name)
    if kind == ".ipynb":
        return UnreadableSubmission(
            Message("unread_notebook", {"file": file}), f"this is a notebook, not {file}"
        )
    if kind in ARCHIVES:
        return UnreadableSubmission(
            Message("unread_archive", {"file": file}),
            "this kind of archive is not supported: make it a zip",
        )
    if kind == ".zip":
        return UnreadableSubmission(
            Message("unread_zip_in_zip", {"file": file}),
            "this zip holds another zip instead of the file",
        )
    return UnreadableSubmission(
        Message("unread_kind", {"file": file}),
        f"this is neither {file} nor a folder or a zip that holds it",
    )


def _listed(entries: Sequence[Entry], folder: Entry) -> str:
    """Join the first few paths, as seen from the folder, in alphabetical order."""
    start = len(folder.origin) + 1 if folder.origin else 0
    paths = sorted(entry.origin[start:] for entry in entries)
    return ", ".join(paths[:MAX_LISTED])[:LISTED_CAP]
