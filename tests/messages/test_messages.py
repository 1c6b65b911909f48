"""The sentences: one for every message code, in every language.

A sentence uses only values that the message supplies.
"""

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from grader import checks
from grader.messages import LANGUAGES, load_words
from grader.model import Level, Message
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import Sentence, sentence
from tests.support.grading import make_key
from tests.support.languages import LETTERS, WORDS_IN
from tests.support.messages import COMPUTED_MESSAGES, LITERAL_MESSAGES
from tests.support.paths import PROJECT

KEY = make_key()
WORDS = load_words("en", KEY.words)


def test_the_source_was_read() -> None:
    assert len(LITERAL_MESSAGES) > 30
    assert LITERAL_MESSAGES["gradient_differs"] == {"case", "wrong", "entries"}


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert set(LITERAL_MESSAGES) | {message.code for message in COMPUTED_MESSAGES} == set(
        WORDS["messages"]
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(WORDS["messages"]))
def test_every_sentence_says_what_and_what_next(code: str, language: str) -> None:
    entry = WORDS_IN[language]["messages"][code]
    assert (
        {"what", "next"}
        <= {part for part in entry if not part.startswith("next_")}
        <= {"what", "next", "quoted"}
    )
    for part in set(entry) - {"quoted"}:
        assert re.fullmatch(rf"[ -~{LETTERS[language]}]*[.?]", entry[part]), (
            "a whole sentence, in letters that a console has"
        )
    assert [
        name for _, name, _, _ in Formatter().parse(entry.get("quoted", "{quote}")) if name
    ] == ["quote"]


@pytest.mark.parametrize("code", sorted(LITERAL_MESSAGES))
def test_a_sentence_uses_values_that_its_code_supplies(code: str) -> None:
    entry = WORDS["messages"][code]
    asked = {
        name
        for part in ("what", "next")
        for _, name, _, _ in Formatter().parse(entry[part])
        if name
    }
    assert asked <= LITERAL_MESSAGES[code]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "message",
    {repr(message): message for message in COMPUTED_MESSAGES}.values(),
    ids=lambda message: message.code,
)
def test_every_composed_message_has_a_sentence(message: Message, language: str) -> None:
    told = sentence(message, WORDS_IN[language])
    assert "{" not in told.text + told.next
    assert told.what != message.code


def test_a_sentence_has_its_place_its_values_and_the_students_own_text() -> None:
    message = Message("raised", {"exception": "ValueError"}, "bad\x1b[0m \u202evalue\n", 12)
    told = sentence(message, WORDS)
    assert told == Sentence(
        "Line 12",
        "The function stops with ValueError.",
        "Python says: bad\\u001b[0m \\u202evalue ",
        "Work out the shapes of the arrays in this line, starting from those in the docstring.",
    )
    assert (
        told.text
        == "Line 12: The function stops with ValueError. Python says: bad\\u001b[0m \\u202evalue"
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\xa0\u3000\u2003", r"\u00a0\u3000\u2003"),  # spaces that Python does not read as such
        (
            "\u3164\u115f\uffa0\u2800",
            r"\u3164\u115f\uffa0\u2800",
        ),  # letters and a sign that show nothing
        ("\u034f\ufe0f\U000e0100", r"\u034f\ufe0f\U000e0100"),  # marks that show nothing
        (
            "e\u0323\u0302 Z\u0335\u0321\u0353\u0301",
            "e\u0323\u0302 Z\u0335\u0321" + r"\u0353\u0301",
        ),  # accents that pile up
        ("caf\xe9 \u6570 \u03a9 \U0001f600", "caf\xe9 \u6570 \u03a9 \U0001f600"),
    ],
)
def test_what_can_be_seen_is_left_and_the_rest_is_escaped(written: str, shown: str) -> None:
    assert escape_invisible(written) == shown


def test_names_of_cases_questions_and_functions() -> None:
    assert (
        sentence(Message("unstable_loss", {"case": "A"}), WORDS).what
        == "The loss is wrong for scores near 1000."
    )
    assert (
        sentence(Message("unstable_loss", {"case": "unnamed"}), WORDS).what
        == "The loss is wrong for unnamed."
    )
    assert (
        "failed first: gradient dW."
        in sentence(Message("needs", {"question": "naive.gradient"}), WORDS).what
    )
    assert (
        "failed first: unnamed."
        in sentence(Message("needs", {"question": "naive.unnamed"}), WORDS).what
    )
    assert sentence(Message("returned_no_pair", {"type": "object"}), WORDS).what.startswith(
        "The function returns an object,"
    )
    assert sentence(Message("returned_no_pair", {"type": "dict"}), WORDS).what.startswith(
        "The function returns dict,"
    )


def test_a_code_without_a_sentence_is_shown_itself() -> None:
    assert sentence(Message("brand_new"), WORDS) == Sentence("", "brand_new", "", "")


def test_all_that_reports_name_has_words() -> None:
    assert set(WORDS["asked"]) == set(checks.CHECKS)
    assert (
        set(WORDS["outcomes"])
        == set(WORDS["outcome_marks"])
        == {"passed", "failed", "not_run", "could_not_judge"}
    )
    assert {question.id.partition(".")[2] for question in KEY.questions} <= set(WORDS["questions"])
    asked = {case for question in KEY.questions for case in question.settings.get("cases", ())}
    assert asked <= set(WORDS["cases"])
    assert {*KEY.conventions, *get_args(Level)} <= set(WORDS["details"])


def test_every_word_of_the_page_is_used() -> None:
    sources = [*PROJECT.glob("grader/reports/**/*.py"), *PROJECT.glob("grader/reports/**/*.html")]
    text = "\n".join(Path(path).read_text(encoding="utf-8") for path in sources)
    assert [
        word
        for word in WORDS["page"]
        if not re.search(rf'page\.{word}\b|"{word.removesuffix("_one")}"', text)
    ] == []


def test_an_assignments_own_words_go_over_those_of_the_grader() -> None:
    own = {
        "title": "Ours",
        "en": {
            "cases": {"small": "a tiny input"},
            "messages": {"brand_new": {"what": "New.", "next": "Look."}},
        },
    }
    words, plain = load_words("en", own), load_words("en", {})
    assert words["title"] == "Ours"
    assert words["cases"] == {**plain["cases"], "small": "a tiny input"}
    assert sentence(Message("brand_new"), words).what == "New."
    assert words["messages"]["raised"] == plain["messages"]["raised"]
    assert load_words("en", {"es": {"cases": {"small": "pequeña"}}})["cases"] == plain["cases"]


def test_what_an_assignment_says_in_english_only_stays_english() -> None:
    """If the grader has no sentence for it either. Its own Spanish goes over everything."""
    own = {
        "en": {"cases": {"tiny": "a tiny input", "small": "an input", "A": "scores"}},
        "es": {"cases": {"A": "puntuaciones"}},
    }
    cases = load_words("es", own)["cases"]
    assert (cases["tiny"], cases["small"], cases["A"]) == (
        "a tiny input",
        "una entrada pequeña",
        "puntuaciones",
    )


def test_a_title_is_one_for_all_languages_or_one_for_each() -> None:
    assert {load_words(language, {"title": "Ours"})["title"] for language in LANGUAGES} == {"Ours"}
    assert [
        load_words(language, {"title": {"en": "Ours", "es": "Lo nuestro"}})["title"]
        for language in ("en", "es")
    ] == [
        "Ours",
        "Lo nuestro",
    ]
    assert load_words("es", {"title": {"en": "Ours"}})["title"] == "Ours"


def test_one_sentence_of_a_message_can_be_changed_alone() -> None:
    """An assignment that says what is wrong in its own words keeps the grader's advice."""
    words = load_words(
        "en", {"en": {"messages": {"gradient_zero": {"what": "Nothing in dW on {case}."}}}}
    )
    told = sentence(Message("gradient_zero", {"case": "small"}), words)
    assert told.what == "Nothing in dW on a small input."
    assert told.next == sentence(Message("gradient_zero", {"case": "small"}), WORDS).next
