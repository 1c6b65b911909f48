"""Which file is meant, in what one student handed in: a file, a folder or a zip."""

from collections.abc import Iterator, Sequence

from grader.intake.entries import Entry, RawSubmission, UnreadableSubmission, ending
from grader.model import Message

SHOWN = 3  # of the names that are there instead
SHOWN_CAP = 200  # characters of them all
ARCHIVES = frozenset((".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".rar", ".7z"))


def file_in(entry: Entry, file: str, opened: bool = False) -> Entry:
    """The file to grade. file: what the assignment calls it; opened: the entry lies in a student's zip. Raises UnreadableSubmission."""
    entry.require()
    if entry.kind == "folder":
        return file_in_folder(entry, file, opened)
    if ending(entry.name) == ".py":
        return entry
    if ending(entry.name) == ".zip" and not opened:
        return file_in(unzipped(entry), file, opened=True)
    raise other_kind(entry, file)


def file_in_folder(folder: Entry, file: str, opened: bool) -> Entry:
    """Where it should be, else one folder further down, else in a zip; where there are several such, nobody can know."""
    inside = folder.inside()
    further = [each for below in inside if below.kind == "folder" for each in below.inside()]
    zips = [each for each in inside if ending(each.name) == ".zip"]
    for found in (named(file, inside), named(file, further), zips):
        if len(found) > 1:
            raise UnreadableSubmission(
                Message(
                    "unread_several", {"file": file, "count": len(found)}, listed(folder, found)
                ),
                f"it is not clear which file is meant: {listed(folder, found)}",
            )
        if found and found is not zips:
            return required_file(found[0])
    if zips:
        return file_in(zips[0], file, opened)
    raise instead(folder, file, [*inside, *further])


def required_file(entry: Entry) -> Entry:
    entry.require()
    if entry.kind == "folder":
        raise UnreadableSubmission(Message("unread_special"), "this is not a regular file")
    return entry


def unzipped(entry: Entry) -> Entry:
    from grader.intake.archive import (
        ZIP_CAP,
        zip_of_a_student,
    )  # a single file needs no zipfile: 3 ms of a cold start

    return zip_of_a_student(entry.read(ZIP_CAP + 1)[0], entry.origin)


def named(file: str, entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.name == file]


def other_kind(entry: Entry, file: str) -> UnreadableSubmission:
    kind = ending(entry.name)
    if kind == ".ipynb":
        return UnreadableSubmission(
            Message("unread_notebook", {"file": file}), f"this is a notebook, not {file}"
        )
    if kind in ARCHIVES:
        return UnreadableSubmission(
            Message("unread_archive", {"file": file}),
            "this kind of archive is not opened: make it a zip",
        )
    if kind == ".zip":
        return UnreadableSubmission(
            Message("unread_zip_in_zip", {"file": file}),
            "this zip holds another zip instead of the file",
        )
    return UnreadableSubmission(
        Message("unread_kind", {"file": file}),
        f"this is neither {file}, nor a folder or a zip that holds it",
    )


def instead(folder: Entry, file: str, around: Sequence[Entry]) -> UnreadableSubmission:
    """What might have been meant, if it is near. around: what the folder holds, and what its folders hold."""
    deeper = named(file, [*every(around)])
    for found in (
        deeper,
        [entry for entry in around if ending(entry.name) == ".py"],
        [entry for entry in around if ending(entry.name) == ".ipynb"],
        [entry for entry in around if ending(entry.name) in ARCHIVES],
    ):
        if found and ending(found[0].name) != ".py":
            return other_kind(found[0], file)
        if found:
            return no_file(folder, file, found)
    return no_file(folder, file, around)


def every(around: Sequence[Entry]) -> Iterator[Entry]:
    """One level further down than what is around; what cannot be looked into holds nothing."""
    for entry in around:
        if entry.kind == "folder":
            try:
                yield from entry.inside()
            except UnreadableSubmission:
                continue


def no_file(folder: Entry, file: str, found: Sequence[Entry]) -> UnreadableSubmission:
    names = listed(folder, found)
    told = f"there is no {file} in it" + f", but there is {names}" * bool(names)
    return UnreadableSubmission(Message("unread_no_file", {"file": file}, names or None), told)


def listed(folder: Entry, found: Sequence[Entry]) -> str:
    """Some of their paths from the folder."""
    start = len(folder.origin) + 1 if folder.origin else 0
    return ", ".join(sorted(entry.origin[start:] for entry in found)[:SHOWN])[:SHOWN_CAP]


def could_be_an_attempt(entry: Entry) -> bool:
    return entry.kind == "folder" or ending(entry.name) in (".py", ".zip")


def when(hand_in: RawSubmission, file: str) -> str:
    """ISO 8601, or "" where nothing tells, or a table something that is no time. For the order of attempts."""
    if hand_in.dated or isinstance(hand_in.entry, Message):
        return hand_in.saved or ""
    try:
        return file_in(hand_in.entry, file).saved() or ""
    except UnreadableSubmission:
        return hand_in.entry.saved() or ""
