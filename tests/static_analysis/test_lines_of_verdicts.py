"""The line that a verdict shows for a finding or a diagnosis, and where it has none."""

import pytest
from msgspec.structs import replace

from grader.grading import grade
from grader.grading.lines import with_line
from grader.messages import load_words
from grader.model import AnswerKey, Message, Reveal, SourceFile
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Outcome
from tests.support.grading import make_key, submission_of
from tests.support.paths import PROJECT
from tests.support.verdicts import make_finding


def test_every_cause_of_the_table_can_occur() -> None:
    """A mistake of the assignment, the code of a message, or a question."""
    key = make_key(named=True)
    assert key.signatures is not None
    questions = {question.id.partition(".")[2] for question in key.questions}
    codes = {*load_words("en", {})["messages"]}
    known = {*key.signatures.names} | codes | questions
    # A code may have the name of an output, an input or a letter behind it.
    assert {cause for cause in key.lines if cause.partition(".")[0] not in known} == set()


@pytest.fixture(scope="module")
def named_key() -> AnswerKey:
    return make_key(named=True)


FUNCTION = """
def softmax_loss_vectorized(W, X, y, reg):
    samples = np.arange(X.shape[1])
    scores = W @ X
    scores = scores - np.max(scores, axis=0)
    probabilities = np.exp(scores) / np.sum(np.exp(scores), axis=0)
    loss = -np.mean(np.log(probabilities[y, samples])) + 0.5 * reg * np.sum(W * W)
    dW = np.zeros(W.shape)
    probabilities[y, samples] -= 1
    dW += probabilities @ X.T / len(y) + reg * W
    return loss, dW
"""
LAST = "dW += probabilities @ X.T / len(y) + reg * W"
# What to write in place of what, with a mark on the line, and the finding that shows the line.
GRADED = {
    "a loop left": (
        LAST,
        "for i in samples:\n        dW += np.outer(probabilities[:, i], X[:, i]) / len(y)  # "
        "<-\n    dW += reg * W",
        "vectorized.faster",
    ),
    "a comprehension left": (
        "np.sum(np.exp(scores), axis=0)",
        "np.array([sum(np.exp(column)) for column in scores.T])  # <-",
        "vectorized.faster",
    ),
    "one maximum": (
        "np.max(scores, axis=0)",
        "np.max(scores)  # <-",
        "vectorized.stable_each_sample",
    ),
    "another name": (LAST, LAST.replace("dW +=", "gradient =") + "  # <-", "dW_never_written"),
    "a norm": ("np.sum(W * W)", "np.linalg.norm(W)  # <-", "rl_norm"),
    "another norm": (
        "np.sum(W * W)",
        "np.sqrt(np.sum(W * W))\n    scale = np.linalg.norm(W) + np.linalg.norm(X)",
        "rl_norm",
    ),
    "another small number": (
        "[y, samples]))",
        "[y, samples] + np.full(len(y), 1e-3))) + 0 * np.log(1e-8 + W[0, 0] ** 2)",
        "epsilon_1e3",
    ),
}


@pytest.mark.parametrize("name", GRADED)
def test_the_line_that_a_verdict_tells(name: str, named_key: AnswerKey, sandbox: Sandbox) -> None:
    right, wrong, place = GRADED[name]
    assert FUNCTION.count(right) == 1
    loops = PROJECT.joinpath("tests/submissions/vectorized_stable_each_sample_alone.py").read_text(
        encoding="utf-8"
    )
    source = loops.partition("def softmax_loss_vectorized")[0] + FUNCTION.replace(right, wrong)
    verdict = grade(named_key, submission_of(source), sandbox.open_program)
    failed = [
        finding for finding in verdict.findings if finding.outcome == "failed" and finding.possible
    ]
    lines = {finding.question: finding.message.line for finding in failed if finding.message}
    lines |= {
        cause: diagnosis.line
        for diagnosis in verdict.diagnosis.values()
        for reading in diagnosis.causes
        for cause in reading
    }
    marked = [number for number, line in enumerate(source.split("\n"), start=1) if "# <-" in line]
    assert lines[place] == (marked[0] if marked else None)
    assert {line for line in lines.values() if line} == set(marked)


LOG10, LOG2 = "call: log10, W, loss", "call: log2, W, loss"
DIFFERS = Message("number_differs", {"case": "small", "output": "loss"})


@pytest.mark.parametrize(
    ("lines", "message", "outcome", "reveal", "line"),
    [
        ({"number_differs.loss": LOG10}, DIFFERS, "failed", "cause", 4),
        ({"number_differs": LOG10}, DIFFERS, "failed", "cause", 4),
        ({"number_differs": LOG2, "number_differs.loss": LOG10}, DIFFERS, "failed", "cause", 4),
        ({"number_differs.dW": LOG10}, DIFFERS, "failed", "cause", None),
        ({"loss": LOG10}, DIFFERS, "failed", "hint", None),
        ({"loss": LOG10}, DIFFERS, "failed", "nothing", None),
        ({"loss": LOG10}, Message("raised", {}, None, 1), "failed", "cause", 1),
        ({"loss": LOG10}, Message("needs"), "not_run", "cause", None),
        ({"gradient": LOG10}, DIFFERS, "failed", "cause", None),
        ({"loss": LOG2, "number_differs.loss": LOG10}, DIFFERS, "failed", "cause", 4),
    ],
)
def test_which_findings_get_a_line(
    key: AnswerKey,
    lines: dict[str, str],
    message: Message,
    outcome: Outcome,
    reveal: Reveal,
    line: int | None,
) -> None:
    source = (
        "import numpy as np\n\ndef softmax_loss_naive(W, X, y, reg):\n    return np.log10(W), W\n"
    )
    found = with_line(
        make_finding(outcome, message),
        replace(key, lines=lines, reveal=reveal),
        [SourceFile("softmax.py", source.encode())],
    )
    assert found.message == replace(message, line=line)
