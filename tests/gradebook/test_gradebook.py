"""The gradebook: what is written stays, what is asked for comes back, and what cannot be used is told in one sentence."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.key_file import decode_key, encode_key
from grader.assignment.settings import find_assignment, read_assignment
from grader.gradebook.database import NAME, FolderError, GradebookError
from grader.gradebook.folder import locked, set_aside
from grader.gradebook.network_files import network_file_system
from grader.gradebook.record import (
    Gradebook,
    RunKey,
    VerdictRecord,
    open_gradebook,
    require_run_key,
    run_key_in,
)
from grader.model import Message, Person, Submission, Unreadable
from tests.support.paths import PROJECT

SCHEMA = PROJECT / "grader/gradebook/schema.sql"
ALICE, BOB = Person("alice", "Alice Ángel", "alice@x.edu"), Person("bob")
VERDICT = json.dumps(
    {
        "findings": [
            {
                "question": "naive.loss",
                "outcome": "failed",
                "points": 0,
                "possible": 10,
                "message": {"code": "c"},
            }
        ]
    }
)


def submission(
    person: Person = ALICE, source: bytes = b"x = 1\n", attempt: int = 1, **more: object
) -> Submission:
    return Submission(
        "softmax.py",
        source,
        f"{hash(source):x}",
        people=(person,),
        attempt=attempt,
        origin=f"{person.id}.py",
        **more,
    )  # type: ignore[arg-type]


def frozen(seed: int = 3) -> RunKey:
    data = encode_key(build_key(read_assignment(find_assignment("softmax")), seed, named=False))
    return RunKey(decode_key(data), data, str(seed), True, "softmax", ("layout=CxD",))


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    made = Gradebook(tmp_path / NAME, writing=True)
    made.begin("here", "1/1", {"attempts": "latest"}, {"grader": "1"})
    return made


def take(gradebook: Gradebook, *handed_in: Submission | Unreadable) -> None:
    assert list(gradebook.ingest(handed_in))[-1] == len(handed_in)


def again(gradebook: Gradebook) -> None:
    """Another call of batch."""
    gradebook.begin("here", {"attempts": "all"}, {"grader": "1"})


def add(
    gradebook: Gradebook, row: int, score: float = 50.0, key: str | None = None, grader: str = "1"
) -> None:
    gradebook.add(
        row,
        key or require_run_key(gradebook).key.sha256,
        grader,
        VerdictRecord(score, 100.0, 0.0, "", "full", VERDICT.encode()),
    )


def test_what_was_handed_in_comes_back_as_it_was(gradebook: Gradebook) -> None:
    one = submission(
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
    take(gradebook, one, group, none)
    assert [entry.handed_in for entry in sorted(gradebook.entries())] == [one, group, none]
    assert set(gradebook.people()) == {(ALICE,), (ALICE, BOB), (BOB,)}


def test_handed_in_again_it_is_the_same_row_with_what_is_known_now(gradebook: Gradebook) -> None:
    take(gradebook, submission())
    again(gradebook)
    take(gradebook, submission(Person("alice", "Alice Angel", "new@x.edu"), late=True))
    (entry,) = gradebook.entries()
    assert (entry.row, entry.handed_in.people[0].email, entry.handed_in.late) == (
        1,
        "new@x.edu",
        True,
    )


def test_the_bytes_that_were_seen_last_are_what_counts(gradebook: Gradebook) -> None:
    for source in (b"old", b"new", b"old"):
        take(gradebook, submission(source=source))
        again(gradebook)
    (entry,) = gradebook.entries()
    assert isinstance(entry.handed_in, Submission)
    assert entry.handed_in.source == b"old"
    assert next(gradebook.ask("SELECT count(*) FROM submissions")) == (2,)  # nothing is lost


def test_what_waits_is_what_has_no_verdict_of_this_key_and_grader(gradebook: Gradebook) -> None:
    gradebook.store_key(frozen())
    key = require_run_key(gradebook).key.sha256
    take(
        gradebook,
        submission(),
        submission(BOB),
        submission(BOB, b"2", attempt=2),
        Unreadable((ALICE,), "z", Message("m"), attempt=3),
    )
    assert gradebook.waiting(key, "1") == [1, 2, 3]
    add(gradebook, 1)
    add(gradebook, 3)
    assert gradebook.waiting(key, "1") == [2]
    assert gradebook.waiting(key, "2") == [1, 2, 3]


def test_a_verdict_is_never_written_twice_nor_over(gradebook: Gradebook) -> None:
    gradebook.store_key(frozen())
    take(gradebook, submission())
    add(gradebook, 1, score=50)
    with pytest.raises(GradebookError, match="UNIQUE"):
        add(gradebook, 1, score=100)
    add(gradebook, 1, score=60, grader="2")
    assert list(gradebook.ask("SELECT score FROM verdicts")) == [(50,), (60,)]
    assert list(gradebook.ask("SELECT score FROM current_verdicts")) == [(60,)]


def test_the_last_trouble_is_told_until_there_is_a_verdict(gradebook: Gradebook) -> None:
    gradebook.store_key(frozen())
    take(gradebook, submission())
    gradebook.record_trouble(1, "first")
    gradebook.record_trouble(1, "second")
    assert next(gradebook.entries()).trouble == "second"
    add(gradebook, 1)
    assert next(gradebook.entries(1)).trouble is None


def test_findings_can_be_asked_for_in_sql(gradebook: Gradebook) -> None:
    gradebook.store_key(frozen())
    take(gradebook, submission())
    add(gradebook, 1)
    asked = gradebook.ask("SELECT ids, question, outcome, points, possible, code FROM findings")
    assert list(asked) == [('["alice"]', "naive.loss", "failed", 0, 10, "c")]


def test_the_key_comes_back_with_its_seed(gradebook: Gradebook) -> None:
    assert gradebook.frozen() is None
    gradebook.store_key(frozen(5))
    kept = require_run_key(gradebook)
    assert (kept.seed, kept.is_secret, kept.assignment, kept.settings) == (
        "5",
        True,
        "softmax",
        ("layout=CxD",),
    )
    assert kept.key.sha256 == frozen(5).key.sha256


def test_what_was_handed_in_by_somebody_in_a_group_is_found(gradebook: Gradebook) -> None:
    group = Submission("softmax.py", b"", "f", people=(ALICE, BOB), attempt=2)
    take(gradebook, submission(), group)
    assert gradebook.rows_of("alice") == [(1, 1), (2, 2)]
    assert gradebook.rows_of("bob") == [(2, 2)]
    assert gradebook.rows_of("ali") == []


def test_everything_is_on_the_disk_before_the_next_row_is_begun(gradebook: Gradebook) -> None:
    assert next(gradebook.ask("PRAGMA journal_mode")) == ("wal",)
    assert next(gradebook.ask("PRAGMA synchronous")) == (2,)  # FULL


def test_only_its_owner_reads_the_answers(gradebook: Gradebook) -> None:
    take(gradebook, submission())
    for path in gradebook.path.parent.glob(f"{NAME}*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_it_can_be_read_while_it_is_written(gradebook: Gradebook) -> None:
    take(gradebook, submission())
    with open_gradebook(gradebook.path.parent) as reader:
        assert len(list(reader.entries())) == 1
        with pytest.raises(GradebookError, match="readonly"):
            list(reader.ask("DELETE FROM submissions"))


def test_half_a_transaction_is_none(gradebook: Gradebook) -> None:
    def half() -> None:
        with gradebook.together():
            gradebook.insert("roster", "id, name, email, run", ("a", "b", "c", 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert gradebook.roster() == ()


def test_a_new_roster_takes_the_place_of_the_old(gradebook: Gradebook) -> None:
    gradebook.replace_roster([ALICE, BOB])
    gradebook.replace_roster([BOB])
    assert gradebook.roster() == (BOB,)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda path: path.write_bytes(b"not a database, just text" * 50),
            "file is not a database",
        ),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE t (a)"), "this is no gradebook"),
        (lambda path: path.mkdir(), "unable to open"),
    ],
)
def test_what_is_no_gradebook_is_left_alone(tmp_path: Path, make: object, said: str) -> None:
    make(tmp_path / NAME)  # type: ignore[operator]
    before = (tmp_path / NAME).read_bytes() if (tmp_path / NAME).is_file() else b""
    with pytest.raises((GradebookError, FolderError), match=said):
        Gradebook(tmp_path / NAME, writing=True)
    assert before == (b"" if (tmp_path / NAME).is_dir() else (tmp_path / NAME).read_bytes())


def test_a_gradebook_of_a_later_grader_is_refused(gradebook: Gradebook) -> None:
    list(gradebook.ask("PRAGMA user_version = 99"))
    with pytest.raises(FolderError, match=r"version 99.*Use the grader that made it"):
        open_gradebook(gradebook.path.parent)


CUT_OFF = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.executescript("PRAGMA cache_size = 1; BEGIN IMMEDIATE; PRAGMA application_id = 0x4752424B; CREATE TABLE runs (id, x);")
connection.executemany("INSERT INTO runs VALUES (?, ?)", ((number, "x" * 1000) for number in range(100)))
os._exit(9)
"""


def test_one_that_was_cut_off_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", CUT_OFF, str(tmp_path / NAME)], check=False)
    assert (tmp_path / NAME).stat().st_size > 0
    assert run_key_in(tmp_path) is None
    with pytest.raises(FolderError, match="nothing has been graded here yet"):
        open_gradebook(tmp_path)
    with Gradebook(tmp_path / NAME, writing=True) as made:
        made.store_key(frozen())
    with open_gradebook(tmp_path) as reader:
        assert require_run_key(reader).seed == "3"


def test_it_is_made_all_at_once() -> None:
    """So that there is nothing between no gradebook and a whole one."""
    statements = SCHEMA.read_text().replace("COMMIT;\n", "ROLLBACK;\n")
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(statements)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert connection.execute("PRAGMA application_id").fetchone() == (0,)


def test_it_is_set_aside_whole_or_not_at_all(gradebook: Gradebook) -> None:
    folder = gradebook.path.parent
    take(gradebook, submission())
    gradebook.close()
    with open_gradebook(folder) as reader:
        next(reader.ask("SELECT * FROM runs"))
        with pytest.raises(FolderError, match="another program has it open"):
            set_aside(folder)
    assert gradebook.path.exists()
    aside = set_aside(folder)
    assert aside is not None
    assert [path.name for path in folder.iterdir()] == [aside.name]
    with Gradebook(aside) as kept:
        assert len(list(kept.entries())) == 1


def test_nothing_is_left_beside_it_by_who_reads(gradebook: Gradebook) -> None:
    take(gradebook, submission())
    gradebook.close()
    with open_gradebook(gradebook.path.parent) as reader:
        assert len(list(reader.entries())) == 1
    assert [path.name for path in gradebook.path.parent.iterdir()] == [NAME]


def test_the_newest_verdict_is_the_one_that_was_written_last_wherever(gradebook: Gradebook) -> None:
    """Not the one that came last: parts may be put together in any order."""
    gradebook.store_key(frozen())
    take(gradebook, submission())
    add(gradebook, 1, score=60, grader="2")
    add(gradebook, 1, score=40, grader="1")
    list(
        gradebook.ask(
            "UPDATE verdicts SET graded = '2026-01-01T00:00:00.000+00:00' WHERE score = 40"
        )
    )
    assert list(gradebook.ask("SELECT score FROM current_verdicts")) == [(60,)]


def test_a_clock_that_goes_back_makes_no_run_older(gradebook: Gradebook) -> None:
    list(gradebook.ask("UPDATE runs SET began = '2999-01-01T00:00:00.999+00:00'"))
    take(gradebook, submission(source=b"old"))
    gradebook.mark("read")
    again(gradebook)
    take(gradebook, submission(source=b"new"))
    gradebook.mark("read")
    assert list(gradebook.ask("SELECT began FROM runs WHERE id = 2")) == [
        ("2999-01-01T00:00:01.000+00:00",)
    ]
    (entry,) = gradebook.entries()
    assert isinstance(entry.handed_in, Submission)
    assert (entry.handed_in.source, entry.is_present) == (b"new", True)


def test_a_disk_that_is_full_is_told_as_that(gradebook: Gradebook) -> None:
    list(gradebook.ask("PRAGMA max_page_count = 30"))
    with pytest.raises(GradebookError, match="full"):
        take(gradebook, submission(source=bytes(1_000_000)))
    list(gradebook.ask("PRAGMA max_page_count = 100000"))
    take(gradebook, submission())


def test_what_cannot_be_read_has_a_row_each(gradebook: Gradebook) -> None:
    """Also where all else is alike."""
    strays = [
        Unreadable((ALICE,), name, Message("unread_kind"))
        for name in ("alice.txt", "alice.pdf", "alice.docx")
    ]
    for _ in range(2):
        take(gradebook, *strays)
        again(gradebook)
    assert [entry.handed_in.origin for entry in gradebook.entries()] == [
        "alice.txt",
        "alice.pdf",
        "alice.docx",
    ]
    assert [told.row for told in gradebook.page_sources()] == [1]  # a page for all three


def test_all_of_the_same_people_is_written_at_once(
    gradebook: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.gradebook.record.TOGETHER", 1)
    rows: list[Submission | Unreadable] = [
        submission(),
        Unreadable((ALICE,), "alice.txt", Message("m")),
        submission(BOB),
        submission(BOB, b"2", attempt=2),
    ]
    assert list(gradebook.ingest(rows)) == [2, 4]


def test_one_that_is_damaged_can_be_set_aside(gradebook: Gradebook) -> None:
    folder = gradebook.path.parent
    take(gradebook, submission())
    gradebook.close()
    damaged = b"\0" * 100 + gradebook.path.read_bytes()[100:]
    gradebook.path.write_bytes(damaged)
    aside = set_aside(folder)
    assert aside is not None
    assert aside.read_bytes() == damaged
    assert [path.name for path in folder.iterdir()] == [aside.name]


def test_one_in_an_archive_can_be_read(
    gradebook: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that nobody can write to, where SQLite could put nothing beside it."""
    take(gradebook, submission())
    gradebook.close()
    monkeypatch.setattr("grader.gradebook.database.os.access", lambda path, mode: False)
    with open_gradebook(gradebook.path.parent) as reader:
        assert len(list(reader.entries())) == 1
        assert [path.name for path in gradebook.path.parent.iterdir()] == [NAME]


def test_what_is_of_another_source_is_known(gradebook: Gradebook) -> None:
    take(gradebook, submission(), submission(BOB), submission(Person("carla")))
    gradebook.mark("read")
    assert gradebook.elsewhere() == []
    gradebook.begin("elsewhere", "1/1", {}, {})
    take(gradebook, submission(BOB))
    gradebook.mark("read")
    assert gradebook.elsewhere() == ["alice", "carla"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("somebody's page")
    with (
        pytest.raises(FolderError, match=r"something else in this folder, 'index\.html'"),
        locked(tmp_path),
    ):
        pass
    (tmp_path / "index.html").unlink()
    with locked(tmp_path):
        pass
    (tmp_path / "index.html").write_text("ours")
    (tmp_path / "gradebook-until-20260101T000000.sqlite").write_text("")
    with locked(tmp_path):
        pass


def test_a_folder_without_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="Name the folder of a run"):
        open_gradebook(tmp_path)


MOUNTS = """\
22 1 8:1 / / rw shared:1 - ext4 /dev/vda rw
40 22 0:30 / /home/ta rw - nfs4 server:/home rw
41 40 0:31 / /home/ta/local\\040disk rw - xfs /dev/vdb rw
42 22 0:32 / /mnt/c rw - 9p C: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ta/run", "nfs4"),
        ("/home/ta/local disk/run", ""),
        ("/home/tasks", ""),
        ("/mnt/c/Users/run", "9p"),
        ("/var/run", ""),
    ],
)
def test_a_network_file_system_is_seen(tmp_path: Path, path: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert network_file_system(Path(path), mounts) == kind


def test_a_gradebook_on_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.gradebook.database.network_file_system", lambda path: "nfs4")
    with pytest.raises(FolderError, match=r"network file system \(nfs4\).*Name a local folder"):
        Gradebook(tmp_path / NAME, writing=True)
    assert not (tmp_path / NAME).exists()
