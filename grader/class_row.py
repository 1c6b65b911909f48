"""One person's or one group's line in a class, as frozen data: what reports and exports of a class are made of."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from grader.model import Message, Person
from grader.verdict import Verdict

Attempts: TypeAlias = Literal["latest", "best", "all"]
# graded; undecided: a person has to judge a question; unreadable: nothing to grade, reason says why; trouble: the grader failed;
# waiting: not graded yet; missing: on the roster, and nothing came
Status: TypeAlias = Literal["graded", "undecided", "unreadable", "trouble", "waiting", "missing"]
# Reasons of what is no submission of anybody: a line of a manifest without a file, a file without a line, a file of no kind that is graded.
NOBODYS = ("unread_missing", "unread_not_in_manifest", "unread_kind")
NUMBER = re.compile("[0-9]+")


class Row(NamedTuple):
    """counts: it is the attempt that its people are given points for. likeness: the same for sources that differ in comments and white
    space only; empty without a source. page: where its page is, from the folder of the run; empty where it has none. found: it is still
    where it was handed in; what is not counts no more. strangers: ids of its people that are not on the roster, where there is one."""

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
    strangers: tuple[str, ...] = ()

    @property
    def is_submission(self) -> bool:
        """Did one person or one group hand this in, whether or not it can be graded?"""
        return self.status != "missing" and (self.reason is None or self.reason.code not in NOBODYS)


def natural(text: str) -> str:
    """What to sort by, to have things as people sort them: student2 before student10, whatever the case."""
    return NUMBER.sub(lambda digits: digits[0].zfill(20), text.casefold())


def sorted_by(row: Row) -> tuple[bool, list[str]]:
    """By ids as people sort them; who is missing comes last."""
    return row.status == "missing", [natural(person.id) for person in row.people]


def alike(rows: Iterable[Row]) -> list[tuple[Row, ...]]:
    """Groups of different people's rows that are the same but for comments and white space, the largest first."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for each in rows:
        if each.likeness:
            groups[each.likeness].append(each._replace(verdict=None))
    several = [tuple(group) for group in groups.values() if len({each.people for each in group}) > 1]
    return sorted(several, key=len, reverse=True)
