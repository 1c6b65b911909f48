"""Verdicts of form 1, in the words of today. What they said stays."""

from typing import Any

import msgspec
import pytest

from grader.assignment.former_words import CODES
from grader.gradebook.encoding import decode_verdict
from grader.gradebook.former_verdicts import convert_message, convert_verdict
from grader.model import suffixed
from grader.verdict import ValueEvidence, Verdict
from tests.support.gold import FormerVerdict, former_verdicts, stored_verdicts

OTHER_TODAY = {former for former, current in CODES.items() if current.code != former}
FOLDERS = ("1-run", "1-merged", "2-run", "3-run", "3-own")


def message(code: str, **values: Any) -> dict[str, Any]:
    return {"code": code, "values": values, "quote": None, "line": None}


# Each code that is another today, with its values, as the grader of form 1 wrote it.
MESSAGES = [
    ("loss_differs", {"case": "small"}, "number_differs", {"output": "loss"}),
    ("loss_not_finite", {"case": "small"}, "number_not_finite", {"output": "loss"}),
    (
        "gradient_differs",
        {"case": "small", "wrong": 3, "entries": 15},
        "array_differs",
        {"output": "dW"},
    ),
    ("gradient_zero", {"case": "small"}, "array_zero", {"output": "dW"}),
    ("gradient_not_finite", {"case": "small"}, "array_not_finite", {"output": "dW"}),
    ("reg_loss_missing", {}, "effect_missing", {"output": "loss", "knob": "reg"}),
    ("reg_loss_differs", {}, "effect_differs", {"output": "loss", "knob": "reg"}),
    ("reg_gradient_missing", {}, "effect_missing", {"output": "dW", "knob": "reg"}),
    ("reg_gradient_differs", {}, "effect_differs", {"output": "dW", "knob": "reg"}),
    (
        "reg_hidden_by_loss",
        {"case": "small_reg"},
        "effect_hidden",
        {"output": "loss", "knob": "reg"},
    ),
    (
        "reg_hidden_by_gradient",
        {"case": "small_reg"},
        "effect_hidden",
        {"output": "dW", "knob": "reg"},
    ),
    (
        "slope_differs",
        {"case": "small"},
        "slope_differs",
        {"output": "dW", "of": "loss", "by": "W"},
    ),
    ("loss_constant", {"case": "small"}, "slope_flat", {"output": "dW", "of": "loss", "by": "W"}),
    ("slope_hidden_by_loss", {}, "slope_hidden", {"output": "loss"}),
    ("slope_hidden_by_gradient", {}, "slope_hidden", {"output": "dW"}),
    ("losses_disagree", {"case": "small", "other": "f"}, "disagrees", {"output": "loss"}),
    ("gradients_disagree", {"case": "small", "other": "f"}, "disagrees", {"output": "dW"}),
    ("unstable_loss", {"case": "A"}, "unstable", {"output": "loss"}),
    ("unstable_gradient", {"case": "A"}, "unstable", {"output": "dW"}),
    (
        "loops_over_samples",
        {"small": 20, "large": 40, "before": 1, "after": 9},
        "loops_over",
        {"letter": "N"},
    ),
    (
        "loops_over_classes",
        {"small": 3, "large": 6, "before": 1, "after": 9},
        "loops_over",
        {"letter": "C"},
    ),
    ("returned_one_value", {"type": "float"}, "returned_one_value", {"expected": 2}),
    ("returned_no_pair", {"type": "dict"}, "returned_no_tuple", {"expected": 2}),
    ("returned_swapped", {}, "returned_swapped", {"first": "loss", "second": "dW"}),
]


@pytest.mark.parametrize(("former", "values", "code", "new"), MESSAGES)
def test_a_code_says_the_same_in_the_words_of_today(
    former: str, values: dict[str, Any], code: str, new: dict[str, Any]
) -> None:
    expected = {"code": code, "values": values | new, "quote": None, "line": None}
    assert convert_message(message(former, **values), "CxD") == expected


RENAMED = [
    ("loss_is_array", {"shape": "7"}, "output_is_array", {"output": "loss", "got": "7"}),
    (
        "gradient_shape",
        {"got": "5x3", "expected": "3x5"},
        "output_shape",
        {"output": "dW", "got": "5x3", "expected": "3x5"},
    ),
    (
        "returned_no_number",
        {"which": "dW", "type": "str"},
        "returned_no_number",
        {"output": "dW", "type": "str"},
    ),
    (
        "returned_wrong_length",
        {"type": "tuple", "length": 3},
        "returned_wrong_count",
        {"type": "tuple", "got": 3, "expected": 2},
    ),
    (
        "slip_times",
        {"factor": "reg_loss", "times": "2"},
        "slip_times",
        {"factor": "loss+reg", "output": "loss", "times": "2"},
    ),
    (
        "slip_no_term",
        {"factor": "data_gradient", "term": "label_term", "times": "0"},
        "slip_no_term",
        {"factor": "dW", "output": "dW", "term": "label_term", "times": "0"},
    ),
    (
        "slip_weights",
        {"factor": "data_gradient", "times": "0.5"},
        "slip_input",
        {"factor": "dW", "output": "dW", "input": "W", "times": "0.5"},
    ),
]


@pytest.mark.parametrize(("former", "values", "code", "new"), RENAMED)
def test_values_get_their_names_of_today(
    former: str, values: dict[str, Any], code: str, new: dict[str, Any]
) -> None:
    converted = convert_message(message(former, **values), "CxD")
    assert (converted["code"], converted["values"]) == (code, new)


def test_every_code_is_in_these_tables() -> None:
    assert {former for former, *_ in (*MESSAGES, *RENAMED)} >= CODES.keys()


@pytest.mark.parametrize(
    ("layout", "regularization", "settings"),
    [
        ("CxD", "", "layout=DxC"),
        ("DxC", "", "layout=CxD"),
        ("CxD", "1.0", "layout=DxC regularization=1.0"),
    ],
)
def test_another_convention_is_named_with_its_settings(
    layout: str, regularization: str, settings: str
) -> None:
    values = {"W": "C x D", "X": "D x N", "other_W": "D x C", "other_X": "N x D"}
    former = message("other_layout", **values, regularization=regularization)
    assert convert_message(former, layout)["values"] == {**values, "set": settings}


def test_what_a_student_wrote_and_its_line_stay() -> None:
    former = {"code": "loss_differs", "values": {"case": "A"}, "quote": "x = 1", "line": 3}
    converted = convert_message(former, "CxD")
    assert (converted["quote"], converted["line"]) == ("x = 1", 3)
    assert former["code"] == "loss_differs"  # the stored one is as it was


@pytest.mark.parametrize("each", former_verdicts(), ids=lambda each: each.name)
def test_nothing_of_a_verdict_is_lost(each: FormerVerdict) -> None:
    """Outcomes, points and all numbers of the evidence are those of the stored verdict."""
    verdict = msgspec.convert(convert_verdict(each.verdict), Verdict)
    assert verdict.score == each.verdict["score"]
    for finding, former in zip(verdict.findings, each.verdict["findings"], strict=True):
        assert finding.outcome == former["outcome"]
        assert finding.points == former["points"]
        for evidence, former_evidence in zip(finding.evidence, former["evidence"], strict=True):
            if isinstance(evidence, ValueEvidence):
                assert_same_numbers(evidence, former_evidence)
    for function, diagnosis in verdict.diagnosis.items():
        assert [list(cause) for cause in diagnosis.causes] == (
            each.verdict["diagnosis"][function]["causes"]
        )
        assert "data_" not in repr(diagnosis)
    assert verdict.key.calls == {
        name: f"loss, dW = {name}(W, X, y, reg)"
        for name in ("softmax_loss_naive", "softmax_loss_vectorized")
    }


def assert_same_numbers(evidence: ValueEvidence, former: dict[str, Any]) -> None:
    assert evidence.error == former["error"]
    assert (evidence.knob == "reg") == former["difference"]
    assert evidence.other == former["other"]
    asked = evidence.asked
    assert asked is not None
    assert list(asked["W"].values) == [x for row in former["asked"]["W"]["rows"] for x in row]
    assert asked["y"].shape == (former["asked"]["X"]["shape"][1],)
    assert list(asked["y"].values) == former["asked"]["y"]
    assert asked["reg"].shape == ()
    if former["kind"] == "loss":
        assert evidence.output == "loss"
        assert evidence.got is not None
        assert (evidence.got.shape, evidence.got.values) == ((), (former["got"],))
        assert (evidence.worst.index, evidence.worst.got) == ((), former["got"])
        assert (evidence.wrong_entries, evidence.entries) == (1, 1)
    else:
        assert evidence.output == "dW"
        assert evidence.expected is not None
        assert list(evidence.expected.shape) == former["expected"]["shape"]
        rows = former["expected"]["rows"]
        assert evidence.expected.shown == (len(rows), len(rows[0]))
        assert list(evidence.expected.values) == [x for row in rows for x in row]
        worst = former["worst"]
        assert evidence.worst.index == (worst["row"], worst["column"])


def test_evidence_is_about_the_axis_that_grew() -> None:
    letters = {
        code: {
            evidence["letter"]
            for each in former_verdicts()
            for finding in convert_verdict(each.verdict)["findings"]
            if finding["message"] and suffixed_code(finding["message"]) == code
            for evidence in finding["evidence"]
            if evidence["kind"] == "growth"
        }
        for code in ("loops_over.N", "loops_over.C")
    }
    assert letters == {"loops_over.N": {"N"}, "loops_over.C": {"C"}}


def suffixed_code(of: dict[str, Any]) -> str:
    return f"{of['code']}.{of['values'].get('letter')}"


def test_a_redacted_verdict_stays_redacted() -> None:
    """What a student got as JSON has no inputs and no values."""
    evidence = {
        "kind": "gradient",
        "case": "small",
        "asked": None,
        "expected": None,
        "got": None,
        "error": 0.5,
        "worst": {"row": 1, "column": 2, "expected": None, "got": None},
        "wrong_entries": 3,
        "entries": 15,
    }
    former = former_verdicts()[0].verdict
    finding = former["findings"][0] | {"evidence": [evidence]}
    converted = msgspec.convert(convert_verdict(former | {"findings": [finding]}), Verdict)
    (kept,) = converted.findings[0].evidence
    assert isinstance(kept, ValueEvidence)
    assert (kept.asked, kept.expected, kept.got, kept.worst.index) == (None, None, None, (1, 2))


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_verdicts_of_gold_gradebooks_are_read(folder: str) -> None:
    for stored in stored_verdicts(folder):
        verdict = decode_verdict(stored)
        assert verdict.schema == "grader/verdict/2"
        assert decode_verdict(msgspec.json.encode(verdict)) == verdict
        codes = [suffixed(each.message)[0] for each in verdict.findings if each.message]
        assert not OTHER_TODAY & {*codes}


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "[]",
        "{}",
        '{"schema":"grader/verdict/1"}',
        '{"schema":"grader/verdict/1","key":{},"findings":[{}]}',
        '{"schema":"grader/verdict/1","key":{},"findings":7}',
        '{"schema":"grader/verdict/1","key":[],"findings":[]}',
        '{"schema":"grader/verdict/1","key":{"conventions":1},"findings":[]}',
        '{"schema":"grader/verdict/1","key":{},"findings":[],"diagnosis":[1]}',
        '{"schema":"grader/verdict/9"}',
    ],
)
def test_what_is_no_verdict_of_any_form_is_an_error(stored: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_verdict(stored)
