"""The data types of this room, and the exceptions that its functions raise."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

from grader.intake.names import to_identity, without_extension
from grader.model import Message, Person

# "other" is anything that is never opened: links, pipes, devices, refused members of a zip.
Kind: TypeAlias = Literal["file", "folder", "other"]


class AskedFile(NamedTuple):
    """The file that an assignment asks for; the first one, if it asks for several."""

    # Its name, or the path where it usually lies: work.py, course/part/work.py.
    path: str
    # The names of functions and classes that have to be defined, in any of the files.
    functions: tuple[str, ...] = ()
    # The paths of the other files, as in `path`.
    others: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all files."""
        return tuple(each.name for each in self.each())

    def each(self) -> "tuple[AskedFile, ...]":
        """Return all files that the assignment asks for, in its order, this one as the first."""
        paths = (self.path, *self.others)
        return tuple(
            self._replace(path=path, others=paths[:place] + paths[place + 1 :])
            for place, path in enumerate(paths)
        )


class SubmissionNotFound(Exception):
    """There is nothing to grade. The text says where it was looked for and what to give instead."""


class InvalidTable(SubmissionNotFound):
    """A roster or a manifest makes no sense. The text says where, and what to do."""


class UnclearSource(SubmissionNotFound):
    """A source can be read in two ways, or not in the way that was asked for. The text says how
    to decide."""


class UnreadableSubmission(Exception):
    """One submission cannot be graded.

    `message` is for the readers of a report, in their language. `description` says the same in
    English to the person who runs the command.
    """

    def __init__(self, message: Message, description: str) -> None:
        super().__init__(description)
        self.message = message
        self.description = description


class Entry(Protocol):
    """A file or folder of a source, on a disk or in a zip."""

    @property
    def name(self) -> str:
        """The name as stored. It may hold any bytes, so it is never printed."""

    @property
    def origin(self) -> str:
        """The path from the top of the source, as printable text."""

    @property
    def kind(self) -> Kind: ...

    def require_readable(self) -> None:
        """Raise UnreadableSubmission if the entry is of a kind that is never opened.

        In a zip this also checks everything below the entry.
        """

    def children(self) -> Sequence["Entry"]:
        """List what a folder holds, in any order and without system files.

        Raises UnreadableSubmission.
        """

    def read(self, cap: int) -> tuple[bytes, str | None]:
        """Return at most `cap` bytes of a file, and when it was last changed.

        The time is None where it says nothing about the submission, as in a zip. Raises
        UnreadableSubmission.
        """

    def saved_at(self) -> str | None:
        """Return when the entry was last changed, in ISO 8601, or None if that is not known.

        In the zip of a class the zone is unknown, and often it is the time of the download: it
        orders the attempts of one person, and is never shown. In a student's zip it is None,
        because the student sets it.
        """


class RawSubmission(NamedTuple):
    """One submission, before its file is read."""

    people: tuple[Person, ...]
    # Path from the top of the source.
    origin: str
    # What was submitted, or the reason why there is nothing to read.
    entry: Entry | Message
    # As the manifest says; None if it does not, or if there is no manifest.
    attempt: int | None = None
    # In ISO 8601, as the manifest or the platform says; None if it does not, or if that cannot be
    # understood. Without a zone if the zone is not known.
    submitted_at: str | None = None
    # The time of submission is submitted_at, even if that is None. No other time is shown.
    has_submitted_at: bool = False
    # As the manifest or the platform says; None if it does not.
    late: bool | None = None
    # Cannot be an attempt, like a text file beside the submissions, or is nobody's. It gets a row
    # of its own, but is not counted among the attempts.
    is_stray: bool = False


class SourceOptions(NamedTuple):
    """How to read a source, where its names alone do not say."""

    # A name in LAYOUTS; None to find out.
    layout: str | None = None
    # The path of the folder in the source that holds the submissions.
    inside: str | None = None
    # The only top folder of the source is the submission of one person.
    as_one_person: bool = False
    # No earlier call has read another source into the same gradebook.
    is_first: bool = True
    # The only top folder that an earlier call has opened in this source.
    opened: str | None = None


AS_IT_LIES = SourceOptions()


class ClassListing(NamedTuple):
    """Everything that a source holds, before a file is read."""

    # A name in LAYOUTS, or "manifest".
    layout: str
    # In any order.
    submissions: list[RawSubmission]
    # Sentences for the person who runs the command.
    notices: tuple[str, ...] = ()
    # The path of the manifest, if there is one.
    manifest: str | None = None
    # The only top folder, if it was opened without being asked for.
    opened: str | None = None


def person_named_after(entry: Entry) -> Person:
    """Return the student after whom a file or folder is named, for want of a manifest."""
    name = entry.name
    if entry.kind != "folder":
        name = without_extension(name)
    return Person(to_identity(name))
