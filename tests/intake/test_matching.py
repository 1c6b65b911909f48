"""Everybody who handed in is found on the roster, and nobody becomes somebody else."""

import re
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from grader.intake.entries import InvalidTable, RawSubmission
from grader.intake.matching import MatchedClass, match_submissions
from grader.intake.name_keys import key_of_name, name_keys
from grader.intake.roster import GITHUB, Roster
from grader.intake.roster_table import read_roster
from grader.model import Message, Person
from tests.support.invented_classes import (
    Student,
    gradescope_id,
    invent_class,
    lay_out,
)
from tests.support.submission_files import ALICE

CLASS = invent_class()

# What each platform says of a student: id, name and e-mail.
PEOPLE: dict[str, Callable[[Student], Person]] = {
    "canvas": lambda each: Person(each.canvas, re.sub(r"[^\w]", "", each.sortable.lower())),
    "moodle": lambda each: Person(each.moodle, each.name),
    "moodle_blind": lambda each: Person(each.moodle, f"Participant {each.moodle}"),
    "gradescope": lambda each: Person(gradescope_id(each), each.name, each.email),
    "blackboard": lambda each: Person(each.login, each.name),
    "brightspace": lambda each: Person(f"{each.brightspace} {each.name}", each.name),
    "classroom": lambda each: Person(each.github),
    "manifest": lambda each: Person(each.sis, each.name, each.email),
    "folders": lambda each: Person(each.login),
    "clones": lambda each: Person(each.github),  # not as GitHub Classroom names them
}
LAYOUTS = {"moodle_blind": "moodle", "folders": "folder", "clones": "folder"}
# Platforms and rosters that have ids or e-mails in common, and those with names alone.
BY_ID = [
    ("canvas", "canvas"),
    ("canvas", "canvas_decimal_comma"),
    ("moodle", "moodle"),
    ("moodle", "moodle_es"),
    ("moodle_blind", "moodle_blind"),
    ("moodle_blind", "moodle"),
    ("gradescope", "gradescope"),
    ("gradescope", "gradescope_names"),
    ("gradescope", "plain"),
    ("gradescope", "moodle"),
    ("blackboard", "canvas"),
    ("blackboard", "plain"),
    ("blackboard", "moodle"),
    ("classroom", "github"),
    ("manifest", "plain"),
    ("manifest", "canvas"),
    ("manifest", "moodle_es"),
    ("folders", "canvas"),
    ("clones", "github"),
]
BY_NAME = [
    ("canvas", "plain"),
    ("canvas", "excel"),
    ("moodle", "canvas"),
    ("brightspace", "plain"),
    ("brightspace", "canvas"),
    ("brightspace", "excel"),
]
# Of 84 people 10 handed in nothing by themselves, being absent or named by their group alone.
HANDED_IN = 74


def roster_of(tmp_path: Path, form: str) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(CLASS.roster(form))
    return read_roster(path)


def hand_ins(platform: str) -> list[tuple[RawSubmission, tuple[Student, ...]]]:
    person_of = PEOPLE[platform]
    return [
        (raw(*(person_of(student) for student in each.students)), each.students)
        for each in lay_out(CLASS, "folders" if platform == "clones" else platform).expected
    ]


def raw(*people: Person, is_stray: bool = False) -> RawSubmission:
    origin = "+".join(person.id for person in people)
    return RawSubmission(people, origin, Message("unread_kind"), is_stray=is_stray)


def student_of(person: Person, platform_roster: str) -> Student | None:
    """Return who has an id of this roster."""
    attribute = {"canvas": "canvas", "moodle": "moodle"}.get(platform_roster.split("_")[0], "sis")
    candidates = {getattr(each, attribute): each for each in CLASS.students}
    if platform_roster.startswith("gradescope"):
        candidates = {gradescope_id(each): each for each in CLASS.students}
    return candidates.get(person.id)


def match(
    platform: str, form: str, tmp_path: Path
) -> tuple[MatchedClass, list[tuple[Student, Student | None]]]:
    """Match a class, and pair each student with the one of the roster that they were taken for."""
    submissions = hand_ins(platform)
    layout = LAYOUTS.get(platform, platform)
    result = match_submissions(
        [submission for submission, _ in submissions], roster_of(tmp_path, form), layout
    )
    pairs = []
    for submission, (_, students) in zip(result.submissions, submissions, strict=True):
        found = {student_of(person, form) for person in submission.people}
        expected = set(students)
        if len(expected) == 1:
            pairs.append((expected.pop(), found.pop()))
        else:
            assert found == expected
    return result, pairs


@pytest.mark.parametrize(("platform", "form"), BY_ID)
def test_everybody_of_a_real_class_is_found_by_an_id(
    platform: str, form: str, tmp_path: Path
) -> None:
    result, pairs = match(platform, form, tmp_path)
    assert [(one.name, other) for one, other in pairs if one != other] == []
    number = 78 if platform in ("gradescope", "manifest") else HANDED_IN
    assert result.summary == f"{number} on the roster"
    by_address = (platform, form) == ("blackboard", "moodle")
    told = [
        notice for notice in result.notices if "left out, as they are no students" not in notice
    ]
    assert len(told) == by_address


@pytest.mark.parametrize(("platform", "form"), BY_NAME)
def test_everybody_else_is_found_by_name_unless_it_is_somebody_elses_too(
    platform: str, form: str, tmp_path: Path
) -> None:
    result, pairs = match(platform, form, tmp_path)
    others = {one for one, other in pairs if other is None}
    assert [(one.name, other) for one, other in pairs if other not in (one, None)] == []
    assert others == set(CLASS.namesakes)
    assert result.summary == "70 on the roster (70 by name), 4 not"
    assert any("Recognized by name alone: 70 (" in notice for notice in result.notices)
    assert any("Not on the roster: 4 (" in notice for notice in result.notices)


def test_they_become_the_people_of_the_roster(tmp_path: Path) -> None:
    result, _ = match("canvas", "canvas", tmp_path)
    assert result.submissions[1].people == (Person("12352", "José García"),)
    result, _ = match("canvas", "plain", tmp_path)
    jose = Person("0071014", "José García", "jgarcia1@example.edu")
    assert result.submissions[1].people == (jose,)


def test_what_the_roster_does_not_say_stays() -> None:
    result = matched([Person("alice", "Alice A", "a@x.edu")], Roster((Person("alice"),)))
    assert result.submissions[0].people == (Person("alice", "Alice A", "a@x.edu"),)


def matched(people: list[Person], roster: Roster, layout: str = "canvas") -> MatchedClass:
    return match_submissions([raw(person) for person in people], roster, layout)


def ids(result: MatchedClass) -> list[str]:
    return ["+".join(person.id for person in each.people) for each in result.submissions]


@pytest.mark.parametrize(
    "name", ["Jane Doe", "Doe, Jane", "doejane", "DOE JANE", "janedoe", "Jané  Döe", " jane-doe "]
)
def test_one_name_in_several_forms(name: str) -> None:
    roster = Roster((Person("7", "Jane Doe"), ALICE))
    assert ids(matched([Person("x", name)], roster)) == ["7"]


@pytest.mark.parametrize("name", ["Jane", "Jane D", "Jane Doe Smith", "Jan Edoe", "", "."])
def test_other_names(name: str) -> None:
    roster = Roster((Person("7", "Jane Doe"), ALICE))
    assert ids(matched([ALICE, Person("x", name)], roster)) == ["alice", "x"]


def test_the_keys_of_a_name() -> None:
    assert name_keys("Núñez de la Peña, María José") >= {
        "de jose la maria nunez pena",
        "nunezdelapenamariajose",
        "mariajosenunezdelapena",
    }
    assert name_keys("") == set()
    assert key_of_name("O'Neil, Sean") == key_of_name("Sean O\u2019Neil") == "oneil sean"
    assert key_of_name("王 小明") == "小明 王"


def test_a_group_is_matched_person_by_person() -> None:
    roster = Roster((Person("1", "Alice A"), Person("2", "Bob B")), {"1": ("zed",), "2": ("ann",)})
    result = match_submissions([raw(Person("zed"), Person("ann"))], roster, "gradescope")
    # Sorted by the ids of the roster, as the same people are one group whatever came first.
    assert [person.id for person in result.submissions[0].people] == ["1", "2"]
    assert result.summary == "2 on the roster"


# What students may choose for themselves must not make them somebody else.

ROSTER = Roster(
    (
        Person("1", "Alice Adams", "alice@x.edu"),
        Person("2", "Mallory Moe", "mallory@x.edu"),
        Person("3", "Carla Cruz", "carla@x.edu"),
    ),
    {"1": ("aadams",), "2": ("mmoe",), "3": ("ccruz",)},
)


@pytest.mark.parametrize(
    ("handed_in", "expected"),
    [
        # The name or the e-mail of somebody whose id handed in.
        ([Person("1"), Person("2", "Alice Adams")], ["1", "2"]),
        ([Person("1"), Person("2", email="alice@x.edu")], ["1", "gradescope:2"]),
        ([Person("1"), Person("9", "Alice Adams")], ["1", "9"]),
        ([Person("1"), Person("9", "Mallory Moe", "alice@x.edu")], ["1", "9"]),
        ([Person("1"), Person("alice@x.edu")], ["1", "gradescope:alice@x.edu"]),
        ([Person("1"), Person("aadams")], ["1", "gradescope:aadams"]),
        # The name of somebody who handed in under the same name.
        ([Person("3"), Person("8", "Alice Adams"), Person("9", "alice adams")], ["3", "8", "9"]),
        # Those who have an equal claim by an id leave nothing to a name.
        (
            [Person("3"), Person("AAdams"), Person("aADAMS"), Person("9", "Alice Adams")],
            ["3", "gradescope:AAdams", "gradescope:aADAMS", "9"],
        ),
        # An e-mail beats a name, and a login beats an e-mail.
        ([Person("8", "Carla Cruz", "alice@x.edu"), Person("9", "Alice Adams")], ["1", "9"]),
        ([Person("aadams"), Person("9", email="alice@x.edu")], ["1", "9"]),
        # The number of a classmate, beside one's own address: Gradescope lets students change it.
        ([Person("3"), Person("1", email="mallory@x.edu")], ["3", "gradescope:1"]),
        # Two addresses that differ in the part that a student chose.
        ([Person("3"), Person("alice@evil.com")], ["3", "alice@evil.com"]),
        ([Person("3"), Person("9", email="alice@evil.com")], ["3", "9"]),
    ],
)
def test_a_student_cannot_choose_to_be_somebody_else(
    handed_in: list[Person], expected: list[str]
) -> None:
    result = matched(handed_in, ROSTER, "gradescope")
    assert ids(result) == expected
    # Nor does anything exported look like somebody else's.
    for each in result.submissions:
        for person in each.people:
            assert person.id in ROSTER.by_id or person.email in ("", "alice@evil.com")
    if "evil" not in str(handed_in):
        told = ("Not taken for", "Several could be", "Taken for nobody", "On the roster under")
        assert any(notice.startswith(told) for notice in result.notices)


def test_the_first_part_of_an_address_is_a_login_only_where_the_course_gives_logins() -> None:
    numbers = Roster((Person("1", email="12345@x.edu"), Person("2", email="bo@x.edu")))
    assert ids(matched([Person("bo"), Person("12345")], numbers, "blackboard")) == ["2", "1"]
    result = matched([Person("2"), Person("12345")], numbers, "canvas")
    assert ids(result) == ["2", "12345"]  # the number of a Canvas user is another kind of number
    result = matched([Person("bo")], numbers, "folder")
    assert result.notices == ("Recognized by first part of the e-mail alone: 1 (bo is 2).",)


def test_a_name_at_github_is_chosen_and_no_id_of_the_course() -> None:
    """Whoever registers the number of a classmate as their name at GitHub stays who they are."""
    roster = Roster(ROSTER.people, {"1": (f"{GITHUB}Ally",), "2": (f"{GITHUB}1",)})
    assert ids(matched([Person("ally"), Person("1")], roster, "classroom")) == ["1", "2"]
    # The number of a classmate who handed in nothing, or has no name at GitHub on the roster.
    result = matched([Person("ally"), Person("3")], roster, "classroom")
    assert ids(result) == ["1", "classroom:3"]
    assert result.summary == "1 on the roster, 1 not"
    # Where nothing says whether a folder is named by an id or at GitHub, it is nobody's.
    result = matched([Person("ally"), Person("1")], roster, "folder")
    assert ids(result) == ["1", "folder:1"]
    assert result.notices[-1].startswith("Taken for nobody, because the id is that of ")
    # A roster without GitHub's names has their ids, or nobody's.
    assert ids(matched([Person("3"), Person("alice")], ROSTER, "classroom")) == ["3", "alice"]


def test_an_id_of_the_course_chosen_at_github_is_nobodys() -> None:
    """A roster that says nothing of GitHub has its names only if most are on it."""
    people = [Person("1"), Person("moe"), Person("ally")]
    with pytest.raises(InvalidTable, match=r"not the names at GitHub.*: 1 \(1\).*github_username"):
        matched(people, ROSTER, "classroom")
    assert ids(matched([Person("1"), Person("moe")], ROSTER, "classroom")) == ["1", "moe"]


def test_folders_may_be_named_by_names() -> None:
    assert ids(matched([Person("Adams_Alice"), Person("ccruz")], ROSTER, "folder")) == ["1", "3"]


def test_strays_take_no_place() -> None:
    """A text file of a name beside the submissions is not what that person handed in."""
    submissions = [
        raw(Person("x", "Alice Adams")),
        raw(Person("Alice Adams"), is_stray=True),
        raw(Person("ccruz"), is_stray=True),
        raw(Person("README"), is_stray=True),
    ]
    result = match_submissions(submissions, ROSTER, "manifest")
    assert ids(result) == ["1", "Alice Adams", "3", "README"]
    assert result.summary == "1 on the roster (1 by name)"


# What is told.


def test_zeros_that_a_spreadsheet_ate() -> None:
    roster = Roster((Person("0012345", "Jane Doe"), Person("777"), Person("Zoe")))
    result = matched([Person("777"), Person("12345"), Person("zoe")], roster)
    assert ids(result) == ["777", "12345", "zoe"]
    zeros = next(each for each in result.notices if "zeros" in each)
    assert "likely one person: 1 (12345 and 0012345)" in zeros
    assert "format the column as text" in zeros
    assert any("1 (zoe and Zoe). Upper and lower case" in each for each in result.notices)
    # It does not matter which of the two went through a spreadsheet.
    turned = Roster((Person("12345"), Person("777")))
    assert any(
        "0012345 and 12345" in each
        for each in matched([Person("777"), Person("0012345")], turned).notices
    )


def test_nobody_on_the_roster_handed_in() -> None:
    people = [Person(f"x{number}") for number in range(5)]
    roster = Roster(ROSTER.people, path="class.csv")
    with pytest.raises(InvalidTable) as refused:
        matched(people, roster)
    text = str(refused.value)
    assert text.startswith("class.csv: nobody on it has handed in anything here, so nothing was ")
    assert "Handed in by: x0, x1, x2. On the roster: 1, 2, 3." in text
    assert text.endswith("or leave out --roster.")
    with pytest.raises(InvalidTable, match=r"^The roster that an earlier call .* --fresh\.$"):
        matched(people, ROSTER)
    with pytest.raises(InvalidTable, match="12345 and 0012345"):
        matched([Person("12345")], Roster((Person("0012345"),)))
    with pytest.raises(InvalidTable, match="anonymous"):
        matched([Person("anon_Ab3dE")], roster)


def test_nothing_but_strays_is_no_reason_to_stop() -> None:
    result = match_submissions([raw(Person("README"), is_stray=True)], ROSTER, "folder")
    assert result.summary == "0 on the roster"


def test_ids_of_another_kind_are_noticed_by_the_names() -> None:
    """The numbers of one system may be those of other people in another."""
    others = [Person("1", "garcíajosé"), Person("2", "leekim"), Person("3", "roejane")]
    with pytest.raises(InvalidTable, match=r"its ids are those of other people.*1 is garcíajosé"):
        matched(others, ROSTER)
    # One name that differs may have been changed. It is told.
    result = matched([Person("1", "garcíajosé"), Person("2", "moemallory")], ROSTER)
    assert ids(result) == ["1", "2"]
    assert result.notices == (
        "On the roster under quite another name: 1 (1 garcíajosé, there Alice Adams).",
    )
    assert matched([Person("1", "adams-smithalice")], ROSTER).notices == ()
    # Names in another script say nothing.
    chinese = [Person("1", "王小明"), Person("2", "李雷"), Person("3", "韩梅梅")]
    assert ids(matched(chinese, ROSTER)) == ["1", "2", "3"]


def test_a_roster_knows_by_what_names_somebody_may_be_called() -> None:
    roster = Roster(ROSTER.people, {"1": ("aadams", f"{GITHUB}ally")})
    for name in ("1", "aadams", "Ally", "alice@x.edu", "alice", "Adams, Alice", "adamsalice"):
        assert roster.has(name), name
    for name in ("submissions", "hw1", "Alice", "", "x.edu"):
        assert roster.has(name) == (name == "Alice"), name


def test_a_large_class_takes_no_longer_for_each_person() -> None:
    """Both by ids and by names, which are compared through an index."""
    times = []
    for count in (1_000, 4_000):
        people = tuple(Person(str(n), f"Given{n} Family{n}") for n in range(count))
        strangers = [raw(Person(f"x{n}", f"family{n}given{n}")) for n in range(count)]
        started = perf_counter()
        result = match_submissions(strangers, Roster(people), "canvas")
        times.append(perf_counter() - started)
        assert result.summary == f"{count} on the roster ({count} by name)"
    assert times[1] < 12 * times[0]
