"""Gradebooks of every earlier version stay readable, and can be gone on with.

tests/gold/gradebooks has a folder for each: a gradebook as its version of the grader wrote it, and
what that exported as CSV, in a file for each policy (latest.csv, best.csv, all.csv).
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from grader.batch.pages import page_context
from grader.batch.replay import replay
from grader.class_row import CountPolicy
from grader.exports import EXPORTS
from grader.gradebook.class_list import class_list
from grader.gradebook.database import NAME, SCHEMA, GradebookError
from grader.gradebook.encoding import decode_verdict
from grader.gradebook.migration import STEPS, VERSION
from grader.gradebook.record import Gradebook, open_gradebook, require_run_key
from grader.model import suffixed
from tests.support.batches import REFERENCE, grader, write_class
from tests.support.paths import PROJECT

GOLD = PROJECT / "tests/gold/gradebooks"
FOLDERS = sorted(path.parent for path in GOLD.glob(f"*/{NAME}"))
# What the exports of these gradebooks say today, where they said something else when they were
# made: codes that have another name. Nothing else differs.
NEW_CODES = {
    "loss_is_array": "output_is_array.loss",
    "reg_loss_differs": "effect_differs.loss",
    "reg_gradient_differs": "effect_differs.dW",
    "gradient_differs": "array_differs.dW",
    "slope_differs": "slope_differs.dW",
    "unstable_gradient": "unstable.dW",
    "unstable_loss": "unstable.loss",
}
EARLIER = [folder for folder in FOLDERS if not folder.name.startswith(f"{VERSION}-")]


def name_of(folder: Path) -> str:
    return folder.name


def csv_of(gradebook: Gradebook, policy: CountPolicy) -> bytes:
    words = page_context(require_run_key(gradebook), "en").words
    return "".join(EXPORTS["csv"](class_list(gradebook, policy), words)).encode()


def expected(folder: Path) -> Iterator[tuple[CountPolicy, bytes]]:
    for policy in get_args(CountPolicy):
        path = folder / f"{policy}.csv"
        if path.exists():
            csv = path.read_bytes()
            yield policy, _with_new_codes(csv) if folder in EARLIER else csv


def _with_new_codes(csv: bytes) -> bytes:
    return re.sub(r"\w+", lambda word: NEW_CODES.get(word[0], word[0]), csv.decode()).encode()


@pytest.fixture(params=FOLDERS, ids=name_of)
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Path:
    """A copy to write in."""
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(folder / NAME, run / NAME)
    return run


def test_it_is_exported_as_before_and_left_as_it_was(folder: Path, run: Path) -> None:
    before = (run / NAME).read_bytes()
    with open_gradebook(run) as gradebook:
        exports = {policy: csv_of(gradebook, policy) for policy, _ in expected(folder)}
    assert exports == dict(expected(folder))
    assert exports
    assert (run / NAME).read_bytes() == before
    assert [path.name for path in run.iterdir()] == [NAME]


def test_it_can_be_read_in_an_archive(
    folder: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.gradebook.database.os.access", lambda path, mode: False)
    with open_gradebook(run) as gradebook:
        for policy, csv in expected(folder):
            assert csv_of(gradebook, policy) == csv
        with pytest.raises(GradebookError, match="readonly"):
            list(gradebook.query("DELETE FROM submissions"))


# What is judged otherwise today, on purpose, by identity and attempt: a right function beside one
# that is known to be wrong is not charged for that, and one that is wrong itself is.
DIFFERS = {
    ("1001", 1): [
        "DIFFERS  the named causes",
        "DIFFERS  vectorized.agrees: it was failed, disagrees.dW, 0 of 5 points, it is passed, "
        "5 of 5 points",
    ],
    ("array", 1): [
        "DIFFERS  arrays.same: it was not_run, nothing_to_compare, 0 of 5 points, it is failed, "
        "output_is_array.loss, 0 of 5 points",
    ],
}


def test_its_submissions_can_be_replayed(run: Path) -> None:
    with open_gradebook(run) as gradebook:
        rows = [row for row in class_list(gradebook, "latest") if row.status == "graded"]
        for row in rows:
            comparison = replay(gradebook, "+".join(row.ids), row.attempt, "confined")
            differs = [line for line in comparison.text.splitlines() if "DIFFERS" in line]
            assert differs == DIFFERS.get(("+".join(row.ids), row.attempt), []), comparison.text
            assert comparison.is_same == (not differs)
        assert rows


def test_its_pages_can_be_written(run: Path) -> None:
    with open_gradebook(run) as gradebook:
        count = len(list(gradebook.page_sources()))
    grader("report", run)
    assert len(list((run / "pages").iterdir())) == count
    assert (run / "index.html").exists()


def test_a_batch_goes_on_with_it(folder: Path, run: Path, tmp_path: Path) -> None:
    """It is migrated in place, and nothing that counted before is gone."""
    source = write_class(tmp_path / "more", {"new_student.py": REFERENCE})
    with open_gradebook(run) as gradebook:
        people = gradebook.roster().people
    options: list[object] = []
    if people:  # the new student is not on the old roster, and nobody else is in the source
        lines = [f"{person.id},{person.name},{person.email}" for person in people]
        roster = tmp_path / "roster.csv"
        roster.write_text("\n".join(["id,name,email", *lines, "new_student", ""]))
        options = ["--roster", roster]
    grader("batch", source, "--out", run, *options)
    connection = sqlite3.connect(run / NAME)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with open_gradebook(run) as gradebook:
        for policy, csv in expected(folder):
            lines = csv_of(gradebook, policy).decode().splitlines()
            is_new = [line.startswith("new_student,") for line in lines]
            assert is_new.count(True) == 1
            others = [line for line, new in zip(lines, is_new, strict=True) if not new]
            assert others == csv.decode().splitlines()


@pytest.mark.parametrize("folder", EARLIER, ids=name_of)
def test_a_migrated_gradebook_has_the_schema_of_a_new_one(folder: Path, run: Path) -> None:
    new = sqlite3.connect(":memory:", isolation_level=None)
    new.executescript(SCHEMA.read_text())
    with open_gradebook(run) as gradebook:
        assert schema_of(gradebook.connection) == schema_of(new)
    new.close()


def schema_of(connection: sqlite3.Connection) -> dict[str, str]:
    """The statements that made it, without comments, quotes and white space."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: re.sub(r'--.*|["\s]', "", sql) for name, sql in rows}


def test_findings_in_sql_have_the_codes_of_the_exports(run: Path) -> None:
    """Whatever form the verdicts are stored in. None of them is rewritten."""
    found = 0
    with open_gradebook(run) as gradebook:
        codes = {
            (submission, question): code
            for submission, question, code in gradebook.query(
                "SELECT submission, question, code FROM findings"
            )
        }
        for submission, stored in gradebook.query(
            "SELECT submission, verdict FROM current_verdicts"
        ):
            for finding in decode_verdict(stored).findings:
                message = finding.message
                code = suffixed(message)[0] if message else None
                assert codes.pop((submission, finding.question)) == code
                found += 1
    assert codes == {}
    assert found > 0


def test_a_new_gradebook_needs_no_former_codes(tmp_path: Path) -> None:
    with Gradebook(tmp_path / NAME, writing=True) as gradebook:
        assert [*gradebook.query("SELECT * FROM former_codes")] == []


def test_a_migration_that_fails_leaves_the_gradebook_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(GOLD / "1-run" / NAME, tmp_path / NAME)
    statements = "BEGIN IMMEDIATE; DROP TABLE sightings; PRAGMA user_version = 2; SELECT nothing;"
    with monkeypatch.context() as patch:
        patch.setitem(STEPS, 1, statements)
        with pytest.raises(GradebookError, match="nothing"):
            Gradebook(tmp_path / NAME, writing=True)
    with Gradebook(tmp_path / NAME, writing=True) as gradebook:
        assert csv_of(gradebook, "latest") == dict(expected(GOLD / "1-run"))["latest"]


def test_parts_and_merged_gradebooks_become_sources_of_their_own(tmp_path: Path) -> None:
    shutil.copy(GOLD / "1-merged" / NAME, tmp_path / NAME)
    with open_gradebook(tmp_path) as gradebook:
        sources = [source for (source,) in gradebook.query("SELECT source FROM runs ORDER BY id")]
    assert sources == [
        "/tmp/course/three (part 1/2) (from gradebook 1)",
        "/tmp/course/three (part 2/2) (from gradebook 2)",
    ]
