"""Reports of an assignment that the grader knows nothing of: other names, letters, conventions."""

import numpy as np
import pytest
from msgspec.structs import replace

from grader.assignment.explanation import Explanation, Section
from grader.messages import LANGUAGES, load_words
from grader.model import Message, Words
from grader.reports.evidence import describe_evidence
from grader.reports.sentences import sentence
from grader.reports.student_page import page
from grader.reports.student_view import student_view
from grader.reports.terminal import WIDTH, summary
from grader.verdict import (
    Diagnosis,
    Evidence,
    Finding,
    GrowthEvidence,
    SlopeEvidence,
    Status,
    Verdict,
    as_numbers,
)
from tests.support.html_page import Page
from tests.support.verdicts import array_evidence, number_evidence, verdict_of

WORDS_IN = {language: load_words(language, {"title": "Layers"}) for language in LANGUAGES}
WORDS = WORDS_IN["en"]
SOFTMAX_WORDS = ("dW", "reg", "samples", "classes", "softmax", "muestras", "clases", "pérdida")


def finding(question: str, message: Message | None, *evidence: Evidence) -> Finding:
    return Finding(question, "affine_backward", "value", "failed", 0.0, 5.0, 0.0, message, evidence)


def differs(output: str) -> Message:
    return Message("array_differs", {"case": "small", "output": output, "wrong": 3, "entries": 4})


def verdict_about(*findings: Finding) -> Verdict:
    whole = verdict_of(*findings)
    calls = {"affine_backward": "dx, dw = affine_backward(dout, x)\n"}
    return replace(whole, assignment="layers", key=replace(whole.key, calls=calls))


DX = array_evidence(2, 3, 4, output="dx", asked=None)
TURNED_UP = {"decay": as_numbers(np.array(0.25))}
DW_BY_KNOB = array_evidence(3, output="dw", knob="decay", asked=TURNED_UP)
LOSS = number_evidence(output="cost", knob=None, asked=None)
WHOLE = verdict_about(
    finding("backward.dx", differs("dx"), DX),
    finding(
        "backward.decay", Message("effect_differs", {"knob": "decay", "output": "dw"}), DW_BY_KNOB
    ),
    finding("backward.cost", Message("number_differs", {"case": "A", "output": "cost"}), LOSS),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_report_speaks_of_softmax(language: str) -> None:
    words = WORDS_IN[language]
    for text in (summary(WHOLE, words), Page(page(WHOLE, words)).shown):
        assert [word for word in SOFTMAX_WORDS if word in text.split()] == []
        assert "{" not in text
        for name in ("dx[1, 2, 3]: ", "dw[2]", "cost: "):
            assert name in text


def test_the_sentences_and_numbers_name_outputs_and_knobs() -> None:
    text = " ".join(summary(WHOLE, WORDS).split())
    assert "What dx is wrong on a small input. Seen dx[1, 2, 3]: expected 0.123457, got" in text
    assert (
        "What decay changes dw by the wrong amount. Seen When decay goes from 0 to 0.25, dw[2] must"
        in text
    )
    assert 'What cost is wrong on the input "A". Seen cost: expected 0.123457, got nan' in text


def test_what_is_unknown_stands_at_the_question_about_its_factor() -> None:
    """An output at rest, or what a knob adds to it, whatever the questions are called."""
    slip = Message("slip_times", {"factor": "dw+decay", "output": "dw", "times": "2"})
    unknown = Diagnosis("unknown", unexplained=("dx", "dw+decay"), slips=(slip,))
    view = student_view(replace(WHOLE, diagnosis={"affine_backward": unknown}), WORDS)
    dx, decay, cost = view.problems
    assert dx.also == (WORDS["page"]["unknown"],)
    assert "What decay adds to dw is 2 times what it should be." in decay.evidence
    assert cost.also == ()
    assert len(cost.evidence) == 1


def test_nothing_is_unknown_of_numbers_that_a_cause_explains() -> None:
    """One knob changes two outputs: the numbers shown are those of the output with a cause."""
    partial = Diagnosis("partial", causes=(("decay_missing",),), unexplained=("dx+decay",))
    finding = WHOLE.findings[1]  # shows what decay adds to dw
    view = student_view(
        replace(WHOLE, findings=(finding,), diagnosis={"affine_backward": partial}), WORDS
    )
    assert [problem.also for problem in view.problems] == [()]


@pytest.mark.parametrize("unexplained", [(), ("dx",)])
def test_causes_explain_all_that_fails_only_if_no_number_is_left(
    unexplained: tuple[str, ...],
) -> None:
    both = ("decay_missing", "cost_not_averaged")
    questions = ("backward.decay", "backward.cost")
    explains: dict[str, tuple[str, ...]] = {
        cause: (question,) for cause, question in zip(both, questions, strict=True)
    }
    status: Status = "partial" if unexplained else "exact"
    diagnosis = Diagnosis(status, (both,), unexplained, questions=questions, explains=explains)
    (block,) = student_view(replace(WHOLE, diagnosis={"affine_backward": diagnosis}), WORDS).causes
    assert block.note == ("" if unexplained else WORDS["page"]["together"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_slope_of_an_array_is_that_of_its_sum_with_its_cotangent(language: str) -> None:
    """An array has no slope: what was measured is that of sum(out * dout)."""
    slope = SlopeEvidence("dx", "out", "x", "small", None, 1.5, 3.0, 1.0)
    along = replace(slope, along="dout")
    assert "out * dout" in describe_evidence(along, WORDS_IN[language])
    assert "dout" not in describe_evidence(slope, WORDS_IN[language])


def test_a_letter_without_words_is_explained_too() -> None:
    slip = Message("slip_times", {"factor": "db", "output": "db", "times": "1/N"})
    text = "db is 1/N times what it should be. N is the length of an axis of the inputs."
    assert sentence(slip, WORDS).what == text
    own = {**WORDS, "sizes": {"N": "N is the number of rows."}}
    assert sentence(slip, own).what.endswith("be. N is the number of rows.")


def test_the_line_of_a_loop_names_the_letter() -> None:
    sizes = {"small": 2, "large": 4, "before": 80, "after": 160}
    growth = GrowthEvidence("T", (2, 4), (80, 160), 12, (40, 80))
    loops = finding("f.no_loop", Message("loops_over", {"letter": "T", **sizes}, line=12), growth)
    text = " ".join(summary(verdict_about(loops), WORDS).split())
    assert "along the axis T one step at a time: 80 operations where T is 2, 160" in text
    assert "Seen line 12, T 2 -> 4: 40 -> 80 Python operations" in text


def test_another_convention_comes_with_the_options_to_grade_it() -> None:
    """A message says which by its value `set`, a misconception by `set` in its words."""
    message = Message("output_shape", {"output": "dx", "got": "3x2", "expected": "2x3"})
    turned = replace(message, values={**message.values, "set": "axes=last mean=no"})
    text = " ".join(summary(verdict_about(finding("f.dx", turned)), WORDS).split())
    assert "has to be graded with --set axes=last --set mean=no" in text
    assert "--set" not in summary(verdict_about(finding("f.dx", message)), WORDS)

    entry = {"name": "n", "means": "m", "next": "x", "set": "mean=no"}
    words = load_words("en", {"en": {"misconceptions": {"summed": entry}}})
    cause = Diagnosis("exact", (("summed",),), questions=("f.dx",))
    verdict = verdict_about(finding("f.dx", message))
    verdict = replace(verdict, diagnosis={"affine_backward": cause})
    assert "has to be graded with --set mean=no" in " ".join(summary(verdict, words).split())


def test_a_problem_has_the_section_of_its_output_or_else_of_its_code() -> None:
    sections = {name: Section(name, f"About {name}", 2, f"{name}.\n") for name in ("dx", "any")}
    topics = {"array_differs.dx": "dx", "array_differs": "any"}
    for output, others, taught in (("dx", "any", "dx"), ("db", "dx", "any")):
        verdict = verdict_about(finding("f.out", differs(output)))
        html = page(verdict, WORDS, explanation=Explanation(sections, topics))
        assert f'href="#teach-{taught}"' in html
        assert f'id="teach-{others}"' not in html


def described(words: Words) -> list[str]:
    view = student_view(verdict_about(finding("f.dx", None), finding("f.db", None)), words)
    return [each.description for each in view.findings]


def test_a_question_may_have_a_description_of_its_own() -> None:
    general = WORDS["asked"]["value"]
    own = {"asked": {"value.dx": "Every entry of dx."}}
    assert described(load_words("en", {"en": own})) == ["Every entry of dx.", general]
    assert described(load_words("en", {"en": {"asked": {"value": "All."}}})) == ["All.", "All."]


def test_a_line_of_evidence_may_be_that_of_one_output() -> None:
    own = {"evidence": {"array.dx": "dx is {got}, not {expected}, at {entry}"}}
    words = load_words("en", {"en": own})
    view = student_view(WHOLE, words)
    assert view.findings[0].evidence == ("dx is 4.5, not 0.123457, at dx[1, 2, 3]",)
    assert view.findings[1].evidence == student_view(WHOLE, WORDS).findings[1].evidence


@pytest.mark.parametrize("short", ["f", "affine_backward", "convolution_backward_naive"])
def test_the_short_names_of_functions_are_whole_if_they_fit(short: str) -> None:
    found = [finding(f"{short}.{output}", differs(output)) for output in ("dx", "a_long_name" * 4)]
    lines = summary(verdict_about(*found), WORDS).splitlines()
    first = next(line for line in lines if line.startswith("  FIX"))
    assert first.split()[1] == (short if len(short) <= 20 else f"{short[:17]}...")
    assert max(map(len, lines)) <= WIDTH
