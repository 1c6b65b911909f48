"""Zips that mean harm, or were made badly: nothing is written, little is read, and who is concerned is told what is wrong."""

import io
import os
import stat
import struct
import tracemalloc
import unicodedata
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.intake import SOURCE_CAP, SubmissionNotFound, read_all, read_submission
from grader.intake.archive import (
    DEPTH_CAP,
    MEMBERS_CAP,
    NAME_CAP,
    RATIO_CAP,
    ZIP_CAP,
    zip_of_a_student,
)
from grader.intake.entries import UnreadableSubmission, left_behind
from grader.intake.find_file import file_in
from grader.model import Message, Submission, Unreadable
from tests.support.hand_ins import FILE, SOURCE, Row, all_of, by_id, fill, member, rows, zipped

ESCAPES = [
    "../../evil.py",
    "alice/../../evil.py",
    "/etc/cron.d/evil",
    "..\\evil.py",
    "a\\b.py",
    "C:evil.py",
    "c:/evil.py",
    "//host/share/x",
    "..",
]
CONTROLS = ["a\0.py", "softmax.py\0.png", "a\nb.py", "a\x1b[2J.py", "a\x7f.py", "a\x9b.py"]
SPECIALS = [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFDIR]


def reason(tmp_path: Path, packed: bytes) -> Message:
    """Of a student's zip, which must not concern anybody else."""
    fill(tmp_path, {"alice.zip": packed, "bob.py": SOURCE})
    alice, bob = all_of(tmp_path)
    assert isinstance(alice, Unreadable)
    assert isinstance(bob, Submission)
    return alice.reason


def patched(packed: bytes, at: int, form: str, value: int) -> bytes:
    """Every entry of the table of contents, changed at an offset."""
    changed, start = bytearray(packed), packed.find(b"PK\x01\x02")
    while start >= 0:
        struct.pack_into(form, changed, start + at, value)
        start = packed.find(b"PK\x01\x02", start + 4)
    return bytes(changed)


# --- names that lead elsewhere ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ESCAPES)
def test_a_name_that_leads_out_spoils_a_students_zip(tmp_path: Path, name: str) -> None:
    assert reason(tmp_path, zipped([(FILE, SOURCE), (member(name), b"evil")])) == Message(
        "unread_zip_path", quote=name
    )


@pytest.mark.parametrize("name", CONTROLS)
def test_a_name_with_control_characters(tmp_path: Path, name: str) -> None:
    assert reason(tmp_path, zipped([(FILE, SOURCE), (member(name), b"evil")])) == Message(
        "unread_zip_characters", quote=name
    )


def test_nothing_is_ever_written(tmp_path: Path) -> None:
    evil = zipped([(member(name), b"evil") for name in ESCAPES])
    fill(tmp_path, {"deep/er/class.zip": evil, "deep/er/class/alice.zip": evil})
    before = sorted(tmp_path.rglob("*"))
    for source in ("deep/er/class.zip", "deep/er/class"):
        assert {row.what for row in rows(tmp_path / source)} == {"unread_zip_path"}
    assert sorted(tmp_path.rglob("*")) == before


def test_in_the_zip_of_a_class_it_spoils_whom_it_concerns(tmp_path: Path) -> None:
    """Where a name begins with a student's folder this student's row, else a row of its own."""
    evil = [
        "alice/../bob/softmax.py",
        "../up.py",
        "/root.py",
        "carla/x\0y",
        "dora/" + "n" * NAME_CAP,
        "new\nline.py",
    ]
    files = [(f"{id}/{FILE}", SOURCE) for id in ("alice", "bob", "carla", "dora")]
    fill(tmp_path, {"class.zip": zipped([*files, *((member(name), b"evil") for name in evil)])})
    assert by_id(tmp_path / "class.zip") == {
        "../up": "unread_zip_path",
        "/root": "unread_zip_path",
        "alice": "unread_zip_path",
        "bob": SOURCE,
        "carla": "unread_zip_characters",
        "dora": "unread_zip_long_name",
        "new\nline": "unread_zip_characters",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "n" * (NAME_CAP + 1),
            Message("unread_zip_long_name", {"characters": NAME_CAP}, "n" * NAME_CAP),
        ),
        ("d/" * (DEPTH_CAP + 1) + "x", Message("unread_zip_deep", {"folders": DEPTH_CAP})),
    ],
)
def test_names_that_are_too_long_or_too_deep(tmp_path: Path, name: str, expected: Message) -> None:
    assert reason(tmp_path, zipped({FILE: SOURCE, name: b""})) == expected
    tmp_path.joinpath("alice.zip").write_bytes(
        zipped({FILE: SOURCE, name[1:] if "/" not in name else name[2:]: b""})
    )
    assert by_id(tmp_path)["alice"] == SOURCE


@pytest.mark.parametrize("name", [f"./{FILE}", f".//{FILE}", f"a//{FILE}", f"./a/./{FILE}"])
def test_clumsy_names_are_read(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {"alice.zip": zipped([(member(name), SOURCE)])})
    assert by_id(tmp_path) == {"alice": SOURCE}


def test_a_name_that_is_nothing_is_nothing(tmp_path: Path) -> None:
    fill(
        tmp_path, {"alice.zip": zipped([(member("./"), b""), (member("."), b"x"), (FILE, SOURCE)])}
    )
    assert by_id(tmp_path) == {"alice": SOURCE}


@pytest.mark.parametrize(
    ("written", "flags"), [("josé".encode(), 0), ("josé".encode(), 0x800), (b"jos\x82", 0)]
)
def test_names_as_old_and_new_systems_write_them(
    tmp_path: Path, written: bytes, flags: int
) -> None:
    """UTF-8 with its mark, UTF-8 without it, and the letters of the first PC."""
    packed = zipped([(member("josX.py" if len(written) == 4 else "josXX.py"), SOURCE)])
    packed = patched(
        packed.replace(b"josX" if len(written) == 4 else b"josXX", written), 8, "<H", flags
    )
    local = bytearray(packed)
    struct.pack_into("<H", local, 6, flags)
    fill(tmp_path, {"class.zip": bytes(local)})
    assert by_id(tmp_path / "class.zip") == {"josé": SOURCE}


# --- what is no file ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SPECIALS)
@pytest.mark.parametrize("name", [FILE, "other"])
def test_links_and_other_specials_are_refused(tmp_path: Path, kind: int, name: str) -> None:
    files = [(member(name, kind | 0o777), b"/etc/passwd")] + [(FILE, SOURCE)] * (name != FILE)
    assert reason(tmp_path, zipped(files)) == Message("unread_zip_link", quote=name)
    fill(
        tmp_path,
        {
            "class.zip": zipped(
                [
                    *(
                        (f"alice/{n}", c)
                        if isinstance(n, str)
                        else (member(f"alice/{n.filename}", kind), c)
                        for n, c in files
                    ),
                    ("bob.py", SOURCE),
                ]
            )
        },
    )
    assert by_id(tmp_path / "class.zip") == {"alice": "unread_zip_link", "bob": SOURCE}


def test_a_folder_that_says_it_is_a_link(tmp_path: Path) -> None:
    assert (
        reason(tmp_path, zipped([(member("a/", stat.S_IFLNK), b"/"), (FILE, SOURCE)])).code
        == "unread_zip_link"
    )


def test_a_link_in_what_systems_leave_behind_is_nobodys_concern(tmp_path: Path) -> None:
    """Environments hold links, and their folder begins with a dot."""
    fill(
        tmp_path,
        {
            "alice.zip": zipped(
                [(FILE, SOURCE), (member(".venv/bin/python", stat.S_IFLNK), b"/usr/bin/python")]
            )
        },
    )
    assert by_id(tmp_path) == {"alice": SOURCE}


def test_folders_and_files_with_their_modes_are_read(tmp_path: Path) -> None:
    files: list[tuple[str | ZipInfo, bytes]] = [
        (member("a/", stat.S_IFDIR | 0o755), b""),
        (member(f"a/{FILE}", stat.S_IFREG | 0o644), SOURCE),
    ]
    fill(tmp_path, {"alice.zip": zipped(files)})
    assert by_id(tmp_path) == {"alice": SOURCE}


# --- the same name twice --------------------------------------------------------------------------------------------------------------

DOUBLES = [
    (FILE, FILE),
    ("softmax.py", "Softmax.PY"),
    (unicodedata.normalize("NFC", "é.py"), unicodedata.normalize("NFD", "é.py")),
    (unicodedata.normalize("NFC", "é.py"), unicodedata.normalize("NFD", "É.py")),
    ("straße.py", "STRASSE.py"),
    ("a/x.py", "A/y.py"),
    ("a", "a/x"),
    ("a/x", "a"),
    ("a/softmax.py", "./a//softmax.py"),
]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", DOUBLES)
def test_the_same_name_twice_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    packed = zipped(
        [(member(names[0]), b"harmless"), (member(names[1]), b"harmful"), ("b/" + FILE, SOURCE)]
    )
    assert reason(tmp_path, packed).code == "unread_zip_twice"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_student_twice_in_the_zip_of_a_class(tmp_path: Path) -> None:
    files = [
        ("alice.py", b"one"),
        ("alice.py", b"two"),
        ("bob/softmax.py", b"one"),
        ("bob/SOFTMAX.py", b"two"),
        ("carla.py", SOURCE),
    ]
    fill(tmp_path, {"class.zip": zipped(files)})
    assert by_id(tmp_path / "class.zip") == {
        "alice": "unread_zip_twice",
        "bob": "unread_zip_twice",
        "carla": SOURCE,
    }


def test_a_folder_may_be_named_more_than_once(tmp_path: Path) -> None:
    fill(tmp_path, {"alice.zip": zipped([("a/softmax.py", SOURCE), (member("a/"), b"")])})
    assert by_id(tmp_path) == {"alice": SOURCE}


# --- bombs ----------------------------------------------------------------------------------------------------------------------------


def peak_of(source: Path) -> int:
    tracemalloc.start()
    list(read_all(source, FILE))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_a_bomb_is_read_up_to_the_cap(tmp_path: Path) -> None:
    """100 MiB in 100 KiB, whatever its header says of the size."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive, archive.open(FILE, "w") as bomb:
        for _ in range(100):
            bomb.write(bytes(1 << 20))
    bomb_bytes = packed.getvalue()
    fill(tmp_path, {"class/alice.zip": bomb_bytes, "class.zip": zipped({"alice.zip": bomb_bytes})})
    for source in (tmp_path / "class", tmp_path / "class.zip"):
        (alice,) = all_of(source)
        assert isinstance(alice, Submission)
        assert (alice.problem, len(alice.source)) == (
            Message("too_large", {"kib": 256}),
            SOURCE_CAP + 1,
        )
        assert peak_of(source) < 4_000_000


def test_a_bomb_that_is_a_zip_in_the_zip_of_a_class(tmp_path: Path) -> None:
    fill(tmp_path, {"class.zip": zipped({"alice.zip": bytes(ZIP_CAP + 10), "bob.py": SOURCE})})
    assert by_id(tmp_path / "class.zip") == {"alice": "unread_zip_ratio", "bob": SOURCE}


@pytest.mark.parametrize("lie", [None, 1 << 30])
def test_what_unpacks_to_many_times_its_size_is_refused(tmp_path: Path, lie: int | None) -> None:
    """Also where the table of contents claims that it is packed into more than there is: some versions of Python see that themselves."""
    packed = zipped({FILE: b" " * (SOURCE_CAP - 1)})
    packed = patched(packed, 20, "<I", lie) if lie else packed
    told = [Message("unread_zip_ratio", {"times": RATIO_CAP})]
    assert reason(tmp_path, packed) in (
        told if lie is None else [*told, Message("unread_zip_damaged")]
    )


@pytest.mark.parametrize("source", [b"#" * 100_000, SOURCE * 400])
def test_dull_source_code_is_no_bomb(tmp_path: Path, source: bytes) -> None:
    fill(tmp_path, {"alice.zip": zipped({FILE: source})})
    assert by_id(tmp_path) == {"alice": source}


def test_too_many_members_are_not_even_listed(tmp_path: Path) -> None:
    """However many the end of the zip says there are."""
    packed = bytearray(
        zipped({FILE: SOURCE, **{f"{number:x}": b"" for number in range(MEMBERS_CAP)}}, ZIP_STORED)
    )
    struct.pack_into("<HH", packed, len(packed) - 14, 1, 1)
    assert reason(tmp_path, bytes(packed)) == Message(
        "unread_zip_members", {"members": MEMBERS_CAP}
    )
    packed = bytearray(
        zipped(
            {FILE: SOURCE, **{f"{number:x}": b"" for number in range(MEMBERS_CAP - 1)}}, ZIP_STORED
        )
    )
    tmp_path.joinpath("alice.zip").write_bytes(packed)
    assert by_id(tmp_path)["alice"] == SOURCE


def test_members_are_counted_in_the_table_of_contents_only(tmp_path: Path) -> None:
    """A file may hold what begins an entry there, as often as it likes."""
    source = b"PK\x01\x02" * (MEMBERS_CAP + 1)
    fill(tmp_path, {"alice.zip": zipped({FILE: source}, ZIP_STORED)})
    assert by_id(tmp_path) == {"alice": source}


def test_a_table_of_contents_as_large_as_the_disk(tmp_path: Path) -> None:
    """The end of the zip claims it; nothing of it is read."""
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
    assert by_id(tmp_path) == {"alice": "unread_zip_large"}


# --- zips that zipfile cannot read ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x41])
def test_a_locked_zip(tmp_path: Path, flag: int) -> None:
    assert reason(tmp_path, patched(zipped({FILE: SOURCE}), 8, "<H", flag)) == Message(
        "unread_zip_encrypted"
    )


@pytest.mark.parametrize("compression", [ZIP_BZIP2, ZIP_LZMA])
def test_packings_whose_memory_nobody_bounds(tmp_path: Path, compression: int) -> None:
    assert reason(tmp_path, zipped({FILE: SOURCE}, compression)) == Message(
        "unread_zip_compression", quote=FILE
    )


def test_a_packing_that_does_not_exist(tmp_path: Path) -> None:
    assert (
        reason(tmp_path, patched(zipped({FILE: SOURCE}), 10, "<H", 97)).code
        == "unread_zip_compression"
    )


GOOD = zipped({FILE: SOURCE, "notes.txt": b"notes"})


@pytest.mark.parametrize(
    "packed",
    {
        "nothing": b"",
        "text": b"softmax",
        "cut": GOOD[:-10],
        "content changed": GOOD.replace(GOOD[60:64], b"\0\0\0\0"),
        "wrong sum": patched(GOOD, 16, "<I", 1),
        "other name in front": GOOD.replace(b"softmax.py", b"softmux.py", 1),
        "starts nowhere": patched(GOOD, 42, "<I", 1 << 31),
        "of a later version": patched(GOOD, 6, "<H", 99),
        "name is no text": patched(
            zipped([(member("X.py"), b"")]).replace(b"X", b"\xff"), 8, "<H", 0x800
        ),
    }.items(),
    ids=lambda named: named[0],
)
def test_a_damaged_zip(tmp_path: Path, packed: tuple[str, bytes]) -> None:
    assert reason(tmp_path, packed[1]) == Message("unread_zip_damaged")


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_whatever_the_bytes_there_is_a_file_or_a_reason(data: st.DataObject) -> None:
    """Bytes of a good zip, some of them changed."""
    changed = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(GOOD) - 1))] = data.draw(st.integers(0, 255))
    try:
        content, saved = file_in(
            zip_of_a_student(bytes(changed), "alice.zip"), FILE, opened=True
        ).read(SOURCE_CAP)
    except UnreadableSubmission:
        return
    assert content == SOURCE
    assert saved is None or saved.endswith("+00:00")


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
def test_whatever_the_names_all_are_told(names: list[str]) -> None:
    """Each of them is read under its own name, or refused, or a folder's or a system's own."""
    root = zip_of_a_student(zipped([(member(name), name.encode()) for name in names]), "")
    read = {entry.read(100)[0].decode() for entry in root.all_below() if entry.kind == "file"}
    refused = {entry.origin for entry in root.all_below() if entry.fault}
    assert read <= set(names)
    for name in set(names) - read:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        nobodys = not parts or name.endswith("/") or any(map(left_behind, parts))
        assert nobodys or {name, "/".join(parts)} & refused


# --- times, and one zip alone -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "saved"),
    [
        ((2026, 4, 26, 17, 34, 58), "2026-04-26T17:34:58+00:00"),
        ((1980, 0, 0, 0, 0, 0), None),
        ((2107, 15, 31, 31, 63, 62), None),
    ],
)
def test_a_member_was_saved_when_the_zip_says(
    tmp_path: Path, date: tuple[int, int, int, int, int, int], saved: str | None
) -> None:
    """A zip knows no zone: its time is shown as it stands, on every machine."""
    fill(tmp_path, {"class.zip": zipped([(member("alice.py", date=date), SOURCE)])})
    assert [each.saved for each in all_of(tmp_path / "class.zip")] == [saved]


@pytest.mark.parametrize("name", [FILE, f"hw1/{FILE}"])
def test_one_zip_alone_is_a_submission(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {"alice.zip": zipped([(member(name), SOURCE)])})
    found = read_submission(tmp_path / "alice.zip", FILE)
    assert (found.file, found.source, found.saved, found.people) == (
        FILE,
        SOURCE,
        "2026-04-26T17:34:00+00:00",
        (),
    )


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (b"", "this is no zip, or a damaged one"),
        (zipped({"my.py": b""}), "there is no softmax.py in it, but there is my.py"),
        (zipped({}), "there is no softmax.py in it"),
        (zipped({"a.zip": b""}), "this zip holds another zip instead of the file"),
        (zipped({"a.ipynb": b""}), "this is a notebook, not softmax.py"),
        (zipped([(member("../x"), b"")]), "this zip holds a name that leads out of it: ../x"),
    ],
)
def test_one_zip_alone_that_cannot_be_graded(tmp_path: Path, packed: bytes, said: str) -> None:
    fill(tmp_path, {"alice.zip": packed})
    with pytest.raises(SubmissionNotFound) as refused:
        read_submission(tmp_path / "alice.zip", FILE)
    assert (
        str(refused.value)
        == f"{tmp_path / 'alice.zip'}: {said}. Give the path of a .py file, or of the folder or zip that holds it."
    )


def test_the_path_in_a_zip_is_told(tmp_path: Path) -> None:
    inner = zipped({"hw1/softmax.py": SOURCE})
    fill(tmp_path, {"class.zip": zipped({"top/alice/hw.zip": inner, "top/bob.zip": inner})})
    assert rows(tmp_path / "class.zip") == [
        Row("alice", 1, SOURCE, "top/alice/hw.zip/hw1/softmax.py"),
        Row("bob", 1, SOURCE, "top/bob.zip/hw1/softmax.py"),
    ]
    assert os.listdir(tmp_path) == ["class.zip"]
