"""Rows of a class: their status, who is missing, who is alike, and a page for everybody."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from grader.class_row import ClassRow, CountPolicy, duplicate_groups, ids_in_several_groups
from grader.gradebook.class_list import class_list, page_path
from grader.gradebook.lookup import find_submission
from grader.gradebook.record import Gradebook
from grader.model import Message, Person, Submission
from tests.support.gradebooks import (
    ALICE,
    BOB,
    ZOE,
    begin_again,
    ingest,
    new_gradebook,
    submission,
    submit,
    unreadable,
)


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    return new_gradebook(tmp_path)


def counting(gradebook: Gradebook, policy: CountPolicy) -> list[int]:
    return [row.attempt for row in class_list(gradebook, policy) if row.counts]


def test_which_attempt_counts(gradebook: Gradebook) -> None:
    for attempt, score in ((1, 60.0), (2, 90.0), (3, 90.0), (4, 30.0)):
        submit(gradebook, ALICE, b"%d" % attempt, attempt, score)
    assert counting(gradebook, "latest") == [4]
    assert counting(gradebook, "best") == [3]
    assert counting(gradebook, "all") == [1, 2, 3, 4]


def test_the_policy_is_that_of_the_last_run(gradebook: Gradebook) -> None:
    assert gradebook.count_policy() == "latest"
    begin_again(gradebook, attempts="best")
    assert gradebook.count_policy() == "best"


def test_an_unreadable_file_hides_nothing_beside_it(gradebook: Gradebook) -> None:
    """notes.txt beside softmax.py, for the same attempt: both have a row, the graded one counts."""
    ingest(gradebook, submission(), unreadable())
    begin_again(gradebook)
    ingest(gradebook, submission(), unreadable())
    policies: tuple[CountPolicy, ...] = ("latest", "best")
    for policy in policies:
        rows = sorted((row.status, row.counts) for row in class_list(gradebook, policy))
        assert rows == [("unreadable", False), ("waiting", True)]
    assert gradebook.gradable("latest") == [1]


def test_each_status(gradebook: Gradebook) -> None:
    submit(gradebook, Person("a"), b"a", score=50.0)
    submit(gradebook, Person("b"), b"b", score=50.0, undecided=5.0)
    submit(gradebook, Person("c"), b"c")
    submit(gradebook, Person("d"), b"d")
    gradebook.record_trouble(4, "no memory")
    ingest(gradebook, unreadable(Person("e")))
    gradebook.replace_roster([Person("a"), Person("f")])
    gradebook.finish_reading()
    rows = list(class_list(gradebook, "latest"))
    assert [(row.status, bool(row.page)) for row in rows] == [
        ("graded", True),
        ("undecided", True),
        ("waiting", False),
        ("trouble", False),
        ("unreadable", True),
        ("missing", False),
    ]
    assert rows[3].trouble == "no memory"
    assert rows[4].reason == Message("unread_kind")
    assert rows[5].people == (Person("f"),)


def test_people_on_the_roster_are_recognized_by_their_address_too(gradebook: Gradebook) -> None:
    submit(gradebook, BOB, b"b", score=1.0)
    gradebook.replace_roster([Person("4711", email="bob@X.edu"), ZOE])
    gradebook.finish_reading()
    missing = [row.people for row in class_list(gradebook, "latest") if row.status == "missing"]
    assert missing == [(ZOE,)]


def test_who_is_not_on_the_roster(gradebook: Gradebook) -> None:
    submit(gradebook, ALICE, b"a", score=1.0)
    group = Submission("softmax.py", b"b", "b", people=(BOB, ZOE))
    ingest(gradebook, group, unreadable(Person("README")))
    # Without a roster nobody says who should be there.
    assert [row.not_on_roster for row in class_list(gradebook, "latest")] == [(), (), ()]
    gradebook.replace_roster([ZOE])
    not_on_roster = {row.ids: row.not_on_roster for row in class_list(gradebook, "latest")}
    assert not_on_roster == {("alice",): ("alice",), ("bob", "zoe"): ("bob",), ("README",): ()}


def test_withdrawn_attempts_do_not_count(gradebook: Gradebook) -> None:
    submit(gradebook, ALICE, b"1", 1, score=30.0)
    submit(gradebook, ALICE, b"2", 2, score=90.0)
    submit(gradebook, BOB, b"3", score=50.0)
    begin_again(gradebook, "elsewhere")  # another source says nothing about this one
    begin_again(gradebook)  # nor does a reading that was cut off
    rows = [(row.attempt, row.counts) for row in class_list(gradebook, "latest")]
    assert rows == [(1, False), (2, True), (1, True)]

    submit(gradebook, ALICE, b"1", 1)
    gradebook.finish_reading()
    gradebook.replace_roster([BOB])
    rows_now = list(class_list(gradebook, "latest"))
    assert [(row.ids, row.attempt, row.status, row.counts) for row in rows_now] == [
        (("alice",), 1, "graded", True),
        (("alice",), 2, "gone", False),
        (("bob",), 1, "gone", True),
    ]
    assert [row.is_present for row in rows_now] == [True, False, False]
    # Only that it was there.
    assert rows_now[2] == ClassRow(
        (BOB,), 1, "gone", counts=True, origin="bob.py", is_present=False
    )
    pages = [page_path(source.people, source.attempt) for source in gradebook.page_sources()]
    assert pages == [rows_now[0].page]
    # Its verdict is still there.
    assert find_submission(gradebook, "bob", None)[1].score == 50


@pytest.mark.parametrize(
    ("policy", "attempts"), [("latest", [3]), ("best", [2]), ("all", [1, 2, 3])]
)
def test_if_everything_is_withdrawn_the_row_of_what_would_count_counts(
    gradebook: Gradebook, policy: CountPolicy, attempts: list[int]
) -> None:
    for attempt, score in ((1, 30.0), (2, 90.0), (3, 50.0)):
        submit(gradebook, ALICE, b"%d" % attempt, attempt, score)
    ingest(gradebook, unreadable(BOB))
    begin_again(gradebook)
    gradebook.replace_roster([ALICE, ZOE])
    gradebook.finish_reading()
    rows = list(class_list(gradebook, policy))
    assert [row.status for row in rows] == ["gone", "gone", "gone", "gone", "missing"]
    assert [row.attempt for row in rows if row.counts] == [*attempts, 1, 0]
    # An unreadable file belongs to nobody on a roster, or off it.
    assert [row.not_on_roster for row in rows if row.ids == ("bob",)] == [()]
    assert not [row for row in rows if row.reason or row.page or row.fingerprint or row.verdict]
    assert list(gradebook.page_sources()) == []


def test_what_is_there_again_is_not_gone(gradebook: Gradebook) -> None:
    submit(gradebook, ALICE, b"1", score=30.0)
    begin_again(gradebook)
    gradebook.finish_reading()
    (row,) = class_list(gradebook, "latest")
    assert (row.status, row.counts, bool(row.page)) == ("gone", True, False)
    begin_again(gradebook)
    submit(gradebook, ALICE, b"1")
    gradebook.finish_reading()
    (row,) = class_list(gradebook, "latest")
    assert (row.status, row.counts, bool(row.page)) == ("graded", True, True)


def test_the_roster_gives_names_that_submissions_lack(gradebook: Gradebook) -> None:
    people = (
        Person("alice"),
        Person("bob", "Bob himself", "Bob@x.edu"),
        Person("carl", email="dora@x.edu"),
    )
    ingest(gradebook, Submission("softmax.py", b"1", "1", people=people))
    gradebook.replace_roster(
        [
            Person("alice", "Alice A.", "a@x.edu"),
            Person("bob", "Robert", "r@x.edu"),
            Person("dora", "Dora", "dora@x.edu"),
        ]
    )
    (row,) = class_list(gradebook, "latest")
    assert row.people == (Person("alice", "Alice A.", "a@x.edu"), people[1], people[2])


@pytest.mark.parametrize("source", ["here", "elsewhere"])
def test_an_unreadable_file_that_came_last_counts(gradebook: Gradebook, source: str) -> None:
    """And what was graded before keeps its row, while it is there."""
    submit(gradebook, ALICE, b"1", score=30.0)
    begin_again(gradebook, source)
    ingest(gradebook, unreadable(ALICE))
    gradebook.finish_reading()
    rows = sorted((row.status, row.counts) for row in class_list(gradebook, "latest"))
    graded = [("graded", False)] if source == "elsewhere" else []
    assert rows == [*graded, ("unreadable", True)]


def test_a_decision_of_the_staff_counts(gradebook: Gradebook) -> None:
    submit(gradebook, ALICE, b"1", 1, score=30.0)
    submit(gradebook, ALICE, b"2", 2, score=90.0)
    list(
        gradebook.query(
            "INSERT INTO decisions (ids, attempt, decided_by, decided_at, reason) "
            """VALUES ('["alice"]', 1, 'ta', '2026-01-01', 'the wrong file')"""
        )
    )
    assert counting(gradebook, "latest") == counting(gradebook, "all") == [1]


def test_an_extension_makes_a_row_not_late(gradebook: Gradebook) -> None:
    ingest(gradebook, submission(saved="2026-01-02T00:00:00+00:00", late=True))
    assert [row.late for row in class_list(gradebook, "latest")] == [True]
    list(
        gradebook.query(
            "INSERT INTO extensions (ids, until, granted_by, granted_at, reason) "
            """VALUES ('["alice"]', '2026-01-03T00:00:00+00:00', 'ta', '2026-01-01', 'ill')"""
        )
    )
    assert [row.late for row in class_list(gradebook, "latest")] == [False]


def test_a_verdict_that_this_version_cannot_read_stops_nothing(gradebook: Gradebook) -> None:
    submit(gradebook, ALICE, b"1", score=30.0)
    submit(gradebook, BOB, b"2", score=30.0)
    list(
        gradebook.query(
            """UPDATE verdicts SET verdict = '{"schema": "grader/verdict/0"}', grader = '0.0.1'
            WHERE id = 1"""
        )
    )
    alice, bob = class_list(gradebook, "latest")
    assert (alice.status, bob.status) == ("trouble", "graded")
    assert "of version 0.0.1: run the batch again" in alice.trouble


def test_an_attempt_has_one_page(gradebook: Gradebook) -> None:
    """That of the submission, if an unreadable file shares its place."""
    ingest(gradebook, unreadable(ALICE))
    ingest(gradebook, submission(ALICE), unreadable(BOB))
    assert [(row.status, row.page) for row in class_list(gradebook, "latest")] == [
        ("waiting", ""),
        ("unreadable", ""),
        ("unreadable", "pages/bob.html"),
    ]


def test_equal_submissions_of_different_people_are_grouped(gradebook: Gradebook) -> None:
    submit(gradebook, ALICE, b"x = 1  # mine", score=1.0)
    submit(gradebook, BOB, b"x=1", score=1.0)
    submit(gradebook, ZOE, b"x = 2", score=1.0)
    submit(gradebook, ALICE, b"x = 2 ", attempt=2, score=1.0)
    groups = duplicate_groups(class_list(gradebook, "latest"))
    assert [sorted(row.people[0].id for row in group) for group in groups] == [
        ["alice", "bob"],
        ["alice", "zoe"],
    ]
    named = Person("alice", "Alice")
    own_attempts = [
        ClassRow((ALICE,), 1, "graded", fingerprint="x"),
        ClassRow((named,), 2, "graded", fingerprint="x"),
    ]
    assert duplicate_groups(own_attempts) == []


def test_ids_in_several_groups() -> None:
    alone = [ClassRow((person,), 1, "graded", counts=True) for person in (ALICE, BOB)]
    own = [row._replace(attempt=2) for row in alone]
    group = ClassRow((ALICE, ZOE), 1, "unreadable", counts=True, reason=Message("unread_archive"))
    other = ClassRow((BOB, ZOE), 1, "waiting", counts=True)
    assert ids_in_several_groups([*alone, *own]) == set()
    assert ids_in_several_groups([*alone, group]) == {"alice"}
    assert ids_in_several_groups([group, other]) == {"zoe"}
    unmatched = group._replace(reason=Message("unread_missing"))
    withdrawn = group._replace(status="gone", reason=None)
    assert ids_in_several_groups([*alone, unmatched, withdrawn]) == set()


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
def test_no_two_submissions_share_a_page(submissions: list[tuple[tuple[str, ...], int]]) -> None:
    """Not even on a file system that ignores case."""
    pages = [page_path(tuple(map(Person, ids)), attempt).lower() for ids, attempt in submissions]
    assert len(set(pages)) == len(pages)
