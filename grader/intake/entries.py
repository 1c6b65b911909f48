"""The words of this room: what a source holds, what somebody handed in, and why something is not read."""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Protocol, TypeAlias

from grader.model import Message, Person

Kind: TypeAlias = Literal["file", "folder", "other"]
IDENTITY_CAP = 200  # characters of an id, a name, an address: longer ones break tables and file names, and no course has them
LEFT_BEHIND = frozenset(
    ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "Icon\r")
)  # by systems themselves, as is all that begins with a dot


class SubmissionNotFound(Exception):
    """There is nothing to grade. The text says where it was looked for, and what to give instead."""


class InvalidTable(SubmissionNotFound):
    """A table that somebody wrote, a roster or a manifest, makes no sense. The text says where, and what to do."""


class UnreadableSubmission(Exception):
    """Something here cannot be graded. message: for whoever reads a report; told: the same for whoever runs the command."""

    def __init__(self, message: Message, told: str) -> None:
        super().__init__(told)
        self.message, self.told = message, told


class Entry(Protocol):
    """Something that a source holds, on a disk or in a zip. name: as it stands there, and for this program's eyes only; origin: its path
    from the source, as text. kind: other is what is never opened."""

    @property
    def name(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def kind(self) -> Kind: ...

    def require(self) -> None:
        """Raises UnreadableSubmission if it is of no kind that is read, or if it is part of a zip and not everything in it is as it should be."""

    def inside(self) -> Sequence["Entry"]:
        """Of a folder: what it holds, in any order, without what systems leave behind. Raises UnreadableSubmission."""

    def read(self, cap: int) -> tuple[bytes, str | None]:
        """Of a file: `cap` bytes at most, and when it was last changed. Raises UnreadableSubmission."""

    def saved(self) -> str | None:
        """When it was last changed, if that can be told."""


class RawSubmission(NamedTuple):
    """What somebody handed in, not read yet. entry: or else why there is none to read.

    attempt, saved, late: as a table says, None where none does; dated: a table says when, be it understood or not. stray: what could
    be no attempt, like a text file beside the submissions; told, and in no attempt's place.
    """

    people: tuple[Person, ...]
    origin: str
    entry: Entry | Message
    attempt: int | None = None
    saved: str | None = None
    dated: bool = False
    late: bool | None = None
    stray: bool = False


def left_behind(name: str) -> bool:
    return name.startswith(".") or name in LEFT_BEHIND


def text(name: str) -> str:
    """A name as it can be written anywhere: a file's may be any bytes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def identity(name: str) -> str:
    """What somebody is called, kept as it is. What is no text, or too long, ends in a hash of it: no two become the same."""
    shown = text(name)
    if shown == name and len(name) <= IDENTITY_CAP:
        return name
    mark = "…" + hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    return shown[: IDENTITY_CAP - len(mark)] + mark


def person_by_name(entry: Entry) -> Person:
    """Where nothing but the name of the file or folder says whose it is."""
    return Person(
        identity(entry.name if entry.kind == "folder" else os.path.splitext(entry.name)[0])
    )


def ending(name: str) -> str:
    """.py, .zip, …: in lower case."""
    return os.path.splitext(name)[1].lower()


def saved_at(seconds: float) -> str | None:
    """ISO 8601 in UTC; None for a time that no calendar has, as archives may carry."""
    try:
        return written(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def written(moment: datetime) -> str | None:
    """ISO 8601 in UTC, to the second. A time without a zone is taken to be in UTC already: it is the same on every machine."""
    try:
        moment = moment.replace(microsecond=0, tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        return None
    return moment.isoformat() if 1970 <= moment.year < 9000 else None
