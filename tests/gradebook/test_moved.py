"""What a roster gives to somebody else was not withdrawn."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.gradebook.class_list import class_list
from grader.gradebook.record import Gradebook
from grader.model import Person
from tests.support.gradebooks import (
    ALICE,
    BOB,
    ZOE,
    begin_again,
    ingest,
    new_gradebook,
    submission,
    unreadable,
)

ON_ROSTER = Person("0071", "Alice Ángel")


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    return new_gradebook(tmp_path)


def statuses(gradebook: Gradebook) -> list[tuple[str, int, str]]:
    gradebook.finish_reading()
    return [("+".join(row.ids), row.attempt, row.status) for row in class_list(gradebook, "latest")]


def test_the_same_files_of_other_people_are_not_gone(gradebook: Gradebook) -> None:
    """A later call was given a roster. Its people have one row each, and nobody is a phantom."""
    first, second, text = submission(ALICE), submission(ALICE, b"x = 2\n", 2), unreadable(BOB)
    ingest(gradebook, first, second, text)
    begin_again(gradebook)
    people = (ON_ROSTER,)
    ingest(gradebook, replace(first, people=people), replace(second, people=people))
    ingest(gradebook, replace(text, people=(ZOE,)))
    assert statuses(gradebook) == [
        ("0071", 1, "waiting"),
        ("0071", 2, "waiting"),
        ("zoe", 1, "unreadable"),
    ]
    assert gradebook.people() == [(ON_ROSTER,), (ZOE,)]


def test_what_was_withdrawn_is_gone(gradebook: Gradebook) -> None:
    first, second = submission(ALICE), submission(ALICE, b"x = 2\n", 2)
    ingest(gradebook, first, second)
    begin_again(gradebook)
    ingest(gradebook, replace(first, people=(ON_ROSTER,)))
    assert statuses(gradebook) == [
        ("0071", 1, "waiting"),
        ("alice", 1, "gone"),
        ("alice", 2, "gone"),
    ]


@pytest.mark.parametrize(
    "other", [submission(BOB), replace(submission(BOB), origin="alice.py", sha256="other")]
)
def test_another_file_or_place_is_another_hand_in(gradebook: Gradebook, other: object) -> None:
    ingest(gradebook, submission(ALICE))
    begin_again(gradebook)
    ingest(gradebook, other)  # type: ignore[arg-type]
    assert ("alice", 1, "gone") in statuses(gradebook)


def test_the_old_people_may_come_back(gradebook: Gradebook) -> None:
    ingest(gradebook, submission(ALICE))
    begin_again(gradebook)
    ingest(gradebook, replace(submission(ALICE), people=(ON_ROSTER,)))
    begin_again(gradebook)
    ingest(gradebook, submission(ALICE))
    assert statuses(gradebook) == [("alice", 1, "waiting")]
