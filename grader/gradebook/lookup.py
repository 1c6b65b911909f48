"""Find a submission by a person's id or a group's ids, and by its attempt if one is named."""

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec

from grader.class_row import ClassRow, CountPolicy
from grader.gradebook.class_list import class_row
from grader.gradebook.counting import Group, choose
from grader.gradebook.record import Gradebook
from grader.intake import SubmissionNotFound
from grader.intake.roster import find_by_name
from grader.model import Submission
from grader.verdict import Verdict


def find_submission(
    gradebook: Gradebook, name: str, attempt: int | None
) -> tuple[Submission, Verdict]:
    """Return a submission and its verdict.

    name: an id, or all ids of a group joined by + in any order.
    attempt: None for the one that counts.

    Raises SubmissionNotFound if there is no such submission, if the name fits several groups, or
    if the submission has no verdict.
    """
    policy = gradebook.count_policy()
    groups = _matching_groups(gradebook, name, policy)
    people = _one_of(gradebook, name, list(groups))
    group = groups[people]
    if attempt is None:
        summary = group.chosen
    else:
        candidates = [each for each in group.attempts if each.version.attempt == attempt]
        if not candidates:
            raise _no_such_attempt(gradebook, name, attempt, people, groups)
        # A version with a verdict, even a withdrawn one, goes before an unreadable one.
        graded = [each for each in candidates if each.version.score is not None]
        summary = choose(graded or candidates, policy)

    entry = gradebook.entry(summary.version.row)
    row = class_row(entry, summary)
    if not isinstance(entry.submission, Submission) or row.verdict is None:
        is_earlier = row.attempt < max(each.version.attempt for each in group.attempts)
        raise SubmissionNotFound(
            f"{gradebook.path}: attempt {row.attempt} of {joined(people)} has no verdict "
            f"to compare with. {_why_not(gradebook, row, is_earlier, policy)}"
        )
    return entry.submission, row.verdict


def joined(people: tuple[str, ...]) -> str:
    """Join the ids of people as in the name of their page."""
    return "+".join(people)


def _matching_groups(
    gradebook: Gradebook, name: str, policy: CountPolicy
) -> dict[tuple[str, ...], Group]:
    """Return the groups of people that `name` may mean, by their ids.

    If some of them have a submission that can be graded, only these.
    """
    groups = {
        msgspec.json.decode(ids, type=tuple[str, ...]): group
        for ids, group in gradebook.groups(policy).items()
    }
    matching = {people: groups[people] for people in sorted(groups) if _matches(people, name)}
    if not matching:
        raise SubmissionNotFound(f"{gradebook.path}: {_unknown(gradebook, name, set(groups))}")
    readable = {
        people: group
        for people, group in matching.items()
        if any(each.version.is_readable for each in group.attempts)
    }
    return readable or matching


def _matches(people: tuple[str, ...], name: str) -> bool:
    if name in people:
        return True
    # An id may hold a + of its own.
    return len(people) > 1 and sorted(name.split("+")) == sorted(joined(people).split("+"))


def _one_of(gradebook: Gradebook, name: str, groups: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the group that `name` means: a person alone goes before groups with that person.

    Raises SubmissionNotFound if there are several such groups.
    """
    candidates = [people for people in groups if joined(people) == name] or groups
    shortest = min(candidates, key=len)
    if len(candidates) > 1 and joined(shortest) != name:
        raise SubmissionNotFound(
            f"{gradebook.path}: {name} is in several groups. "
            f"Name the one that is meant, instead of {name}: {_listed(groups)}."
        )
    return shortest


def _no_such_attempt(
    gradebook: Gradebook,
    name: str,
    attempt: int,
    people: tuple[str, ...],
    groups: dict[tuple[str, ...], Group],
) -> SubmissionNotFound:
    numbers = sorted({each.version.attempt for each in groups[people].attempts})
    existing = ", ".join(map(str, numbers))
    others = [each for each in groups if each != people]
    instead = f" Or name, instead of {name}: {_listed(others)}." if others else ""
    return SubmissionNotFound(
        f"{gradebook.path}: {joined(people)} has no attempt {attempt}, but {existing}. "
        f"Name one with --attempt.{instead}"
    )


def _why_not(gradebook: Gradebook, row: ClassRow, is_earlier: bool, policy: CountPolicy) -> str:
    """Explain why there is no verdict, and what to do. is_earlier: a later attempt exists."""
    if row.reason is not None:
        code = row.reason.code
        return f"It could not be read ({code}): python -m grader explain {code} says what to do."
    if is_earlier and policy == "latest":
        again = f"python -m grader batch … --out {gradebook.path.parent} --count all"
        return f"Only the latest attempts were asked for: {again} grades the earlier ones, too."
    if row.trouble:
        return f"The grader failed ({row.trouble}). Run the batch again: it tries once more."
    return "It waits for grading. Run the batch again: it goes on where it ended."


def _unknown(gradebook: Gradebook, name: str, groups: set[tuple[str, ...]]) -> str:
    """Explain that nothing was submitted under this name."""
    on_roster = find_by_name(gradebook.roster(), name)
    if on_roster and any(on_roster.id in people for people in groups):
        return f"{name} is {on_roster.id} on the roster. Name that id."
    if on_roster:
        return f"{name} is on the roster, and handed in nothing."
    names = {each for people in groups for each in (*people, joined(people))}
    near = ", ".join(map(repr, get_close_matches(name, sorted(names))))
    nearest = f" The nearest: {near}." if near else ""
    page = gradebook.path.with_name("index.html")
    return (
        f"there is nothing of {name!r}.{nearest} All ids are on the class page, {page}; "
        "those of a group are joined by +."
    )


def _listed(groups: Iterable[tuple[str, ...]]) -> str:
    return ", ".join(map(joined, groups))
