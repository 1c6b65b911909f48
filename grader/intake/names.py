"""Names of files and people: any bytes that a file system allows, made safe to write down."""

import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache

# Characters of an id, a name or an e-mail address. Longer ones break tables and file names, and no
# course has them.
IDENTITY_CAP = 200
MAX_LISTED = 3  # names in a sentence
# What systems, editors and Python leave behind, besides all names that begin with a dot. In lower
# case. A virtual environment by another name is recognized by what it holds: see find_file.
SYSTEM_FILES = frozenset(
    (
        "__macosx",
        "__pycache__",
        "__pypackages__",
        "site-packages",
        "node_modules",
        "venv",
        "virtualenv",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
        "$recycle.bin",
        "system volume information",
        "@eadir",
    )
)
# Where Windows notes that a file was downloaded: "work.py:Zone.Identifier". Some tools that copy
# such a note leave out the colon, or replace it.
DOWNLOAD_MARK = "zone.identifier"
OFFICE_LOCK = "~$"  # begins the name of the lock of an open Office document


@lru_cache(4096)  # an archive has the same folders in thousands of names
def is_system_file(name: str) -> bool:
    """Whether nobody has written this file or folder. It is neither graded nor a student's."""
    lower = name.lower()
    return (
        lower.startswith((".", OFFICE_LOCK))
        or lower in SYSTEM_FILES
        or lower.endswith(DOWNLOAD_MARK)
    )


def extension(name: str) -> str:
    """Return the extension in lower case, with its dot: `.py`, `.zip`.

    It is that of os.path.splitext, which takes longer.
    """
    dot = name.rfind(".")
    if dot <= 0 or "/" in name[dot:]:
        return ""
    if name[dot - 1] in "./":  # .profile has none, and ... has none
        return os.path.splitext(name)[1].lower()
    return name[dot:].lower()


def without_extension(name: str) -> str:
    """Return the name without its extension: alice.py, alice.tar.gz and alice.py.txt are alice."""
    stem, ending = os.path.splitext(name)
    inner, inner_ending = os.path.splitext(stem)
    doubled = (inner_ending + ending).lower()
    is_double = inner_ending.lower() == ".tar" or doubled == ".py.txt"
    return inner if is_double else stem


def printable(name: str) -> str:
    """Return a file name as valid Unicode text. Bytes that are not UTF-8 become `\\xff`."""
    if name.isascii():
        return name
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def first_few(names: Iterable[str], most: int = MAX_LISTED, separator: str = ", ") -> str:
    """Join the first few names in alphabetical order, and say how many more there are."""
    ordered = sorted(names)
    shown = separator.join(ordered[:most])
    more = len(ordered) - most
    return f"{shown} and {more} more" if more > 0 else shown


def to_identity(name: str) -> str:
    """Return an id, a name or an address unchanged if it is valid text of up to IDENTITY_CAP.

    Anything else is shortened and ends in a hash of the original, so that two different names
    never become the same.
    """
    text = printable(name)
    if text == name and len(name) <= IDENTITY_CAP:
        return name
    mark = "…" + hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    return text[: IDENTITY_CAP - len(mark)] + mark
