"""The roster, which says who should have submitted something."""

import os
from pathlib import Path

import pytest

from grader.intake import SubmissionNotFound
from grader.intake.roster import Roster, compare_with_roster
from grader.intake.roster_table import read_roster
from grader.model import Person
from tests.support.submission_files import (
    ALICE,
    BOB,
)


def roster(tmp_path: Path, table: bytes) -> tuple[Person, ...]:
    tmp_path.joinpath("roster.csv").write_bytes(table)
    return read_roster(tmp_path / "roster.csv").people


def test_a_roster_in_the_order_of_its_lines(tmp_path: Path) -> None:
    table = (
        b"\xef\xbb\xbfid;Email;section;name\r\n"
        b"bob ;bob@x.edu ;1;Bob B\xc2\xa0\r\n"
        b"alice;alice@x.edu;2;Alice A\r\n"
    )
    assert roster(tmp_path, table) == (BOB, ALICE)
    assert roster(tmp_path, b"id\ncarla\nCarla\n") == (Person("carla"), Person("Carla"))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            b"name,email\nAlice,a@x\n",
            "its first line must name the column id, as in: id,name,email",
        ),
        (b"id,name\n", "this roster is empty"),
        (b"id\nalice\nbob\nalice\nalice\n", "the same id is on several lines: alice (3 times)"),
        (b"id,name\n,Alice\n", "line 2 has no id"),
        (b"id,name\n\t ,Alice\n", "line 2 has no id"),
        (b"id\ndan\ndan \n", "the same id is on several lines: dan (2 times)"),
    ],
)
def test_an_unusable_roster_is_explained(tmp_path: Path, table: bytes, expected: str) -> None:
    with pytest.raises(SubmissionNotFound) as refused:
        roster(tmp_path, table)
    assert str(refused.value).startswith(f"{tmp_path / 'roster.csv'}: ")
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: None]
)
@pytest.mark.timeout(5)
def test_a_roster_that_is_not_a_file(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "roster.csv")
    with pytest.raises(
        SubmissionNotFound,
        match=r"roster\.csv: .*\. Give a CSV table with the column id, as in: id,name,email\. A ",
    ):
        read_roster(tmp_path / "roster.csv")


CARLA = Person("carla")


@pytest.mark.parametrize(
    ("handed_in", "missing", "unmatched"),
    [
        ([], (ALICE, BOB, CARLA), ()),
        ([(Person("alice"),), (Person("bob"), Person("carla"))], (), ()),
        ([(ALICE,), (ALICE,), (Person("x"),), (Person("x"),)], (BOB, CARLA), (Person("x"),)),
        ([(Person("7", email="ALICE@X.edu"),)], (BOB, CARLA), ()),
        ([(Person("bob", email="alice@x.edu"),)], (ALICE, CARLA), ()),
        ([(Person("Alice"),)], (ALICE, BOB, CARLA), (Person("Alice"),)),
        ([(Person("y"),)], (ALICE, BOB, CARLA), (Person("y"),)),
    ],
)
def test_missing_and_unmatched_people(
    handed_in: list[tuple[Person, ...]], missing: tuple[Person, ...], unmatched: tuple[Person, ...]
) -> None:
    """Ids are compared, then e-mails. An empty e-mail matches nobody."""
    assert compare_with_roster(Roster((ALICE, BOB, CARLA)), handed_in) == (missing, unmatched)


def test_a_shared_e_mail_matches_nobody() -> None:
    """Two people to look at are better than a wrong match."""
    couple = (Person("a", email="us@x.edu"), Person("b", email="us@x.edu"))
    stranger = Person("c", email="us@x.edu")
    assert compare_with_roster(Roster(couple), [(stranger,)]) == (couple, (stranger,))
