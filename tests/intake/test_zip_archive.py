"""The tree of a zip: where its members are, what they hold and when they were saved."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.intake import SubmissionNotFound, read_submission
from grader.intake.names import is_system_file
from grader.intake.zip_archive import open_class_zip, open_student_zip
from tests.support.submission_files import (
    ASKED,
    FILE,
    SOURCE,
    Summary,
    contents_by_id,
    make_member,
    make_zip,
    read_class,
    summarize,
    write_files,
)


def test_a_folder_may_be_named_more_than_once(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"alice.zip": make_zip([("a/softmax.py", SOURCE), (make_member("a/"), b"")])}
    )
    assert contents_by_id(tmp_path) == {"alice": SOURCE}


@given(
    st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
        min_size=1,
        max_size=6,
        unique=True,
    )
)
@example(["0/1", "0//1", "2", "2/3"])
@settings(max_examples=60, deadline=None)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_every_name_is_read_refused_or_ignored(names: list[str]) -> None:
    """What is ignored is the name of a folder or of a system file."""
    root = open_student_zip(make_zip([(make_member(name), name.encode()) for name in names]), "")
    read = {entry.read(100)[0].decode() for entry in root.walk() if entry.kind == "file"}
    refused = {entry.origin for entry in root.walk() if entry.refusal}
    slashed = {name.replace("\\", "/") for name in names}
    assert read <= set(names)
    for name in slashed - {name.replace("\\", "/") for name in read}:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        is_ignored = not parts or name.endswith("/") or any(map(is_system_file, parts))
        assert is_ignored or {name, "/".join(parts)} & refused


# --- times, and a single zip ---


@pytest.mark.parametrize(
    ("date", "saved"),
    [
        ((2026, 4, 26, 17, 34, 58), "2026-04-26T17:34:58"),
        ((1980, 0, 0, 0, 0, 0), None),
        ((2107, 15, 31, 31, 63, 62), None),
    ],
)
def test_the_time_of_a_member(
    tmp_path: Path, date: tuple[int, int, int, int, int, int], saved: str | None
) -> None:
    """It has no zone, and is not the time of submission. In a student's zip it says nothing."""
    packed = make_zip([(make_member("alice.py", date=date), SOURCE)])
    write_files(tmp_path, {"class.zip": packed})
    (member,) = open_class_zip(tmp_path / "class.zip").children()
    assert member.saved_at() == saved
    assert [each.saved for each in read_class(tmp_path / "class.zip")] == [None]
    (member,) = open_student_zip(packed, "").children()
    assert member.saved_at() is None


@pytest.mark.parametrize("name", [FILE, f"hw1/{FILE}"])
def test_a_single_zip_is_a_submission(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"alice.zip": make_zip([(make_member(name), SOURCE)])})
    found = read_submission(tmp_path / "alice.zip", ASKED)
    assert (found.file, found.source, found.saved, found.people) == (
        FILE,
        SOURCE,
        None,
        (),
    )


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (b"", "this is not a zip, or it is damaged"),
        (make_zip({"my.py": b""}), "there is no softmax.py in it, but there is my.py"),
        (make_zip({}), "there is no softmax.py in it"),
        (make_zip({"a.zip": b""}), "this is not a zip, or it is damaged"),
        (make_zip({"a.ipynb": b""}), "this is not a notebook, or it is damaged"),
        (
            make_zip([(make_member("../x"), b"")]),
            "this archive holds a name that leads out of it: ../x",
        ),
    ],
)
def test_a_single_zip_that_cannot_be_graded(tmp_path: Path, packed: bytes, expected: str) -> None:
    write_files(tmp_path, {"alice.zip": packed})
    with pytest.raises(SubmissionNotFound) as refused:
        read_submission(tmp_path / "alice.zip", ASKED)
    assert str(refused.value) == (
        f"{tmp_path / 'alice.zip'}: {expected}. "
        "Give the path of a .py file or a notebook, or of the folder, zip or tar that holds it."
    )


def test_the_origin_continues_inside_a_zip(tmp_path: Path) -> None:
    inner = make_zip({"hw1/softmax.py": SOURCE})
    write_files(
        tmp_path, {"class.zip": make_zip({"top/alice/hw.zip": inner, "top/bob.zip": inner})}
    )
    assert summarize(tmp_path / "class.zip") == [
        Summary("alice", 1, SOURCE, "top/alice/hw.zip/hw1/softmax.py"),
        Summary("bob", 1, SOURCE, "top/bob.zip/hw1/softmax.py"),
    ]
    assert os.listdir(tmp_path) == ["class.zip"]
