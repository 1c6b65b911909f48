"""Brightspace (D2L): the download of an assignment's folder.

    397063-2557369 - Mary-Ann Smith - Sep 24, 2024 926 PM/work.py
    271836-442356 - Blake Payne - Dec 5, 2024 1149 AM - work.py      without folders
    index.html                                                          a list of the files

The number alone does not say who it is, because two students may share it; with the name it does.
A student who submits again has one more folder, with a later time. The time has no zone, and its
words are those of the site's language. Source: such downloads in public repositories.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from grader.intake.bundle import NamedFile
from grader.intake.entries import Entry, RawSubmission
from grader.intake.layouts.listing import Listing, platform_submission
from grader.intake.names import printable, to_identity
from grader.intake.times import to_iso
from grader.model import Person

INDEX = "index.html"
START = re.compile(r"(?P<key>[0-9]{1,20}-[0-9]{1,20}) - ")
# Between two " - ", or at the end: "Sep 24, 2024 926 PM", "24 sept. 2024 2126", "24 de sep de …".
TIME = re.compile(
    r" - (?P<time>"
    r"(?:(?P<month>[^\W\d_]{3,12})\.? (?P<day>[0-9]{1,2}),?|"
    r"(?P<day_first>[0-9]{1,2}) (?:de )?(?P<month_second>[^\W\d_]{3,12})\.?,?(?: de)?)"
    r" (?P<year>[0-9]{4}),? (?P<clock>[0-9]{3,4})(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?)"
    r"(?: - (?P<file>.+)|$)",
    re.DOTALL,
)
# By the first letters, in English, Spanish, French, German and Portuguese.
MONTHS = {
    "jan": 1, "ene": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "apr": 4, "abr": 4,
    "avr": 4, "may": 5, "mai": 5, "jun": 6, "juin": 6, "jul": 7, "juil": 7, "aug": 8, "ago": 8,
    "aoû": 8, "sep": 9, "set": 9, "oct": 10, "okt": 10, "out": 10, "nov": 11, "dec": 12, "dic": 12,
    "déc": 12, "dez": 12,
}  # fmt: skip

_Attempt = tuple[str, str, str]  # key, name, time


def list_submissions(folder: str, entries: Sequence[Entry]) -> Listing:
    """A student chooses the end of a name and, as a display name, its middle.

    A name with two times in it can be read in two ways, and is attributed to nobody.
    """
    others = []
    recognized = 0
    attempts: dict[_Attempt, list[NamedFile]] = defaultdict(list)
    times: dict[str, str | None] = {}
    for entry in entries:
        name = unicodedata.normalize("NFC", printable(entry.name))
        start = START.match(name)
        matches = _times_in(name, start.end() - 3) if start else []
        if entry.name == INDEX and entry.kind == "file":
            recognized += 1
            continue
        recognized += bool(matches)
        if not start or len(matches) != 1 or (entry.kind == "file" and not matches[0]["file"]):
            others.append(entry)
            continue
        (match,) = matches
        person = name[start.end() : match.start()]
        time = match["time"]
        if time not in times:
            times[time] = _time(match)
        attempts[start["key"], person, time].append((match["file"] or name, entry))
    submissions: list[RawSubmission] = []
    for (key, person, time), files in attempts.items():
        people = (Person(to_identity(f"{key} {person}"), to_identity(person)),)
        submissions.append(platform_submission(people, files, times[time]))
    return Listing(submissions, others, recognized, notices=_unknown_times(times))


def _times_in(name: str, start: int) -> list[re.Match[str]]:
    """Return all places after a name's first letters where a time may stand."""
    matches = []
    place = name.find(" - ", start + 1)
    while place >= 0:
        match = TIME.match(name, place)
        if match:
            matches.append(match)
        place = name.find(" - ", place + 1)
    return matches


def _time(match: re.Match[str]) -> str | None:
    word = (match["month"] or match["month_second"]).lower()
    month = word[:4] if word[:4] in MONTHS else word[:3]
    clock = match["clock"].zfill(4)
    hour, minute = int(clock[:2]), int(clock[2:])
    half = (match["half"] or "").lower()
    if half:
        hour = hour % 12 + 12 * (half == "p")
    try:
        day = int(match["day"] or match["day_first"])
        return to_iso(datetime(int(match["year"]), MONTHS[month], day, hour, minute))
    except (KeyError, ValueError):
        return None


def _unknown_times(times: dict[str, str | None]) -> tuple[str, ...]:
    unknown = sorted(text for text, time in times.items() if time is None)
    if not unknown:
        return ()
    return (
        f"Times that cannot be understood: {len(unknown)}, the first is {unknown[0]}. "
        "These hand-ins show no time, and attempts are in the order of their names.",
    )
