"""Members of a zip that are refused for their names or kinds, and names that are only unusual."""

import stat
import struct
import unicodedata
from pathlib import Path
from zipfile import ZipInfo

import pytest

from grader.intake.zip_names import DEPTH_CAP, NAME_CAP
from grader.model import Message
from tests.support.submission_files import (
    FILE,
    SOURCE,
    contents_by_id,
    make_member,
    make_zip,
    patch_contents,
    summarize,
    write_files,
    zip_refusal,
)

ESCAPES = [
    "../../evil.py",
    "alice/../../evil.py",
    "/etc/cron.d/evil",
    "..\\evil.py",
    "..\\..\\evil.py",
    "\\evil.py",
    "C:evil.py",
    "c:/evil.py",
    "//host/share/x",
    "..",
]


CONTROLS = ["a\0.py", "softmax.py\0.png", "a\nb.py", "a\x1b[2J.py", "a\x7f.py", "a\x9b.py"]


SPECIALS = [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFDIR]


@pytest.mark.parametrize("name", ESCAPES)
def test_a_name_that_leads_out_of_a_students_zip(tmp_path: Path, name: str) -> None:
    assert zip_refusal(
        tmp_path, make_zip([(FILE, SOURCE), (make_member(name), b"evil")])
    ) == Message("unread_zip_path", quote=name.replace("\\", "/"))


@pytest.mark.parametrize("name", CONTROLS)
def test_a_name_with_control_characters(tmp_path: Path, name: str) -> None:
    assert zip_refusal(
        tmp_path, make_zip([(FILE, SOURCE), (make_member(name), b"evil")])
    ) == Message("unread_zip_characters", quote=name)


def test_nothing_is_ever_written(tmp_path: Path) -> None:
    evil = make_zip([(make_member(name), b"evil") for name in ESCAPES])
    write_files(tmp_path, {"deep/er/class.zip": evil, "deep/er/class/alice.zip": evil})
    before = sorted(tmp_path.rglob("*"))
    for source in ("deep/er/class.zip", "deep/er/class"):
        assert {row.content for row in summarize(tmp_path / source)} == {"unread_zip_path"}
    assert sorted(tmp_path.rglob("*")) == before


def test_a_bad_name_in_a_class_zip_concerns_one_student(tmp_path: Path) -> None:
    """The student whose folder the name begins with, else a row of its own."""
    evil = [
        "alice/../bob/softmax.py",
        "../up.py",
        "/root.py",
        "carla/x\0y",
        "dora/" + "n" * NAME_CAP,
        "new\nline.py",
    ]
    files = [(f"{id}/{FILE}", SOURCE) for id in ("alice", "bob", "carla", "dora")]
    write_files(
        tmp_path,
        {"class.zip": make_zip([*files, *((make_member(name), b"evil") for name in evil)])},
    )
    assert contents_by_id(tmp_path / "class.zip") == {
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
    assert zip_refusal(tmp_path, make_zip({FILE: SOURCE, name: b""})) == expected
    shorter = name.removeprefix("d/" if "/" in name else "n")
    tmp_path.joinpath("alice.zip").write_bytes(make_zip({FILE: SOURCE, shorter: b""}))
    assert contents_by_id(tmp_path)["alice"] == SOURCE


@pytest.mark.parametrize("name", [f"./{FILE}", f".//{FILE}", f"a//{FILE}", f"./a/./{FILE}"])
def test_unusual_paths_are_read(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"alice.zip": make_zip([(make_member(name), SOURCE)])})
    assert contents_by_id(tmp_path) == {"alice": SOURCE}


def test_empty_paths_are_ignored(tmp_path: Path) -> None:
    packed = make_zip([(make_member("./"), b""), (make_member("."), b"x"), (FILE, SOURCE)])
    write_files(tmp_path, {"alice.zip": packed})
    assert contents_by_id(tmp_path) == {"alice": SOURCE}


@pytest.mark.parametrize(
    ("written", "flags"), [("josé".encode(), 0), ("josé".encode(), 0x800), (b"jos\x82", 0)]
)
def test_encodings_of_names(tmp_path: Path, written: bytes, flags: int) -> None:
    """UTF-8 with its flag, UTF-8 without it, and code page 437."""
    placeholder = "X" * len(written)
    packed = make_zip([(make_member(f"{placeholder}.py"), SOURCE)])
    packed = packed.replace(placeholder.encode(), written)
    changed = bytearray(patch_contents(packed, 8, "<H", flags))
    struct.pack_into("<H", changed, 6, flags)
    write_files(tmp_path, {"class.zip": bytes(changed)})
    assert contents_by_id(tmp_path / "class.zip") == {"josé": SOURCE}


# --- links and special files ---


@pytest.mark.parametrize("kind", SPECIALS)
@pytest.mark.parametrize("name", [FILE, "other"])
def test_links_and_special_files_are_refused(tmp_path: Path, kind: int, name: str) -> None:
    special = make_member(name, kind | 0o777)
    files: dict[str | ZipInfo, bytes] = {special: b"/etc/passwd"}
    if name != FILE:
        files[FILE] = SOURCE
    assert zip_refusal(tmp_path, make_zip(files.items())) == Message("unread_zip_link", quote=name)

    special = make_member(f"alice/{name}", kind)
    files = {special: b"/etc/passwd", "bob.py": SOURCE}
    if name != FILE:
        files[f"alice/{FILE}"] = SOURCE
    write_files(tmp_path, {"class.zip": make_zip(files.items())})
    assert contents_by_id(tmp_path / "class.zip") == {"alice": "unread_zip_link", "bob": SOURCE}


def test_a_folder_marked_as_a_link_is_refused(tmp_path: Path) -> None:
    packed = make_zip([(make_member("a/", stat.S_IFLNK), b"/"), (FILE, SOURCE)])
    assert zip_refusal(tmp_path, packed).code == "unread_zip_link"


def test_a_link_among_system_files_is_ignored(tmp_path: Path) -> None:
    """Virtual environments hold links, and their folder begins with a dot."""
    link = make_member(".venv/bin/python", stat.S_IFLNK)
    packed = make_zip([(FILE, SOURCE), (link, b"/usr/bin/python")])
    write_files(tmp_path, {"alice.zip": packed})
    assert contents_by_id(tmp_path) == {"alice": SOURCE}


def test_folders_and_files_with_their_modes_are_read(tmp_path: Path) -> None:
    files: list[tuple[str | ZipInfo, bytes]] = [
        (make_member("a/", stat.S_IFDIR | 0o755), b""),
        (make_member(f"a/{FILE}", stat.S_IFREG | 0o644), SOURCE),
    ]
    write_files(tmp_path, {"alice.zip": make_zip(files)})
    assert contents_by_id(tmp_path) == {"alice": SOURCE}


# --- the same name twice ---


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
    packed = make_zip(
        [
            (make_member(names[0]), b"harmless"),
            (make_member(names[1]), b"harmful"),
            ("b/" + FILE, SOURCE),
        ]
    )
    assert zip_refusal(tmp_path, packed).code == "unread_zip_twice"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_student_twice_in_a_class_zip(tmp_path: Path) -> None:
    files = [
        ("alice.py", b"one"),
        ("alice.py", b"two"),
        ("bob/softmax.py", b"one"),
        ("bob/SOFTMAX.py", b"two"),
        ("carla.py", SOURCE),
    ]
    write_files(tmp_path, {"class.zip": make_zip(files)})
    assert contents_by_id(tmp_path / "class.zip") == {
        "alice": "unread_zip_twice",
        "bob": "unread_zip_twice",
        "carla": SOURCE,
    }
