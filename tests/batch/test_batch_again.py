"""A run that is gone on with, looked at and put together: pages, attempts, roster, parts."""

import io
import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec.structs import replace

from grader.batch.progress import Lines
from grader.batch.run import Course, Shard, run
from grader.batch.run_key import KeyRequest
from grader.cli.batch import Interruptions
from grader.gradebook.database import NAME
from grader.gradebook.record import Gradebook
from grader.grading import grade
from grader.model import AnswerKey, GraderError, Message, OpenProgram, Submission
from grader.verdict import Verdict
from tests.support.paths import PROJECT
from tests.support.watched import REFERENCE, ask, grader, outcomes, several, write_class

BROKEN = "def softmax_loss_naive(W, X, y, reg):\n    pass\n"
WRONG = (PROJECT / "tests/submissions/gradient_sign.py").read_text()


def score_on(page: Path) -> str:
    found = re.search("<h1>(.*?)</h1>", page.read_text())
    assert found is not None
    return found[1]


def test_a_page_shows_the_verdict_that_counts_now(tmp_path: Path) -> None:
    """Also after going back to earlier bytes, whose verdict is older than the page."""
    run, page = tmp_path / "run", tmp_path / "run/pages/alice.html"
    for source, score in ((REFERENCE, "100"), (BROKEN, "0"), (REFERENCE, "100")):
        grader("batch", write_class(tmp_path / "class", {"alice.py": source}), "--out", run)
        assert score_on(page).startswith(f"{score} of 100")
    assert len(ask(run, "SELECT * FROM verdicts")) == 2


def test_a_page_follows_what_becomes_of_its_submission(tmp_path: Path) -> None:
    run, page, source = (
        tmp_path / "run",
        tmp_path / "run/pages/alice.html",
        several(tmp_path / "class", 1),
    )
    write_class(source, {"alice.py": REFERENCE})
    grader("batch", source, "--out", run)
    (run / "pages/notes.html").write_text("somebody's own")
    (run / "pages/.alice.html.4711.new").write_text("half a pa")
    (run / ".index.html.4711.new").write_text("half a pa")
    (run / ".profile.new").write_text("somebody's own")
    (source / "alice.py").rename(source / "alice.ipynb")
    grader("batch", source, "--out", run, "--lang", "es")
    assert "cuaderno" in page.read_text()  # a notebook: there is nothing to grade
    (source / "alice.ipynb").unlink()
    done = grader("batch", source, "--out", run, "--lang", "es")
    assert 'lang="es"' in (run / "pages/student00.html").read_text()
    assert sorted(path.name for path in (run / "pages").iterdir()) == [
        "notes.html",
        "student00.html",
    ]
    assert (run / ".profile.new").exists()
    assert not (run / ".index.html.4711.new").exists()
    assert re.search(r"[0-9] .*: alice", done.stdout)  # who is not there any more is told
    assert "Entregas: 1 recibidas, 1 corregidas" in done.stdout
    assert "alice,,,,,gone," in grader("export", run, "--format", "csv").stdout
    write_class(source, {"alice.py": REFERENCE})
    grader("batch", source, "--out", run)
    assert score_on(page) == "100 de 100 puntos"  # put back, it has its verdict and its page again


def test_earlier_attempts_are_graded_when_they_are_asked_for(tmp_path: Path) -> None:
    run = tmp_path / "run"
    table = "id,path,attempt\nalice,1.py,1\nalice,2.py,2\n"
    source = write_class(
        tmp_path / "class", {"1.py": REFERENCE, "2.py": BROKEN, "manifest.csv": table}
    )
    grader("batch", source, "--out", run)
    assert ask(
        run,
        "SELECT attempt, score FROM current_verdicts AS v JOIN submissions AS s ON s.id = v.submission",
    ) == [(2, 0)]
    assert (
        "alice,,,,,waiting" in grader("export", run, "--format", "csv", "--count", "best").stdout
    )  # nobody knows yet which it is
    grader("batch", source, "--out", run, "--count", "best")
    assert "<dd>1 of 2</dd>" in (run / "pages/alice.html").read_text()
    assert (
        "Attempts that count: best" in grader("batch", source, "--out", run).stderr
    )  # as it was asked for last
    assert "alice,,,100,100,graded" in grader("export", run, "--format", "csv").stdout
    assert (
        "alice,,,0,100,graded"
        in grader("export", run, "--format", "csv", "--count", "latest").stdout
    )
    assert "--count latest there, too" in grader("report", run, "--count", "latest").stderr


def test_who_is_not_on_the_roster_is_told(tmp_path: Path) -> None:
    source = several(tmp_path / "class", 2)
    (tmp_path / "roster.csv").write_text("id\nstudent01\nzoe\n")
    done = grader("batch", source, "--out", tmp_path / "run", "--roster", tmp_path / "roster.csv")
    assert re.search("not on the roster.*: student00", done.stdout)
    assert re.search("nothing handed in: zoe", done.stdout)


def test_settings_may_be_said_in_any_order(tmp_path: Path) -> None:
    source = several(tmp_path / "class", 1)
    one, other = ("--set", "layout=CxD"), ("--set", "limits.call_seconds=9")
    grader("batch", source, "--out", tmp_path / "run", *one, *other)
    grader("batch", source, "--out", tmp_path / "run", *other, *one)
    assert (
        "another --set" in grader("batch", source, "--out", tmp_path / "run", *one, code=2).stderr
    )


def test_a_page_that_cannot_be_written_is_no_success(tmp_path: Path) -> None:
    run, source = tmp_path / "run", several(tmp_path / "class", 2)
    grader("batch", source, "--out", run, "--lang", "es")
    (run / "pages/student01.html").unlink()
    (run / "pages/student01.html").mkdir()
    done = grader("batch", source, "--out", run, code=3)
    assert re.search("student01.html: cannot be written", done.stderr)
    assert "Pages that could not be written: 1" in done.stderr
    (run / "pages/student01.html").rmdir()
    grader("batch", source, "--out", run)
    assert (
        score_on(run / "pages/student01.html") == "100 de 100 puntos"
    )  # in the language of the run


@pytest.mark.parametrize("name", ["pages", "index.html"])
def test_a_place_that_is_taken_is_told(tmp_path: Path, name: str) -> None:
    run, source = tmp_path / "run", several(tmp_path / "class", 1)
    grader("batch", source, "--out", run)
    taken = run / name
    if name == "pages":
        shutil.rmtree(taken)
        taken.write_text("a file")
    else:
        taken.unlink()
        taken.mkdir()
    done = grader("batch", source, "--out", run, code=2)
    assert str(taken) in done.stderr.splitlines()[-1]
    assert ask(run, "SELECT score FROM verdicts") == [(100,)]


@pytest.mark.parametrize("name", [NAME, f"{NAME}-wal", "link.csv"])
def test_an_export_never_takes_the_place_of_a_gradebook(tmp_path: Path, name: str) -> None:
    run = tmp_path / "run"
    grader("batch", several(tmp_path / "class", 1), "--out", run)
    (run / "link.csv").symlink_to(NAME)
    assert (
        "the place of a gradebook"
        in grader("export", run, "--format", "csv", "--output", run / name, code=2).stderr
    )
    assert ask(run, "SELECT score FROM verdicts") == [(100,)]


def test_an_export_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    run, grades = tmp_path / "run", tmp_path / "grades.csv"
    grader("batch", several(tmp_path / "class", 1), "--out", run)
    grader("export", run, "--format", "csv", "--output", grades)
    before = grades.read_bytes()
    (run / NAME).write_bytes((run / NAME).read_bytes()[:40_000])
    grader("export", run, "--format", "csv", "--output", grades, "--force", code=3)
    assert grades.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["class", "grades.csv", "run"]


def test_an_interrupt_is_not_lost_before_there_is_anybody_to_stop() -> None:
    stopped = []
    with Interruptions() as interruptions:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruptions.happened
        interruptions.on_first(lambda: stopped.append(True))
        assert stopped == [True]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


class StopsAtPages(Lines):
    """Somebody presses Ctrl-C when the pages are begun."""

    stop: Callable[[], None]

    def begin(self, what: str, total: int | None) -> None:
        super().begin(what, total)
        if what == "Writing pages":
            self.stop()

    def on_interrupt(self, stop: Callable[[], None]) -> None:
        self.stop = stop


def test_interrupted_at_its_pages_it_is_not_finished(tmp_path: Path) -> None:
    source, out = several(tmp_path / "class", 3), tmp_path / "run"
    course = Course(source, out, None, None, Shard(1, 1), 1, "confined", "en", fresh=False)
    wanted = KeyRequest("softmax", (), None, None, needs_one=False, said=frozenset())
    progress = StopsAtPages(io.StringIO())
    assert run(course, wanted, progress, progress.on_interrupt) is None
    assert ask(out, "SELECT count(*) FROM verdicts") == [(3,)]
    assert not (out / "index.html").exists()
    ended = run(course, wanted, Lines(io.StringIO()), lambda stop: None)
    assert ended is not None
    assert ended[1:] == (0, 0)
    assert len(list((out / "pages").iterdir())) == 3


def put_together(out: Path, *parts: Path) -> None:
    grader("merge", *parts, "--out", out)


def test_parts_make_a_whole(tmp_path: Path) -> None:
    """With a key that nobody ever wrote on a command line."""
    source = write_class(
        tmp_path / "class",
        {
            f"{name}.py": text + "#\n"
            for name, text in zip("abcdef", [REFERENCE, WRONG] * 3, strict=True)
        },
    )
    (tmp_path / "roster.csv").write_text("id\na\nb\nc\nd\ne\nzoe\n")
    whole, merged, parts = (
        tmp_path / "whole",
        tmp_path / "merged",
        [tmp_path / "part1", tmp_path / "part2"],
    )
    for number, key in ((1, ()), (2, ("--key-of", parts[0]))):
        done = grader(
            "batch",
            source,
            "--out",
            parts[number - 1],
            "--shard",
            f"{number}/2",
            "--roster",
            tmp_path / "roster.csv",
            *key,
        )
        assert "when all parts are put together" in done.stderr
        assert "zoe" not in done.stdout
    grader("batch", source, "--out", whole, "--key-of", parts[1])
    assert all(map(outcomes, parts))
    for _ in range(2):  # the second time changes nothing
        put_together(merged, *parts)
        assert outcomes(merged) == outcomes(whole) == outcomes(parts[0]) | outcomes(parts[1])
        for table in ("submissions", "verdicts", "runs", "answer_keys"):
            sizes = [ask(run, f"SELECT count(*) FROM {table}")[0] for run in (merged, *parts)]
            assert sizes[0][0] == (1 if table == "answer_keys" else sizes[1][0] + sizes[2][0])
    put_together(merged, merged, parts[1])
    assert "same" in grader("replay", merged, "b").stdout
    assert "zoe" in grader("export", merged, "--format", "csv").stdout
    grader("report", merged)
    assert "secret" in (merged / "pages/b.html").read_text()
    assert (
        "Go on in the parts, and merge them again"
        in grader("batch", source, "--out", merged, code=2).stderr
    )
    assert (
        len(ask(merged, "SELECT * FROM verdicts")) == len(ask(whole, "SELECT * FROM verdicts")) == 6
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_parts_that_overlap_give_the_same_in_any_order(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    """alice mends her file between the two, and an e-mail is known later."""
    parts = [tmp_path / "early", tmp_path / "late"]
    source = write_class(
        tmp_path / "class", {"a.py": BROKEN, "manifest.csv": "id,email,path\nalice,,a.py\n"}
    )
    grader("batch", source, "--out", parts[0])
    write_class(source, {"a.py": REFERENCE, "manifest.csv": "id,email,path\nalice,a@x.edu,a.py\n"})
    grader("batch", source, "--out", parts[1], "--key-of", parts[0])
    put_together(tmp_path / "merged", *(parts[number] for number in order))
    assert (
        "alice,,a@x.edu,100,100,graded"
        in grader("export", tmp_path / "merged", "--format", "csv").stdout
    )
    write_class(source, {"manifest.csv": "id,email,path\nalice,new@x.edu,a.py\n"})
    grader("batch", source, "--out", parts[1])
    put_together(tmp_path / "merged", *parts)
    assert (
        "alice,,new@x.edu,100,100,graded"
        in grader("export", tmp_path / "merged", "--format", "csv").stdout
    )
    assert ask(tmp_path / "merged", "SELECT count(*), count(ended), count(read) FROM runs") == [
        (3, 3, 3)
    ]


def test_a_part_says_nothing_of_who_is_in_another(tmp_path: Path) -> None:
    """Two machines may call their folders alike."""
    source = write_class(tmp_path / "class", {"alice.py": REFERENCE})
    (tmp_path / "roster.csv").write_text("id\nalice\nzoe\n")
    grader("batch", source, "--out", tmp_path / "one", "--roster", tmp_path / "roster.csv")
    (source / "alice.py").rename(source / "bob.py")
    grader("batch", source, "--out", tmp_path / "other", "--key-of", tmp_path / "one")
    merged = tmp_path / "merged"
    put_together(merged, tmp_path / "one", tmp_path / "other")
    told = grader("export", merged, "--format", "csv").stdout
    assert "alice,,,100" in told
    assert "bob,,,100" in told
    (tmp_path / "roster.csv").write_text("id\nalice\n")
    (source / "bob.py").rename(source / "alice.py")
    grader("batch", source, "--out", tmp_path / "one", "--roster", tmp_path / "roster.csv")
    assert "zoe" in told
    put_together(merged, tmp_path / "one", tmp_path / "other")
    assert "zoe" not in grader("export", merged, "--format", "csv").stdout


def test_what_is_merged_is_no_part_and_a_part_stays_one(tmp_path: Path) -> None:
    source = write_class(tmp_path / "class", {f"{name}.py": REFERENCE for name in "abcd"})
    grader("batch", source, "--out", tmp_path / "part1", "--shard", "1/2")
    grader(
        "batch",
        source,
        "--out",
        tmp_path / "part2",
        "--shard",
        "2/2",
        "--key-of",
        tmp_path / "part1",
    )
    assert (
        "another part, 1/2"
        in grader("batch", source, "--out", tmp_path / "part1", "--shard", "1/3", code=2).stderr
    )
    said = grader(
        "merge", tmp_path / "part1", tmp_path / "part2", "--out", tmp_path / "part1", code=2
    ).stderr
    assert "a run of its own" in said
    assert (
        "Not here yet: part 2/2."
        in grader("merge", tmp_path / "part1", "--out", tmp_path / "all").stderr
    )
    assert (
        "Not here yet" not in grader("merge", tmp_path / "part2", "--out", tmp_path / "all").stderr
    )


def test_an_export_replaces_a_file_only_with_force(tmp_path: Path) -> None:
    source = several(tmp_path / "class", 1)
    grader("batch", source, "--out", tmp_path / "run")
    for form in ("csv", "json", "junit"):
        for force in ((), ("--force",)):
            to = ("--format", form, "--output", tmp_path / form)
            grader("export", tmp_path / "run", *to, *force)
    for other in (source / "student00.py", tmp_path / "json", tmp_path / "run/index.html"):
        before = other.read_bytes()
        assert (
            "this file exists, and nothing was written. Replace it with --force"
            in grader(
                "export", tmp_path / "run", "--format", "csv", "--output", other, code=2
            ).stderr
        )
        assert other.read_bytes() == before


def test_merging_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    grader("batch", several(tmp_path / "class", 1), "--out", tmp_path / "part")
    (tmp_path / "merged").mkdir()
    Gradebook(tmp_path / "merged" / NAME, writing=True).close()
    put_together(tmp_path / "merged", tmp_path / "part")
    assert ask(tmp_path / "merged", "SELECT score FROM verdicts") == [(100,)]


def test_nothing_is_set_aside_where_nothing_can_be_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> NoReturn:
        raise GraderError("There is no sandbox here.")

    out = tmp_path / "run"
    grader("batch", several(tmp_path / "class", 1), "--out", out)
    monkeypatch.setattr("grader.batch.tasks.Sandbox", none)
    course = Course(
        tmp_path / "class", out, None, None, Shard(1, 1), 1, "confined", "en", fresh=True
    )
    wanted = KeyRequest("softmax", (), None, None, needs_one=False, said=frozenset())
    with pytest.raises(GraderError, match="no sandbox here"):
        run(course, wanted, Lines(io.StringIO()), lambda stop: None)
    assert ask(out, "SELECT score FROM verdicts") == [(100,)]


def test_trouble_of_the_grader_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even with one question: the next run asks all of them again."""
    source, out = several(tmp_path / "class", 2), tmp_path / "run"
    course = Course(source, out, None, None, Shard(1, 1), 1, "confined", "en", fresh=False)
    wanted = KeyRequest("softmax", (), None, None, needs_one=False, said=frozenset())

    def troubled(key: AnswerKey, submission: Submission, open_program: OpenProgram) -> Verdict:
        verdict = grade(key, submission, open_program)
        no_memory = Message("grader_trouble", {"what": "no memory"})
        first = replace(
            verdict.findings[0], outcome="could_not_judge", points=None, message=no_memory
        )
        return replace(
            verdict,
            score=verdict.score - first.possible,
            undecided=first.possible,
            findings=(first, *verdict.findings[1:]),
        )

    with monkeypatch.context() as patch:
        patch.setattr("grader.batch.tasks.grade", troubled)
        ended = run(course, wanted, Lines(io.StringIO()), lambda stop: None)
        assert ended is not None
        assert ended.left == 2
    assert ask(out, "SELECT count(*) FROM verdicts") == [(0,)]
    assert ask(out, "SELECT DISTINCT what FROM troubles") == [("no memory",)]
    ended = run(course, wanted, Lines(io.StringIO()), lambda stop: None)
    assert ended is not None
    assert ended.left == 0
    assert ask(out, "SELECT score FROM verdicts") == [(100,), (100,)]


def test_a_part_is_only_read_and_told_by_its_own_name(tmp_path: Path) -> None:
    for name, key in (("one", ()), ("other", ("--key-of", tmp_path / "one"))):
        grader("batch", several(tmp_path / "class" / name, 1), "--out", tmp_path / name, *key)
    before = (tmp_path / "one" / NAME).read_bytes()
    put_together(tmp_path / "merged", tmp_path / "one")
    assert (tmp_path / "one" / NAME).read_bytes() == before
    ((page,),) = ask(
        tmp_path / "other", "SELECT rootpage FROM sqlite_master WHERE name = 'troubles'"
    )
    whole = (tmp_path / "other" / NAME).read_bytes()
    (tmp_path / "other" / NAME).write_bytes(
        whole[: 4096 * (page - 1)] + bytes(4096) + whole[4096 * page :]
    )
    said = grader("merge", tmp_path / "other", "--out", tmp_path / "merged", code=3).stderr
    assert str(tmp_path / "other") in said
    assert "damaged" in said
    assert ask(tmp_path / "merged", "SELECT count(*) FROM verdicts") == [(1,)]


def test_what_is_new_and_what_is_of_another_source_is_told(tmp_path: Path) -> None:
    source, other = several(tmp_path / "class", 2), several(tmp_path / "other", 1)
    grader("batch", source, "--out", tmp_path / "run")
    write_class(source, {"student01.py": BROKEN})
    assert (
        "Another file than before counts now: 1 (student01 100 -> 0)."
        in grader("batch", source, "--out", tmp_path / "run").stderr
    )
    said = grader("batch", other, "--out", tmp_path / "run").stderr
    assert "Found in another source by an earlier call, and counted: 1 (student01)." in said


def test_of_two_verdicts_of_one_submission_the_first_stands(tmp_path: Path) -> None:
    parts = [tmp_path / "one", tmp_path / "other"]
    source = several(tmp_path / "class", 1)
    grader("batch", source, "--out", parts[0])
    grader("batch", source, "--out", parts[1], "--key-of", parts[0])
    first = ask(parts[0], "SELECT graded FROM verdicts")
    for name, order in (("ab", parts), ("ba", parts[::-1])):
        put_together(tmp_path / name, *order)
        assert ask(tmp_path / name, "SELECT graded FROM verdicts") == first


def test_parts_of_different_keys_are_not_put_together(tmp_path: Path) -> None:
    source = several(tmp_path / "class", 1)
    grader("batch", source, "--out", tmp_path / "one")
    grader("batch", source, "--out", tmp_path / "other")
    said = grader(
        "merge", tmp_path / "one", tmp_path / "other", "--out", tmp_path / "merged", code=2
    ).stderr
    assert "graded with different keys" in said
    assert not (tmp_path / "merged").exists()
