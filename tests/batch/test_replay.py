"""Replay: which submission a name stands for, why there may be none to compare with, and the same
verdict from the same bytes."""

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
from tests.support.class_rows import verdict as make_verdict
from tests.support.grading import make_key
from tests.support.paths import PROJECT

ALICE, BOB, CARLA = Person("alice", "Alice"), Person("bob"), Person("carla")
NOTES = Message("unread_kind", {"file": "softmax.py"})


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    gradebook = Gradebook(tmp_path / NAME, writing=True)
    gradebook.begin_run("here", {"attempts": "latest"}, {"grader": "1"})
    data = encode_key(make_key())
    gradebook.store_key(RunKey(decode_key(data), data, "7", False, "softmax", ()))
    return gradebook


def hand_in(
    gradebook: Gradebook,
    *people: Person,
    attempt: int = 1,
    source: bytes = b"x = 1\n",
    verdict: Verdict | None = None,
) -> int:
    """Hand in a submission, with a verdict if one is given. Returns its row."""
    submission = Submission("softmax.py", source, source.hex(), people=people, attempt=attempt)
    list(gradebook.ingest([submission]))
    ((row,),) = gradebook.query("SELECT max(id) FROM submissions")
    key = gradebook.run_key()
    assert key is not None
    if verdict is not None:
        record = VerdictRecord(
            score=verdict.score,
            possible=verdict.possible,
            undecided=verdict.undecided,
            fingerprint="",
            sandbox="full",
            verdict=msgspec.json.encode(verdict),
        )
        gradebook.record_verdict(row, key.key.sha256, "1", record)
    return int(row)


def hand_in_unreadable(
    gradebook: Gradebook, *people: Person, attempt: int = 1, reason: Message = NOTES
) -> None:
    list(gradebook.ingest([Unreadable(people, "notes.txt", reason, attempt=attempt)]))


def call_again(gradebook: Gradebook, attempts: str) -> None:
    gradebook.begin_run("here", {"attempts": attempts}, {"grader": "1"})


def score(gradebook: Gradebook, name: str, attempt: int | None = None) -> float:
    """The score of the verdict to compare with; it tells which one that is."""
    return find_submission(gradebook, name, attempt)[1].score


def refusal(gradebook: Gradebook, name: str, attempt: int | None = None) -> str:
    with pytest.raises(SubmissionNotFound) as raised:
        find_submission(gradebook, name, attempt)
    return str(raised.value).removeprefix(f"{gradebook.path}: ")


@pytest.mark.parametrize("unreadable_first", [True, False])
def test_a_graded_file_goes_before_an_unreadable_one_beside_it(
    gradebook: Gradebook, unreadable_first: bool
) -> None:
    """Both are of the same people and the same attempt."""
    if unreadable_first:
        hand_in_unreadable(gradebook, ALICE)
    hand_in(gradebook, ALICE, verdict=make_verdict(60.0))
    if not unreadable_first:
        hand_in_unreadable(gradebook, ALICE)
    assert score(gradebook, "alice") == 60
    assert score(gradebook, "alice", 1) == 60


@pytest.mark.parametrize(("attempts", "counts"), [("latest", 30), ("all", 30), ("best", 90)])
def test_without_a_number_it_is_the_attempt_that_counts(
    gradebook: Gradebook, attempts: str, counts: float
) -> None:
    for attempt, points in ((1, 60.0), (2, 90.0), (3, 30.0)):
        hand_in(gradebook, ALICE, attempt=attempt, verdict=make_verdict(points))
    call_again(gradebook, attempts)
    for attempt in (1, 2, 3):
        hand_in(gradebook, ALICE, attempt=attempt)
    assert score(gradebook, "alice") == counts
    assert [score(gradebook, "alice", attempt) for attempt in (1, 2, 3)] == [60, 90, 30]


def test_a_submission_alone_goes_before_one_in_a_group_whatever_their_attempts(
    gradebook: Gradebook,
) -> None:
    hand_in(gradebook, ALICE, verdict=make_verdict(10.0))
    hand_in(gradebook, ALICE, BOB, verdict=make_verdict(20.0))
    hand_in(gradebook, ALICE, BOB, attempt=2, verdict=make_verdict(30.0))
    assert score(gradebook, "alice") == score(gradebook, "alice", 1) == 10
    assert score(gradebook, "bob") == score(gradebook, "alice+bob") == 30
    assert score(gradebook, "alice+bob", 1) == 20
    assert refusal(gradebook, "alice", 2) == (
        "alice has no attempt 2, but 1. Name one with --attempt. "
        "Or name, instead of alice: alice+bob."
    )


def test_a_graded_group_goes_before_an_unreadable_file_of_one_of_them(
    gradebook: Gradebook,
) -> None:
    hand_in_unreadable(gradebook, ALICE)
    hand_in(gradebook, ALICE, BOB, verdict=make_verdict(20.0))
    assert score(gradebook, "alice") == 20


def test_of_several_groups_one_has_to_be_named(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, BOB, verdict=make_verdict(20.0))
    hand_in(gradebook, ALICE, CARLA, verdict=make_verdict(30.0))
    reason = (
        "alice is in several groups. "
        "Name the one that is meant, instead of alice: alice+bob, alice+carla."
    )
    assert refusal(gradebook, "alice") == refusal(gradebook, "alice", 1) == reason
    assert score(gradebook, "alice+bob") == score(gradebook, "bob") == 20
    assert score(gradebook, "alice+carla") == score(gradebook, "carla") == 30


def test_the_ids_of_a_group_may_stand_in_any_order(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, BOB, CARLA, verdict=make_verdict(20.0))
    hand_in(gradebook, ALICE, BOB, verdict=make_verdict(30.0))
    hand_in(gradebook, Person("carla+alice"), verdict=make_verdict(40.0))
    assert score(gradebook, "carla+alice+bob") == 20
    assert score(gradebook, "bob+alice") == 30
    assert score(gradebook, "carla+alice") == 40
    # carla+alice is one person: in an id with a plus the order counts.
    for name in ("bob+carla", "alice+bob+bob", "alice+carla"):
        assert f"there is nothing of '{name}'" in refusal(gradebook, name)


def test_an_id_with_a_plus_is_a_person_before_it_is_a_group(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE, BOB, verdict=make_verdict(20.0))
    hand_in(gradebook, Person("alice+bob"), verdict=make_verdict(30.0))
    hand_in(gradebook, Person("alice+bob"), CARLA, verdict=make_verdict(40.0))
    assert score(gradebook, "alice+bob") == 30
    assert score(gradebook, "alice+bob+carla") == 40


def test_for_an_unknown_name_the_nearest_ids_are_named(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE)
    hand_in(gradebook, BOB, CARLA)
    page = gradebook.path.parent / "index.html"
    where = f"All ids are on the class page, {page}; those of a group are joined by +."
    nearest = "there is nothing of {!r}. The nearest: {!r}."
    assert refusal(gradebook, "alcie") == f"{nearest.format('alcie', 'alice')} {where}"
    assert refusal(gradebook, "bob+karla") == f"{nearest.format('bob+karla', 'bob+carla')} {where}"
    assert refusal(gradebook, "4711") == f"there is nothing of '4711'. {where}"


def test_somebody_on_the_roster_is_not_unknown(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE)
    gradebook.replace_roster([ALICE, BOB])
    assert refusal(gradebook, "bob") == "bob is on the roster, and handed in nothing."


def test_somebody_may_be_asked_for_by_another_name(gradebook: Gradebook) -> None:
    hand_in(gradebook, ALICE)
    gradebook.replace_roster([Person("alice", "Alice Adams")], {"alice": ("aadams",)})
    for name in ("aadams", "Adams, Alice"):
        assert refusal(gradebook, name) == f"{name} is alice on the roster. Name that id."


def test_an_attempt_that_does_not_exist(gradebook: Gradebook) -> None:
    for attempt in (2, 1, 4):
        hand_in(gradebook, ALICE, attempt=attempt)
    hand_in_unreadable(gradebook, ALICE)
    reason = "alice has no attempt 3, but 1, 2, 4. Name one with --attempt."
    assert refusal(gradebook, "alice", 3) == reason


@pytest.mark.parametrize("people", [(ALICE,), (ALICE, BOB)])
def test_an_unreadable_attempt_is_named_with_its_reason(
    gradebook: Gradebook, people: tuple[Person, ...]
) -> None:
    hand_in(gradebook, *people, verdict=make_verdict(50.0))
    hand_in_unreadable(gradebook, *people, attempt=2)
    name = "+".join(person.id for person in people)
    assert refusal(gradebook, "alice") == (
        f"attempt 2 of {name} has no verdict to compare with. It could not be read "
        "(unread_kind): python -m grader explain unread_kind says what to do."
    )
    assert score(gradebook, "alice", 1) == 50


def test_what_has_no_verdict_yet_is_for_another_run(gradebook: Gradebook) -> None:
    row = hand_in(gradebook, ALICE)
    assert refusal(gradebook, "alice") == (
        "attempt 1 of alice has no verdict to compare with. It waits for grading. "
        "Run the batch again: it goes on where it ended."
    )
    gradebook.record_trouble(row, "no memory")
    assert refusal(gradebook, "alice").endswith(
        "The grader failed (no memory). Run the batch again: it tries once more."
    )


def test_an_attempt_that_was_not_asked_for(gradebook: Gradebook) -> None:
    row = hand_in(gradebook, ALICE)
    hand_in(gradebook, ALICE, attempt=2, verdict=make_verdict(50.0))
    # The grader failed before the second attempt came: no run of the latest tries it again.
    gradebook.record_trouble(row, "no memory")
    assert score(gradebook, "alice") == 50
    command = f"python -m grader batch … --out {gradebook.path.parent} --count all"
    assert refusal(gradebook, "alice", 1).endswith(
        f"Only the latest attempts were asked for: {command} grades the earlier ones, too."
    )
    call_again(gradebook, "all")
    hand_in(gradebook, ALICE)
    assert refusal(gradebook, "alice", 1).endswith("Run the batch again: it tries once more.")


def test_the_same_bytes_give_the_same_verdict_and_others_do_not(
    gradebook: Gradebook, sandbox: Sandbox
) -> None:
    """Of a group, beside an unreadable file of theirs."""
    source = (PROJECT / "tests/submissions/gradient_not_averaged.py").read_bytes()
    key = gradebook.run_key()
    assert key is not None
    before = grade(key.key, Submission("softmax.py", source, source.hex()), sandbox.open_program)
    hand_in(gradebook, ALICE, BOB, attempt=2, source=source, verdict=before)
    hand_in_unreadable(gradebook, ALICE, BOB, attempt=2)
    same = replay(gradebook, "bob", None, "confined")
    assert same.is_same, same.text
    assert same.text.startswith("Attempt 2 of alice+bob:\n")
    assert "same     naive.gradient: failed, array_differs.dW" in same.text
    hand_in(gradebook, CARLA, verdict=before)
    other = replay(gradebook, "carla", 1, "confined")
    assert not other.is_same
    assert "DIFFERS  naive.loss: it was passed" in other.text
    assert f"NOT the same: {before.score:g} points then, 0 now, of 100." in other.text
