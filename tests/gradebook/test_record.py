"""The gradebook: what is written stays, and comes back as it was."""

from pathlib import Path

import pytest

from grader.gradebook.database import NAME, GradebookError
from grader.gradebook.record import Gradebook, open_gradebook, require_run_key
from grader.intake.roster import Roster
from grader.model import Message, Person, Submission, Unreadable
from tests.support.gradebooks import (
    ALICE,
    BOB,
    begin_again,
    ingest,
    new_gradebook,
    record,
    submission,
    unreadable,
)


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    return new_gradebook(tmp_path)


def rows_present(gradebook: Gradebook) -> list[int]:
    return [each.version.row for each in gradebook.attempts() if each.is_present]


def key_of(gradebook: Gradebook) -> str:
    return require_run_key(gradebook).key.sha256


def test_submissions_come_back_as_they_were(gradebook: Gradebook) -> None:
    alone = submission(
        saved="2026-01-01T00:00:00+00:00", late=True, problem=Message("too_large", {"kib": 256})
    )
    group = Submission(
        "softmax.py",
        b"\xff\x00",
        "f" * 64,
        people=(ALICE, BOB),
        attempt=2,
        late=False,
        origin="a/\\udc80",
    )
    none = Unreadable((BOB,), "bob.rar", Message("unread_archive", {"kind": "rar"}, quote="<b>"))
    ingest(gradebook, alone, group, none)
    assert [gradebook.submission(row) for row in (1, 2, 3)] == [alone, group, none]
    assert [gradebook.entry(row).submission for row in (1, 2, 3)] == [alone, group, none]
    entries = {ids: [each.row for each in same] for ids, same in gradebook.entries()}
    assert entries == {'["alice"]': [1], '["alice","bob"]': [2], '["bob"]': [3]}
    assert set(gradebook.people()) == {(ALICE,), (ALICE, BOB), (BOB,)}
    assert set(gradebook.people(only_readable=True)) == {(ALICE,), (ALICE, BOB)}


def test_a_row_that_is_not_there_is_an_error(gradebook: Gradebook) -> None:
    for read in (gradebook.submission, gradebook.entry):
        with pytest.raises(GradebookError, match=r"no submission 7.*restore a copy"):
            read(7)


def test_the_same_bytes_are_the_same_row_with_the_latest_facts(gradebook: Gradebook) -> None:
    ingest(gradebook, submission())
    begin_again(gradebook)
    ingest(gradebook, submission(Person("alice", "Alice Angel", "new@x.edu"), late=True))
    assert rows_present(gradebook) == [1]
    person = gradebook.submission(1).people[0]
    assert (person.name, person.email) == ("Alice Angel", "new@x.edu")
    assert gradebook.submission(1).late is True


def test_going_back_to_earlier_bytes_makes_no_new_row(gradebook: Gradebook) -> None:
    for source in (b"old", b"new", b"old"):
        ingest(gradebook, submission(source=source))
        begin_again(gradebook)
    assert rows_present(gradebook) == [1]
    assert next(gradebook.query("SELECT count(*) FROM submissions")) == (2,)  # nothing is lost


def test_unreadable_files_of_one_attempt_have_a_row_each(gradebook: Gradebook) -> None:
    """Even if they are alike in all but their names. One page reports all of them."""
    names = ["alice.txt", "alice.pdf", "alice.docx"]
    for _ in range(2):
        ingest(gradebook, *(unreadable(origin=name) for name in names))
        begin_again(gradebook)
    assert [gradebook.submission(row).origin for row in rows_present(gradebook)] == names
    assert [source.row for source in gradebook.page_sources()] == [1]


def test_ungraded_is_what_has_no_verdict_of_this_key_and_grader(gradebook: Gradebook) -> None:
    ingest(
        gradebook,
        submission(),
        submission(BOB),
        submission(BOB, b"2", attempt=2),
        unreadable(attempt=3),
    )
    key = key_of(gradebook)
    assert gradebook.gradable("all") == gradebook.ungraded("all", key, "1") == [1, 2, 3]
    record(gradebook, 1)
    record(gradebook, 3)
    assert gradebook.ungraded("all", key, "1") == [2]
    assert gradebook.ungraded("all", key, "2") == [1, 2, 3]


def test_if_the_latest_attempt_counts_only_that_is_graded(gradebook: Gradebook) -> None:
    ingest(gradebook, submission(), submission(source=b"2", attempt=2), submission(BOB))
    assert gradebook.gradable("latest") == [2, 3]
    assert gradebook.gradable("best") == [1, 2, 3]


def test_a_verdict_is_neither_recorded_twice_nor_overwritten(gradebook: Gradebook) -> None:
    ingest(gradebook, submission())
    record(gradebook, 1, score=50)
    with pytest.raises(GradebookError, match="UNIQUE"):
        record(gradebook, 1, score=100)
    record(gradebook, 1, score=60, grader="2")
    assert list(gradebook.query("SELECT score FROM verdicts")) == [(50,), (60,)]
    assert list(gradebook.query("SELECT score FROM current_verdicts")) == [(60,)]


def test_the_newest_verdict_is_that_of_the_latest_run(gradebook: Gradebook) -> None:
    """Whatever the clock said meanwhile."""
    ingest(gradebook, submission())
    record(gradebook, 1, score=60, grader="1")
    begin_again(gradebook)
    record(gradebook, 1, score=40, grader="2")
    list(gradebook.query("UPDATE verdicts SET graded_at = '2001' WHERE score = 40"))
    assert list(gradebook.query("SELECT score FROM current_verdicts")) == [(40,)]


def test_of_two_verdicts_of_one_run_the_later_one_is_the_newest(gradebook: Gradebook) -> None:
    """Not the one with the larger id."""
    ingest(gradebook, submission())
    record(gradebook, 1, score=60, grader="2")
    record(gradebook, 1, score=40, grader="1")
    list(gradebook.query("UPDATE verdicts SET graded_at = '2001' WHERE score = 40"))
    assert list(gradebook.query("SELECT score FROM current_verdicts")) == [(60,)]


def test_the_last_trouble_is_shown_until_there_is_a_verdict(gradebook: Gradebook) -> None:
    ingest(gradebook, submission())
    gradebook.record_trouble(1, "first")
    list(gradebook.query("UPDATE troubles SET at = '2001'"))
    gradebook.record_trouble(1, "second")
    assert gradebook.entry(1).trouble == "second"
    record(gradebook, 1)
    assert gradebook.entry(1).trouble is None


def test_findings_can_be_queried_in_sql(gradebook: Gradebook) -> None:
    ingest(gradebook, submission())
    record(gradebook, 1)
    query = "SELECT ids, question, outcome, points, possible, code FROM findings"
    assert list(gradebook.query(query)) == [('["alice"]', "naive.loss", "failed", 0, 10, "c")]


def test_the_key_comes_back_with_its_seed(tmp_path: Path) -> None:
    with Gradebook(tmp_path / NAME, writing=True) as empty:
        assert empty.run_key() is None
    (tmp_path / NAME).unlink()
    key = require_run_key(new_gradebook(tmp_path))
    assert (key.seed, key.is_secret, key.assignment) == ("7", True, "softmax")
    assert key.settings == ("layout=CxD",)
    assert key.key.sha256


def test_a_new_roster_replaces_the_old_one(gradebook: Gradebook) -> None:
    gradebook.replace_roster([ALICE, BOB])
    gradebook.replace_roster([BOB], {"bob": ("bb", "0071")})
    assert gradebook.roster() == Roster((BOB,), {"bob": ("bb", "0071")})


def test_half_a_transaction_is_none(gradebook: Gradebook) -> None:
    def write_half() -> None:
        with gradebook.transaction() as connection:
            connection.execute("INSERT INTO roster VALUES ('a', 'b', 'c', '[]', 1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert gradebook.roster().people == ()


def test_a_clock_that_goes_back_makes_no_run_older(gradebook: Gradebook) -> None:
    list(gradebook.query("UPDATE runs SET started_at = '2999-01-01T00:00:00.999+00:00'"))
    ingest(gradebook, submission(source=b"old"))
    begin_again(gradebook)
    ingest(gradebook, submission(source=b"new"))
    gradebook.finish_reading()
    assert rows_present(gradebook) == [2]
    assert gradebook.submission(2).source == b"new"  # type: ignore[union-attr]


def test_a_full_disk_is_reported_as_that(gradebook: Gradebook) -> None:
    ((pages,),) = gradebook.query("PRAGMA page_count")
    list(gradebook.query(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(GradebookError, match="full"):
        ingest(gradebook, submission(source=bytes(1_000_000)))
    list(gradebook.query("PRAGMA max_page_count = 100000"))
    ingest(gradebook, submission())


def test_everything_of_the_same_people_is_stored_at_once(
    gradebook: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.gradebook.record.ROWS_PER_TRANSACTION", 1)
    rows: list[Submission | Unreadable] = [
        submission(),
        unreadable(),
        submission(BOB),
        submission(BOB, b"2", attempt=2),
    ]
    assert list(gradebook.ingest(rows)) == [2, 4]


def test_whose_submissions_are_in_other_sources_only(gradebook: Gradebook) -> None:
    ingest(gradebook, submission(), submission(BOB), submission(Person("carla")))
    gradebook.finish_reading()
    assert gradebook.groups_from_other_sources() == []
    begin_again(gradebook, "elsewhere")
    ingest(gradebook, submission(BOB))
    gradebook.finish_reading()
    assert gradebook.groups_from_other_sources() == ["alice", "carla"]


def test_an_extension_makes_a_submission_not_late(gradebook: Gradebook) -> None:
    """On its page and in what the page is made of, too."""
    ingest(gradebook, submission(saved="2026-01-02T00:00:00+00:00", late=True))
    record(gradebook, 1)
    assert gradebook.entry(1).submission.late is True
    list(
        gradebook.query(
            "INSERT INTO extensions (ids, until, granted_by, granted_at, reason) "
            """VALUES ('["alice"]', '2026-01-03T00:00:00+00:00', 'ta', '2026-01-01', 'ill')"""
        )
    )
    assert gradebook.entry(1).submission.late is False
    assert [source.is_late for source in gradebook.page_sources()] == [False]


def test_it_can_be_read_while_it_is_written(gradebook: Gradebook) -> None:
    ingest(gradebook, submission())
    with open_gradebook(gradebook.path.parent) as reader:
        ingest(gradebook, submission(BOB))
        assert rows_present(reader) == [1]
        with pytest.raises(GradebookError, match="readonly"):
            list(reader.query("DELETE FROM submissions"))
