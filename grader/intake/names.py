"""Names of files and people: any bytes that a file system allows, made safe to write down."""

import hashlib
import os

# Characters of an id, a name or an e-mail address. Longer ones break tables and file names, and no
# course has them.
IDENTITY_CAP = 200
# What operating systems leave behind by themselves, besides all names that begin with a dot.
SYSTEM_FILES = frozenset(("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "Icon\r"))


def is_system_file(name: str) -> bool:
    return name.startswith(".") or name in SYSTEM_FILES


def extension(name: str) -> str:
    """Return the extension in lower case, with its dot: `.py`, `.zip`."""
    return os.path.splitext(name)[1].lower()


def printable(name: str) -> str:
    """Return a file name as valid Unicode text. Bytes that are not UTF-8 become `\\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


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
