"""Reading one submission: whatever is at the path gives a submission or a sentence, at once."""

import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from grader.intake import SOURCE_CAP, SubmissionNotFound, read_submission
from grader.model import Message, Submission
from grader.verdict import SubmissionRecord
from tests.support.submission_files import ASKED, FILE, SOURCE


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, so that tests can name files as a user would."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def nobody(here: Path) -> Iterator[None]:
    """Root may read everything, so this continues as an ordinary user."""
    here.chmod(0o755)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)


def refusal(path: str | Path) -> str:
    with pytest.raises(SubmissionNotFound) as refused:
        read_submission(Path(path), ASKED)
    description = str(refused.value)
    assert description.startswith(f"{path}")
    assert " Give the " in description
    return description


@pytest.mark.parametrize("path", ["softmax.py", ".", "any_name.py"])
def test_a_file_or_its_folder(here: Path, path: str) -> None:
    for name in ("softmax.py", "any_name.py"):
        here.joinpath(name).write_bytes(SOURCE)
        os.utime(name, (0, 1_000_000_000.75))
    submission = read_submission(Path(path), ASKED)
    name = FILE if path == "." else path
    assert submission == Submission(
        name, SOURCE, hashlib.sha256(SOURCE).hexdigest(), "2001-09-09T01:46:40+00:00", None
    )


def test_reading_changes_nothing_and_runs_nothing(here: Path) -> None:
    here.joinpath(FILE).write_text("open('ran', 'w')")
    read_submission(Path(FILE), ASKED)
    assert [path.name for path in here.iterdir()] == [FILE]


def test_an_empty_file_is_a_submission(here: Path) -> None:
    here.joinpath(FILE).touch()
    assert read_submission(here, ASKED).problem == Message("empty_file")


def test_nothing_there(here: Path) -> None:
    assert refusal("nowhere.py").startswith("nowhere.py: there is no such file or folder.")
    assert refusal("nowhere").startswith("nowhere: there is no such file or folder.")
    assert refusal(here).startswith(f"{here}: there is no softmax.py in it.")


@pytest.mark.parametrize("name", ["softmax.txt", "softmax", "softmax.pyc", ".py"])
def test_a_file_that_is_not_python(here: Path, name: str) -> None:
    here.joinpath(name).write_bytes(b"loss = 1\n")
    assert refusal(name) == (
        f"{name}: this is neither softmax.py nor a folder or an archive that holds it. "
        "Give the path of a .py file or a notebook, or of the folder, zip or tar that holds it."
    )


@pytest.mark.parametrize("target", ["real.py", "nowhere.py", "softmax.py", "/dev/zero"])
@pytest.mark.parametrize("path", [FILE, "."])
def test_a_symbolic_link(here: Path, target: str, path: str) -> None:
    here.joinpath("real.py").write_bytes(SOURCE)
    here.joinpath(FILE).symlink_to(target)
    expected = f"{FILE}: this is a symbolic link, and links are not followed. Give the path of a "
    assert expected in refusal(path if path == FILE else here)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("path", [FILE, "."])
def test_a_pipe_is_not_waited_for(here: Path, path: str) -> None:
    os.mkfifo(FILE)
    assert "softmax.py: this is not a regular file." in refusal(path if path == FILE else here)


def test_nothing_is_read_from_a_pipe(here: Path) -> None:
    os.mkfifo(FILE)
    pipe = os.open(FILE, os.O_RDWR | os.O_NONBLOCK)
    os.write(pipe, SOURCE)
    refusal(FILE)
    assert os.read(pipe, len(SOURCE) + 1) == SOURCE
    os.close(pipe)


@pytest.mark.parametrize("path", [FILE, "."])
def test_a_socket(here: Path, path: str) -> None:
    """It is not even opened, and neither is a device."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(FILE)
        assert "softmax.py: this is not a regular file." in refusal(path if path == FILE else here)


def test_a_device() -> None:
    assert refusal("/dev/zero").startswith("/dev/zero: this is not a regular file.")


def test_a_folder_named_like_the_file(here: Path) -> None:
    here.joinpath(FILE).mkdir()
    assert refusal(FILE).startswith("softmax.py: there is no softmax.py in it.")


def test_a_folder_named_like_the_file_inside_the_folder(here: Path) -> None:
    here.joinpath(FILE).mkdir()
    open_before = os.listdir("/proc/self/fd")
    assert ": this is not a regular file." in refusal(here)
    assert os.listdir("/proc/self/fd") == open_before


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (SOURCE_CAP, None),
        (SOURCE_CAP + 1, Message("too_large", {"kib": 256})),
        (10**7, Message("too_large", {"kib": 256})),
    ],
)
def test_a_large_file(here: Path, size: int, problem: Message | None) -> None:
    here.joinpath(FILE).write_bytes(b"#" * size)
    submission = read_submission(here, ASKED)
    assert submission.problem == problem
    assert len(submission.source) <= SOURCE_CAP + 1
    assert SOURCE_CAP == 256 * 1024


@pytest.mark.timeout(5)
@pytest.mark.parametrize("path", [FILE, "."])
def test_a_huge_sparse_file(here: Path, path: str) -> None:
    with here.joinpath(FILE).open("wb") as giant:
        giant.truncate(1 << 40)
    submission = read_submission(Path(path), ASKED)
    assert (submission.problem, len(submission.source)) == (
        Message("too_large", {"kib": 256}),
        SOURCE_CAP + 1,
    )


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("# é, 数, 😀\n".encode(), None),
        (b"\xef\xbb\xbf# a byte order mark\n", None),
        (b"x = 1\ny = 'caf\xe9'\n", Message("not_utf8", {"byte": 15}, line=2)),
        (b"\x80", Message("not_utf8", {"byte": 1}, line=1)),
        (b"\xed\xa0\x80", Message("not_utf8", {"byte": 1}, line=1)),
    ],
)
def test_source_that_is_not_utf8_is_a_problem_with_line_and_byte(
    here: Path, source: bytes, problem: Message | None
) -> None:
    here.joinpath(FILE).write_bytes(source)
    submission = read_submission(here, ASKED)
    assert (submission.problem, submission.source) == (problem, source)


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("locked", [FILE, "folder"])
@pytest.mark.parametrize("path", ["folder/softmax.py", "folder"])
def test_without_permission_to_read(here: Path, locked: str, path: str) -> None:
    """Neither the file, nor its folder."""
    was = os.geteuid()
    os.seteuid(os.getuid())
    here.joinpath("folder").mkdir()
    here.joinpath("folder", FILE).write_bytes(SOURCE)
    os.chmod(f"folder/{FILE}" if locked == FILE else "folder", 0)
    os.seteuid(was)
    assert "permission denied" in refusal(path).lower()


def test_a_name_that_is_too_long(here: Path) -> None:
    assert "file name too long" in refusal("a" * 300 + ".py").lower()


def test_a_name_that_is_not_utf8_can_be_encoded(here: Path) -> None:
    """A file name may be any bytes, and a verdict that has it must still become JSON."""
    name = os.fsdecode(b"soft\xffmax.py")
    here.joinpath(name).write_bytes(SOURCE)
    submission = read_submission(Path(name), ASKED)
    assert msgspec.json.encode(
        SubmissionRecord(submission.file, submission.sha256, submission.saved)
    )
