"""What a student may see, tried with every message, every kind of evidence and every mistake.

Nothing of a secret key's numbers is shown, and no name of a cause that is not revealed.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from msgspec.structs import replace

from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.diagnose import diagnose
from grader.grading import ask, grade, make_verdict
from grader.messages import LANGUAGES, load_words
from grader.model import AnswerKey, Message, Reveal, Source
from grader.redaction import BEFORE_ANY_INPUT, for_student
from grader.reports.student_page import page
from grader.reports.terminal import summary
from grader.sandbox.errors import (
    LOADING_KINDS,
    OUTPUT_KINDS,
    RAISED_KINDS,
    RETURNED_KINDS,
    Lines,
    call_error,
)
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, Evidence, Finding, Status, Verdict
from tests.support.grading import SEED, make_key, submission_of
from tests.support.html_page import Page
from tests.support.messages import COMPUTED_MESSAGES, LITERAL_MESSAGES
from tests.support.misconceptions import MISCONCEPTIONS, Solution, solution_with
from tests.support.verdicts import EVIDENCE, KEY, WORDS, make_finding, verdict_of

TELLTALE = 0.123456789
DIGITS = 6  # leading digits by which a number is recognized
# Values of messages that come from lists of the grader's own, from its limits, or from the text
# that was handed in.
HARMLESS = {"case", "question", "other", "name", "exception", "type", "how", "factor"}
HARMLESS |= {"term", "kib", "byte", "W", "X", "other_W", "other_X", "count", "first"}
HARMLESS |= {"set"}  # conventions of the assignment, and a choice of each
# Names that the assignment's author chose, and the author's own line of the call:
HARMLESS |= {"output", "input", "knob", "letter", "of", "by", "call", "second"}
# Of what cannot be read at all:
HARMLESS |= {"version", "reads", "character", "last"}
HARMLESS |= {"instead"}  # numpy's own words about a name that it removed
HARMLESS |= {"folders", "members", "mib", "times", "characters", "why", "file", "kind"}
# How a file was read:
HARMLESS |= {"encoding", "cells"}
# Counts, and sizes of the inputs, which cases.py shows to everybody:
HARMLESS |= {"wrong", "entries", "small", "large"}
HARMLESS |= {"expected"}  # in a message, this is a shape, or how many values are asked for
NUMBERS = {"seconds", "ratio", "limit"}  # of the clock
STATUSES: tuple[Status, ...] = get_args(Status)


@pytest.fixture(scope="module")
def secret_key() -> AnswerKey:
    return replace(make_key("limits.memory_mib=512", named=True), seed=None)


def encoded(data: object) -> str:
    return msgspec.json.encode(data).decode()


def numbers_in(text: str) -> Iterator[float]:
    return (float(number) for number in re.findall(r"[0-9]+\.?[0-9]*(?:e[-+]?[0-9]+)?", text))


def leading(number: float) -> str:
    """The first digits, wherever the point is."""
    return f"{abs(number):.{DIGITS - 1}e}".partition("e")[0]


def hidden_numbers(key: AnswerKey) -> set[str]:
    """The leading digits of all that is asked and expected.

    Only numbers with so many digits that nothing else has them by chance.
    """
    small_cases = [case for case in key.cases.values() if case.inputs["X"].size < 100]
    arrays = [array for case in small_cases for array in case.inputs.values()]
    arrays += [array for case in small_cases for array in key.expected[case.name].values()]
    arrays += [case.inputs["reg"] for case in key.cases.values()]
    arrays += [expected["loss"] for expected in key.expected.values()]
    numbers = [number for array in arrays for number in array.ravel().tolist()]
    return {leading(number) for number in numbers if not leading(number).endswith("000")}


def revealed(key: AnswerKey, verdict: Verdict) -> set[str]:
    """Hidden numbers in what a student receives, in any form."""
    shown = for_student(verdict)
    words = load_words("en", key.words)
    text = encoded(shown) + summary(verdict, words) + Page(page(verdict, words)).shown
    return hidden_numbers(key) & set(map(leading, numbers_in(text)))


# --- every message, every kind of evidence --------------------------------------------------------


def all_values() -> dict[str, set[str]]:
    """Code -> the names of its values, as the source and the child make them."""
    values = {code: set(names) for code, names in LITERAL_MESSAGES.items()}
    for message in COMPUTED_MESSAGES:
        values.setdefault(message.code, set()).update(message.values)
    return values


VALUES = all_values()


def telling(code: str) -> Message:
    """A message with a telltale wherever something of the input could be."""
    values: dict[str, Any] = {}
    for name in VALUES[code]:
        values[name] = TELLTALE
        if name in HARMLESS:
            values[name] = name
        elif name in NUMBERS:
            values[name] = 5.0
        elif name == "what":
            values[name] = f"ValueError in loss: the input was {TELLTALE}"
    # These are made while a file is loaded, before any input exists.
    quote = "expected ':'" if code in BEFORE_ANY_INPUT else f"the input was {TELLTALE}"
    return Message(code, values, quote, 3)


@pytest.mark.parametrize("code", sorted(VALUES))
def test_no_message_reveals_a_secret(code: str, secret_key: AnswerKey) -> None:
    """In a finding, its notes, the flags or the diagnosis."""
    message = telling(code)
    diagnosis = Diagnosis("unknown", unexplained=("factor",), slips=(message,))
    finding = make_finding(message=message, notes=(message,), evidence=(EVIDENCE["number"],))
    whole = replace(
        verdict_of(finding, seed=None),
        flags=(message,),
        diagnosis={"softmax_loss_naive": diagnosis},
    )
    for text in (encoded(for_student(whole)), summary(whole, WORDS), page(whole, WORDS)):
        assert str(TELLTALE)[:5] not in text
        assert "the input was" not in text
    public = replace(whole, key=replace(whole.key, seed="7"))
    assert str(message.quote) in encoded(for_student(public))


def test_what_python_says_of_a_file_that_does_not_parse_is_shown() -> None:
    message = Message("does_not_parse", {}, "expected ':'", 3)
    whole = verdict_of(make_finding(message=message), seed=None)
    assert "expected ':'" in " ".join(summary(whole, WORDS).split())
    assert "expected &#39;:&#39;" in page(whole, WORDS)


ALL_KINDS = RAISED_KINDS | RETURNED_KINDS | OUTPUT_KINDS | LOADING_KINDS


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (TELLTALE, 0.12),
        (-TELLTALE * 1e300, -1e9),
        (TELLTALE * 1e-300, 1e-9),
        (f"{TELLTALE}", "0.12"),
        (f"from {-TELLTALE} to {TELLTALE:e}", "from -0.12 to 0.12"),
        ("layout=DxC regularization=1.0", "layout=DxC regularization=1.0"),
        ("3x2", "3x2"),
        ("nan", "nan"),
        (7, 7),
    ],
)
def test_two_digits_remain_of_what_an_assignments_check_says(
    value: float | str, shown: float | str
) -> None:
    """Under whatever name; counts, shapes and settings stay."""
    finding = make_finding(message=Message("of_its_own", {"mean_of_X": value}))
    (redacted,) = for_student(verdict_of(finding, seed=None)).findings
    assert redacted.message == Message("of_its_own", {"mean_of_X": shown})


@pytest.mark.parametrize("kind", sorted(ALL_KINDS))
def test_a_call_cannot_report_what_is_shown_unredacted(kind: str) -> None:
    """A child that has seen inputs could put them into the text."""
    function = KEY.functions["naive"]
    lines = Lines(Source("softmax.py", b"1", (function,)))
    for detail in ("AttributeError", "SyntaxError", "3x5 5x3"):
        for place in ("0", "call"):
            text = f"{kind}\0{detail}\0{place}\0" + f"1\0the input was {TELLTALE}"
            error = call_error(text.encode(), lines, function, ("dW", (3, 5)))
            assert error.message.code not in BEFORE_ANY_INPUT


def redacted(evidence: Any) -> Evidence:
    """The evidence as a student sees it with a secret key. Not for times: they are removed."""
    message = Message("number_differs", {"case": "small", "output": "loss"})
    whole = verdict_of(make_finding(message=message, evidence=(evidence,)), seed=None)
    (shown,) = for_student(whole).findings[0].evidence
    return shown


@pytest.mark.parametrize("kind", sorted(set(EVIDENCE) - {"race", "duel"}))
def test_no_evidence_reveals_a_secret(kind: str) -> None:
    """No input, expected or returned value, and only two digits of what is computed from them."""
    data = json.loads(encoded(redacted(EVIDENCE[kind])))
    assert all(data.get(name) is None for name in ("asked", "expected", "got"))
    worst = data.pop("worst", {})
    assert (worst.get("expected"), worst.get("got")) == (None, None)
    if "error" in data:
        exact = replace(EVIDENCE[kind], error=TELLTALE)
        assert json.loads(encoded(redacted(exact)))["error"] == 0.12


def test_no_time_is_shown() -> None:
    """A function may take the longer the larger an input is: 0.239 ms are three digits of it."""
    message = Message("not_faster", {"ratio": 1.23, "limit": 3.0, "other": "f"})
    races = (EVIDENCE["race"], EVIDENCE["duel"])
    slow = replace(make_finding(message=message, evidence=races), seconds=0.123)
    late = replace(make_finding(message=Message("timed_out", {"seconds": 9.7})), seconds=9.75)
    whole = verdict_of(slow, late, seed=None)
    shown = for_student(whole)
    assert [(each.seconds, each.evidence) for each in shown.findings] == [(0.0, ()), (0.0, ())]
    said = summary(whole, WORDS) + Page(page(whole, WORDS)).shown
    assert not re.search(r"1\.2|9\.7|\bms\b", said)
    assert "This function is not fast enough beside f: at least 3 times as fast is asked for." in (
        " ".join(said.split())
    )
    assert "The function did not answer in time." in said
    public = verdict_of(slow, late)
    assert for_student(public).findings == public.findings


def test_operations_are_shown_in_two_digits() -> None:
    growth = replace(
        EVIDENCE["growth"],
        operations=(123456, 99),
        line_operations=(7654321, 10),
        library_operations=(5432, 0),
    )
    expected = replace(
        growth,
        operations=(120000, 99),
        line_operations=(7700000, 10),
        library_operations=(5400, 0),
    )
    assert redacted(growth) == expected
    sizes: dict[str, float | int | str] = {"letter": "N", "small": 20, "large": 40}
    message = Message("loops_over", {**sizes, "before": 123456, "after": 7654321})
    shown = for_student(verdict_of(make_finding(message=message), seed=None)).findings[0].message
    assert shown == Message("loops_over", {**sizes, "before": 120000, "after": 7700000})


@pytest.mark.parametrize(("times", "shown"), [(1, 1), (9, 9), (34, 30), (777, 700), (123456, 1000)])
def test_how_often_something_was_tried_is_shown_in_one_digit(times: int, shown: int) -> None:
    whole = replace(
        verdict_of(make_finding(), seed=None), flags=(Message("flag_network", {"times": times}),)
    )
    assert for_student(whole).flags == (Message("flag_network", {"times": shown}),)


@pytest.mark.parametrize("error", [1e-300, 1.23e-9, 4.56e-5, 7.89, 1.23e9, 1e300, "nan", "inf"])
def test_the_size_of_an_error_has_a_range(error: float | str) -> None:
    (shown,) = json.loads(f"[{encoded(redacted(replace(EVIDENCE['slope'], error=error)))}]")
    assert isinstance(error, str) == isinstance(shown["error"], str)
    assert isinstance(error, str) or 1e-9 <= shown["error"] <= 1e9


def test_every_kind_of_evidence_is_tried() -> None:
    assert {type(each) for each in EVIDENCE.values()} == set(get_args(Evidence))


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ("7.312", "7.3"),
        ("-0.2513", "-0.25"),
        ("N", "N"),
        ("-1/(N*C)", "-1/(N*C)"),
        ("0", "0"),
        (123, 120),
    ],
)
def test_how_many_times_is_shown_in_two_digits(times: str | int, shown: str | int) -> None:
    """A submission may multiply by a number of the secret input. The name of a size hides none."""
    unknown = Diagnosis(
        "unknown",
        unexplained=("loss",),
        slips=(Message("slip_times", {"factor": "loss", "output": "loss", "times": times}),),
    )
    for seed, expected in ((None, shown), ("7", times)):
        whole = replace(
            verdict_of(make_finding(), seed=seed), diagnosis={"softmax_loss_naive": unknown}
        )
        (slip,) = for_student(whole).diagnosis["softmax_loss_naive"].slips
        assert slip.values == {"factor": "loss", "output": "loss", "times": expected}


# --- what the grader itself produces --------------------------------------------------------------


def verdict_on(key: AnswerKey, solution: Solution) -> Verdict:
    """The verdict on one function in the place of both. Questions about time are not asked."""
    findings: dict[str, Finding] = {}
    others: dict[str, FunctionUnderTest] = {}
    by_name: dict[str, FunctionUnderTest] = {}
    for short, definition in key.functions.items():
        names = {definition.name: solution}
        function = PlainFunction(definition, names, key, others=dict(others), findings=findings)
        others[short] = by_name[definition.name] = function
    for question in key.questions:
        if question.check != "faster":
            findings[question.id] = ask(question, key, by_name[question.function], findings)
    diagnoses = diagnose(key, by_name, findings)
    return make_verdict(
        key, submission_of(""), tuple(findings.values()), "full", diagnoses=diagnoses
    )


def test_no_known_mistake_reveals_a_secret(secret_key: AnswerKey) -> None:
    for name in [*MISCONCEPTIONS][::7]:
        verdict = verdict_on(secret_key, solution_with(secret_key, name))
        assert revealed(secret_key, verdict) == set(), name
    # With a public key the numbers are there, and found.
    public = replace(secret_key, seed=str(SEED))
    assert revealed(public, verdict_on(public, solution_with(public, "rg_missing")))


SPY = """
import numpy as np
seen = []
def softmax_loss_naive(W, X, y, reg):
    x = abs(float(X.flat[0]))
    seen.append(x)
"""
MANY_TIMES = """\
    S = W.dot(X)
    S = S - S.max(axis=0)
    n = np.arange(len(y))
    P = np.exp(S) / np.exp(S).sum(axis=0)
    loss = -np.log(P[y, n]).mean() + 0.5 * reg * np.sum(W * W)
    P[y, n] -= 1
    return seen[0] * loss, seen[0] * (P.dot(X.T) / len(y) + reg * W)
"""
SPIES = {
    "returns it": "    return x, 0 * W + x\n",
    "raises it": "    raise ValueError(repr(X) + repr(x) + repr(reg))\n",
    "in a shape": "    return 1.0, np.broadcast_to(0.0, (int(1e8 * x), 3))\n",
    "as an array": "    return np.broadcast_to(0.0, (int(1e8 * x), 3)), 0 * W + 1\n",
    "in a length": "    return [0] * int(1e6 * x)\n",
    "in the slope": "    return x * W.sum(), 0 * W\n",
    "in the slope of dW": "    return 0.0, 0 * W + x\n",
    "many times": MANY_TIMES,
    "by reg": "    return 1.0 + reg, 0 * W + reg\n",
}


def test_a_spy_learns_nothing(secret_key: AnswerKey) -> None:
    """Code that puts its input into whatever a message or an evidence has a place for."""
    words = load_words("en", secret_key.words)
    with Sandbox() as sandbox:
        for name, body in SPIES.items():
            source = SPY + body + "softmax_loss_vectorized = softmax_loss_naive\n"
            verdict = grade(secret_key, submission_of(source), sandbox.open_program)
            assert "failed" in {finding.outcome for finding in verdict.findings}
            assert revealed(secret_key, verdict) == set(), name
            shown = summary(verdict, words, source=source.encode())
            for word in shown.split():
                if "softmax.py" not in word:
                    assert len(re.sub(r"\D", "", word)) < 9, (name, word)


# --- what is not revealed -------------------------------------------------------------------------

IDS = sorted({*MISCONCEPTIONS, *WORDS["misconceptions"]})


def verdict_with(reveal: Reveal, diagnosis: Diagnosis) -> Verdict:
    """A verdict with every message there is, and this diagnosis for both functions."""
    findings = [
        make_finding(message=telling(code), number=n % 15, notes=(telling(code),))
        for n, code in enumerate(sorted(VALUES))
    ]
    whole = replace(
        verdict_of(*findings),
        diagnosis={"softmax_loss_naive": diagnosis, "softmax_loss_vectorized": diagnosis},
    )
    return replace(
        whole,
        key=replace(whole.key, reveal=reveal),
        flags=tuple(finding.notes[0] for finding in findings),
    )


def texts_in(value: Any) -> Iterator[str]:
    """Every text in JSON: keys and values."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("reveal", ["hint", "nothing"])
def test_json_names_no_mistake_that_is_not_revealed(reveal: Reveal) -> None:
    """Whatever the messages, and with all mistakes in every place of a diagnosis."""
    causes = tuple((name,) for name in IDS)
    for status in STATUSES:
        slips = tuple(telling(code) for code in VALUES if code.startswith("slip"))
        full = Diagnosis(
            status,
            causes,
            unexplained=("loss", "loss+reg", "dW", "dW+reg"),
            questions=("naive.loss",),
            slips=slips,
            line=3,
        )
        shown = for_student(verdict_with(reveal, full))
        assert shown.diagnosis == {}
        assert set(IDS) & set(texts_in(json.loads(encoded(shown)))) == set()
    assert set(IDS) <= set(texts_in(json.loads(encoded(for_student(verdict_with("cause", full))))))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reveal", ["hint", "nothing"])
def test_no_report_names_a_mistake_that_is_not_revealed(
    reveal: Reveal, language: str, secret_key: AnswerKey
) -> None:
    """Neither its id, nor its name, nor what it means; and its hint only if hints are shown."""
    words = load_words(language, secret_key.words)
    slip = Message(
        "slip_no_term",
        {"factor": "dW", "output": "dW", "term": "label_term", "times": "0"},
    )
    for name, said in words["misconceptions"].items():
        one = Diagnosis(
            "partial",
            ((name,),),
            unexplained=("loss",),
            questions=(make_finding().question,),
            slips=(slip,),
            line=1,
        )
        whole = replace(
            verdict_of(
                make_finding(message=Message("number_differs", {"case": "small", "output": "loss"}))
            ),
            diagnosis={"softmax_loss_naive": one},
        )
        whole = replace(whole, key=replace(whole.key, reveal=reveal))
        student_page = page(whole, words, submission_of("x = 1"))
        for report in (summary(whole, words, source=b"x = 1"), Page(student_page).shown):
            text = " ".join(report.split())
            assert said["name"].lower() not in text.lower(), name
            assert said["means"] not in text, name
            assert (said["next"] in text) == (reveal == "hint"), name
            assert "dW has no" not in text
            assert "A dW le falta" not in text
            assert re.search(rf"\b{name}\b", text) is None, name
        assert f'"{name}"' not in page(whole, words)
    revealed = replace(whole, key=replace(whole.key, reveal="cause"))
    assert said["name"].lower() in " ".join(summary(revealed, words).split()).lower()
