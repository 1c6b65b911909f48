"""The ways in which a course's submissions may lie in a folder or a zip.

Each platform has one small module and one line in LAYOUTS. A layout is a function of the name of a
folder and of the entries in it. It never looks into what a student handed in: who somebody is comes
from the names that the platform writes, and from files of its own at the top.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from grader.intake.entries import Entry, UnclearSource
from grader.intake.layouts import (
    blackboard,
    brightspace,
    canvas,
    classroom,
    generic,
    gradescope,
    moodle,
)
from grader.intake.layouts.listing import Listing, is_table, of_nobody
from grader.intake.names import first_few, printable


class Layout(NamedTuple):
    # What a source is called in the first line of output.
    title: str
    # The name of an entry, as an example.
    example: str
    list_submissions: Callable[[str, Sequence[Entry]], Listing]
    # The name that the platform gives to the folder around its download, if there is one.
    folder: re.Pattern[str] | None = None


LAYOUTS = {
    "canvas": Layout("Canvas download", "doejane_12345_678901_work.py", canvas.list_submissions),
    "moodle": Layout(
        "Moodle download", "Jane Doe_10019166_assignsubmission_file", moodle.list_submissions
    ),
    "gradescope": Layout(
        "Gradescope export",
        "submission_409194023, beside submission_metadata.yml",
        gradescope.list_submissions,
        gradescope.FOLDER,
    ),
    "blackboard": Layout(
        "Blackboard download",
        "HW1_jdoe_attempt_2024-03-02-23-59-01_work.py",
        blackboard.list_submissions,
    ),
    "brightspace": Layout(
        "Brightspace download",
        "397063-2557369 - Jane Doe - Sep 24, 2024 926 PM",
        brightspace.list_submissions,
    ),
    "classroom": Layout(
        "GitHub Classroom clones",
        "hw1-jdoe, in hw1-submissions",
        classroom.list_submissions,
        classroom.FOLDER,
    ),
}
# Named after students: what a source is if no platform's layout fits.
FOLDER = "folder"
MANIFEST = "manifest"
TITLES = {
    **{name: layout.title for name, layout in LAYOUTS.items()},
    FOLDER: "Files and folders named after students",
    MANIFEST: "Table of submissions",
}


def list_as(layout: str, folder: str, entries: Sequence[Entry]) -> Listing | None:
    """List what a folder holds in a layout that the user names; None if nothing is of its form."""
    if layout == FOLDER:
        return _complete(generic.list_submissions(entries))
    listing = LAYOUTS[layout].list_submissions(folder, entries)
    return _complete(listing) if listing.recognized else None


def recognize(folder: str, entries: Sequence[Entry]) -> tuple[str, Listing] | None:
    """Return the platform's layout that a folder has, or None if it has none of them.

    It is the one whose form most names have, if these are two thirds, tables beside them aside. A
    student may hand in many files, whose names end in the form of another platform. Raises
    UnclearSource if a platform's form is that of some names, but neither of so many nor of so few
    (less than a third) that it is clear.
    """
    total = sum(not is_table(entry) for entry in entries)
    name, best = FOLDER, Listing([], [], 0)
    for each, layout in LAYOUTS.items():
        listing = layout.list_submissions(folder, entries)
        if listing.must_be_named or not listing.recognized:
            continue
        if listing.is_certain or listing.recognized == len(entries):
            return each, _complete(listing)
        if listing.recognized > best.recognized:
            name, best = each, listing
    if best.recognized and 3 * best.recognized >= 2 * total:
        return name, _complete(best)
    if 3 * best.recognized > total:
        raise UnclearSource(
            f"{best.recognized} of {total} names here are those of a {TITLES[name]}, as in: "
            f"{LAYOUTS[name].example}. If it is one, add --from {name}. If everything is named "
            f"after students, add --from {FOLDER}"
        )
    return None


def _complete(listing: Listing) -> Listing:
    """Add a row for each entry that is nobody's, and say which tables were left out."""
    strays = [of_nobody(entry) for entry in listing.others if not is_table(entry)]
    notices = list(listing.notices)
    if strays:
        names = first_few([stray.origin for stray in strays])
        notices.append(f"Nobody's, because it is not clear whose: {names}.")
    return listing._replace(
        submissions=listing.submissions + strays,
        notices=(*notices, *left_out(listing.others)),
        others=[],
    )


def is_metadata(entry: Entry) -> bool:
    """Whether this is a file that a platform puts beside the submissions."""
    names = (gradescope.METADATA, brightspace.INDEX, *classroom.RESULTS)
    name = printable(entry.name)
    return entry.kind == "file" and (name in names or blackboard.is_receipt(name))


def left_out(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Say that tables among these entries are not submissions; nothing if there is none."""
    tables = [entry.origin for entry in entries if is_table(entry)]
    if not tables:
        return ()
    return (f"Tables beside the submissions, not read as submissions: {first_few(tables)}.",)
