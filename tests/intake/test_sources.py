"""The source: everything in a folder or a zip becomes a submission or a row with its reason."""

import os
import tracemalloc
from pathlib import Path

import pytest

from grader.intake import SOURCE_CAP, SubmissionNotFound, read_all, read_submission
from grader.model import Message, Person, Submission, Unreadable
from tests.support.submission_files import (
    ASKED,
    FILE,
    SOURCE,
    Summary,
    contents_by_id,
    make_zip,
    read_class,
    summarize,
    write_class,
    write_files,
)

CLASS = {
    "bob.py": b"B",
    "alice/softmax.py": b"A",
    "carla.zip": make_zip({"softmax.py": b"C"}),
    "dora/hw1/softmax.py": b"D",
}


READ = [
    Summary("alice", 1, b"A", "alice/softmax.py"),
    Summary("bob", 1, b"B", "bob.py"),
    Summary("carla", 1, b"C", "carla.zip/softmax.py"),
    Summary("dora", 1, b"D", "dora/hw1/softmax.py"),
]


def refusal(source: Path) -> str:
    with pytest.raises(SubmissionNotFound) as refused:
        read_all(source, ASKED)
    description = str(refused.value)
    assert description.startswith(f"{source}: ")
    assert "Give " in description
    return description


# --- folders and zips of a class ---


def test_a_folder_of_files_folders_and_zips(tmp_path: Path) -> None:
    assert summarize(write_files(tmp_path, CLASS)) == READ


def test_a_zip_of_files_folders_and_zips(tmp_path: Path) -> None:
    write_files(tmp_path, {"class.zip": make_zip(CLASS)})
    assert summarize(tmp_path / "class.zip") == READ


@pytest.mark.parametrize(
    "more", [{}, {"__MACOSX/._top": b"", "top/.DS_Store": b"", ".hidden": b""}]
)
def test_a_zip_may_hold_everything_in_one_folder(tmp_path: Path, more: dict[str, bytes]) -> None:
    write_files(
        tmp_path,
        {"class.ZIP": make_zip({f"top/{name}": content for name, content in CLASS.items()} | more)},
    )
    assert summarize(tmp_path / "class.ZIP") == [
        row._replace(origin=f"top/{row.origin}") for row in READ
    ]


def test_the_folder_of_the_only_student_is_not_unwrapped(tmp_path: Path) -> None:
    write_files(tmp_path, {"class.zip": make_zip({"alice/softmax.py": SOURCE})})
    assert contents_by_id(tmp_path / "class.zip") == {"alice": SOURCE}


def test_the_folder_of_a_class_may_be_a_link(tmp_path: Path) -> None:
    write_files(tmp_path, {"class/alice.py": SOURCE})
    tmp_path.joinpath("link").symlink_to("class")
    assert contents_by_id(tmp_path / "link") == {"alice": SOURCE}


def test_all_fields_of_a_submission(tmp_path: Path) -> None:
    write_files(tmp_path, {"alice/softmax.py": SOURCE})
    os.utime(tmp_path / "alice/softmax.py", (0, 1_000_000_000.75))
    alone = read_submission(tmp_path / "alice/softmax.py", ASKED)
    assert read_class(tmp_path) == [
        Submission(
            FILE,
            SOURCE,
            alone.sha256,
            "2001-09-09T01:46:40+00:00",
            None,
            (Person("alice"),),
            1,
            None,
            "alice/softmax.py",
        )
    ]


def test_a_file_that_cannot_be_a_program_is_a_submission_with_a_problem(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {"alice.py": b"#" * (SOURCE_CAP + 1), "bob.py": b"\xff", "carla.py": b"", "dan.py": b"#"},
    )
    alice, bob, carla, dan = (getattr(each, "problem", None) for each in read_class(tmp_path))
    assert alice == Message("too_large", {"kib": 256})
    assert bob == Message("not_utf8", {"byte": 1}, line=1)
    assert carla == Message("empty_file")
    assert dan is None


def test_system_files_are_ignored(tmp_path: Path) -> None:
    names = (
        ".DS_Store",
        "__MACOSX/._alice.py",
        "Thumbs.db",
        "desktop.ini",
        ".git/config",
        "__pycache__/a.pyc",
        ".alice.py.swp",
        "Icon\r",
    )
    files = {"alice/softmax.py": SOURCE, "bob.py": b""}
    for name in names:
        files[name] = files[f"alice/{name}"] = b""
    for as_zip in (False, True):
        source = write_class(tmp_path, files, as_zip)
        assert contents_by_id(source) == {"alice": SOURCE, "bob": b""}


# --- unusable sources ---


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("nowhere", None, "there is no such file or folder"),
        ("alice.py", SOURCE, "this is a single file. Grade it with: python -m grader grade"),
        ("class.tar.gz", b"", "Make it a zip"),
        ("class.7z", b"", "Make it a zip"),
        ("class.txt", b"", "this is not a folder, a zip or a CSV table"),
        ("class.zip", b"", "this is not a zip, or it is damaged"),
        ("class.zip", b"PK\x05\x06" + bytes(18), "there are no submissions here"),
        ("class.zip", make_zip({"__MACOSX/._x": b""}), "there are no submissions here"),
        ("class.zip", make_zip(CLASS)[:-30], "this is not a zip, or it is damaged"),
    ],
)
def test_an_unusable_source_is_explained_at_once(
    tmp_path: Path, name: str, content: bytes | None, expected: str
) -> None:
    if content is not None:
        write_files(tmp_path, {name: content})
    assert expected in refusal(tmp_path / name)


def test_an_empty_folder(tmp_path: Path) -> None:
    write_files(tmp_path, {".DS_Store": b""})
    assert "there are no submissions here" in refusal(tmp_path)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("name", ["class.zip", "manifest.csv"])
def test_a_source_that_is_not_a_regular_file(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert "this is not a regular file" in refusal(tmp_path / name)
    tmp_path.joinpath(name).unlink()
    tmp_path.joinpath(name).symlink_to("/dev/zero")
    assert "this is a symbolic link" in refusal(tmp_path / name)


@pytest.mark.timeout(5)
def test_a_huge_sparse_file(tmp_path: Path) -> None:
    with tmp_path.joinpath("class.zip").open("wb") as giant:
        giant.truncate(1 << 40)
    assert "larger than 16384 MiB" in refusal(tmp_path / "class.zip")


# --- how it is read ---


def test_what_a_source_was_taken_for_and_how_much_it_holds(tmp_path: Path) -> None:
    """A text file beside the submissions is no hand-in, but the run counts it."""
    folder = write_files(tmp_path / "class", CLASS | {"alice.py": SOURCE, "notes.txt": b""})
    assert read_all(folder, ASKED).layout == "folder"
    assert (
        read_all(folder, ASKED).summary
        == "Files and folders named after students: 5 hand-ins of 4 people, and 1 other file."
    )
    write_files(folder, {"dan.rar": b"Rar!"})
    assert read_all(folder, ASKED).summary.endswith("of 4 people, and 2 other files.")
    table = write_files(tmp_path / "table", {"manifest.csv": b"id,path\nal,x.py\n", "x.py": SOURCE})
    assert read_all(table, ASKED).summary == "Table of submissions: 1 hand-in of 1 person."


@pytest.mark.parametrize("as_zip", [False, True])
def test_files_are_read_one_at_a_time_and_not_kept(tmp_path: Path, as_zip: bool) -> None:
    """Of 40 files of 200 KiB, only a few are in memory at a time."""
    files = {f"{number:03}.py": os.urandom(100_000).hex().encode() for number in range(40)}
    source = write_class(tmp_path, files, as_zip)
    files.clear()
    tracemalloc.start()
    count = sum(isinstance(each, Submission) for each in read_all(source, ASKED).submissions)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40
    assert peak < 3_000_000


def test_a_file_that_vanishes_meanwhile_is_reported(tmp_path: Path) -> None:
    files = {"alice.py": SOURCE, "bob.py": SOURCE, "carla.py": SOURCE}
    reading = read_all(write_files(tmp_path, files), ASKED).submissions
    assert isinstance(next(reading), Submission)
    tmp_path.joinpath("bob.py").unlink()
    tmp_path.joinpath("carla.py").write_bytes(b"changed")
    bob, carla = reading
    assert isinstance(bob, Unreadable)
    assert bob.reason == Message("unread_refused", {"why": "no such file or directory"})
    assert isinstance(carla, Submission)
    assert carla.source == b"changed"


@pytest.mark.parametrize("started", [False, True])
def test_the_zip_is_closed(tmp_path: Path, started: bool) -> None:
    write_files(tmp_path, {"class.zip": make_zip(CLASS)})
    before = os.listdir("/proc/self/fd")
    reading = read_all(tmp_path / "class.zip", ASKED).submissions
    if started:
        next(reading)
    del reading
    assert os.listdir("/proc/self/fd") == before


def test_reading_changes_nothing(tmp_path: Path) -> None:
    write_class(tmp_path, CLASS, as_zip=False)
    write_class(tmp_path, CLASS, as_zip=True)

    def state() -> dict[str, float]:
        return {str(path): path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    before = state()
    summarize(tmp_path / "class")
    summarize(tmp_path / "class.zip")
    assert state() == before
