"""Tars: read in memory, under the caps of zips, by a reader that trusts no header."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake.entries import UnreadableSubmission
from grader.intake.find_file import find_file
from grader.intake.tar_archive import UNPACKED_CAP, open_student_tar
from grader.intake.zip_limits import FOLDERS_CAP, MEMBERS_CAP
from grader.model import Message, Submission, Unreadable
from tests.support.submission_files import (
    ASKED,
    FILE,
    SOURCE,
    contents_by_id,
    make_tar,
    read_class,
    write_files,
)

GOOD = make_tar({f"hw1/{FILE}": SOURCE, "notes.txt": b"x" * 600})


def tar_of(*members: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for info in members:
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    return packed.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, "target"
    return info


def refusal(packed: bytes) -> Message:
    with pytest.raises(UnreadableSubmission) as refused:
        open_student_tar(packed, "").require_readable()
    return refused.value.message


@pytest.mark.parametrize("name", ["alice.tar", "alice.tar.gz", "alice.tgz", "alice/hw.TAR.GZ"])
def test_where_a_tar_is_opened(tmp_path: Path, name: str) -> None:
    packed = make_tar({f"hw1/{FILE}": SOURCE}, "gz" if "gz" in name.lower() else "")
    write_files(tmp_path, {name: packed, "bob.py": SOURCE})
    row, _ = read_class(tmp_path)
    assert isinstance(row, Submission)
    assert (row.source, row.people[0].id) == (SOURCE, "alice")
    assert row.saved is not None
    assert not row.saved.startswith("1970")  # the time of the member, which a student can set


def test_a_zip_that_is_called_tar_and_the_other_way_round(tmp_path: Path) -> None:
    write_files(tmp_path, {"alice.zip": GOOD, "bob.tar.gz": GOOD})
    assert contents_by_id(tmp_path) == {"alice": SOURCE, "bob": SOURCE}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("folder", ["d" * 60, "d" * 60 + "/" + "e" * 60, "caf\u00e9"])
def test_long_names_in_every_format(form: int, folder: str) -> None:
    packed = tar_of(member(folder, tarfile.DIRTYPE), member(f"{folder}/{FILE}", size=3), form=form)
    found = find_file(open_student_tar(packed, ""), ASKED)
    assert found.content.raw == b"xxx"
    assert found.entry.origin == f"{folder}/{FILE}"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil.py", "unread_zip_path"),
        ("a/../../evil.py", "unread_zip_path"),
        ("/etc/passwd", "unread_zip_path"),
        ("..\\..\\evil.py", "unread_zip_path"),
        ("C:\\evil.py", "unread_zip_path"),
        ("a\x1b.py", "unread_zip_characters"),
        ("d/" * 17 + "x", "unread_zip_deep"),
        ("n" * 600, "unread_zip_long_name"),
        (FILE.upper(), "unread_zip_twice"),
        (FILE, "unread_zip_twice"),
        (f"{FILE}/x", "unread_zip_twice"),
    ],
)
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_names_that_are_refused(name: str, code: str, form: int) -> None:
    assert refusal(tar_of(member(FILE), member(name), form=form)).code == code


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"S"],
)
def test_links_and_devices_are_refused(kind: bytes) -> None:
    assert refusal(tar_of(member("x", kind))) == Message("unread_zip_link", quote="x")


def test_bombs_and_crowds() -> None:
    assert refusal(gzip.compress(bytes(10 << 20))).code == "unread_zip_ratio"
    large = tar_of(member("x", size=UNPACKED_CAP // 2), member("y", size=UNPACKED_CAP // 2))
    assert refusal(gzip.compress(large, 0)).code == "unread_zip_large"
    crowd = tar_of(*(member(str(number)) for number in range(MEMBERS_CAP + 1)))
    assert refusal(crowd) == Message("unread_zip_members", {"members": MEMBERS_CAP})
    deep = (f"{number}/" + "d/" * 14 + "x" for number in range(FOLDERS_CAP // 15 + 1))
    maze = tar_of(*map(member, deep))
    assert refusal(maze) == Message("unread_zip_folders", {"folders": FOLDERS_CAP})


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"x" * 511,
        b"x" * 5000,
        GOOD[:700],
        gzip.compress(GOOD, mtime=0)[:-20],
        gzip.compress(SOURCE, mtime=0),
        # a header whose size leads back to itself, and one that leads far out
        GOOD.replace(b"00000001130", b"\x80" + b"\xff" * 10),
        tar_of(member("x", size=100)).replace(b"00000000144", b"-0000000144"),
    ],
)
def test_a_damaged_tar(packed: bytes) -> None:
    assert refusal(packed) == Message("unread_tar_damaged")


@pytest.mark.timeout(5)
def test_a_chain_of_long_names_and_slow_headers() -> None:
    """tarfile follows a chain by recursion, and its patterns are slow on such a header."""
    link, first = tar_of(member("x", b"L", 10))[:1024], tar_of(member("first"))[:512]
    chain = link * 3000 + first + GOOD
    assert find_file(open_student_tar(chain, ""), ASKED).content.raw == SOURCE
    header = tar_of(member("x", b"x", 60_000))[:512] + b" " * 60_416 + GOOD
    assert refusal(header) == Message("unread_tar_damaged")


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_random_bytes_give_a_file_or_a_reason(data: st.DataObject) -> None:
    changed = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(GOOD) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = find_file(open_student_tar(bytes(changed), "alice.tar"), ASKED)
    except UnreadableSubmission:
        return
    assert len(found.content.raw) <= len(GOOD)


def test_a_refused_tar_concerns_one_student(tmp_path: Path) -> None:
    write_files(tmp_path, {"alice.tar": tar_of(member("../x")), "bob.py": SOURCE})
    alice, bob = read_class(tmp_path)
    assert isinstance(alice, Unreadable)
    assert isinstance(bob, Submission)
