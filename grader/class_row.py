"""One row of a class: an attempt of a person or a group. Reports and exports are made of these."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from grader.model import Message, Person
from grader.static_analysis.fingerprint import similar_groups
from grader.verdict import Verdict

# Which of several attempts counts.
CountPolicy: TypeAlias = Literal["latest", "best", "all"]
Status: TypeAlias = Literal[
    "graded",
    "undecided",  # a person has to judge a question
    "unreadable",  # there is nothing to grade; `reason` says why
    "trouble",  # the grader failed; `trouble` says how
    "waiting",  # not graded yet
    "gone",  # withdrawn: no source has it any more
    "missing",  # on the roster, and nothing was ever submitted
]
# Reason codes of rows that are no submission: a line of a table without its file, a file without a
# line, or an entry of a download that is nobody's.
UNMATCHED = ("unread_missing", "unread_not_in_manifest", "unread_whose")
NUMBER = re.compile("[0-9]+")


class ClassRow(NamedTuple):
    """One attempt of a person or a group, or one missing person."""

    people: tuple[Person, ...]
    attempt: int  # 1 for the first; 0 if missing
    status: Status
    # Whether this attempt gives the points. One does even if all attempts were withdrawn.
    counts: bool = False
    saved: str | None = None  # when it was submitted or last changed, ISO 8601
    late: bool | None = None  # None if unknown
    origin: str = ""  # where in the source it was
    verdict: Verdict | None = None
    reason: Message | None = None  # why there is nothing to grade
    trouble: str = ""  # why the grader failed
    # See grader.static_analysis.fingerprint; empty without a verdict.
    fingerprint: str = ""
    page: str = ""  # path of its page in the folder of the run; empty if it has none
    is_present: bool = True  # some source still has it
    not_on_roster: tuple[str, ...] = ()  # ids of its people; empty if there is no roster

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(person.id for person in self.people)

    @property
    def is_unmatched(self) -> bool:
        """Whether it is a line of a table without its file, or a file that is nobody's."""
        return self.reason is not None and self.reason.code in UNMATCHED

    @property
    def is_submission(self) -> bool:
        """Whether this was submitted and not withdrawn. It may be unreadable."""
        return self.status not in ("gone", "missing") and not self.is_unmatched


def natural_key(text: str) -> str:
    """Sort as people do: student2 before student10, in any case."""
    return NUMBER.sub(lambda digits: digits[0].zfill(20), text.casefold())


def sort_key(row: ClassRow) -> tuple[bool, list[str]]:
    """Sort rows by ids as people do; missing people come last."""
    return row.status == "missing", [natural_key(id) for id in row.ids]


def duplicate_groups(rows: Iterable[ClassRow]) -> list[tuple[ClassRow, ...]]:
    """Group the rows of different people that have the same code, the largest group first.

    See grader.static_analysis.fingerprint. The returned rows have no verdict: all verdicts of a
    class would take much memory.
    """
    with_code = [row._replace(verdict=None) for row in rows if row.fingerprint]
    representative = similar_groups({row.fingerprint for row in with_code})
    groups: defaultdict[str, list[ClassRow]] = defaultdict(list)
    for row in with_code:
        groups[representative[row.fingerprint]].append(row)
    several = [tuple(group) for group in groups.values() if len({row.ids for row in group}) > 1]
    return sorted(several, key=len, reverse=True)


def ids_in_several_groups(rows: Iterable[ClassRow]) -> frozenset[str]:
    """Return the ids of people who submitted alone and in a group, or in two groups."""
    groups: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in rows:
        if row.is_submission:
            for id in row.ids:
                groups[id].add(row.ids)
    return frozenset(id for id, several in groups.items() if len(several) > 1)
