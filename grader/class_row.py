"""One person's or one group's line in a class, as frozen data: what reports and exports of a class are made of."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from grader.model import Message, Person
from grader.verdict import Verdict

Attempts: TypeAlias = Literal["latest", "best", "all"]
# graded; undecided: a person has to judge a question; unreadable: nothing to grade, reason says why; trouble: the grader failed;
# waiting: not graded yet; gone: no longer where it was handed in; missing: on the roster, and nothing ever came
Status: TypeAlias = Literal[
    "graded", "undecided", "unreadable", "trouble", "waiting", "gone", "missing"
]
# Reasons of what is no submission of anybody: a line of a manifest without a file, a file without a line.
UNMATCHED = ("unread_missing", "unread_not_in_manifest")
NUMBER = re.compile("[0-9]+")


class ClassRow(NamedTuple):
    """counts: it is the attempt that tells how its people stand; where all of theirs are gone, one of those does. likeness: the same for
    sources that differ in comments and white space only; empty without a source. page: where its page is, from the folder of the run;
    empty where it has none. found: it is still where it was handed in. strangers: ids of its people that are not on the roster, where
    there is one."""

    people: tuple[Person, ...]
    attempt: int
    status: Status
    counts: bool = False
    saved: str | None = None
    late: bool | None = None
    origin: str = ""
    verdict: Verdict | None = None
    reason: Message | None = None
    trouble: str = ""
    likeness: str = ""
    page: str = ""
    found: bool = True
    not_on_roster: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(person.id for person in self.people)

    @property
    def is_unmatched(self) -> bool:
        """Is it a line of a manifest alone, or a file alone?"""
        return self.reason is not None and self.reason.code in UNMATCHED

    @property
    def is_submission(self) -> bool:
        """Did one person or one group hand this in, whether or not it can be graded, and is it still there?"""
        return self.status not in ("gone", "missing") and not self.is_unmatched


def natural_key(text: str) -> str:
    """What to sort by, to have things as people sort them: student2 before student10, whatever the case."""
    return NUMBER.sub(lambda digits: digits[0].zfill(20), text.casefold())


def sort_key(row: ClassRow) -> tuple[bool, list[str]]:
    """By ids as people sort them; who is missing comes last."""
    return row.status == "missing", list(map(natural_key, row.ids))


def duplicate_groups(rows: Iterable[ClassRow]) -> list[tuple[ClassRow, ...]]:
    """Groups of different people's rows that are the same but for comments and white space, the largest first."""
    groups: defaultdict[str, list[ClassRow]] = defaultdict(list)
    for each in rows:
        if each.likeness:
            groups[each.likeness].append(each._replace(verdict=None))
    several = [tuple(group) for group in groups.values() if len({each.ids for each in group}) > 1]
    return sorted(several, key=len, reverse=True)


def ids_in_several_groups(rows: Iterable[ClassRow]) -> frozenset[str]:
    """Ids of those who are in submissions of different people: alone and in a group, or in two groups. One's own attempts are none such."""
    found: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for each in rows:
        for id in each.ids if each.is_submission else ():
            found[id].add(each.ids)
    return frozenset(id for id, groups in found.items() if len(groups) > 1)
