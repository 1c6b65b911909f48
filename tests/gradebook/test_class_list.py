"""Rows of a class: which attempt counts, who is missing, who is alike, and a page for everybody."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from grader.assignment.key_file import decode_key, encode_key
from grader.class_row import Attempts, ClassRow, duplicate_groups, ids_in_several_groups
from grader.gradebook.class_list import class_list, counting, page_path
from grader.gradebook.database import NAME
from grader.gradebook.fingerprint import fingerprint
from grader.gradebook.lookup import find_submission
from grader.gradebook.record import FrozenKey, Gradebook, Graded
from grader.model import Message, Person, Submission, Unreadable
from grader.verdict import Verdict
from tests.support.grading import make_key
from tests.support.verdicts import make_finding, verdict_of

ALICE, BOB, ZOE = Person("alice"), Person("bob", email="Bob@x.edu"), Person("zoe")


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    made = Gradebook(tmp_path / NAME, writing=True)
    made.begin("here", "1/1", {"attempts": "best"}, {})
    data = encode_key(make_key())
    made.freeze(FrozenKey(decode_key(data), data, "7", False, "softmax", ()))
    return made


def hand_in(
    gradebook: Gradebook,
    person: Person,
    source: bytes,
    attempt: int = 1,
    score: float | None = None,
    undecided: float = 0,
) -> None:
    submission = Submission("softmax.py", source, source.hex(), people=(person,), attempt=attempt)
    list(gradebook.take_in([submission]))
    ((row,),) = gradebook.ask("SELECT max(id) FROM submissions")
    if score is not None:
        verdict: Verdict = msgspec.structs.replace(
            verdict_of(make_finding()), score=score, possible=100.0, undecided=undecided
        )
        frozen = gradebook.frozen()
        assert frozen is not None
        gradebook.add(
            row,
            frozen.key.sha256,
            "1",
            Graded(
                score, 100.0, undecided, fingerprint(source), "full", msgspec.json.encode(verdict)
            ),
        )


def counted(gradebook: Gradebook, attempts: Attempts) -> list[int]:
    return [row.attempt for row in class_list(gradebook, attempts) if row.counts]


def test_which_attempt_counts(gradebook: Gradebook) -> None:
    for attempt, score in ((1, 60.0), (2, 90.0), (3, 90.0), (4, 30.0)):
        hand_in(gradebook, ALICE, b"%d" % attempt, attempt, score)
    assert counted(gradebook, "latest") == [4]
    assert counted(gradebook, "best") == [3]
    assert counted(gradebook, "all") == [1, 2, 3, 4]
    assert counting(gradebook) == "best"


def test_points_that_a_person_has_to_decide_on_may_make_it_the_best(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, b"1", 1, 90.0)
    hand_in(gradebook, ALICE, b"2", 2, 85.0, undecided=10.0)
    assert counted(gradebook, "best") == [2]


def test_one_that_cannot_be_read_is_not_the_best_but_may_be_the_latest(
    gradebook: Gradebook,
) -> None:
    hand_in(gradebook, ALICE, b"1", 1, 0.0)
    list(gradebook.take_in([Unreadable((ALICE,), "alice.rar", Message("unread_kind"), attempt=2)]))
    assert counted(gradebook, "best") == [1]
    assert counted(gradebook, "latest") == [2]


def test_what_lies_beside_it_unreadable_hides_nothing(gradebook: Gradebook) -> None:
    """notes.txt beside softmax.py, for the same attempt: both are told, and the one that was graded counts."""
    source, stray = (
        Submission("softmax.py", b"1", "a1", people=(ALICE,)),
        Unreadable((ALICE,), "alice.txt", Message("unread_kind")),
    )
    list(gradebook.take_in([source, stray]))
    gradebook.begin("here", {}, {})
    list(gradebook.take_in([source, stray]))
    for attempts in ("latest", "best"):
        rows = list(class_list(gradebook, attempts))
        assert sorted((row.status, row.counts) for row in rows) == [
            ("unreadable", False),
            ("waiting", True),
        ]
    key = gradebook.frozen()
    assert key is not None
    assert gradebook.waiting(key.key.sha256, "1") == [1]


def test_what_each_status_means(gradebook: Gradebook) -> None:
    hand_in(gradebook, Person("a"), b"a", score=50.0)
    hand_in(gradebook, Person("b"), b"b", score=50.0, undecided=5.0)
    hand_in(gradebook, Person("c"), b"c")
    hand_in(gradebook, Person("d"), b"d")
    gradebook.add_trouble(4, "no memory")
    list(gradebook.take_in([Unreadable((Person("e"),), "e.rar", Message("unread_kind"))]))
    gradebook.call_roll([Person("a"), Person("f")])
    gradebook.mark("read")
    rows = list(class_list(gradebook, "latest"))
    assert [row.status for row in rows] == [
        "graded",
        "undecided",
        "waiting",
        "trouble",
        "unreadable",
        "missing",
    ]
    assert [bool(row.page) for row in rows] == [True, True, False, False, True, False]
    assert rows[3].trouble == "no memory"
    assert rows[4].reason == Message("unread_kind")
    assert rows[5].people == (Person("f"),)


def test_somebody_on_the_roster_is_known_by_an_address_too(gradebook: Gradebook) -> None:
    hand_in(gradebook, BOB, b"b", score=1.0)
    gradebook.call_roll([Person("4711", email="bob@X.edu"), ZOE])
    gradebook.mark("read")
    assert [row.people for row in class_list(gradebook, "latest") if row.status == "missing"] == [
        (ZOE,)
    ]


def test_who_is_not_on_the_roster_is_told(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, b"a", score=1.0)
    list(
        gradebook.take_in(
            [
                Submission("softmax.py", b"b", "b", people=(BOB, ZOE)),
                Unreadable((Person("README"),), "R", Message("m")),
            ]
        )
    )
    assert [row.not_on_roster for row in class_list(gradebook, "latest")] == [
        (),
        (),
        (),
    ]  # nobody says who should be there
    gradebook.call_roll([ZOE])
    told = {row.people: row.not_on_roster for row in class_list(gradebook, "latest")}
    assert told == {(ALICE,): ("alice",), (BOB, ZOE): ("bob",), (Person("README"),): ()}


@pytest.mark.parametrize(
    ("shards", "whole"),
    [
        (["here 1/1"], True),
        (["here 1/2"], False),
        (["here 1/2", "there 2/2"], True),
        (["here 1/2", "here 2/3", "here 3/3"], False),
        (["here 1/3", "here 1/1"], True),
        (["here 1/2", "late 1/1"], False),
        (["here 1/1", "late 1/1"], True),
        ([], False),
    ],
)
def test_nobody_is_missing_from_a_part(tmp_path: Path, shards: list[str], whole: bool) -> None:
    gradebook = Gradebook(tmp_path / NAME, writing=True)
    for source, shard in map(str.split, shards):
        gradebook.begin(source, shard, {}, {})
        gradebook.mark("read")
    gradebook.begin("here", {}, {})  # cut off: it says nothing of who is there
    gradebook.call_roll([ZOE])
    assert [row.status for row in class_list(gradebook, "latest")] == ["missing"] * whole


def test_what_is_not_there_any_more_does_not_count(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, b"1", 1, score=30.0)
    hand_in(gradebook, ALICE, b"2", 2, score=90.0)
    hand_in(gradebook, BOB, b"3", score=50.0)
    gradebook.mark("read")
    gradebook.begin("elsewhere", "1/1", {}, {})  # another source says nothing of this one
    gradebook.mark("read")
    gradebook.begin("here", "1/2", {}, {})  # nor does a part
    gradebook.mark("read")
    gradebook.begin("here", {}, {})  # nor a reading that was cut off
    assert [(row.attempt, row.counts) for row in class_list(gradebook, "latest")] == [
        (1, False),
        (2, True),
        (1, True),
    ]
    list(gradebook.take_in([Submission("softmax.py", b"1", b"1".hex(), people=(ALICE,))]))
    gradebook.mark("read")
    gradebook.call_roll([BOB])
    rows = list(class_list(gradebook, "latest"))
    assert [(row.people, row.attempt, row.status, row.found, row.counts) for row in rows] == [
        ((ALICE,), 1, "graded", True, True),
        ((ALICE,), 2, "gone", False, False),
        ((BOB,), 1, "gone", False, True),
    ]
    assert rows[2] == ClassRow((BOB,), 1, "gone", counts=True, found=False), (
        "only that it was there"
    )
    assert [page_path(told.people, told.attempt) for told in gradebook.told_of()] == [rows[0].page]
    assert find_submission(gradebook, "bob", None)[1].score == 50, "its verdict is still known"


@pytest.mark.parametrize(("attempts", "told"), [("latest", [3]), ("best", [2]), ("all", [1, 2, 3])])
def test_of_people_who_are_gone_the_attempt_is_told_that_would_count(
    gradebook: Gradebook, attempts: Attempts, told: list[int]
) -> None:
    for attempt, score in ((1, 30.0), (2, 90.0), (3, 50.0)):
        hand_in(gradebook, ALICE, b"%d" % attempt, attempt, score)
    list(gradebook.take_in([Unreadable((BOB,), "bob.rar", Message("unread_archive"))]))
    gradebook.mark("read")
    gradebook.begin("here", {}, {})
    gradebook.call_roll([ALICE, ZOE])
    gradebook.mark("read")
    rows = list(class_list(gradebook, attempts))
    assert [row.status for row in rows] == ["gone", "gone", "gone", "gone", "missing"]
    assert [row.attempt for row in rows if row.counts] == [*told, 1, 0]
    assert [row.not_on_roster for row in rows if row.people == (BOB,)] == [()], (
        "what nobody could read is of nobody on a roster, or off it"
    )
    assert not [row for row in rows if row.reason or row.page or row.likeness or row.verdict]
    assert list(gradebook.told_of()) == []


def test_who_is_there_again_is_not_gone(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, b"1", score=30.0)
    gradebook.mark("read")
    for hand_ins, status in ((0, "gone"), (1, "graded")):
        gradebook.begin("here", {}, {})
        for _ in range(hand_ins):
            hand_in(gradebook, ALICE, b"1")
        gradebook.mark("read")
        (alice,) = class_list(gradebook, "latest")
        assert (alice.status, alice.counts, bool(alice.page)) == (status, True, status == "graded")


def test_the_roster_tells_names_that_nobody_else_tells(gradebook: Gradebook) -> None:
    people = (
        Person("alice"),
        Person("bob", "Bob himself", "Bob@x.edu"),
        Person("carl", email="dora@x.edu"),
    )
    list(gradebook.take_in([Submission("softmax.py", b"1", "1", people=people)]))
    gradebook.call_roll(
        [
            Person("alice", "Alice A.", "a@x.edu"),
            Person("bob", "Robert", "r@x.edu"),
            Person("dora", "Dora", "dora@x.edu"),
        ]
    )
    (row,) = class_list(gradebook, "latest")
    assert row.people == (Person("alice", "Alice A.", "a@x.edu"), people[1], people[2])


def test_attempts_are_those_of_the_latest_reading_of_the_same_people(gradebook: Gradebook) -> None:
    """Another download has one attempt only, which is the newest: the second of the one before is no later one."""
    hand_in(gradebook, ALICE, b"1", 1, score=30.0)
    hand_in(gradebook, ALICE, b"2", 2, score=65.0)
    hand_in(gradebook, BOB, b"3", score=50.0)
    gradebook.mark("read")
    gradebook.begin("another download", "1/1", {}, {})
    hand_in(gradebook, ALICE, b"4", 1, score=100.0)
    gradebook.mark("read")
    assert [(row.attempt, row.counts) for row in class_list(gradebook, "latest")] == [
        (1, True),
        (2, False),
        (1, True),
    ]


@pytest.mark.parametrize("source", ["here", "elsewhere"])
def test_what_came_last_counts_also_where_it_cannot_be_read(
    gradebook: Gradebook, source: str
) -> None:
    """And what was graded before it is still told, where it still is."""
    hand_in(gradebook, ALICE, b"1", score=30.0)
    gradebook.mark("read")
    gradebook.begin(source, "1/1", {}, {})
    list(gradebook.take_in([Unreadable((ALICE,), "alice.txt", Message("unread_kind"))]))
    gradebook.mark("read")
    told = sorted((row.status, row.counts) for row in class_list(gradebook, "latest"))
    assert told == ([] if source == "here" else [("graded", False)]) + [("unreadable", True)]


def test_each_source_says_only_what_is_in_it(gradebook: Gradebook) -> None:
    """The same bytes in two: gone from one of them, they are still in the other."""
    for source in ("here", "elsewhere"):
        gradebook.begin(source, "1/1", {}, {})
        hand_in(gradebook, ALICE, b"1", score=30.0 if source == "here" else None)
        hand_in(gradebook, BOB, b"2", score=30.0 if source == "here" else None)
        gradebook.mark("read")
    gradebook.begin("elsewhere", "1/1", {}, {})
    hand_in(gradebook, BOB, b"2")
    gradebook.mark("read")
    assert [(row.status, row.counts) for row in class_list(gradebook, "latest")] == [
        ("graded", True),
        ("graded", True),
    ]
    gradebook.begin("here", {}, {})
    gradebook.mark("read")
    assert [row.status for row in class_list(gradebook, "latest")] == ["gone", "graded"]


@pytest.mark.parametrize(("attempts", "counts"), [("latest", [100.0]), ("best", [100.0])])
def test_going_on_with_an_earlier_source_undoes_no_later_hand_in(
    gradebook: Gradebook, attempts: Attempts, counts: list[float]
) -> None:
    hand_in(gradebook, ALICE, b"1", score=55.0)
    gradebook.mark("read")
    gradebook.begin("late", "1/1", {}, {})
    hand_in(gradebook, ALICE, b"2", score=100.0)
    gradebook.mark("read")
    gradebook.begin("here", {}, {})
    hand_in(gradebook, ALICE, b"1")
    gradebook.mark("read")
    assert [
        row.verdict.score for row in class_list(gradebook, attempts) if row.counts and row.verdict
    ] == counts


def test_the_best_may_be_in_another_source_than_the_last(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, b"1", 1, score=10.0)
    hand_in(gradebook, ALICE, b"2", 2, score=100.0)
    gradebook.mark("read")
    gradebook.begin("late", "1/1", {}, {})
    hand_in(gradebook, ALICE, b"3", 1, score=55.0)
    gradebook.mark("read")
    for attempts, score in (("latest", 55.0), ("best", 100.0)):
        rows = list(class_list(gradebook, attempts))  # type: ignore[arg-type]  # a literal each
        assert [row.verdict.score for row in rows if row.counts and row.verdict] == [score]
        assert "gone" not in [row.status for row in rows]


def test_a_reading_of_all_tells_what_is_gone_of_a_part_too(gradebook: Gradebook) -> None:
    gradebook.begin("here", "1/2", {}, {})
    hand_in(gradebook, ALICE, b"1", score=55.0)
    gradebook.mark("read")
    gradebook.begin("here", {}, {})
    gradebook.mark("read")
    assert [row.status for row in class_list(gradebook, "latest")] == ["gone"]


@pytest.mark.parametrize(("known", "counts"), [(60.0, 2), (100.0, 1)])
def test_an_attempt_without_a_verdict_may_be_the_best(
    gradebook: Gradebook, known: float, counts: int
) -> None:
    hand_in(gradebook, ALICE, b"1", 1, known)
    hand_in(gradebook, ALICE, b"2", 2)
    assert counted(gradebook, "best") == [counts]


def test_a_verdict_that_this_version_cannot_read_stops_nothing(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, b"1", score=30.0)
    hand_in(gradebook, BOB, b"2", score=30.0)
    list(
        gradebook.ask(
            """UPDATE verdicts SET verdict = '{"schema": "grader/verdict/0"}', grader = '0.0.1' WHERE id = 1"""
        )
    )
    alice, bob = class_list(gradebook, "latest")
    assert (alice.status, bob.status) == ("trouble", "graded")
    assert "of version 0.0.1: run the batch again" in alice.trouble


def test_a_page_is_of_one_of_those_that_share_a_place(gradebook: Gradebook) -> None:
    list(gradebook.take_in([Unreadable((ALICE,), "a.txt", Message("unread_kind"))]))
    list(
        gradebook.take_in(
            [
                Submission("softmax.py", b"1", "1", people=(ALICE,)),
                Unreadable((BOB,), "bob.txt", Message("unread_kind")),
            ]
        )
    )
    assert [(row.status, row.page) for row in class_list(gradebook, "latest")] == [
        ("waiting", ""),
        ("unreadable", ""),
        ("unreadable", "pages/bob.html"),
    ]


def test_who_is_alike(gradebook: Gradebook) -> None:
    for person, source in (
        (ALICE, b"x = 1  # mine"),
        (BOB, b"x=1"),
        (ZOE, b"x = 2"),
        (ALICE, b"x = 2 "),
    ):
        hand_in(gradebook, person, source, attempt=2 if source == b"x = 2 " else 1, score=1.0)
    groups = duplicate_groups(class_list(gradebook, "latest"))
    assert [sorted(row.people[0].id for row in group) for group in groups] == [
        ["alice", "bob"],
        ["alice", "zoe"],
    ]
    named = Person("alice", "Alice")
    assert (
        duplicate_groups(
            [
                ClassRow((ALICE,), 1, "graded", likeness="x"),
                ClassRow((named,), 2, "graded", likeness="x"),
            ]
        )
        == []
    )  # one person's own attempts


def test_who_is_in_several_submissions() -> None:
    alone = [ClassRow((person,), 1, "graded", counts=True) for person in (ALICE, BOB)]
    own = [row._replace(attempt=2) for row in alone]
    group = ClassRow((ALICE, ZOE), 1, "unreadable", counts=True, reason=Message("unread_archive"))
    assert ids_in_several_groups([*alone, *own]) == set()
    assert ids_in_several_groups([*alone, group]) == {"alice"}
    assert ids_in_several_groups([group, ClassRow((BOB, ZOE), 1, "waiting", counts=True)]) == {
        "zoe"
    }
    for nothing in (
        group._replace(reason=Message("unread_missing")),
        group._replace(status="gone", reason=None),
    ):
        assert ids_in_several_groups([*alone, nothing]) == set()


@pytest.mark.parametrize(
    ("ids", "page"),
    [
        (("alice",), "pages/alice.html"),
        (("alice", "bob"), "pages/alice+bob.html"),
    ],
)
def test_plain_ids_give_plain_names(ids: tuple[str, ...], page: str) -> None:
    assert page_path(tuple(map(Person, ids)), 1) == page
    assert page_path(tuple(map(Person, ids)), 2) == page.replace(".html", ".attempt-2.html")


@pytest.mark.parametrize(
    "hostile",
    [
        "../../etc/passwd",
        "a/b",
        "con",
        "A",
        "á",
        "",
        "x" * 300,
        "\x00",
        "a\nb",
        "-rf",
        "a b",
        "<b>",
        "nul",
    ],
)
def test_hostile_ids_give_harmless_names(hostile: str) -> None:
    page = page_path((Person(hostile),), 1)
    assert page.startswith("pages/")
    name = page.removeprefix("pages/")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+._-")
    assert len(name) < 100
    assert name.partition(".")[0].lower() not in ("con", "nul")


@given(
    some.lists(
        some.tuples(
            some.lists(some.text(max_size=5), min_size=1, max_size=2).map(tuple),
            some.integers(1, 3),
        ),
        unique=True,
        max_size=8,
    )
)
def test_no_two_share_a_page(handed_in: list[tuple[tuple[str, ...], int]]) -> None:
    """Nor on a file system that does not tell capitals."""
    pages = [page_path(tuple(map(Person, ids)), attempt).lower() for ids, attempt in handed_in]
    assert len(set(pages)) == len(pages)
