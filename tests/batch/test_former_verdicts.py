"""Today's grader says of a submission what an earlier one said, on the key of that time.

tests/gold/verdicts has submissions with every code and kind of evidence that is another today.
"""

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
from grader.verdict import Evidence, Finding, GrowthEvidence, RaceEvidence, Verdict
from tests.support.gold import FormerVerdict, former_key, former_verdicts
from tests.support.grading import submission_of

MEASURED = ("seconds", "ratio")


@pytest.mark.parametrize("former", former_verdicts(), ids=lambda each: each.name)
def test_it_is_the_same_verdict(former: FormerVerdict, sandbox: Sandbox) -> None:
    then = msgspec.convert(convert_verdict(former.verdict), Verdict)
    now = grade(former_key("3-run"), submission_of(former.source), sandbox.open_program)
    for before, after in zip(then.findings, now.findings, strict=True):
        assert comparable(after) == comparable(before)
    assert now.diagnosis == then.diagnosis
    assert now.score == then.score
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


def comparable(finding: Finding) -> Finding:
    """Without what comes from a clock, and without the operations of the call itself."""
    message = finding.message
    if message is not None:
        values = {name: value for name, value in message.values.items() if name not in MEASURED}
        if "before" in values:
            values |= {"before": 0, "after": growth_in(values["before"], values["after"])}
        message = replace(message, values=values)
    evidence = tuple(
        without_own_operations(each)
        for each in finding.evidence
        if not isinstance(each, RaceEvidence)
    )
    return replace(finding, seconds=0.0, message=message, evidence=evidence)


def without_own_operations(evidence: Evidence) -> Evidence:
    if isinstance(evidence, GrowthEvidence):
        return replace(evidence, operations=(0, growth_in(*evidence.operations)))
    return evidence


def growth_in(before: Any, after: Any) -> int:
    return int(after - before)
