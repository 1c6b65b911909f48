"""The file to grade in what one student submitted, and the reason where there is none."""

import os
import socket
from pathlib import Path

import pytest

from grader.intake import SOURCE_CAP
from grader.model import Message, Person, Submission, Unreadable
from tests.support.submission_files import (
    FILE,
    SOURCE,
    contents_by_id,
    make_zip,
    read_class,
    write_class,
    write_files,
)


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"alice.txt": b""}, Message("unread_kind", {"file": FILE})),
        ({"alice": b""}, Message("unread_kind", {"file": FILE})),
        ({"alice.ipynb": b"{}"}, Message("unread_notebook", {"file": FILE})),
        ({"alice/softmax.ipynb": b"{}"}, Message("unread_notebook", {"file": FILE})),
        (
            {"alice/hw1/softmax.ipynb": b"{}", "alice/notes.txt": b""},
            Message("unread_notebook", {"file": FILE}),
        ),
        ({"alice.rar": b""}, Message("unread_archive", {"file": FILE})),
        ({"alice/hw.7z": b""}, Message("unread_archive", {"file": FILE})),
        (
            {"alice/hw.tar.gz": b"", "alice/notes.txt": b""},
            Message("unread_archive", {"file": FILE}),
        ),
        (
            {"alice/notes.txt": b"", "alice/.DS_Store": b""},
            Message("unread_no_file", {"file": FILE}, "notes.txt"),
        ),
        ({"alice/.DS_Store": b""}, Message("unread_no_file", {"file": FILE})),
        (
            {"alice/my.py": b"", "alice/x.ipynb": b"", "alice/d/b.py": b""},
            Message("unread_no_file", {"file": FILE}, "d/b.py, my.py"),
        ),
        (
            {"alice/a/b/softmax.py": b"", "alice/my.py": b""},
            Message("unread_no_file", {"file": FILE}, "a/b/softmax.py"),
        ),
        (
            {f"alice/{n}.py": b"" for n in range(9)},
            Message("unread_no_file", {"file": FILE}, "0.py, 1.py, 2.py"),
        ),
        (
            {f"alice/{'n' * 150}{n}.py": b"" for n in range(9)},
            Message("unread_no_file", {"file": FILE}, f"{'n' * 150}0.py, {'n' * 44}"),
        ),
        (
            {"alice/b/softmax.py": b"", "alice/a/softmax.py": b""},
            Message("unread_several", {"file": FILE, "count": 2}, "a/softmax.py, b/softmax.py"),
        ),
        (
            {"alice/1.zip": b"", "alice/2.zip": b""},
            Message("unread_several", {"file": FILE, "count": 2}, "1.zip, 2.zip"),
        ),
        ({"alice/softmax.py/x": b""}, Message("unread_special")),
        ({"alice.zip": b"no zip"}, Message("unread_zip_damaged")),
        (
            {"alice.zip": make_zip({"b/softmax.py": b"", "a/softmax.py": b""})},
            Message("unread_several", {"file": FILE, "count": 2}, "a/softmax.py, b/softmax.py"),
        ),
        (
            {"alice.zip": make_zip({"notes.txt": b""})},
            Message("unread_no_file", {"file": FILE}, "notes.txt"),
        ),
        (
            {"alice.zip": make_zip({"softmax.ipynb": b""})},
            Message("unread_notebook", {"file": FILE}),
        ),
        (
            {"alice.zip": make_zip({"in.zip": make_zip({"softmax.py": b""})})},
            Message("unread_zip_in_zip", {"file": FILE}),
        ),
        (
            {"alice/hw.zip": make_zip({"in.zip": make_zip({"softmax.py": b""})})},
            Message("unread_zip_in_zip", {"file": FILE}),
        ),
    ],
)
def test_a_submission_without_the_file_has_a_reason(
    tmp_path: Path, files: dict[str, bytes], reason: Message, as_zip: bool
) -> None:
    """The other submissions are graded as usual."""
    source = write_class(tmp_path, {**files, "bob.py": SOURCE}, as_zip)
    row, neighbour = read_class(source)
    assert isinstance(row, Unreadable)
    assert (row.people, row.reason, row.origin) == (
        (Person("alice"),),
        reason,
        next(iter(files)).split("/")[0],
    )
    assert isinstance(neighbour, Submission)


@pytest.mark.parametrize("place", ["alice/softmax.py", "alice/hw1/softmax.py", "alice/hw.zip"])
def test_places_in_a_students_folder_where_the_file_is_found(tmp_path: Path, place: str) -> None:
    """Other files around it do not matter, and a nearer place wins."""
    content = SOURCE
    if place.endswith(".zip"):
        content = make_zip({"hw1/softmax.py": SOURCE, "notes.txt": b""})
    around = {
        "alice/notes.txt": b"",
        "alice/plots/loss.png": b"",
        "alice/plots/old/softmax.py": b"",
        "alice/my.py": b"",
    }
    if place == "alice/softmax.py":
        further = ("alice/a/softmax.py", "alice/b/softmax.py", "alice/hw.zip")
        around |= dict.fromkeys(further, b"")
    write_files(tmp_path, {place: content, **around, "bob.py": b"B"})
    assert contents_by_id(tmp_path) == {"alice": SOURCE, "bob": b"B"}


@pytest.mark.parametrize("target", ["real.py", "nowhere.py", "/etc/passwd", "/dev/zero", "."])
@pytest.mark.parametrize(
    "place",
    ["alice.py", "alice", "alice/softmax.py", "alice/hw1/softmax.py", "alice/hw.zip", "alice.zip"],
)
def test_links_are_not_followed(tmp_path: Path, place: str, target: str) -> None:
    write_files(
        tmp_path, {"class/bob.py": SOURCE, "class/real.py": b"other", "real.py": b"outside"}
    )
    path = tmp_path / "class" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    assert contents_by_id(tmp_path / "class") == {
        "alice": "unread_link",
        "bob": SOURCE,
        "real": b"other",
    }


def test_a_linked_folder_is_not_searched(tmp_path: Path) -> None:
    write_files(tmp_path, {"elsewhere/softmax.py": SOURCE, "class/alice/notes.txt": b""})
    tmp_path.joinpath("class/alice/hw1").symlink_to(tmp_path / "elsewhere")
    assert contents_by_id(tmp_path / "class") == {"alice": "unread_no_file"}


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "place", ["alice.py", "alice", "alice.zip", "alice/softmax.py", "alice/hw.zip"]
)
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_special_files_are_not_opened(
    tmp_path: Path, place: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"bob.py": SOURCE})
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        monkeypatch.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    assert contents_by_id(tmp_path) == {"alice": "unread_special", "bob": SOURCE}


@pytest.mark.parametrize("place", ["alice.py", "alice/softmax.py", "alice"])
def test_without_permission_to_read(tmp_path: Path, place: str) -> None:
    """Root may read everything, so this continues as an ordinary user."""
    file = "alice/softmax.py" if place == "alice" else place
    write_files(tmp_path / "class", {"bob.py": SOURCE, file: SOURCE})
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
            folder.chmod(0o755)
    tmp_path.joinpath("class", place).chmod(0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        row, neighbour = read_class(tmp_path / "class")
    finally:
        os.seteuid(was)
    assert isinstance(row, Unreadable)
    assert row.reason == Message("unread_refused", {"why": "permission denied"})
    assert isinstance(neighbour, Submission)


@pytest.mark.timeout(5)
def test_a_huge_sparse_file_in_a_class(tmp_path: Path) -> None:
    """As a Python file it is read up to the cap, as a zip it is refused."""
    for name in ("alice.py", "bob.zip"):
        with tmp_path.joinpath(name).open("wb") as giant:
            giant.truncate(1 << 40)
    alice, bob = read_class(tmp_path)
    assert isinstance(alice, Submission)
    assert (alice.problem, len(alice.source)) == (
        Message("too_large", {"kib": 256}),
        SOURCE_CAP + 1,
    )
    assert isinstance(bob, Unreadable)
    assert bob.reason == Message("unread_zip_large", {"mib": 32})
