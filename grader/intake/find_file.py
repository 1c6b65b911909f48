"""Finds the files to grade in what one student submitted: a file, a folder or an archive.

The rule by which each is chosen is in choose.py. This module lists the files, opens archives, and
says what was taken, or why nothing was. Most assignments ask for one file.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from grader.intake.choose import (
    Choice,
    Undecided,
    choose,
    has_name,
    has_named,
    is_another,
    is_plain,
)
from grader.intake.content import Examiner, FileContent, Parsing, read_content
from grader.intake.entries import AskedFile, Entry, UnreadableSubmission
from grader.intake.files import not_a_regular_file
from grader.intake.kinds import archive_kind, is_office_document, kind_of
from grader.intake.names import extension, printable
from grader.intake.source import NOTEBOOK, not_a_hand_in
from grader.model import Message

MAX_LISTED = 3  # paths in a message that says what is there instead
LISTED_CAP = 200  # characters of all these paths
MAX_ENTRIES = 100_000  # folders, Python files, notebooks and archives listed of one hand-in
MAX_FOLDERS = 10_000  # listed of one hand-in; an environment, which has 600, is passed over
MAX_DEPTH = 16  # folders in folders
MAX_ARCHIVES = 4  # opened in one hand-in, besides the one that it may be itself
VIRTUAL_ENVIRONMENT = "pyvenv.cfg"  # lies at the top of every one
PYTHON = (".py", ".pyw")
TARS = (".tar", ".tgz", ".gz")
# Extensions of archives. Those of other formats than zip and tar are told by name, not opened.
ARCHIVES = frozenset((".zip", *TARS, ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".rar", ".7z", ".cab"))
# Extensions of what may be the file to grade, and of the archives that are opened.
FILES = frozenset((*PYTHON, NOTEBOOK, ".zip", *TARS))


class FoundFile(NamedTuple):
    """The file to grade."""

    entry: Entry
    content: FileContent
    notes: tuple[Message, ...]  # how it was found, unless it lay where it is expected


class _Listing(NamedTuple):
    """What a hand-in holds, by path from its top, with slashes."""

    files: dict[str, Entry]
    archives: dict[str, Entry]
    folders: list[str]
    links: list[str]  # and the like, of names that the file to grade would not have
    # What must not be opened, such as links, and folders that cannot be listed.
    refused: dict[str, UnreadableSubmission]


# For each file that the assignment asks for, in its order: the file, or why there is none.
FoundFiles: TypeAlias = tuple[FoundFile | UnreadableSubmission, ...]


def can_hold_file(name: str) -> bool:
    """Whether a file of this name may be the one to grade, or an archive that holds it."""
    return extension(name) in FILES or name.lower().endswith(".py.txt")


def find_files(entry: Entry, asked: AskedFile) -> FoundFiles:
    """Find the files to grade, or the reasons why there are none.

    Raises UnreadableSubmission if the entry itself must not be opened, or holds none of the files.
    """
    entry.require_readable()
    if entry.kind == "folder":
        found = _find_in_folder(entry, asked)
    elif extension(entry.name) in ARCHIVES:
        archive = open_archive(entry, asked)
        archive.require_readable()
        found = _find_in_folder(archive, asked)
    else:
        found = _find_single(entry, asked)
    reasons = [each for each in found if isinstance(each, UnreadableSubmission)]
    if len(reasons) == len(found):
        raise _why_nothing(reasons, asked)
    return found


def find_file(entry: Entry, asked: AskedFile) -> FoundFile:
    """Return the only file to grade, or the first of several that is there.

    Raises UnreadableSubmission.
    """
    return next(each for each in find_files(entry, asked) if isinstance(each, FoundFile))


def _why_nothing(reasons: Sequence[UnreadableSubmission], asked: AskedFile) -> UnreadableSubmission:
    """Return the reason why a hand-in has none of the files, the most telling one."""
    telling = [each for each in reasons if each.message.code != "unread_no_file"]
    if telling or len(reasons) == 1:
        return (telling or reasons)[0]
    names = ", ".join(asked.names)
    message = Message("unread_no_file", {"file": names}, reasons[0].message.quote)
    description = reasons[0].description.replace(asked.name, names, 1)
    return UnreadableSubmission(message, description)


def open_archive(entry: Entry, asked: AskedFile) -> Entry:
    """Return the top of a student's zip or tar. Raises UnreadableSubmission."""
    # It imports zipfile, which costs a single file 3 ms of a cold start.
    from grader.intake.tar_archive import open_student_tar
    from grader.intake.zip_archive import open_student_zip
    from grader.intake.zip_limits import ZIP_CAP

    packed, _ = entry.read(ZIP_CAP + 1)
    kind = archive_kind(packed)
    if kind in ("gzip", "tar"):
        return open_student_tar(packed, entry.origin)
    if is_office_document(packed):
        raise _refusal_of_kind(packed, asked)
    if kind == "zip" or (not kind and extension(entry.name) == ".zip"):
        return open_student_zip(packed, entry.origin)
    if not kind and extension(entry.name) in TARS:
        return open_student_tar(packed, entry.origin)
    kind = kind or extension(entry.name).removeprefix(".")
    raise UnreadableSubmission(
        Message("unread_archive", {"file": asked.name, "kind": kind}),
        f"this is an archive ({kind}) that is not opened: unpack it, or make it a zip",
    )


# --- one file -------------------------------------------------------------------------------------


def _find_single(entry: Entry, asked: AskedFile) -> FoundFiles:
    """Take a file that is a hand-in by itself, if it is Python or a notebook, whatever its name.

    It is the one of the assignment's files that it is by its name, or else the first.
    """
    meant = meant_by(entry.name, asked) or asked
    content = read_content(entry, Parsing(asked.functions))
    notes: tuple[Message, ...] = ()
    is_python = extension(entry.name) in (*PYTHON, NOTEBOOK)
    is_named = has_named([entry.name], meant) or ".py." in entry.name.lower()
    if not (is_python or is_named or content.defined):
        raise _refusal_of_kind(content.raw, meant)
    if not is_python or (asked.others and not has_name(entry.name, meant)):
        notes = (Message("note_other_name", {"file": meant.name}, printable(entry.name)),)
    found = FoundFile(entry, content, notes)
    return tuple(found if each == meant else missing_file(each) for each in asked.each())


def meant_by(name: str, asked: AskedFile) -> AskedFile | None:
    """Return the file of the assignment that a file is by its name, or None."""
    meant = [each for each in asked.each() if not is_another(name, each)]
    return meant[0] if len(meant) == 1 else None


def missing_file(asked: AskedFile) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_no_file", {"file": asked.name}), f"there is no {asked.name} in it"
    )


def _refusal_of_kind(raw: bytes, asked: AskedFile) -> UnreadableSubmission:
    kind = kind_of(raw)
    if kind is not None:
        return UnreadableSubmission(Message(kind.code, {"file": asked.name}), kind.description)
    return not_a_hand_in(asked)


# --- a folder -------------------------------------------------------------------------------------


def _find_in_folder(folder: Entry, asked: AskedFile) -> FoundFiles:
    children = folder.children()
    only = children[0] if len(children) == 1 and not asked.others else None
    if only and only.name == asked.name and only.kind == "file":
        return (FoundFile(only, read_content(only, Parsing(asked.functions)), ()),)
    listing = _list_files(children, asked)
    examiner = Examiner(listing.files, asked)
    choices = _choose_each(listing, examiner, asked)
    if listing.archives and not all(_is_good(*each, examiner) for each in choices):
        for path, archive in list(listing.archives.items())[:MAX_ARCHIVES]:
            _add_archive(listing, path, archive, asked)
        choices = _choose_each(listing, examiner, asked)
    return tuple(_found(each, choice, listing, examiner) for each, choice in choices)


def _choose_each(
    listing: _Listing, examiner: Examiner, asked: AskedFile
) -> list[tuple[AskedFile, Choice | Undecided]]:
    """Choose a file for each that the assignment asks for. None is chosen twice."""
    choices: list[tuple[AskedFile, Choice | Undecided]] = []
    chosen: list[str] = []
    for each in asked.each():
        choice = choose(list(listing.files), each, examiner.examine, chosen)
        if isinstance(choice, Choice):
            chosen.append(choice.path)
        choices.append((each, choice))
    return choices


def _found(
    asked: AskedFile, choice: Choice | Undecided, listing: _Listing, examiner: Examiner
) -> FoundFile | UnreadableSubmission:
    """Return the chosen file, or the reason why there is none."""
    try:
        if isinstance(choice, Undecided):
            if choice.paths:
                return _several(choice.paths, asked)
            return _nothing_found(listing, examiner, asked)
        if not has_named([choice.path], asked):
            _raise_if_named_one_is_refused(listing, asked)
        content = examiner.read(choice.path)
    except UnreadableSubmission as error:
        return error
    return FoundFile(listing.files[choice.path], content, _notes(choice, listing, asked))


def _is_good(asked: AskedFile, choice: Choice | Undecided, examiner: Examiner) -> bool:
    """Whether a file beside the archives is the one to grade, so that none has to be opened."""
    if isinstance(choice, Undecided):
        return bool(choice.paths)
    content = examiner.examine(choice.path)
    if not has_named([choice.path], asked):
        return False
    # Of several files, one may define nothing that is asked for.
    return content is None or bool(content.written) or bool(asked.others and not content.defined)


def _list_files(top: Sequence[Entry], asked: AskedFile) -> _Listing:
    """List all files below the entries of a folder, the nearer first."""
    listing = _Listing({}, {}, [], [], {})
    waiting: deque[tuple[str, int, Callable[[], Sequence[Entry]]]] = deque([("", 0, lambda: top)])
    count = 0
    while waiting:
        if count > MAX_ENTRIES or len(listing.folders) > MAX_FOLDERS:
            cap = MAX_ENTRIES if count > MAX_ENTRIES else MAX_FOLDERS
            listing.refused[""] = _too_many(asked, cap)
            break
        above, depth, list_children = waiting.popleft()
        try:
            children = list_children()
        except UnreadableSubmission as error:
            listing.refused[above.removesuffix("/")] = error
            continue
        if above and any(child.name == VIRTUAL_ENVIRONMENT for child in children):
            continue
        for child in children:
            path = above + printable(child.name)
            if child.kind != "folder":
                count += _add_file(listing, path, child, asked)
                continue
            count += 1
            listing.folders.append(path)
            if depth < MAX_DEPTH:
                waiting.append((f"{path}/", depth + 1, child.children))
            else:
                listing.refused[""] = _too_deep(asked)
    return listing


def _too_many(asked: AskedFile, cap: int) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_too_many", {"file": asked.name, "count": cap}),
        f"there is no {asked.name} among the first {cap} files and folders in it",
    )


def _too_deep(asked: AskedFile) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_too_deep", {"file": asked.name, "folders": MAX_DEPTH}),
        f"there is no {asked.name} in its first {MAX_DEPTH} nested folders",
    )


def _add_file(listing: _Listing, path: str, entry: Entry, asked: AskedFile) -> bool:
    """Add what is no folder. Returns whether it may be the file to grade, or hold it."""
    kind = extension(path)
    if entry.kind != "file":
        is_named = any(has_named([path], each) for each in asked.each())
        if not is_named and kind not in ARCHIVES:
            listing.links.append(path)
            return False
        try:
            entry.require_readable()
        except UnreadableSubmission as error:
            listing.refused[path] = error
    elif kind in ARCHIVES:
        listing.archives[path] = entry
    else:
        listing.files[path] = entry
    return kind in FILES


def _add_archive(listing: _Listing, path: str, entry: Entry, asked: AskedFile) -> None:
    """Add the files in an archive as if it were a folder. Archives in it are not opened."""
    try:
        archive = open_archive(entry, asked)
        archive.require_readable()
    except UnreadableSubmission as error:
        listing.refused[path] = error
        return
    inside = _list_files(archive.children(), asked)
    listing.files.update({f"{path}/{name}": each for name, each in inside.files.items()})
    for name in inside.archives:
        listing.refused[f"{path}/{name}"] = UnreadableSubmission(
            Message("unread_zip_in_zip", {"file": asked.name}),
            "this archive holds another archive instead of the file",
        )


def _notes(choice: Choice, listing: _Listing, asked: AskedFile) -> tuple[Message, ...]:
    """Say what was taken, if that is not plain."""
    notes: list[Message] = []
    if has_name(choice.path, asked):
        if not is_plain(choice.path, asked):
            notes.append(Message("note_found_in", {"file": asked.name}, quote=choice.path))
    elif any(has_name(path, asked) for path in listing.files):
        notes.append(Message("note_passed_over", {"file": asked.name}, quote=choice.path))
    else:
        notes.append(Message("note_other_name", {"file": asked.name}, quote=choice.path))
    name, rivals = asked.name, choice.rivals
    if choice.why == "place":
        notes.append(Message("note_chosen_by_place", {"file": name, "count": rivals}, choice.path))
    elif rivals:
        notes.append(
            Message("note_chosen_by_functions", {"file": name, "count": rivals}, choice.path)
        )
    return tuple(notes)


# --- nothing, or too much -------------------------------------------------------------------------


def _several(paths: Sequence[str], asked: AskedFile) -> UnreadableSubmission:
    listed = _listed(paths)
    return UnreadableSubmission(
        Message("unread_several", {"file": asked.name, "count": len(paths)}, listed),
        f"it is not clear which file is meant: {listed}",
    )


def _nothing_found(listing: _Listing, examiner: Examiner, asked: AskedFile) -> UnreadableSubmission:
    """Return the error that says why there is no file to grade, the most telling reason first.

    Raises UnreadableSubmission itself if the file is there, but must not be opened.
    """
    _raise_if_named_one_is_refused(listing, asked)
    if any(has_name(path, asked) for path in listing.folders):
        return not_a_regular_file()
    if "" in listing.refused:
        return listing.refused[""]
    scripts = [path for path in listing.files if extension(path) in PYTHON]
    notebooks = [path for path in listing.files if extension(path) == NOTEBOOK]
    if not scripts and notebooks:
        # The one with the asked name comes first.
        notebooks.sort(key=lambda path: not has_named([path.replace(NOTEBOOK, ".py")], asked))
        error_of_notebook = _error_of_notebook(notebooks[0], examiner, asked)
        if error_of_notebook:
            return error_of_notebook
    if not scripts and listing.refused:
        return next(iter(listing.refused.values()))
    paths = scripts or list(_outermost(listing))
    listed = _listed(paths)
    description = f"there is no {asked.name} in it"
    if listed:
        description += f", but there is {listed}"
    return UnreadableSubmission(
        Message("unread_no_file", {"file": asked.name}, listed or None), description
    )


def _raise_if_named_one_is_refused(listing: _Listing, asked: AskedFile) -> None:
    """Raise if the file is there, but as a link or the like."""
    for path, error in listing.refused.items():
        if has_named([path], asked):
            raise UnreadableSubmission(error.message, f"{path}: {error.description}")


def _error_of_notebook(
    path: str, examiner: Examiner, asked: AskedFile
) -> UnreadableSubmission | None:
    """Return why a notebook is not graded."""
    from grader.intake.notebook import read_notebook

    try:
        read_notebook(examiner.read(path).raw, asked.functions)
    except UnreadableSubmission as error:
        return error
    return None


def _outermost(listing: _Listing) -> Iterator[str]:
    """Yield the paths at the top and one folder down."""
    for path in (*listing.files, *listing.archives, *listing.folders, *listing.links):
        if path.count("/") <= 1:
            yield path


def _listed(paths: Sequence[str]) -> str:
    """Join the first few paths in alphabetical order."""
    return ", ".join(sorted(paths)[:MAX_LISTED])[:LISTED_CAP]
