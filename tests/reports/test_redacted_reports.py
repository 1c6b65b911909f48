"""Verdicts and reports under a secret key: no inputs, no expected values and no quotes."""

from pathlib import Path

import msgspec
import pytest

from grader.model import Message
from grader.redaction import for_student
from grader.reports.student_page import page
from grader.reports.terminal import summary
from grader.verdict import RaceEvidence, SlopeEvidence, ValueEvidence, Verdict
from tests.support.html_page import Page
from tests.support.verdicts import (
    CASE,
    EVERY_OUTCOME,
    EVIDENCE,
    EXPECTED,
    SECRET,
    WORDS,
    make_finding,
    verdict_of,
)

QUOTED = Message("raised", {"exception": "ValueError"}, "the input was 0.25", 12)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled templates of this run, not of whoever rendered a page here before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def whole(seed: str | None) -> Verdict:
    """A finding for each evidence, with a quote in its message, its notes and the flags."""
    said = [msgspec.structs.replace(QUOTED, line=n + 1) for n in range(len(EVIDENCE))]
    findings = [
        make_finding(message=said[n], number=n, evidence=(each,), notes=(QUOTED,))
        for n, each in enumerate(EVIDENCE.values())
    ]
    return msgspec.structs.replace(
        verdict_of(*findings, *EVERY_OUTCOME, seed=seed), flags=(QUOTED,)
    )


def test_with_a_public_key_nothing_is_hidden() -> None:
    assert for_student(whole("7")) == whole("7")


def test_a_secret_key_hides_inputs_expected_values_and_quotes() -> None:
    hidden = for_student(whole(None))
    encoded = msgspec.json.encode(hidden).decode()
    assert str(SECRET) in msgspec.json.encode(whole(None)).decode()
    for secret in (
        str(SECRET),
        "the input was",
        "a quoted text",
        *map(repr, CASE.inputs["X"].ravel().tolist()),
        *map(repr, CASE.inputs["W"].ravel().tolist()),
    ):
        assert secret not in encoded
    for value in EXPECTED["dW"].ravel().tolist():
        assert repr(value) not in encoded
    for known in EVIDENCE.values():
        if isinstance(known, ValueEvidence) and known.expected and known.got and known.worst.index:
            for value in (*known.expected.values, *known.got.values):
                assert str(value) not in encoded
    for evidence in (each for finding in hidden.findings for each in finding.evidence):
        if isinstance(evidence, (ValueEvidence, SlopeEvidence)):
            assert (evidence.asked, evidence.expected) == (None, None)
            assert evidence.got is None  # a function may return what it was given
        if isinstance(evidence, ValueEvidence):
            assert (evidence.worst.expected, evidence.worst.got) == (None, None)


def test_a_secret_key_keeps_what_helps() -> None:
    """Code, values (such as the type of an exception), line, points, outcome, size of the error."""
    hidden, known = for_student(whole(None)), whole(None)
    for mine, theirs in zip(hidden.findings, known.findings, strict=True):
        said = theirs.message and Message(
            theirs.message.code, theirs.message.values, None, theirs.message.line
        )
        assert mine.message == said
        assert (mine.question, mine.outcome, mine.points, mine.possible) == (
            theirs.question,
            theirs.outcome,
            theirs.points,
            theirs.possible,
        )
        kept = [each for each in theirs.evidence if not isinstance(each, RaceEvidence)]
        for shown, full in zip(mine.evidence, kept, strict=True):
            assert type(shown) is type(full)
            assert getattr(shown, "error", None) == getattr(full, "error", None)
    assert hidden.flags == (Message("raised", {"exception": "ValueError"}, None, 12),)
    assert (hidden.score, hidden.possible, hidden.submission, hidden.key) == (
        known.score,
        known.possible,
        known.submission,
        known.key,
    )


@pytest.mark.parametrize("seed", ["7", None])
def test_both_can_be_rendered(seed: str | None) -> None:
    verdict = for_student(whole(seed))
    shown = " ".join(Page(page(verdict, WORDS)).shown.split())
    assert ("secret" in shown) == (seed is None)
    assert ("0.123457" in shown) == ("The input, to try it yourself" in shown) == (seed is not None)
    assert "The function stops with ValueError." in shown
    assert "all 15 entries are wrong" in shown
    assert "got nan" not in shown or seed is not None
    assert ("0.123457" in summary(verdict, WORDS)) == (seed is not None)


def test_two_functions_that_differ_are_not_called_wrong() -> None:
    """Which of them is right is another question, also where the numbers are not shown."""
    kinds = ("number of another function", "two axes of another function")
    findings = [make_finding(message=None, evidence=(EVIDENCE[kind],)) for kind in kinds]
    shown = " ".join(summary(verdict_of(*findings, seed=None), WORDS).split())
    assert "wrong (" not in shown
    assert "the loss differs from that of softmax_loss_naive (relative error inf)" in shown
    assert "dW differs from that of softmax_loss_naive in 15 of 15 entries" in shown


def test_hiding_twice_is_hiding_once() -> None:
    assert for_student(for_student(whole(None))) == for_student(whole(None))
