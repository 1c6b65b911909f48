"""A class as reports and exports need it: a row for each attempt and each missing person."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping

import msgspec

from grader import __version__
from grader.class_row import ClassRow, CountPolicy
from grader.gradebook.counting import AttemptSummary
from grader.gradebook.encoding import decode_verdict
from grader.gradebook.record import Entry, Gradebook
from grader.intake.roster import Roster, compare_with_roster
from grader.model import Person, Submission, Unreadable

PLAIN = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
LONGEST_NAME = 100  # characters of a file name that is still readable
RESERVED = re.compile("(con|prn|aux|nul|com[0-9]|lpt[0-9])")  # file names that Windows forbids
HAVE_PAGES = ("graded", "undecided", "unreadable")  # statuses of rows with a page


def class_list(gradebook: Gradebook, policy: CountPolicy) -> Iterator[ClassRow]:
    """Yield the rows of a class in the order of the ids, one at a time; missing people come last.

    policy: which of several attempts counts.
    """
    roster = gradebook.roster()
    on_roster = roster.by_id
    not_on_roster = _not_on_roster(gradebook, roster)
    groups = gradebook.groups(policy)
    for ids, same_people in gradebook.entries():
        if ids not in groups:
            continue  # it is somebody else's now, and has a row there
        entries = {entry.row: entry for entry in same_people}
        attempts_shown: set[int] = set()  # the first version of each has its page
        for summary in groups[ids].attempts:
            attempt = summary.version.attempt
            if not summary.is_present and attempt in attempts_shown:
                continue  # withdrawn, and the attempt has a row already
            row = class_row(entries[summary.version.row], summary)
            if not summary.is_present:
                row = _withdrawn(row)
            has_page = row.status in HAVE_PAGES and attempt not in attempts_shown
            attempts_shown.add(attempt)
            yield row._replace(
                people=tuple(_with_roster(person, on_roster) for person in row.people),
                page=page_path(row.people, attempt) if has_page else "",
                not_on_roster=tuple(id for id in row.ids if id in not_on_roster),
            )
    missing, _ = compare_with_roster(roster, gradebook.people())
    for person in missing:
        yield ClassRow((person,), 0, "missing", counts=True)


def class_row(entry: Entry, summary: AttemptSummary) -> ClassRow:
    """Return the row of one attempt, without its page and what the roster says of its people."""
    submission = entry.submission
    row = ClassRow(
        submission.people,
        submission.attempt,
        "waiting",
        counts=summary.counts,
        saved=submission.saved,
        late=summary.is_late,
        origin=submission.origin,
        is_present=summary.is_present,
    )
    if isinstance(submission, Unreadable):
        return row._replace(status="unreadable", reason=submission.reason)
    if entry.verdict is not None:
        return _with_verdict(row, entry, entry.verdict)
    if entry.trouble:
        return row._replace(status="trouble", trouble=entry.trouble)
    return row


def ids_of(submission: Submission | Unreadable) -> tuple[str, ...]:
    return tuple(person.id for person in submission.people)


def page_path(people: tuple[Person, ...], attempt: int) -> str:
    """Return the path of a page in the folder of a run.

    It consists of the ids if they are plain, and is never the same for two submissions.
    """
    ids = [person.id for person in people]
    name = "+".join(ids)
    is_plain = all(PLAIN.fullmatch(id) for id in ids)
    if not is_plain or len(name) > LONGEST_NAME or RESERVED.fullmatch(name):
        digest = hashlib.sha256(json.dumps(ids).encode()).hexdigest()[:16]
        readable = re.sub("[^A-Za-z0-9_-]+", "-", name)[:40].strip("-")
        # Windows forbids its own names also before the first dot, hence the underscore.
        name = f"{readable}_.{digest}"
    return f"pages/{name}.html" if attempt == 1 else f"pages/{name}.attempt-{attempt}.html"


def _not_on_roster(gradebook: Gradebook, roster: Roster) -> set[str]:
    """Return the ids of people who submitted something gradable and are not on the roster."""
    if not roster.people:
        return set()
    _, others = compare_with_roster(roster, gradebook.people(only_readable=True))
    return {person.id for person in others}


def _withdrawn(row: ClassRow) -> ClassRow:
    """Reduce a row to the fact that something was submitted. The verdict stays in the gradebook."""
    return row._replace(status="gone", verdict=None, reason=None, trouble="", fingerprint="")


def _with_roster(person: Person, on_roster: Mapping[str, Person]) -> Person:
    """Fill in the name and the e-mail from the roster if the submission gives none."""
    entry = on_roster.get(person.id, person)
    return Person(person.id, person.name or entry.name, person.email or entry.email)


def _with_verdict(row: ClassRow, entry: Entry, data: str) -> ClassRow:
    try:
        verdict = decode_verdict(data)
    except msgspec.DecodeError:
        remedy = "run the batch again"
        if entry.grader == __version__:
            remedy = "restore a copy of the gradebook"
        trouble = (
            "This version of the grader cannot read its verdict, "
            f"which is of version {entry.grader}: {remedy}."
        )
        return row._replace(status="trouble", trouble=trouble)
    return row._replace(
        status="undecided" if verdict.undecided else "graded",
        verdict=verdict,
        fingerprint=entry.fingerprint,
    )
