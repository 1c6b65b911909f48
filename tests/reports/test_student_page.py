"""The page of hand-made verdicts: nothing in it runs, loads or steers, whatever a student wrote."""

import base64
import hashlib
import re

import numpy as np
import pytest
from msgspec.structs import replace

from grader.model import Message
from grader.reports.evidence import as_python
from grader.reports.safe_text import escape_invisible
from grader.reports.student_page import page
from grader.verdict import Outcome, as_case_input, as_matrix
from tests.support.grading import submission_of
from tests.support.html_page import ATTRIBUTES, TAGS, Page
from tests.support.verdicts import (
    CASE,
    EVERY_OUTCOME,
    EVIDENCE,
    HOSTILE,
    KEY,
    VERDICTS,
    WORDS,
    make_finding,
    verdict_of,
)


@pytest.mark.parametrize("name", VERDICTS)
def test_a_page_holds_known_tags_and_attributes_only(name: str) -> None:
    html = page(VERDICTS[name], WORDS)
    parsed = Page(html)
    assert set(parsed.tags) <= TAGS
    assert {attribute for attribute, _ in parsed.attributes} <= ATTRIBUTES
    assert parsed.tags.count("style") == parsed.tags.count("title") == 1
    assert not re.search(
        "https?:|javascript:|url\\(|@import|<script",
        html.replace("alert(1)", "").replace("http:evil", ""),
        re.IGNORECASE,
    )


@pytest.mark.parametrize("name", VERDICTS)
def test_the_policy_allows_the_style_sheet_and_nothing_else(name: str) -> None:
    html = page(VERDICTS[name], WORDS)
    parsed = Page(html)
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert ("http-equiv", "Content-Security-Policy") in parsed.attributes
    assert (
        "content",
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    ) in parsed.attributes
    assert html.index("Content-Security-Policy") < html.index("<style>")


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("place", ["file", "quote", "value", "reason", "flag"])
def test_what_a_student_wrote_is_shown_as_text(kind: str, place: str) -> None:
    html = page(VERDICTS[f"{kind} {place}"], WORDS)
    assert escape_invisible(HOSTILE[kind]) in Page(html).shown
    assert all(character.isprintable() or character == "\n" for character in html)
    if set(HOSTILE[kind]) & set("<>&\"'"):
        assert HOSTILE[kind] not in html


@pytest.mark.parametrize("outcome", ["passed", "failed", "not_run", "could_not_judge"])
def test_every_outcome_is_shown_by_its_word(outcome: str) -> None:
    """Never by colour alone."""
    (row,) = [f for f in EVERY_OUTCOME if f.outcome == outcome]
    html = page(verdict_of(row), WORDS)
    assert f'<span class="outcome {outcome}">{WORDS["outcomes"][outcome]}</span>' in html


def test_a_page_shows_score_file_hash_time_and_what_to_do() -> None:
    shown = " ".join(Page(page(verdict_of(*EVERY_OUTCOME), WORDS)).shown.split())
    for text in (
        "10 of 40 points",
        "10 points could not be judged",
        "softmax.py",
        "0123456789ab",
        "saved 2026-11-23",
        "Fix this first",
    ):
        assert text in shown
    for text in (
        "costs 15 points",
        "The function stops with ValueError.",
        "a quoted text",
        "ine 12",
        "Work out the shapes of the arrays",
        "a reason",
    ):
        assert text in shown
    assert "Not asked, because this failed first: loss." in shown


@pytest.mark.parametrize("name", EVIDENCE)
def test_evidence_is_shown(name: str) -> None:
    shown = Page(page(VERDICTS[name], WORDS)).shown
    texts = {
        "loss": ["should change by 0.123457, yours changes by nan", "Relative error"],
        "gradient": [
            "dW[1, 2]: expected 0.123457, got 4.5; entries that are off: 15 of 15",
            "Expected (3 x 5)",
        ],
        "slope": ["your loss changes by 0.5 per step, dW says -inf"],
        "growth": ["ine 12, 20 -> 40: 50 -> 100 Python operations"],
        "growth without a line": ["20 -> 40: 100 -> 200 Python operations"],
        "race": ["2 ms of CPU time; a program of the same shape takes 1: 2 x (limit 3 x)"],
        "duel": ["2 ms of CPU time, your loops take 1: 0.5 x faster (at least 3 x)"],
    }[name]
    assert all(text in shown for text in texts)


def test_a_large_array_is_cut_and_says_so() -> None:
    large = KEY.cases["timed.0"].X
    found = replace(EVIDENCE["gradient"], got=as_matrix(large), expected=as_matrix(large))
    html = page(
        verdict_of(
            make_finding(message=Message("gradient_zero", {"case": "small"}), evidence=(found,))
        ),
        WORDS,
    )
    assert "Only the first 16 rows and 32 columns of 16 x 1000 are shown." in Page(html).shown


def test_one_cause_is_one_problem() -> None:
    same = Message("missing_function", {"name": "softmax_loss_naive"})
    html = page(verdict_of(*(make_finding("failed", same, number) for number in range(6))), WORDS)
    assert html.count('<section class="problem') == 1
    assert "costs 45 points" in html


def test_a_flag_has_its_line_and_costs_nothing() -> None:
    flag = Message("hidden_characters", {"count": 3, "first": "U+202E"}, line=2)
    html = page(
        replace(verdict_of(make_finding("passed")), flags=(flag,)),
        WORDS,
        submission_of("import numpy\nx = 1  # \u202e\n"),
    )
    shown = " ".join(Page(html).shown.split())
    for text in (
        "10 of 10 points",
        "costs nothing For a person to look at",
        "Line 2: The file holds characters",
        "2 | x = 1 # \\u202e",
    ):
        assert text in shown
    assert "For a person to look at" not in page(verdict_of(make_finding("passed")), WORDS)


@pytest.mark.parametrize("outcome", ["not_run", "could_not_judge"])
def test_all_is_right_only_where_everything_passed(outcome: Outcome) -> None:
    """A question that was not asked has not passed, even if none failed, as when time ran out."""
    unasked = make_finding(outcome, Message("time_used_up", {"seconds": 15.0}), 1)
    assert "Nothing to fix." in Page(page(verdict_of(make_finding("passed")), WORDS)).shown
    assert (
        "Nothing to fix."
        not in Page(page(verdict_of(make_finding("passed"), unasked), WORDS)).shown
    )


def test_an_input_can_be_pasted() -> None:
    """It is Python that makes the same arrays, to the last digit."""
    calls: list[tuple[object, ...]] = []

    def function(*arguments: object) -> None:
        calls.append(arguments)

    exec(
        as_python(as_case_input(CASE), "function"), {"function": function, "print": lambda _: None}
    )
    (arguments,) = calls
    for argument, expected in zip(arguments, (CASE.W, CASE.X, CASE.y, CASE.reg), strict=True):
        np.testing.assert_array_equal(argument, expected)
