"""The roster: who takes the course, and which of them handed in what."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from grader.intake.name_keys import key_of_name, name_keys
from grader.model import Person

# What begins a user name at GitHub among the other ids of a person. Everybody chooses their own
# there, so it is never compared with an id that the course gives.
GITHUB = "github:"
SHARED = ""  # in place of an id: a key that several people have


@dataclass(frozen=True)
class Roster:
    """Everybody who takes the course."""

    people: tuple[Person, ...]
    # What else each of them is called, such as a login, by their id.
    other_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # The file it was read from; empty for the roster in a gradebook.
    path: str = ""
    # Sentences for the person who runs the command, about lines that were left out.
    notices: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether a file or folder of this name may be somebody's: by an id, an e-mail, a name.

        Case does not matter here, although `alice` is not matched with `Alice`.
        """
        person = Person(name)
        return name.casefold() in self._folded_ids or any(
            key in self.index(way) for way in (ID, *OTHER_WAYS) for key in way.own_keys(person)
        )

    def index(self, way: "Way") -> Mapping[str, str]:
        """Return the id of the person behind each key, or SHARED if there are several."""
        if way not in self._indexes:
            index: dict[str, str] = {}
            for person in self.people:
                for key in way.roster_keys(person, self.other_ids.get(person.id, ())):
                    if index.setdefault(key, person.id) != person.id:
                        index[key] = SHARED
            self._indexes[way] = index
        return self._indexes[way]

    @cached_property
    def by_id(self) -> Mapping[str, Person]:
        return {person.id: person for person in self.people}

    @cached_property
    def _folded_ids(self) -> frozenset[str]:
        return frozenset(person.id.casefold() for person in self.people)

    @cached_property
    def has_github_names(self) -> bool:
        return any(each.startswith(GITHUB) for ids in self.other_ids.values() for each in ids)

    @cached_property
    def _indexes(self) -> dict["Way", Mapping[str, str]]:
        return {}


class Way(NamedTuple):
    """A way to recognize somebody: they are who on the roster has the same key.

    A key that several people on the roster have says nothing.
    """

    name: str
    # Of somebody on the roster with these other ids.
    roster_keys: Callable[[Person, Sequence[str]], Iterable[str]]
    # Of somebody who handed in.
    own_keys: Callable[[Person], Iterable[str]]


class Matching(NamedTuple):
    """Who of the roster handed in."""

    # By the id that the platform gave: the person on the roster, and how they were recognized.
    people: Mapping[str, tuple[Person, Way]]
    # Several ids that would be the same person, by the id on the roster. None of these is matched.
    disputed: Mapping[str, tuple[Person, ...]]
    # Those whose id is of one person on the roster, and something else of another: none of both.
    torn: tuple[Person, ...]
    # All who are not matched.
    others: tuple[Person, ...]


NOBODY = Matching({}, {}, (), ())


def match_people(
    roster: Roster, people: Iterable[Person], layout: str, earlier: Matching = NOBODY
) -> Matching:
    """Find those who handed in on the roster.

    `layout` is that of the source: it decides which ids can be trusted. `earlier` has people who
    are matched already. An id of somebody who is not matched may still be that of somebody on the
    roster; nothing of theirs may be stored under it.

    Ids are compared first, names last. Somebody on the roster is matched with one id that handed
    in, by the surest way: a student may choose a name or an e-mail, and it must not make them
    somebody else, nor take somebody else's place. Where several ids have an equal claim, or a key
    belongs to several people on the roster, nobody is matched.
    """
    distinct: dict[str, Person] = {}  # of several with one id, the first
    for person in people:
        distinct.setdefault(person.id, person)
    rest = [person for id, person in distinct.items() if id not in earlier.people]
    torn: list[Person] = []
    if layout == "gradescope":
        torn = [person for person in rest if _is_torn(roster, person)]
        rest = [person for person in rest if not _is_torn(roster, person)]
    matched: dict[str, tuple[Person, Way]] = {}
    taken = {person.id for person, _ in earlier.people.values()}
    disputed = defaultdict[str, tuple[Person, ...]](tuple)
    others: list[Person] = []
    for way in _ways(roster, layout):
        claims, unclear, rest = _claims(roster, rest, way)
        torn += unclear
        for id, claimants in claims.items():
            if id in taken or id in disputed or len(claimants) > 1:
                disputed[id] += tuple(claimants)
                others += claimants
            else:
                taken.add(id)
                matched[claimants[0].id] = roster.by_id[id], way
    return Matching(matched, disputed, tuple(torn), (*others, *torn, *rest))


def find_by_name(roster: Roster, name: str) -> Person | None:
    """Return the person on the roster who is called so, by any id, e-mail or name."""
    for person, _ in match_people(roster, [Person(name)], "folder").people.values():
        return person
    return None


def compare_with_roster(
    roster: Roster, groups: Iterable[tuple[Person, ...]]
) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """Return the people on the roster who submitted nothing, and those who did but are not on it.

    `groups` has the people of each submission, who have ids of the roster if they were matched when
    they were read. Everyone is returned once.
    """
    matching = match_people(roster, (person for people in groups for person in people), STORED)
    present = {person.id for person, _ in matching.people.values()}
    missing = tuple(person for person in roster.people if person.id not in present)
    return missing, matching.others


def _claims(
    roster: Roster, people: Sequence[Person], way: Way
) -> tuple[Mapping[str, list[Person]], list[Person], list[Person]]:
    """Return who claims to be whom on the roster, by their id; who claims to be several people
    there; and who claims to be nobody."""
    claims = defaultdict[str, list[Person]](list)
    torn = []
    rest = []
    index = roster.index(way) if people else {}
    if not index:
        return claims, [], list(people)
    for person in people:
        ids = {index[key] for key in way.own_keys(person) if key in index} - {SHARED}
        if len(ids) > 1:
            torn.append(person)
        elif ids:
            claims[ids.pop()].append(person)
        else:
            rest.append(person)
    return claims, torn, rest


def _is_torn(roster: Roster, person: Person) -> bool:
    """Whether an id and an e-mail are those of two people on the roster.

    At Gradescope students can change the number that stands beside their address.
    """
    ids = {roster.index(way).get(key) for way in (ID, EMAIL) for key in way.own_keys(person)}
    return len(ids - {None, SHARED}) > 1


def _ways(roster: Roster, layout: str) -> Sequence[Way]:
    """Return how to recognize people in a source of this layout, the surest way first."""
    if layout == "classroom":
        return (GITHUB_NAME,) if roster.has_github_names else (ID,)
    if layout in NAMED_BY_PEOPLE:
        return (ID_OR_GITHUB_NAME, OTHER_ID, EMAIL, ADDRESS, NAME)
    if layout == "blackboard":
        return (ID, OTHER_ID, EMAIL, ADDRESS, NAME)
    if layout == STORED:
        return (ID, EMAIL)
    return (ID, OTHER_ID, EMAIL, NAME)


def _github_names(person: Person, others: Sequence[str]) -> list[str]:
    return [each.casefold() for each in others if each.startswith(GITHUB)]


def _addresses(person: Person, others: Sequence[str]) -> list[str]:
    """A login may be an e-mail address as well."""
    return [each.casefold() for each in (person.email, person.id, *others) if "@" in each]


def _own_addresses(person: Person) -> list[str]:
    return [each.casefold() for each in (person.email, person.id) if "@" in each]


ID = Way("id", lambda person, _: (person.id,), lambda person: (person.id,))
GITHUB_NAME = Way("GitHub name", _github_names, lambda person: (GITHUB + person.id.casefold(),))
# What is the id of one and the GitHub name of another is neither's.
ID_OR_GITHUB_NAME = Way(
    "id",
    lambda person, others: (person.id, *_github_names(person, others)),
    lambda person: (person.id, GITHUB + person.id.casefold()),
)
OTHER_ID = Way(
    "login",
    lambda _, others: (each.casefold() for each in others if not each.startswith(GITHUB)),
    lambda person: (person.id.casefold(),),
)
EMAIL = Way("e-mail", _addresses, _own_addresses)
# A login is often the first part of the address.
ADDRESS = Way(
    "first part of the e-mail",
    lambda person, others: (each.partition("@")[0] for each in _addresses(person, others)),
    lambda person: (person.id.casefold(),),
)
NAME = Way(
    "name",
    lambda person, _: name_keys(person.name),
    lambda person: filter(None, (key_of_name(person.name or person.id),)),
)
OTHER_WAYS = (GITHUB_NAME, OTHER_ID, EMAIL, ADDRESS, NAME)
# Layouts in which the course names files and folders, by whatever it calls people.
NAMED_BY_PEOPLE = ("folder", "manifest")
STORED = "stored"  # in a gradebook, in place of a layout
