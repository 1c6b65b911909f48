"""Rosters as courses write them and platforms export them."""

from pathlib import Path

import pytest

from grader.intake import read_all
from grader.intake.entries import InvalidTable
from grader.intake.files import DiskEntry
from grader.intake.roster import GITHUB, Roster
from grader.intake.roster_table import is_roster, read_roster
from grader.model import Person
from tests.support.invented_classes import ROSTERS, invent_class
from tests.support.submission_files import ASKED, SOURCE, summarize, write_files

CLASS = invent_class()


def roster(tmp_path: Path, table: str | bytes) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    return read_roster(path)


@pytest.mark.parametrize("form", ROSTERS)
def test_everybody_is_on_it_once(form: str, tmp_path: Path) -> None:
    read = roster(tmp_path, CLASS.roster(form))
    assert len(read.people) == len(CLASS.students)
    names = [person.name for person in read.people]
    if form == "excel":
        assert names == [each.sortable for each in CLASS.students]
    elif form != "moodle_blind":
        assert names == [each.name for each in CLASS.students]


def test_a_canvas_gradebook(tmp_path: Path) -> None:
    table = (
        "Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section,HW (98765)\n"
        ",,,,,,,Manual Posting\n"
        "    Points Possible,,,,,,,60\n"
        '"Doe, Jane",12345,0071,jdoe,i-1,uni.instructure.com,"A, B and C",44\n'
        "Madonna,12346,,m@uni.edu,,,A,EX\n"
        '"Student, Test",99999,,c0ffee,,,A,\n'
    )
    read = roster(tmp_path, table)
    assert read.people == (
        Person("12345", "Jane Doe"),
        Person("12346", "Madonna"),
    )
    assert read.other_ids == {"12345": ("0071", "jdoe", "i-1"), "12346": ("m@uni.edu",)}
    assert read.notices == (
        f"{tmp_path / 'roster.csv'}: left out, as they are no students: "
        "Test Student (test student).",
    )


def test_a_student_of_that_name_is_one(tmp_path: Path) -> None:
    """A test student has no number of the registrar."""
    table = 'Student,ID,SIS User ID,SIS Login ID,Section\n"Student, Test",5,0071,tstudent,A\n'
    assert roster(tmp_path, table).people == (Person("5", "Test Student"),)


@pytest.mark.parametrize(
    ("head", "participant"),
    [
        ("Identifier,Full name,Email address,Status,Grade", "Participant 10019166"),
        ("Identificador,Nombre completo,Dirección de correo,Estado", "Participante10019166"),
        ("Identificador,Nombre completo,Dirección Email,Estado", "Participante 10019166"),
        ("ID,Vollständiger Name,E-Mail-Adresse,Status", "Teilnehmer/in10019166"),
        ("Identifiant,Nom complet,Adresse de courriel,Statut", "Participant 10019166"),
        ("Identificativo,Nome completo,Indirizzo email,Stato", "Partecipante10019166"),
    ],
)
def test_a_moodle_grading_worksheet(head: str, participant: str, tmp_path: Path) -> None:
    read = roster(tmp_path, f"\ufeff{head}\n{participant},Jane Doe,jane@x.edu,\n")
    assert read.people == (Person("10019166", "Jane Doe", "jane@x.edu"),)


def test_other_lists_of_platforms(tmp_path: Path) -> None:
    brightspace = (
        "OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator\n"
        "#400123,#doej,Doe,Jane,doej@x.ca,#\n"
    )
    read = roster(tmp_path, brightspace)
    assert read.people == (Person("400123", "Jane Doe", "doej@x.ca"),)
    assert read.other_ids == {"400123": ("doej",)}
    blackboard = '"Last Name"\t"First Name"\t"Username"\t"Student ID"\nDoe\tJane\tjdoe\t0071\n'
    read = roster(tmp_path, blackboard.encode("utf-16"))
    assert read.people == (Person("0071", "Jane Doe"),)
    assert read.other_ids == {"0071": ("jdoe",)}
    github = "identifier,github_username,github_id,name\n0071,JDoe,1000,Jane Doe\n"
    assert roster(tmp_path, github).other_ids == {"0071": (f"{GITHUB}JDoe",)}
    moodle = "Nombre,Apellido(s),Número de ID,Dirección de correo\nAna,Mora,0071,a@x.edu\n"
    assert roster(tmp_path, moodle).people == (Person("0071", "Ana Mora", "a@x.edu"),)


def test_a_gradescope_roster(tmp_path: Path) -> None:
    table = (
        "First Name,Last Name,SID,Email,Role\n"
        "Jane,Doe,0071,jane@x.edu,Student\n"
        "José,García,,jose@x.edu,student\n"
        "Tara,A,,ta@x.edu,TA\n"
    )
    read = roster(tmp_path, table)
    assert read.people == (
        Person("0071", "Jane Doe", "jane@x.edu"),
        # Whoever has no number is called by their address.
        Person("jose@x.edu", "José García", "jose@x.edu"),
    )
    assert read.notices[0].endswith("left out, as they are no students: Tara A (TA).")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "name,email\nAlice,a@x\n",
            "its first line must name the column id, as in: id,name,email. ",
        ),
        ("Alice,a@x\n", "A Canvas gradebook, a Moodle grading worksheet and a Gradescope roster"),
        ("id,name,Name\na,b,c\n", "the column name appears twice"),
        ("Full Name,SID,Email\nJane,,\n", "line 2 has no id"),
        ("Student,ID,SIS Login ID,Section\nJane,,jdoe,1\n", "line 2 has no id"),
        ("Student,ID,Section\n    Points Possible,,\n", "this roster is empty"),
        ("id\n7\n7\n", "the same id is on several lines: 7 (2 times)"),
        (b"PK\x03\x04xlsx", "this is a workbook of a spreadsheet, not a CSV table"),
        ("id\nalice\n".encode("utf-16")[:-1], "this is not UTF-16 text"),
    ],
)
def test_what_is_no_roster(table: str | bytes, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidTable) as refused:
        roster(tmp_path, table)
    assert expected in str(refused.value)


def test_columns_of_no_use_may_repeat(tmp_path: Path) -> None:
    assert roster(tmp_path, "id,HW,HW\na,1,2\n").people == (Person("a"),)


@pytest.mark.parametrize("form", ROSTERS)
def test_a_roster_beside_the_submissions_is_none(form: str, tmp_path: Path) -> None:
    files = {"class.csv": CLASS.roster(form), "alice.py": SOURCE, "bob/softmax.py": SOURCE}
    write_files(tmp_path, files)
    assert [each.ids for each in summarize(tmp_path)] == ["alice", "bob"]


def test_nor_is_it_one_beside_a_manifest(tmp_path: Path) -> None:
    files = {
        "manifest.csv": b"id,path\nalice,alice.py\n",
        "class.csv": b"id,name\nalice,Alice\n",
        "alice.py": SOURCE,
    }
    write_files(tmp_path, files)
    assert [each.ids for each in summarize(tmp_path)] == ["alice"]


@pytest.mark.parametrize("manifest", [{}, {"manifest.csv": b"id,path\nalice,alice.py\n"}])
def test_nor_is_the_given_roster_whatever_it_is_called(
    tmp_path: Path, manifest: dict[str, bytes]
) -> None:
    write_files(tmp_path, {"class.txt": b"id\nalice\n", "alice.py": SOURCE, **manifest})
    reading = read_all(tmp_path, ASKED, roster=read_roster(tmp_path / "class.txt"))
    assert [each.people for each in reading.submissions] == [(Person("alice"),)]
    assert reading.summary.endswith(": 1 hand-in of 1 person; 1 on the roster.")


@pytest.mark.parametrize(
    "table",
    [
        b"id,score\n1,2\n",  # nothing says who somebody is
        b"name,email\nAlice,a@x.edu\n",
        b"\xff\xfe\x00",
        b"",
        b"x" * 300_000,
    ],
)
def test_a_table_of_a_student_is_none(table: bytes, tmp_path: Path) -> None:
    path = tmp_path / "alice.csv"
    path.write_bytes(table)
    assert not is_roster(DiskEntry(str(path), path.name, path.name, "file"))
