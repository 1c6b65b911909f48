"""An assignment that was edited after a run had begun: noticed, by file and by key."""

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.contents import Contents, contents_of, describe_changes
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import read_assignment
from grader.batch.assignment_edits import notice_of_edits, require_unedited
from grader.batch.run_key import KeyRequest, OtherKeyError, key_for
from grader.gradebook.record import Gradebook, RunKey, run_key_in
from tests.support.batches import grader, query, write_correct
from tests.support.gold import stored_key

LOSS = '"naive.loss"         = { points = 10'
LINE = 'log10_sum = "call: log10, W, loss"\n'
OVERRIDES = ("limits.call_seconds=9",)
EXTENDING = 'extends = "../own"\nfunctions.naive = "softmax_loss_naive"\n'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An assignment of one's own: a copy of the shipped one."""
    folder = tmp_path / "own"
    shutil.copytree(SHIPPED / "softmax", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@cache
def built_key(folder: Path) -> RunKey:
    request = KeyRequest(str(folder), OVERRIDES, None, None, frozenset())
    return key_for(folder.parent / "run", request, is_fresh=False, minimum_level="full")


def key_of(folder: Path) -> RunKey:
    """The key of a run that begins now. Its numbers, which take long to make, are the shipped ones:
    edits are noticed by the contents alone."""
    contents = contents_of(read_assignment(folder, OVERRIDES))
    shipped = built_key(SHIPPED / "softmax")
    return shipped._replace(assignment=str(folder), contents=contents)


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def convert_line_ends(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def set_times_back(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))


def refusal(run_key: RunKey) -> str:
    with pytest.raises(OtherKeyError) as error:
        require_unedited(Path("run"), run_key)
    return str(error.value)


def test_nothing_is_said_of_an_assignment_that_is_as_it_was(own: Path) -> None:
    assert require_unedited(Path("run"), key_of(own)) is None


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (LOSS, LOSS.replace("10", "20"), 'questions."naive.loss".points 10 -> 20'),
        ('layout = "CxD"', 'layout = "DxC"', 'layout "CxD" -> "DxC"'),
        ("seed = 231", "seed = 231\nlimits.memory_mib = 512", "limits.memory_mib (new)"),
        ("slope = 4e-6", "slope = 5e-6", "tolerances.slope 4e-06 -> 5e-06"),
        (LINE, "", "lines.log10_sum (removed)"),
        ("seed = 231", 'seed = 231\nreveal = "hint"', "reveal (new)"),
        (
            '"naive.slope"        = {',
            '"naive.extra"        = { points = 1, check = "slope", cases = ["wide"] }\n'
            '"naive.slope"        = {',
            'questions."naive.extra" (new)',
        ),
        (
            'naive = "softmax_loss_naive"\nvectorized = "softmax_loss_vectorized"',
            'vectorized = "softmax_loss_vectorized"\nnaive = "softmax_loss_naive"',
            "functions (another order)",
        ),
    ],
)
def test_a_changed_setting_is_named_with_both_values(
    own: Path, old: str, new: str, change: str
) -> None:
    run_key = key_of(own)
    replace_in(own / "assignment.toml", old, new)
    assert f"since this run began: assignment.toml: {change}. A run has" in refusal(run_key)


@pytest.mark.parametrize(
    "file",
    [
        "softmax.py",
        "cases.py",
        "baseline.py",
        "stages.py",
        "misconceptions/3_dscores.py",
        "messages/es.toml",
        "data.csv",  # cases.py reads it
        "helper.py",
        "other.npy",  # helper.py reads it
    ],
)
def test_a_changed_file_is_named(own: Path, file: str) -> None:
    with (own / "cases.py").open("a") as stream:
        stream.write(
            "\nimport os\nDATA = os.path.dirname(__file__) + '/data.csv'  # and helper.py\n"
        )
    (own / "helper.py").write_text("FILE = 'other.npy'\n")
    (own / "data.csv").write_bytes(b"1")
    (own / "other.npy").write_bytes(b"1")
    run_key = key_of(own)
    with (own / file).open("ab") as stream:
        stream.write(b"\n")
    assert f"since this run began: {file} (edited). " in refusal(run_key)


def test_new_and_removed_files_are_named_and_the_rest_is_counted(own: Path) -> None:
    run_key = key_of(own)
    (own / "misconceptions/3_dscores.py").unlink()
    (own / "misconceptions/10_more.py").write_text("MISCONCEPTIONS = {}\n")
    names = "misconceptions/10_more.py (new), misconceptions/3_dscores.py (removed)"
    assert f"{names}. " in refusal(run_key)
    for number in range(9):
        (own / f"misconceptions/{number + 20}.py").write_text("MISCONCEPTIONS = {}\n")
    assert " and 3 more. " in refusal(run_key)


@pytest.mark.parametrize(
    "edit",
    [
        lambda own: replace_in(own / "assignment.toml", "# The softmax", "# A softmax"),
        lambda own: replace_in(own / "assignment.toml", "seed = 231", "seed = 232"),
        lambda own: replace_in(own / "assignment.toml", '"number_differs.loss" = "loss"\n', ""),
        lambda own: replace_in(own / "explanation.md", "the", "that"),
        lambda own: (own / "notes.md").write_text("to do"),
        lambda own: (own / "grades.csv").write_text("id,score"),
        lambda own: (own / "draft.py").write_text("import numpy"),
        lambda own: (own / ".assignment.toml.swp").write_text("x"),
        lambda own: (own / "cases.py~").write_text("x"),
        lambda own: (own / "submissions").mkdir(),
        lambda own: (own / "misconceptions/.#1_shift.py").symlink_to("ana@desk.4711"),
        lambda own: (own / "misconceptions/._1_shift.py").write_bytes(b"\0\5\x16\7"),
        lambda own: (own / "messages/.#en.toml").symlink_to("ana@desk.4711"),
        lambda own: (own / "messages/._en.toml").write_bytes(b"\0\5\x16\7"),
        convert_line_ends,
        set_times_back,
    ],
)
def test_what_no_key_is_made_of_may_change(own: Path, edit: Callable[[Path], object]) -> None:
    run_key = key_of(own)
    edit(own)
    assert require_unedited(Path("run"), run_key) is None
    assignment = read_assignment(own, OVERRIDES)
    assert contents_of(assignment).files == run_key.contents.files
    assert build_key(assignment, 1, named=False)  # it still makes a key


def test_a_file_that_became_invalid_is_reported_as_such(own: Path) -> None:
    run_key = key_of(own)
    (own / "assignment.toml").write_text("title = ")
    assert "since this run began" in refusal(run_key)
    assert "not valid TOML" in refusal(run_key)


def test_an_extended_assignment_is_watched_too(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "extending"
    folder.mkdir()
    (folder / "assignment.toml").write_text(EXTENDING)
    shutil.copy(own / "cases.py", folder)
    run_key = key_of(folder)
    with (own / "cases.py").open("a") as stream:
        stream.write("\n")  # the extending one has its own
    assert require_unedited(Path("run"), run_key) is None
    with (own / "messages/en.toml").open("a") as stream:
        stream.write("\n")
    replace_in(own / "assignment.toml", LOSS, LOSS.replace("10", "11"))
    assert "points 10 -> 11, own/messages/en.toml (edited). " in refusal(run_key)


def test_points_stand_apart_from_all_else(own: Path) -> None:
    """So that a change of points alone can be told from one that needs the code to run again."""
    before = contents_of(read_assignment(own))
    replace_in(own / "assignment.toml", LOSS, LOSS.replace("10", "20"))
    now = contents_of(read_assignment(own))
    assert (before.files, before.settings) == (now.files, now.settings)
    assert {name for name in now.points if now.points[name] != before.points[name]} == {
        "naive.loss"
    }
    assert describe_changes(before, now)


def test_a_folder_that_is_gone_is_told_and_stops_nothing(own: Path) -> None:
    run_key = key_of(own)
    own.rename(own.parent / "elsewhere")
    notice = require_unedited(Path("run"), run_key)
    assert notice is not None
    assert "is no longer there. The run goes on with its own key" in notice


def test_a_key_of_an_older_grader_says_that_nothing_can_be_compared(own: Path) -> None:
    run_key = key_of(own)._replace(contents=Contents())
    replace_in(own / "assignment.toml", LOSS, LOSS.replace("10", "20"))
    notice = require_unedited(Path("run"), run_key)
    assert notice is not None
    assert "not known whether the assignment has changed" in notice
    assert notice_of_edits(Path("run"), run_key) is None


def test_a_key_of_a_former_format_is_not_compared(own: Path) -> None:
    """Assignments were written in another form, so every setting would seem to have changed."""
    run_key = key_of(own)._replace(data=stored_key("3-run"))
    assert run_key.contents.grader
    replace_in(own / "assignment.toml", LOSS, LOSS.replace("10", "20"))
    notice = require_unedited(Path("run"), run_key)
    assert notice is not None
    assert "an older grader began this run" in notice
    assert notice_of_edits(Path("run"), run_key) is None
    (own / "assignment.toml").write_text('title = "x"\nlayout = "CxD"\nfile = "softmax.py"\n')
    notice = require_unedited(Path("run"), run_key)
    assert notice is not None
    assert "is written for an older grader. The run goes on with its own key" in notice


def test_what_came_with_another_grader_is_no_edit() -> None:
    run_key = built_key(SHIPPED / "softmax")
    assert run_key.assignment == "softmax"
    points = {**run_key.contents.points, "naive.loss": 11.0}
    older = Contents("0.0.1", run_key.contents.files, run_key.contents.settings, points)
    notice = require_unedited(Path("run"), run_key._replace(contents=older))
    assert notice is not None
    assert "changed with the grader since" in notice
    assert "points 11 -> 10" in notice
    edited = Contents(
        run_key.contents.grader, run_key.contents.files, run_key.contents.settings, points
    )
    assert "points 11 -> 10" in refusal(run_key._replace(contents=edited))


def test_the_contents_are_stored_with_the_key(own: Path, tmp_path: Path) -> None:
    run_key = built_key(own)
    assert run_key.contents == key_of(own).contents
    run = tmp_path / "run"
    run.mkdir()
    with Gradebook(run / "gradebook.sqlite", writing=True) as gradebook:
        gradebook.store_key(run_key)
    stored = run_key_in(run)
    assert stored is not None
    assert stored.contents == run_key.contents


def test_the_commands_of_a_run_whose_assignment_was_edited(own: Path, tmp_path: Path) -> None:
    source, run = write_correct(tmp_path / "class", 1), tmp_path / "run"
    batch = ("batch", source, "--out", run, "--assignment", own)
    grader(*batch)
    replace_in(own / "assignment.toml", LOSS, LOSS.replace("10", "20"))
    write_correct(tmp_path / "class", 2)
    refused = grader(*batch, code=2)
    assert refused.stdout == ""
    changed = 'since this run began: assignment.toml: questions."naive.loss".points 10 -> 20. '
    assert f"{run}: the assignment has changed {changed}" in refused.stderr
    assert "--fresh or another --out" in refused.stderr
    assert query(run, "SELECT count(*) FROM submissions") == [(1,)]
    for command in (
        ("report", run),
        ("export", run, "--format", "csv"),
        ("replay", run, "student00"),
    ):
        assert "points 10 -> 20. All of the run is graded as before" in grader(*command).stderr

    kept = grader(*batch, "--key-of", run)  # the old rubric, on request
    assert "points 10 -> 20. All of the run is graded as before" in kept.stderr
    assert query(run, "SELECT DISTINCT possible FROM verdicts") == [(100.0,)]

    own.rename(tmp_path / "elsewhere")
    gone = grader(*batch)
    assert "is no longer there" in gone.stderr
    (tmp_path / "elsewhere").rename(own)
    grader(*batch, "--fresh")
    assert query(run, "SELECT DISTINCT possible FROM verdicts") == [(110.0,)]


def test_pages_follow_a_corrected_explanation(own: Path, tmp_path: Path) -> None:
    source, run = write_correct(tmp_path / "class", 1), tmp_path / "run"
    batch = ("batch", source, "--out", run, "--assignment", own)
    page = run / "pages/student00.html"
    grader(*batch)
    before = page.read_bytes(), page.stat().st_mtime_ns
    grader(*batch)
    assert (page.read_bytes(), page.stat().st_mtime_ns) == before
    replace_in(own / "explanation.md", "the", "that")
    grader(*batch)
    assert page.stat().st_mtime_ns != before[1]
