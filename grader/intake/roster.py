"""The roster: who takes the course, and therefore who is missing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.intake.csv_table import read_table
from grader.intake.entries import InvalidTable
from grader.intake.files import DiskEntry
from grader.model import Person

MAX_LISTED = 5  # ids in an error


def read_roster(path: Path) -> tuple[Person, ...]:
    """Read a roster in the order of its lines.

    It is a CSV table with a column id, and with name and email if the course has them. Raises
    InvalidTable if it cannot be used, has nobody on it, or has an id twice.
    """
    entry = DiskEntry(str(path), path.name, path.name, "file")
    rows = read_table(entry, str(path), ("id",), "id,name,email")
    if not rows:
        raise InvalidTable(
            f"{path}: this roster is empty. Write one line for each student below the column names."
        )
    people = tuple(row.person() for row in rows)
    counts = Counter(person.id for person in people)
    repeated = [f"{id} ({count} times)" for id, count in counts.items() if count > 1]
    if repeated:
        raise InvalidTable(
            f"{path}: the same id is on several lines: {', '.join(repeated[:MAX_LISTED])}. "
            "Give each student one line and an id of their own."
        )
    return people


def compare_with_roster(
    roster: Sequence[Person], groups: Iterable[tuple[Person, ...]]
) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """Return the people on the roster who submitted nothing, and those who did but are not on it.

    `groups` has the people of each submission. Everyone is returned once. People are matched by
    their exact id and, if no id matches, by e-mail, regardless of case. An e-mail that several
    people on the roster share matches nobody.
    """
    ids = {person.id for person in roster}
    email_counts = Counter(person.email.casefold() for person in roster)
    id_of_email = {
        person.email.casefold(): person.id
        for person in roster
        if person.email and email_counts[person.email.casefold()] == 1
    }
    present: set[str] = set()
    unmatched: dict[str, Person] = {}
    for people in groups:
        for person in people:
            if person.id in ids:
                present.add(person.id)
            elif person.email.casefold() in id_of_email:
                present.add(id_of_email[person.email.casefold()])
            else:
                unmatched.setdefault(person.id, person)
    missing = tuple(person for person in roster if person.id not in present)
    return missing, tuple(unmatched.values())
