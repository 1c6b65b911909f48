"""Which submission of a run is meant by a person's id, or a group's ids, and perhaps an attempt."""

from collections.abc import Iterable
from difflib import get_close_matches

from grader.class_row import Attempts, ClassRow
from grader.gradebook.class_list import counting, counting_attempt, ids_of, row
from grader.gradebook.record import Entry, Gradebook
from grader.intake import SubmissionNotFound
from grader.model import Submission
from grader.verdict import Verdict


def find_submission(
    gradebook: Gradebook, name: str, attempt: int | None
) -> tuple[Submission, Verdict]:
    """What was handed in, and how it ended. name: an id, or all of a group joined by +, in any order; attempt: None for what counts.

    Raises SubmissionNotFound where there is no such thing, where it may be one of several, and where it has no verdict.
    """
    groups = groups_of(gradebook, name)
    people = one_of(gradebook, name, groups)
    attempts, numbers = (
        counting(gradebook),
        sorted({entry.handed_in.attempt for entry in groups[people]}),
    )
    asked = [entry for entry in groups[people] if attempt in (None, entry.handed_in.attempt)]
    if not asked:
        known = ", ".join(map(str, numbers))
        others = [each for each in groups if each != people]
        instead = f" Or name, instead of {name}: {listed(others)}." * bool(others)
        raise SubmissionNotFound(
            f"{gradebook.path}: {joined(people)} has no attempt {attempt}, but {known}. Name one with --attempt.{instead}"
        )
    if (
        attempt is not None
    ):  # what was graded, and be it gone, before what took its place and could not be
        asked = [entry for entry in asked if entry.verdict is not None] or asked
    known_rows = {each.row: each for each in gradebook.standings()}
    number = counting_attempt((known_rows[entry.row] for entry in asked), attempts).row
    handed_in, best = next((entry.handed_in, row(entry)) for entry in asked if entry.row == number)
    if not isinstance(handed_in, Submission) or best.verdict is None:
        is_earlier = best.attempt < numbers[-1]
        what = f"attempt {best.attempt} of {joined(people)} has no verdict to compare with"
        raise SubmissionNotFound(
            f"{gradebook.path}: {what}. {why_not(gradebook, best, is_earlier, attempts)}"
        )
    return handed_in, best.verdict


def groups_of(gradebook: Gradebook, name: str) -> dict[tuple[str, ...], list[Entry]]:
    """What the people handed in who may be meant, by their ids: a person alone, or a group.

    Only those with something to grade, if there are any."""
    known = {tuple(person.id for person in people) for people in gradebook.people()}
    groups = {
        people: entries_of(gradebook, people) for people in sorted(known) if is_called(people, name)
    }
    if not groups:
        raise SubmissionNotFound(f"{gradebook.path}: {unknown(gradebook, name, known)}")
    return {
        people: entries
        for people, entries in groups.items()
        if any(isinstance(each.handed_in, Submission) for each in entries)
    } or groups


def is_called(people: tuple[str, ...], name: str) -> bool:
    return name in people or (
        len(people) > 1 and sorted(name.split("+")) == sorted(joined(people).split("+"))
    )


def entries_of(gradebook: Gradebook, people: tuple[str, ...]) -> list[Entry]:
    rows = [number for _, number in gradebook.rows_of(people[0])]
    return [
        entry
        for number in rows
        for entry in gradebook.entries(number)
        if ids_of(entry.handed_in) == people
    ]


def one_of(
    gradebook: Gradebook, name: str, groups: dict[tuple[str, ...], list[Entry]]
) -> tuple[str, ...]:
    """Who is called that comes before groups in which somebody is. Raises SubmissionNotFound where there are several such groups."""
    called = [people for people in groups if joined(people) == name] or list(groups)
    best = min(called, key=len)
    if len(called) > 1 and joined(best) != name:
        raise SubmissionNotFound(
            f"{gradebook.path}: {name} is in several groups. Name the one that is meant, instead of {name}: {listed(groups)}."
        )
    return best


def why_not(gradebook: Gradebook, best: ClassRow, is_earlier: bool, attempts: Attempts) -> str:
    """Why there is no verdict, and what to do. is_earlier: there is a later attempt of the same people."""
    if best.reason is not None:
        return f"It could not be read ({best.reason.code}): python -m grader explain {best.reason.code} says what to do."
    if is_earlier and attempts == "latest":
        again = f"python -m grader batch … --out {gradebook.path.parent} --count all"
        return f"Only the latest attempts were asked for: {again} grades the earlier ones, too."
    if best.trouble:
        return f"The grader failed ({best.trouble}). Run the batch again: it tries once more."
    return "It waits for grading. Run the batch again: it goes on where it ended."


def unknown(gradebook: Gradebook, name: str, known: set[tuple[str, ...]]) -> str:
    if any(person.id == name for person in gradebook.roster()):
        return f"{name} is on the roster, and handed in nothing."
    names = {name for people in known for name in (*people, joined(people))}
    near = ", ".join(map(repr, get_close_matches(name, sorted(names))))
    nearest = f" The nearest: {near}." * bool(near)
    page = gradebook.path.with_name("index.html")
    return f"there is nothing of {name!r}.{nearest} All ids are on the class page, {page}; those of a group are joined by +."


def joined(people: tuple[str, ...]) -> str:
    """As the name of their page is made."""
    return "+".join(people)


def listed(groups: Iterable[tuple[str, ...]]) -> str:
    return ", ".join(map(joined, groups))
