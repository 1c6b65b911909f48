"""The HTML page: hand-made verdicts, parsed again. Nothing in it runs, loads or steers, whatever a student wrote."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from grader.messages import load_words
from grader.model import Message
from grader.reports.evidence import as_python
from grader.reports.html import page
from grader.reports.sentences import escape_invisible
from grader.verdict import (
    Finding,
    GradientEvidence,
    GrowthEvidence,
    KeyRecord,
    LossEvidence,
    Outcome,
    RaceEvidence,
    SlopeEvidence,
    SubmissionRecord,
    Verdict,
    WorstEntry,
    as_case_input,
    as_matrix,
)
from tests.support.grading import make_key, submission_of

KEY = make_key()
WORDS = load_words("en", KEY.words)
TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "main",
    "footer",
    "section",
    "p",
    "h1",
    "h2",
    "h3",
}
TAGS |= {
    "code",
    "strong",
    "span",
    "q",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
    "figure",
    "pre",
    "figcaption",
    "div",
}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "scope",
    "tabindex",
    "role",
} | {
    "aria-label",
    "aria-labelledby",
}
VOID = {"meta", "input"}
CASE, EXPECTED = KEY.cases["small_reg"], KEY.expected["small_reg"]
SECRET = 0.123456789  # an expected value that stands nowhere else
HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "end of style": "</style></title><b onclick='x'>",
    "quotes": '"\' onmouseover="alert(1)" x=\'',
    "entity": "&lt;b&gt; &#x3c;b&#x3e; &amp;",
    "link": "<a href=http:evil>",
    "ansi": "\x1b[2J\x1b]0;owned\x07 \x9b31m \r\b",
    "bidi": "abc\u202edef\u2066ghi\u200b\ufeff",
    "private": "\ue000 \U000f0000 \U0001f600",
    "template": "{{ 7 * 7 }} {% raw %} {0} {case} %s",
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled templates of this run, not of whoever rendered a page here before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


class Page(HTMLParser):
    """What a page consists of. Fails where tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text: dict[str, str] = {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.text[tag] = self.text.get(tag, "") + data

    @property
    def shown(self) -> str:
        return self.text["body"]


def made(
    outcome: Outcome = "failed", message: Message | None = None, number: int = 0, **parts: object
) -> Finding:
    question = KEY.questions[number]
    points = {"passed": question.points, "could_not_judge": None}.get(outcome, 0.0)
    finding = Finding(
        question.id,
        question.function,
        question.check,
        outcome,
        points,
        question.points,
        0.0,
        message,
    )
    return replace(finding, **parts)


EVIDENCE = {
    "loss": LossEvidence("small_reg", as_case_input(CASE), SECRET, "nan", "inf", True),
    "gradient": GradientEvidence(
        "small_reg",
        as_case_input(CASE),
        as_matrix(EXPECTED.gradient),
        as_matrix(2 * EXPECTED.gradient),
        1.0,
        WorstEntry(1, 2, SECRET, 4.5),
        15,
        15,
    ),
    "slope": SlopeEvidence("small_reg", as_case_input(CASE), 0.5, "-inf", 3.0),
    "growth": GrowthEvidence((20, 40), (100, 200), 12, (50, 100)),
    "growth without a line": GrowthEvidence((20, 40), (100, 200), None, (0, 0)),
    "race": RaceEvidence("yardstick", 0.002, 0.001, 2.0, 3.0),
    "duel": RaceEvidence("naive", 0.002, 0.001, 0.5, 3.0),
}


def verdict_of(*findings: Finding, file: str = "softmax.py", seed: str | None = "7") -> Verdict:
    return Verdict(
        assignment="softmax",
        score=sum(finding.points or 0.0 for finding in findings),
        possible=sum(finding.possible for finding in findings),
        undecided=sum(finding.possible for finding in findings if finding.points is None),
        findings=findings,
        sandbox="full",
        submission=SubmissionRecord(file, "0123456789abcdef" * 4, "2026-11-23T12:13:44+00:00"),
        key=KeyRecord("fedcba9876543210" * 4, seed),
        versions={"grader": "0", "python": "3"},
    )


EVERY_OUTCOME = (
    made("passed", None, 0),
    made("failed", Message("raised", {"exception": "ValueError"}, "a quoted text", 12), 1),
    made("not_run", Message("needs", {"question": "naive.loss"}), 5),
    made("could_not_judge", Message("grader_trouble", {"what": "a reason"}), 14),
)
VERDICTS = {
    name: verdict_of(made(message=Message("gradient_zero", {"case": "small"}), evidence=(each,)))
    for name, each in EVIDENCE.items()
}
VERDICTS |= {
    "every outcome": verdict_of(*EVERY_OUTCOME),
    "nothing": verdict_of(),
    "all passed": verdict_of(made("passed")),
}
VERDICTS |= {
    f"{kind} file": verdict_of(*EVERY_OUTCOME, file=text) for kind, text in HOSTILE.items()
}
VERDICTS |= {
    f"{kind} quote": verdict_of(made(message=Message("raised", {"exception": "E"}, text, 3)))
    for kind, text in HOSTILE.items()
}
VERDICTS |= {
    f"{kind} value": verdict_of(made(message=Message("returned_one_value", {"type": text})))
    for kind, text in HOSTILE.items()
}
VERDICTS |= {
    f"{kind} reason": verdict_of(made("could_not_judge", Message("grader_trouble", {"what": text})))
    for kind, text in HOSTILE.items()
}
VERDICTS |= {
    f"{kind} flag": replace(
        verdict_of(made("passed")),
        flags=(Message("lookalike_letters", {}, text, 3), Message("hidden_characters")),
    )
    for kind, text in HOSTILE.items()
}


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
def test_every_outcome_is_told_by_its_word(outcome: str) -> None:
    """Never by colour alone."""
    (row,) = [f for f in EVERY_OUTCOME if f.outcome == outcome]
    html = page(verdict_of(row), WORDS)
    assert f'<span class="outcome {outcome}">{WORDS["outcomes"][outcome]}</span>' in html


def test_a_page_tells_score_file_hash_time_and_what_to_do() -> None:
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
    said = {
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
    assert all(text in shown for text in said)


def test_a_large_array_is_cut_and_told_so() -> None:
    large = KEY.cases["timed.0"].X
    found = replace(EVIDENCE["gradient"], got=as_matrix(large), expected=as_matrix(large))
    html = page(
        verdict_of(made(message=Message("gradient_zero", {"case": "small"}), evidence=(found,))),
        WORDS,
    )
    assert "Only the first 16 rows and 32 columns of 16 x 1000 are shown." in Page(html).shown


def test_one_cause_is_one_problem() -> None:
    same = Message("missing_function", {"name": "softmax_loss_naive"})
    html = page(verdict_of(*(made("failed", same, number) for number in range(6))), WORDS)
    assert html.count('<section class="problem') == 1
    assert "costs 45 points" in html


def test_a_flag_is_told_with_its_line_and_costs_nothing() -> None:
    flag = Message("hidden_characters", {"count": 3, "first": "U+202E"}, line=2)
    html = page(
        replace(verdict_of(made("passed")), flags=(flag,)),
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
    assert "For a person to look at" not in page(verdict_of(made("passed")), WORDS)


@pytest.mark.parametrize("outcome", ["not_run", "could_not_judge"])
def test_all_is_right_only_where_everything_passed(outcome: Outcome) -> None:
    """A question that was not asked is not one that passed, even where none failed (as when the time is used up)."""
    unasked = made(outcome, Message("time_used_up", {"seconds": 15.0}), 1)
    assert "Nothing to fix." in Page(page(verdict_of(made("passed")), WORDS)).shown
    assert "Nothing to fix." not in Page(page(verdict_of(made("passed"), unasked), WORDS)).shown


def test_an_input_can_be_pasted() -> None:
    """It is Python that makes the same arrays, to the last digit."""
    seen: list[object] = []
    exec(
        as_python(as_case_input(CASE), "seen.extend"),
        {"seen": Called(seen), "print": lambda _: None},
    )
    for given, expected in zip(seen, (CASE.W, CASE.X, CASE.y, CASE.reg), strict=True):
        np.testing.assert_array_equal(given, expected)


class Called:
    def __init__(self, seen: list[object]) -> None:
        self.seen = seen

    def extend(self, *arguments: object) -> None:
        self.seen.extend(arguments)
