"""Zip bombs, damaged zips, and zips that lie about their size: little is read."""

import io
import struct
import tracemalloc
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake import SOURCE_CAP, SubmissionNotFound, read_all
from grader.intake.entries import UnreadableSubmission
from grader.intake.find_file import find_file
from grader.intake.zip_archive import open_student_zip
from grader.intake.zip_limits import FOLDERS_CAP, MEMBERS_CAP, RATIO_CAP, ZIP_CAP
from grader.model import Message, Submission
from tests.support.submission_files import (
    ASKED,
    FILE,
    SOURCE,
    contents_by_id,
    make_member,
    make_zip,
    patch_contents,
    read_class,
    write_files,
    zip_refusal,
)


def peak_of(source: Path) -> int:
    tracemalloc.start()
    list(read_all(source, ASKED).submissions)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_a_bomb_is_read_up_to_the_cap(tmp_path: Path) -> None:
    """100 MiB in 100 KiB, whatever the header says about its size."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive, archive.open(FILE, "w") as bomb:
        for _ in range(100):
            bomb.write(bytes(1 << 20))
    bomb_bytes = packed.getvalue()
    write_files(
        tmp_path, {"class/alice.zip": bomb_bytes, "class.zip": make_zip({"alice.zip": bomb_bytes})}
    )
    for source in (tmp_path / "class", tmp_path / "class.zip"):
        (alice,) = read_class(source)
        assert isinstance(alice, Submission)
        assert (alice.problem, len(alice.source)) == (
            Message("too_large", {"kib": 256}),
            SOURCE_CAP + 1,
        )
        assert peak_of(source) < 4_000_000


def test_a_bomb_that_is_a_zip_in_a_class_zip(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"class.zip": make_zip({"alice.zip": bytes(ZIP_CAP + 10), "bob.py": SOURCE})}
    )
    assert contents_by_id(tmp_path / "class.zip") == {"alice": "unread_zip_ratio", "bob": SOURCE}


@pytest.mark.parametrize("lie", [None, 1 << 30])
def test_a_high_compression_ratio_is_refused(tmp_path: Path, lie: int | None) -> None:
    """Also if the table of contents claims a packed size larger than the zip.

    Some versions of Python notice that lie themselves.
    """
    packed = make_zip({FILE: b" " * (SOURCE_CAP - 1)})
    expected = [Message("unread_zip_ratio", {"times": RATIO_CAP})]
    if lie:
        packed = patch_contents(packed, 20, "<I", lie)
        expected.append(Message("unread_zip_damaged"))
    assert zip_refusal(tmp_path, packed) in expected


@pytest.mark.parametrize("source", [b"#" * 100_000, SOURCE * 400])
def test_repetitive_source_code_is_not_a_bomb(tmp_path: Path, source: bytes) -> None:
    write_files(tmp_path, {"alice.zip": make_zip({FILE: source})})
    assert contents_by_id(tmp_path) == {"alice": source}


def test_too_many_folders_are_not_made(tmp_path: Path) -> None:
    """Folders that only names lead through: a few names make many of them."""

    def names(folders: int) -> list[str]:
        return [f"{number}/" + "d/" * 14 + "a.py" for number in range(folders // 15)]

    many = make_zip({FILE: SOURCE, **dict.fromkeys(names(FOLDERS_CAP + 15), b"")}, ZIP_STORED)
    assert zip_refusal(tmp_path, many) == Message("unread_zip_folders", {"folders": FOLDERS_CAP})
    few = make_zip({FILE: SOURCE, **dict.fromkeys(names(FOLDERS_CAP), b"")}, ZIP_STORED)
    tmp_path.joinpath("alice.zip").write_bytes(few)
    assert contents_by_id(tmp_path)["alice"] == SOURCE


def test_too_many_members_are_not_listed(tmp_path: Path) -> None:
    """The number that the end of the zip claims does not matter."""
    packed = bytearray(
        make_zip(
            {FILE: SOURCE, **{f"{number:x}": b"" for number in range(MEMBERS_CAP)}}, ZIP_STORED
        )
    )
    struct.pack_into("<HH", packed, len(packed) - 14, 1, 1)
    assert zip_refusal(tmp_path, bytes(packed)) == Message(
        "unread_zip_members", {"members": MEMBERS_CAP}
    )
    packed = bytearray(
        make_zip(
            {FILE: SOURCE, **{f"{number:x}": b"" for number in range(MEMBERS_CAP - 1)}}, ZIP_STORED
        )
    )
    tmp_path.joinpath("alice.zip").write_bytes(packed)
    assert contents_by_id(tmp_path)["alice"] == SOURCE


def test_members_are_counted_only_in_the_table_of_contents(tmp_path: Path) -> None:
    """A file may contain the bytes that begin an entry there, as often as it likes."""
    source = b"PK\x01\x02" * (MEMBERS_CAP + 1)
    write_files(tmp_path, {"alice.zip": make_zip({FILE: source}, ZIP_STORED)})
    assert contents_by_id(tmp_path) == {"alice": source}


def test_a_huge_table_of_contents_is_not_read(tmp_path: Path) -> None:
    """The end of the zip claims that it is 1 GiB."""
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 1 << 30, 0, 0)
    with tmp_path.joinpath("class.zip").open("wb") as giant:
        giant.seek(1 << 30)
        giant.write(end)
    with pytest.raises(SubmissionNotFound, match="holds more than 100000 files"):
        peak_of(tmp_path / "class.zip")
    tracemalloc.stop()


def test_a_zip_that_is_too_large(tmp_path: Path) -> None:
    with tmp_path.joinpath("alice.zip").open("wb") as large:
        large.truncate(ZIP_CAP + 1)
    assert contents_by_id(tmp_path) == {"alice": "unread_zip_large"}


# --- zips that zipfile cannot read ---


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x41])
def test_a_locked_zip(tmp_path: Path, flag: int) -> None:
    assert zip_refusal(
        tmp_path, patch_contents(make_zip({FILE: SOURCE}), 8, "<H", flag)
    ) == Message("unread_zip_encrypted")


@pytest.mark.parametrize("compression", [ZIP_BZIP2, ZIP_LZMA])
def test_compressions_with_unbounded_memory_are_refused(tmp_path: Path, compression: int) -> None:
    assert zip_refusal(tmp_path, make_zip({FILE: SOURCE}, compression)) == Message(
        "unread_zip_compression", quote=FILE
    )


def test_a_compression_that_does_not_exist(tmp_path: Path) -> None:
    assert (
        zip_refusal(tmp_path, patch_contents(make_zip({FILE: SOURCE}), 10, "<H", 97)).code
        == "unread_zip_compression"
    )


GOOD = make_zip({FILE: SOURCE, "notes.txt": b"notes"})


@pytest.mark.parametrize(
    "packed",
    {
        "nothing": b"",
        "text": b"softmax",
        "cut": GOOD[:-10],
        "content changed": GOOD.replace(GOOD[60:64], b"\0\0\0\0"),
        "wrong sum": patch_contents(GOOD, 16, "<I", 1),
        "other name in front": GOOD.replace(b"softmax.py", b"softmux.py", 1),
        "starts nowhere": patch_contents(GOOD, 42, "<I", 1 << 31),
        "of a later version": patch_contents(GOOD, 6, "<H", 99),
        "name is no text": patch_contents(
            make_zip([(make_member("X.py"), b"")]).replace(b"X", b"\xff"), 8, "<H", 0x800
        ),
    }.items(),
    ids=lambda named: named[0],
)
def test_a_damaged_zip(tmp_path: Path, packed: tuple[str, bytes]) -> None:
    assert zip_refusal(tmp_path, packed[1]) == Message("unread_zip_damaged")


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_random_bytes_give_a_file_or_a_reason(data: st.DataObject) -> None:
    """The bytes are those of a good zip, with some of them changed."""
    changed = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(GOOD) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = find_file(open_student_zip(bytes(changed), "alice.zip"), ASKED).content
    except UnreadableSubmission:
        return
    assert found.raw == SOURCE
    assert found.saved is None or found.saved.endswith("+00:00")
