"""The only folder at the top of a source: is it around the class's submissions, or one student's?

A zip made by packing a folder holds just that folder, and so does the zip of a single student. What
is taken for a folder around the submissions makes its entries students, by names that in the other
case a student chose. So it is opened by itself only where there is little doubt.
"""

from collections.abc import Sequence

from grader.intake.entries import (
    AskedFile,
    ClassListing,
    Entry,
    RawSubmission,
    SourceOptions,
    UnclearSource,
    UnreadableSubmission,
)
from grader.intake.find_file import find_file
from grader.intake.layouts import FOLDER, LAYOUTS, TITLES, left_out, list_as, recognize
from grader.intake.layouts.listing import is_table
from grader.intake.manifest import FILE_NAME
from grader.intake.names import extension, first_few, printable
from grader.intake.roster import Roster
from grader.model import Message, Person

ENOUGH = 2  # names on the roster, or entries with the file to grade
MAX_TRIES = 200  # entries that are searched for the file


def only_folder(entries: Sequence[Entry]) -> Entry | None:
    """Return the only folder if there is nothing else, apart from tables."""
    others = [entry for entry in entries if not is_table(entry)]
    return others[0] if len(others) == 1 and others[0].kind == "folder" else None


def open_wrapper(
    entries: Sequence[Entry], asked: AskedFile, options: SourceOptions, roster: Roster | None
) -> ClassListing | None:
    """List what the only folder at the top holds, or return None if that folder is a submission.

    It is opened
    - if its name is the one that a platform gives to the folder of a download;
    - with a roster, if its own name is nobody's there and at least two of those in it are;
    - without a roster, if this is the first source of a run, and at least two entries in it hold
      the file to grade or are people's by the names of a platform.
    It is a submission if its name is on the roster, or if it holds the file to grade directly,
    unless the names beside that file are a platform's.
    A folder with a manifest in it is never opened: whoever made the folder wrote that table, too.
    Raises UnclearSource if the user has to decide, UnreadableSubmission.
    """
    folder = only_folder(entries)
    if folder is None:
        return None
    name = printable(folder.name)
    inner = folder.children()
    if roster and roster.has(name):
        return None
    listing = _list_inside(name, inner, options)
    tables = left_out(entries)
    if listing and _is_named_by_platform(name, listing):
        return listing._replace(notices=(*listing.notices, *tables))
    is_direct = any(entry.name in asked.names for entry in inner)
    is_class = listing is not None and _is_class(name, listing, asked, options, roster)
    if listing and is_class and ((roster and roster.people) or not is_direct):
        notice = f"Everything is in the folder {name}, which was opened."
        return listing._replace(notices=(notice, *listing.notices, *tables), opened=name)
    is_platforms = listing is not None and listing.layout != FOLDER and is_class
    if is_direct and not is_platforms and not _manifest_in(inner):
        return None
    raise _unclear(name, inner, listing)


def _list_inside(name: str, inner: Sequence[Entry], options: SourceOptions) -> ClassListing | None:
    """List what the folder holds; None if it has a manifest, or half the names of a platform."""
    if _manifest_in(inner):
        return None
    try:
        recognized = recognize(name, inner) if options.layout is None else None
    except UnclearSource:
        return None
    if recognized:
        layout, listing = recognized
        return ClassListing(layout, listing.submissions, listing.notices)
    generic = list_as(FOLDER, name, inner)
    assert generic
    return ClassListing(FOLDER, generic.submissions, generic.notices)


def _manifest_in(entries: Sequence[Entry]) -> bool:
    return any(entry.name == FILE_NAME for entry in entries)


def _is_named_by_platform(name: str, listing: ClassListing) -> bool:
    if listing.layout == FOLDER:
        return False
    pattern = LAYOUTS[listing.layout].folder
    return bool(pattern and pattern.fullmatch(name))


def _is_class(
    name: str,
    listing: ClassListing,
    asked: AskedFile,
    options: SourceOptions,
    roster: Roster | None,
) -> bool:
    """Whether what the folder holds is likely the work of several people."""
    submissions = [each for each in listing.submissions if not each.is_stray]
    people = {person for each in submissions for person in each.people}
    if roster and roster.people:
        return sum(_is_on(roster, person) for person in people) >= ENOUGH
    if not options.is_first or options.opened not in (None, name):
        return False
    if listing.layout != FOLDER:
        return len(people) >= ENOUGH
    return _hold_file(submissions, asked)


def _is_on(roster: Roster, person: Person) -> bool:
    return any(roster.has(text) for text in (person.id, person.email, person.name) if text)


def _hold_file(submissions: Sequence[RawSubmission], asked: AskedFile) -> bool:
    """Whether enough folders and zips hold the file to grade.

    Python files do not count: in a student's own folder they are parts of one assignment.
    """
    found = 0
    for submission in submissions[:MAX_TRIES]:
        entry = submission.entry
        if isinstance(entry, Message) or extension(entry.name) == ".py":
            continue
        try:
            find_file(entry, asked)
        except UnreadableSubmission:
            continue
        found += 1
        if found >= ENOUGH:
            return True
    return False


def _unclear(name: str, inner: Sequence[Entry], listing: ClassListing | None) -> UnclearSource:
    if _manifest_in(inner):
        reading = f"{FILE_NAME} in it says whose each file is"
    elif listing is None or listing.layout == FOLDER:
        reading = f"it holds those of {first_few([printable(each.name) for each in inner])}"
    else:
        people = {person.id for each in listing.submissions for person in each.people}
        reading = f"it is a {TITLES[listing.layout]} of {first_few(people)}"
    return UnclearSource(
        f"it holds one folder, {name}, which can be two things. If it is the folder around the "
        f"class's submissions, {reading}: then add --inside {name}. If it is the submission of one "
        f"person, called {name}: then add --as-one-person"
    )
