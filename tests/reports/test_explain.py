"""What `explain` says about a code with the name that it is about: array_differs.dW."""

import pytest

from grader.assignment.explanation import Explanation, Section
from grader.messages import load_words
from grader.reports.explain import codes_in, explain_word, unknown_word

OWN = {
    "en": {
        "messages": {
            "array_differs.h": {"what": "The hidden layer is wrong on {case}."},
            "brand_new": {"what": "New: {knob}.", "next": "Look."},
        },
        "misconceptions": {
            "twice": {"name": "h twice", "means": "It is doubled.", "next": "Halve it."}
        },
    }
}
WORDS = load_words("en", OWN)
SECTIONS = {
    topic: Section(topic, f"About {topic}", 2, f"Text of {topic}.\n")
    for topic in ("layers", "arrays", "speed")
}
TOPICS = {"array_differs.h": "layers", "array_differs": "arrays", "loops_over": "speed"}
EXPLANATION = Explanation(SECTIONS, TOPICS)


def explained(word: str) -> list[str]:
    return [" ".join(text.split()) for text in explain_word(word, EXPLANATION, WORDS)]


def test_the_words_and_the_topic_of_the_name_go_first() -> None:
    entry, section = explained("array_differs.h")
    assert entry.startswith("array_differs.h What The hidden layer is wrong on ....")
    assert "Next Take one entry of h, work it out by hand" in entry
    assert "Text of layers." in section


@pytest.mark.parametrize(
    ("code", "said", "topic"),
    [
        ("array_differs.scores", "scores is wrong on ....", "arrays"),
        ("array_differs", "... is wrong on ....", "arrays"),
        ("loops_over.T", "Python works along the axis T one step at a time", "speed"),
        ("slip_input.h", "h contains ... * ....", None),
        ("brand_new.p", "New: p.", None),
    ],
)
def test_what_has_no_words_of_its_own_has_those_of_the_code(
    code: str, said: str, topic: str | None
) -> None:
    entry, *section = explained(code)
    assert said in entry
    assert [f"Text of {topic}." in text for text in section] == ([True] if topic else [])


def test_a_cell_of_an_export_is_taken_apart() -> None:
    cell = "twice|a+array_differs.h;loops_over.T;twice"
    assert codes_in(cell) == ["twice", "a", "array_differs.h", "loops_over.T"]


def test_an_unknown_code_stays_unknown() -> None:
    assert explained("array_difers.h") == []
    sentence = unknown_word("array_difers.h", EXPLANATION, WORDS)
    assert "array_differs.h" in sentence
