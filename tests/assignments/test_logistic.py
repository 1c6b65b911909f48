"""An assignment of another shape goes the whole way: key, verification, verdict, report, class.

Its folder is what an author writes. Nothing in grader/ knows of it: the weights are a vector, there
is no regularization, and one function.
"""

import csv
import html
import json
import re
from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.settings import read_assignment
from grader.batch.replay import replay
from grader.gradebook.record import open_gradebook
from grader.grading import grade
from grader.intake import asked_file, read_submission
from grader.messages import load_words
from grader.model import AnswerKey
from grader.reports import student_page
from grader.reports import verification as matrix
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Verdict
from grader.verification.known_submissions import known_submissions
from grader.verification.result import Verification
from grader.verification.verify import verify
from tests.assignments.logistic_class import KNOWN, LOGISTIC, class_folder
from tests.support.paths import PROJECT
from tests.support.program import grader


@pytest.fixture(scope="module")
def key() -> AnswerKey:
    assignment = read_assignment(LOGISTIC)
    return build_key(assignment, assignment.seed)


@pytest.fixture(scope="module")
def verdicts(key: AnswerKey, sandbox: Sandbox) -> dict[str, Verdict]:
    return {
        path.stem: grade(key, read_submission(path, asked_file(key)), sandbox.open_program)
        for path in sorted(KNOWN.glob("*.py"))
    }


def test_the_key_holds_what_the_file_says(key: AnswerKey) -> None:
    function = key.functions["logistic"]
    assert (function.name, function.inputs) == ("logistic_loss", ("w", "X", "y"))
    assert (function.outputs, function.knobs, key.knobs) == (("loss", "dw"), (), ())
    assert key.baseline is None  # no question asks for one
    assert key.checks is None
    assert key.derived is None
    assert {name: case.inputs["X"].shape for name, case in key.cases.items()} == {
        "small": (7, 5),
        "wide": (4, 6),
        "one_sample": (1, 5),
        "many": (28, 5),
        "large": (4, 1),
    }
    # Directions are steps of w for dw, and of its shape.
    assert key.directions["small"]["dw"].shape[1:] == (5,)
    assert key.signatures is not None
    assert set(key.signatures.tables) == {"loss", "dw"}


@pytest.fixture(scope="module")
def verification(key: AnswerKey) -> Verification:
    assignment = read_assignment(LOGISTIC)
    return verify(assignment, key, assignment.seed)


def test_the_page_for_authors_shows_what_its_verification_prints(
    verification: Verification,
) -> None:
    page = PROJECT.joinpath("docs/write-an-assignment.md").read_text(encoding="utf-8")
    example = page.partition("of the tests it prints, among others:\n\n```\n")[2]
    printed = matrix.text(verification).splitlines()
    lines = example.partition("```")[0].splitlines()
    assert len(lines) > 15
    assert [line for line in lines if line not in printed] == []


def test_it_verifies_itself(verification: Verification) -> None:
    assert verification.is_sound
    assert verification.correct_when_small == ("overflows",)
    assert (
        verification.unrecognized,
        verification.indistinguishable,
        verification.never_killing,
        verification.unasked_outputs,
    ) == ((), (), (), ())
    assert [
        (each.missing, each.unknown_ids, each.unknown_topics) for each in verification.translations
    ] == [((), (), ())] * 2
    assert all(margin.holds for margin in verification.margins)


def test_its_known_submissions_are_graded_as_expected(key: AnswerKey, sandbox: Sandbox) -> None:
    results = known_submissions(KNOWN, lambda _: key, sandbox.open_program)
    assert {each.name: each.mismatches for each in results} == {
        path.stem: () for path in KNOWN.glob("*.py")
    }


@pytest.mark.parametrize(
    ("name", "score", "causes", "line"),
    [
        ("right", 34, (), None),
        ("loop", 28, (), None),
        ("not_averaged", 12, (("dw_not_averaged",),), 9),
        ("only_ones", 12, (("only_ones_count",),), None),
        ("overflow", 30, (), None),
        ("column", 12, (), None),
        ("unknown", 12, (), None),
        ("stub", 0, (), None),
    ],
)
def test_its_mistakes_are_named(
    verdicts: dict[str, Verdict],
    name: str,
    score: float,
    causes: tuple[tuple[str, ...], ...],
    line: int | None,
) -> None:
    verdict = verdicts[name]
    assert (verdict.score, verdict.possible) == (score, 34)
    assert verdict.diagnosis["logistic_loss"].causes == causes
    assert verdict.diagnosis["logistic_loss"].line == line


def test_what_no_list_knows_is_described_by_its_terms(verdicts: dict[str, Verdict]) -> None:
    """dw = 3 p - y: the term of the probabilities is there three times."""
    diagnosis = verdicts["unknown"].diagnosis["logistic_loss"]
    assert (diagnosis.status, diagnosis.unexplained) == ("unknown", ("dw",))
    (slip,) = diagnosis.slips
    assert slip.code == "slip_term"
    assert slip.values["output"] == "dw"
    assert (slip.values["term"], slip.values["times"]) == ("probability_term", "3")


def test_the_line_with_a_loop_is_named(verdicts: dict[str, Verdict]) -> None:
    (failed,) = [each for each in verdicts["loop"].findings if each.outcome == "failed"]
    assert failed.question == "logistic.no_loop"
    assert failed.message is not None
    assert failed.message.code == "loops_over"
    assert failed.message.values["letter"] == "N"
    assert failed.message.line in range(7, 11)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", ["only_ones", "not_averaged", "column", "loop", "unknown", "stub"])
def test_students_read_nothing_of_another_assignment(
    language: str, name: str, verdicts: dict[str, Verdict], key: AnswerKey
) -> None:
    """Whatever a page says is about w, X, y, loss and dw."""
    words = load_words(language, key.words, "grader explain")
    submission = read_submission(KNOWN / f"{name}.py", asked_file(key))
    page = student_page.page(verdicts[name], words, submission)
    text = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))
    assert not re.search(r"\bdW\b|\bW\b|softmax|\breg\b|class(es)?\b|clases?\b", text), text
    assert not re.search(r"\{\w+\}", text)
    title = {"en": "Logistic regression", "es": "Regresión logística"}[language]
    assert title in text
    if name == "only_ones":
        table = "misconceptions"
        assert key.words[language][table]["only_ones_count"]["means"] in " ".join(text.split())


def test_a_class_is_graded_exported_and_replayed(tmp_path: Path) -> None:
    folder, run = class_folder(tmp_path / "class"), tmp_path / "run"
    options = ("--assignment", LOGISTIC, "--seed", "23")
    done = grader("batch", folder, "--out", run, *options)
    assert done.returncode in (0, 1), done.stderr
    exported = grader("export", run, "--format", "csv")
    assert exported.returncode == 0, exported.stderr
    rows = {row["id"]: row for row in csv.DictReader(exported.stdout.lstrip("\ufeff").splitlines())}
    assert {name: (float(row["score"]), row["codes"]) for name, row in rows.items()} == {
        "right": (34, ""),
        "loop": (28, "loops_over.N"),
        "not_averaged": (12, "dw_not_averaged"),
        "only_ones": (12, "only_ones_count"),
        "overflow": (30, "unstable.loss"),
        "column": (12, "output_shape.dw"),
        "unknown": (12, "array_differs.dw;slope_differs.dw"),
        "stub": (0, "not_implemented"),
    }
    as_json = json.loads(grader("export", run, "--format", "json").stdout)
    assert {row["assignment"] for row in as_json["rows"]} == {"logistic"}
    assert grader("export", run, "--format", "junit").returncode == 0
    assert "only_ones" in run.joinpath("index.html").read_text(encoding="utf-8")

    replayed = grader("replay", run, "only_ones")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "The same: " in replayed.stdout
    with open_gradebook(run) as gradebook:
        for name in rows:
            again = replay(gradebook, name, None, "confined")
            assert again.is_same, again.text

    assert grader("report", run, "--lang", "es").returncode == 0
    page = run.joinpath("pages/only_ones.html").read_text(encoding="utf-8")
    assert "Regresión logística" in page
