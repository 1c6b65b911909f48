"""The terminal summary of hand-made verdicts."""

import pytest
from msgspec.structs import replace

from grader.model import Message
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import question_name
from grader.reports.terminal import WIDTH, summary
from grader.verdict import Outcome
from tests.support.languages import LETTERS, WORDS_IN
from tests.support.verdicts import (
    EVERY_OUTCOME,
    EVIDENCE,
    HOSTILE,
    KEY,
    VERDICTS,
    WORDS,
    make_finding,
    verdict_of,
)

SUMMARY = """
  FIX   naive       gradient dW                                          0/15
  skip  naive       large scores                                          0/5
  ????  vectorized  faster than loops                                    ?/10
  ok    1 other
1. softmax_loss_naive: gradient dW (costs 15 points)
   What  Line 12: The function stops with ValueError. Python says: a quoted text
   Next  Print the values in this line before it runs: which of them is not what
???? softmax_loss_vectorized: faster than loops
   What  The grader had trouble of its own: a reason.
10 points could not be judged and wait for a person
"""


def test_every_outcome_has_a_line() -> None:
    lines = summary(verdict_of(*EVERY_OUTCOME), WORDS).split("\n")
    assert lines[0].startswith("softmax.py  saved 2026-11-2")
    assert lines[0].endswith(" 10 of 40 points")
    assert len(lines[0]) == WIDTH
    for line in SUMMARY.strip("\n").split("\n"):
        assert line in lines


def test_full_marks() -> None:
    assert "  ok    The question passed. Nothing to fix." in summary(
        verdict_of(make_finding("passed")), WORDS
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            (
                "0.5 of 1 point\n",
                "(costs 0.5 points)",
                "ok    1 other\n",
                "0 of 1 point\n",
                "(costs 1 point)",
                "\n1 point could",
            ),
        ),
        (
            "es",
            (
                "0.5 de 1 punto\n",
                "(resta 0.5 puntos)",
                "bien      otra más\n",
                "0 de 1 punto\n",
                "(resta 1 punto)",
                "\n1 punto no",
            ),
        ),
    ],
)
def test_one_of_a_thing_is_singular(language: str, expected: tuple[str, ...]) -> None:
    lost = Message("slope_flat", {"output": "dW", "of": "loss", "by": "W"})
    doubt = Message("grader_trouble", {"what": "a reason"})
    verdicts = [
        verdict_of(
            make_finding("passed", points=0.5, possible=0.5),
            make_finding("failed", lost, 1, possible=0.5),
        ),
        verdict_of(make_finding("failed", lost, possible=1)),
        verdict_of(make_finding("could_not_judge", doubt, possible=1)),
    ]
    shown = "\n".join(summary(verdict, WORDS_IN[language]) for verdict in verdicts)
    assert [text for text in expected if text not in shown] == []


@pytest.mark.parametrize("outcome", ["failed", "not_run", "could_not_judge"])
def test_all_is_right_only_where_everything_passed(outcome: Outcome) -> None:
    found = (
        make_finding("passed"),
        make_finding(outcome, Message("time_used_up", {"seconds": 15.0}), 1),
    )
    assert "Nothing to fix." not in summary(verdict_of(*found), WORDS)


@pytest.mark.parametrize("name", VERDICTS)
def test_what_a_student_wrote_steers_nothing(name: str) -> None:
    shown = summary(VERDICTS[name], WORDS)
    assert all(character == "\n" or character.isprintable() for character in shown)


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("place", ["file", "quote", "value", "reason", "flag"])
def test_what_a_student_wrote_is_shown(kind: str, place: str) -> None:
    """Wrapped, but whole."""
    shown = summary(VERDICTS[f"{kind} {place}"], WORDS)
    assert "".join(escape_invisible(HOSTILE[kind]).split()) in "".join(shown.split())


@pytest.mark.parametrize("language", LETTERS)
@pytest.mark.parametrize(
    "name", [name for name in VERDICTS if "bidi" not in name and "private" not in name]
)
def test_the_terminal_shows_80_columns_of_ascii_and_letters(name: str, language: str) -> None:
    shown = summary(VERDICTS[name], WORDS_IN[language])
    assert {sign for sign in shown if not sign.isascii()} <= set(LETTERS[language])
    assert max(map(len, shown.split("\n"))) <= WIDTH


SPANISH = """
  CORREGIR  naive       gradiente dW                                     0/15
  omitida   naive       puntuaciones grandes                              0/5
  ????      vectorized  más rápida que con ciclos                        ?/10
  bien      otra más
1. softmax_loss_naive: gradiente dW (resta 15 puntos)
   Qué pasa      Línea 12: La función se detiene con ValueError. Python dice: a
                 quoted text
   Ahora         Imprime los valores de esta línea antes de que se ejecute:
???? softmax_loss_vectorized: más rápida que con ciclos
   Qué pasa      El calificador tuvo un problema propio: a reason.
"""


def test_columns_are_as_wide_as_the_words_of_a_language() -> None:
    lines = summary(verdict_of(*EVERY_OUTCOME), WORDS_IN["es"]).split("\n")
    for line in SPANISH.strip("\n").split("\n"):
        assert line in lines


@pytest.mark.parametrize("language", LETTERS)
def test_the_names_of_questions_fit_into_the_table(language: str) -> None:
    for number, question in enumerate(KEY.questions):
        assert question_name(question.id, WORDS_IN[language]) + " " in summary(
            verdict_of(make_finding("not_run", number=number, possible=1)), WORDS_IN[language]
        )


@pytest.mark.parametrize("possible", [1e6, 100 / 3, 0.1 + 0.2])
def test_odd_points_fit(possible: float) -> None:
    found = make_finding("failed", Message("not_implemented"), possible=possible)
    assert max(map(len, summary(verdict_of(found), WORDS).split("\n"))) <= WIDTH


def test_names_of_another_assignment_fit() -> None:
    """A long name of a function, of a question, and of a file."""
    long = replace(
        make_finding("could_not_judge", Message("needs_undecided", {"question": "naive.loss"})),
        function="f" * 100,
        question="q." + "n" * 100,
    )
    failed = replace(
        make_finding("failed", Message("not_implemented")),
        function="g" * 100,
        question="r." + "n" * 100,
    )
    shown = summary(verdict_of(long, failed), WORDS)
    assert max(map(len, shown.split("\n"))) <= WIDTH


@pytest.mark.parametrize("name", EVIDENCE)
def test_evidence_is_shown(name: str) -> None:
    assert "\n   Seen  " in summary(VERDICTS[name], WORDS)


def test_paint_colours_by_outcome_and_changes_no_text() -> None:
    painted: list[tuple[str, str]] = []

    def paint(text: str, colour: str) -> str:
        painted.append((text.strip(), colour))
        return text

    assert summary(verdict_of(*EVERY_OUTCOME), WORDS, paint) == summary(
        verdict_of(*EVERY_OUTCOME), WORDS
    )
    assert {
        ("FIX", "red"),
        ("skip", "yellow"),
        ("????", "magenta"),
        ("ok", "green"),
        ("10 of 40 points", "yellow"),
    } <= set(painted)
    painted.clear()
    summary(verdict_of(make_finding("passed")), WORDS, paint)
    assert ("10 of 10 points", "green") in painted


def test_flags_come_last() -> None:
    flags = (
        Message("hidden_characters", {"count": 3, "first": "U+202E"}, line=12),
        Message("lookalike_letters", {}, "n\\u0430ive", 1),
    )
    shown = (
        summary(replace(verdict_of(*EVERY_OUTCOME), flags=flags), WORDS, source=SOURCE)
        .split("\n\n")[-1]
        .split("\n")
    )
    assert shown[0] == "For a person to look at (costs nothing)"
    assert [line[:7].strip() for line in shown[1:] if line[:7].strip()] == [
        "What",
        "Code",
        "Next",
    ] * 2
    assert "   Code  12 | scores = W.dot(X)  # \\u202e" in shown
    assert "         alike. The word: n\\u0430ive" in shown


def test_a_name_with_spaces_stands_in_quotation_marks() -> None:
    """It could read like a line of the summary otherwise."""
    shown = summary(
        verdict_of(*EVERY_OUTCOME, file="x.py" + " " * 70 + "100 of 100 points ok.py"), WORDS
    )
    assert shown.startswith('"x.py')
    assert not [line for line in shown.split("\n")[1:] if line.startswith("100 of")]


def test_a_line_of_code_is_counted_as_python_counts() -> None:
    """A form feed, or a separator that Unicode knows, ends no line of Python."""
    failed = make_finding("failed", Message("raised", {"exception": "ValueError"}, "shapes", 3))
    assert "   Code  3 | right\n" in summary(
        verdict_of(failed), WORDS, source="\ufeff\x0c1\u2028\x1c\r\n2\rright\nwrong".encode()
    )


SOURCE = b"import numpy as np\n" * 11 + b"    scores = W.dot(X)  # \xe2\x80\xae\n"


def test_the_line_of_code_is_shown() -> None:
    failed = make_finding("failed", Message("raised", {"exception": "ValueError"}, "shapes", 12))
    assert "   Code  12 | scores = W.dot(X)  # \\u202e\n" in summary(
        verdict_of(failed), WORDS, source=SOURCE
    )
    assert "Code" not in summary(verdict_of(failed), WORDS, source=b"one line")


def test_a_problem_answers_for_what_was_not_asked_because_of_it() -> None:
    """Directly, by way of another question, and once only."""
    failed = make_finding("failed", Message("number_differs", {"case": "small", "output": "loss"}))
    not_run = (
        make_finding("not_run", Message("needs", {"question": KEY.questions[0].id}), 5),
        make_finding("not_run", Message("needs", {"question": KEY.questions[5].id}), 14),
        make_finding("not_run", Message("needs", {"question": "vectorized.loss"}), 13),
    )
    shown = summary(verdict_of(failed, make_finding("passed", number=1), *not_run), WORDS)
    assert "(costs 25 points; 15 of them could not be checked)" in " ".join(shown.split())


def test_the_same_mistake_in_both_functions_is_one_problem() -> None:
    message = Message("effect_missing", {"knob": "reg", "output": "dW"})
    shown = summary(
        verdict_of(
            make_finding("passed"),
            make_finding("failed", message, 3),
            make_finding("passed", number=6),
            make_finding("failed", message, 9),
        ),
        WORDS,
    )
    assert (
        "1. softmax_loss_naive, softmax_loss_vectorized: regularization in dW (costs 7 points)"
        in " ".join(shown.split())
    )
    assert "2. " not in shown


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        (
            Message("function_needs_module", {"name": "f"}, "numba", 3),
            Message("left_out_module", {}, "numba", 3),
        ),
        (
            Message("function_left_out", {"name": "f", "exception": "NameError"}, "no", 3),
            Message("left_out", {"exception": "NameError"}, "no", 3),
        ),
        (
            Message("function_not_reached", {"name": "f"}, None, 3),
            Message("left_out_exit", {}, None, 3),
        ),
        (
            Message("does_not_parse", {}, "'(' was never closed", 3),
            Message("left_out_block", {"first": 2, "last": 5}, "'(' was never closed", 3),
        ),
    ],
)
def test_what_costs_points_is_not_told_again_as_costing_nothing(
    reason: Message, note: Message
) -> None:
    other = Message("left_out_fence", {}, "```", 9)
    whole = replace(verdict_of(make_finding(message=reason)), notes=(note, other))
    text = summary(whole, WORDS)
    assert "Line 9:" in text
    assert text.count("Line 3:") == 1
    passed = replace(verdict_of(make_finding("passed")), notes=(note,))
    assert "Line 3:" in summary(passed, WORDS)
