"""Gives what was handed in to the people of the roster, and says how they were recognized."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from grader.intake.entries import InvalidTable, RawSubmission
from grader.intake.name_keys import may_be_one_person
from grader.intake.names import MAX_LISTED, first_few
from grader.intake.roster import (
    ADDRESS,
    EMAIL,
    GITHUB,
    ID,
    NAME,
    OTHER_ID,
    Matching,
    Roster,
    Way,
    match_people,
)
from grader.model import Person

# Ids that agree although the names of most people differ are ids of another kind. Fewer people
# than these say nothing.
MIN_OTHER_NAMES = 3


class MatchedClass(NamedTuple):
    """What was handed in, with the roster's people where they are on it."""

    submissions: list[RawSubmission]
    # How many are on the roster: the end of the sentence that says what was found.
    summary: str
    # Sentences for the person who runs the command.
    notices: tuple[str, ...]


def match_submissions(
    submissions: Sequence[RawSubmission], roster: Roster, layout: str
) -> MatchedClass:
    """Replace all people by those of the roster, where they are on it: see match_people.

    Raises InvalidTable if nobody is, or if ids agree and names do not: then the roster is that of
    another class, or has ids of another kind.
    """
    hand_ins = [each for each in submissions if not each.is_stray]
    matching = match_people(roster, _people(hand_ins), layout)
    if hand_ins and not matching.people:
        raise _nobody_matched(roster, matching.others)
    if layout == "classroom" and not roster.has_github_names:
        _require_names_at_github(roster, matching)
    other_names = [
        (person, matching.people[person.id][0])
        for person in _distinct(_people(hand_ins))
        if person.id in matching.people and _has_other_name(person, *matching.people[person.id])
    ]
    if len(other_names) >= max(MIN_OTHER_NAMES, len(matching.people) / 2):
        raise _other_names(roster, other_names)
    # Strays are attributed as well, but never take a place from what was handed in.
    strays = (each for each in submissions if each.is_stray)
    of_strays = match_people(roster, _people(strays), layout, matching)
    found = {**matching.people, **of_strays.people}
    everybody = {id: person for id, (person, _) in found.items()}
    return MatchedClass(
        [_with_roster(each, everybody, roster, layout) for each in submissions],
        _summary(matching),
        (*roster.notices, *_notices(roster, matching, other_names)),
    )


def _people(submissions: Iterable[RawSubmission]) -> Iterator[Person]:
    return (person for each in submissions for person in each.people)


def _distinct(people: Iterable[Person]) -> list[Person]:
    """Return everybody once, by their ids."""
    return list({person.id: person for person in people}.values())


def _with_roster(
    submission: RawSubmission, matched: Mapping[str, Person], roster: Roster, layout: str
) -> RawSubmission:
    """Replace people by those on the roster. What the roster does not say of them stays."""
    people = []
    for person in submission.people:
        if person.id in matched:
            people.append(_merged(person, matched[person.id]))
        else:
            people.append(_stranger(person, roster, layout))
    return submission._replace(people=tuple(sorted(people, key=lambda person: person.id)))


def _stranger(person: Person, roster: Roster, layout: str) -> Person:
    """Return somebody who is not on the roster without an id or e-mail that is somebody's there.

    Whoever reads the exported grades would take one for the other.
    """
    id, email = person.id, person.email
    names = Person(id)
    if any(
        key in roster.index(way) for way in (ID, OTHER_ID, EMAIL) for key in way.own_keys(names)
    ):
        id = f"{layout}:{id}"
    if email.casefold() in roster.index(EMAIL):
        email = ""
    return replace(person, id=id, email=email)


def _merged(person: Person, on_roster: Person) -> Person:
    if on_roster.name and on_roster.email:
        return on_roster
    return Person(on_roster.id, on_roster.name or person.name, on_roster.email or person.email)


def _has_other_name(person: Person, on_roster: Person, way: Way) -> bool:
    """Whether somebody's id is on the roster, and their name is not at all what it says there."""
    if way is NAME or not person.name or not on_roster.name:
        return False
    if person.id in person.name:  # blind marking: Participant 42
        return False
    return not may_be_one_person(person.name, on_roster.name)


def _summary(matching: Matching) -> str:
    by_name = sum(way is NAME for _, way in matching.people.values())
    text = f"{len(matching.people)} on the roster"
    if by_name:
        text += f" ({by_name} by name)"
    return f"{text}, {len(matching.others)} not" if matching.others else text


def _notices(
    roster: Roster, matching: Matching, other_names: Sequence[tuple[Person, Person]]
) -> Iterator[str]:
    for way in (ADDRESS, NAME):
        pairs = [
            f"{id} is {person.id}" for id, (person, how) in matching.people.items() if how is way
        ]
        if pairs:
            yield f"Recognized by {way.name} alone: {_count_and_few(pairs)}."
    if other_names:
        pairs = [f"{person.id} {person.name}, there {other.name}" for person, other in other_names]
        yield f"On the roster under quite another name: {_count_and_few(pairs)}."
    if matching.others:
        yield f"Not on the roster: {_count_and_few([person.id for person in matching.others])}."
    if matching.torn:
        names = _count_and_few([f"{person.id} {person.email}".strip() for person in matching.torn])
        yield (
            "Taken for nobody, because the id is that of one person on the roster, and the e-mail "
            f"or the name at GitHub that of another: {names}."
        )
    for id, claimants in matching.disputed.items():
        yield _dispute(roster.by_id[id], claimants, matching)
    if matching.others:
        yield from _likely_pairs(roster, matching.others)


def _dispute(on_roster: Person, claimants: Sequence[Person], matching: Matching) -> str:
    """Say who might be somebody on the roster, and was not taken for them."""
    ids = _count_and_few([person.id for person in claimants])
    name = f"{on_roster.id} {on_roster.name}".strip()
    owner = next((id for id, (each, _) in matching.people.items() if each == on_roster), None)
    if owner:
        return (
            f"Not taken for {name} on the roster, whose work is that of {owner}, "
            f"although an e-mail, a login or a name agrees: {ids}."
        )
    return (
        f"Several could be {name} on the roster, and none was taken for them: {ids}. "
        "Give the roster a column with the platform's ids."
    )


def _likely_pairs(roster: Roster, others: Sequence[Person]) -> Iterator[str]:
    """Name ids that differ in nothing but what a spreadsheet changes."""
    reasons = {
        "A spreadsheet drops zeros at the beginning of a number: format the column as text": (
            lambda id: id.lstrip("0") if id.isdigit() else ""
        ),
        "Upper and lower case make different ids: write them alike": str.casefold,
    }
    for reason, key_of in reasons.items():
        index = {key_of(id): id for person in roster.people for id in _ids(roster, person)}
        pairs = [
            f"{person.id} and {index[key]}"
            for person in others
            if (key := key_of(person.id)) and index.get(key, person.id) != person.id
        ]
        if pairs:
            yield (
                f"Handed in and on the roster, likely one person: {_count_and_few(pairs)}. "
                f"{reason}, and run this again."
            )


def _ids(roster: Roster, person: Person) -> list[str]:
    others = roster.other_ids.get(person.id, ())
    return [person.id, *(each for each in others if not each.startswith(GITHUB))]


def _nobody_matched(roster: Roster, others: Sequence[Person]) -> InvalidTable:
    handed_in = ", ".join(sorted(person.id for person in others)[:MAX_LISTED])
    listed = ", ".join(person.id for person in roster.people[:MAX_LISTED])
    pairs = "".join(f" {sentence}" for sentence in _likely_pairs(roster, others))
    return InvalidTable(
        f"{_name_of(roster)}: nobody on it has handed in anything here, so nothing was graded. "
        f"Handed in by: {handed_in}. On the roster: {listed}.{pairs} {_advice(roster, others)}"
    )


def _other_names(roster: Roster, pairs: Sequence[tuple[Person, Person]]) -> InvalidTable:
    listed = "; ".join(
        f"{person.id} is {person.name}, and {other.name} on the roster"
        for person, other in pairs[:MAX_LISTED]
    )
    return InvalidTable(
        f"{_name_of(roster)}: its ids are those of other people, so nothing was graded: {listed}. "
        f"{_advice(roster, [])} If they are right, take the names out of the list."
    )


def _require_names_at_github(roster: Roster, matching: Matching) -> None:
    """Raise InvalidTable if few names at GitHub are ids of a roster, which says nothing of GitHub.

    Whoever chose an id of the course as a name there would be taken for somebody else.
    """
    if len(matching.people) >= len(matching.others):
        return
    pairs = _count_and_few(list(matching.people))
    raise InvalidTable(
        f"{_name_of(roster)}: its ids are not the names at GitHub, so nothing was graded. Only "
        f"these are on it: {pairs}. Everybody chooses their own name there: give the list a column "
        f"github_username, or {_instead(roster)}."
    )


def _name_of(roster: Roster) -> str:
    return roster.path or "The roster that an earlier call was given"


def _advice(roster: Roster, others: Sequence[Person]) -> str:
    instead = _instead(roster)
    if others and all(person.id.startswith("anon_") for person in others):
        return (
            "These hand-ins are anonymous, and no roster has such ids: "
            f"{instead}, or download them with names."
        )
    return (
        "Give the list of this class with the ids of the platform, such as its own export "
        f"(Canvas: the gradebook; Moodle: the grading worksheet), or {instead}."
    )


def _instead(roster: Roster) -> str:
    return "leave out --roster" if roster.path else "start over with --fresh"


def _count_and_few(texts: Sequence[str]) -> str:
    return f"{len(texts)} ({first_few(texts)})"
