"""The sentences: one for every message code, in every language.

A sentence uses only values that the message supplies.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from grader import checks
from grader.messages import LANGUAGES, load_words
from grader.model import SUFFIXES, Level, Message, Words
from grader.redaction import for_student
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import Sentence, sentence, without_numbers, words_of_code
from tests.support.grading import make_key
from tests.support.languages import LETTERS, WORDS_IN, sentences_in
from tests.support.messages import COMPUTED_MESSAGES, ELSEWHERE, LITERAL_MESSAGES, SUPPLIED
from tests.support.paths import PROJECT
from tests.support.verdicts import make_finding, verdict_of

KEY = make_key()
WORDS = load_words("en", KEY.words)
# Those of the grader alone, which any assignment has.
GENERAL = {language: load_words(language, {}) for language in LANGUAGES}
# What checks.py of softmax and of its preset say.
OWN_CODES = (
    *("other_layout", "gradient_transposed", "gradient_shape_of_X"),
    *("probability_vanishes", "probability_kept_large", "small_probability_differs"),
)
# Names that softmax's sentences have, and the grader's own must not.
NAMES_OF_SOFTMAX = (
    r"\b(W|X|dW|reg|loss|softmax|scores?|class(es)?|samples?|pérdida|clases?|muestras)\b"
)
# Sentences about classes of Python.
ABOUT_PYTHON = {
    *("missing_function", "function_spelled", "function_in_class", "left_out_definition"),
    "missing_in_files",
    *("newer_python", "call_failed"),
}


def test_the_source_was_read() -> None:
    assert len(LITERAL_MESSAGES) > 30
    assert LITERAL_MESSAGES["not_faster"] == {"ratio", "limit", "other"}
    assert LITERAL_MESSAGES["probability_vanishes"] == {"case"}
    assert {message.code for message in COMPUTED_MESSAGES} >= ELSEWHERE


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    codes = set(SUPPLIED)
    assert codes == {code.partition(".")[0] for code in WORDS["messages"]}
    for language in LANGUAGES:
        assert codes - set(OWN_CODES) == set(GENERAL[language]["messages"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_called_right_that_no_question_has_asked(language: str) -> None:
    """A loop is found whether the answers are right or not, unless an assignment has `needs`."""
    preset = PROJECT / "reference/presets/linear-classifier/messages" / f"{language}.toml"
    texts = [str(GENERAL[language]["messages"]), preset.read_text(encoding="utf-8")]
    for text in texts:
        assert not re.search(r"answers are right, but|respuestas son correctas, pero", text)
        assert not re.search(r"inputs are small|entradas son peque", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_graders_own_words_fit_any_assignment(language: str) -> None:
    """They name no array of softmax's; its own words do."""
    found = {
        name for name, text in sentences_in(GENERAL[language]) if re.search(NAMES_OF_SOFTMAX, text)
    }
    about_arrays = ("messages.", "errors.", "evidence.", "questions.", "asked.", "cases.")
    codes = {name.split(".")[1] for name in found if name.startswith(about_arrays)}
    assert codes <= ABOUT_PYTHON


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(WORDS["messages"]))
def test_every_sentence_says_what_and_what_next(code: str, language: str) -> None:
    entry = words_of_code((code, code.partition(".")[0]), WORDS_IN[language])
    assert {"what", "next"} <= set(entry) <= {"what", "short", "next", "quoted"}
    for part in set(entry) - {"quoted"}:
        assert re.fullmatch(rf"[ -~{LETTERS[language]}]*[.?]", entry[part]), (
            "a whole sentence, in letters that a console has"
        )
    assert [
        name for _, name, _, _ in Formatter().parse(entry.get("quoted", "{quote}")) if name
    ] == ["quote"]


def placeholders(entry: Mapping[str, str]) -> set[str]:
    """The values that the sentences of a code ask for."""
    texts = [text for part, text in entry.items() if part != "quoted"]
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(WORDS["messages"]))
def test_a_sentence_uses_values_that_its_code_supplies(code: str, language: str) -> None:
    """Those of the grader, and those that softmax has for one output, letter or input."""
    base = code.partition(".")[0]
    for words in (GENERAL[language], WORDS_IN[language]):
        assert placeholders(words_of_code((code, base), words)) <= SUPPLIED[base]


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
        "Print the values in this line before it runs: which of them is not what you expected?",
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
    def what(code: str, **values: str | int) -> str:
        return sentence(Message(code, {**values}), WORDS).what

    scores = what("unstable", case="A", output="loss")
    assert scores == "The loss is wrong for scores near 1000."
    assert what("unstable", case="odd", output="loss") == 'The loss is wrong for the input "odd".'
    assert "failed first: gradient dW." in what("needs", question="naive.gradient")
    assert "failed first: unnamed." in what("needs", question="naive.unnamed")
    returned = what("returned_no_tuple", type="object", expected=2)
    assert returned.startswith("The function returns an object,")
    returned = what("returned_no_tuple", type="dict", expected=2)
    assert returned.startswith("The function returns dict,")
    shape = what("output_shape", output="dW", got="scalar", expected="3x5")
    assert shape == "dW has shape () (a single number), but W has shape 3x5."


def test_a_message_has_the_sentence_of_its_output_letter_input_or_knob() -> None:
    """What that lacks, it has from the sentence for all."""
    own = {
        "array_differs.scores": {"what": "The scores are wrong on {case}."},
        "loops_over.T": {"next": "Which operation works on all steps at once?"},
        "effect_missing.p": {"what": "never: an output goes before a knob"},
        "brand_new.p": {"what": "Only {knob}.", "next": "Look."},
    }
    words = load_words("en", {"en": {"messages": own}})

    def said(code: str, **values: str | int) -> tuple[str, str]:
        told = sentence(Message(code, {**values}), words)
        return told.what, told.next

    what, advice = said("array_differs", case="small", output="scores")
    assert what == "The scores are wrong on a small input."
    assert advice.startswith("Take one entry of scores,")
    what, _ = said("array_differs", case="small", output="h")
    assert what == "h is wrong on a small input."
    sizes = {"small": 1, "large": 2, "before": 3, "after": 4}
    what, advice = said("loops_over", letter="T", **sizes)
    assert "along the axis T one step at a time: 3 operations where T is 1, 4 where it is 2" in what
    assert advice == "Which operation works on all steps at once?"
    assert said("effect_missing", knob="p", output="h")[0] == "h does not change with p."
    assert said("brand_new", knob="p") == ("Only p.", "Look.")


def test_a_factor_is_named_in_words() -> None:
    """An output at rest, or what a knob adds to it; an assignment may have its own words."""

    def what(factor: str, words: Words) -> str:
        values: dict[str, float | int | str] = {"factor": factor, "times": "2"}
        return sentence(Message("slip_times", values), words).what

    assert what("h", GENERAL["en"]) == "h is 2 times what it should be."
    assert what("h+p", GENERAL["en"]) == "What p adds to h is 2 times what it should be."
    assert what("h+p", GENERAL["es"]) == "Lo que p añade a h es 2 veces lo que debería ser."
    assert what("loss", WORDS).startswith("The loss without regularization is")
    assert what("dW+reg", WORDS).startswith("What reg adds to dW is")


def test_a_letter_that_a_sentence_names_is_explained_if_an_assignment_has_words() -> None:
    """Softmax's own sentence names samples: there the letter would say nothing."""
    sizes = {"small": 1, "large": 2, "before": 3, "after": 4}
    message = Message("loops_over", {"letter": "N", **sizes})
    of_steps = load_words("en", {"en": {"sizes": {"N": "N is the number of steps."}}})
    assert sentence(message, of_steps).what.endswith("4 where it is 2. N is the number of steps.")
    assert "N is the number" not in sentence(message, GENERAL["en"]).what
    assert "N is the number" not in sentence(message, WORDS).what


def test_what_is_grouped_keeps_its_names_and_loses_its_numbers() -> None:
    """A digit in the name of an output is no number."""
    words = GENERAL["en"]
    message = Message("output_shape", {"output": "dW1", "got": "3x4", "expected": "4x3"})
    shape = "dW1 does not have the shape that it must have here: 4x3."
    assert without_numbers(message, words) == shape
    sizes = {"small": 20, "large": 40, "before": 300, "after": 600}
    loops = Message("loops_over", {"letter": "H1", **sizes})
    loop = without_numbers(loops, words)
    assert loop.startswith("Python works along the axis H1 one step at a time. ")
    own = load_words(
        "en", {"en": {"messages": {"ours": {"what": "{size} of {output}", "next": ""}}}}
    )
    assert without_numbers(Message("ours", {"size": 7, "output": "h1"}), own) == "... of h1"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("secret", [True, False], ids=["official", "in a class"])
def test_no_sentence_has_a_gap_where_a_number_is_not_shown(secret: bool, language: str) -> None:
    """ "dW has shape ?", "did not answer within ... s"."""
    measured: dict[str, float | int | str] = {"got": "3x4", "shape": "3x4", "length": 3}
    measured |= {"ratio": 1.5, "seconds": 10.0}
    measured |= {"limit": 3.0, "expected": "4x3", "type": "tuple", "byte": 7}
    measured |= {"before": 100, "after": 200, "small": 20, "large": 40}
    for words in (GENERAL[language], WORDS_IN[language]):
        for key in words["messages"]:
            code, _, name = key.partition(".")
            values = {each: measured.get(each, "A") for each in SUPPLIED[code]}
            if name:
                suffix = next((each for each in SUFFIXES if each in SUPPLIED[code]), "output")
                values[suffix] = name
            message = Message(code, values)
            said = without_numbers(message, words)
            if secret:
                verdict = verdict_of(make_finding(message=message), seed=None)
                (finding,) = for_student(verdict).findings
                assert finding.message is not None
                said = sentence(finding.message, words).text
            assert not re.search(r"\?|\.\.\.(?!\))|\{", said.replace("..,", "")), (key, said)


def test_a_code_without_a_sentence_is_shown_itself() -> None:
    assert sentence(Message("brand_new"), WORDS) == Sentence("", "brand_new", "", "")


def test_all_that_reports_name_has_words() -> None:
    assert set(GENERAL["en"]["asked"]) == set(checks.CHECKS)
    assert {code.partition(".")[0] for code in WORDS["asked"]} == set(checks.all_checks(KEY))
    assert (
        set(WORDS["outcomes"])
        == set(WORDS["outcome_marks"])
        == {"passed", "failed", "not_run", "could_not_judge"}
    )
    names = {question.id.partition(".")[2] for question in KEY.questions}
    assert names <= set(WORDS["questions"])
    kinds = {code.partition(".")[2] for code in WORDS["asked"]} - {""}
    assert kinds <= names, "the words of a single question are those of one that is there"
    asked = {case for question in KEY.questions for case in question.settings.get("cases", ())}
    assert asked - {"samples_20", "samples_40", "classes_6"} <= set(WORDS["cases"])
    assert {*KEY.conventions, *get_args(Level)} <= set(WORDS["details"])
    assert set(KEY.conventions) == set(WORDS["class"]["other_conventions"])
    outputs = {output for function in KEY.functions.values() for output in function.outputs}
    factors = {f"{output}+{knob}" for output in outputs for knob in KEY.knobs}
    assert set(WORDS["factors"]) == outputs | factors


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
        "en", {"en": {"messages": {"array_zero": {"what": "Nothing in dW on {case}."}}}}
    )
    zero = Message("array_zero", {"case": "small", "output": "dW"})
    told = sentence(zero, words)
    assert told.what == "Nothing in dW on a small input."
    assert told.next == sentence(zero, GENERAL["en"]).next
