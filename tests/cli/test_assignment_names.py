"""A bare name means a shipped assignment: a folder of that name never runs outside the sandbox."""

import shutil
from pathlib import Path

import pytest

from tests.support.paths import PROJECT
from tests.support.program import REFERENCE, grader_in

COMMANDS: dict[str, tuple[str, ...]] = {
    "grade": ("grade", "work/softmax.py"),
    "explain": ("explain", "nonsense"),  # runs stages.py to list the codes that there are
    "verify-assignment": ("verify-assignment",),
    "batch": ("batch", "work", "--out", "run"),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a submission, and with assignments whose Python files write a marker."""
    tmp_path.joinpath("work").mkdir()
    tmp_path.joinpath("work/softmax.py").write_bytes(REFERENCE.read_bytes())
    marking = f"try: open({str(tmp_path / 'marker')!r}, 'w').close()\nexcept OSError: pass\n"
    for name in ("softmax", "ours"):
        shutil.copytree(PROJECT / "reference/softmax", tmp_path / name)
        shipped = PROJECT / "reference/softmax"
        tmp_path.joinpath(name, "assignment.toml").write_text(f'extends = "{shipped}"\n')
        for path in tmp_path.joinpath(name).rglob("*.py"):
            path.write_text(marking + path.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def named(command: str, name: str) -> tuple[str, ...]:
    option = () if command == "verify-assignment" else ("--assignment",)
    return (*COMMANDS[command], *option, name)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_with_the_name_of_a_shipped_one_does_not_run(command: str, place: Path) -> None:
    done = grader_in(place, *named(command, "softmax"))
    assert done.returncode == (2 if command == "explain" else 0), done.stderr
    assert not place.joinpath("marker").exists()


def test_nor_where_no_name_is_given(place: Path) -> None:
    assert grader_in(place, *COMMANDS["explain"]).returncode == 2
    assert not place.joinpath("marker").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_a_slash_does_not_run_either(command: str, place: Path) -> None:
    done = grader_in(place, *named(command, "ours"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no assignment 'ours'" in done.stderr
    assert "./ours" in done.stderr
    assert not place.joinpath("marker").exists()


def test_a_folder_with_a_slash_is_taken(place: Path) -> None:
    done = grader_in(place, *named("explain", "./ours"))
    assert done.returncode == 2, done.stderr
    assert place.joinpath("marker").exists()
