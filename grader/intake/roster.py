"""A roster: who takes the course, so that who is missing can be told."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.intake.csv_table import person_of, read_table
from grader.intake.entries import InvalidTable
from grader.intake.files import DiskEntry
from grader.model import Person


def read_roster(path: Path) -> tuple[Person, ...]:
    """path: CSV with a column id, and name and email where there are such; in the order of its lines. Raises InvalidTable."""
    rows = read_table(
        DiskEntry(str(path), path.name, path.name, "file"), str(path), ("id",), "id,name,email"
    )
    people = tuple(map(person_of, rows))
    if not people:
        raise InvalidTable(
            f"{path}: nobody is on this roster. Write a line for each student under the names of the columns."
        )
    counted = Counter(person.id for person in people)
    twice = [f"{id} ({count} times)" for id, count in counted.items() if count > 1]
    if twice:
        raise InvalidTable(
            f"{path}: the same id stands in several lines: {', '.join(twice[:5])}. Give each student a line and an id."
        )
    return people


def compare_with_roster(
    roster: Sequence[Person], handed_in: Iterable[tuple[Person, ...]]
) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """Who is on the roster and handed nothing in, and who handed something in and is not on the roster; each of them once.

    By id, as it is written; else by e-mail, in any case. An e-mail that several on the roster share is nobody's.
    """
    known = {person.id: person.id for person in roster}
    shared = Counter(person.email.casefold() for person in roster)
    by_email = {
        person.email.casefold(): person.id
        for person in roster
        if person.email and shared[person.email.casefold()] == 1
    }
    seen: set[str] = set()
    unmatched: dict[str, Person] = {}
    for person in (person for people in handed_in for person in people):
        match = known.get(person.id) or by_email.get(person.email.casefold())
        if match is None:
            unmatched.setdefault(person.id, person)
        else:
            seen.add(match)
    return tuple(person for person in roster if person.id not in seen), tuple(unmatched.values())
