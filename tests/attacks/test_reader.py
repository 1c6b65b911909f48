"""Tests what reports make of hostile text, on a page, on a terminal and as JSON.

The submissions are graded in the full sandbox. Whatever a student wrote, a page has the elements
that it would have without that text, and a terminal shows the text without being steered by it.
Nothing about this machine is shown, and what a student wrote appears as a quotation.
"""

import json
import re
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec
import numpy as np
import pytest

from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import read_assignment
from grader.checks.plain_function import PlainFunction
from grader.cli.common import as_json, styled
from grader.grading import ask, grade
from grader.messages import LANGUAGES, load_words
from grader.model import Message, Submission
from grader.reports.findings import CODE_LENGTH
from grader.reports.html import TEMPLATES
from grader.reports.markdown import as_html
from grader.reports.safe_text import escape_invisible
from grader.reports.student_page import page
from grader.reports.terminal import WIDTH, summary
from grader.verdict import Verdict
from tests.attacks.attack_range import EXPECTED, LIMITS, SEED, sandbox_of, submission, text_of
from tests.support.grading import make_key
from tests.support.hostile_text import COLOUR, Skeleton, is_harmless
from tests.support.paths import PROJECT

KEY = make_key(*LIMITS, seed=SEED)
WORDS = load_words("en", KEY.words)
EXPLAINED = {
    language: read_assignment(find_assignment("softmax")).read_explanation(language)
    for language in LANGUAGES
}
NAMES = [name for name in EXPECTED if name.startswith("g")]
POLICY = "Content-Security-Policy"
# What only these submissions contain.
HOSTILE = re.compile("[<>{]|alert|evil|[Gg]ive 10|10of10|ThisStudent|hidden test|no_such_name")
# Paths of this machine.
PATHS = {
    str(PROJECT),
    str(Path.home()),
    tempfile.gettempdir(),
    sys.prefix,
    sys.base_prefix,
    sysconfig.get_path("stdlib"),
    np.__path__[0],
}


class Graded(NamedTuple):
    verdict: Verdict
    submission: Submission

    @property
    def source(self) -> bytes:
        return self.submission.source

    def quotes(self) -> list[str]:
        return [message.quote for message in messages(self.verdict) if message.quote]


@pytest.fixture(scope="module", autouse=True)
def graded() -> Iterator[dict[str, Graded]]:
    with sandbox_of("full") as sandbox:
        sources = {name: text_of(name) for name in NAMES}
        yield {
            name: Graded(grade(KEY, submission(text), sandbox.open_program), submission(text))
            for name, text in sources.items()
        }


@pytest.fixture(params=NAMES)
def one(request: pytest.FixtureRequest, graded: dict[str, Graded]) -> Graded:
    found: Graded = graded[request.param]
    return found


# --- submissions ----------------------------------------------------------------------------------


def test_a_page_consists_of_what_its_templates_hold(one: Graded) -> None:
    skeleton = Skeleton(page(one.verdict, WORDS, one.submission, EXPLAINED["en"]))
    for tag, attributes in skeleton.elements:
        for name, value in attributes:
            assert any(re.fullmatch(allowed, value) for allowed in ALLOWED[tag][name]), (
                tag,
                name,
                value,
            )
    policies = [
        dict(attributes)["content"]
        for _, attributes in skeleton.elements
        if ("http-equiv", POLICY) in attributes
    ]
    assert [policy.partition(";")[0] for policy in policies] == ["default-src 'none'"]
    twin = innocent(one)
    assert (
        skeleton.elements
        == Skeleton(page(twin.verdict, WORDS, twin.submission, EXPLAINED["en"])).elements
    )


def test_a_page_shows_what_was_written_as_a_quotation(one: Graded) -> None:
    skeleton = Skeleton(page(one.verdict, WORDS, one.submission, EXPLAINED["en"]))
    assert is_harmless("".join(skeleton.text.values()))
    assert all(escape_invisible(quote) in skeleton.text["q"] for quote in one.quotes())
    assert all(line in skeleton.text["q"] for line in code_lines(one))
    assert not HOSTILE.search(skeleton.unquoted)


def test_a_terminal_shows_what_was_written_and_is_not_steered(one: Graded) -> None:
    """Student text stands behind its label, and its further lines are indented.

    So nothing of it can pass for a line of the grader's.
    """
    plain = summary(one.verdict, WORDS, source=one.source)
    coloured = summary(one.verdict, WORDS, styled, one.source)
    assert is_harmless(plain)
    assert COLOUR.sub("", coloured) == plain != coloured
    assert max(map(len, plain.splitlines())) <= WIDTH
    letters = "".join(plain.split())
    for text in [*map(escape_invisible, one.quotes()), *code_lines(one)]:
        assert "".join(text.split()) in letters
    twin = innocent(one)
    assert unindented(plain) == unindented(summary(twin.verdict, WORDS, source=twin.source))


def test_json_holds_what_was_written_as_a_quote(one: Graded) -> None:
    text = as_json(one.verdict)
    assert text.isascii()
    assert is_harmless(text)
    assert msgspec.json.decode(text, type=Verdict) == one.verdict
    assert [string for string in strings(json.loads(text)) if HOSTILE.search(string)] == []


def test_no_path_of_this_machine_is_shown(one: Graded) -> None:
    shown = (
        page(one.verdict, WORDS, one.submission, EXPLAINED["en"])
        + summary(one.verdict, WORDS, source=one.source)
        + as_json(one.verdict)
    )
    assert [path for path in PATHS if len(path) > 1 and path in shown] == []


def test_an_error_of_the_grader_names_no_folder() -> None:
    class Broken(PlainFunction):
        def _call_all(self, cases: object) -> NoReturn:
            path = str(PROJECT / "tests" / "some_test.py")
            raise FileNotFoundError(2, "No such file or directory", path)

    finding = ask(KEY.questions[0], KEY, Broken(KEY.functions["naive"], {}, KEY), {})
    assert finding.message is not None
    assert (
        finding.message.values["what"]
        == "FileNotFoundError in value: [Errno 2] No such file or directory: 'some_test.py'"
    )


def messages(verdict: Verdict) -> list[Message]:
    found = [
        message
        for finding in verdict.findings
        for message in (finding.message, *finding.notes)
        if message
    ]
    return [*found, *verdict.flags]


def code_lines(graded: Graded) -> list[str]:
    lines = re.split("\r\n|\r|\n", graded.source.decode())
    numbers = [message.line for message in messages(graded.verdict) if message.line]
    texts = [(number, escape_invisible(lines[number - 1].strip())) for number in numbers]
    return [f"{number} | {text[:CODE_LENGTH]}" for number, text in texts if text]


def innocent(graded: Graded) -> Graded:
    """Return the same verdict with harmless words in place of all that the student wrote."""
    quotes = sorted(set(graded.quotes()))

    def replaced(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {key: replaced(each, key) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [replaced(each) for each in value]
        return f"text {quotes.index(value)}" if key == "quote" and value else value

    source = re.sub(r"[^\r\n]*\S[^\r\n]*", "code", graded.source.decode())
    verdict = msgspec.convert(replaced(msgspec.to_builtins(graded.verdict)), Verdict)
    return Graded(verdict, submission(source))


def unindented(plain: str) -> list[str]:
    """Return the lines of a summary without the student's text: labelled ones as their label."""
    lines = [line for line in plain.splitlines() if not line.startswith(" " * 9)]
    return [line[:7] if line.startswith(("   What", "   Code")) else line for line in lines]


def strings(value: Any, key: str = "") -> Iterator[str]:
    """Yield every text of a JSON value except the quotes."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from strings(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each, key)
    elif isinstance(value, str) and key != "quote":
        yield value


def allowed_markup() -> dict[str, dict[str, set[str]]]:
    """Return tag -> attribute -> patterns of its values, read from the templates.

    What templates fill in holds no markup. The one exception is the sections of the explanation,
    which are no student's: they are read as well.
    """
    allowed: dict[str, dict[str, set[str]]] = {}
    for explanation in EXPLAINED.values():
        for html in as_html(explanation.sections).values():
            for tag, attributes in Skeleton(html).elements:
                patterns = allowed.setdefault(tag, {})
                for name, value in attributes:
                    patterns.setdefault(name, set()).add(re.escape(value))
    for path in TEMPLATES.rglob("*.html"):
        if path.name == "class_page.html":
            continue  # staff's, with tests of its own
        filled = re.sub(r"\{\{.*?\}\}", "FILLED", path.read_text(encoding="utf-8"))
        markup = re.sub(r"\{[#%].*?[#%]\}", "", filled, flags=re.DOTALL)
        for tag, attributes in Skeleton(markup).elements:
            patterns = allowed.setdefault(tag, {})
            for name, value in attributes:
                patterns.setdefault(name, set()).add(re.escape(value).replace("FILLED", '[^<>&"]*'))
    return allowed


ALLOWED = allowed_markup()


def test_the_templates_hold_nothing_that_runs_or_loads() -> None:
    attributes = {name for patterns in ALLOWED.values() for name in patterns}
    assert {"class", "content", "http-equiv"} <= attributes
    assert not {"src", "style", "srcdoc", "action"} & attributes
    assert not [name for name in attributes if name.startswith("on")]
    assert {tag for tag, patterns in ALLOWED.items() if "href" in patterns} == {"a"}
    assert all(pattern.startswith(re.escape("#")) for pattern in ALLOWED["a"]["href"]), (
        "links lead to places on the page itself"
    )
    active = {"script", "iframe", "object", "embed", "base", "link", "form", "input", "button"}
    assert not active & set(ALLOWED)
