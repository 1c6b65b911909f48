"""Puts the attempts of the same people in order and numbers them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import combinations

from grader.intake.entries import (
    AskedFile,
    Entry,
    InvalidTable,
    RawSubmission,
    UnreadableSubmission,
)
from grader.intake.find_file import FoundFile, find_files
from grader.intake.names import first_few
from grader.intake.times import as_utc, is_after
from grader.model import Message

MAX_LISTED = 5  # in an error: groups whose order is not clear, and paths of each of them


def number_attempts(
    submissions: Iterable[RawSubmission], asked: AskedFile, manifest: str | None
) -> list[RawSubmission]:
    """Return all submissions with their attempt numbers, ordered by people and attempt.

    Attempts belong together if exactly the same people submitted them. Their order is

    1. that of their attempt numbers, if each has a number of its own; these numbers are kept;
    2. otherwise that of their times: the manifest's, or those of the files. They are numbered from
       1, and equal times are ordered by path.

    With a manifest (`manifest` is its path) rule 2 applies only if the times decide: each attempt
    has a time, no two are equal, and either all are the manifest's or all are those of the files.
    Anything else raises InvalidTable, because the last attempt would be a guess.
    """
    groups: dict[tuple[str, ...], list[RawSubmission]] = defaultdict(list)
    ordered: list[RawSubmission] = []
    for submission in submissions:
        if submission.is_stray:
            ordered.append(submission._replace(attempt=1))
        else:
            groups[_ids(submission)].append(submission)
    if manifest is not None:
        _require_clear_order(groups.values(), asked, manifest)
    for attempts in groups.values():
        ordered += _numbered(attempts, asked)
    return sorted(ordered, key=lambda each: (_ids(each), each.attempt or 1, each.origin))


def _ids(submission: RawSubmission) -> tuple[str, ...]:
    return tuple(sorted(person.id for person in submission.people))


def _require_clear_order(
    groups: Iterable[Sequence[RawSubmission]], asked: AskedFile, manifest: str
) -> None:
    """Raise InvalidTable if some people's last attempt would be a guess."""
    unclear = []
    for attempts in groups:
        if len(attempts) == 1 or _have_own_numbers(attempts) or _have_own_times(attempts, asked):
            continue
        ids = " and ".join(_ids(attempts[0]))
        paths = first_few((each.origin or "no path" for each in attempts), MAX_LISTED)
        unclear.append(f"{ids} ({paths})")
    if unclear:
        raise InvalidTable(
            f"{manifest}: there are several attempts, and it is not clear which is the last: "
            f"{first_few(unclear, MAX_LISTED, '; ')}. Write attempt numbers 1, 2, … on each of "
            "their lines, or a different submitted_at on each, such as 2026-11-24T17:00."
        )


def _have_own_numbers(attempts: Sequence[RawSubmission]) -> bool:
    numbers = {attempt.attempt for attempt in attempts if attempt.attempt is not None}
    return len(numbers) == len(attempts)


def _have_own_times(attempts: Sequence[RawSubmission], asked: AskedFile) -> bool:
    """Whether each attempt has a different time, and all times are of one kind.

    The manifest's times cannot be compared with those of files, which may be those of a download,
    and therefore later than any in the manifest.
    """
    times = [_time_of(attempt, asked) for attempt in attempts]
    known = [time for time in times if time]
    kinds = {attempt.has_submitted_at for attempt in attempts}
    if len(known) < len(times) or len(kinds) > 1:
        return False
    return all(is_after(one, two) or is_after(two, one) for one, two in combinations(known, 2))


def _time_of(submission: RawSubmission, asked: AskedFile) -> datetime | None:
    """Return the time that orders attempts, or None if it is unknown or cannot be understood."""
    time = submission.submitted_at
    if not submission.has_submitted_at and not isinstance(submission.entry, Message):
        time = _time_of_file(submission.entry, asked)
    return datetime.fromisoformat(time) if time else None


def _time_of_file(entry: Entry, asked: AskedFile) -> str | None:
    """Return the time of the file to grade, or if that is in a student's zip, of what was given.

    Of several files it is the latest.
    """
    times: list[str] = []
    if entry.kind == "folder":
        with suppress(UnreadableSubmission):
            found = [one for one in find_files(entry, asked) if isinstance(one, FoundFile)]
            times = [time for one in found if (time := one.entry.saved_at())]
    return max(times) if times else entry.saved_at()


def _numbered(attempts: Sequence[RawSubmission], asked: AskedFile) -> Sequence[RawSubmission]:
    """Number the attempts of the same people: see number_attempts."""
    if _have_own_numbers(attempts):
        return attempts
    if len(attempts) > 1:  # a single one needs no time, and looking it up may open a zip
        attempts = sorted(attempts, key=lambda each: _position(each, asked))
    return [attempt._replace(attempt=number) for number, attempt in enumerate(attempts, 1)]


def _position(attempt: RawSubmission, asked: AskedFile) -> tuple[bool, datetime, str]:
    """Sort attempts by time and path. One without a time comes first."""
    time = _time_of(attempt, asked)
    return time is not None, as_utc(time or datetime.min), attempt.origin
