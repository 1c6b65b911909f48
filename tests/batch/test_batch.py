"""Many submissions, as a TA grades them: nothing lost, nothing twice, whatever happens in between."""

import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.cli.batch import again, record_in
from grader.gradebook.database import NAME, GradebookError
from grader.gradebook.record import Gradebook
from tests.support.paths import PROJECT
from tests.support.watched import (
    REFERENCE,
    Running,
    ask,
    differences,
    gone,
    grader,
    outcomes,
    several,
    write_class,
)

SUBMISSIONS = PROJECT / "tests/submissions"
SLOW = REFERENCE.replace(
    "def softmax_loss_vectorized(W, X, y, reg):",
    "def softmax_loss_vectorized(W, X, y, reg):\n    [W @ X for _ in range(400)]",
)
HANGING = "def softmax_loss_naive(W, X, y, reg):\n    while True: pass\n"
PATIENT = [
    word
    for name in ("call", "function", "submission")
    for word in ("--set", f"limits.{name}_seconds=600")
]  # with what hangs
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
    """A class that was graded once. RUN is in it, beside the folder `class`."""
    folder = tmp_path_factory.mktemp("graded")
    write_class(folder / "class", CLASS)
    (folder / "roster.csv").write_text(ROSTER)
    done = grader(
        "batch",
        folder / "class",
        "--out",
        folder / "run",
        "--roster",
        folder / "roster.csv",
        "--jobs",
        1,
    )
    (folder / "said").write_text(done.stdout)
    return folder


def test_every_one_has_a_row_and_every_program_a_verdict(graded: Path) -> None:
    scores = dict(
        ask(
            graded / "run",
            "SELECT ids, score FROM current_verdicts AS v JOIN submissions AS s ON s.id = v.submission",
        )
    )
    assert set(scores) == {
        '["alice"]',
        '["bob"]',
        '["carla"]',
        '["dan"]',
        '["eva"]',
        '["felix"]',
        '["<b>gina"]',
        '["adam"]',
    }
    assert scores['["alice"]'] == scores['["felix"]'] == 100
    assert scores['["dan"]'] == scores['["eva"]'] == 0
    assert 0 < scores['["bob"]'] < 100
    assert (
        ask(
            graded / "run",
            "SELECT origin, json_extract(reason, '$.code') FROM submissions WHERE source IS NULL",
        )
        != []
    )


def test_a_screen_says_how_the_class_did(graded: Path) -> None:
    said = (graded / "said").read_text()
    assert "9 handed in, 8 graded" in said
    assert "dW is not divided by the number of samples" in said
    assert re.search("nothing to grade: hugo", said)
    assert re.search("the same code, the largest: alice, felix", said)
    assert re.search("nothing handed in: zoe", said)
    assert re.search("could not be judged: adam", said)
    assert len(said.splitlines()) <= 24
    assert all(len(line) <= 80 for line in said.splitlines())


def test_what_lost_a_race_is_asked_last(graded: Path) -> None:
    """adam comes first by name, and last to a verdict: nothing else may run meanwhile."""
    (last,) = ask(
        graded / "run",
        "SELECT ids FROM verdicts AS v JOIN submissions AS s ON s.id = v.submission ORDER BY v.id DESC LIMIT 1",
    )
    assert last == ('["adam"]',)


def test_pages_are_written_and_give_nothing_away(graded: Path) -> None:
    ((seed,),) = ask(graded / "run", "SELECT seed FROM answer_keys")
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
    before = (
        ask(graded / "run", "SELECT * FROM verdicts"),
        [page.stat().st_mtime_ns for page in (graded / "run/pages").iterdir()],
    )
    done = grader("batch", graded / "class", "--out", graded / "run")
    assert "9 handed in, 8 graded" in done.stdout
    assert before == (
        ask(graded / "run", "SELECT * FROM verdicts"),
        [page.stat().st_mtime_ns for page in (graded / "run/pages").iterdir()],
    )


def test_replay_gives_the_same(graded: Path) -> None:
    assert "The same: 100 points then, 100 now" in grader("replay", graded / "run", "alice").stdout
    assert (
        "same     naive.gradient: failed, gradient_differs, 0 of 15 points"
        in grader("replay", graded / "run", "bob").stdout
    )
    assert (
        "there is nothing of 'nobody'" in grader("replay", graded / "run", "nobody", code=4).stderr
    )
    assert "no verdict to compare with" in grader("replay", graded / "run", "hugo", code=4).stderr
    assert (
        "alice has no attempt 2, but 1"
        in grader("replay", graded / "run", "alice", "--attempt", 2, code=4).stderr
    )


def test_replay_tells_what_differs(graded: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(graded / "run", run)
    connection = sqlite3.connect(run / NAME)
    connection.execute(
        """UPDATE verdicts SET verdict = replace(verdict, '"outcome":"passed"', '"outcome":"failed"') WHERE score = 100"""
    )
    connection.commit()
    connection.close()
    said = grader("replay", run, "alice", code=1).stdout
    assert (
        "DIFFERS  naive.loss: it was failed, 10 of 10 points, it is passed, 10 of 10 points" in said
    )
    assert "NOT the same" in said


@pytest.mark.parametrize(
    ("change", "verdicts", "parts"),
    [
        (
            "UPDATE submissions SET attempt = 2 WHERE id = :bob",
            2,
            0,
        ),  # one is lacking, one is too many
        ("DELETE FROM verdicts WHERE submission = :bob", 1, 0),
        (
            "UPDATE verdicts SET verdict = json_set(verdict, '$.score', 1) WHERE submission = :bob",
            0,
            1,
        ),
        (
            "UPDATE verdicts SET verdict = json_set(verdict, '$.diagnosis', json('{}')) WHERE submission = :bob",
            0,
            1,
        ),
        (
            "UPDATE verdicts SET verdict = json_set(verdict, '$.findings[1].points', 1) WHERE submission = :bob",
            0,
            1,
        ),
        (
            "UPDATE verdicts SET verdict = json_set(verdict, '$.findings[1].seconds', 999) WHERE submission = :bob",
            0,
            0,
        ),
    ],
)
def test_outcomes_of_two_runs_are_told_apart(
    graded: Path, tmp_path: Path, change: str, verdicts: int, parts: int
) -> None:
    shutil.copytree(graded / "run", tmp_path / "run")
    ((bob,),) = ask(tmp_path / "run", """SELECT id FROM submissions WHERE ids = '["bob"]'""")
    connection = sqlite3.connect(tmp_path / "run" / NAME)
    assert connection.execute(change, {"bob": bob}).rowcount == 1
    connection.commit()
    connection.close()
    before, after = outcomes(graded / "run"), outcomes(tmp_path / "run")
    assert (
        differences(before, after)
        == verdicts * sum(ids == '["bob"]' for ids, _, _ in before) + parts
    )


def test_what_comes_later_is_graded_and_nothing_else(tmp_path: Path) -> None:
    run, source = tmp_path / "run", several(tmp_path / "class", 2)
    grader("batch", source, "--out", run)
    write_class(source, {"new.py": REFERENCE, "student01.py": "broken("})
    grader("batch", source, "--out", run)
    rows = ask(
        run,
        "SELECT ids, score FROM verdicts AS v JOIN submissions AS s ON s.id = v.submission ORDER BY v.id",
    )
    assert sorted(rows[:2]) == [('["student00"]', 100), ('["student01"]', 100)]
    assert sorted(rows[2:]) == [('["new"]', 100), ('["student01"]', 0)]
    assert len(ask(run, "SELECT * FROM submissions WHERE last_run = 2")) == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seed", 5), "begun with another --seed"),
        (("--set", "layout=DxC"), "begun with another --set"),
        (("--out", "class"), "where the submissions are"),
        (("--key-of", "other"), "there is no gradebook.sqlite"),
        (("--key-of", "run", "--seed", 5), "two ways to say which key"),
        (("--shard", "3/2"), "is no part"),
        (("--minimum-level", "none"), "Invalid value"),
        (("--assignment", "nothing"), "There is no assignment 'nothing'"),
        (("--roster", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_does_not_fit_the_run_is_refused(
    graded: Path, options: tuple[object, ...], said: str
) -> None:
    before = ask(graded / "run", "SELECT count(*) FROM verdicts")
    done = subprocess.run(
        [sys.executable, "-m", "grader", "batch", "class", "--out", "run", *map(str, options)],
        cwd=graded,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert before == ask(graded / "run", "SELECT count(*) FROM verdicts")


def test_fresh_begins_anew_and_keeps_the_old(tmp_path: Path) -> None:
    run, source = tmp_path / "run", several(tmp_path / "class", 1)
    grader("batch", source, "--out", run, "--seed", 5)
    done = grader("batch", source, "--out", run, "--fresh", "--set", "layout=DxC")
    (aside,) = run.glob("gradebook-until-*.sqlite")
    assert aside.name in done.stderr
    assert ask(run, "SELECT score FROM verdicts") != [
        (100,)
    ]  # the reference is of the other layout
    connection = sqlite3.connect(aside)
    assert connection.execute("SELECT score FROM verdicts").fetchall() == [(100,)]
    connection.close()


@pytest.mark.parametrize("damage", [b"no database, but as long as one", None])
def test_a_damaged_gradebook_is_told_with_what_helps(
    graded: Path, tmp_path: Path, damage: bytes | None
) -> None:
    run, source = tmp_path / "run", several(tmp_path / "class", 1)
    shutil.copytree(graded / "run", run)
    whole = (run / NAME).read_bytes()
    (run / NAME).write_bytes(
        damage * 999 if damage else whole[:4096] + b"\xff" * (len(whole) - 4096)
    )
    said = grader("batch", source, "--out", run, code=3).stderr
    assert re.search(
        r"(not a database|disk image is malformed)\)\. Restore a copy of it, or start over with batch --fresh, .*\n\Z",
        said,
    )
    damaged = (run / NAME).read_bytes()
    grader("batch", source, "--out", run, "--fresh")
    assert [path.read_bytes() for path in run.glob("gradebook-until-*.sqlite")] == [damaged]
    assert ask(run, "SELECT score FROM verdicts") == [(100,)]


def test_a_full_disk_and_a_file_that_may_not_be_written_are_told_with_what_helps(
    tmp_path: Path,
) -> None:
    with Gradebook(tmp_path / NAME, writing=True) as full:
        ((pages,),) = full.query("PRAGMA page_count")
        list(full.query(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(
            GradebookError,
            match=r"is full\)\. Make room on the disk and run the same command again",
        ):
            list(full.query("INSERT INTO runs VALUES (1, ?, '', '', '', '', '')", ("x" * 100_000,)))
        list(full.query("INSERT INTO runs VALUES (1, 'small', '', '', '', '', '')"))
    with (
        Gradebook(tmp_path / NAME) as only_read,
        pytest.raises(
            GradebookError, match=r"readonly database\)\. See who may write in that folder\."
        ),
    ):
        list(only_read.query("DELETE FROM runs"))
    with pytest.raises(
        GradebookError, match=r"unable to open database file\)\. See who may write in that folder\."
    ):
        Gradebook(tmp_path)
    with (
        Gradebook(tmp_path / NAME) as other,
        pytest.raises(
            GradebookError,
            match=r"no such table: lost\)\. Repair that and run again: what is written stays\.",
        ),
    ):
        list(other.query("SELECT * FROM lost"))


def test_merging_tells_what_counts_and_the_command_that_writes_the_pages(
    graded: Path, tmp_path: Path
) -> None:
    out = tmp_path / "the whole"
    for _ in range(2):
        said = grader("merge", graded / "run", "--out", out).stdout.splitlines()
        assert said[0] == f"Merged into {out}: 8 verdicts, 1 that cannot be graded."
    assert (
        subprocess.run(
            shlex.split(said[-1]), cwd=PROJECT, capture_output=True, check=False
        ).returncode
        == 0
    )
    assert len(list((out / "pages").iterdir())) == 9


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    begun: list[Running] = []

    def run(source: Path, *options: str) -> Running:
        begun.append(Running(source, tmp_path / "run", *options, own_group=True))
        return begun[-1]

    yield run
    for each in begun:
        each.process.kill()
        each.process.communicate()


def test_interrupted_it_finishes_what_runs_and_says_how_to_go_on(
    tmp_path: Path, running: Callable[..., Running]
) -> None:
    begun = running(several(tmp_path / "class", 40))
    begun.wait_for(2)
    os.killpg(
        begun.process.pid, signal.SIGINT
    )  # as a terminal's Ctrl-C: whoever is in the group gets it
    _, said = begun.process.communicate()
    assert begun.process.returncode == 130
    done = len(ask(begun.run, "SELECT * FROM verdicts"))
    assert 2 <= done < 40
    command = shlex.split(said.splitlines()[-1])
    assert subprocess.run(command, cwd=PROJECT, capture_output=True, check=False).returncode == 0
    assert ask(begun.run, "SELECT count(*), count(DISTINCT submission) FROM verdicts") == [(40, 40)]


def test_a_terminals_interrupt_does_not_reach_who_is_at_work(
    tmp_path: Path, running: Callable[..., Running]
) -> None:
    """What hangs is at work for a second: all that time the same two processes are, and both submissions get their verdict."""
    source = write_class(
        several(tmp_path / "class", 1), {f"z{number}.py": HANGING for number in range(6)}
    )
    begun = running(
        source,
        "--jobs",
        "2",
        "--set",
        "limits.call_seconds=1",
        "--set",
        "limits.function_seconds=1",
    )
    begun.wait_for(1)
    staff = begun.workers()
    os.killpg(begun.process.pid, signal.SIGINT)
    while begun.process.poll() is None:
        assert set(begun.workers()) <= set(staff)  # nobody had to be replaced
        time.sleep(0.01)
    assert begun.process.returncode == 130, begun.told()
    assert len(staff) == 2
    assert 3 <= len(ask(begun.run, "SELECT * FROM verdicts")) < 7
    assert "This goes on:" in begun.told()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_so_at_once_and_interrupted_twice_it_ends_at_once(
    tmp_path: Path, running: Callable[..., Running], number: signal.Signals
) -> None:
    source = write_class(several(tmp_path / "class", 3), {"z.py": HANGING, "zz.py": HANGING})
    begun = running(source, *PATIENT)
    begun.wait_for(3)
    family = begun.below()
    begun.process.send_signal(number)
    assert begun.process.stderr is not None
    said = iter(begun.process.stderr.readline, "")
    assert (
        "Finishing what was begun, then it stops.\n" in said
    )  # while the two hang, for ten minutes
    assert next(said) == "Ctrl-C once more stops at once; nothing that is written is lost.\n"
    assert begun.process.poll() is None  # it waits for what runs
    begun.process.send_signal(number)
    _, rest = begun.process.communicate()
    assert begun.process.returncode == 130
    assert gone(family)
    *_, sentence, goes_on = rest.splitlines()
    assert sentence == "Interrupted: every result that there was is written down. This goes on:"
    assert shlex.split(goes_on)[1:] == begun.process.args[1:]  # type: ignore[index]  # a list, as it was begun with
    assert ask(begun.run, "SELECT count(*) FROM verdicts") == [(3,)]


def interrupted_twice(begun: Running) -> list[str]:
    """The command that it names to go on with."""
    begun.process.send_signal(signal.SIGINT)
    assert begun.process.stderr is not None
    assert "Finishing what was begun, then it stops.\n" in iter(begun.process.stderr.readline, "")
    begun.process.send_signal(signal.SIGINT)
    return shlex.split(begun.process.communicate()[1].splitlines()[-1])


def test_what_goes_on_begins_anew_only_once(
    tmp_path: Path, running: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off before the earlier gradebook was put aside, it has that still to do."""
    run, source = tmp_path / "run", several(tmp_path / "class", 1)
    grader("batch", source, "--out", run)
    before = record_in(run)
    begun = running(write_class(source, {"student00.py": HANGING}), "--fresh", *PATIENT)
    while record_in(run) in (before, None):
        time.sleep(0.01)
    assert "--fresh" not in interrupted_twice(begun)
    monkeypatch.setattr(sys, "argv", ["grader", "batch", "class", "--fresh"])
    assert again(is_begun=False).endswith("grader batch class --fresh")


def test_killed_it_leaves_nothing_behind_and_goes_on(
    tmp_path: Path, running: Callable[..., Running]
) -> None:
    source = several(tmp_path / "class", 20)
    begun = running(source)
    begun.wait_for(3)
    family = begun.below()
    assert len(family) >= 4  # workers, and their sandboxes
    begun.process.kill()
    begun.process.communicate()
    assert gone(family)
    grader("batch", source, "--out", begun.run)
    assert ask(begun.run, "SELECT count(*), count(DISTINCT submission) FROM verdicts") == [(20, 20)]


def test_one_batch_at_a_time_in_a_folder(tmp_path: Path, running: Callable[..., Running]) -> None:
    source = write_class(several(tmp_path / "class", 1), {"z.py": HANGING})
    begun = running(source, *PATIENT)
    begun.wait_for(1)
    assert (
        "another command is at work in this folder"
        in grader("batch", source, "--out", begun.run, code=2).stderr
    )


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("nowhere", (), 4),
        ("class", ("--roster", "nowhere.csv"), 2),
        ("class", ("--set", "layout=NxN"), 2),
        ("class", ("--shard", "2/2"), 2),
    ],
)
def test_what_cannot_begin_leaves_nothing(
    tmp_path: Path, source: str, options: tuple[str, ...], code: int
) -> None:
    several(tmp_path / "class", 1)
    said = grader("batch", tmp_path / source, "--out", tmp_path / "run", *options, code=code).stderr
    assert len(said.splitlines()) == 1
    assert os.listdir(tmp_path) == ["class"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    said = grader("batch", several(tmp_path / "class", 1), "--out", tmp_path / "run", code=2).stderr
    assert str(tmp_path / "run") in said
    assert len(said.splitlines()) == 1
    assert (tmp_path / "run").read_text() == "a file"
    assert {path.name for path in tmp_path.iterdir()} == {
        "class",
        "run",
    }  # nothing was put beside it
