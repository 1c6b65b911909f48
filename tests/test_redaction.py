"""What a student may see: with a secret key nothing of its numbers, and where a cause is not revealed no name of it. Every code, every
kind of evidence, every mistake."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from msgspec.structs import replace

from grader.checks.function_under_test import FunctionUnderTest, plain
from grader.diagnosis.diagnose import diagnose
from grader.grading import grade, judge, verdict
from grader.messages import LANGUAGES, load_words
from grader.model import FACTORS, AnswerKey, Message, Reveal
from grader.redaction import for_student
from grader.reports.student_page import page
from grader.reports.terminal import summary
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, Evidence, Finding, Status, Verdict
from tests.diagnosis.test_diagnosis import MISTAKES, written
from tests.support.grading import SEED, make_key, submission_of
from tests.support.html_page import Page
from tests.support.messages import COMPUTED_MESSAGES, LITERAL_MESSAGES
from tests.support.verdicts import EVIDENCE, WORDS, make_finding, verdict_of

TELLTALE = 0.123456789
DIGITS = 6  # leading digits by which a number is known again
# Values of messages that come from lists of the grader's own, from its limits or from the text that was handed in.
HARMLESS = {
    "case",
    "question",
    "other",
    "name",
    "exception",
    "type",
    "which",
    "how",
    "factor",
    "term",
    "kib",
    "byte",
}
HARMLESS |= {"W", "X", "other_W", "other_X", "count", "first"}
NUMBERS = {"seconds", "ratio", "limit"}  # of the clock
HARMLESS |= {
    "folders",
    "members",
    "mib",
    "times",
    "characters",
    "why",
    "file",
}  # of what cannot be read at all
HARMLESS |= {
    "wrong",
    "entries",
    "small",
    "large",
}  # counts, and sizes of the inputs, which cases.py tells everybody
HARMLESS |= {"expected"}  # of a message: the shape of W
STATUSES: tuple[Status, ...] = get_args(Status)


@pytest.fixture(scope="module")
def secret_key() -> AnswerKey:
    return replace(make_key("limits.memory_mib=512", named=True), seed=None)


def encoded(told: object) -> str:
    return msgspec.json.encode(told).decode()


def numbers_in(text: str) -> Iterator[float]:
    return (float(number) for number in re.findall(r"[0-9]+\.?[0-9]*(?:e[-+]?[0-9]+)?", text))


def leading(number: float) -> str:
    """The first digits, wherever the point is."""
    return f"{abs(number):.{DIGITS - 1}e}".partition("e")[0]


def hidden_in(key: AnswerKey) -> set[str]:
    """Of all that was asked and expected: what has so many digits that nothing else is it by chance."""
    arrays = [
        array for case in key.cases.values() if case.X.size < 100 for array in (case.W, case.X)
    ]
    arrays += [each.gradient for name, each in key.expected.items() if key.cases[name].X.size < 100]
    numbers = [number for array in arrays for number in array.ravel().tolist()]
    numbers += [case.reg for case in key.cases.values()] + [
        each.loss for each in key.expected.values()
    ]
    return {leading(number) for number in numbers if not leading(number).endswith("000")}


def found(key: AnswerKey, verdict: Verdict) -> set[str]:
    """Hidden numbers that stand in what a student gets, whatever form it has. Times are measured, and left out."""
    shown = for_student(verdict)
    shown = replace(shown, findings=tuple(replace(each, seconds=0.0) for each in shown.findings))
    words = load_words("en", key.words)
    return hidden_in(key) & set(
        map(
            leading,
            numbers_in(encoded(shown) + summary(verdict, words) + Page(page(verdict, words)).shown),
        )
    )


# --- every message, every kind of evidence ----------------------------------------------------------------------------------------


def all_values() -> dict[str, set[str]]:
    """Code -> the names of its values, as the source and the child make them."""
    values = {code: set(names) for code, names in LITERAL_MESSAGES.items()}
    for message in COMPUTED_MESSAGES:
        values.setdefault(message.code, set()).update(message.values)
    return values


VALUES = all_values()


def telling(code: str) -> Message:
    """With a telltale wherever something of the input could be."""
    values: dict[str, Any] = {
        name: name if name in HARMLESS else 5.0 if name in NUMBERS else TELLTALE
        for name in VALUES[code]
    }
    if "what" in values:
        values["what"] = f"ValueError in loss: the input was {TELLTALE}"
    return Message(code, values, f"the input was {TELLTALE}", 3)


@pytest.mark.parametrize("code", sorted(WORDS["messages"]))
def test_no_message_tells_a_secret(code: str, secret_key: AnswerKey) -> None:
    """In a finding, its notes, the flags and the diagnosis."""
    said = telling(code)
    diagnosis = Diagnosis("unknown", unexplained=("factor",), slips=(said,))
    finding = make_finding(message=said, notes=(said,), evidence=(EVIDENCE["loss"],))
    whole = replace(
        verdict_of(finding, seed=None), flags=(said,), diagnosis={"softmax_loss_naive": diagnosis}
    )
    for text in (encoded(for_student(whole)), summary(whole, WORDS), page(whole, WORDS)):
        assert str(TELLTALE)[:5] not in text
        assert "the input was" not in text
    open_to_see = replace(whole, key=replace(whole.key, seed="7"))
    assert "the input was" in encoded(for_student(open_to_see))


@pytest.mark.parametrize("kind", EVIDENCE)
def test_no_evidence_tells_a_secret(kind: str) -> None:
    """What was asked and expected, what came back, and more than two digits of anything that is made of them."""
    whole = verdict_of(
        make_finding(
            message=Message("loss_differs", {"case": "small"}), evidence=(EVIDENCE[kind],)
        ),
        seed=None,
    )
    (told,) = for_student(whole).findings[0].evidence
    data = json.loads(encoded(told))
    assert all(data.get(name) is None for name in ("asked", "expected", "got"))
    worst = data.pop("worst", {})
    assert (worst.get("expected"), worst.get("got")) == (None, None)
    if "error" in data:
        exact = replace(EVIDENCE[kind], error=TELLTALE)
        (told,) = (
            for_student(replace(whole, findings=(replace(whole.findings[0], evidence=(exact,)),)))
            .findings[0]
            .evidence
        )
        assert json.loads(encoded(told))["error"] == 0.12


def test_operations_are_told_in_two_digits() -> None:
    growth = replace(EVIDENCE["growth"], operations=(123456, 99), line_operations=(7654321, 10))
    (told,) = (
        for_student(verdict_of(make_finding(evidence=(growth,)), seed=None)).findings[0].evidence
    )
    assert told == replace(growth, operations=(120000, 99), line_operations=(7700000, 10))
    said = Message(
        "loops_over_samples", {"small": 20, "large": 40, "before": 123456, "after": 7654321}
    )
    assert for_student(verdict_of(make_finding(message=said), seed=None)).findings[
        0
    ].message == replace(
        said, values={"small": 20, "large": 40, "before": 120000, "after": 7700000}
    )


def test_every_kind_of_evidence_is_tried() -> None:
    assert {type(each) for each in EVIDENCE.values()} == set(get_args(Evidence))


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ("7.312", "7.3"),
        ("-0.2513", "-0.25"),
        ("N", "N"),
        ("-1/(N*C)", "-1/(N*C)"),
        ("0", "0"),
        (123, 120),
    ],
)
def test_how_many_times_is_told_in_two_digits(times: str | int, told: str | int) -> None:
    """With a secret key a number could be one of the input's, which somebody multiplied by; the name of a size could not."""
    unknown = Diagnosis(
        "unknown",
        unexplained=("data_loss",),
        slips=(Message("slip_times", {"factor": "data_loss", "times": times}),),
    )
    for seed, expected in ((None, told), ("7", times)):
        whole = replace(
            verdict_of(make_finding(), seed=seed), diagnosis={"softmax_loss_naive": unknown}
        )
        (slip,) = for_student(whole).diagnosis["softmax_loss_naive"].slips
        assert slip.values == {"factor": "data_loss", "times": expected}


# --- what the grader itself makes -------------------------------------------------------------------------------------------------


def asked_of(key: AnswerKey, solve: Any) -> Verdict:
    """All questions but those about time, of one function in the place of both."""
    findings: dict[str, Finding] = {}
    benches: dict[str, FunctionUnderTest] = {}
    for short, name in key.functions.items():
        bench = plain(solve, passed=lambda question: findings[question].outcome == "passed")
        bench.name, bench.others = name, dict(benches)
        benches[short] = bench
    by_name = {key.functions[short]: bench for short, bench in benches.items()}
    for question in key.questions:
        if question.check != "faster":
            findings[question.id] = judge(question, key, by_name[question.function], findings)
    causes = diagnose(key, by_name, findings)
    return verdict(key, submission_of(""), tuple(findings.values()), "full", (), causes)


def test_no_known_mistake_brings_a_secret_to_light(secret_key: AnswerKey) -> None:
    brought = {
        name: found(secret_key, asked_of(secret_key, written(secret_key, name)))
        for name in [*MISTAKES][::7]
    }
    assert {name: numbers for name, numbers in brought.items() if numbers} == {}
    public = replace(secret_key, seed=str(SEED))
    assert found(
        public, asked_of(public, written(public, "rg_missing"))
    )  # so the numbers would be found


SPY = "import numpy as np\nseen = []\ndef softmax_loss_naive(W, X, y, reg):\n    x = abs(float(X.flat[0]))\n    seen.append(x)\n"
SPIES = {
    "returns it": "    return x, 0 * W + x\n",
    "raises it": "    raise ValueError(repr(X) + repr(x) + repr(reg))\n",
    "in a shape": "    return 1.0, np.broadcast_to(0.0, (int(1e8 * x), 3))\n",
    "as an array": "    return np.broadcast_to(0.0, (int(1e8 * x), 3)), 0 * W + 1\n",
    "in a length": "    return [0] * int(1e6 * x)\n",
    "in the slope": "    return x * W.sum(), 0 * W\n",
    "in the slope of dW": "    return 0.0, 0 * W + x\n",
    "many times": "    S = W.dot(X); S = S - S.max(axis=0); n = np.arange(len(y)); P = np.exp(S) / np.exp(S).sum(axis=0)\n"
    "    loss = -np.log(P[y, n]).mean() + 0.5 * reg * np.sum(W * W); P[y, n] -= 1\n"
    "    return seen[0] * loss, seen[0] * (P.dot(X.T) / len(y) + reg * W)\n",
    "by reg": "    return 1.0 + reg, 0 * W + reg\n",
}


def test_a_spy_brings_nothing_home(secret_key: AnswerKey) -> None:
    """Code that puts what it was asked into whatever a message or an evidence has a place for."""
    words = load_words("en", secret_key.words)
    with Sandbox() as sandbox:
        for name, body in SPIES.items():
            source = SPY + body + "softmax_loss_vectorized = softmax_loss_naive\n"
            graded = grade(secret_key, submission_of(source), sandbox.open_program)
            assert {finding.outcome for finding in graded.findings} & {"failed"}
            assert found(secret_key, graded) == set(), name
            shown = summary(graded, words, source=source.encode())
            assert (
                max(
                    (
                        len(re.sub(r"\D", "", word))
                        for word in shown.split()
                        if "softmax.py" not in word
                    ),
                    default=0,
                )
                < 9
            ), name


# --- what is not revealed ---------------------------------------------------------------------------------------------------------

IDS = sorted({*MISTAKES, *WORDS["misconceptions"]})


def diagnosed(reveal: Reveal, diagnosis: Diagnosis) -> Verdict:
    findings = [
        make_finding(message=telling(code), number=n % 15, notes=(telling(code),))
        for n, code in enumerate(sorted(WORDS["messages"]))
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
    """Beside every message there is, with all mistakes in every place of a diagnosis."""
    causes = tuple((name,) for name in IDS)
    for status in STATUSES:
        slips = tuple(telling(code) for code in WORDS["messages"] if code.startswith("slip"))
        full = Diagnosis(status, causes, FACTORS, (), ("naive.loss",), slips, 3)
        shown = for_student(diagnosed(reveal, full))
        assert shown.diagnosis == {}
        assert set(IDS) & set(texts_in(json.loads(encoded(shown)))) == set()
    assert set(IDS) <= set(texts_in(json.loads(encoded(for_student(diagnosed("cause", full))))))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reveal", ["hint", "nothing"])
def test_no_report_names_a_mistake_that_is_not_revealed(
    reveal: Reveal, language: str, secret_key: AnswerKey
) -> None:
    """Neither its id, nor its name, nor what it means; the hint of it only where hints are to be shown."""
    words = load_words(language, secret_key.words)
    slip = Message("slip_no_term", {"term": "label_term", "times": "0"})
    for name, said in words["misconceptions"].items():
        one = Diagnosis(
            "partial", ((name,),), ("data_loss",), (), (make_finding().question,), (slip,), 1
        )
        whole = replace(
            verdict_of(make_finding(message=Message("loss_differs", {"case": "small"}))),
            diagnosis={"softmax_loss_naive": one},
        )
        whole = replace(whole, key=replace(whole.key, reveal=reveal))
        for text in (
            summary(whole, words, source=b"x = 1"),
            Page(page(whole, words, submission_of("x = 1"))).shown,
        ):
            told = " ".join(text.split())
            assert said["name"] not in told, name
            assert said["means"] not in told, name
            assert (said["next"] in told) == (reveal == "hint"), name
            assert ("dW has no" in told or "dW no tiene" in told) is False
            assert re.search(rf"\b{name}\b", told) is None, name
        assert f'"{name}"' not in page(whole, words)
    revealed = replace(whole, key=replace(whole.key, reveal="cause"))
    assert said["name"] in " ".join(summary(revealed, words).split())
