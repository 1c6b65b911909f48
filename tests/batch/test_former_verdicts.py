"""Today's grader says of a submission what an earlier one said, on the key of that time.

tests/gold/verdicts has submissions with every code and kind of evidence that is another today.
"""

import json
import re
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from grader.gradebook.former_verdicts import convert_verdict
from grader.grading import grade
from grader.messages import load_words
from grader.redaction import for_student
from grader.reports import student_page
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, Evidence, Finding, GrowthEvidence, RaceEvidence, Verdict
from tests.support.gold import FormerVerdict, former_key, former_verdicts
from tests.support.grading import submission_of

MEASURED = ("seconds", "ratio")
NEW = ("kind",)  # values of messages that earlier graders did not have
# What is judged otherwise today, on purpose.
# A right function beside one that is known to be wrong is not charged for that, or left unasked.
AGREES = "vectorized.agrees"
BESIDE_A_WRONG_ONE = (
    "gradient_nan",
    "gradient_transposed",
    "gradient_zero",
    "naive_loss_infinite_on_wide",
    "returns_gradient_only",
    "returns_text",
    "returns_three_values",
)
# Loops that are wrong, or stop, on the inputs of the race are reported, and cost nothing there.
NOTED = {"counts_its_calls": ("vectorized.faster", "other_wrong_when_timed")}
# Each output has its own sentence about a term that is added to it.
MORE_SLIPS = ("reg_constant",)


@pytest.mark.parametrize("former", former_verdicts(), ids=lambda each: each.name)
def test_it_is_the_same_verdict(former: FormerVerdict, sandbox: Sandbox) -> None:
    then = msgspec.convert(convert_verdict(former.verdict), Verdict)
    now = grade(former_key("3-run"), submission_of(former.source), sandbox.open_program)
    score = then.score
    for before, after in zip(then.findings, now.findings, strict=True):
        if former.name in BESIDE_A_WRONG_ONE and after.question == AGREES:
            assert (before.outcome, after.outcome) in (("failed", "passed"), ("not_run", "passed"))
            score += after.points or 0.0
            continue
        notes = [(after.question, note.code) for note in after.notes]
        if notes:
            assert notes == [NOTED[former.name]]
        assert comparable(replace(after, notes=())) == comparable(before)
    for function, diagnosis in then.diagnosis.items():
        expected = without_agrees(diagnosis)
        if former.name in MORE_SLIPS and diagnosis.slips:
            assert len(now.diagnosis[function].slips) == len(diagnosis.slips) + 1
            expected = replace(expected, slips=now.diagnosis[function].slips)
        assert without_agrees(now.diagnosis[function]) == expected
    assert now.score == score
    assert (now.flags, now.notes) == (then.flags, then.notes)
    assert (now.key.conventions, now.key.calls) == (then.key.conventions, then.key.calls)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("former", former_verdicts(), ids=lambda each: each.name)
def test_its_page_is_written_in_the_words_of_today(former: FormerVerdict, language: str) -> None:
    """All of it, and what a student is shown of a secret key."""
    verdict = msgspec.convert(convert_verdict(former.verdict), Verdict)
    words = load_words(language, former_key("3-run").words)
    for shown in (verdict, for_student(verdict)):
        html = re.sub("<style.*?</style>", "", student_page.page(shown, words), flags=re.DOTALL)
        assert re.findall(r"\{\w*\}", html) == []  # a value that a sentence asks for
        assert "softmax_loss_" in html


def comparable(finding: Finding) -> Any:
    """Without what comes from a clock, what is new, and the operations of the call itself.

    Numbers have twelve digits: the last ones differ from one processor to the next.
    """
    message = finding.message
    if message is not None:
        left_out = (*MEASURED, *NEW)
        values = {name: value for name, value in message.values.items() if name not in left_out}
        if "before" in values:
            values |= {"before": 0, "after": growth_in(values["before"], values["after"])}
        message = replace(message, values=values)
    evidence = tuple(
        without_own_operations(each)
        for each in finding.evidence
        if not isinstance(each, RaceEvidence)
    )
    finding = replace(finding, seconds=0.0, message=message, evidence=evidence)
    return json.loads(msgspec.json.encode(finding), parse_float=lambda text: f"{float(text):.12g}")


def without_own_operations(evidence: Evidence) -> Evidence:
    """And without those of library code, which were not counted apart."""
    if isinstance(evidence, GrowthEvidence):
        growth = growth_in(*evidence.operations)
        return replace(evidence, operations=(0, growth), library_operations=(0, 0))
    return evidence


def without_agrees(diagnosis: Diagnosis) -> Diagnosis:
    """A mistake that both functions have no longer explains that they differ."""
    explains = {
        cause: tuple(each for each in questions if each != AGREES)
        for cause, questions in diagnosis.explains.items()
    }
    questions = tuple(each for each in diagnosis.questions if each != AGREES)
    return replace(diagnosis, questions=questions, explains=explains)


def growth_in(before: Any, after: Any) -> int:
    return int(after - before)
