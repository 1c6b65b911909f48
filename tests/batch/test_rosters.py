"""A class is graded under the names of its roster, from the download to the exported grades."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

import pytest

from grader.verdict import VERDICT
from tests.support.batches import REFERENCE, LentKey, grader, query, write_class
from tests.support.invented_classes import Expected, invent_class, lay_out

CLASS = invent_class()
ALONE = "id,name,email\nalice,Alice A,a@x.edu\nbob,Bob B,b@x.edu\n"
EXPORTED = {"canvas": "canvas", "moodle_flat": "moodle"}  # platform -> its roster


class GradedClass(NamedTuple):
    """A download that was graded with the platform's own roster."""

    expected: tuple[Expected, ...]
    roster: bytes
    run: Path
    said: str  # on standard error


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory, lent: LentKey) -> dict[str, GradedClass]:
    return {name: grade_class(name, tmp_path_factory.mktemp(name), lent) for name in EXPORTED}


@pytest.fixture(params=EXPORTED)
def graded(request: pytest.FixtureRequest, classes: dict[str, GradedClass]) -> GradedClass:
    return classes[request.param]


def grade_class(platform: str, folder: Path, lent: LentKey) -> GradedClass:
    download = lay_out(CLASS, platform)
    source = download.write(folder, as_zip=True)
    roster, run = folder / "roster.csv", folder / "run"
    roster.write_bytes(CLASS.roster(EXPORTED[platform]))
    done = grader("batch", source, "--out", run, "--roster", roster, *lent)
    return GradedClass(download.expected, roster.read_bytes(), run, done.stderr)


def exported(graded: GradedClass) -> dict[str, dict[str, str]]:
    """The rows of grades.csv by id."""
    text = grader("export", graded.run, "--format", "csv").stdout.removeprefix("\ufeff")
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text))}


def test_the_first_line_says_what_was_found(graded: GradedClass) -> None:
    first = graded.said.splitlines()[0]
    assert first.endswith("download: 74 hand-ins of 74 people; 74 on the roster.")


def test_the_exported_grades_fill_the_platforms_own_table(graded: GradedClass) -> None:
    """Every line of the table of the platform finds its grade by the id that stands there."""
    rows = exported(graded)
    table = csv.DictReader(io.StringIO(graded.roster.decode()))
    filled = {}
    for line in table:
        id = line.get("ID") or (line.get("Identifier") or "").removeprefix("Participant ")
        if id in rows:
            filled[id] = rows.pop(id)
    assert rows == {}  # nobody is left who is not in the table
    assert len(filled) == len(CLASS.students)
    missing = [row for row in filled.values() if row["status"] == "missing"]
    assert len(missing) == 10  # absent, or named by their group alone
    assert not [row for row in filled.values() if row["not_on_roster"]]
    assert {row["name"] for row in filled.values()} == {each.name for each in CLASS.students}


def test_the_same_bytes_have_the_same_verdict_wherever_they_lie(
    classes: dict[str, GradedClass],
) -> None:
    """By the mark in the code. What is found in one layout only is left out."""
    one, other = map(scores_by_mark, classes.values())
    common = one.keys() & other.keys()
    assert len(common) >= 40
    assert {mark: one[mark] for mark in common} == {mark: other[mark] for mark in common}
    assert len(set(one.values())) >= 3


def scores_by_mark(graded: GradedClass) -> dict[str, tuple[float, tuple[str, ...]]]:
    sql = """SELECT source, verdict FROM submissions
        JOIN current_verdicts ON submission = submissions.id"""
    results = {}
    for source, text in query(graded.run, sql):
        mark = source.decode("utf-8", "ignore").replace("\0", "").partition('hand_in = "')[2]
        verdict = VERDICT.decode(text)
        failed = tuple(each.question for each in verdict.findings if each.outcome == "failed")
        results[mark.partition('"')[0]] = (verdict.score, failed)
    return results


def test_a_roster_of_other_people_stops_the_run_before_it_begins(
    tmp_path: Path, lent: LentKey
) -> None:
    source = write_class(tmp_path / "class", {f"{id}.py": REFERENCE for id in "xyz"})
    roster = tmp_path / "roster.csv"
    roster.write_text(ALONE)
    options = ("--out", tmp_path / "run", "--roster", roster, *lent)
    done = grader("batch", source, *options, code=2)
    assert "Handed in by: x, y, z. On the roster: alice, bob." in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_so_does_a_roster_that_an_earlier_call_was_given(tmp_path: Path, lent: LentKey) -> None:
    roster, run = tmp_path / "roster.csv", tmp_path / "run"
    roster.write_text(ALONE)
    first = write_class(tmp_path / "first", {"alice.py": REFERENCE})
    grader("batch", first, "--out", run, "--roster", roster, *lent)
    before = query(run, "SELECT * FROM submissions, runs")
    second = write_class(tmp_path / "second", {"x.py": REFERENCE})
    done = grader("batch", second, "--out", run, code=2)
    assert done.stderr.startswith("The roster that an earlier call was given: nobody on it has ")
    assert query(run, "SELECT * FROM submissions, runs") == before
    # One who is on it is enough, and the others are told.
    second = write_class(tmp_path / "second", {"bob.py": REFERENCE})
    done = grader("batch", second, "--out", run)
    assert "2 hand-ins of 2 people; 1 on the roster, 1 not." in done.stderr
    assert "Not on the roster: 1 (x)." in done.stderr


def test_a_roster_that_comes_later_makes_no_phantoms(tmp_path: Path, lent: LentKey) -> None:
    """The logins of the first call are people of the roster in the second."""
    source = write_class(tmp_path / "class", {"ann.py": REFERENCE, "ben.py": REFERENCE + "# b\n"})
    roster, run = tmp_path / "roster.csv", tmp_path / "run"
    grader("batch", source, "--out", run, *lent)
    roster.write_text("id,name,login\n007,Ann A,ann\n008,Ben B,ben\n")
    done = grader("batch", source, "--out", run, "--roster", roster)
    assert "Now under the ids of the roster, and graded again: 2 (ann, ben)." in done.stderr
    graded = GradedClass((), b"", run, "")
    assert {id: row["status"] for id, row in exported(graded).items()} == {
        "007": "graded",
        "008": "graded",
    }
    # And it stays so without naming the roster again.
    done = grader("batch", source, "--out", run)
    assert "2 on the roster." in done.stderr
    assert "Already graded: 2. To grade: 0." in done.stderr
