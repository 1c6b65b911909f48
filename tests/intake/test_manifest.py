"""Tables that a course writes: the manifest, which says whose file is whose, and the roster, which says who should have handed one in."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.intake import (
    InvalidTable,
    SubmissionNotFound,
    compare_with_roster,
    read_all,
    read_roster,
)
from grader.intake.csv_table import TABLE_CAP
from grader.intake.entries import IDENTITY_CAP
from grader.model import Message, Person, Submission, Unreadable
from tests.support.hand_ins import FILE, SOURCE, Row, all_of, by_id, fill, member, rows, zipped

HEAD = "id,name,email,path,submitted_at,late,attempt\n"
ALICE, BOB = Person("alice", "Alice A", "alice@x.edu"), Person("bob", "Bob B", "bob@x.edu")


def course(tmp_path: Path, manifest: str | bytes, **files: bytes) -> Path:
    """a.py, b.py, … beside a manifest."""
    table = manifest if isinstance(manifest, bytes) else manifest.encode()
    return fill(
        tmp_path,
        {"manifest.csv": table, **{f"{name}.py": content for name, content in files.items()}},
    )


def one(tmp_path: Path, cells: str) -> Submission:
    """The only row of a manifest, read."""
    (found,) = all_of(course(tmp_path, HEAD + cells + "\n", a=SOURCE))
    assert isinstance(found, Submission)
    return found


def refusal(tmp_path: Path, manifest: str | bytes) -> str:
    with pytest.raises(SubmissionNotFound) as refused:
        read_all(course(tmp_path, manifest, a=SOURCE), FILE)
    told = str(refused.value)
    assert told.startswith(f"{tmp_path / 'manifest.csv'}: ")
    return told


# --- what a manifest says ------------------------------------------------------------------------------------------------------------


def test_a_row_says_whose_a_file_is(tmp_path: Path) -> None:
    found = one(tmp_path, "alice,Alice A,alice@x.edu,a.py,2026-04-26T17:34:00+02:00,no,3")
    assert (found.people, found.saved, found.late, found.attempt) == (
        (ALICE,),
        "2026-04-26T15:34:00+00:00",
        False,
        3,
    )
    assert (found.file, found.source, found.origin) == ("a.py", SOURCE, "a.py")


def test_only_id_and_path_are_needed(tmp_path: Path) -> None:
    """Other columns, also empty ones, do not matter, nor does how the names of columns are written."""
    found = course(tmp_path, "Section, PATH ,,ID\nA,a.py,,alice\n", a=SOURCE)
    os.utime(tmp_path / "a.py", (0, 0))
    (each,) = all_of(found)
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
    (found,) = all_of(course(tmp_path, table, a=SOURCE))
    assert found.people == (Person("alice", "A, é"),)


@pytest.mark.parametrize(
    ("written", "saved"),
    [
        ("2026-04-26T17:34:00Z", "2026-04-26T17:34:00+00:00"),
        ("2026-04-26 17:34:05.861687-07:00", "2026-04-27T00:34:05+00:00"),
        ("2026-04-26 17:34", "2026-04-26T17:34:00+00:00"),
        (" 2026-04-26 17:34:59 ", "2026-04-26T17:34:59+00:00"),
        ("yesterday", None),
        ("26/04/2026 17:34", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("", "1970-01-01T00:16:40+00:00"),
        ("  ", "1970-01-01T00:16:40+00:00"),
    ],
)
def test_when_it_was_handed_in(tmp_path: Path, written: str, saved: str | None) -> None:
    """Without a zone: in UTC. What is no time is none: the file's own would look like an answer. It is told where nothing is said."""
    course(tmp_path, f"id,path,submitted_at\nalice,a.py,{written}\n", a=SOURCE)
    os.utime(tmp_path / "a.py", (0, 1000))
    assert [each.saved for each in all_of(tmp_path)] == [saved]


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
def test_whether_it_was_late(tmp_path: Path, written: str, late: bool | None) -> None:
    assert one(tmp_path, f"alice,,,a.py,,{written},").late is late


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
def test_which_attempt_it_is(tmp_path: Path, written: str, attempt: int) -> None:
    assert one(tmp_path, f"alice,,,a.py,,,{written}").attempt == attempt


def test_what_is_said_of_what_cannot_be_read_is_kept(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "manifest.csv": (
                HEAD + "alice,Alice A,alice@x.edu,a.rar,2026-04-26 17:34,yes,2\n"
            ).encode(),
            "a.rar": b"",
        },
    )
    reason = Message("unread_archive", {"file": FILE})
    assert all_of(tmp_path) == [
        Unreadable((ALICE,), "a.rar", reason, "2026-04-26T17:34:00+00:00", 2, True)
    ]


# --- where it lies, and what it names ---------------------------------------------------------------------------------------------------


def test_paths_name_files_zips_and_folders_however_deep(tmp_path: Path) -> None:
    inner = zipped({FILE: SOURCE})
    table = b"id,path\nalice,a.py\nbob,./b/c.zip\ncarla,b//d/\ndora,b/d/e/x.py\n"
    files = {
        "manifest.csv": table,
        "a.py": SOURCE,
        "b/c.zip": inner,
        "b/d/softmax.py": SOURCE,
        "b/d/e/x.py": SOURCE,
    }
    fill(tmp_path, {f"class/{name}": content for name, content in files.items()})
    fill(
        tmp_path,
        {
            "class.zip": zipped(files),
            "top.zip": zipped({f"top/{name}": content for name, content in files.items()}),
        },
    )
    expected = dict.fromkeys(("alice", "bob", "carla", "dora"), SOURCE)
    for source in ("class", "class.zip", "top.zip", "class/manifest.csv"):
        assert by_id(tmp_path / source) == expected


def test_a_table_of_another_name_is_a_manifest_where_it_is_the_source(tmp_path: Path) -> None:
    fill(tmp_path, {"shard.csv": b"id,path\nalice,a.py\n", "a.py": SOURCE})
    assert by_id(tmp_path / "shard.csv") == {"alice": SOURCE}


@pytest.mark.parametrize("as_zip", [False, True])
def test_what_no_row_names_is_told(tmp_path: Path, as_zip: bool) -> None:
    """A folder once, not every file in it; what lies in a folder that a row names is that student's."""
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
    fill(
        tmp_path,
        {"class.zip": zipped(files)}
        if as_zip
        else {f"class/{name}": content for name, content in files.items()},
    )
    assert rows(tmp_path / ("class.zip" if as_zip else "class")) == [
        Row("alice", 1, SOURCE, "in/alice/softmax.py"),
        Row("bob", 1, SOURCE, "in/bob.py"),
        Row("carla", 1, "unread_not_in_manifest", "in/carla.py"),
        Row("dora", 1, "unread_not_in_manifest", "in/dora"),
        Row("notes", 1, "unread_not_in_manifest", "in/notes.txt"),
        Row("z.b", 1, "unread_not_in_manifest", "z.b.py"),
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
def test_a_path_that_is_not_in_the_source_opens_nothing(tmp_path: Path, path: str) -> None:
    fill(tmp_path, {"outside.py": b"outside"})
    path = path.format(root=tmp_path / "in")
    source = fill(
        tmp_path / "in", {"manifest.csv": f"id,path\nalice,{path}\n".encode(), "a.py": SOURCE}
    )
    stray, missing = all_of(source)
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
    source = fill(tmp_path / "in", {"manifest.csv": b"id,path\nalice,a.py\nbob,b/outside.py\n"})
    fill(tmp_path, {"out/outside.py": SOURCE})
    source.joinpath("a.py").symlink_to("../out/outside.py")
    source.joinpath("b").symlink_to("../out")
    assert by_id(source) == {
        "alice": "unread_link",
        "bob": "unread_missing",
        "b": "unread_not_in_manifest",
    }


def test_names_that_are_no_text_are_named_as_they_are_shown(tmp_path: Path) -> None:
    course(tmp_path, "id,path\nalice,\\xff.py\n")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_bytes(SOURCE)
    assert by_id(tmp_path) == {"alice": SOURCE}


# --- groups and attempts ------------------------------------------------------------------------------------------------------------------


def test_rows_with_the_same_path_are_one_submission_of_a_group(tmp_path: Path) -> None:
    table = (
        HEAD
        + "bob,Bob B,bob@x.edu,a.py,2026-04-26 17:34,,1\nalice,Alice A,alice@x.edu,./a.py,,yes,1\nbob,other,,a.py,,,1\n"
    )
    (found,) = all_of(course(tmp_path, table, a=SOURCE))
    assert (found.people, found.saved, found.late) == (
        (ALICE, BOB),
        "2026-04-26T17:34:00+00:00",
        True,
    )


def test_those_who_handed_in_nothing_are_no_group(tmp_path: Path) -> None:
    assert by_id(course(tmp_path, "id,path\nalice,\nbob,\ncarla,a.py\n", a=SOURCE)) == {
        "alice": "unread_missing",
        "bob": "unread_missing",
        "carla": SOURCE,
    }


def test_attempts_by_their_numbers(tmp_path: Path) -> None:
    """Also where their times say otherwise. A group's attempts are none of its members'."""
    table = (
        "id,path,attempt,submitted_at\nalice,a.py,10,2026-01-01\nalice,b.py,9,2026-01-02\nbob,c.py,1,\n"
        "bob,d.py,2,\nalice,d.py,2,\nbob,e.py,1,\nalice,e.py,1,\n"
    )
    course(tmp_path, table, a=b"A", b=b"B", c=b"C", d=b"D", e=b"E")
    found = [(row.ids, row.attempt, row.what) for row in rows(tmp_path)]
    assert found == [
        ("alice", 9, b"B"),
        ("alice", 10, b"A"),
        ("alice+bob", 1, b"E"),
        ("alice+bob", 2, b"D"),
        ("bob", 1, b"C"),
    ]


def attempts(
    tmp_path: Path, numbers: Sequence[str], times: Sequence[str] | None, more: str = ""
) -> None:
    """Three of alice's, of which the file of a is the latest, and that of c the first."""
    cells = [
        f"alice,{n}.py,{number},{at}\n"
        for n, number, at in zip("abc", numbers, times or ("", "", ""), strict=True)
    ]
    course(
        tmp_path,
        f"id,path,attempt,{'submitted_at' if times else 'other'}\n" + "".join(cells) + more,
        a=b"A",
        b=b"B",
        c=b"C",
    )
    for n, name in enumerate(("c.py", "b.py", "a.py")):
        os.utime(tmp_path / name, (0, n))


def refused_order(source: Path) -> str:
    with pytest.raises(InvalidTable) as refused:
        read_all(source, FILE)
    start, _, told = str(refused.value).partition(": ")
    assert start == str(source / "manifest.csv")
    return told


TIMES = ("2026-03-01", "2026-01-01T00:00:00-07:00", "2026-02-01")


@pytest.mark.parametrize(
    "numbers", [("", "", ""), ("1", "", "2"), ("1", "1", "1"), ("x", "0", "-1")]
)
def test_attempts_without_numbers_of_their_own_are_in_the_order_of_the_tables_times(
    tmp_path: Path, numbers: tuple[str, str, str]
) -> None:
    """Whatever the times of the files say."""
    attempts(tmp_path, numbers, TIMES)
    assert [(row.attempt, row.what) for row in rows(tmp_path)] == [(1, b"B"), (2, b"C"), (3, b"A")]


@pytest.mark.parametrize("times", [("", "", ""), ("", " ", "\u00a0"), None])
def test_attempts_of_which_no_table_says_when_are_in_the_order_of_their_files_times(
    tmp_path: Path, times: tuple[str, str, str] | None
) -> None:
    """Of the same people: what the table says of bob's does not matter."""
    attempts(tmp_path, ("", "", ""), times, "bob,d.py,,yesterday\n" if times else "")
    assert [(row.attempt, row.what) for row in rows(tmp_path) if row.ids == "alice"] == [
        (1, b"C"),
        (2, b"B"),
        (3, b"A"),
    ]


@pytest.mark.parametrize(
    "times",
    [
        ("24/11/2026 18:00", "24/11/2026 17:00", "24/11/2026 16:00"),
        ("2026-03-01", "2026-01-01", "nobody knows"),
        ("2026-03-01", "2026-01-01", ""),
        ("yesterday", "", ""),
        ("2026-03-01T12:00:00.1Z", "2026-03-01T12:00:00.9Z", "2026-01-01"),
        ("2026-03-01T12:00+02:00", "2026-03-01T10:00", "2026-01-01"),
    ],
)
def test_the_order_of_attempts_is_never_a_guess(
    tmp_path: Path, times: tuple[str, str, str]
) -> None:
    """A table's times are in no order with a file's, which may be that of a download, nor with what is no time, nor with the same."""
    attempts(tmp_path, ("1", "1", ""), times)
    assert refused_order(tmp_path) == (
        "there are several attempts, and which is the last is not clear: alice (a.py, b.py, c.py). Write attempt numbers 1, 2, … in each "
        "of their lines, or in each a submitted_at of its own, such as 2026-11-24T17:00."
    )
    attempts(tmp_path, ("3", "1", "2"), times)
    assert [row.what for row in rows(tmp_path)] == [b"B", b"C", b"A"]


def test_files_without_times_of_their_own_are_in_no_order(tmp_path: Path) -> None:
    """Those of the same second, as an unpacked download has them, in a folder and in a zip; and where one is not there."""
    table = b"id,path\nalice,a.py\nalice,b.py\n"
    fill(tmp_path / "class", {"manifest.csv": table, "a.py": SOURCE, "b.py": SOURCE})
    (tmp_path / "class.zip").write_bytes(
        zipped([("manifest.csv", table), (member("a.py"), SOURCE), (member("b.py"), SOURCE)])
    )
    for name, nanoseconds in (("a.py", 10**9), ("b.py", 19 * 10**8)):
        os.utime(tmp_path / "class" / name, ns=(0, nanoseconds))
    for source in ("class", "class.zip"):
        assert "not clear: alice (a.py, b.py)." in refused_order(tmp_path / source)
    (tmp_path / "class/b.py").unlink()
    assert "not clear: alice (a.py, b.py)." in refused_order(tmp_path / "class")


def test_members_of_a_zip_are_in_the_order_of_their_times(tmp_path: Path) -> None:
    table = b"id,path\nalice,a.py\nalice,b.py\n"
    early = member("b.py", date=(2026, 4, 26, 17, 33, 58))
    (tmp_path / "class.zip").write_bytes(
        zipped([("manifest.csv", table), (member("a.py"), b"A"), (early, b"B")])
    )
    assert [row.what for row in rows(tmp_path / "class.zip")] == [b"B", b"A"]


def test_all_whose_attempts_are_in_no_order_are_told_at_once(tmp_path: Path) -> None:
    """As far as a sentence goes: five of them, and five paths of each."""
    pairs = [
        ("alice", 2),
        ("bob", 2),
        ("carla", 7),
        ("dora", 2),
        ("emil", 2),
        ("fay", 2),
        ("gus", 2),
    ]
    lines = [f"{id},{id}{number}.py,?\n" for id, count in pairs for number in range(count)]
    group = "alice,g1.py,?\nbob,g1.py,?\nalice,g2.py,?\nbob,g2.py,?\n"
    told = refused_order(course(tmp_path, "id,path,submitted_at\n" + group + "".join(lines)))
    assert (
        "not clear: alice (alice0.py, alice1.py); alice and bob (g1.py, g2.py); bob (bob0.py, bob1.py); "
        "carla (carla0.py, carla1.py, carla2.py, carla3.py, carla4.py and 2 more); dora (dora0.py, dora1.py) and 3 more. Write"
    ) in told


def test_the_same_file_as_two_attempts(tmp_path: Path) -> None:
    course(tmp_path, "id,path,attempt\nalice,a.py,1\nalice,a.py,2\n", a=SOURCE)
    assert [row.attempt for row in rows(tmp_path)] == [1, 2]


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
    course(
        tmp_path, "id,name,path\n" + lines, **{f"a{n}": id.encode() for n, id in enumerate(nasty)}
    )
    found = all_of(tmp_path)
    assert {each.people[0].id: each.source for each in found if isinstance(each, Submission)} == {
        id: id.encode() for id in nasty
    }
    assert all(each.people[0].name == each.people[0].id for each in found)


def test_white_space_around_ids_names_and_addresses_is_nobodys(tmp_path: Path) -> None:
    """As a spreadsheet keeps it: of one person's rows some have it. In a path it may be part of a file's name."""
    table = (
        HEAD
        + "alice , Alice A\t,alice@x.edu ,a.py ,,,1\n\u00a0alice\u00a0,Alice A\u2003,alice@x.edu\u00a0,b.py,,,2\n"
    )
    table += '"\nbob",Bob B,bob@x.edu,c.py,,,\n"bob ",,,c.py,,,\nalice\t,Alice A,alice@x.edu,c.py,,,\n"carla ",,,,,,\ncarla,,,,,,\n'
    course(tmp_path, table, **{"b": b"B", "c": b"C"})
    (tmp_path / "a.py ").write_bytes(b"A")
    found = all_of(tmp_path)
    assert [each.people for each in found] == [(ALICE,), (ALICE,), (ALICE, BOB), (Person("carla"),)]
    assert [each.attempt for each in found] == [1, 2, 1, 1]


def test_ids_that_are_too_long_stay_apart(tmp_path: Path) -> None:
    course(tmp_path, f"id,path\n{'x' * 300}1,a.py\n{'x' * 300}2,b.py\n", a=b"A", b=b"B")
    assert sorted(by_id(tmp_path).values()) == [b"A", b"B"]
    assert {len(id) for id in by_id(tmp_path)} == {IDENTITY_CAP}


# --- manifests that cannot be used --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "said"),
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
        (b"id,path,ID\nalice,a.py,bob\n", "the column id is there twice"),
        (b"id,path\nalice,a.py\n,b.py\n", "line 3 has no id"),
        ("id,path\nalice,a.py\n\u00a0\t,b.py\n".encode(), "line 3 has no id"),
        (
            b"id,name,path\nalice,Doe, Jane,a.py\n",
            "line 2 has 4 cells, and there are 3 columns. Put what holds a comma",
        ),
        (
            "id,path\njosé,a.py\n".encode("latin-1"),
            "this is not UTF-8 text (byte 12). Save it as CSV in UTF-8.",
        ),
        ("id,path\nalice,a.py\n".encode("utf-16"), "this is not UTF-8 text (byte 1)"),
        (b"id,path\nalice," + b"a" * 200_000 + b"\n", "this is no table in CSV (field larger than"),
        (b"id,path\n" + b"\n" * TABLE_CAP, "this table is larger than 16 MiB"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, table: bytes, said: str
) -> None:
    assert said in refusal(tmp_path, table)


def test_a_manifest_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    fill(tmp_path, {"real.csv": b"id,path\nalice,a.py\n", "class/a.py": SOURCE})
    tmp_path.joinpath("class/manifest.csv").symlink_to("../real.csv")
    with pytest.raises(
        SubmissionNotFound,
        match=r"manifest\.csv: cannot be read, it is a symbolic link\. Give a table in CSV",
    ):
        read_all(tmp_path / "class", FILE)


def test_a_manifest_of_nobody(tmp_path: Path) -> None:
    fill(tmp_path, {"manifest.csv": b"id,path\n"})
    with pytest.raises(SubmissionNotFound, match="nothing was handed in here"):
        read_all(tmp_path, FILE)


# --- the roster ---------------------------------------------------------------------------------------------------------------------------


def roster(tmp_path: Path, table: bytes) -> tuple[Person, ...]:
    tmp_path.joinpath("roster.csv").write_bytes(table)
    return read_roster(tmp_path / "roster.csv")


def test_a_roster_in_the_order_of_its_lines(tmp_path: Path) -> None:
    table = b"\xef\xbb\xbfid;Email;section;name\r\nbob ;bob@x.edu ;1;Bob B\xc2\xa0\r\nalice;alice@x.edu;2;Alice A\r\n"
    assert roster(tmp_path, table) == (BOB, ALICE)
    assert roster(tmp_path, b"id\ncarla\nCarla\n") == (Person("carla"), Person("Carla"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            b"name,email\nAlice,a@x\n",
            "its first line must name the column id, as in: id,name,email",
        ),
        (b"id,name\n", "nobody is on this roster"),
        (b"id\nalice\nbob\nalice\nalice\n", "the same id stands in several lines: alice (3 times)"),
        (b"id,name\n,Alice\n", "line 2 has no id"),
        (b"id,name\n\t ,Alice\n", "line 2 has no id"),
        (b"id\ndan\ndan \n", "the same id stands in several lines: dan (2 times)"),
    ],
)
def test_a_roster_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, table: bytes, said: str
) -> None:
    with pytest.raises(SubmissionNotFound) as refused:
        roster(tmp_path, table)
    assert str(refused.value).startswith(f"{tmp_path / 'roster.csv'}: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: None]
)
@pytest.mark.timeout(5)
def test_a_roster_that_is_no_file(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "roster.csv")
    with pytest.raises(
        SubmissionNotFound,
        match=r"roster\.csv: .*\. Give a table in CSV with the column id, as in: id,name,email$",
    ):
        read_roster(tmp_path / "roster.csv")


CARLA = Person("carla")


@pytest.mark.parametrize(
    ("handed_in", "missing", "unmatched"),
    [
        ([], (ALICE, BOB, CARLA), ()),
        ([(Person("alice"),), (Person("bob"), Person("carla"))], (), ()),
        ([(ALICE,), (ALICE,), (Person("x"),), (Person("x"),)], (BOB, CARLA), (Person("x"),)),
        ([(Person("7", email="ALICE@X.edu"),)], (BOB, CARLA), ()),
        ([(Person("bob", email="alice@x.edu"),)], (ALICE, CARLA), ()),
        ([(Person("Alice"),)], (ALICE, BOB, CARLA), (Person("Alice"),)),
        ([(Person("y"),)], (ALICE, BOB, CARLA), (Person("y"),)),
    ],
)
def test_who_is_missing_and_who_is_not_on_the_roster(
    handed_in: list[tuple[Person, ...]], missing: tuple[Person, ...], unmatched: tuple[Person, ...]
) -> None:
    """By id, else by e-mail; no e-mail is like no other."""
    assert compare_with_roster((ALICE, BOB, CARLA), handed_in) == (missing, unmatched)


def test_an_e_mail_that_several_share_is_nobodys() -> None:
    """Rather two people to look at than the wrong one found."""
    couple = (Person("a", email="us@x.edu"), Person("b", email="us@x.edu"))
    stranger = Person("c", email="us@x.edu")
    assert compare_with_roster(couple, [(stranger,)]) == (couple, (stranger,))
