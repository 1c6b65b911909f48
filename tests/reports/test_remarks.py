"""Remarks: the same is said once, and what a problem says already is not said again."""

import pytest
from msgspec.structs import replace

from grader.grading import grade
from grader.messages import load_words
from grader.model import AnswerKey, Message, SourceFile
from grader.reports.findings import source_lines
from grader.reports.remarks import remarks, without_repeated
from grader.reports.student_page import page
from grader.reports.terminal import summary
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Finding
from tests.support.grading import submission_of
from tests.support.known_submissions import known_submission

WORDS = load_words("en", {})
RIGHT = known_submission("log_sum_exp").read_text(encoding="utf-8")
LINES = source_lines(b"import ssl, bz2\nplt.plot(1)\nplt.plot(2)\nimport lzma\n")


def failing(line: int, name: str = "plt") -> Message:
    return Message("left_out", {"exception": "NameError"}, f"name '{name}' is not defined", line)


def test_lines_that_fail_alike_are_one_remark() -> None:
    (remark,) = remarks([failing(2), failing(3), failing(3)], WORDS, LINES)
    assert (remark.code, remark.more_code) == ("2 | plt.plot(1)", ("3 | plt.plot(2)",))
    assert remark.also == ()


def test_the_advice_fits_an_import_that_fails() -> None:
    """ "Keep only imports and functions" stood beside an import."""
    note = Message("left_out_name", {}, "cannot import name 'x'", 1)
    (remark,) = remarks([note], WORDS, LINES)
    assert remark.sentence.next.startswith("Correct the spelling")


def test_lines_that_fail_otherwise_are_told_apart() -> None:
    assert len(remarks([failing(2), failing(3, "fig")], WORDS, LINES)) == 2


def test_of_many_lines_some_are_shown_and_the_others_counted() -> None:
    lines = source_lines("\n".join(f"plt.plot({number})" for number in range(30)).encode())
    (remark,) = remarks([failing(number) for number in range(1, 31)], WORDS, lines)
    assert len(remark.more_code) == 3
    assert remark.also == ("The same is true of 26 more lines.",)


def test_modules_that_are_missing_are_named_together() -> None:
    notes = [Message("missing_module", {}, name, line) for name, line in (("ssl", 1), ("bz2", 1))]
    notes.append(Message("missing_module", {}, "lzma", 4))
    (remark,) = remarks(notes, WORDS, LINES)
    assert remark.sentence.quoted == "Module: ssl, bz2, lzma"
    assert remark.more_code == ("4 | import lzma",)


USE = "    s = W.dot(X)"
SAID = {
    "half a function": (RIGHT.replace("np.mean(", "np.mean(("), "does_not_parse"),
    "smart quotes": (RIGHT.replace(USE, f"    print(“a”)\n{USE}"), "smart_quotes"),
    "imported": (
        f"from helper import softmax_loss_vectorized\n{RIGHT.partition('def softmax_loss_vec')[0]}",
        "function_imported",
    ),
    "exit": (f"exit()\n{RIGHT}", "function_not_reached"),
    "decorated": (RIGHT.replace("def softmax_loss_v", "@jit\ndef softmax_loss_v"),
                  "function_left_out"),
    "a module that is used": (
        f"import torch\n{RIGHT.replace(USE, USE + '; torch.eye(3)')}", "import_failed"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_a_problem_says_is_not_said_again(
    name: str, sandbox: Sandbox, quick_key: AnswerKey
) -> None:
    text, code = SAID[name]
    verdict = grade(quick_key, submission_of(text), sandbox.open_program)
    assert code in {finding.message.code for finding in verdict.findings if finding.message}
    assert verdict.notes, "in the record, it stays"
    assert WORDS["page"]["notes"] not in summary(verdict, WORDS, source=text.encode())


def test_the_page_shows_each_line_too(sandbox: Sandbox, quick_key: AnswerKey) -> None:
    text = RIGHT + "plt.plot(1)\nplt.plot(2)\n"
    submission = submission_of(text)
    html = page(grade(quick_key, submission, sandbox.open_program), WORDS, submission)
    assert html.count("This line stops with NameError") == 1
    assert "plt.plot(2)" in html


def test_a_file_that_ends_above_both_functions_has_one_problem(
    sandbox: Sandbox, quick_key: AnswerKey
) -> None:
    text = f"exit()\n{RIGHT}"
    verdict = grade(quick_key, submission_of(text), sandbox.open_program)
    assert summary(verdict, WORDS, source=text.encode()).count("could not be loaded beyond") == 1


def test_why_a_file_was_not_loaded_further_is_said_beside_that_it_was_not() -> None:
    note = Message("left_out_endless", {"seconds": 10.0}, line=1)
    problem = Message("function_not_reached", {}, line=1)
    finding = Finding("naive.loss", "naive", "value", "failed", 0.0, 10.0, 0.0, problem)
    assert without_repeated([note, Message("left_out_exit", line=1)], [finding]) == (note,)


def test_a_note_about_the_same_line_of_another_file_is_no_repetition() -> None:
    problem = Message("raised", {"exception": "ValueError"}, line=1, file="layers.py")
    finding = Finding("naive.loss", "naive", "value", "failed", 0.0, 10.0, 0.0, problem)
    here, there = failing(1), replace(failing(1), file="layers.py")
    assert without_repeated([here, there], [finding]) == (here,)
    lines = source_lines(b"plt.plot(1)\n", (SourceFile("layers.py", b"plt.plot(2)\n"),))
    codes = [(remark.code, remark.more_code) for remark in remarks([here, there], WORDS, lines)]
    assert codes == [("1 | plt.plot(1)", ("layers.py, line 1 | plt.plot(2)",))]
