"""The known submissions in tests/submissions, and what is expected of each."""

import tomllib
from pathlib import Path
from typing import Any

from grader.messages import load_words
from grader.model import Level, suffixed
from grader.reports.student_view import student_view
from grader.verdict import Verdict
from tests.support.paths import SUBMISSIONS

EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    SUBMISSIONS.joinpath("expected.toml").read_text(encoding="utf-8")
)
# Name of a submission -> its advice: question -> message code.
ADVICE: dict[str, dict[str, str]] = tomllib.loads(
    SUBMISSIONS.joinpath("advice.toml").read_text(encoding="utf-8")
)


def known_submission(name: str) -> Path:
    return SUBMISSIONS / f"{name}.py"


def require_expected(verdict: Verdict, expected: dict[str, Any], level: Level = "full") -> None:
    """Assert that the verdict is what an entry of expected.toml says.

    failed and not_run: question -> message code. Everything else passed, and so did every question
    if neither is given.
    """
    charged = [finding for finding in verdict.findings if not finding.is_advice]
    codes = {
        outcome: {
            finding.question: suffixed(finding.message)[0]
            for finding in charged
            if finding.outcome == outcome and finding.message
        }
        for outcome in ("failed", "not_run", "could_not_judge")
    }
    failed = expected.get("failed", {})
    if "failed" not in expected and "all_failed" in expected:
        failed = {finding.question: expected["all_failed"] for finding in charged}
    assert codes["failed"] == failed
    assert codes["not_run"] == expected.get("not_run", {})
    assert codes["could_not_judge"] == expected.get("could_not_judge", {})
    assert (verdict.sandbox, verdict.flags) == (level, ())
    assert {note.code: note.line for note in verdict.notes} == expected.get("notes", {})
    passed = [finding for finding in verdict.findings if finding.outcome == "passed"]
    assert verdict.score == sum(finding.possible for finding in passed)
    if "line" in expected:
        failures = [finding for finding in charged if finding.outcome == "failed"]
        lines = {finding.message.line for finding in failures if finding.message}
        assert lines == {expected["line"]}


def advice_in(verdict: Verdict) -> dict[str, str]:
    """The advice that a report shows: question -> message code."""
    advice = student_view(verdict, load_words("en", {})).advice
    findings = [each.finding for problem in advice for each in problem.findings]
    return {each.question: suffixed(each.message)[0] for each in findings if each.message}
