"""The invented classes are what the platforms write, and say truly what is in them."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.invented_classes import (
    FORMS,
    PLATFORMS,
    ROSTERS,
    SOURCES,
    invent_class,
    lay_out,
    marked_code,
)

CLASS = invent_class()
# The paths that each platform writes. Whatever else is there is the platform's own.
PATHS = {
    "canvas": r"\w+_(LATE_)?\d+_(\d+_[^/]+|text\.html)",
    "canvas_anonymous": r"(LATE_)?anon_\w{5}_(\d+_[^/]+|text\.html)",
    "moodle": r"[^_/]+_\d+_assignsubmission_(file|onlinetext)/[^/]+",
    "moodle_old": r"[^_/]+_\d+_assignsubmission_(file_|onlinetext)/[^/]+",
    "moodle_flat": r"[^_/]+_\d+_assignsubmission_(file|onlinetext)_[^/]+",
    "moodle_blind": r"Participante_\d+_assignsubmission_(file|onlinetext)/[^/]+",
    "gradescope": r"assignment_\d+_export/(submission_\d+/[^/]+|submission_metadata\.yml)",
    "blackboard": r"HW1 Softmax_\w+_attempt_2026(-\d\d){5}(_[^/]+|\.txt)",
    "brightspace": r"\d+-\d+ - .+ - \w{3} \d\d?, 2026 \d{3,4} [AP]M/[^/]+|index\.html",
    "brightspace_flat": r"\d+-\d+ - .+ - \w{3} \d\d?, 2026 \d{3,4} [AP]M - [^/]+|index\.html",
    "classroom": r"softmax-submissions/softmax-[a-z0-9-]+/.+",
    "classroom_50": r"cs231n-softmax-submissions_\d+/(cs231n-softmax-[a-z0-9-]+/.+|scores\.csv)",
    "manifest": r"work/\w+/\d/[^/]+|manifest\.csv",
    "folders": r"\w+/[^/]+",
}


def test_it_is_a_class_of_a_usual_size_with_every_odd_form() -> None:
    assert len(CLASS.students) >= 80
    assert len(CLASS.absent) == 6
    assert {each.name for each in CLASS.namesakes} == {"Wei Zhang", "Chen Li", "Li Chen"}
    assert len({name for name, _ in FORMS}) > 20
    assert sum(not each.is_readable for each in CLASS.hand_ins) >= 6
    assert sum(each.is_late for each in CLASS.hand_ins) >= 6
    assert invent_class() == CLASS


@pytest.mark.parametrize("name", ["sis", "login", "email", "canvas", "anonymous", "moodle"])
def test_an_id_is_of_one_student(name: str) -> None:
    assert len({getattr(each, name) for each in CLASS.students}) == len(CLASS.students)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_download_has_the_names_that_the_platform_writes(platform: str) -> None:
    download = lay_out(CLASS, platform)
    assert [path for path in download.files if not re.fullmatch(PATHS[platform], path)] == []
    attempts = [(each.ids, each.attempt) for each in download.expected]
    assert len(set(attempts)) == len(attempts)
    assert len({each.mark for each in download.expected}) == len(download.expected)
    # A group hands in as one, and most platforms name one of them.
    people = {student for each in download.expected for student in each.students}
    assert len(people) == (78 if platform in ("gradescope", "manifest") else 74)


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_download_is_a_folder_or_a_zip(tmp_path: Path, as_zip: bool) -> None:
    source = lay_out(CLASS, "gradescope").write(tmp_path, as_zip)
    assert source.exists()
    assert source.is_file() == as_zip


@pytest.mark.parametrize("form", ROSTERS)
def test_a_roster_has_a_line_for_everybody(form: str) -> None:
    encoding = "utf-16" if form == "excel" else "utf-8-sig"
    lines = CLASS.roster(form).decode(encoding).splitlines()
    assert len(CLASS.students) < len(lines) <= len(CLASS.students) + 4


@pytest.mark.parametrize("source", sorted(set(SOURCES)))
def test_a_mark_is_in_the_code_of_a_function(source: str) -> None:
    """There a notebook keeps it, and no comment that is left out takes it away."""
    marked = ast.parse(marked_code(source, "hand-in 1 of 007"))
    functions = {each.name: each for each in marked.body if isinstance(each, ast.FunctionDef)}
    assert "hand-in 1 of 007" in ast.unparse(functions["softmax_loss_naive"])
