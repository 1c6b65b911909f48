"""Hand-made verdicts with every outcome, every kind of evidence and hostile text in every field."""

import numpy as np
from msgspec.structs import replace

from grader.messages import load_words
from grader.model import Message, Person, Submission, Unreadable
from grader.verdict import (
    Finding,
    GrowthEvidence,
    KeyRecord,
    Outcome,
    RaceEvidence,
    SlopeEvidence,
    SubmissionRecord,
    ValueEvidence,
    Verdict,
    WorstEntry,
    as_inputs,
    as_numbers,
)
from tests.support.grading import make_key

KEY = make_key()
WORDS = load_words("en", KEY.words)
CASE, EXPECTED = KEY.cases["small_reg"], KEY.expected["small_reg"]
CALLS = {function.name: function.call for function in KEY.functions.values()}
INPUTS = as_inputs(CASE, CASE.inputs)
SECRET = 0.123456789  # an expected value that occurs nowhere else
HOSTILE = {  # what somebody could write into a file name, an exception or a comment
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


def make_finding(
    outcome: Outcome = "failed", message: Message | None = None, number: int = 0, **parts: object
) -> Finding:
    """number: of the question, in the key's order. parts: other fields of the finding."""
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


def number_evidence(**parts: object) -> ValueEvidence:
    """A loss, with the change that reg makes. parts: other fields of the evidence."""
    evidence = ValueEvidence(
        output="loss",
        case="small_reg",
        asked=INPUTS,
        expected=as_numbers(np.array(SECRET)),
        got=as_numbers(np.array(np.nan)),
        error="inf",
        worst=WorstEntry((), SECRET, "nan"),
        wrong_entries=1,
        entries=1,
        knob="reg",
    )
    return replace(evidence, **parts)


def array_evidence(*shape: int, output: str = "dW", **parts: object) -> ValueEvidence:
    """An output of this shape, whose last entry is furthest off. parts: other fields."""
    expected = np.sin(np.arange(1.0, 1.0 + np.prod(shape))).reshape(shape)
    last = tuple(length - 1 for length in shape)
    expected[last] = SECRET
    got = 2 * expected
    got[last] = 4.5
    evidence = ValueEvidence(
        output=output,
        case="small_reg",
        asked=INPUTS,
        expected=as_numbers(expected),
        got=as_numbers(got),
        error=1.0,
        worst=WorstEntry(last, SECRET, 4.5),
        wrong_entries=expected.size,
        entries=expected.size,
    )
    return replace(evidence, **parts)


SLOPE = SlopeEvidence("dW", "loss", "W", "small_reg", INPUTS, 0.5, "-inf", 3.0)
EVIDENCE = {
    "number": number_evidence(),
    "number of another function": number_evidence(knob=None, other="softmax_loss_naive"),
    "number alone": number_evidence(knob=None),
    "one axis": array_evidence(4, output="db"),
    "two axes": array_evidence(3, 5),
    "two axes by a knob": array_evidence(3, 5, knob="reg"),
    "two axes of another function": array_evidence(3, 5, other="softmax_loss_naive"),
    "three axes": array_evidence(2, 3, 4, output="scores"),
    "four axes": array_evidence(2, 2, 3, 2, output="filters"),
    "slope": SLOPE,
    "growth": GrowthEvidence("N", (20, 40), (100, 200), 12, (50, 100)),
    "growth without a line": GrowthEvidence("N", (20, 40), (100, 200), None, (0, 0)),
    "race": RaceEvidence("yardstick", 0.002, 0.001, 2.0, 3.0),
    "duel": RaceEvidence("other", 0.002, 0.001, 0.5, 3.0),
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
        key=KeyRecord("fedcba9876543210" * 4, seed, calls=CALLS),
        versions={"grader": "0", "python": "3"},
    )


EVERY_OUTCOME = (
    make_finding("passed", None, 0),
    make_finding("failed", Message("raised", {"exception": "ValueError"}, "a quoted text", 12), 1),
    make_finding("not_run", Message("needs", {"question": "naive.loss"}), 5),
    make_finding("could_not_judge", Message("grader_trouble", {"what": "a reason"}), 14),
)


def _verdicts() -> dict[str, Verdict]:
    """One for each kind of evidence, for each hostile text in each place, and a few plain ones."""
    zero = Message("array_zero", {"case": "small", "output": "dW"})
    verdicts = {
        "every outcome": verdict_of(*EVERY_OUTCOME),
        "nothing": verdict_of(),
        "all passed": verdict_of(make_finding("passed")),
    }
    for name, evidence in EVIDENCE.items():
        verdicts[name] = verdict_of(make_finding(message=zero, evidence=(evidence,)))
    for kind, text in HOSTILE.items():
        quote = Message("raised", {"exception": "E"}, text, 3)
        value = Message("returned_one_value", {"type": text, "expected": 2})
        reason = Message("grader_trouble", {"what": text})
        flags = Message("lookalike_letters", {}, text, 3), Message("hidden_characters")
        left_out = Message("left_out", {"exception": "E"}, text, 3)
        notes = left_out, Message("left_out_command", {}, text, 4)
        verdicts[f"{kind} file"] = verdict_of(*EVERY_OUTCOME, file=text)
        verdicts[f"{kind} quote"] = verdict_of(make_finding(message=quote))
        verdicts[f"{kind} value"] = verdict_of(make_finding(message=value))
        verdicts[f"{kind} reason"] = verdict_of(make_finding("could_not_judge", reason))
        verdicts[f"{kind} flag"] = replace(verdict_of(make_finding("passed")), flags=flags)
        verdicts[f"{kind} note"] = replace(verdict_of(make_finding("passed")), notes=notes)
    return verdicts


VERDICTS = _verdicts()
SAVED = "2026-11-24T14:00:18+00:00"
PEOPLE = Person("s1001", "Ann Lee", "ann@x.edu"), Person("s1002")
SUBMISSION = Submission(
    file="softmax.py",
    source=b"x = 1\n",
    sha256="0123456789abcdef" * 4,
    saved=SAVED,
    people=PEOPLE,
    attempt=2,
    late=True,
    origin="ann/hw1/softmax.py",
)
UNREADABLE = Unreadable(
    people=PEOPLE,
    origin="ann.zip",
    reason=Message("unread_zip_path", {}, "../softmax.py"),
    saved=SAVED,
    attempt=2,
    late=True,
)
