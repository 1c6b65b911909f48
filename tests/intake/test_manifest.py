"""The manifest, which says whose each file is."""

import os
from pathlib import Path

import pytest

from grader.intake import SubmissionNotFound, read_all
from grader.intake.csv_table import TABLE_CAP
from grader.intake.names import IDENTITY_CAP
from grader.model import Message, Person, Submission, Unreadable
from tests.support.submission_files import (
    ALICE,
    BOB,
    FILE,
    MANIFEST_HEAD,
    SOURCE,
    Summary,
    contents_by_id,
    make_zip,
    read_class,
    summarize,
    write_class,
    write_files,
    write_manifest,
)


def read_row(tmp_path: Path, cells: str) -> Submission:
    """Read the submission of a manifest with this row alone."""
    (found,) = read_class(write_manifest(tmp_path, MANIFEST_HEAD + cells + "\n", a=SOURCE))
    assert isinstance(found, Submission)
    return found


def refusal(tmp_path: Path, manifest: str | bytes) -> str:
    with pytest.raises(SubmissionNotFound) as refused:
        read_all(write_manifest(tmp_path, manifest, a=SOURCE), FILE)
    description = str(refused.value)
    assert description.startswith(f"{tmp_path / 'manifest.csv'}: ")
    return description


# --- what a manifest says ---


def test_a_row_says_whose_a_file_is(tmp_path: Path) -> None:
    found = read_row(tmp_path, "alice,Alice A,alice@x.edu,a.py,2026-04-26T17:34:00+02:00,no,3")
    assert (found.people, found.saved, found.late, found.attempt) == (
        (ALICE,),
        "2026-04-26T15:34:00+00:00",
        False,
        3,
    )
    assert (found.file, found.source, found.origin) == ("a.py", SOURCE, "a.py")


def test_only_id_and_path_are_needed(tmp_path: Path) -> None:
    """Other columns are ignored, and so are case and white space in column names."""
    found = write_manifest(tmp_path, "Section, PATH ,,ID\nA,a.py,,alice\n", a=SOURCE)
    os.utime(tmp_path / "a.py", (0, 0))
    (each,) = read_class(found)
    assert isinstance(each, Submission)
    assert (each.people, each.saved, each.late, each.attempt) == (
        (Person("alice"),),
        "1970-01-01T00:00:00+00:00",
        None,
        1,
    )


@pytest.mark.parametrize(
    "table",
    [
        b'\xef\xbb\xbfid,path,name\r\nalice,a.py,"A, \xc3\xa9"\r\n',
        "id;path;name\r\nalice;a.py;A, é\r\n".encode(),
        '\nid, path, name\n\nalice, a.py, "A, é"\n,,\n\n'.encode(),
        'id;path;name\n"alice";"a.py";"A, é";;\n'.encode(),
    ],
)
def test_tables_as_spreadsheets_save_them(tmp_path: Path, table: bytes) -> None:
    (found,) = read_class(write_manifest(tmp_path, table, a=SOURCE))
    assert found.people == (Person("alice", "A, é"),)


@pytest.mark.parametrize(
    ("written", "saved"),
    [
        ("2026-04-26T17:34:00Z", "2026-04-26T17:34:00+00:00"),
        ("2026-04-26 17:34:05.861687-07:00", "2026-04-27T00:34:05+00:00"),
        ("2026-04-26 17:34", "2026-04-26T17:34:00"),
        (" 2026-04-26 17:34:59 ", "2026-04-26T17:34:59"),
        ("yesterday", None),
        ("26/04/2026 17:34", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("", "1970-01-01T00:16:40+00:00"),
        ("  ", "1970-01-01T00:16:40+00:00"),
    ],
)
def test_submission_times(tmp_path: Path, written: str, saved: str | None) -> None:
    """A zone that is not known stays unknown. The time of the file is used only for an empty cell.

    An unparsable cell gives no time: that of the file would look like an answer.
    """
    write_manifest(tmp_path, f"id,path,submitted_at\nalice,a.py,{written}\n", a=SOURCE)
    os.utime(tmp_path / "a.py", (0, 1000))
    assert [each.saved for each in read_class(tmp_path)] == [saved]


def test_what_cannot_be_understood_is_counted_and_told(tmp_path: Path) -> None:
    rows = (
        "alice,a.py,11/20/2026 11:58 PM,maybe,1\n"
        "bob,b.py,2026-11-20 23:58,no,first\n"
        "carla,c.py, 20.11.2026 ,,\n"
    )
    table = "id,path,submitted_at,late,attempt\n" + rows
    source = write_manifest(tmp_path, table, a=SOURCE, b=SOURCE, c=SOURCE)
    assert read_all(source, FILE).notices == (
        "manifest.csv says whose each file is.",
        "submitted_at cannot be understood in 2 lines, which count as empty; the first: "
        "11/20/2026 11:58 PM (line 2). Write 2026-11-20T23:58, or with its zone "
        "2026-11-20T23:58-08:00.",
        "late cannot be understood in 1 line, which counts as empty: maybe (line 2). "
        "Write yes or no.",
        "attempt cannot be understood in 1 line, which counts as empty: first (line 3). "
        "Write 1, 2, 3, ...",
    )


@pytest.mark.parametrize(
    ("written", "late"),
    [
        ("true", True),
        ("YES", True),
        (" 1 ", True),
        ("False", False),
        ("no", False),
        ("0", False),
        ("", None),
        ("3 hours", None),
        ("LATE", None),
    ],
)
def test_lateness(tmp_path: Path, written: str, late: bool | None) -> None:
    assert read_row(tmp_path, f"alice,,,a.py,,{written},").late is late


@pytest.mark.parametrize(
    ("written", "attempt"),
    [
        ("2", 2),
        (" 007 ", 7),
        ("", 1),
        ("0", 1),
        ("-1", 1),
        ("1.5", 1),
        ("first", 1),
        ("9" * 30, 1),
        ("٣", 1),
    ],
)
def test_attempt_numbers(tmp_path: Path, written: str, attempt: int) -> None:
    assert read_row(tmp_path, f"alice,,,a.py,,,{written}").attempt == attempt


def test_an_unreadable_submission_keeps_what_the_manifest_says(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "manifest.csv": (
                MANIFEST_HEAD + "alice,Alice A,alice@x.edu,a.rar,2026-04-26 17:34,yes,2\n"
            ).encode(),
            "a.rar": b"",
        },
    )
    reason = Message("unread_archive", {"file": FILE})
    assert read_class(tmp_path) == [
        Unreadable((ALICE,), "a.rar", reason, "2026-04-26T17:34:00", 2, True)
    ]


# --- paths ---


def test_paths_name_files_zips_and_folders_at_any_depth(tmp_path: Path) -> None:
    inner = make_zip({FILE: SOURCE})
    table = b"id,path\nalice,a.py\nbob,./b/c.zip\ncarla,b//d/\ndora,b/d/e/x.py\n"
    files = {
        "manifest.csv": table,
        "a.py": SOURCE,
        "b/c.zip": inner,
        "b/d/softmax.py": SOURCE,
        "b/d/e/x.py": SOURCE,
    }
    write_files(tmp_path, {f"class/{name}": content for name, content in files.items()})
    write_files(tmp_path, {"class.zip": make_zip(files)})
    expected = dict.fromkeys(("alice", "bob", "carla", "dora"), SOURCE)
    for source in ("class", "class.zip", "class/manifest.csv"):
        assert contents_by_id(tmp_path / source) == expected


def test_the_manifest_may_be_the_source_under_any_name(tmp_path: Path) -> None:
    write_files(tmp_path, {"shard.csv": b"id,path\nalice,a.py\n", "a.py": SOURCE})
    assert contents_by_id(tmp_path / "shard.csv") == {"alice": SOURCE}


@pytest.mark.parametrize("as_zip", [False, True])
def test_entries_that_no_row_names_are_reported(tmp_path: Path, as_zip: bool) -> None:
    """A folder is one entry. Everything in a folder that a row names belongs to that student."""
    table = b"id,path\nalice,in/alice\nbob,in/bob.py\n"
    names = (
        "in/alice/notes.txt",
        "in/alice/old/a.py",
        "in/carla.py",
        "in/dora/1.py",
        "in/dora/2.py",
        "in/notes.txt",
        "z.b.py",
    )
    files = {
        "manifest.csv": table,
        "in/alice/softmax.py": SOURCE,
        "in/bob.py": SOURCE,
        **dict.fromkeys(names, b""),
    }
    assert summarize(write_class(tmp_path, files, as_zip)) == [
        Summary("alice", 1, SOURCE, "in/alice/softmax.py"),
        Summary("bob", 1, SOURCE, "in/bob.py"),
        Summary("carla", 1, "unread_not_in_manifest", "in/carla.py"),
        Summary("dora", 1, "unread_not_in_manifest", "in/dora"),
        Summary("notes", 1, "unread_not_in_manifest", "in/notes.txt"),
        Summary("z.b", 1, "unread_not_in_manifest", "z.b.py"),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "b.py",
        "A.py",
        "a.py/x",
        "../outside.py",
        "b/../a.py",
        "{root}/a.py",
        "",
        ".",
        "/",
        "--help",
        "x/" * 5000,
    ],
)
def test_a_path_outside_the_source_opens_nothing(tmp_path: Path, path: str) -> None:
    write_files(tmp_path, {"outside.py": b"outside"})
    path = path.format(root=tmp_path / "in")
    source = write_files(
        tmp_path / "in", {"manifest.csv": f"id,path\nalice,{path}\n".encode(), "a.py": SOURCE}
    )
    stray, missing = read_class(source)
    assert isinstance(missing, Unreadable)
    assert (missing.people, missing.reason.code) == ((Person("alice"),), "unread_missing")
    assert len(missing.origin) <= IDENTITY_CAP
    assert isinstance(stray, Unreadable)
    assert (stray.people, stray.origin, stray.reason.code) == (
        (Person("a"),),
        "a.py",
        "unread_not_in_manifest",
    )


def test_a_link_that_a_row_names(tmp_path: Path) -> None:
    source = write_files(
        tmp_path / "in", {"manifest.csv": b"id,path\nalice,a.py\nbob,b/outside.py\n"}
    )
    write_files(tmp_path, {"out/outside.py": SOURCE})
    source.joinpath("a.py").symlink_to("../out/outside.py")
    source.joinpath("b").symlink_to("../out")
    assert contents_by_id(source) == {
        "alice": "unread_link",
        "bob": "unread_missing",
        "b": "unread_not_in_manifest",
    }


def test_a_path_names_undecodable_bytes_as_they_are_printed(tmp_path: Path) -> None:
    write_manifest(tmp_path, "id,path\nalice,\\xff.py\n")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_bytes(SOURCE)
    assert contents_by_id(tmp_path) == {"alice": SOURCE}


def test_a_path_may_have_backslashes(tmp_path: Path) -> None:
    files = {"manifest.csv": b"id,path\nalice,in\\alice\\\nbob,.\\in\\b.py\n"}
    files |= {"in/alice/softmax.py": b"A", "in/b.py": b"B"}
    assert contents_by_id(write_files(tmp_path, files)) == {"alice": b"A", "bob": b"B"}


def test_tables_and_what_platforms_write_beside_the_files_are_no_strays(tmp_path: Path) -> None:
    table = {"manifest.csv": b"id,path\nalice,a.py\n", "roster.csv": b"SID;Full Name\n"}
    data = {
        "data.csv": b"1,2\n",
        "index.html": b"",
        "submission_metadata.yml": b"",
        "HW1_al_attempt_2024-03-02-23-59-01.txt": b"",
    }
    source = write_files(tmp_path, {**table, **data, "a.py": SOURCE})
    assert contents_by_id(source) == {"alice": SOURCE, "data": "unread_not_in_manifest"}
    assert read_all(source, FILE).notices == (
        "manifest.csv says whose each file is.",
        "Tables beside the submissions, not read as submissions: roster.csv.",
    )


# --- groups and ids ---


def test_rows_with_the_same_path_are_one_submission_of_a_group(tmp_path: Path) -> None:
    table = (
        MANIFEST_HEAD
        + "bob,Bob B,bob@x.edu,a.py,2026-04-26 17:34,,1\n"
        + "alice,Alice A,alice@x.edu,./a.py,,yes,1\n"
        + "bob,other,,a.py,,,1\n"
    )
    (found,) = read_class(write_manifest(tmp_path, table, a=SOURCE))
    assert (found.people, found.saved, found.late) == (
        (ALICE, BOB),
        "2026-04-26T17:34:00",
        True,
    )


def test_people_without_a_submission_are_not_a_group(tmp_path: Path) -> None:
    assert contents_by_id(
        write_manifest(tmp_path, "id,path\nalice,\nbob,\ncarla,a.py\n", a=SOURCE)
    ) == {
        "alice": "unread_missing",
        "bob": "unread_missing",
        "carla": SOURCE,
    }


def test_ids_and_names_are_kept_as_they_are(tmp_path: Path) -> None:
    nasty = [
        "=HYPERLINK(1)",
        "--help",
        "a\nb",
        "<img src=x>",
        "\u202efdp",
        "Alice",
        "alice",
        "é",
        "e\u0301",
        "in \u00a0 it",
        "x" * IDENTITY_CAP,
    ]
    lines = "".join(f'"{id}","{id}",a{n}.py\n' for n, id in enumerate(nasty))
    write_manifest(
        tmp_path, "id,name,path\n" + lines, **{f"a{n}": id.encode() for n, id in enumerate(nasty)}
    )
    found = read_class(tmp_path)
    assert {each.people[0].id: each.source for each in found if isinstance(each, Submission)} == {
        id: id.encode() for id in nasty
    }
    assert all(each.people[0].name == each.people[0].id for each in found)


def test_white_space_around_ids_names_and_addresses_is_removed(tmp_path: Path) -> None:
    """Spreadsheets keep it, and often only some rows of a person have it.

    In a path it stays, because it may be part of the name of a file.
    """
    table = (
        MANIFEST_HEAD
        + "alice , Alice A\t,alice@x.edu ,a.py ,,,1\n"
        + "\u00a0alice\u00a0,Alice A\u2003,alice@x.edu\u00a0,b.py,,,2\n"
        + '"\nbob",Bob B,bob@x.edu,c.py,,,\n"bob ",,,c.py,,,\n'
        + "alice\t,Alice A,alice@x.edu,c.py,,,\n"
        + '"carla ",,,,,,\ncarla,,,,,,\n'
    )
    write_manifest(tmp_path, table, **{"b": b"B", "c": b"C"})
    (tmp_path / "a.py ").write_bytes(b"A")
    found = read_class(tmp_path)
    assert [each.people for each in found] == [(ALICE,), (ALICE,), (ALICE, BOB), (Person("carla"),)]
    assert [each.attempt for each in found] == [1, 2, 1, 1]


def test_different_long_ids_stay_different(tmp_path: Path) -> None:
    write_manifest(tmp_path, f"id,path\n{'x' * 300}1,a.py\n{'x' * 300}2,b.py\n", a=b"A", b=b"B")
    assert sorted(contents_by_id(tmp_path).values()) == [b"A", b"B"]
    assert {len(id) for id in contents_by_id(tmp_path)} == {IDENTITY_CAP}


# --- unusable manifests ---


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (b"", "its first line must name the columns id and path, as in: id,path,submitted_at"),
        (
            b"name,path\nAlice,a.py\n",
            "its first line must name the columns id and path, as in: id,path,submitted_at",
        ),
        (
            b"id|path\nalice|a.py\n",
            "its first line must name the columns id and path, as in: id,path,submitted_at",
        ),
        (b"id,path,ID\nalice,a.py,bob\n", "the column id appears twice"),
        (b"id,path\nalice,a.py\n,b.py\n", "line 3 has no id"),
        ("id,path\nalice,a.py\n\u00a0\t,b.py\n".encode(), "line 3 has no id"),
        (
            b"id,name,path\nalice,Doe, Jane,a.py\n",
            "line 2 has 4 cells, but there are 3 columns. Put cells that contain a comma",
        ),
        (
            "id,path\njosé,a.py\n".encode("latin-1"),
            "this is not UTF-8 text (byte 12). Save it as CSV in UTF-8.",
        ),
        ("id,path\nalice,a.py\n".encode("utf-16")[:-1], "this is not UTF-16 text (byte 39)"),
        (b"PK\x03\x04", "this is a workbook of a spreadsheet, not a CSV table. Open it"),
        (b"id,path\nalice," + b"a" * 200_000 + b"\n", "this is not a CSV table (field larger than"),
        (b"id,path\n" + b"\n" * TABLE_CAP, "this table is larger than 16 MiB"),
    ],
)
def test_an_unusable_manifest_is_explained(tmp_path: Path, table: bytes, expected: str) -> None:
    assert expected in refusal(tmp_path, table)


def test_a_linked_manifest_is_not_read(tmp_path: Path) -> None:
    write_files(tmp_path, {"real.csv": b"id,path\nalice,a.py\n", "class/a.py": SOURCE})
    tmp_path.joinpath("class/manifest.csv").symlink_to("../real.csv")
    expected = r"manifest\.csv: this is a symbolic link, and links are not followed\. Give a CSV "
    with pytest.raises(SubmissionNotFound, match=expected):
        read_all(tmp_path / "class", FILE)


def test_an_empty_manifest(tmp_path: Path) -> None:
    write_files(tmp_path, {"manifest.csv": b"id,path\n"})
    with pytest.raises(SubmissionNotFound, match="there are no submissions here"):
        read_all(tmp_path, FILE)
