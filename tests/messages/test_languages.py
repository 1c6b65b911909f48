"""English and Spanish: the same sentences in both, the choice between them, whole reports.

A student's report holds no sentence of the other language.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from grader import messages
from grader.messages import LANGUAGES, language_of
from grader.model import Words
from grader.reports.terminal import WIDTH
from tests.support.html_page import Page
from tests.support.languages import FORBIDDEN, LETTERS, WORDS_IN, sentences_in
from tests.support.paths import PROJECT
from tests.support.program import REFERENCE, grader

CODE = (
    r"\bd?W\b|\bX\b|\breg\b|: return loss, dW|np\.\w+(?:\(.*?\))?|\w+Error\b"
    r"|\brange\b|\bprint\b|\bpast[\w.]*|__\w+__|\b__name__\b"
)
FOLDERS = [Path(messages.__file__).parent, *PROJECT.glob("reference/**/messages")]


def sentences_of_file(folder: Path, language: str) -> dict[str, str]:
    text = folder.joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return dict(sentences_in(tomllib.loads(text)))


def placeholders(text: str) -> Counter[Any]:
    return Counter(
        (name, form, conversion)
        for _, name, form, conversion in Formatter().parse(text)
        if name is not None
    )


# --- the files ---


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_language_says_the_same_things_with_the_same_values(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.toml")} == set(LANGUAGES)
    english = sentences_of_file(folder, "en")
    for language in LANGUAGES:
        others = sentences_of_file(folder, language)
        assert list(others) == list(english), "the same sentences, in the same order"
        assert {name: placeholders(text) for name, text in others.items()} == {
            name: placeholders(text) for name, text in english.items()
        }


def test_an_assignment_has_a_title_in_every_language() -> None:
    for path in PROJECT.glob("reference/*/assignment.toml"):
        title = tomllib.loads(path.read_text(encoding="utf-8")).get("title", {})
        assert set(title) == set(LANGUAGES), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_use_the_letters_and_marks_of_their_language(language: str) -> None:
    for name, text in sentences_in(WORDS_IN[language]):
        assert text.strip(), name
        assert unicodedata.is_normalized("NFC", text), name
        assert {sign for sign in text if not sign.isascii()} <= set(LETTERS[language]), name
        assert "  " not in text, name
        if language == "es":
            assert text.count("¿") == text.count("?") or name.startswith("outcome_marks."), name
            assert text.count("¡") == text.count("!"), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_jargon_and_no_blame(language: str) -> None:
    """How the file was run is written under "How this was graded", and nowhere else."""
    found = {
        name
        for name, text in sentences_in(WORDS_IN[language])
        if re.search(FORBIDDEN[language], text, re.IGNORECASE)
    }
    assert found <= {"page.details_sandbox"}


def test_names_of_the_code_are_the_same_in_every_language() -> None:
    """A Spanish sentence has the same pieces of Python as the English one: W, reg, np.exp(x)."""
    english, spanish = dict(sentences_in(WORDS_IN["en"])), dict(sentences_in(WORDS_IN["es"]))
    for name, text in english.items():
        if name.startswith(("messages.", "evidence.")):
            assert set(re.findall(CODE, text)) <= set(re.findall(CODE, spanish[name])), name


# --- the choice of a language ---


@pytest.mark.parametrize(
    ("asked", "configured", "environment", "language"),
    [
        (None, None, {}, "en"),
        (None, None, {"LANG": "es_MX.UTF-8"}, "es"),
        (None, None, {"LANG": "es"}, "es"),
        (None, None, {"LANG": "es_ES@euro"}, "es"),
        (None, None, {"LANG": "ES-ar"}, "es"),
        (None, None, {"LANG": "est_EE.UTF-8"}, "en"),
        (None, None, {"LANG": "C.UTF-8"}, "en"),
        (None, None, {"LANG": "fr_FR.UTF-8"}, "en"),
        (None, None, {"LANG": "../es"}, "en"),
        (None, None, {"LANG": "es_MX.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        (None, None, {"LANG": "es_MX.UTF-8", "LC_ALL": "C"}, "en"),
        (None, None, {"LANG": "es_MX.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""}, "es"),
        (None, None, {"LANG": "C", "LC_MESSAGES": "es_CO.UTF-8"}, "es"),
        (None, None, {"LC_ALL": "es_PE", "LC_MESSAGES": "C", "LANG": "C"}, "es"),
        (None, "es", {"LC_ALL": "en_US.UTF-8"}, "es"),
        (None, "en", {"LC_ALL": "es_MX.UTF-8"}, "en"),
        ("es", "en", {"LC_ALL": "en_US.UTF-8"}, "es"),
        ("en", "es", {"LC_ALL": "es_MX.UTF-8"}, "en"),
    ],
)
def test_the_option_then_the_assignment_then_the_environment(
    asked: str | None, configured: str | None, environment: dict[str, str], language: str
) -> None:
    assert language_of(asked, configured, environment) == language


ENGLISH, SPANISH = "100 of 100 points", "100 de 100 puntos"


@pytest.mark.parametrize(
    ("options", "environment", "score"),
    [
        ([], {}, ENGLISH),
        ([], {"LANG": "es_MX.UTF-8"}, SPANISH),
        ([], {"LC_ALL": "xx_YY.UTF-8"}, ENGLISH),
        (["--set", "language=es"], {"LANG": "en_US.UTF-8"}, SPANISH),
        (["--lang", "en"], {"LANG": "es_MX.UTF-8"}, ENGLISH),
        (["--lang", "es", "--set", "language=en"], {}, SPANISH),
    ],
)
def test_the_command_line_uses_it(
    options: list[str], environment: dict[str, str], score: str, tmp_path: Path
) -> None:
    """In the terminal and in the report, whose lang attribute tells screen readers."""
    report = tmp_path / "report.html"
    done = grader("grade", REFERENCE, "--html", report, *options, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert score in done.stdout
    html = report.read_text(encoding="utf-8")
    assert score in html
    assert f'<html lang="{"es" if score == SPANISH else "en"}">' in html


def test_an_assignment_chooses_its_language(tmp_path: Path) -> None:
    """An assignment that extends it keeps that language."""
    for name, text in (
        ("ours", f'extends = "{PROJECT}/reference/softmax"\nlanguage = "es"\n'),
        ("theirs", 'extends = "../ours"\n'),
    ):
        tmp_path.joinpath(name).mkdir()
        tmp_path.joinpath(name, "assignment.toml").write_text(text)
        done = grader("grade", REFERENCE, "--assignment", tmp_path / name, LANG="en_US.UTF-8")
        assert (done.returncode, SPANISH in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--lang", "fr"], "Error: Invalid value for '--lang': 'fr' is not one of 'en', 'es'.\n"),
        (["--lang", ""], "Error: Invalid value for '--lang': '' is not one of 'en', 'es'.\n"),
        (
            ["--set", "language=fr"],
            "--set language=fr: language: is 'fr'. Cure: write one of en, es.\n",
        ),
    ],
)
def test_an_unknown_language_is_refused_by_name(options: list[str], sentence: str) -> None:
    done = grader("grade", REFERENCE, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(sentence)


def test_the_option_offers_every_language() -> None:
    assert f"--lang [{'|'.join(LANGUAGES)}]" in grader("grade", "--help").stdout


# --- whole reports ---

SUBMISSIONS = (
    "double_softmax",
    "gradient_not_averaged",
    "indentation_broken",
    "loss_nan",
    "no_shift_anywhere",
    "not_faster_than_loops",
    "reg_missing",
    "returns_dictionary",
    "returns_three_values",
    "template_untouched",
    "vectorized_loops_over_classes",
    "vectorized_index_overflows",
)


def fragments(words: Words) -> set[str]:
    """The texts between the placeholders of all sentences, if they are longer than 12 characters.

    The command, the names of topics and settings, and claims, belong to no language.
    """
    sentences = [
        text
        for name, text in sentences_in(words)
        if not name.endswith((".topic", ".set", ".claims")) and name != "command"
    ]
    texts = {part.strip() for text in sentences for part, *_ in Formatter().parse(text)}
    return {text for text in texts if len(text) > 12}


def test_no_sentence_is_the_same_in_both_languages() -> None:
    """So a sentence of one language in a report of the other has been left untranslated."""
    assert not fragments(WORDS_IN["en"]) & fragments(WORDS_IN["es"])


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_spanish_report_is_spanish(name: str, tmp_path: Path) -> None:
    """No placeholder is left in it, and the terminal's lines fit."""
    report = tmp_path / "report.html"
    done = grader(
        "grade", PROJECT / f"tests/submissions/{name}.py", "--lang", "es", "--html", report
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert max(map(len, done.stdout.splitlines())) <= WIDTH
    for text in (done.stdout, Page(report.read_text(encoding="utf-8")).shown):
        joined = " ".join(text.split())
        assert [part for part in fragments(WORDS_IN["en"]) if part in joined] == []
        assert "de 100 puntos" in joined
        assert "{" not in joined
