"""Properties that hold for all inputs. Hypothesis looks for exceptions."""

import math
from string import Formatter
from typing import Any, NamedTuple, get_args

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grader.assignment.course_files import load_module
from grader.assignment.find_assignment import SHIPPED
from grader.checks.compare import relative_error
from grader.checks.evidence import value_evidence
from grader.grading import make_verdict
from grader.messages import load_words
from grader.model import Array, Message
from grader.reports.safe_text import IGNORABLE, escape_invisible
from grader.reports.terminal import WIDTH, summary, wrap
from grader.verdict import (
    Evidence,
    Finding,
    GrowthEvidence,
    Outcome,
    RaceEvidence,
    SlopeEvidence,
    Verdict,
    as_number,
)
from tests.support.grading import make_key, submission_of
from tests.support.languages import LETTERS, WORDS_IN
from tests.support.losses import right, under_test

KEY = make_key()
WORDS = load_words("en", KEY.words)
REFERENCE: Any = load_module(SHIPPED / "softmax" / "softmax.py")
FUNCTIONS = (REFERENCE.softmax_loss_naive, REFERENCE.softmax_loss_vectorized)
UNDER_TEST = under_test(right, KEY)

unhurried = settings(deadline=None, derandomize=True, database=None)
any_float = st.floats(allow_nan=True, allow_infinity=True)
finite = st.floats(-1e150, 1e150)  # whose squares are finite too
matrices = arrays(np.float64, (3, 4), elements=finite)
ascii_text = st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=300)


# --- the reference --------------------------------------------------------------------------------


class Problem(NamedTuple):
    """Arguments of a loss, an order of the samples and an order of the classes."""

    W: Array
    X: Array
    y: Array
    reg: float
    samples: Array
    classes: Array


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    N, D, C = draw(st.integers(1, 6)), draw(st.integers(1, 4)), draw(st.integers(1, 5))
    number = st.floats(-30, 30)
    W, X = (
        draw(arrays(np.float64, (C, D), elements=number)),
        draw(arrays(np.float64, (D, N), elements=number)),
    )
    y = draw(arrays(np.int64, N, elements=st.integers(0, C - 1)))
    samples, classes = draw(st.permutations(range(N))), draw(st.permutations(range(C)))
    return Problem(W, X, y, draw(st.floats(0, 2)), np.array(samples), np.array(classes))


@unhurried
@given(problems())
def test_the_order_of_samples_does_not_matter(problem: Problem) -> None:
    W, X, y, reg, samples, _ = problem
    for function in FUNCTIONS:
        loss, gradient = function(W, X, y, reg)
        other_loss, other = function(W, X[:, samples], y[samples], reg)
        np.testing.assert_allclose(other_loss, loss, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(other, gradient, rtol=1e-9, atol=1e-9)


@unhurried
@given(problems())
def test_the_order_of_classes_permutes_the_rows_of_dw(problem: Problem) -> None:
    W, X, y, reg, _, classes = problem
    for function in FUNCTIONS:
        loss, gradient = function(W, X, y, reg)
        other_loss, other = function(W[classes], X, np.argsort(classes)[y], reg)
        np.testing.assert_allclose(other_loss, loss, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(other, gradient[classes], rtol=1e-9, atol=1e-9)


# --- errors ---------------------------------------------------------------------------------------


@given(any_float, any_float)
def test_no_number_that_is_not_finite_comes_close(got: float, expected: float) -> None:
    error = relative_error(np.array(got), np.array(expected))
    if math.isfinite(got) and math.isfinite(expected):
        is_too_small_to_divide = abs(got - expected) < 1e-300
        assert error >= 0
        assert (error == 0) == (got == expected) or is_too_small_to_divide
    elif not math.isfinite(got):
        assert error == math.inf
    else:
        assert not error <= 1e300  # written like this because nan compares false


@given(
    matrices,
    matrices,
    st.integers(0, 2),
    st.integers(0, 3),
    st.sampled_from([math.nan, math.inf, -math.inf]),
)
def test_no_array_with_an_entry_that_is_not_finite_comes_close(
    got: Array, expected: Array, row: int, column: int, odd: float
) -> None:
    assert relative_error(got, expected) >= 0
    assert relative_error(got, got) == 0
    got[row, column] = odd
    assert relative_error(got, expected) == math.inf


# --- verdicts -------------------------------------------------------------------------------------

text = st.text(max_size=20)
sizes = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9))
positive = st.floats(0, 1e9)
messages = st.builds(
    Message,
    code=st.sampled_from(sorted(WORDS["messages"])),
    values=st.dictionaries(
        text,
        st.one_of(
            st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False), text
        ),
        max_size=3,
    ),
    quote=st.none() | text,
    line=st.none() | st.integers(1, 10**6),
)
evidence: st.SearchStrategy[Evidence] = st.one_of(
    st.builds(
        lambda got, knob: value_evidence(
            UNDER_TEST,
            KEY.cases["small"],
            "loss",
            np.array(got),
            np.array(1.0),
            KEY.tolerances,
            knob=knob,
        ),
        any_float,
        st.sampled_from([None, "reg"]),
    ),
    st.builds(
        lambda got: value_evidence(
            UNDER_TEST,
            KEY.cases["small"],
            "dW",
            got,
            KEY.expected["small"]["dW"],
            KEY.tolerances,
        ),
        arrays(
            np.float64,
            (3, 5),
            elements=st.one_of(finite, st.sampled_from([math.nan, math.inf, -math.inf])),
        ),
    ),
    st.builds(
        lambda a, b, c: SlopeEvidence(
            "dW", "loss", "W", "small", None, as_number(a), as_number(b), as_number(c)
        ),
        any_float,
        any_float,
        any_float,
    ),
    st.builds(
        GrowthEvidence, st.sampled_from("NC"), sizes, sizes, st.none() | st.integers(1, 500), sizes
    ),
    st.builds(
        RaceEvidence,
        st.sampled_from(["yardstick", "other"]),
        positive,
        positive,
        positive,
        positive,
    ),
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    outcome: Outcome = draw(st.sampled_from(get_args(Outcome)))
    possible = draw(st.integers(0, 100)) / 4
    points = {"passed": possible, "could_not_judge": None}.get(outcome, 0.0)
    question = draw(st.sampled_from(KEY.questions))
    return Finding(
        question=question.id,
        function=question.function,
        check=question.check,
        outcome=outcome,
        points=points,
        possible=possible,
        seconds=0.5,
        message=None if outcome == "passed" else draw(messages),
        evidence=tuple(draw(st.lists(evidence, max_size=2))),
    )


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    found = tuple(draw(st.lists(findings(), max_size=5)))
    return make_verdict(
        KEY, submission_of(""), found, draw(st.sampled_from(["full", "confined", "none"]))
    )


@unhurried
@given(verdicts())
def test_the_score_is_the_sum_of_the_points(graded: Verdict) -> None:
    """Points are quarters here, so that sums are exact."""
    assert graded.score == sum(f.possible for f in graded.findings if f.outcome == "passed")
    assert graded.undecided == sum(
        f.possible for f in graded.findings if f.outcome == "could_not_judge"
    )
    lost = sum(f.possible for f in graded.findings if f.outcome in ("failed", "not_run"))
    assert graded.possible == graded.score + graded.undecided + lost


@unhurried
@given(verdicts())
def test_a_verdict_survives_json(graded: Verdict) -> None:
    encoded = msgspec.json.encode(graded)
    assert msgspec.json.decode(encoded, type=Verdict) == graded


@given(any_float)
def test_a_number_of_an_evidence_comes_back(value: float) -> None:
    back = float(msgspec.json.decode(msgspec.json.encode(as_number(value))))
    assert back == value or (math.isnan(back) and math.isnan(value))


# --- what is shown --------------------------------------------------------------------------------


@given(st.text(st.characters(categories=["C", "Z", "L", "S"]), max_size=50))
def test_nothing_hidden_stays_in_visible_text(written: str) -> None:
    """No separator but the space, and no control, format, surrogate, private or unassigned one.

    Format characters include bidirectional marks.
    """
    shown = escape_invisible(written)
    assert all(character.isprintable() and not IGNORABLE.match(character) for character in shown)
    assert escape_invisible(shown) == shown


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50))
def test_visible_text_is_left_as_it_is(written: str) -> None:
    assert escape_invisible(written) == written


def values_of(key: str, draw: st.DrawFn) -> dict[str, float | int | str]:
    """Values for the placeholders of a message: numbers where they are formatted, or any text.

    key: its code, or "code.OUTPUT" for the words about one output, which has its name.
    """
    code, _, output = key.partition(".")
    words = {**WORDS["messages"].get(code, {}), **WORDS["messages"][key]}
    sentences = words["what"] + words["next"]
    names = [(name, form) for _, name, form, _ in Formatter().parse(sentences) if name]
    printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120)
    values = {name: draw(st.floats(0, 1e6)) if form else draw(printable) for name, form in names}
    return values | ({"output": output} if output else {})


@st.composite
def findings_with_words(draw: st.DrawFn) -> Finding:
    """A finding with a message as the code makes them, and a student's own words in it."""
    finding, key = draw(findings()), draw(st.sampled_from(sorted(WORDS["messages"])))
    quote, line = draw(st.none() | ascii_text), draw(st.none() | st.integers(1, 10**6))
    message = Message(key.partition(".")[0], values_of(key, draw), quote, line)
    if finding.outcome == "passed":
        return msgspec.structs.replace(finding, message=None)
    return msgspec.structs.replace(finding, message=message)


@unhurried
@given(st.lists(findings_with_words(), min_size=1, max_size=4))
def test_the_terminal_shows_80_columns_of_ascii_and_letters(found: list[Finding]) -> None:
    for language, letters in LETTERS.items():
        shown = summary(
            make_verdict(KEY, submission_of(""), tuple(found), "full"), WORDS_IN[language]
        )
        assert {sign for sign in shown if not sign.isascii()} <= set(letters)
        assert max(map(len, shown.split("\n"))) <= WIDTH
        assert all(character == "\n" or character.isprintable() for character in shown)


@unhurried
@given(ascii_text)
def test_no_file_name_breaks_the_terminal(name: str) -> None:
    graded = make_verdict(
        KEY, msgspec.structs.replace(submission_of(""), file=name + ".py"), (), "full"
    )
    shown = summary(graded, WORDS)
    assert max(map(len, shown.split("\n"))) <= WIDTH
    assert shown.isascii()


@given(ascii_text, st.integers(0, 20))
def test_wrapping_loses_no_word(written: str, indent: int) -> None:
    words = escape_invisible(written).split()
    lines = wrap(" ".join(words), indent)
    assert all(len(line) <= WIDTH for line in lines)
    assert "".join("".join(lines).split()) == "".join(words)
