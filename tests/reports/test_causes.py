"""The diagnosis in the terminal and on the page, in both languages, and what a key withholds."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.grading import grade
from grader.intake import asked_file, read_submission
from grader.messages import LANGUAGES, load_words
from grader.model import AnswerKey, Message, Reveal, Submission
from grader.redaction import for_student
from grader.reports.student_page import page
from grader.reports.student_view import student_view
from grader.reports.terminal import WIDTH, summary
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, Verdict
from tests.support.grading import make_key, submission_of
from tests.support.html_page import Page
from tests.support.paths import PROJECT

FOLDER = PROJECT / "tests/submissions"
NAMES = (
    "reg_gradient_missing_in_both",
    "divided_by_classes",
    "double_softmax",
    "backprop_forgets_denominator",
    "no_shift_anywhere",
)


@pytest.fixture(scope="module")
def named_key() -> AnswerKey:
    return make_key("limits.memory_mib=512", named=True)


@pytest.fixture(scope="module")
def verdicts(named_key: AnswerKey) -> dict[str, Verdict]:
    with Sandbox() as sandbox:
        return {
            name: grade(
                named_key,
                read_submission(FOLDER / f"{name}.py", asked_file(named_key)),
                sandbox.open_program,
            )
            for name in NAMES
        }


def text(verdict: Verdict, key: AnswerKey, language: str = "en") -> str:
    return summary(verdict, load_words(language, key.words))


def html(verdict: Verdict, key: AnswerKey, language: str = "en") -> str:
    return Page(page(verdict, load_words(language, key.words))).shown


def diagnosed(verdict: Verdict, diagnosis: Diagnosis) -> Verdict:
    return replace(verdict, diagnosis=dict.fromkeys(verdict.diagnosis, diagnosis))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_and_nothing_is_left_out(
    name: str, language: str, verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    """Every failed question is in one cause or one problem, and 80 columns are enough."""
    verdict = verdicts[name]
    shown = student_view(verdict, load_words(language, named_key.words))
    output = [row.finding.question for block in shown.causes for row in block.findings]
    output += [row.finding.question for problem in shown.problems for row in problem.findings]
    failed = [
        finding.question
        for finding in verdict.findings
        if finding.outcome == "failed" and not finding.is_advice
    ]
    assert sorted(output) == sorted(failed)
    lines = text(verdict, named_key, language).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert not any("{" in line for line in lines)


def test_a_cause_that_both_functions_share_is_shown_once(
    verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    verdict = verdicts["reg_gradient_missing_in_both"]
    for shown in (text(verdict, named_key), html(verdict, named_key)):
        output = " ".join(shown.split())
        assert output.count("reg has no effect on dW") == 1
        assert "costs 7 points" in output
        assert "softmax_loss_naive, softmax_loss_vectorized" in output
        assert "When reg goes from 0 to" in output
        assert "What does the reg term of the loss become" in output
        assert "add that to dW" not in output
    assert "grader explain rg_missing" in " ".join(text(verdict, named_key).split())


def test_two_causes_are_shown_together(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    output = " ".join(text(verdicts["divided_by_classes"], named_key).split())
    assert "1. 2 mistakes in softmax_loss_vectorized (costs 45 points; 15" in output
    assert "the loss is divided by the number of classes" in output
    assert "Explains loss, gradient dW, same answers as with loops" in output
    assert "\n2. " not in text(verdicts["divided_by_classes"], named_key)
    together = load_words("en", named_key.words)["page"]["together"]
    assert together in output
    assert together in " ".join(html(verdicts["divided_by_classes"], named_key).split())
    assert together not in " ".join(
        text(verdicts["reg_gradient_missing_in_both"], named_key).split()
    )


def test_what_is_not_about_numbers_stays_a_problem(
    verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    shown = student_view(verdicts["no_shift_anywhere"], load_words("en", named_key.words))
    assert shown.causes == ()
    assert {row.finding.check for problem in shown.problems for row in problem.findings} == {
        "stable"
    }


def test_a_function_that_gives_no_numbers_has_no_cause(
    sandbox: Sandbox, named_key: AnswerKey
) -> None:
    source = (
        b"def softmax_loss_naive(W, X, y, reg):\n"
        b"    return 1 / 0\n"
        b"softmax_loss_vectorized = softmax_loss_naive\n"
    )
    shown = student_view(
        grade(named_key, Submission("softmax.py", source, "0" * 64), sandbox.open_program),
        load_words("en", named_key.words),
    )
    assert shown.causes == ()
    assert [
        problem.first.finding.message.code
        for problem in shown.problems
        if problem.first.finding.message
    ] == ["raised"]


def names_of(key: AnswerKey, *mistakes: str) -> list[str]:
    return [key.words["en"]["misconceptions"][name]["name"] for name in mistakes]


def test_a_tie_says_that_it_is_one(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    mistakes = "minus_p", "log10", "log2", "entropy"
    for count, more in ((3, ""), (4, "Also One more explanation would fit as well.")):
        tie = Diagnosis(
            "tie", tuple((name,) for name in mistakes[:count]), questions=("vectorized.loss",)
        )
        output = " ".join(text(diagnosed(verdicts["double_softmax"], tie), named_key).split())
        assert "One of these causes: the numbers cannot tell which" in output
        names = names_of(named_key, *mistakes)
        for label, name in zip(("Either", "Or", "Or"), names, strict=False):
            assert f"{label} {name} Means" in output
        assert names[3] not in output
        assert more in output
    assert "would fit as well" not in " ".join(
        text(diagnosed(verdicts["double_softmax"], replace(tie, causes=tie.causes[:3])), named_key)
    )


def test_a_tie_says_what_all_its_readings_share_and_which_go_together(
    verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    """This includes readings beyond the first three, which are not shown."""
    readings = (
        ("minus_p", "dW_is_W", "grad_no_N"),
        ("log10", "grad_no_N", "rg_sign"),
        ("log2", "grad_no_N", "rg_half"),
    )
    tie = Diagnosis("tie", readings, questions=("vectorized.loss",))
    certain, *others = names_of(
        named_key, "grad_no_N", "minus_p", "dW_is_W", "log10", "rg_sign", "log2", "rg_half"
    )
    for shown in (text, html):
        output = " ".join(shown(diagnosed(verdicts["double_softmax"], tie), named_key).split())
        assert "Several causes: the numbers cannot tell all of them" in output
        labelled = zip(
            ("What", "Either", "And", "Or", "And", "Or", "And"), (certain, *others), strict=True
        )
        places = [re.search(f"{label} ?{re.escape(name)}", output) for label, name in labelled]
        assert all(places)
        assert places == sorted(places, key=lambda found: found.start() if found else 0)
        assert output.count(certain) == 1
    other = replace(tie, causes=(*readings, ("entropy", "grad_twice", "rg_half")))
    output = " ".join(text(diagnosed(verdicts["double_softmax"], other), named_key).split())
    assert f"And {certain}" in output
    assert f"What {certain}" not in output


def graded(key: AnswerKey, naive: str, vectorized: str = "return loss, dW") -> Verdict:
    """Grade two functions that are right but for their last lines, which are given."""
    right = """
    X, n = X.copy(), np.arange(len(y))
    scores = W.dot(X)
    scores = scores - scores.max(axis=0)
    P = np.exp(scores) / np.exp(scores).sum(axis=0)
    loss = -np.log(P[y, n]).mean() + 0.5 * reg * np.sum(W * W)
    P[y, n] -= 1
    dW = P.dot(X.T) / len(y) + reg * W
    """
    parts = [
        f"def softmax_loss_{short}(W, X, y, reg):{right}{end}\n"
        for short, end in (("naive", naive), ("vectorized", vectorized))
    ]
    with Sandbox() as sandbox:
        return grade(
            key,
            Submission("softmax.py", "\n".join(["import numpy as np", *parts]).encode(), "0" * 64),
            sandbox.open_program,
        )


@pytest.fixture(scope="module")
def scaled(named_key: AnswerKey) -> Verdict:
    """Both functions lack the reg term of dW, and no known mistake explains their losses."""
    return graded(
        named_key,
        *(
            f"return {times} * (loss - 0.5 * reg * np.sum(W * W)), dW - reg * W"
            for times in (3.3, 5.7)
        ),
    )


def test_what_is_unknown_stands_at_the_question_it_concerns(
    scaled: Verdict, named_key: AnswerKey
) -> None:
    """Causes come first; each function has its own numbers as evidence; the advice comes once."""
    shown = student_view(scaled, load_words("en", named_key.words))
    assert [[cause.id for cause in block.causes] for block in shown.causes] == [["reg_missing"]]
    (loss,) = (problem for problem in shown.problems if problem.first.name == "loss")
    assert [row.finding.function for row in loss.findings] == [
        "softmax_loss_naive",
        "softmax_loss_vectorized",
    ]
    for short, times in (("naive", 3.3), ("vectorized", 5.7)):
        function = f"softmax_loss_{short}"
        loss_alone = f"The loss without regularization is {times} times what it should be."
        assert f"{function}: {loss_alone}" in loss.evidence
        assert any(line.startswith(f"{function}: expected ") for line in loss.evidence)
    for output in (text(scaled, named_key), html(scaled, named_key)):
        assert output.count("Look for the line that multiplies") == 1
        assert "N is the number" not in output
        assert "Work out the loss of one sample by hand" not in output
        assert "fit none" not in output
        assert "None of the mistakes" not in output


def test_what_is_wholly_unknown_says_so_where_its_problem_is(named_key: AnswerKey) -> None:
    verdict = graded(named_key, "return loss + np.sum(np.sin(W)), dW")
    shown = student_view(verdict, load_words("en", named_key.words))
    assert verdict.diagnosis["softmax_loss_naive"].status == "unknown"
    assert shown.causes == ()
    assert [problem.first.name for problem in shown.problems if problem.also] == ["loss"]
    for output in (text(verdict, named_key), html(verdict, named_key)):
        assert (
            " ".join(output.split()).count(
                "None of the mistakes that are known here gives these numbers."
            )
            == 1
        )
    hidden = replace(verdict, key=replace(verdict.key, reveal="nothing"))
    assert "None of the mistakes" not in text(hidden, named_key)


def test_sizes_are_explained_where_they_are_named(
    verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    for times, letters in (("N", "N"), ("-1/(N*C)", "NC"), ("0.3", ""), ("N/D", "ND")):
        slip = Message("slip_times", {"factor": "loss", "output": "loss", "times": times})
        unknown = diagnosed(
            verdicts["double_softmax"],
            Diagnosis("unknown", unexplained=("loss",), slips=(slip,)),
        )
        output = " ".join(text(unknown, named_key).split())
        assert f"Seen The loss without regularization is {times} times what it should be." in output
        assert [f"{letter} is the number of" in output for letter in "NCD"] == [
            letter in letters for letter in "NCD"
        ]


def test_several_causes_stand_in_the_order_of_what_they_cost_each_with_its_evidence(
    named_key: AnswerKey,
) -> None:
    """Two change the reg term of the loss, one its data part in dW, and one both parts of dW."""
    verdict = graded(
        named_key,
        "return loss - 0.5 * reg * np.sum(W * W) + reg * np.sum(W), (dW - reg * W) * len(y) + W",
    )
    (block,) = student_view(verdict, load_words("en", named_key.words)).causes
    assert [cause.id for cause in block.causes] == [
        "rg_no_reg",
        "grad_no_N",
        "rl_no_half",
        "rl_no_square",
    ]
    beginnings = (
        "When reg goes from 0 to 0.",
        "dW[",
        "When reg goes from 0 to 0.",
        "When reg goes from 0 to 0.",
    )
    for cause, beginning in zip(block.causes, beginnings, strict=True):
        assert len(cause.evidence) == 1
        assert cause.evidence[0].startswith(beginning)
    assert ["dW[" in cause.evidence[0] for cause in block.causes] == [True, True, False, False]
    for output in (text(verdict, named_key), html(verdict, named_key)):
        joined = " ".join(output.split())
        places = [
            joined.index(part)
            for cause in block.causes
            for part in (cause.name, cause.evidence[0], cause.means)
        ]
        assert places[:6] == sorted(places[:6])


def test_each_function_has_its_own_guilty_line(named_key: AnswerKey) -> None:
    verdict = graded(
        named_key,
        *(
            f"return loss - 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W){end}, dW"
            for end in ("", " + 0")
        ),
    )
    source = b"\n" * 9 + b"one = 1\n" + b"\n" * 9 + b"two = 2\n"
    submission = submission_of(source.decode())
    lines = dict(zip(verdict.diagnosis, (10, 20), strict=True))
    pointed = replace(
        verdict,
        diagnosis={
            name: replace(each, line=lines[name]) for name, each in verdict.diagnosis.items()
        },
    )
    words = load_words("en", named_key.words)
    shown = student_view(pointed, words, source)
    assert [block.code for block in shown.causes] == [
        ("softmax_loss_naive: 10 | one = 1", "softmax_loss_vectorized: 20 | two = 2")
    ]
    assert "softmax_loss_vectorized: 20 | two = 2" in summary(pointed, words, source=source)
    assert "softmax_loss_vectorized: 20 | two = 2" in Page(page(pointed, words, submission)).shown
    limited = replace(pointed, key=replace(pointed.key, reveal="hint"))
    assert (
        "20 | two = 2"
        not in summary(limited, words, source=source) + Page(page(limited, words, submission)).shown
    )


def test_a_hint_holds_no_number_of_a_slip(scaled: Verdict, named_key: AnswerKey) -> None:
    limited = replace(scaled, key=replace(scaled.key, reveal="hint"))
    for output in (text(limited, named_key), html(limited, named_key)):
        assert "times what it should be" not in output
        assert "Look for the line that multiplies" not in output
        assert "What does the loss of the assignment contain besides" in " ".join(output.split())


@pytest.mark.parametrize("reveal", ["cause", "hint", "nothing"])
def test_a_hint_points_at_no_line(reveal: Reveal) -> None:
    key = make_key(f'reveal="{reveal}"', "limits.memory_mib=512")
    with Sandbox() as sandbox:
        findings = grade(
            key,
            read_submission(FOLDER / "vectorized_stable_each_sample_alone.py", asked_file(key)),
            sandbox.open_program,
        ).findings
    (found,) = (each for each in findings if each.question == "vectorized.stable_each_sample")
    assert found.message is not None
    assert (found.outcome, found.message.line is not None) == ("failed", reveal == "cause")


def test_only_what_is_known_is_a_cause_that_functions_share(
    verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    """Wrong numbers in the same factor of both functions are no shared cause."""
    verdict, words = verdicts["reg_gradient_missing_in_both"], load_words("en", named_key.words)
    unknown = student_view(diagnosed(verdict, Diagnosis("unknown", unexplained=("dW+reg",))), words)
    assert unknown.causes == ()
    known = student_view(diagnosed(verdict, Diagnosis("exact", (("rg_missing",),))), words)
    assert [block.functions for block in known.causes] == [
        ("softmax_loss_naive", "softmax_loss_vectorized")
    ]


def test_where_nothing_failed_no_cause_is_told(
    verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    """The loops of this file are right: a mistake too mild for any question to catch is none."""
    verdict = diagnosed(verdicts["double_softmax"], Diagnosis("exact", (("epsilon_1e6",),)))
    shown = student_view(verdict, load_words("en", named_key.words))
    assert [block.functions for block in shown.causes] == [("softmax_loss_vectorized",)]


def test_the_line_is_found_and_the_setting_kept(named_key: AnswerKey) -> None:
    """From the submission's text, through the verdict."""
    path = FOLDER / "loss_in_log10.py"
    (number,) = [
        number
        for number, line in enumerate(path.read_text().split("\n"), start=1)
        if "log10" in line
    ]
    with Sandbox() as sandbox:
        verdict = grade(
            replace(named_key, reveal="hint"),
            read_submission(path, asked_file(named_key)),
            sandbox.open_program,
        )
    assert {name: (each.causes, each.line) for name, each in verdict.diagnosis.items()} == {
        "softmax_loss_naive": ((), None),
        "softmax_loss_vectorized": ((("log10",),), number),
    }
    assert verdict.key.reveal == "hint"


def test_a_mistake_without_words_is_told_by_its_id(
    verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    strange = diagnosed(
        verdicts["double_softmax"],
        Diagnosis("exact", (("of_ones_own",),), questions=("vectorized.loss",)),
    )
    assert "Of ones own" in text(strange, named_key)


def test_the_guilty_line_is_shown(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    found = diagnosed(
        verdicts["double_softmax"],
        Diagnosis("exact", (("minus_p",),), questions=("vectorized.loss",), line=2),
    )
    output = summary(found, load_words("en", named_key.words), source=b"import numpy\nloss = 1\n")
    assert "2 | loss = 1" in output


@pytest.mark.parametrize("reveal", ["hint", "nothing"])
def test_what_is_not_revealed_is_not_shown(
    reveal: Reveal, verdicts: dict[str, Verdict], named_key: AnswerKey
) -> None:
    verdict = verdicts["reg_gradient_missing_in_both"]
    limited = replace(verdict, key=replace(verdict.key, reveal=reveal))
    said = named_key.words["en"]["misconceptions"]["rg_missing"]
    for shown in (text(limited, named_key), html(limited, named_key)):
        output = " ".join(shown.split())
        assert said["name"] not in output
        assert said["means"] not in output
        assert (said["next"] in output) == (reveal == "hint")
        assert "rg_missing" not in output
    shown_to_student = student_view(limited, load_words("en", named_key.words))
    assert (bool(shown_to_student.causes), bool(shown_to_student.problems)) == (
        reveal == "hint",
        reveal == "nothing",
    )
    assert for_student(limited).diagnosis == {}


def test_the_setting_comes_from_the_assignment(tmp_path: Path) -> None:
    assert make_key().reveal == "cause"
    assert make_key('reveal="hint"').reveal == "hint"
