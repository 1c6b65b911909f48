"""What a student reads about each known mistake.

It is complete, in both languages, and leads on without giving the answer away.
"""

import re
import tomllib

import pytest

from grader.assignment.course_files import load_module
from grader.assignment.explanation import sections
from grader.assignment.find_assignment import SHIPPED
from grader.messages import LANGUAGES
from tests.support.languages import FORBIDDEN
from tests.support.misconceptions import LARGE_SCORES, MISCONCEPTIONS
from tests.support.paths import PROJECT

IDS = [name for name in MISCONCEPTIONS if name not in LARGE_SCORES]  # those that are named
LONGEST = 60  # characters of a name, which stands in a title
# Code that would be the correction.
ANSWER = re.compile(r"[^=!<>]=[^=]|[-+*/]=|\.dot\(|\.sum\(|axis=\d|reg \* W|p - 1\b")
FIELDS = "name", "means", "next", "topic"


FOLDERS = ("presets/linear-classifier", "softmax")


def words_of(language: str) -> dict[str, dict[str, str]]:
    """The words of the preset's mistakes, then those of the assignment's own."""
    words: dict[str, dict[str, str]] = {}
    for folder in FOLDERS:
        words |= own_words(folder, language)
    return words


def own_words(folder: str, language: str) -> dict[str, dict[str, str]]:
    text = SHIPPED.joinpath(folder, "messages", f"{language}.toml").read_text(encoding="utf-8")
    words: dict[str, dict[str, str]] = tomllib.loads(text)["misconceptions"]
    return words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mistake_has_all_its_words(language: str) -> None:
    words = words_of(language)
    assert sorted(words) == sorted(IDS)
    fields = {name: tuple(f for f in said if f != "claims") for name, said in words.items()}
    for name in ("reg_full", "reg_half"):  # right by another convention
        assert fields.pop(name) == (*FIELDS, "set")
    assert {name: said for name, said in fields.items() if said != FIELDS} == {}
    names = [said["name"] for said in words.values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if len(name) > LONGEST or name.endswith(".")] == []
    unfinished = {
        name
        for name, said in words.items()
        for field in ("means", "next")
        if not re.search(r"[.?!:)]$", said[field])
    }
    assert unfinished == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_mistake_stands_beside_its_words(folder: str) -> None:
    """What an assignment takes from the preset is complete."""
    mistakes: set[str] = set()
    for path in SHIPPED.joinpath(folder).glob("misconceptions/*.py"):
        mistakes |= load_module(path).MISCONCEPTIONS.keys()
    for language in LANGUAGES:
        assert set(own_words(folder, language)) == mistakes - LARGE_SCORES


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_jargon_no_blame_and_no_answer(language: str) -> None:
    words = words_of(language)
    said = {
        f"{name}.{field}": text
        for name, fields in words.items()
        for field, text in fields.items()
        if field not in ("topic", "claims")
    }
    assert {
        name: text
        for name, text in said.items()
        if re.search(FORBIDDEN[language], text, re.IGNORECASE)
    } == {}
    assert {
        name: text for name, text in said.items() if name.endswith(".next") and ANSWER.search(text)
    } == {}
    assert {name: text for name, text in said.items() if "{" in text} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_is_a_section_of_the_explanation(language: str) -> None:
    page = PROJECT / (
        "reference/softmax/explanation.md"
        if language == "en"
        else f"reference/softmax/explanation.{language}.md"
    )
    known = sections(page.read_text(encoding="utf-8"))
    assert {said["topic"] for said in words_of(language).values()} <= set(known)


def test_both_languages_send_to_the_same_section() -> None:
    english, spanish = words_of("en"), words_of("es")
    assert {name: said["topic"] for name, said in english.items()} == {
        name: said["topic"] for name, said in spanish.items()
    }


def test_the_example_in_the_docs_is_complete() -> None:
    """The entry and its words, as they are."""
    text = PROJECT.joinpath("docs/write-an-assignment.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(\[misconceptions\..*?)```", text, re.DOTALL)
    for name, said in tomllib.loads(block)["misconceptions"].items():
        assert said == words_of("en")[name]
        assert re.search(rf'```python\n"{name}": {{', text)
