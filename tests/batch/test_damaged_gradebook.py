"""A gradebook that cannot be read or written: the error says what helps."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from grader.gradebook.database import NAME, GradebookError
from grader.gradebook.record import Gradebook
from tests.support.batches import LentKey, grader, query, write_correct


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, lent: LentKey) -> tuple[Path, Path]:
    """A run of a class of one, and the class."""
    folder = tmp_path_factory.mktemp("graded")
    run, source = folder / "run", write_correct(folder / "class", 1)
    grader("batch", source, "--out", run, *lent)
    return run, source


@pytest.mark.parametrize("damage", [b"no database, but as long as one", None])
def test_a_damaged_gradebook_is_kept_and_the_error_says_what_helps(
    tmp_path: Path, graded: tuple[Path, Path], lent: LentKey, damage: bytes | None
) -> None:
    """damage: what stands in the file; None for noise after its first page."""
    run, source = tmp_path / "run", graded[1]
    shutil.copytree(graded[0], run)
    whole = (run / NAME).read_bytes()
    noise = whole[:4096] + b"\xff" * (len(whole) - 4096)
    damaged = damage * 999 if damage else noise
    (run / NAME).write_bytes(damaged)
    error = grader("batch", source, "--out", run, code=3).stderr
    assert re.search(
        r"(not a database|disk image is malformed)\)\. "
        r"Restore a copy of it, or start over with batch --fresh, .*\n\Z",
        error,
    )
    damaged = (run / NAME).read_bytes()
    grader("batch", source, "--out", run, "--fresh", *lent)
    assert [path.read_bytes() for path in run.glob("gradebook-until-*.sqlite")] == [damaged]
    assert query(run, "SELECT score FROM verdicts") == [(100,)]


def test_a_full_disk_and_a_file_that_may_not_be_written_have_an_error_that_says_what_helps(
    tmp_path: Path,
) -> None:
    path = tmp_path / NAME
    make_room = r"is full\)\. Make room on the disk and run the same command again"
    with Gradebook(path, writing=True) as full:
        ((pages,),) = full.query("PRAGMA page_count")
        list(full.query(f"PRAGMA max_page_count = {pages}"))
        insert = "INSERT INTO runs (started_at, source, settings, versions) VALUES (?, '', '', '')"
        with pytest.raises(GradebookError, match=make_room):
            list(full.query(insert, ("x" * 100_000,)))
        list(full.query(insert, ("small",)))
    read_only = r"readonly database\)\. See who may write in that folder\."
    with Gradebook(path) as reader, pytest.raises(GradebookError, match=read_only):
        list(reader.query("DELETE FROM runs"))
    cannot_open = r"unable to open database file\)\. See who may write in that folder\."
    with pytest.raises(GradebookError, match=cannot_open):
        Gradebook(tmp_path)
    other = r"no such table: lost\)\. Repair that and run again: what is written stays\."
    with Gradebook(path) as reader, pytest.raises(GradebookError, match=other):
        list(reader.query("SELECT * FROM lost"))


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE answer_keys SET key = substr(key, 1, 5000)", "the answer key"),
        ("UPDATE answer_keys SET content_hashes = '{'", "the answer key"),
        ("UPDATE submissions SET people = '[{}]'", "a submission"),
        ("UPDATE submissions SET more = '[1]'", "a submission"),
    ],
)
def test_a_damaged_value_is_named(
    tmp_path: Path, graded: tuple[Path, Path], damage: str, what: str
) -> None:
    run, source = tmp_path / "run", graded[1]
    shutil.copytree(graded[0], run)
    connection = sqlite3.connect(run / NAME)
    with connection:
        connection.execute(damage)
    connection.close()
    sentence = (
        f"{run / NAME}: {what} in it is damaged. "
        "Restore a copy of the file, or start over with batch --fresh."
    )
    with Gradebook(run / NAME) as gradebook:
        read = gradebook.run_key if what == "the answer key" else lambda: list(gradebook.entries())
        with pytest.raises(GradebookError, match=re.escape(sentence)):
            read()
    if what == "the answer key":
        assert grader("batch", source, "--out", run, code=3).stderr.endswith(f"{sentence}\n")
        grader("batch", source, "--out", run, "--fresh")
