"""Whose work it is never depends on what is inside a student's hand-in.

Each test is a way in which mallory could speak for alice. alice's own file holds b"A".
"""

import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.intake import SourceOptions, UnclearSource, read_all
from grader.intake.roster import Roster
from grader.model import Person, Submission
from tests.support.submission_files import (
    ASKED,
    FILE,
    SOURCE,
    contents_by_id,
    make_member,
    make_zip,
    read_class,
    write_class,
    write_files,
)

BOTH_KINDS = pytest.mark.parametrize("as_zip", [False, True])
MANIFEST = b"id,path,attempt\nalice,softmax.py,99\nmallory,softmax.py,1\n"
METADATA = b"submission_1:\n  :submitters:\n  - :sid: alice\n"
# What mallory puts into her own folder or zip, beside her softmax.py.
TRICKS: dict[str, Mapping[str, bytes]] = {
    "a manifest": {"manifest.csv": MANIFEST},
    "a manifest one folder down": {"hw1/manifest.csv": MANIFEST},
    "a roster": {"roster.csv": b"id,name\nmallory,Alice\n"},
    "a table of Gradescope's": {
        "submission_metadata.yml": METADATA,
        "submission_1/softmax.py": b"M",
    },
    "names of Canvas": {"alice_12345_678901_softmax.py": b"M", "bob_12346_678902_softmax.py": b"M"},
    "names of Moodle": {"alice_1_assignsubmission_file_softmax.py": b"M"},
    "a receipt of Blackboard's": {
        "HW1_alice_attempt_2030-03-02-23-59-01.txt": b"Name: Alice (alice)\n"
    },
    "names of Brightspace": {"1-2 - alice - Sep 24, 2030 926 PM/softmax.py": b"M"},
    "a repository": {
        ".git/config": b"[user]\n\tname = alice\n",
        "scores.csv": b"username\nalice\n",
    },
    "a folder of alice's": {"alice/softmax.py": b"M", "bob/softmax.py": b"M"},
    "a zip of alice's": {"alice.zip": make_zip({"manifest.csv": MANIFEST, FILE: b"M"})},
}


@BOTH_KINDS
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("trick", TRICKS)
def test_nothing_in_a_hand_in_says_whose_it_is(
    tmp_path: Path, trick: str, is_packed: bool, as_zip: bool
) -> None:
    """In a folder or in a zip, in a folder or a zip of a class."""
    own = {FILE: b"M", **TRICKS[trick]}
    handed_in = {f"mallory/{name}": content for name, content in own.items()}
    if is_packed:
        handed_in = {"mallory.zip": make_zip(own)}
    source = write_class(tmp_path, {"alice.py": b"A", **handed_in}, as_zip)
    assert contents_by_id(source) == {"alice": b"A", "mallory": b"M"}


@BOTH_KINDS
@pytest.mark.parametrize("trick", TRICKS)
def test_the_zip_of_one_student_is_not_a_class(tmp_path: Path, trick: str, as_zip: bool) -> None:
    """As the second source of a run, it holds mallory's folder: hers, or the run stops."""
    files = {f"mallory/{name}": content for name, content in {FILE: b"M", **TRICKS[trick]}.items()}
    source = write_class(tmp_path, files, as_zip)
    options = SourceOptions(is_first=False)
    if "manifest.csv" in TRICKS[trick]:
        with pytest.raises(UnclearSource, match=r"--inside mallory.*--as-one-person"):
            read_all(source, ASKED, options)
        options = options._replace(as_one_person=True)
    found = read_all(source, ASKED, options).submissions
    assert [person.id for each in found for person in each.people] == ["mallory"]


@BOTH_KINDS
@pytest.mark.parametrize("trick", TRICKS)
def test_without_the_file_itself_the_run_stops(tmp_path: Path, trick: str, as_zip: bool) -> None:
    """Nothing in the folder then tells it from a class's."""
    files = {f"mallory/{name}": content for name, content in TRICKS[trick].items()}
    source = write_class(tmp_path, {"mallory/x/softmax.py": b"M", **files}, as_zip)
    with pytest.raises(UnclearSource, match=r"--inside mallory.*--as-one-person"):
        read_all(source, ASKED, SourceOptions(is_first=False))


@BOTH_KINDS
def test_a_manifest_in_the_only_folder_is_not_used(tmp_path: Path, as_zip: bool) -> None:
    """With a roster, and as the first source of a run as well."""
    source = write_class(tmp_path, {"mallory/manifest.csv": MANIFEST, "mallory/x.py": b"M"}, as_zip)
    for roster in (None, Roster((Person("alice"), Person("bob")))):
        with pytest.raises(UnclearSource, match=r"manifest\.csv in it says whose"):
            read_all(source, ASKED, roster=roster)
    own = Roster((Person("alice"), Person("mallory")))
    (found,) = read_all(source, ASKED, roster=own).submissions
    assert found.people == (Person("mallory"),)


def test_links_to_anothers_folder_are_not_followed(tmp_path: Path) -> None:
    source = write_files(tmp_path / "class", {"alice/softmax.py": b"A", "bob/x.txt": b""})
    (source / "mallory").symlink_to("alice")
    (source / "eve").mkdir()
    (source / "eve/softmax.py").symlink_to("../alice/softmax.py")
    (source / "dan").mkdir()
    (source / "dan/hw1").symlink_to("../alice")
    found = contents_by_id(source)
    assert found.pop("alice") == b"A"
    assert {type(content) for content in found.values()} == {str}


@BOTH_KINDS
@pytest.mark.parametrize(
    "twin",
    [
        "Alice",
        "ALICE",
        "alice ",
        " alice",
        "alice\u200b",
        "\u0430lice",
        "\uff41lice",
        "a\u0301lice",
    ],
)
def test_names_that_look_like_anothers_are_other_names(
    tmp_path: Path, twin: str, as_zip: bool
) -> None:
    files = {"alice/softmax.py": b"A", f"{twin}/softmax.py": b"M"}
    assert contents_by_id(write_class(tmp_path, files, as_zip)) == {"alice": b"A", twin: b"M"}


@BOTH_KINDS
def test_two_encodings_of_an_accent_are_two_people(tmp_path: Path, as_zip: bool) -> None:
    names = [unicodedata.normalize(form, "josé") for form in ("NFC", "NFD")]
    source = write_class(tmp_path, {f"{name}.py": name.encode() for name in names}, as_zip)
    assert contents_by_id(source) == {name: name.encode() for name in names}


def test_a_long_id_is_not_the_one_that_it_begins_with(tmp_path: Path) -> None:
    names = ["a" * 200, "a" * 201]
    files = {f"{name}/softmax.py": str(len(name)).encode() for name in names}
    ids = contents_by_id(write_class(tmp_path, files, as_zip=False))
    assert len(ids) == 2
    assert ids[names[0]] == b"200"


@pytest.mark.parametrize(
    "name", ["..\\alice\\softmax.py", "../alice/softmax.py", "/alice/softmax.py", "C:alice.py"]
)
def test_a_member_of_a_zip_does_not_reach_another_folder(tmp_path: Path, name: str) -> None:
    packed = make_zip([(make_member(name), b"M"), (make_member(FILE), b"M")])
    write_files(tmp_path, {"alice.py": b"A", "mallory.zip": packed})
    found = contents_by_id(tmp_path)
    assert found.keys() == {"alice", "mallory"}
    assert found["alice"] == b"A"
    (tmp_path / "mallory.zip").unlink()
    pairs = [(make_member("alice/softmax.py"), b"A"), (make_member(f"mallory/{name}"), b"M")]
    write_files(tmp_path, {"class.zip": make_zip(pairs)})
    assert contents_by_id(tmp_path / "class.zip")["alice"] == b"A"


def test_a_students_zip_sets_no_time_and_no_order(tmp_path: Path) -> None:
    """Two claims on one name are two attempts, in the order of what lies in the class's folder."""
    for year in (1990, 2040):
        member = make_member(FILE, date=(year, 1, 1, 0, 0, 0))
        source = write_files(
            tmp_path / str(year), {"al.zip": make_zip([(member, b"zip")]), "al/softmax.py": b"dir"}
        )
        os.utime(source / "al.zip", (0, 2_000))
        os.utime(source / "al/softmax.py", (0, 1_000))
        one, two = read_class(source)
        assert isinstance(one, Submission)
        assert isinstance(two, Submission)
        assert (one.source, two.source) == (b"dir", b"zip")
        assert two.saved == "1970-01-01T00:33:20+00:00"
        (source / "al.zip").rename(source / "al/hw.zip")
        (source / "al/softmax.py").unlink()
        (found,) = read_class(source)
        assert (found.saved or "")[:4] not in ("1990", "2040")


def test_members_of_the_zip_of_a_class_order_the_attempts_of_one_person(tmp_path: Path) -> None:
    """The time is that of the download, or of no known zone: nobody is late by it."""
    pairs = [
        (make_member("al.py", date=(2026, 4, 26, 17, 34, 0)), b"second"),
        (make_member("al/softmax.py", date=(2026, 4, 26, 17, 33, 0)), b"first"),
    ]
    write_files(tmp_path, {"class.zip": make_zip(pairs)})
    found = read_class(tmp_path / "class.zip")
    rows = [(each.attempt, each.saved, each.late) for each in found]
    assert rows == [(1, None, None), (2, None, None)]
    assert [getattr(each, "source", None) for each in found] == [b"first", b"second"]


@BOTH_KINDS
def test_file_names_do_not_speak_for_others_in_a_download(tmp_path: Path, as_zip: bool) -> None:
    """The end of each name is mallory's choice."""
    downloads = {
        "canvas": (
            "mallory_1_678901_alice_2_678902_softmax.py",
            "alice_2_678903_softmax.py",
        ),
        "moodle": (
            "mallory_1_assignsubmission_file_alice_2_assignsubmission_file_softmax.py",
            "alice_2_assignsubmission_file_softmax.py",
        ),
        "blackboard": (
            "HW_1_attempt_2024-03-02-23-59-01_HW_2_attempt_2030-03-02-23-59-01_softmax.py",
            "HW_2_attempt_2024-03-02-23-59-01_softmax.py",
        ),
        "brightspace": (
            "1-1 - mallory - Sep 24, 2024 926 PM - 2-2 - alice - Sep 24, 2030 926 PM - softmax.py",
            "2-2 - alice - Sep 24, 2024 926 PM - softmax.py",
        ),
    }
    for layout, (hers, alices) in downloads.items():
        (tmp_path / layout).mkdir()
        source = write_class(tmp_path / layout, {hers: b"M", alices: b"A", "x.csv": b""}, as_zip)
        reading = read_all(source, ASKED, SourceOptions(layout=layout))
        of_alice = [
            getattr(each, "source", None)
            for each in reading.submissions
            if each.people[0].id.startswith("2")
        ]
        assert of_alice == [b"A"], layout


def test_a_manifest_says_nothing_from_a_folder_that_it_names(tmp_path: Path) -> None:
    """Only the one at the top is a manifest. What its rows name is looked for, never followed."""
    table = b"id,path\nalice,alice.py\nmallory,mallory\neve,..\\alice.py\nbob,b\\softmax.py\n"
    files = {
        "manifest.csv": table,
        "alice.py": b"A",
        "mallory/manifest.csv": MANIFEST,
        "mallory/softmax.py": b"M",
        "b/softmax.py": SOURCE,
    }
    for as_zip in (False, True):
        assert contents_by_id(write_class(tmp_path, files, as_zip)) == {
            "alice": b"A",
            "bob": SOURCE,
            "eve": "unread_missing",
            "mallory": b"M",
        }
