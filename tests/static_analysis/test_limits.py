"""What the host does with the text of a submission takes no long time, whatever the text.

Work is counted in calls of Python's functions, which do not depend on the machine: a source of
twice the size may take about twice as many. tests/support/fuzz.py measures the time at full size.
"""

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import read_assignment
from grader.model import Function, Message, SourceFile
from grader.reports.findings import CODE_LENGTH, code_line, source_lines
from grader.static_analysis import find_function as finding
from grader.static_analysis import syntax_tree
from grader.static_analysis.hidden_characters import MAX_WORD, hidden_in
from grader.static_analysis.locate import locate
from grader.static_analysis.parsing import LONGEST, parse
from grader.static_analysis.syntax_tree import MOST_PLACES
from tests.support.grading import make_key, submission_of
from tests.support.slow_sources import FUNCTIONS, KINDS, STEPS, WORST, module

SIZE = 8_000  # characters: below every cap, so that what grows faster than the text shows
MOST_GROWTH = 3  # of the calls, where the text is twice as long
FEW = 5_000  # calls: some milliseconds
LINES = read_assignment(SHIPPED / "softmax").lines
INPUTS, OUTPUTS = ("W", "X", "y", "reg"), ("loss", "dW")
NAIVE, VECTORIZED = (
    Function(name, name, f"loss, dW = {name}(W, X, y, reg)", INPUTS, OUTPUTS, (name,))
    for name in FUNCTIONS
)


def calls_in(run: Callable[[], object]) -> int:
    """Run it, and count the calls of functions, and those that go on with a generator."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(("kind", "step"), WORST)
def test_the_work_grows_with_the_text_and_no_faster(kind: str, step: str) -> None:
    texts = [KINDS[kind](size) for size in (SIZE, 2 * SIZE)]
    before, after = (calls_in(partial(STEPS[step], text)) for text in texts)
    assert after <= MOST_GROWTH * before + FEW


def test_thousands_of_parameters_are_not_followed() -> None:
    """This file of 44 KB once took two minutes."""
    text = KINDS["parameters behind a decorator"](44_000)
    assert text.count("=0") > 3_000
    assert calls_in(lambda: STEPS["locate"](text)) < 1_000_000


def test_a_function_is_read_once_for_all_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def function_text(source: bytes, use: Any) -> Any:
        read.append(use.function)
        return original(source, use)

    original = syntax_tree.function_text
    monkeypatch.setattr(finding, "function_text", function_text)
    files = [SourceFile("softmax.py", module("    once = 1").encode())]
    found = set()
    for cause in LINES:
        for function in (NAIVE, VECTORIZED):
            found.add(locate(files, function, [cause], LINES))
    assert len(found) > 2
    assert read == [*FUNCTIONS]


def place_with(body: str, parameters: str = "W, X, y, reg") -> object:
    files = [SourceFile("softmax.py", module(body, parameters).encode())]
    return locate(files, VECTORIZED, ["stable_each_sample"], LINES)


def test_a_function_that_is_too_long_has_no_line() -> None:
    # A statement has three nodes.
    assert place_with("    a = W\n" * (MOST_PLACES // 3 - 100)) is not None
    assert place_with("    a = W\n" * (MOST_PLACES // 3)) is None


def test_a_function_of_too_many_parameters_has_no_line() -> None:
    names = [f"a{number}" for number in range(MOST_PLACES)]
    rows = [",".join(names[start : start + 100]) for start in range(0, MOST_PLACES, 100)]
    many = "W, X, y, reg,\n" + ",\n".join(rows)
    few = "W, X, y, reg,\n" + ",\n".join(rows[: len(rows) // 2])
    assert place_with("    pass", few) is not None
    assert place_with("    pass", many) is None


def test_a_file_of_too_many_lines_is_not_parsed() -> None:
    assert parse("\n" * (LONGEST - 1)) is not None
    assert parse("\n" * LONGEST) is None


def test_a_line_is_cut_before_it_is_made_harmless() -> None:
    words = make_key().words["en"]
    hidden = "\u200b" * 50_000
    lines = source_lines(hidden.encode())
    few = calls_in(lambda: code_line(Message("raised", line=1), lines, words))
    assert few < 20 * CODE_LENGTH
    assert (
        code_line(Message("raised", line=1), lines, words)
        == "1 | " + ("\\u200b" * 20)[:CODE_LENGTH]
    )


def test_a_word_is_shown_in_part() -> None:
    (message,) = hidden_in(submission_of("a" + "\u0430" * 50_000))
    assert message.quote is not None
    assert len(message.quote) <= 6 * MAX_WORD
