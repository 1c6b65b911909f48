"""What submissions share and what they ask of the sandbox, beyond what a plain function shows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from grader.checks.submission_under_test import SubmissionUnderTest
from grader.grading import grade
from grader.model import (
    Answer,
    AnswerKey,
    Array,
    Case,
    Counts,
    Function,
    GraderError,
    Level,
    Limits,
    Message,
    Program,
    Question,
    Series,
    Shapes,
    Source,
    SubmissionError,
)
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Finding, RaceEvidence
from tests.support.grading import submission_of
from tests.support.hand_made import key_of

TOTAL = Function(
    short="f",
    name="total",
    call="out = total(a, reg)",
    inputs=("a", "reg"),
    outputs=("out",),
    names=("total",),
    knobs=("reg",),
)
WORK = Function("work", "work", "work(a)", ("a",), (), ("work",))
FASTER = Question("f.faster", "total", "faster", 1, (), {"grows": "K", "timed": "timed"})
VALUE = Question("f.value", "total", "value", 1, (), {"cases": ["small", "large"]})
EFFECT = Question("f.effect", "total", "effect", 1, (), {"cases": ["small", "large"]})
LATER = Question("f.later", "total", "stable", 1, ("f.value",), {"cases": ["one", "two"]})


def total(a: Array, reg: float) -> Any:
    return np.sum(a) + reg


def key_with(*questions: Question) -> AnswerKey:
    random = np.random.default_rng(4)
    lengths = {"small": 3, "large": 6, "one": 2, "two": 2, "even": 2}
    cases = {name: {"a": random.standard_normal(length)} for name, length in lengths.items()}
    cases |= {f"timed.{k}": {"a": random.standard_normal(5)} for k in range(30)}
    inputs = {"a": "K", "reg": "number"}
    key = key_of([TOTAL], {"total": total}, inputs, cases, questions=questions, knobs={"reg": 0.5})
    baseline = Source("baseline.py", b"def work(a): pass", (WORK,))
    return replace(key, baseline=baseline)


class ScriptedProgram:
    """Right answers, each after the same CPU time."""

    level: Level = "full"
    load_error: Message | None = None
    present = frozenset({"total", "work"})
    load_notes: tuple[Message, ...] = ()

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.calls: list[str] = []

    @property
    def flag_counts(self) -> dict[str, int]:
        return {}

    def call(self, function: Function, case: Case, shapes: Shapes) -> Answer:
        self.calls.append(case.name)
        right = np.array(total(case.inputs["a"], float(case.inputs["reg"])))
        return Answer(dict.fromkeys(function.outputs, right), self.seconds)

    def call_all(
        self, function: Function, cases: Sequence[tuple[Case, Shapes]]
    ) -> list[Answer | SubmissionError]:
        return [self.call(function, case, shapes) for case, shapes in cases]

    def vary(
        self,
        function: Function,
        case: Case,
        name: str,
        inputs: Array,
        output: str,
        shape: tuple[int, ...],
    ) -> Series:
        raise NotImplementedError

    def count(self, function: Function, case: Case, shapes: Shapes) -> Counts:
        return Counts(7, (7,))

    def close(self) -> None:
        """Nothing runs."""


class ScriptedSandbox:
    """Opens scripted programs. The baseline is kept, as a sandbox keeps it."""

    def __init__(self, seconds: float, baseline_seconds: float = 1.0) -> None:
        self.seconds = seconds
        self.baseline = ScriptedProgram(baseline_seconds)

    def open_program(self, source: Source, limits: Limits, keep: bool = False) -> Program:
        return self.baseline if keep else ScriptedProgram(self.seconds)


def race(key: AnswerKey, sandbox: ScriptedSandbox) -> RaceEvidence:
    (finding,) = grade(key, submission_of("def total(): pass"), sandbox.open_program).findings
    assert (finding.outcome, finding.message) == ("passed", None)
    (found,) = finding.evidence
    assert isinstance(found, RaceEvidence)
    return found


def test_a_batch_shares_the_least_time_of_its_baseline() -> None:
    """It ends with the baseline: another sandbox measures anew."""
    key, sandbox = key_with(FASTER), ScriptedSandbox(seconds=2.0)
    assert race(key, sandbox) == RaceEvidence("yardstick", 2.0, 1.0, 2.0, 3.0)
    # Twice each: the first call may find the caches as the function has left them.
    assert sandbox.baseline.calls == [f"timed.{k}" for k in range(3) for _ in range(2)]
    sandbox.baseline.seconds = 50.0  # a noisy minute
    assert race(key, sandbox) == RaceEvidence("yardstick", 2.0, 1.0, 2.0, 3.0)
    assert len(sandbox.baseline.calls) == 6
    other = ScriptedSandbox(seconds=2.0)
    race(key, other)
    assert len(other.baseline.calls) == 6


def test_the_first_function_can_be_compared_with_the_second() -> None:
    """Both know each other, whichever was made first."""
    second = replace(TOTAL, short="g", name="other")
    settings = {"cases": ["small"], "with": "g"}
    key = key_with(Question("f.agrees", "total", "agrees", 1, (), settings))
    key = replace(key, functions={"f": TOTAL, "g": second})
    sandbox = ScriptedSandbox(1.0)
    (finding,) = grade(key, submission_of("def total(): pass"), sandbox.open_program).findings
    assert (finding.outcome, finding.message) == ("passed", None)


def test_a_key_without_baseline_cannot_race() -> None:
    key = replace(key_with(FASTER), baseline=None)
    sandbox = ScriptedSandbox(2.0)
    (finding,) = grade(key, submission_of("def total(): pass"), sandbox.open_program).findings
    assert finding.outcome == "could_not_judge"
    with (
        SubmissionUnderTest(key, submission_of(""), sandbox.open_program) as asked,
        pytest.raises(GraderError, match="no baseline"),
    ):
        asked.call_baseline(key.cases["small"])


# --- in the sandbox -------------------------------------------------------------------------------

DIES = """
import os
def total(a, reg):
    if {when}:
        os.abort()
    return a.sum() + reg
"""


def outcomes(key: AnswerKey, text: str, sandbox: Sandbox) -> dict[str, Finding]:
    verdict = grade(key, submission_of(text), sandbox.open_program)
    return {finding.question: finding for finding in verdict.findings}


def test_a_right_submission_is_asked_in_few_requests(sandbox: Sandbox) -> None:
    key = key_with(VALUE, EFFECT, LATER)
    found = outcomes(key, "def total(a, reg):\n    return a.sum() + reg\n", sandbox)
    assert {finding.outcome for finding in found.values()} == {"passed"}


def test_a_death_costs_what_it_would_cost_by_itself(sandbox: Sandbox) -> None:
    """The first look, the value, and a later question are as if no twin had been asked for."""
    key = key_with(VALUE, EFFECT, LATER)
    found = outcomes(key, DIES.format(when="reg"), sandbox)
    assert {name: finding.outcome for name, finding in found.items()} == {
        "f.value": "passed",
        "f.effect": "failed",
        "f.later": "passed",
    }
    message = found["f.effect"].message
    assert message is not None
    assert message.code == "ended_early"


def test_a_case_that_always_ends_the_process_is_asked_about_once(sandbox: Sandbox) -> None:
    key = key_with(VALUE, EFFECT, LATER)
    with SubmissionUnderTest(
        key, submission_of(DIES.format(when="len(a) == 6")), sandbox.open_program
    ) as asked:
        function = asked.by_short_name["f"]
        function.require_ready()
        names = ["large", "large_reg", "small_reg", "one"]
        function.ask_all([key.cases[name] for name in names])
        for _ in range(3):
            with pytest.raises(SubmissionError) as raised:
                function.call_once(key.cases["large"])
            assert raised.value.message.code == "ended_early"
        # One death: two more, and it would not be called any more.
        assert function.call_once(key.cases["small_reg"]).value("out").shape == ()
        function.ask_all([key.cases[name] for name in ("one", "two")])
        assert function.call_once(key.cases["one"]).value("out").shape == ()


NAMES_LINES = """
import numpy as np
def total(a, reg):
    line = 3 if len(a) == 2 else 9
    code = compile("\\n" * (line - 1) + "raise ValueError", total.__code__.co_filename, "exec")
    exec(code)
# 6


x = 1
"""


def test_a_line_without_code_of_the_function_is_not_shown(sandbox: Sandbox) -> None:
    """A function may let any line fail, and so tell what it was asked with."""
    key = key_with(VALUE, EFFECT, LATER)
    with SubmissionUnderTest(key, submission_of(NAMES_LINES), sandbox.open_program) as asked:
        function = asked.by_short_name["f"]
        lines = []
        for name in ("two", "large"):
            with pytest.raises(SubmissionError) as raised:
                function.call_once(key.cases[name])
            assert raised.value.message.code == "raised"
            lines.append(raised.value.message.line)
    assert lines == [3, None]
