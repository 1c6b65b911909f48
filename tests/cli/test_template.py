"""The command template: a student's files, written together or not at all."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.program import MODULE, TEMPLATE, grader, grader_in

FILES = {path.name: path.read_bytes() for path in TEMPLATE.iterdir() if path.is_file()}


@pytest.mark.parametrize("folder", [None, "here", "new/deep"])
def test_it_writes_the_files_and_says_what_comes_next(tmp_path: Path, folder: str | None) -> None:
    tmp_path.joinpath("here").mkdir()
    done = grader_in(tmp_path, "template", "softmax", *(folder or "").split())
    assert (done.returncode, done.stderr) == (0, "")
    place = tmp_path / (folder or "")
    assert {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()} == FILES
    *written, _, command = done.stdout.splitlines()
    assert len(written) == len(FILES)
    assert str(Path(folder or ".", "softmax.py")) in command
    words = [*MODULE, *shlex.split(command)[3:]]
    graded = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert graded.returncode == 1
    assert "0 of 100 points" in graded.stdout


@pytest.mark.parametrize("name", sorted(FILES))
def test_it_replaces_no_file(tmp_path: Path, name: str) -> None:
    tmp_path.joinpath(name).write_text("my work")
    done = grader("template", "softmax", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path / name}: this file is there already, and nothing was written" in done.stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == ["my work"]


def test_it_follows_no_link_that_leads_nowhere(tmp_path: Path) -> None:
    tmp_path.joinpath("softmax.py").symlink_to(tmp_path / "elsewhere.py")
    assert grader("template", "softmax", tmp_path).returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["softmax.py"]


@pytest.mark.parametrize("name", ["nonsense", "../softmax", ".", ""])
def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path, name: str) -> None:
    done = grader("template", name, tmp_path / "new")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"There is no template {name!r}. Write one of these names: softmax." in done.stderr
    assert not tmp_path.joinpath("new").exists()


def test_a_folder_that_cannot_be_written() -> None:
    done = grader("template", "softmax", "/proc/nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "/proc/nowhere: cannot be written" in done.stderr
