"""A bare name means a shipped assignment: a folder of that name never runs outside the sandbox."""

from pathlib import Path

import pytest

from tests.support.marking_assignments import write_marking
from tests.support.program import REFERENCE, grader_in

COMMANDS: dict[str, tuple[str, ...]] = {
    "grade": ("grade", "work/softmax.py"),
    "explain": ("explain", "nonsense"),  # runs stages.py to list the codes that there are
    "verify-assignment": ("verify-assignment",),
    "batch": ("batch", "work", "--out", "run"),
}
# The whole verification takes seconds: tests/verification has it run beside such a folder.
BRIEF = [command for command in COMMANDS if command != "verify-assignment"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a submission, and with assignments whose Python files write `marker`."""
    tmp_path.joinpath("work").mkdir()
    tmp_path.joinpath("work/softmax.py").write_bytes(REFERENCE.read_bytes())
    write_marking(tmp_path, "softmax", "ours")
    return tmp_path


def named(command: str, name: str) -> tuple[str, ...]:
    option = () if command == "verify-assignment" else ("--assignment",)
    return (*COMMANDS[command], *option, name)


@pytest.mark.parametrize("command", BRIEF)
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
