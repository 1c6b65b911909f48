"""Who handed in what and how it ended, as reports and exports of a whole class need it: a row for each attempt, and each person missing."""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter

import msgspec

from grader import __version__
from grader.class_row import Attempts, ClassRow, Status
from grader.gradebook.record import AttemptSummary, Entry, Gradebook
from grader.intake.roster import compare_with_roster
from grader.model import Person, Submission, Unreadable
from grader.verdict import VERDICT

PLAIN = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
LONG = 100  # characters of a name that is still readable
PAGED = ("graded", "undecided", "unreadable")  # what is told on a page
RESERVED = re.compile("(con|prn|aux|nul|com[0-9]|lpt[0-9])")  # of Windows, as names of files


def class_list(gradebook: Gradebook, attempts: Attempts) -> Iterator[ClassRow]:
    """In the order of the ids, one at a time; who is missing comes last. attempts: which of several counts."""
    roster = gradebook.roster()
    known = {person.id: person for person in roster}
    _, unknown = compare_with_roster(roster, gradebook.people(readable=True) if roster else ())
    strangers = {person.id for person in unknown}
    counting = counting_rows(gradebook, attempts)
    for key, group in groupby(gradebook.entries(), key=attrgetter("ids")):
        best, told = counting[key], set[int]()
        for number, each in ((entry.row, row(entry)) for entry in group):
            if not each.found and each.attempt in told:
                continue  # what took its place, and cannot be read, is told
            shown = each if each.found else gone(each)
            has_page = (
                shown.status in PAGED and each.attempt not in told
            )  # of each attempt one has: the first
            told.add(each.attempt)
            yield shown._replace(
                page=page_path(each.people, each.attempt) if has_page else "",
                people=tuple(completed(person, known) for person in each.people),
                counts=each.found == best.found and (attempts == "all" or number == best.row),
                not_on_roster=tuple(id for id in each.ids if id in strangers),
            )
    missing, _ = compare_with_roster(roster, gradebook.people())
    yield from (ClassRow((person,), 0, "missing", counts=True) for person in missing)


def gone(each: ClassRow) -> ClassRow:
    """Of what is no longer where it was handed in: only that it was. Its verdict stays in the gradebook."""
    return each._replace(status="gone", verdict=None, reason=None, trouble="", likeness="")


def completed(person: Person, known: Mapping[str, Person]) -> Person:
    """With the name and the e-mail of the roster, where what was handed in gives none. known: by id."""
    told = known.get(person.id, person)
    return Person(person.id, person.name or told.name, person.email or told.email)


def counting(gradebook: Gradebook) -> Attempts:
    """Which attempts count, as the last run was asked for."""
    attempts: Attempts = gradebook.settings().get("attempts", "latest")
    return attempts


def row(entry: Entry) -> ClassRow:
    each = entry.handed_in
    common = ClassRow(
        each.people,
        each.attempt,
        "waiting",
        False,
        each.saved,
        each.late,
        each.origin,
        found=entry.found,
    )
    if isinstance(each, Unreadable):
        return common._replace(status="unreadable", reason=each.reason)
    if entry.verdict is None:
        return common._replace(status="trouble", trouble=entry.trouble) if entry.trouble else common
    try:
        verdict = VERDICT.decode(entry.verdict)
    except msgspec.DecodeError:
        cure = (
            "restore a copy of the gradebook"
            if entry.grader == __version__
            else "run the batch again"
        )
        told = f"This version of the grader cannot read its verdict, which is of version {entry.grader}: {cure}."
        return common._replace(status="trouble", trouble=told)
    status: Status = "undecided" if verdict.undecided else "graded"
    return common._replace(status=status, verdict=verdict, likeness=entry.likeness)


def counting_rows(gradebook: Gradebook, attempts: Attempts) -> dict[str, AttemptSummary]:
    """By ids, as JSON: what of all that the same people handed in they are given points for. all: the last, though others count too."""
    return {
        ids_of: counting_attempt(group, attempts)
        for ids_of, group in groupby(gradebook.standings(), key=attrgetter("ids"))
    }


def counting_attempt(standings: Iterable[AttemptSummary], attempts: Attempts) -> AttemptSummary:
    """The last, or the one with most points: of equals the last, and points that a person has to decide on may turn out well, as may all
    of an attempt without a verdict. What cannot be read counts for less than what was handed in beside it, and what is not there any more
    for nothing."""

    def worth(each: AttemptSummary) -> tuple[bool, float, bool, str, int, bool, int]:
        points = math.inf if each.is_readable else -1.0
        if each.score is not None and each.undecided is not None:
            points = each.score + each.undecided
        is_full = each.score is not None and each.score == each.possible
        best = (math.inf if is_full else points) if attempts == "best" else 0.0
        return (
            each.found,
            best,
            is_full and attempts == "best",
            each.rank,
            each.attempt,
            each.is_readable,
            -each.row,
        )

    return max(standings, key=worth)


def ids_of(each: Submission | Unreadable) -> tuple[str, ...]:
    return tuple(person.id for person in each.people)


def page_path(people: tuple[Person, ...], attempt: int) -> str:
    """The path of a page: readable where the ids are plain, and never the same for two submissions."""
    ids_of = [person.id for person in people]
    name = "+".join(ids_of)
    if not all(map(PLAIN.fullmatch, ids_of)) or len(name) > LONG or RESERVED.fullmatch(name):
        digest = hashlib.sha256(json.dumps(ids_of).encode()).hexdigest()[:16]
        name = f"{re.sub('[^A-Za-z0-9_-]+', '-', name)[:40].strip('-')}_.{digest}"  # not even before its first dot a name of Windows' own
    return f"pages/{name}.html" if attempt == 1 else f"pages/{name}.attempt-{attempt}.html"
