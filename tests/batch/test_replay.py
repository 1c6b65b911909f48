"""Replay: whose submission is meant, what is said where there is none to compare with, and the same verdict from the same bytes."""

from pathlib import Path

import msgspec
import pytest

from grader.assignment.key_file import decode_key, encode_key
from grader.batch.replay import replay
from grader.gradebook.database import NAME
from grader.gradebook.lookup import find_submission
from grader.gradebook.record import Gradebook, RunKey, VerdictRecord
from grader.grading import grade
from grader.intake import SubmissionNotFound
from grader.model import Message, Person, Submission, Unreadable
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Verdict
from tests.support.class_rows import verdict
from tests.support.grading import make_key
from tests.support.paths import PROJECT

ALICE, BOB, CARLA = Person("alice", "Alice"), Person("bob"), Person("carla")
NOTES = Message("unread_kind", {"file": "softmax.py"})


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    made = Gradebook(tmp_path / NAME, writing=True)
    made.begin_run("here", {"attempts": "latest"}, {"grader": "1"})
    data = encode_key(make_key())
    made.store_key(RunKey(decode_key(data), data, "7", False, "softmax", ()))
    return made


def hand_in(
    gradebook: Gradebook,
    *people: Person,
    attempt: int = 1,
    source: bytes = b"x = 1\n",
    ended: Verdict | None = None,
) -> int:
    """The row of a new submission, with a verdict if one is given."""
    list(
        gradebook.ingest(
            [Submission("softmax.py", source, source.hex(), people=people, attempt=attempt)]
        )
    )
    ((row,),) = gradebook.query("SELECT max(id) FROM submissions")
    frozen = gradebook.run_key()
    assert frozen is not None
    if ended is not None:
        gradebook.record_verdict(
            row,
            frozen.key.sha256,
            "1",
            VerdictRecord(
                ended.score, ended.possible, ended.undecided, "", "full", msgspec.json.encode(ended)
            ),
        )
    return int(row)


def leave(gradebook: Gradebook, *people: Person, attempt: int = 1, reason: Message = NOTES) -> None:
    """Something that cannot be read."""
    list(gradebook.ingest([Unreadable(people, "notes.txt", reason, attempt=attempt)]))


def run_again(gradebook: Gradebook, attempts: str) -> None:
    gradebook.begin_run("here", {"attempts": attempts}, {"grader": "1"})


def score(gradebook: Gradebook, name: str, attempt: int | None = None) -> float:
    """Of the verdict that is compared with: each test gives every submission another."""
    return find_submission(gradebook, name, attempt)[1].score


def refusal(gradebook: Gradebook, name: str, attempt: int | None = None) -> str:
    with pytest.raises(SubmissionNotFound) as raised:
        find_submission(gradebook, name, attempt)
    return str(raised.value).removeprefix(f"{gradebook.path}: ")


@pytest.mark.parametrize("stray_first", [True, False])
def test_what_was_graded_goes_before_what_lies_beside_it(
    gradebook: Gradebook, stray_first: bool
) -> None:
    """People and attempt are the same."""
    if stray_first:
        leave(gradebook, ALICE)
    hand_in(gradebook, ALICE, ended=verdict(60.0))
    if not stray_first:
        leave(gradebook, ALICE)
    assert score(gradebook, "alice") == 60
    assert score(gradebook, "alice", 1) == 60


@pytest.mark.parametrize(("attempts", "counts"), [("latest", 30), ("all", 30), ("best", 90)])
def test_without_a_number_it_is_the_attempt_that_counts(
    gradebook: Gradebook, attempts: str, counts: float
) -> None:
    for attempt, points in ((1, 60.0), (2, 90.0), (3, 30.0)):
        hand_in(gradebook, ALICE, attempt=attempt, ended=verdict(points))
    run_again(gradebook, attempts)
    for attempt in (1, 2, 3):
        hand_in(gradebook, ALICE, attempt=attempt)
    assert score(gradebook, "alice") == counts
    assert [score(gradebook, "alice", attempt) for attempt in (1, 2, 3)] == [60, 90, 30]


def test_alone_goes_before_in_a_group_whatever_their_numbers(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, ended=verdict(10.0))
    hand_in(gradebook, ALICE, BOB, ended=verdict(20.0))
    hand_in(gradebook, ALICE, BOB, attempt=2, ended=verdict(30.0))
    assert score(gradebook, "alice") == score(gradebook, "alice", 1) == 10
    assert score(gradebook, "bob") == score(gradebook, "alice+bob") == 30
    assert score(gradebook, "alice+bob", 1) == 20
    assert (
        refusal(gradebook, "alice", 2)
        == "alice has no attempt 2, but 1. Name one with --attempt. Or name, instead of alice: alice+bob."
    )


def test_a_group_that_can_be_graded_goes_before_what_one_of_them_left_unreadable(
    gradebook: Gradebook,
) -> None:
    leave(gradebook, ALICE)
    hand_in(gradebook, ALICE, BOB, ended=verdict(20.0))
    assert score(gradebook, "alice") == 20


def test_of_several_groups_one_has_to_be_named(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, BOB, ended=verdict(20.0))
    hand_in(gradebook, ALICE, CARLA, ended=verdict(30.0))
    said = "alice is in several groups. Name the one that is meant, instead of alice: alice+bob, alice+carla."
    assert refusal(gradebook, "alice") == refusal(gradebook, "alice", 1) == said
    assert [score(gradebook, name) for name in ("alice+bob", "alice+carla", "bob", "carla")] == [
        20,
        30,
        20,
        30,
    ]


def test_the_ids_of_a_group_may_stand_in_any_order(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, BOB, CARLA, ended=verdict(20.0))
    hand_in(gradebook, ALICE, BOB, ended=verdict(30.0))
    hand_in(gradebook, Person("carla+alice"), ended=verdict(40.0))
    assert [score(gradebook, name) for name in ("carla+alice+bob", "bob+alice", "carla+alice")] == [
        20,
        30,
        40,
    ]
    for name in (
        "bob+carla",
        "alice+bob+bob",
        "alice+carla",
    ):  # of an id with a plus the order counts
        assert f"there is nothing of '{name}'" in refusal(gradebook, name)


def test_an_id_with_a_plus_is_a_person_before_it_is_a_group(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, BOB, ended=verdict(20.0))
    hand_in(gradebook, Person("alice+bob"), ended=verdict(30.0))
    hand_in(gradebook, Person("alice+bob"), CARLA, ended=verdict(40.0))
    assert score(gradebook, "alice+bob") == 30
    assert score(gradebook, "alice+bob+carla") == 40


def test_who_is_unknown_is_told_who_is_near(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE)
    hand_in(gradebook, BOB, CARLA)
    page = gradebook.path.parent / "index.html"
    where = f"All ids are on the class page, {page}; those of a group are joined by +."
    assert (
        refusal(gradebook, "alcie") == f"there is nothing of 'alcie'. The nearest: 'alice'. {where}"
    )
    assert (
        refusal(gradebook, "bob+karla")
        == f"there is nothing of 'bob+karla'. The nearest: 'bob+carla'. {where}"
    )
    assert refusal(gradebook, "4711") == f"there is nothing of '4711'. {where}"


def test_who_is_missing_is_not_unknown(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE)
    gradebook.replace_roster([ALICE, BOB])
    assert refusal(gradebook, "bob") == "bob is on the roster, and handed in nothing."


def test_an_attempt_that_is_not_there(gradebook: Gradebook) -> None:
    for attempt in (2, 1, 4):
        hand_in(gradebook, ALICE, attempt=attempt)
    leave(gradebook, ALICE)
    assert (
        refusal(gradebook, "alice", 3)
        == "alice has no attempt 3, but 1, 2, 4. Name one with --attempt."
    )


@pytest.mark.parametrize("people", [(ALICE,), (ALICE, BOB)])
def test_what_could_not_be_read_is_told_with_its_reason(
    gradebook: Gradebook, people: tuple[Person, ...]
) -> None:
    hand_in(gradebook, *people, ended=verdict(50.0))
    leave(gradebook, *people, attempt=2)
    said = refusal(gradebook, "alice")
    assert said.startswith(
        f"attempt 2 of {'+'.join(person.id for person in people)} has no verdict to compare with. It could not be read"
    )
    assert said.endswith("(unread_kind): python -m grader explain unread_kind says what to do.")
    assert score(gradebook, "alice", 1) == 50


def test_what_waits_and_what_the_grader_failed_at_is_for_another_run(gradebook: Gradebook) -> None:
    row = hand_in(gradebook, ALICE)
    waits = "attempt 1 of alice has no verdict to compare with. It waits for grading. Run the batch again: it goes on where it ended."
    assert refusal(gradebook, "alice") == waits
    gradebook.record_trouble(row, "no memory")
    assert refusal(gradebook, "alice").endswith(
        "The grader failed (no memory). Run the batch again: it tries once more."
    )


def test_an_attempt_that_was_not_asked_for(gradebook: Gradebook) -> None:
    row = hand_in(gradebook, ALICE)
    hand_in(gradebook, ALICE, attempt=2, ended=verdict(50.0))
    gradebook.record_trouble(
        row, "no memory"
    )  # of a run before the second attempt came: no run of the latest tries it again
    assert score(gradebook, "alice") == 50
    all_of_them = f"python -m grader batch … --out {gradebook.path.parent} --count all grades the earlier ones, too."
    assert refusal(gradebook, "alice", 1).endswith(
        f"Only the latest attempts were asked for: {all_of_them}"
    )
    run_again(gradebook, "all")
    hand_in(gradebook, ALICE)
    assert refusal(gradebook, "alice", 1).endswith("Run the batch again: it tries once more.")


def test_the_same_bytes_give_the_same_verdict_and_others_do_not(
    gradebook: Gradebook, sandbox: Sandbox
) -> None:
    """A group's, beside what one of them left unreadable."""
    source = (PROJECT / "tests/submissions/gradient_not_averaged.py").read_bytes()
    frozen = gradebook.run_key()
    assert frozen is not None
    ended = grade(frozen.key, Submission("softmax.py", source, source.hex()), sandbox.open_program)
    hand_in(gradebook, ALICE, BOB, attempt=2, source=source, ended=ended)
    leave(gradebook, ALICE, BOB, attempt=2)
    same = replay(gradebook, "bob", None, "confined")
    assert same.is_same, same.text
    assert same.text.startswith("Attempt 2 of alice+bob:\n")
    assert "same     naive.gradient: failed, gradient_differs" in same.text
    hand_in(gradebook, CARLA, ended=ended)
    other = replay(gradebook, "carla", 1, "confined")
    assert not other.is_same
    assert "DIFFERS  naive.loss: it was passed" in other.text
    assert f"NOT the same: {ended.score:g} points then, 0 now, of 100." in other.text
