"""The file that an export writes: it replaces nothing that somebody may miss."""

import os
from pathlib import Path

import pytest

from grader.gradebook.database import NAME
from tests.support.batches import grader, query, write_correct


@pytest.mark.parametrize("name", [NAME, f"{NAME}-wal", "link.csv"])
def test_an_export_never_takes_the_place_of_a_gradebook(tmp_path: Path, name: str) -> None:
    run = tmp_path / "run"
    grader("batch", write_correct(tmp_path / "class", 1), "--out", run)
    (run / "link.csv").symlink_to(NAME)
    refused = grader("export", run, "--format", "csv", "--output", run / name, code=2)
    assert "the place of a gradebook" in refused.stderr
    assert query(run, "SELECT score FROM verdicts") == [(100,)]


def test_an_export_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    run, grades = tmp_path / "run", tmp_path / "grades.csv"
    grader("batch", write_correct(tmp_path / "class", 1), "--out", run)
    grader("export", run, "--format", "csv", "--output", grades)
    before = grades.read_bytes()
    (run / NAME).write_bytes((run / NAME).read_bytes()[:40_000])
    grader("export", run, "--format", "csv", "--output", grades, code=3)
    assert grades.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["class", "grades.csv", "run"]


def test_an_export_replaces_only_an_earlier_one(tmp_path: Path) -> None:
    run, source = tmp_path / "run", write_correct(tmp_path / "class", 1)
    grader("batch", source, "--out", run)
    for format in ("csv", "json", "junit"):
        for _ in range(2):
            grader("export", run, "--format", format, "--output", tmp_path / format)
    for other in (source / "student00.py", tmp_path / "json", run / "index.html"):
        before = other.read_bytes()
        refused = grader("export", run, "--format", "csv", "--output", other, code=2)
        assert "something else is in this place" in refused.stderr
        assert other.read_bytes() == before
