"""The cause first: what a reader is told of a diagnosis, in the terminal and on the page, in both languages, and what is kept from him."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.grading import grade
from grader.intake import read_submission
from grader.messages import LANGUAGES, load_words
from grader.model import AnswerKey, Message, Reveal, Submission
from grader.reports.html import page
from grader.reports.terminal import WIDTH, summary
from grader.reports.view import view
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, Verdict, for_student
from tests.conftest import PROJECT, make_key
from tests.test_reports import Page

FOLDER = PROJECT / "tests/submissions"
NAMES = ("reg_gradient_missing_in_both", "divided_by_classes", "double_softmax", "backprop_forgets_denominator", "no_shift_anywhere")


@pytest.fixture(scope="module")
def named_key() -> AnswerKey:
    return make_key("limits.memory_mib=512", named=True)


@pytest.fixture(scope="module")
def verdicts(named_key: AnswerKey) -> dict[str, Verdict]:
    with Sandbox() as sandbox:
        return {name: grade(named_key, read_submission(FOLDER / f"{name}.py", named_key.file), sandbox.open_program) for name in NAMES}


def text(verdict: Verdict, key: AnswerKey, language: str = "en") -> str:
    return summary(verdict, load_words(language, key.words))


def html(verdict: Verdict, key: AnswerKey, language: str = "en") -> str:
    return Page(page(verdict, load_words(language, key.words))).shown


def diagnosed(verdict: Verdict, diagnosis: Diagnosis) -> Verdict:
    return replace(verdict, diagnosis=dict.fromkeys(verdict.diagnosis, diagnosis))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_and_nothing_is_left_out(name: str, language: str, verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    """Every failed question is told once: under a cause or as a problem of its own; and 80 columns are enough."""
    verdict = verdicts[name]
    shown = view(verdict, load_words(language, named_key.words))
    told = [row.finding.question for block in shown.causes for row in block.rows]
    told += [row.finding.question for problem in shown.problems for row in problem.rows]
    failed = [finding.question for finding in verdict.findings if finding.outcome == "failed" and not finding.is_advice]
    assert sorted(told) == sorted(failed)
    lines = text(verdict, named_key, language).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert not any("{" in line for line in lines)


def test_a_cause_that_both_functions_share_is_told_once(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    verdict = verdicts["reg_gradient_missing_in_both"]
    for shown in (text(verdict, named_key), html(verdict, named_key)):
        told = " ".join(shown.split())
        assert told.count("One cause: the regularization is missing in dW") == 1
        assert "costs 7 points" in told
        assert "softmax_loss_naive, softmax_loss_vectorized" in told
        assert "reg 0 ->" in told
        assert "What does the reg term of the loss become" in told
        assert "add that to dW" not in told
    assert "grader explain rg_missing" in " ".join(text(verdict, named_key).split())


def test_two_causes_are_told_together(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    told = " ".join(text(verdicts["divided_by_classes"], named_key).split())
    assert "1. 2 causes together (costs 30 points, and 15 more" in told
    assert "the loss is divided by the number of classes" in told
    assert "Affects loss, gradient dW, same answers as with loops" in told
    assert "\n2. " not in text(verdicts["divided_by_classes"], named_key)
    together = load_words("en", named_key.words)["page"]["together"]
    assert together in told
    assert together in " ".join(html(verdicts["divided_by_classes"], named_key).split())
    assert together not in " ".join(text(verdicts["reg_gradient_missing_in_both"], named_key).split())


def test_what_is_not_about_numbers_stays_a_problem(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    shown = view(verdicts["no_shift_anywhere"], load_words("en", named_key.words))
    assert shown.causes == ()
    assert {row.finding.check for problem in shown.problems for row in problem.rows} == {"stable"}


def test_a_function_that_gives_no_numbers_has_no_cause(sandbox: Sandbox, named_key: AnswerKey) -> None:
    source = b"def softmax_loss_naive(W, X, y, reg):\n    return 1 / 0\nsoftmax_loss_vectorized = softmax_loss_naive\n"
    shown = view(grade(named_key, Submission("softmax.py", source, "0" * 64), sandbox.open_program), load_words("en", named_key.words))
    assert shown.causes == ()
    assert [problem.first.finding.message.code for problem in shown.problems if problem.first.finding.message] == ["raised"]


def test_a_tie_says_that_it_is_one(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    tie = Diagnosis("tie", (("minus_p",), ("log10",), ("log2",), ("entropy",)), questions=("vectorized.loss",))
    told = " ".join(text(diagnosed(verdicts["double_softmax"], tie), named_key).split())
    assert "One of these: the numbers cannot tell which" in told
    words = named_key.words["en"]["misconceptions"]
    assert [words[name]["name"] in told for name in ("minus_p", "log10", "log2", "entropy")] == [True, True, True, False]


def test_a_tie_says_what_all_its_readings_share(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    """Also of readings that are not shown."""
    readings = (("minus_p", "grad_no_N"), ("log10", "grad_no_N"), ("log2", "grad_no_N"), ("entropy", "grad_twice"))
    tie = Diagnosis("tie", readings[:3], questions=("vectorized.loss",))
    shown = diagnosed(verdicts["double_softmax"], tie)
    words = named_key.words["en"]["misconceptions"]
    told = " ".join(text(shown, named_key).split())
    assert "Several causes together: the numbers cannot tell all of them" in told
    assert f"What {words['grad_no_N']['name']}" in told
    assert f"Perhaps {words['minus_p']['name']}" in told
    assert f"Perhaps{words['log2']['name']}" in " ".join(html(shown, named_key).split())
    other = diagnosed(verdicts["double_softmax"], replace(tie, causes=readings))
    assert f"Perhaps {words['grad_no_N']['name']}" in " ".join(text(other, named_key).split())


def test_what_is_unknown_is_said_and_the_problems_stay(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    slip = Message("slip_times", {"factor": "data_loss", "times": "N"})
    unknown = Diagnosis("unknown", unexplained=("data_loss",), slips=(slip,))
    told = " ".join(text(diagnosed(verdicts["double_softmax"], unknown), named_key).split())
    assert "These numbers fit none of the mistakes that are known here" in told
    assert "One part is N times what it should be: loss without regularization" in told
    assert "softmax_loss_vectorized: loss" in told


def test_what_is_partly_known_says_so(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    partial = Diagnosis("partial", (("rl_missing",),), ("data_gradient",), questions=("vectorized.loss",))
    told = " ".join(text(diagnosed(verdicts["double_softmax"], partial), named_key).split())
    assert "Something else is wrong as well" in told
    assert "dW without regularization" in told


def test_what_is_unknown_in_two_functions_is_told_of_each(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    """That both are wrong in the same factor makes it no shared cause; a cause that they share does."""
    verdict, words = verdicts["reg_gradient_missing_in_both"], load_words("en", named_key.words)
    unknown = view(diagnosed(verdict, Diagnosis("unknown", unexplained=("reg_gradient",))), words)
    assert [block.functions for block in unknown.causes] == [("softmax_loss_naive",), ("softmax_loss_vectorized",)]
    known = view(diagnosed(verdict, Diagnosis("exact", (("rg_missing",),))), words)
    assert [block.functions for block in known.causes] == [("softmax_loss_naive", "softmax_loss_vectorized")]


def test_where_nothing_failed_no_cause_is_told(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    """The loops of this file are right: a mistake too mild for any question to catch is none."""
    verdict = diagnosed(verdicts["double_softmax"], Diagnosis("exact", (("epsilon_1e6",),)))
    shown = view(verdict, load_words("en", named_key.words))
    assert [block.functions for block in shown.causes] == [("softmax_loss_vectorized",)]


def test_the_line_is_found_and_the_setting_kept(named_key: AnswerKey) -> None:
    """From the submission's text, through the verdict."""
    path = FOLDER / "loss_in_log10.py"
    (number,) = [number for number, line in enumerate(path.read_text().split("\n"), start=1) if "log10" in line]
    with Sandbox() as sandbox:
        verdict = grade(replace(named_key, reveal="hint"), read_submission(path, named_key.file), sandbox.open_program)
    assert {name: (each.causes, each.line) for name, each in verdict.diagnosis.items()} == {
        "softmax_loss_naive": ((), None),
        "softmax_loss_vectorized": ((("log10",),), number),
    }
    assert verdict.key.reveal == "hint"


def test_a_mistake_without_words_is_told_by_its_id(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    strange = diagnosed(verdicts["double_softmax"], Diagnosis("exact", (("of_ones_own",),), questions=("vectorized.loss",)))
    assert "One cause: of ones own" in text(strange, named_key)


def test_the_guilty_line_is_shown(verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    found = diagnosed(verdicts["double_softmax"], Diagnosis("exact", (("minus_p",),), questions=("vectorized.loss",), line=2))
    told = summary(found, load_words("en", named_key.words), source=b"import numpy\nloss = 1\n")
    assert "2 | loss = 1" in told


@pytest.mark.parametrize("reveal", ["hint", "nothing"])
def test_what_is_not_revealed_is_not_shown(reveal: Reveal, verdicts: dict[str, Verdict], named_key: AnswerKey) -> None:
    verdict = verdicts["reg_gradient_missing_in_both"]
    kept = replace(verdict, key=replace(verdict.key, reveal=reveal))
    said = named_key.words["en"]["misconceptions"]["rg_missing"]
    for shown in (text(kept, named_key), html(kept, named_key)):
        told = " ".join(shown.split())
        assert said["name"] not in told
        assert said["means"] not in told
        assert (said["next"] in told) == (reveal == "hint")
        assert "rg_missing" not in told
    shown_to_student = view(kept, load_words("en", named_key.words))
    assert (bool(shown_to_student.causes), bool(shown_to_student.problems)) == (reveal == "hint", reveal == "nothing")
    assert for_student(kept).diagnosis == {}


def test_the_setting_comes_from_the_assignment(tmp_path: Path) -> None:
    assert make_key().reveal == "cause"
    assert make_key('reveal="hint"').reveal == "hint"
