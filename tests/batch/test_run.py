"""A batch from its source to its pages: nothing is lost, nothing is graded twice."""

import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec.structs import replace

from grader.batch.progress import Lines
from grader.batch.run import BatchOptions, BatchResult, run
from grader.batch.run_key import KeyRequest
from grader.gradebook.database import NAME
from grader.grading import grade
from grader.intake import SourceOptions
from grader.model import AnswerKey, GraderError, Message, OpenProgram, Submission
from grader.verdict import Verdict
from tests.support.batches import (
    NO_POINTS,
    REFERENCE,
    LentKey,
    differences,
    execute,
    grader,
    outcomes,
    query,
    write_class,
    write_correct,
)
from tests.support.paths import PROJECT

SUBMISSIONS = PROJECT / "tests/submissions"
# It loses the race against the baseline.
SLOW = REFERENCE.replace(
    "def softmax_loss_vectorized(W, X, y, reg):",
    "def softmax_loss_vectorized(W, X, y, reg):\n    [W @ X for _ in range(400)]",
)
CLASS = {
    "alice.py": REFERENCE,
    "bob/softmax.py": (SUBMISSIONS / "gradient_not_averaged.py").read_text(),
    "carla.py": (SUBMISSIONS / "gradient_sign.py").read_text(),
    "dan.py": (PROJECT / "student_template/softmax/softmax.py").read_text(),
    "eva.py": (SUBMISSIONS / "colon_missing.py").read_text(),
    "felix.py": REFERENCE + "\n\n# my own work\n",
    "<b>gina.py": (SUBMISSIONS / "divided_by_classes.py").read_text(),
    "hugo.ipynb": "{}",
    "adam.py": SLOW,
}
ROSTER = "id,name,email\nalice,Alice,a@x.edu\nbob,Bob,b@x.edu\nzoe,Zoé Ñuñez,z@x.edu\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a class that was graded once: class, run, roster.csv, and output."""
    folder = tmp_path_factory.mktemp("graded")
    write_class(folder / "class", CLASS)
    (folder / "roster.csv").write_text(ROSTER)
    options = ("--out", folder / "run", "--roster", folder / "roster.csv", "--jobs", 1)
    done = grader("batch", folder / "class", *options)
    (folder / "output").write_text(done.stdout)
    return folder


# Verdicts with the ids of those whose they are.
VERDICTS = "FROM verdicts AS v JOIN submissions AS s ON s.id = v.submission"


def test_every_submission_has_a_row_and_every_program_a_verdict(graded: Path) -> None:
    scores = dict(query(graded / "run", f"SELECT ids, score {VERDICTS}"))
    names = ("alice", "bob", "carla", "dan", "eva", "felix", "<b>gina", "adam")
    assert set(scores) == {f'["{name}"]' for name in names}
    assert scores['["alice"]'] == scores['["felix"]'] == 100
    assert scores['["dan"]'] == 0
    assert scores['["eva"]'] == 50  # for the function that parses
    assert 0 < scores['["bob"]'] < 100
    unreadable = "SELECT json_extract(reason, '$.code') FROM submissions WHERE source IS NULL"
    assert query(graded / "run", unreadable) == [("unread_notebook",)]


def test_the_summary_fits_a_screen_and_shows_how_the_class_did(graded: Path) -> None:
    output = (graded / "output").read_text()
    assert "9 handed in, 8 graded" in output
    assert "dW is not divided by the number of samples" in output
    assert re.search("nothing to grade: hugo", output)
    assert re.search("the same code, the largest: adam, alice, felix", output)
    assert re.search("nothing handed in: zoe", output)
    assert re.search("could not be judged: adam", output)
    assert len(output.splitlines()) <= 24
    assert all(len(line) <= 80 for line in output.splitlines())


def test_what_lost_a_race_is_graded_again_at_the_end(graded: Path) -> None:
    """adam comes first by name, and is the last to get a verdict: nothing else runs meanwhile."""
    (last,) = query(graded / "run", f"SELECT ids {VERDICTS} ORDER BY v.id DESC LIMIT 1")
    assert last == ('["adam"]',)


def test_the_pages_give_no_secret_away_and_escape_names(graded: Path) -> None:
    ((seed,),) = query(graded / "run", "SELECT seed FROM answer_keys")
    pages = sorted((graded / "run/pages").iterdir())
    assert len(pages) == 9
    assert {"alice.html", "bob.html", "adam.html", "hugo.html"} <= {page.name for page in pages}
    for page in [*pages, graded / "run/index.html"]:
        text = page.read_text()
        assert str(seed) not in text
        assert "<b>gina" not in text
    assert "secret" in (graded / "run/pages/bob.html").read_text()
    assert len(str(seed)) > 30
    assert (graded / "run").stat().st_mode & 0o077 == 0


def test_a_finished_run_has_nothing_left_to_do(graded: Path) -> None:
    run = graded / "run"

    def state() -> tuple[object, object]:
        pages = [page.stat().st_mtime_ns for page in (run / "pages").iterdir()]
        return query(run, "SELECT * FROM verdicts"), pages

    before = state()
    done = grader("batch", graded / "class", "--out", run)
    assert "9 handed in, 8 graded" in done.stdout
    assert state() == before


def test_replay_of_the_run_gives_the_same(graded: Path) -> None:
    run = graded / "run"
    assert "The same: 100 points then, 100 now" in grader("replay", run, "alice").stdout
    line = "same     naive.gradient: failed, array_differs.dW, 0 of 15 points"
    assert line in grader("replay", run, "bob").stdout
    unknown = grader("replay", run, "nobody", code=4)
    assert "there is nothing of 'nobody'" in unknown.stderr
    assert "no verdict to compare with" in grader("replay", run, "hugo", code=4).stderr
    other_attempt = grader("replay", run, "alice", "--attempt", 2, code=4)
    assert "alice has no attempt 2, but 1" in other_attempt.stderr


def test_replay_shows_what_differs(graded: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(graded / "run", run)
    execute(
        run,
        """UPDATE verdicts SET verdict =
        replace(verdict, '"outcome":"passed"', '"outcome":"failed"') WHERE score = 100""",
    )
    output = grader("replay", run, "alice", code=1).stdout
    difference = "it was failed, 10 of 10 points, it is passed, 10 of 10 points"
    assert f"DIFFERS  naive.loss: {difference}" in output
    assert "NOT the same" in output


SET_VERDICT = "UPDATE verdicts SET verdict = json_set(verdict, {}) WHERE submission = :bob"


@pytest.mark.parametrize(
    ("change", "verdicts", "parts"),
    [
        # One is lacking, and one is too many.
        ("UPDATE submissions SET attempt = 2 WHERE id = :bob", 2, 0),
        ("DELETE FROM verdicts WHERE submission = :bob", 1, 0),
        (SET_VERDICT.format("'$.score', 1"), 0, 1),
        (SET_VERDICT.format("'$.diagnosis', json('{}')"), 0, 1),
        (SET_VERDICT.format("'$.findings[1].points', 1"), 0, 1),
        (SET_VERDICT.format("'$.findings[1].seconds', 999"), 0, 0),
    ],
)
def test_differences_between_two_runs_are_noticed(
    graded: Path, tmp_path: Path, change: str, verdicts: int, parts: int
) -> None:
    """This tests the comparison on which other tests and the soak rely.

    verdicts: how many whole verdicts of bob differ; parts: how many parts of one.
    """
    run = tmp_path / "run"
    shutil.copytree(graded / "run", run)
    ((bob,),) = query(run, """SELECT id FROM submissions WHERE ids = '["bob"]'""")
    assert execute(run, change, {"bob": bob}) == 1
    before, after = outcomes(graded / "run"), outcomes(run)
    of_bob = sum(ids == '["bob"]' for ids, _, _ in before)
    assert differences(before, after) == verdicts * of_bob + parts


def test_new_submissions_are_graded_and_nothing_else(tmp_path: Path, lent: LentKey) -> None:
    run, source = tmp_path / "run", write_correct(tmp_path / "class", 2)
    grader("batch", source, "--out", run, *lent)
    write_class(source, {"new.py": REFERENCE, "student01.py": "broken("})
    grader("batch", source, "--out", run)
    rows = query(run, f"SELECT ids, score {VERDICTS} ORDER BY v.id")
    assert sorted(rows[:2]) == [('["student00"]', 100), ('["student01"]', 100)]
    assert sorted(rows[2:]) == [('["new"]', 100), ('["student01"]', 0)]
    assert len(query(run, "SELECT * FROM submissions WHERE last_run = 2")) == 3


def test_a_fresh_run_keeps_the_old_gradebook(tmp_path: Path, lent: LentKey) -> None:
    run, source = tmp_path / "run", write_correct(tmp_path / "class", 1)
    grader("batch", source, "--out", run, *lent)
    done = grader("batch", source, "--out", run, "--fresh", "--set", "layout=DxC")
    (earlier,) = run.glob("gradebook-until-*.sqlite")
    assert earlier.name in done.stderr
    scores = "SELECT score FROM verdicts"
    assert query(run, scores) != [(100,)]  # the reference is of the other layout
    earlier.rename(run / NAME)
    assert query(run, scores) == [(100,)]


def test_earlier_attempts_are_graded_when_they_are_asked_for(tmp_path: Path, lent: LentKey) -> None:
    run = tmp_path / "run"
    manifest = "id,path,attempt\nalice,1.py,1\nalice,2.py,2\n"
    files = {"1.py": REFERENCE, "2.py": NO_POINTS, "manifest.csv": manifest}
    source = write_class(tmp_path / "class", files)

    def exported(*options: str) -> str:
        return grader("export", run, "--format", "csv", *options).stdout

    grader("batch", source, "--out", run, *lent)
    assert query(run, f"SELECT attempt, score {VERDICTS}") == [(2, 0)]
    assert "alice,,,,,waiting" in exported("--count", "best")  # nobody knows yet which it is
    grader("batch", source, "--out", run, "--count", "best")
    assert "<dd>1 of 2</dd>" in (run / "pages/alice.html").read_text()
    again = grader("batch", source, "--out", run)
    assert "Attempts that count: best" in again.stderr  # as it was asked for last
    assert "alice,,,100,100,graded" in exported()
    assert "alice,,,0,100,graded" in exported("--count", "latest")
    report = grader("report", run, "--count", "latest")
    assert "--count latest there, too" in report.stderr


def test_who_is_not_on_the_roster_is_named(tmp_path: Path, lent: LentKey) -> None:
    source, roster = write_correct(tmp_path / "class", 2), tmp_path / "roster.csv"
    roster.write_text("id\nstudent01\nzoe\n")
    done = grader("batch", source, "--out", tmp_path / "run", "--roster", roster, *lent)
    assert re.search("not on the roster.*: student00", done.stdout)
    assert re.search("nothing handed in: zoe", done.stdout)


def test_changed_submissions_and_those_of_another_source_are_named(
    tmp_path: Path, lent: LentKey
) -> None:
    run = tmp_path / "run"
    source = write_correct(tmp_path / "class", 2)
    other = write_correct(tmp_path / "other", 1)
    grader("batch", source, "--out", run, *lent)
    write_class(source, {"student01.py": NO_POINTS})
    changed = grader("batch", source, "--out", run).stderr
    assert "Now graded on a different file or attempt: 1 (student01 100 -> 0)." in changed
    elsewhere = grader("batch", other, "--out", run).stderr
    assert "Found in another source by an earlier call, and counted: 1 (student01)." in elsewhere


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("nowhere", (), 4),
        ("class", ("--roster", "nowhere.csv"), 2),
        ("class", ("--set", "layout=NxN"), 2),
    ],
)
def test_what_cannot_begin_writes_nothing(
    tmp_path: Path, source: str, options: tuple[str, ...], code: int
) -> None:
    write_correct(tmp_path / "class", 1)
    done = grader("batch", tmp_path / source, "--out", tmp_path / "run", *options, code=code)
    assert len(done.stderr.splitlines()) == 1
    assert os.listdir(tmp_path) == ["class"]


def test_a_run_that_is_no_folder_is_refused(tmp_path: Path, lent: LentKey) -> None:
    run = tmp_path / "run"
    run.write_text("a file")
    source = write_correct(tmp_path / "class", 1)
    error = grader("batch", source, "--out", run, *lent, code=2).stderr
    assert str(run) in error
    assert len(error.splitlines()) == 1
    assert run.read_text() == "a file"
    assert sorted(os.listdir(tmp_path)) == ["class", "run"]  # nothing was put beside it


# --- In this process -------------------------------------------------------------------------


def run_here(
    source: Path,
    out: Path,
    lent: LentKey,
    progress: Lines | None = None,
    on_interrupt: Callable[[Callable[[], None]], None] = lambda stop: None,
    is_fresh: bool = False,
) -> BatchResult | None:
    options = BatchOptions(
        source=source,
        source_options=SourceOptions(),
        out=out,
        count_policy=None,
        roster=None,
        jobs=1,
        minimum_level="confined",
        language="en",
        is_fresh=is_fresh,
    )
    request = KeyRequest("softmax", (), seed=None, key_of=lent[1], explicit=frozenset())
    return run(options, request, progress or Lines(io.StringIO()), on_interrupt)


class StopsAtPages(Lines):
    """Presses Ctrl-C when the first page is about to be written."""

    stop: Callable[[], None]

    def begin(self, phase: str, total: int | None) -> None:
        super().begin(phase, total)
        if phase == "Writing pages":
            self.stop()

    def on_interrupt(self, stop: Callable[[], None]) -> None:
        self.stop = stop


def test_interrupted_at_its_pages_it_continues_with_them(tmp_path: Path, lent: LentKey) -> None:
    source, out = write_correct(tmp_path / "class", 3), tmp_path / "run"
    progress = StopsAtPages(io.StringIO())
    assert run_here(source, out, lent, progress, progress.on_interrupt) is None
    assert query(out, "SELECT count(*) FROM verdicts") == [(3,)]
    assert not (out / "index.html").exists()
    result = run_here(source, out, lent)
    assert result is not None
    assert (result.ungraded, result.unwritten) == (0, 0)
    assert len(list((out / "pages").iterdir())) == 3


def test_nothing_is_set_aside_where_nothing_can_be_graded(
    tmp_path: Path, lent: LentKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_sandbox(*_: object) -> NoReturn:
        raise GraderError("There is no sandbox here.")

    source, out = write_correct(tmp_path / "class", 1), tmp_path / "run"
    grader("batch", source, "--out", out, *lent)
    monkeypatch.setattr("grader.batch.tasks.Sandbox", no_sandbox)
    with pytest.raises(GraderError, match="no sandbox here"):
        run_here(source, out, lent, is_fresh=True)
    assert query(out, "SELECT score FROM verdicts") == [(100,)]


def grade_with_trouble(
    key: AnswerKey, submission: Submission, open_program: OpenProgram
) -> Verdict:
    """Grade, but let the grader fail at the first question."""
    verdict = grade(key, submission, open_program)
    no_memory = Message("grader_trouble", {"what": "no memory"})
    first = verdict.findings[0]
    failed = replace(first, outcome="could_not_judge", points=None, message=no_memory)
    return replace(
        verdict,
        score=verdict.score - first.possible,
        undecided=first.possible,
        findings=(failed, *verdict.findings[1:]),
    )


def test_trouble_of_the_grader_is_no_verdict(
    tmp_path: Path, lent: LentKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even trouble with one question: the next run asks all of them again."""
    source, out = write_correct(tmp_path / "class", 2), tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr("grader.batch.tasks.grade", grade_with_trouble)
        result = run_here(source, out, lent)
        assert result is not None
        assert result.ungraded == 2
    assert query(out, "SELECT count(*) FROM verdicts") == [(0,)]
    assert query(out, "SELECT DISTINCT what FROM troubles") == [("no memory",)]
    result = run_here(source, out, lent)
    assert result is not None
    assert result.ungraded == 0
    assert query(out, "SELECT score FROM verdicts") == [(100,), (100,)]
