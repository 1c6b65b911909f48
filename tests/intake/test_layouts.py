"""The downloads of platforms: whose each hand-in is, by the names that the platforms write."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.intake import ClassReading, InvalidTable, SourceOptions, UnclearSource, read_all
from grader.intake.layouts import LAYOUTS
from grader.intake.roster import Roster
from grader.model import Person, Submission
from tests.support.submission_files import ASKED, SOURCE, make_zip, write_class, write_files

ZIP = make_zip({"hw1/softmax.py": b"Z"})
METADATA = """---
submission_1:
  :submitters:
  - :name: Ana
    :sid: '0012345'
    :email: ana@x.edu
  :created_at: 2026-04-26 17:34:00.861687000 Z
  :score: 2.0
  :results:
    output: |
      submission_9:
        :submitters: []
    tests: [&a {x: 1}, *a]
  :history:
  - :submitters:
    - :sid: '666'
submission_2:
  :submitters:
  - :name: Bob
    :sid: 0012346
    :email: bob@x.edu
  - :name: Carla
    :email: carla@x.edu
  :created_at: 2026-04-26 10:34:00 -07:00
submission_3:
  :submitters: []
"""

# Layout -> files of a download, and what they are: ids, attempt, content or code, time, late.
Row = tuple[str, int, bytes | str, str | None, bool | None]
DOWNLOADS: dict[str, tuple[dict[str, bytes], list[Row]]] = {
    "canvas": (
        {
            "doejane_12345_678901_softmax.py": b"A",
            "garcíajosé_LATE_12346_678902_softmax-2.py": b"B",
            "leekim_12347_678904_submission.zip": ZIP,
            "roejane_12348_text.html": b"",
            "roejo_LATE_12349_link.html": b"",
            "two_12350_678905_softmax.py": b"C",
            "two_12350_678906_notes.txt": b"",
            # Dates before the name of a file, and an underscore in a student's name.
            "date_12351_678907_2024_11_softmax.py": b"D",
            "jo_2_12352_678908_softmax.py": b"E",
            "day_12353_678909_20241120_softmax.py": b"F",
        },
        [
            ("12345", 1, b"A", None, False),
            ("12346", 1, b"B", None, True),
            ("12347", 1, b"Z", None, False),
            ("12348", 1, "unread_text_entry", None, False),
            ("12349", 1, "unread_link_entry", None, True),
            ("12350", 1, b"C", None, False),
            ("12351", 1, b"D", None, False),
            ("12352", 1, b"E", None, False),
            ("12353", 1, b"F", None, False),
        ],
    ),
    "canvas, anonymous": (
        {
            "anon_Ab3dE_678903_softmax.py": b"A",
            "anon_00000_678904_softmax.py": b"B",
            "anon_LATE_12345_678905_softmax.py": b"C",
            "anon_Zz3dE_678906_12345_6_softmax.py": b"D",
        },
        [
            ("anon_00000", 1, b"B", None, False),
            ("anon_12345", 1, b"C", None, True),
            ("anon_Ab3dE", 1, b"A", None, False),
            ("anon_Zz3dE", 1, b"D", None, False),
        ],
    ),
    "moodle": (
        {
            "Jane Doe_10019166_assignsubmission_file/softmax.py": b"A",
            "José Pérez_10019167_assignsubmission_file_/softmax.py": b"B",
            "Kim Lee_10019168_assignsubmission_file_softmax.py": b"C",
            "Lu_10019169_assignsubmission_onlinetext/onlinetext.html": b"",
            "Jane Doe_10019166_assignsubmission_onlinetext/onlinetext.html": b"",
            "Mo_10019170_assignsubmission_file_x_1_assignsubmission_file_softmax.py": b"D",
        },
        [
            ("10019166", 1, b"A", None, None),
            ("10019167", 1, b"B", None, None),
            ("10019168", 1, b"C", None, None),
            ("10019169", 1, "unread_text_entry", None, None),
            ("10019170", 1, b"D", None, None),
        ],
    ),
    "gradescope": (
        {
            "assignment_8046601_export/submission_metadata.yml": METADATA.encode(),
            "assignment_8046601_export/submission_1/softmax.py": b"A",
            "assignment_8046601_export/submission_2/softmax.py": b"B",
        },
        [
            ("0012345", 1, b"A", "2026-04-26T17:34:00+00:00", None),
            ("0012346+carla@x.edu", 1, b"B", "2026-04-26T17:34:00+00:00", None),
        ],
    ),
    "blackboard": (
        {
            "HW1_Soft max_jdoe_attempt_2024-03-02-23-59-01_softmax.py": b"A2",
            "HW1_Soft max_jdoe_attempt_2024-03-02-23-59-01.txt": b"Name: Jane (al) Doe (jdoe)\r\n",
            "HW1_Soft max_jdoe_attempt_2024-03-01-23-59-01_softmax.py": b"A1",
            "HW1_Soft max_j_x_attempt_2024-03-02-23-59-01_softmax.py": b"B",
            "HW1_Soft max_j_y_attempt_2024-03-02-23-59-01.txt": b"\xef\xbb\xbfNombre: Y (j_y)\n",
            "HW1_Soft max_z_attempt_2024-03-02-23-59-01_q_al_attempt_2024-03-02-23-59-01.txt": b"",
            "HW1_Soft max_z_attempt_2024-03-02-23-59-01_softmax.py": b"C",
        },
        [
            ("j_x", 1, b"B", "2024-03-02T23:59:01", None),
            ("j_y", 1, "unread_text_entry", "2024-03-02T23:59:01", None),
            ("jdoe", 1, b"A1", "2024-03-01T23:59:01", None),
            ("jdoe", 2, b"A2", "2024-03-02T23:59:01", None),
            ("z", 1, b"C", "2024-03-02T23:59:01", None),
        ],
    ),
    "brightspace": (
        {
            "index.html": b"",
            "397063-2557369 - Mary-Ann Smith - Sep 24, 2024 926 PM/softmax.py": b"A1",
            "397063-2557369 - Mary-Ann Smith - Sep 24, 2024 1156 PM/softmax.py": b"A2",
            "397063-2557369 - Blake - Payne - Dec 5, 2024 1226 AM - softmax.py": b"B",
            "4-5 - Ana - 24 de ago. de 2024 926 p. m. - softmax.py": b"C",
        },
        [
            ("397063-2557369 Blake - Payne", 1, b"B", "2024-12-05T00:26:00", None),
            ("397063-2557369 Mary-Ann Smith", 1, b"A1", "2024-09-24T21:26:00", None),
            ("397063-2557369 Mary-Ann Smith", 2, b"A2", "2024-09-24T23:56:00", None),
            ("4-5 Ana", 1, b"C", "2024-08-24T21:26:00", None),
        ],
    ),
    "classroom": (
        {
            "hw-1-submissions/hw-1-al-ana/cs/softmax.py": b"A",
            "hw-1-submissions/hw-1-al-bob/softmax.py": b"B",
            "hw-1-submissions/hw-1-al-bob/.git/config": b"[core]\n\tpager = touch /tmp/x\n",
        },
        [("al-ana", 1, b"A", None, None), ("al-bob", 1, b"B", None, None)],
    ),
    "classroom, 50": (
        {
            "x/cs231n-softmax-ana/softmax.py": b"A",
            "x/cs231n-softmax-bob-c/softmax.py": b"B",
            "x/cs231n-softmax-bob-c/result.json": b"{}",
            "x/scores.csv": b"username,score\nana,1\n",
            "x/result.json": b"{}",
        },
        [("ana", 1, b"A", None, None), ("bob-c", 1, b"B", None, None)],
    ),
}


def read_rows(reading: ClassReading) -> list[Row]:
    return [
        (
            "+".join(person.id for person in each.people),
            each.attempt,
            each.source if isinstance(each, Submission) else each.reason.code,
            each.saved,
            each.late,
        )
        for each in reading.submissions
    ]


def read_ids(reading: ClassReading) -> list[str]:
    return [row[0] for row in read_rows(reading)]


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("download", DOWNLOADS)
def test_a_download_is_recognized_and_read(tmp_path: Path, download: str, as_zip: bool) -> None:
    """Nobody appears who handed in nothing. What is beside the submissions is none of them."""
    files, rows = DOWNLOADS[download]
    layout = download.partition(",")[0]
    first, _, _ = next(iter(files)).partition("/")
    folder = ""
    if all(name.startswith(f"{first}/") for name in files):
        folder = f"{first}/"
    beside = {
        f"{folder}grades.csv": b"Student,ID,SIS User ID\n",
        f"{folder}.DS_Store": b"",
        f"{folder}Thumbs.db": b"",
        "__MACOSX/._x": b"",
    }
    source = write_class(tmp_path, {**files, **beside}, as_zip)
    reading = read_all(source, ASKED)
    assert reading.layout == layout
    assert reading.summary.startswith(f"{LAYOUTS[layout].title}: {len(rows)} hand-ins of ")
    assert [row for row in read_rows(reading) if row[2] != "unread_whose"] == rows
    named = read_all(source, ASKED, SourceOptions(layout=layout))
    assert read_rows(named) == read_rows(read_all(source, ASKED))


def test_the_first_line_of_output(tmp_path: Path) -> None:
    files, _ = DOWNLOADS["brightspace"]
    reading = read_all(write_files(tmp_path, files), ASKED)
    assert reading.summary == "Brightspace download: 4 hand-ins of 3 people."
    assert reading.notices == ()


def test_all_that_is_not_a_submission_is_told(tmp_path: Path) -> None:
    files, _ = DOWNLOADS["canvas"]
    more = {"roster.csv": b"id,name\n", "README.md": b"", "solution/softmax.py": SOURCE}
    reading = read_all(write_files(tmp_path, {**files, **more}), ASKED)
    assert reading.notices == (
        "Nobody's, because it is not clear whose: README.md, solution.",
        "Tables beside the submissions, not read as submissions: roster.csv.",
    )
    assert reading.summary == "Canvas download: 9 hand-ins of 9 people."


def test_people_have_the_names_that_a_platform_gives(tmp_path: Path) -> None:
    def names(download: str) -> set[str]:
        source = write_files(tmp_path / download, DOWNLOADS[download][0])
        return {
            person.name for each in read_all(source, ASKED).submissions for person in each.people
        }

    assert {"doejane", "garcíajosé"} <= names("canvas")
    assert {"Jane Doe", "José Pérez"} <= names("moodle")
    assert names("gradescope") == {"Ana", "Bob", "Carla"}
    assert names("blackboard") == {"Jane (al) Doe", "", "Y"}
    assert {"Mary-Ann Smith", "Blake - Payne"} <= names("brightspace")


def test_blind_marking_and_teams(tmp_path: Path) -> None:
    blind = {f"Participante_{n}_assignsubmission_file/softmax.py": SOURCE for n in (41, 42)}
    people = [each.people[0] for each in read_all(write_files(tmp_path, blind), ASKED).submissions]
    assert [(each.id, each.name) for each in people] == [
        ("41", "Participante 41"),
        ("42", "Participante 42"),
    ]


def test_a_text_typed_into_moodle_beside_a_file_is_told(tmp_path: Path) -> None:
    names = ("Jane Doe_7_assignsubmission_{}", "Bob_8_assignsubmission_{}")
    files = {f"{name.format('file')}/softmax.py": SOURCE for name in names}
    text = f"{names[0].format('onlinetext')}/onlinetext.html"
    reading = read_all(write_files(tmp_path, {**files, text: b"see the file"}), ASKED)
    assert [row[2] for row in read_rows(reading)] == [SOURCE, SOURCE]
    assert reading.notices == (
        "Texts typed into Moodle beside a file, not read: Jane Doe_7_assignsubmission_onlinetext.",
    )


# --- names that can be read in two ways ---


@pytest.mark.parametrize(
    ("download", "name"),
    [
        # Somebody calls herself as 12345's files begin, in one way or another.
        ("canvas", "x_12345_678909_99999_700001_softmax.py"),
        ("canvas", "doejane_12345_678909_99999_700001_softmax.py"),
        ("canvas", "doejane_LATE_12345_678909_99999_700001_softmax.py"),
        ("canvas", "doejane_12345_99999_text.html"),
        ("canvas", "doejane_12345_678909_99999_10000000700001_softmax.py"),
        ("canvas", "anon_12345_678909_99999_700001_softmax.py"),
        ("brightspace", "3-4 - Bob - Dec 5, 2024 1149 AM - x - Dec 6, 2024 100 PM - softmax.py"),
        # The receipt is another's than the name says.
        ("blackboard", "HW1_Soft max_m_attempt_2024-03-02-23-59-02_softmax.py"),
        ("classroom", "hw-2-al-eve/softmax.py"),
        ("gradescope", "submission_4/softmax.py"),
        ("gradescope", "softmax.py"),
        ("gradescope", "submission_metadata.yml2"),
        ("moodle", "Jane_Doe_10019166_assignsubmission_file/softmax.py"),
        ("moodle", "_10019166_assignsubmission_file/softmax.py"),
    ],
)
def test_what_is_unclear_is_nobodys(tmp_path: Path, download: str, name: str) -> None:
    files, rows = DOWNLOADS[download]
    folder = {"classroom": "hw-1-submissions/", "gradescope": "assignment_8046601_export/"}
    name = folder.get(download, "") + name
    more = {name: b"mallory"}
    if download == "blackboard":
        more["HW1_Soft max_m_attempt_2024-03-02-23-59-02.txt"] = b"Name: X (jdoe)\n"
    found = read_rows(read_all(write_files(tmp_path, {**files, **more}), ASKED))
    assert [row for row in found if row[2] != "unread_whose"] == rows
    assert len([row for row in found if row[2] == "unread_whose"]) == 1
    assert not [row for row in found if row[2] == b"mallory"]


def test_a_name_that_is_one_users_in_every_reading_is_theirs(tmp_path: Path) -> None:
    """Somebody hands in what they once downloaded, under the name that Canvas gave it."""
    files, rows = DOWNLOADS["canvas"]
    again = "xdoe_54321_678950_xdoe_54321_678940_softmax.py"
    late = "ydoe_54322_678951_ydoe_LATE_54322_678941_softmax.py"  # or not: that stays unclear
    found = read_rows(read_all(write_files(tmp_path, {**files, again: b"X", late: b"Y"}), ASKED))
    assert [row[:3] for row in found if row[:3] not in [each[:3] for each in rows]] == [
        ("54321", 1, b"X"),
        (late, 1, "unread_whose"),
    ]


def test_a_young_server_gives_small_numbers_to_files(tmp_path: Path) -> None:
    """They may grow a hundredfold within one assignment, so they tell less."""
    files = {f"u{n}_{n}_{n}_softmax.py": SOURCE for n in range(4000, 4005)}
    write_files(
        tmp_path, {**files, "ana_9_57_softmax.py": b"A", "u4000_4000_4009_77_57_x.py": b"M"}
    )
    found = [row[2] for row in read_rows(read_all(tmp_path, ASKED))]
    assert found.count(b"A") == found.count("unread_whose") == 1


def test_one_blackboard_name_without_a_receipt_may_be_read_in_two_ways(tmp_path: Path) -> None:
    name = "HW1_x_jdoe_attempt_2024-03-02-23-59-01_softmax.py"
    (row,) = read_rows(read_all(write_files(tmp_path, {name: SOURCE}), ASKED))
    assert row[2] == "unread_whose"
    files = {name: SOURCE, name.replace("jdoe", "kim"): SOURCE}
    assert read_ids(read_all(write_files(tmp_path, files), ASKED)) == ["jdoe", "kim"]


@pytest.mark.parametrize(
    "names",
    [
        ("lab_1_2_ana.py", "lab_1_3_bob.py"),
        ("cs_2026_1_ana.py", "cs_2026_1_bob.py"),
        ("ana_2026_1_x.py", "bob_2026_2_x.py"),
        ("group_1_2_x.py", "group_3_4_x.py"),
        ("hw1-ana/softmax.py", "hw1-bob/softmax.py"),
        ("cs231n-hw1-ana/softmax.py", "cs231n-hw1-bob/softmax.py"),
    ],
)
def test_names_with_numbers_or_dashes_are_not_a_platforms(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    reading = read_all(write_files(tmp_path, dict.fromkeys(names, SOURCE)), ASKED)
    assert reading.layout == "folder"
    ids = [name.removesuffix("/softmax.py").removesuffix(".py") for name in names]
    assert read_ids(reading) == ids


# --- telling layouts apart, and naming them ---


@pytest.mark.parametrize("kind", ["py", "csv"])
def test_one_student_cannot_make_a_download_another_platforms(tmp_path: Path, kind: str) -> None:
    """Names of twenty files that end as Canvas writes names are more than the others' together."""
    honest = {f"Student {n}_{n}_assignsubmission_file_softmax.py": SOURCE for n in range(101, 110)}
    own = {
        f"Moe_99_assignsubmission_file_x{n}_{n}_{67890 + n}_y.{kind}": b"M" for n in range(1, 21)
    }
    reading = read_all(write_files(tmp_path, {**honest, **own}), ASKED)
    assert reading.summary == "Moodle download: 10 hand-ins of 10 people."


def test_somebody_called_anon_does_not_make_a_download_anonymous(tmp_path: Path) -> None:
    honest = {f"student{n}_{n}_{67800 + n}_softmax.py": SOURCE for n in range(101, 110)}
    own = {f"anon_99_{69000 + n}_x{n}.py": b"M" for n in range(1, 41)}
    reading = read_all(write_files(tmp_path, {**honest, **own}), ASKED)
    assert read_ids(reading) == [*map(str, range(101, 110)), "99"]


def test_half_a_platform_stops_the_run(tmp_path: Path) -> None:
    files = {f"u{n}_1234{n}_67890{n}_softmax.py": SOURCE for n in range(3)}
    files |= {f"student{n}.py": SOURCE for n in range(3)}
    source = write_files(tmp_path, files)
    with pytest.raises(UnclearSource) as refused:
        read_all(source, ASKED)
    assert str(refused.value) == (
        f"{source}: 3 of 6 names here are those of a Canvas download, as in: "
        "doejane_12345_678901_work.py. If it is one, add --from canvas. If everything is named "
        "after students, add --from folder."
    )
    canvas = read_rows(read_all(source, ASKED, SourceOptions(layout="canvas")))
    assert [row[2] for row in canvas].count("unread_whose") == 3
    assert len(read_rows(read_all(source, ASKED, SourceOptions(layout="folder")))) == 6


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_source_that_is_not_what_its_user_says(tmp_path: Path, layout: str) -> None:
    source = write_files(tmp_path, {"alice.py": SOURCE, "bob/softmax.py": SOURCE})
    with pytest.raises(UnclearSource) as refused:
        read_all(source, ASKED, SourceOptions(layout=layout))
    assert str(refused.value) == (
        f"{source}: this is not a {LAYOUTS[layout].title}: no name here is like "
        f"{LAYOUTS[layout].example}. Leave out --from, or name another platform."
    )


def test_a_table_and_a_named_layout_contradict_each_other(tmp_path: Path) -> None:
    table = b"id,path\nalice,a.py\n"
    source = write_files(tmp_path, {"manifest.csv": table, "a.py": SOURCE})
    for options in (SourceOptions(layout="canvas"), SourceOptions(as_one_person=True)):
        for path in (source, source / "manifest.csv"):
            with pytest.raises(UnclearSource, match="eave out --from"):
                read_all(path, ASKED, options)


# --- Gradescope's table ---


def read_gradescope(tmp_path: Path, metadata: str | bytes) -> ClassReading:
    table = metadata if isinstance(metadata, bytes) else metadata.encode()
    files: Mapping[str, bytes] = {"submission_metadata.yml": table, "submission_1/softmax.py": b"A"}
    return read_all(write_files(tmp_path, files), ASKED)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "- a\n",
        "text",
        "submission_1: {",
        b"\xff\xfe\x00",
        "submission_1: {:submitters: *x}",
        "a: &a [x, x]\nsubmission_1:\n  :submitters: *a\n",
        "submission_1: {}\nsubmission_1: {}\n",
        "submission_1: {:submitters: " + "[" * 20 + "]" * 20 + "}",
        "submission_1: " + "[" * 100_000,
        "submission_1: {:x: " + "{a: " * 5000,
        "submission_1: !!python/object/apply:os.system [x]\n---\n*",
    ],
)
def test_an_unusable_table_stops_the_run(tmp_path: Path, metadata: str | bytes) -> None:
    with pytest.raises(InvalidTable, match=r"submission_metadata\.yml: .*Download the submissions"):
        read_gradescope(tmp_path, metadata)


@pytest.mark.timeout(10)
def test_a_bomb_of_aliases_is_not_unpacked(tmp_path: Path) -> None:
    """Where nothing is read from, aliases do not matter: Ruby writes some of its own."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 12):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    inner = "".join(f"    {line}\n" for line in bomb.splitlines())
    table = f"submission_1:\n  :submitters:\n  - :sid: '7'\n  :results:\n{inner}"
    assert read_ids(read_gradescope(tmp_path, table)) == ["7"]
    with pytest.raises(InvalidTable, match="it has an alias"):
        read_gradescope(tmp_path, bomb)


@pytest.mark.parametrize(
    ("submitter", "id"),
    [
        (":sid: 123", "123"),
        (":sid: 0012", "0012"),
        (":sid: '0012'", "0012"),
        (":sid: ''\n    :email: a@x.edu", "a@x.edu"),
        (":sid:\n    :email: a@x.edu", "a@x.edu"),
        (":sid: null\n    :email: a@x.edu", "a@x.edu"),
        (":name: Ana", "Ana"),
        (":sid: [1, 2]\n    :name: Ana", "Ana"),
    ],
)
def test_ids_of_submitters(tmp_path: Path, submitter: str, id: str) -> None:
    table = f"submission_1:\n  :submitters:\n  - {submitter}\n  :created_at: yesterday\n"
    assert read_rows(read_gradescope(tmp_path, table)) == [(id, 1, b"A", None, None)]


def test_a_submission_without_its_folder_is_missing(tmp_path: Path) -> None:
    table = (
        "submission_1:\n  :submitters: \n  - :sid: a\nsubmission_5:\n  :submitters: \n  - :sid: b\n"
    )
    found = [(row[0], row[2]) for row in read_rows(read_gradescope(tmp_path, table))]
    assert found == [("a", b"A"), ("b", "unread_missing")]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Students enter their own numbers, and one of the two has entered another's.
        (":sid: 1\n    :email: a@x.edu", ":sid: 1\n    :email: m@x.edu", ["a@x.edu", "m@x.edu"]),
        # An address as a number.
        (":sid: 1\n    :email: a@x.edu", ":sid: a@x.edu\n    :email: m@x.edu", ["1", "m@x.edu"]),
        (":email: a@x.edu", ":sid: a@x.edu\n    :email: m@x.edu", ["a@x.edu", "m@x.edu"]),
        # Where an account shows no address, nothing tells whose number it is.
        (":sid: 1\n    :email: a@x.edu", ":sid: 1\n    :name: M", ["a@x.edu", None]),
        (":sid: 1\n    :name: A", ":sid: 1\n    :name: M", [None, None]),
        (":email: a@x.edu", ":name: a@x.edu", ["a@x.edu", None]),
        # A group whose members have one number.
        (
            ":sid: 1\n    :email: a@x.edu\n  - :sid: 1\n    :email: m@x.edu",
            ":sid: 2",
            ["a@x.edu+m@x.edu", "2"],
        ),
        # One account, however its address is written.
        (":sid: 1\n    :email: a@x.edu", ":sid: 1\n    :email: A@x.edu", ["1", "1"]),
    ],
)
def test_a_number_of_several_accounts_is_the_id_of_none(
    tmp_path: Path, one: str, other: str, expected: list[str | None]
) -> None:
    """Nobody overwrites another's work by entering their number, nor makes it nobody's."""
    table = (
        f"submission_1:\n  :submitters: \n  - {one}\nsubmission_2:\n  :submitters: \n  - {other}\n"
    )
    write_files(tmp_path, {"submission_2/softmax.py": b"M"})
    reading = read_gradescope(tmp_path, table)
    contents = {row[2]: row[0] for row in read_rows(reading)}
    assert [contents.get(b"A"), contents.get(b"M")] == expected
    told = any("these go by their e-mail. a@x.edu has " in each for each in reading.notices)
    assert told == (":sid: 1" in one and (expected[0] or "").startswith("a@x.edu"))


def test_accounts_with_one_number_are_those_of_their_addresses_on_the_roster(
    tmp_path: Path,
) -> None:
    table = "".join(
        f"submission_{number}:\n  :submitters: \n  - :sid: 1\n    :email: {address}\n"
        for number, address in ((1, "a@x.edu"), (2, "m@x.edu"))
    )
    write_files(tmp_path, {"submission_2/softmax.py": b"M", "submission_1/softmax.py": b"A"})
    (tmp_path / "submission_metadata.yml").write_text(table)
    roster = Roster((Person("1", email="a@x.edu"), Person("2", email="m@x.edu")))
    rows = read_rows(read_all(tmp_path, ASKED, roster=roster))
    assert [(row[0], row[2]) for row in rows] == [("1", b"A"), ("2", b"M")]


# --- Brightspace's times ---


@pytest.mark.parametrize(
    ("time", "saved"),
    [
        ("Sep 24, 2024 926 PM", "2024-09-24T21:26:00"),
        ("Sep 4, 2024 1226 AM", "2024-09-04T00:26:00"),
        ("Sep 4, 2024 1226 PM", "2024-09-04T12:26:00"),
        ("September 4, 2024 926 a.m.", "2024-09-04T09:26:00"),
        ("4 sept. 2024 2126", "2024-09-04T21:26:00"),
        ("4 de enero de 2024 926 p. m.", "2024-01-04T21:26:00"),
        ("dic 4, 2024 926 PM", "2024-12-04T21:26:00"),
        ("29 févr. 2024 2126", "2024-02-29T21:26:00"),
        ("4 juin 2024 2126", "2024-06-04T21:26:00"),
        ("4 juil. 2024 2126", "2024-07-04T21:26:00"),
        ("4 Okt 2024 2126", "2024-10-04T21:26:00"),
        ("4 de dez. de 2024 2126", "2024-12-04T21:26:00"),
        ("Xyz 4, 2024 926 PM", None),
        ("Feb 31, 2024 926 PM", None),
        ("Feb 3, 2024 999 PM", None),
    ],
)
def test_times_in_words(tmp_path: Path, time: str, saved: str | None) -> None:
    source = write_files(tmp_path, {f"1-2 - Ana - {time}/softmax.py": SOURCE})
    reading = read_all(source, ASKED)
    (row,) = read_rows(reading)
    assert (row[0], row[3]) == ("1-2 Ana", saved)
    if saved is None:
        assert reading.notices[0].startswith(
            f"Times that cannot be understood: 1, the first is {time}."
        )
