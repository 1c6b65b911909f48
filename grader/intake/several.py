"""Makes one submission of the files of an assignment that asks for several.

A file that is missing or cannot be read costs only what needs it: the others are graded, and a note
says which one it was.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from grader.intake.choose import common_folder
from grader.intake.entries import AskedFile, Entry, UnreadableSubmission
from grader.intake.files import DiskEntry
from grader.intake.find_file import (
    FoundFile,
    FoundFiles,
    find_files,
    meant_by,
    missing_file,
)
from grader.intake.names import printable
from grader.intake.source import make_submission
from grader.model import Message, SourceFile, Submission

# Codes of notes about how a file was found.
_NAME_THEIR_FILE = (
    "note_found_in",
    "note_other_name",
    "note_passed_over",
    "note_chosen_by_place",
    "note_chosen_by_functions",
)
# A file as a submission of its own, or why it cannot be read.
_Part: TypeAlias = Submission | UnreadableSubmission


def read_several(entry: Entry, asked: AskedFile) -> Submission:
    """Find the files in an entry and read them. Raises UnreadableSubmission if there is none."""
    return _joined(find_files(entry, asked), asked)


def read_beside(path: Path, entry: DiskEntry, asked: AskedFile) -> Submission:
    """Read a file on a disk, under whatever name, with the assignment's other files beside it.

    They lie in the same folder or, if the file lies at its usual path, at theirs. Only these places
    are looked at. Raises UnreadableSubmission if the file itself cannot be read.
    """
    found: list[FoundFile | UnreadableSubmission] = []
    meant = _meant(path, asked)
    for each in asked.each():
        if each == meant:
            found += [one for one in find_files(entry, each) if isinstance(one, FoundFile)]
            continue
        sibling = _sibling(path, each, meant)
        try:
            found.append(_found_at(sibling, each) if sibling else missing_file(each))
        except UnreadableSubmission as error:
            found.append(error)
    return _joined(tuple(found), asked)


def _meant(path: Path, asked: AskedFile) -> AskedFile:
    """Return which file this one is: by its name, else the first that does not lie beside it."""
    meant = meant_by(path.name, asked)
    absent = (each for each in asked.each() if not _sibling(path, each, each))
    return meant or next(absent, asked)


def _sibling(path: Path, asked: AskedFile, meant: AskedFile) -> Path | None:
    """Return where the asked file lies beside `path`, which is the file `meant`; None if nowhere.

    A link is returned as well: reading it says that links are not followed.
    """
    places = [path.parent / asked.name]
    own = Path(meant.path).parts
    if path.parts[-len(own) :] == own:
        places.insert(0, Path(*path.parts[: -len(own)], *Path(asked.path).parts))
    for place in places:
        if os.path.lexists(place) and place != path:
            return place
    return None


def _found_at(path: Path, asked: AskedFile) -> FoundFile:
    entry = DiskEntry(os.fspath(path), path.name, printable(path.name), "file")
    (found,) = find_files(entry, asked._replace(others=()))
    if isinstance(found, UnreadableSubmission):
        raise found
    return found


def _joined(found: FoundFiles, asked: AskedFile) -> Submission:
    """Make one submission of the files that were found. Raises UnreadableSubmission.

    Its sha256 is that of the output of `sha256sum` for these files under the assignment's names, in
    the assignment's order.
    """
    parts: list[tuple[AskedFile, _Part]] = [
        (each, _part(one, each)) for each, one in zip(asked.each(), found, strict=True)
    ]
    read = [(each.name, part) for each, part in parts if isinstance(part, Submission)]
    usable = [(name, part) for name, part in read if part.problem is None]
    if not read:
        raise next(part for _, part in parts if isinstance(part, UnreadableSubmission))
    (name, first), *others = usable or read[:1]
    sums = "".join(f"{part.sha256}  {name}\n" for name, part in read)
    folder = common_folder([part.origin for _, part in read])
    times = [part.saved for _, part in read if part.saved]
    return replace(
        first,
        file=name,
        sha256=hashlib.sha256(sums.encode()).hexdigest(),
        saved=max(times, default=None),
        origin=(folder.removesuffix("/") if len(read) > 1 else "") or first.origin,
        notes=tuple(note for each, part in parts for note in _notes(each.name, part, name)),
        more=tuple(SourceFile(name, part.source) for name, part in others),
        cells=first.cells
        + tuple(replace(cell, file=name) for name, part in others for cell in part.cells),
    )


def _part(found: FoundFile | UnreadableSubmission, asked: AskedFile) -> _Part:
    if isinstance(found, UnreadableSubmission):
        return found
    content = found.content
    try:
        return make_submission(
            content.name, content.raw, content.saved, asked, found.notes, found.entry.origin
        )
    except UnreadableSubmission as error:
        return error


def _notes(name: str, part: _Part, first: str) -> Sequence[Message]:
    """Say how a file was found and read, or why it was left out."""
    if isinstance(part, Submission):
        notes = [_about(name, note, first) for note in part.notes]
        if part.problem is None or name == first:  # the verdict tells the problem of the first
            return notes
        return [*notes, Message("note_file_left_out", {"file": name}), _about(name, part.problem)]
    if part.message.code == "unread_no_file":
        return [Message("note_file_missing", {"file": name})]
    return [Message("note_file_left_out", {"file": name}), _about(name, part.message)]


def _about(name: str, message: Message, first: str = "") -> Message:
    """Add the file that a message is about, unless its sentence names it already.

    A line of the first file needs none.
    """
    if message.code in _NAME_THEIR_FILE or (name == first and message.line is not None):
        return message
    return replace(message, file=name)
