"""The only folder at the top of a source: around the submissions of a class, or one student's."""

from pathlib import Path

import pytest

from grader.intake import ClassReading, SourceOptions, UnclearSource, read_all
from grader.intake.entries import InvalidTable
from grader.intake.roster import Roster
from grader.model import Person
from tests.support.submission_files import ASKED, SOURCE, make_zip, write_class, write_files

BOTH_KINDS = pytest.mark.parametrize("as_zip", [False, True])
CLASS = {"hw1/alice/softmax.py": b"A", "hw1/bob.zip": make_zip({"x/softmax.py": b"B"})}
PEOPLE = (Person("alice"), Person("x", "Bob"), Person("carla", email="c@x.edu"))
ROSTER = Roster(PEOPLE)
LATER = SourceOptions(is_first=False)


def ids(reading: ClassReading) -> list[str]:
    return [person.id for each in reading.submissions for person in each.people]


def refusal(source: Path, options: SourceOptions, roster: Roster | None = None) -> str:
    with pytest.raises(UnclearSource) as refused:
        read_all(source, ASKED, options, roster)
    start, _, description = str(refused.value).partition(": ")
    assert start == str(source)
    return description


@BOTH_KINDS
def test_with_a_roster_two_names_on_it_open_the_folder(tmp_path: Path, as_zip: bool) -> None:
    """By id, name or e-mail, in any source of a run."""
    source = write_class(tmp_path, CLASS, as_zip)
    reading = read_all(source, ASKED, LATER, ROSTER)
    assert ids(reading) == ["alice", "x"]
    assert reading.opened == "hw1"
    assert reading.notices[0] == "Everything is in the folder hw1, which was opened."
    refusal(source, SourceOptions(), Roster((Person("alice"), Person("dan"))))
    for person in (Person("hw1"), Person("y", email="hw1@x.edu")):
        (id,) = ids(read_all(source, ASKED, LATER, Roster((*PEOPLE, person))))
        assert id == person.id
    with pytest.raises(InvalidTable, match=r"hw1 and HW1\)\. Upper and lower case make"):
        read_all(source, ASKED, LATER, Roster((*PEOPLE, Person("HW1"))))


@BOTH_KINDS
def test_without_a_roster_the_first_source_of_a_run_may_be_opened(
    tmp_path: Path, as_zip: bool
) -> None:
    source = write_class(tmp_path, CLASS, as_zip)
    reading = read_all(source, ASKED)
    assert ids(reading) == ["alice", "bob"]
    assert reading.opened == "hw1"
    assert refusal(source, LATER) == (
        "it holds one folder, hw1, which can be two things. If it is the folder around the class's "
        "submissions, it holds those of alice, bob.zip: then add --inside hw1. If it is the "
        "submission of one person, called hw1: then add --as-one-person."
    )
    # The same source again, and what another folder than before would need.
    assert ids(read_all(source, ASKED, SourceOptions(opened="hw1"))) == ["alice", "bob"]
    refusal(source, SourceOptions(opened="mallory"))


@BOTH_KINDS
@pytest.mark.parametrize(
    "files",
    [
        {"hw1/alice/softmax.py": SOURCE},
        {"hw1/cs231n/classifiers/softmax.py": SOURCE, "hw1/setup.py": b"", "hw1/a.py": b""},
        {"hw1/alice/notes.txt": b"", "hw1/bob/notes.txt": b""},
        {"hw1/alice.py": SOURCE, "hw1/bob.py": SOURCE},
        {"hw1/hw1/alice.py": SOURCE, "hw1/hw1/bob/softmax.py": SOURCE},
    ],
)
def test_else_the_run_stops(tmp_path: Path, files: dict[str, bytes], as_zip: bool) -> None:
    source = write_class(tmp_path, files, as_zip)
    assert "--inside hw1." in refusal(source, SourceOptions())
    assert ids(read_all(source, ASKED, SourceOptions(as_one_person=True))) == ["hw1"]
    if "hw1/hw1/alice.py" not in files:
        assert "hw1" not in ids(read_all(source, ASKED, SourceOptions(inside="hw1")))


@BOTH_KINDS
def test_a_folder_with_the_file_itself_is_a_submission(tmp_path: Path, as_zip: bool) -> None:
    files = {"hw1/softmax.py": SOURCE, "hw1/old/softmax.py": b"", "hw1/older/softmax.py": b""}
    source = write_class(tmp_path, files, as_zip)
    assert ids(read_all(source, ASKED)) == ids(read_all(source, ASKED, LATER)) == ["hw1"]


@BOTH_KINDS
def test_a_platforms_download_in_a_folder(tmp_path: Path, as_zip: bool) -> None:
    files = {f"x/u{n}_1234{n}_67890{n}_softmax.py": SOURCE for n in range(3)}
    source = write_class(tmp_path, files, as_zip)
    expected = ["12340", "12341", "12342"]
    assert ids(read_all(source, ASKED)) == expected
    assert "it is a Canvas download of 12340, 12341, 12342: then add --inside x" in refusal(
        source, LATER
    )
    for options in (SourceOptions("canvas", is_first=False), LATER._replace(inside="x")):
        reading = read_all(source, ASKED, options)
        assert (reading.layout, ids(reading)) == ("canvas", expected)


@BOTH_KINDS
def test_a_file_beside_a_platforms_download_does_not_make_it_one_persons(
    tmp_path: Path, as_zip: bool
) -> None:
    """A solution in the folder of eighty people: they are not one person who hands in that."""
    files = {f"x/u{n}_1234{n}_67890{n}_y.py": SOURCE for n in range(3)}
    source = write_class(tmp_path, {**files, "x/softmax.py": SOURCE}, as_zip)
    assert "it is a Canvas download of 12340, 12341, 12342" in refusal(source, SourceOptions())
    assert ids(read_all(source, ASKED, LATER)) == ["x"]
    clones = {f"hw-1-submissions_2026/hw-1-u{n}/softmax.py": SOURCE for n in range(3)}
    (tmp_path / "clones").mkdir()
    beside = {"hw-1-submissions_2026/softmax.py": SOURCE}
    source = write_class(tmp_path / "clones", {**clones, **beside}, as_zip)
    assert ids(read_all(source, ASKED)) == ["softmax.py", "u0", "u1", "u2"]


def test_tables_that_were_left_out_are_told(tmp_path: Path) -> None:
    """Whatever they lie beside: the folder that was opened, one person's, or everybody's."""
    told = "Tables beside the submissions, not read as submissions: roster.csv."
    roster = {"roster.csv": b"id,name\n"}
    folders = [
        ({"hw1/alice/softmax.py": SOURCE, "hw1/bob/softmax.py": SOURCE}, SourceOptions()),
        ({"hw1/alice/softmax.py": SOURCE}, SourceOptions(as_one_person=True)),
        ({"alice/softmax.py": SOURCE, "bob/softmax.py": SOURCE}, SourceOptions()),
        ({"hw1/a_1_2_x.py": SOURCE, "hw1/b_2_3_x.py": SOURCE}, SourceOptions("canvas")),
        ({"hw-1-submissions/hw-1-a/softmax.py": SOURCE}, SourceOptions()),
    ]
    for number, (files, options) in enumerate(folders):
        source = write_files(tmp_path / str(number), {**files, **roster})
        assert told in read_all(source, ASKED, options).notices, number


@BOTH_KINDS
def test_a_path_to_the_folder_with_the_submissions(tmp_path: Path, as_zip: bool) -> None:
    files = {"a/b c/alice.py": SOURCE, "a/b c/bob.py": SOURCE, "a/x.py": b"", "y.txt": b""}
    source = write_class(tmp_path, files, as_zip)
    for path in ("a/b c", "./a//b c/", "a\\b c"):
        assert ids(read_all(source, ASKED, SourceOptions(inside=path))) == ["alice", "bob"]
    assert refusal(source, SourceOptions(inside="a/z")) == (
        "--inside a/z: there is no folder z here. There is: b c."
    )
    for path in ("../class", "a/x.py", "/etc"):
        assert "there is no folder" in refusal(source, SourceOptions(inside=path))
    assert refusal(source, SourceOptions(as_one_person=True)) == (
        "--as-one-person is for a source that holds one folder and nothing else, which is one "
        "student's. Here there is: a, y.txt."
    )


def test_a_manifest_in_the_folder_is_used_where_it_is_asked_for(tmp_path: Path) -> None:
    files = {"hw1/manifest.csv": b"id,path\nalice,x.py\n", "hw1/x.py": SOURCE}
    source = write_files(tmp_path, files)
    assert "manifest.csv in it says whose each file is" in refusal(source, SourceOptions())
    reading = read_all(source, ASKED, SourceOptions(inside="hw1"))
    assert (reading.layout, ids(reading)) == ("manifest", ["alice"])
    assert reading.notices == ("hw1/manifest.csv says whose each file is.",)


def test_tables_beside_the_folder_do_not_matter(tmp_path: Path) -> None:
    source = write_files(tmp_path, {**CLASS, "roster.csv": b"id,name\n", ".x": b""})
    assert ids(read_all(source, ASKED)) == ["alice", "bob"]
