"""The command export: which files it replaces. Batches themselves: tests/batch."""

import os
import sqlite3
from pathlib import Path

import pytest

from grader.gradebook.database import NAME
from tests.support.program import REFERENCE, grader

XML = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><!-- somebody else\'s -->\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    folder.joinpath("alice.py").write_bytes(REFERENCE.read_bytes())
    out = tmp_path_factory.mktemp("out") / "run"
    assert grader("batch", folder, "--out", out).returncode == 0
    return out


@pytest.mark.parametrize("content", [XML, "", "id,name,email\n"])
def test_a_file_is_replaced_only_with_force(run: Path, tmp_path: Path, content: str) -> None:
    """Not even an empty file, or one that looks like an export."""
    path = tmp_path / "grades.xml"
    path.write_text(content)
    command = ("export", run, "--format", "junit", "--output", path)
    done = grader(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{path}: this file exists, and nothing was written. "
        "Replace it with --force, or name another file.\n"
    )
    assert path.read_text() == content
    assert grader(*command, "--force").returncode == 0
    assert "alice" in path.read_text()


def test_a_new_file_and_the_terminal_need_no_force(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    assert grader("export", run, "--format", "csv", "--output", path).returncode == 0
    done = grader("export", run, "--format", "csv", "--output", "/dev/stdout")
    assert done.stdout == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [NAME, "copy.sqlite", "link.csv"])
def test_a_gradebook_is_never_replaced(run: Path, tmp_path: Path, name: str) -> None:
    """Nor is a copy of one, whatever its name, nor what a link leads to."""
    with sqlite3.connect(run / NAME) as source, sqlite3.connect(tmp_path / "copy.sqlite") as copy:
        source.backup(copy)
    tmp_path.joinpath("link.csv").symlink_to("copy.sqlite")
    tmp_path.joinpath(NAME).write_bytes(tmp_path.joinpath("copy.sqlite").read_bytes())
    before = tmp_path.joinpath(name).read_bytes()
    done = grader("export", run, "--format", "csv", "--output", tmp_path / name, "--force")
    assert (done.returncode, done.stdout) == (2, "")
    assert "this is the place of a gradebook, and nothing was written" in done.stderr
    assert tmp_path.joinpath(name).read_bytes() == before


@pytest.mark.parametrize("name", [NAME, f"{NAME}-wal"])
def test_nor_is_that_of_the_run_itself(run: Path, name: str) -> None:
    before = (run / NAME).read_bytes()
    done = grader("export", run, "--format", "csv", "--output", run / name, "--force")
    assert (done.returncode, done.stdout) == (2, "")
    assert "this is the place of a gradebook, and nothing was written" in done.stderr
    assert (run / NAME).read_bytes() == before


def test_an_export_that_fails_leaves_the_last_one(run: Path, tmp_path: Path) -> None:
    damaged, grades = tmp_path / "run", tmp_path / "grades.csv"
    damaged.mkdir()
    (damaged / NAME).write_bytes((run / NAME).read_bytes()[:40_000])
    grades.write_text("the last one")
    done = grader("export", damaged, "--format", "csv", "--output", grades, "--force")
    assert done.returncode == 3
    assert grades.read_text() == "the last one"
    assert sorted(os.listdir(tmp_path)) == ["grades.csv", "run"]
