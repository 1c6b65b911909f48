"""A class of 84 people in every download: everything is read, under the right name.

See tests/support/invented_classes.py.
"""

from pathlib import Path

import pytest

from grader.intake import ClassReading, read_all
from grader.intake.roster_table import read_roster
from grader.model import Submission, Unreadable
from tests.support.invented_classes import PLATFORMS, Download, Student, invent_class, lay_out
from tests.support.submission_files import ASKED

CLASS = invent_class()
TITLES = {
    "canvas": "Canvas download",
    "canvas_anonymous": "Canvas download",
    "moodle": "Moodle download",
    "moodle_old": "Moodle download",
    "moodle_flat": "Moodle download",
    "moodle_blind": "Moodle download",
    "gradescope": "Gradescope export",
    "blackboard": "Blackboard download",
    "brightspace": "Brightspace download",
    "brightspace_flat": "Brightspace download",
    "classroom": "GitHub Classroom clones",
    "classroom_50": "GitHub Classroom clones",
    "manifest": "Table of submissions",
    "folders": "Files and folders named after students",
}
# The roster that a teacher has at hand, and what its ids are.
ROSTERS = {
    "canvas": ("canvas", "canvas"),
    "moodle": ("moodle", "moodle"),
    "moodle_old": ("moodle_es", "moodle"),
    "moodle_flat": ("moodle", "moodle"),
    "moodle_blind": ("moodle_blind", "moodle"),
    "gradescope": ("plain", "sis"),
    "blackboard": ("canvas", "canvas"),
    "brightspace": ("plain", "sis"),
    "brightspace_flat": ("excel", "sis"),
    "classroom": ("github", "sis"),
    "classroom_50": ("github", "sis"),
    "manifest": ("moodle", "moodle"),
    "folders": ("canvas", "canvas"),
}


def read(download: Download, folder: Path, as_zip: bool, roster: str = "") -> ClassReading:
    source = download.write(folder, as_zip)
    if not roster:
        return read_all(source, ASKED)
    table = folder / "roster.csv"
    table.write_bytes(CLASS.roster(roster))
    return read_all(source, ASKED, roster=read_roster(table))


def ids_of(submission: Submission | Unreadable) -> tuple[str, ...]:
    return tuple(sorted(person.id for person in submission.people))


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_everything_is_read_once_under_the_platforms_ids(
    platform: str, as_zip: bool, tmp_path: Path
) -> None:
    download = lay_out(CLASS, platform)
    reading = read(download, tmp_path, as_zip)
    submissions = {(ids_of(each), each.attempt): each for each in reading.submissions}
    expected = {(each.ids, each.attempt): each for each in download.expected}
    assert set(submissions) == set(expected)
    people = {student for each in download.expected for student in each.students}
    counts = f"{len(expected)} hand-ins of {len(people)} people"
    assert reading.summary == f"{TITLES[platform]}: {counts}."
    for key, submission in submissions.items():
        assert submission.late == expected[key].late, key
        if platform != "folders" or as_zip:  # a file on a disk has a time of its own
            assert submission.saved == expected[key].submitted_at, key
        if isinstance(submission, Submission):
            assert expected[key].mark in text_of(submission), key


@pytest.mark.parametrize("platform", ["canvas", "moodle", "blackboard", "classroom", "manifest"])
def test_every_hand_in_with_one_candidate_can_be_graded(platform: str, tmp_path: Path) -> None:
    """Notebooks, zips, copies, other encodings: see FORMS in invented_classes."""
    download = lay_out(CLASS, platform)
    read_marks = {
        each.mark
        for each, submission in zip(
            sorted(download.expected, key=lambda each: (each.ids, each.attempt)),
            read(download, tmp_path, as_zip=True).submissions,
            strict=True,
        )
        if isinstance(submission, Submission) and submission.problem is None
    }
    assert read_marks == {each.mark for each in download.expected if each.is_readable}


def text_of(submission: Submission) -> str:
    encoding = "utf-16" if submission.source.startswith(b"\xff\xfe") else "utf-8"
    return submission.source.decode(encoding, "replace")


@pytest.mark.parametrize("platform", ROSTERS)
def test_everybody_is_the_person_on_the_roster(platform: str, tmp_path: Path) -> None:
    """With names alone, all but those whose name is somebody else's, too."""
    form, attribute = ROSTERS[platform]
    download = lay_out(CLASS, platform)
    reading = read(download, tmp_path, as_zip=True, roster=form)
    by_name = platform.startswith("brightspace")
    unknown = set(CLASS.namesakes) if by_name else set[Student]()

    def id_of(student: Student, own: str) -> str:
        return own if student in unknown else str(getattr(student, attribute))

    expected = {
        tuple(sorted(map(id_of, each.students, each.ids))): each.mark for each in download.expected
    }
    attempts = [(ids_of(each), each.attempt) for each in reading.submissions]
    assert {ids for ids, _ in attempts} == set(expected)
    assert len(set(attempts)) == len(attempts) == len(download.expected)
    number = len({student for each in download.expected for student in each.students})
    end = f"{number - 4} on the roster ({number - 4} by name), 4 not."
    assert reading.summary.endswith(end if by_name else f"; {number} on the roster.")
    assert any("Recognized by name alone" in notice for notice in reading.notices) == by_name
