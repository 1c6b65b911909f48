"""The page of hand-made verdicts: nothing in it runs, loads or steers, whatever a student wrote."""

import base64
import hashlib
import re

import numpy as np
import pytest
from msgspec.structs import replace

from grader.model import Message, SourceFile
from grader.reports.evidence import as_python
from grader.reports.safe_text import escape_invisible
from grader.reports.student_page import page
from grader.reports.terminal import summary
from grader.verdict import (
    Diagnosis,
    Outcome,
    SlopeEvidence,
    ValueEvidence,
    WorstEntry,
    as_inputs,
    as_numbers,
)
from tests.support.grading import submission_of
from tests.support.html_page import ATTRIBUTES, TAGS, Page
from tests.support.verdicts import (
    CASE,
    EVERY_OUTCOME,
    EVIDENCE,
    HOSTILE,
    KEY,
    SLOPE,
    VERDICTS,
    WORDS,
    array_evidence,
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
        "Print the values in this line before it runs",
        "a reason",
    ):
        assert text in shown
    assert "Not asked, because this failed first: loss." in shown


@pytest.mark.parametrize("name", EVIDENCE)
def test_evidence_is_shown(name: str) -> None:
    shown = Page(page(VERDICTS[name], WORDS)).shown
    texts = {
        "number": ["the loss must change by 0.123457. Yours changes by nan.", "Relative error"],
        "number of another function": ["softmax_loss_naive gives 0.123457, this function nan"],
        "number alone": ["expected 0.123457, got nan"],
        "one axis": ["db[3]: expected 0.123457, got 4.5; all 4 entries are wrong", "(4)"],
        "two axes": [
            "dW[2, 4]: expected 0.123457, got 4.5; all 15 entries are wrong",
            "Expected (3 x 5)",
        ],
        "two axes by a knob": ["dW[2, 4] must change by 0.123457. Yours changes by 4.5."],
        "two axes of another function": [
            "dW[2, 4]: softmax_loss_naive gives 0.123457, this function 4.5; entries that differ:"
        ],
        "three axes": [
            "scores[1, 2, 3]: expected 0.123457",
            "Expected: scores[1, :, :] (2 x 3 x 4)",
        ],
        "four axes": ["filters[1, 1, 2, 1]:", "Got: filters[1, 1, :, :] (2 x 2 x 3 x 2)"],
        "slope": ["your loss changed by 0.5 per unit; by your dW it changes by -inf"],
        "growth": ["ine 12, N 20 -> 40: 50 -> 100 Python operations"],
        "growth without a line": ["N 20 -> 40: 100 -> 200 Python operations"],
        "race": ["2 ms. A good array solution takes 1 ms; up to 3 times that is fine."],
        "duel": ["2 ms. Your loops take 1 ms, 0.5 times as long; at least 3 times is asked for."],
    }[name]
    assert all(text in shown for text in texts)


def test_of_two_functions_neither_is_what_was_expected() -> None:
    """The wrong numbers of the loops were called Expected, and the right ones Got."""
    other = array_evidence(3, 5, other="softmax_loss_naive")
    disagrees = Message(
        "disagrees", {"case": "small", "output": "dW", "other": "softmax_loss_naive"}
    )
    agrees = make_finding(message=disagrees, number=11, evidence=(other,))
    html = page(verdict_of(agrees), WORDS)
    captions = re.findall("<figcaption>(.*?)</figcaption>", html)
    assert captions == ["softmax_loss_naive (3 x 5)", "softmax_loss_vectorized (3 x 5)"]
    assert "Expected" not in html
    # Where the loops are known to be wrong, their numbers are no use to compare with.
    loops = Message("array_differs", {"case": "small", "output": "dW"})
    wrong = make_finding(message=loops, number=1, evidence=(array_evidence(3, 5),))
    html = page(verdict_of(wrong, agrees), WORDS)
    assert re.findall("<figcaption>(.*?)</figcaption>", html) == [
        "Expected (3 x 5)",
        "Got (3 x 5)",
    ]


def test_of_a_slope_none_is_the_expected_one() -> None:
    """Either the output or the gradient may be the wrong one."""
    shown = Page(page(verdict_of(make_finding(message=None, evidence=(SLOPE,))), WORDS)).shown
    assert "Expected" not in shown
    assert "Slope, measured" in shown
    assert "Slope, by dW" in shown


def test_what_a_knob_adds_names_its_value() -> None:
    reg = CASE.inputs["reg"].item()
    for name in ("number", "two axes by a knob"):
        assert f"When reg goes from 0 to {reg:.6g}, " in Page(page(VERDICTS[name], WORDS)).shown


def page_of(evidence: ValueEvidence) -> str:
    message = Message("array_zero", {"case": "small", "output": "dW"})
    return page(verdict_of(make_finding(message=message, evidence=(evidence,))), WORDS)


@pytest.mark.parametrize(
    ("name", "rows"), [("one axis", 1), ("two axes", 3), ("three axes", 3), ("four axes", 3)]
)
def test_the_worst_entry_is_marked_in_the_slice_that_holds_it(name: str, rows: int) -> None:
    """In the table of the expected numbers and in that of the returned ones."""
    html = Page(page(VERDICTS[name], WORDS))
    tables = re.findall(
        '<table class="matrix">(.*?)</table>', page(VERDICTS[name], WORDS), re.DOTALL
    )
    assert [table.count("<tr>") for table in tables] == [rows, rows]
    assert [re.findall('class="worst">([^<]*)<', table) for table in tables] == [
        ["0.12346"],
        ["4.5"],
    ]
    assert html.shown.count("Worst entry") == 1


def test_a_large_array_is_cut_and_says_so() -> None:
    large = KEY.cases["timed.0"].inputs["X"]
    found = array_evidence(3, 5, got=as_numbers(large), expected=as_numbers(large))
    assert "Only the first 16 x 32 entries of 16 x 1000 are shown." in Page(page_of(found)).shown


def test_a_worst_entry_that_was_cut_off_is_named_and_not_marked() -> None:
    numbers = as_numbers(np.zeros((2, 3, 40)))
    worst = WorstEntry((1, 2, 39), 0.0, 1.0)
    html = page_of(array_evidence(2, 3, 4, got=numbers, expected=numbers, worst=worst))
    assert "dW[1, 2, 39]" in Page(html).shown
    assert "Expected: dW[0, :, :] (2 x 3 x 40)" in Page(html).shown
    assert 'class="worst"' not in html


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


def run_pasted(evidence: ValueEvidence | SlopeEvidence, call: str) -> dict[str, object]:
    """Run what the page offers to try. Returns the names that it leaves, and `printed`."""
    names: dict[str, object] = {}

    def show(*values: object) -> None:
        names["printed"] = values

    def twice(W: object, X: object, y: object, reg: object) -> tuple[object, object]:
        names["arguments"] = W, X, y, reg
        return "a loss", "a gradient"

    exec(as_python(evidence, call), names | {"print": show, "f": twice}, names)
    return names


def test_one_missing_step_is_one_problem_in_whatever_inputs_it_shows() -> None:
    """Two sections with the same advice, about the shift, stood one below the other."""
    near = Message("unstable", {"case": "A", "output": "loss"})
    apart = Message("unstable", {"case": "C", "output": "loss"}, None, 18)
    html = page(
        verdict_of(
            make_finding(message=near, number=5),
            make_finding(message=near, number=12),
            make_finding(message=apart, number=13),
        ),
        WORDS,
    )
    shown = " ".join(Page(html).shown.split())
    assert html.count('<section class="problem') == 1
    assert shown.count("which number makes the largest exponent 0?") == 1
    for case in ("scores near 1000.", "one sample with scores near 1000 beside one with scores"):
        assert f"The loss is wrong for {case}" in shown
    assert "softmax_loss_vectorized: Line 18: The loss is wrong for one sample" in shown


def test_the_table_has_one_row_for_a_file_that_cannot_run() -> None:
    broken = Message("does_not_parse", {}, "invalid syntax", 3)
    findings = [make_finding(message=broken, number=number) for number in range(15)]
    html = page(verdict_of(*findings), WORDS)
    table = html[html.index('<table class="questions">') : html.index("</table>")]
    assert table.count("<tr>") == 2  # with the head
    assert "naive, vectorized" in table
    assert "all 15 questions" in table
    assert "0/100" in table
    # Where one function runs, the other has one row.
    passed = [make_finding("passed", number=number) for number in range(6)]
    html = page(verdict_of(*passed, *findings[6:]), WORDS)
    table = html[html.index('<table class="questions">') : html.index("</table>")]
    assert table.count("<tr>") == 1 + 6 + 1
    assert "all 9 questions" in table


def test_an_input_can_be_pasted() -> None:
    """It is Python that makes the same arrays, to the last digit, and calls the function."""
    names = run_pasted(array_evidence(3, 5), CALL)
    for name, expected in CASE.inputs.items():
        given = np.array(names[name])
        np.testing.assert_array_equal(given, expected)
        assert given.dtype == expected.dtype
    assert isinstance(names["reg"], float)
    assert names["printed"] == ("a gradient",)
    assert run_pasted(SLOPE, CALL)["printed"] == ("a loss", "a gradient")


CALL = "loss, dW = f(W, X, y, reg)"
ODD_INPUTS = {
    "x": np.array([0.5, np.nan, -np.inf]),
    "block": np.arange(24.0).reshape(2, 3, 4),
    "nothing": np.zeros((0, 3)),
    "steps": np.array(3),
    "labels": np.array([2, 0]),
}


def test_inputs_of_any_axes_can_be_pasted() -> None:
    case = replace(CASE, inputs=ODD_INPUTS)
    found = array_evidence(2, asked=as_inputs(case, ODD_INPUTS))
    names = run_pasted(found, "")
    for name, expected in ODD_INPUTS.items():
        np.testing.assert_array_equal(np.array(names[name]), expected)
        assert np.array(names[name]).dtype == expected.dtype
    assert "printed" not in names, "how the function is called is not known"


def test_an_input_that_was_cut_off_cannot_be_pasted() -> None:
    asked = {"W": as_numbers(np.zeros((2, 33)))}
    assert as_python(array_evidence(2, asked=asked), CALL) == ""
    assert as_python(array_evidence(2, asked=None), CALL) == ""


def test_the_call_on_the_page_is_that_of_the_function() -> None:
    shown = Page(page(VERDICTS["two axes"], WORDS)).shown
    assert "loss, dW = softmax_loss_naive(W, X, y, reg)\nprint(dW)" in shown


def test_a_line_of_another_file_is_named_with_it() -> None:
    message = Message("raised", {"exception": "ValueError"}, "shapes", 2, "layers.py")
    submission = replace(
        submission_of("import layers\n\n"),
        more=(SourceFile("layers.py", b"import numpy as np\nout = x @ w\n"),),
    )
    note = Message("left_out_fence", {}, "```", None, "layers.py")
    verdict = replace(verdict_of(make_finding(message=message)), notes=(note,))
    shown = " ".join(Page(page(verdict, WORDS, submission)).shown.split())
    assert "layers.py, line 2: The function stops with ValueError." in shown
    assert "layers.py, line 2 | out = x @ w" in shown
    assert "layers.py: This line is a mark" in shown
    text = summary(verdict, WORDS, source=submission.source, more=submission.more)
    assert "layers.py, line 2 | out = x @ w" in text
    assert "import numpy" not in text


def test_of_several_files_the_first_is_named_too() -> None:
    """Its lines could be taken for those of the function's own file."""
    raised = Message("raised", {"exception": "ValueError"}, "shapes", 2)
    left_out = Message("left_out_fence", {}, "```", 3)
    diagnosis = {"softmax_loss_naive": Diagnosis("exact", (("rg_missing",),), line=1)}
    first, other = make_finding(message=raised, notes=(left_out,)), make_finding(message=raised)
    verdict = replace(verdict_of(first, other), notes=(left_out,), diagnosis=diagnosis)
    submission = submission_of("import numpy\nx = y\n```\n")
    alone = page(verdict, WORDS, submission)
    assert "Line 2: " in Page(alone).shown
    assert "softmax.py, line" not in alone
    several = replace(submission, more=(SourceFile("layers.py", b""),))
    shown = " ".join(Page(page(verdict, WORDS, several)).shown.split())
    for line in ("line 1 | import numpy", "line 2 | x = y", "line 3: This line is a mark"):
        assert f"softmax.py, {line}" in shown
    assert "Line " not in shown
