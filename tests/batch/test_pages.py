"""The pages of a run: each shows the verdict that counts now, and no page is left over."""

import re
import shutil
from pathlib import Path

import pytest

from tests.support.batches import (
    NO_POINTS,
    REFERENCE,
    LentKey,
    grader,
    query,
    write_class,
    write_correct,
)


def heading(page: Path) -> str:
    match = re.search("<h1>(.*?)</h1>", page.read_text())
    assert match is not None
    return match[1]


def test_a_page_shows_the_verdict_that_counts_now(tmp_path: Path, lent: LentKey) -> None:
    """Also after going back to earlier bytes, whose verdict is older than the page."""
    run, page = tmp_path / "run", tmp_path / "run/pages/alice.html"
    for source, score in ((REFERENCE, "100"), (NO_POINTS, "0"), (REFERENCE, "100")):
        write_class(tmp_path / "class", {"alice.py": source})
        grader("batch", tmp_path / "class", "--out", run, *lent)
        assert heading(page).startswith(f"{score} of 100")
    assert len(query(run, "SELECT * FROM verdicts")) == 2


def test_a_page_follows_what_becomes_of_its_submission(tmp_path: Path, lent: LentKey) -> None:
    run, page = tmp_path / "run", tmp_path / "run/pages/alice.html"
    source = write_correct(tmp_path / "class", 1)
    write_class(source, {"alice.py": REFERENCE})
    grader("batch", source, "--out", run, *lent)

    # A notebook takes its place: there is nothing to grade.
    (source / "alice.py").rename(source / "alice.ipynb")
    grader("batch", source, "--out", run, "--lang", "es")
    assert "cuaderno" in page.read_text()

    # Nothing takes its place: the page goes, and the summary names her.
    (source / "alice.ipynb").unlink()
    done = grader("batch", source, "--out", run, "--lang", "es")
    assert 'lang="es"' in (run / "pages/student00.html").read_text()
    assert not page.exists()
    assert re.search(r"[0-9] .*: alice", done.stdout)
    assert "Entregas: 1 recibidas, 1 calificadas" in done.stdout
    assert "alice,,,,,gone," in grader("export", run, "--format", "csv").stdout

    # Put back, it has its verdict and its page again.
    write_class(source, {"alice.py": REFERENCE})
    grader("batch", source, "--out", run)
    assert heading(page) == "100 de 100 puntos"


def test_outdated_pages_and_leftovers_go_and_other_files_stay(
    tmp_path: Path, lent: LentKey
) -> None:
    run, source = tmp_path / "run", write_correct(tmp_path / "class", 2)
    grader("batch", source, "--out", run, *lent)
    own_files = [run / "pages/notes.html", run / ".profile.new"]
    leftovers = [run / "pages/.alice.html.4711.new", run / ".index.html.4711.new"]
    for file in [*own_files, *leftovers]:
        file.write_text("somebody's own, or half a page")
    (source / "student01.py").unlink()
    grader("batch", source, "--out", run)
    assert not (run / "pages/student01.html").exists()
    assert (run / "pages/student00.html").exists()
    assert all(file.exists() for file in own_files)
    assert not any(file.exists() for file in leftovers)


def test_a_page_that_cannot_be_written_is_no_success(tmp_path: Path, lent: LentKey) -> None:
    run, source = tmp_path / "run", write_correct(tmp_path / "class", 2)
    page = run / "pages/student01.html"
    grader("batch", source, "--out", run, "--lang", "es", *lent)
    page.unlink()
    page.mkdir()
    done = grader("batch", source, "--out", run, code=3)
    assert "student01.html: cannot be written" in done.stderr
    assert "Pages that could not be written: 1" in done.stderr
    page.rmdir()
    grader("batch", source, "--out", run)
    assert heading(page) == "100 de 100 puntos"  # in the language of the run


@pytest.mark.parametrize("name", ["pages", "index.html"])
def test_a_place_that_something_else_takes_is_named(
    tmp_path: Path, lent: LentKey, name: str
) -> None:
    run, source = tmp_path / "run", write_correct(tmp_path / "class", 1)
    grader("batch", source, "--out", run, *lent)
    path = run / name
    if name == "pages":
        shutil.rmtree(path)
        path.write_text("a file")
    else:
        path.unlink()
        path.mkdir()
    done = grader("batch", source, "--out", run, code=2)
    assert str(path) in done.stderr.splitlines()[-1]
    assert query(run, "SELECT score FROM verdicts") == [(100,)]
