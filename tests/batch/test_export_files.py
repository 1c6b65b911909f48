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
    grader("export", run, "--format", "csv", "--output", grades, "--force", code=3)
    assert grades.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["class", "grades.csv", "run"]


def test_an_export_replaces_a_file_only_with_force(tmp_path: Path) -> None:
    """Whatever is in it: an XML file that is no export begins like one that is."""
    run, source = tmp_path / "run", write_correct(tmp_path / "class", 1)
    grader("batch", source, "--out", run)
    for format in ("csv", "json", "junit"):
        for force in ((), ("--force",)):
            grader("export", run, "--format", format, "--output", tmp_path / format, *force)
    other = tmp_path / "other.xml"
    other.write_text('<?xml version="1.0" encoding="UTF-8"?>\n<feed/>\n')
    for file in (other, source / "student00.py", tmp_path / "json", run / "index.html"):
        before = file.read_bytes()
        refused = grader("export", run, "--format", "junit", "--output", file, code=2)
        assert "this file exists, and nothing was written. Replace it with --force" in (
            refused.stderr
        )
        assert file.read_bytes() == before
