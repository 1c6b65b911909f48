"""The SQLite file: safe to write, easy to read, and refused in one sentence if it is of no use."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.gradebook.database import NAME, SCHEMA, FolderError, GradebookError
from grader.gradebook.record import Gradebook, open_gradebook, require_run_key, run_key_in
from tests.support.gradebooks import ingest, new_gradebook, submission


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    gradebook = new_gradebook(tmp_path)
    ingest(gradebook, submission())
    return gradebook


def count(gradebook: Gradebook) -> int:
    return sum(1 for _ in gradebook.attempts())


def test_everything_is_on_the_disk_before_the_next_transaction(gradebook: Gradebook) -> None:
    assert next(gradebook.query("PRAGMA journal_mode")) == ("wal",)
    assert next(gradebook.query("PRAGMA synchronous")) == (2,)  # FULL


def test_only_its_owner_reads_the_answers(gradebook: Gradebook) -> None:
    for path in gradebook.path.parent.glob(f"{NAME}*"):
        assert path.stat().st_mode & 0o077 == 0, path


def write_text(path: Path) -> None:
    path.write_bytes(b"not a database, just text" * 50)


def write_other_database(path: Path) -> None:
    sqlite3.connect(path).execute("CREATE TABLE t (a)")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (write_text, "file is not a database"),
        (write_other_database, "this is no gradebook"),
        (Path.mkdir, "unable to open"),
    ],
)
def test_other_files_are_left_alone(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / NAME
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises((GradebookError, FolderError), match=message):
        Gradebook(path, writing=True)
    assert before == (path.read_bytes() if path.is_file() else b"")


@pytest.mark.parametrize("version", [0, 99])
def test_a_gradebook_of_an_unknown_version_is_refused(gradebook: Gradebook, version: int) -> None:
    list(gradebook.query(f"PRAGMA user_version = {version}"))
    with pytest.raises(FolderError, match=rf"version {version}.*Use the grader that made it"):
        open_gradebook(gradebook.path.parent)


CUT_OFF = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in (
    "PRAGMA cache_size = 1",
    "BEGIN IMMEDIATE",
    "PRAGMA application_id = 0x4752424B",
    "CREATE TABLE runs (id, x)",
):
    connection.execute(statement)
rows = ((number, "x" * 1000) for number in range(100))
connection.executemany("INSERT INTO runs VALUES (?, ?)", rows)
os._exit(9)
"""


def test_a_file_that_was_cut_off_while_it_was_created_is_created_anew(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", CUT_OFF, str(tmp_path / NAME)], check=False)
    assert (tmp_path / NAME).stat().st_size > 0
    assert run_key_in(tmp_path) is None
    with pytest.raises(FolderError, match="nothing has been graded here yet"):
        open_gradebook(tmp_path)
    new_gradebook(tmp_path).close()
    with open_gradebook(tmp_path) as reader:
        assert require_run_key(reader).seed == "7"


def test_it_is_created_in_one_transaction() -> None:
    """So that there is nothing between no gradebook and a whole one."""
    statements = SCHEMA.read_text().replace("COMMIT;\n", "ROLLBACK;\n")
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(statements)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert connection.execute("PRAGMA application_id").fetchone() == (0,)
    connection.close()


def test_readers_leave_nothing_beside_it(gradebook: Gradebook) -> None:
    gradebook.close()
    with open_gradebook(gradebook.path.parent) as reader:
        assert count(reader) == 1
    assert [path.name for path in gradebook.path.parent.iterdir()] == [NAME]


def test_it_can_be_read_in_an_archive(
    gradebook: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that nobody can write to, where SQLite could put nothing beside it."""
    gradebook.close()
    monkeypatch.setattr("grader.gradebook.database.os.access", lambda path, mode: False)
    with open_gradebook(gradebook.path.parent) as reader:
        assert count(reader) == 1
        assert [path.name for path in gradebook.path.parent.iterdir()] == [NAME]


def test_a_folder_without_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="Name the folder of a run"):
        open_gradebook(tmp_path)


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.gradebook.database.network_file_system", lambda path: "nfs4")
    with pytest.raises(FolderError, match=r"network file system \(nfs4\).*Name a local folder"):
        Gradebook(tmp_path / NAME, writing=True)
    assert not (tmp_path / NAME).exists()
