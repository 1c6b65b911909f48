"""What reports make of hostile text: submissions graded in the full sandbox, told as a page, on a terminal and as JSON.

Whatever a student wrote, a page has the elements that it would have without that text; a terminal shows it, and is not steered by it;
nothing of this machine is told, and what a student wrote is told as a quotation.
"""

import json
import re
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

from grader.assignment.settings import find_assignment, read_assignment
from grader.checks.function_under_test import FunctionUnderTest
from grader.cli.common import as_json, styled
from grader.grading import grade, judge
from grader.messages import LANGUAGES, load_words
from grader.model import Case, Counts, LossAndGradient, Message, Submission
from grader.reports.findings import CODE_LENGTH
from grader.reports.html import TEMPLATES
from grader.reports.markdown import as_html
from grader.reports.sentences import escape_invisible
from grader.reports.student_page import page
from grader.reports.terminal import WIDTH, summary
from grader.verdict import Verdict
from tests.attacks.attack_range import EXPECTED, SEED, sandbox_of, submission, text_of
from tests.support.grading import make_key
from tests.support.html_page import Page
from tests.support.paths import PROJECT

KEY = make_key(
    "limits.call_seconds=1",
    "limits.function_seconds=4",
    "limits.submission_seconds=8",
    "limits.memory_mib=512",
    seed=SEED,
)
WORDS = load_words("en", KEY.words)
EXPLAINED = {
    language: read_assignment(find_assignment("softmax")).explained(language)
    for language in LANGUAGES
}
NAMES = [name for name in EXPECTED if name.startswith("g")]
POLICY = "Content-Security-Policy"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BLANKS = set(
    "\u034f\u115f\u1160\u2800\u3164\ufe0f\uffa0\U000e0100"
)  # printable to Python, and nothing to see
QUOTING = {"q", "code", "title", "style"}  # what a student wrote stands in the first three
WORDS_OF_OTHERS = re.compile(
    "[<>{]|alert|evil|[Gg]ive 10|10of10|ThisStudent|hidden test|no_such_name"
)  # that only these files use
HERE = {
    str(PROJECT),
    str(Path.home()),
    tempfile.gettempdir(),
    sys.prefix,
    sys.base_prefix,
    sysconfig.get_path("stdlib"),
    np.__path__[0],
}
Attributes = tuple[tuple[str, str], ...]


class Graded(NamedTuple):
    verdict: Verdict
    submission: Submission

    @property
    def source(self) -> bytes:
        return self.submission.source

    def quotes(self) -> list[str]:
        return [message.quote for message in messages(self.verdict) if message.quote]


class Skeleton(Page):
    """A page without its text: elements with their attributes, in order. unquoted: the text outside of the elements for quotations."""

    def __init__(self, html: str) -> None:
        self.elements: list[tuple[str, Attributes]] = []
        self.unquoted = ""
        super().__init__(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        self.elements.append((tag, tuple((name, value or "") for name, value in attrs)))

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if not QUOTING & set(self.open):
            self.unquoted += data


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


# --- submissions -----------------------------------------------------------------------------------------------------------------


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
    assert not WORDS_OF_OTHERS.search(skeleton.unquoted)


def test_a_terminal_shows_what_was_written_and_is_not_steered(one: Graded) -> None:
    """Student text stands behind its label, and what follows of it is indented: nothing of it can pass for another line."""
    plain, coloured = (
        summary(one.verdict, WORDS, source=one.source),
        summary(one.verdict, WORDS, styled, one.source),
    )
    assert is_harmless(plain)
    assert COLOUR.sub("", coloured) == plain != coloured
    assert max(map(len, plain.splitlines())) <= WIDTH
    assert all(
        "".join(text.split()) in "".join(plain.split())
        for text in [*map(escape_invisible, one.quotes()), *code_lines(one)]
    )
    twin = innocent(one)
    assert unindented(plain) == unindented(summary(twin.verdict, WORDS, source=twin.source))


def test_json_holds_what_was_written_as_a_quote(one: Graded) -> None:
    text = as_json(one.verdict)
    assert text.isascii()
    assert is_harmless(text)
    assert msgspec.json.decode(text, type=Verdict) == one.verdict
    assert [string for string in strings(json.loads(text)) if WORDS_OF_OTHERS.search(string)] == []


def test_nothing_tells_of_this_machine(one: Graded) -> None:
    told = (
        page(one.verdict, WORDS, one.submission, EXPLAINED["en"])
        + summary(one.verdict, WORDS, source=one.source)
        + as_json(one.verdict)
    )
    assert [place for place in HERE if len(place) > 1 and place in told] == []


def test_trouble_of_the_graders_own_names_no_folder() -> None:
    def broken(_: Case) -> LossAndGradient:
        raise FileNotFoundError(
            2, "No such file or directory", str(PROJECT / "tests" / "some_test.py")
        )

    finding = judge(
        KEY.questions[0],
        KEY,
        FunctionUnderTest("softmax_loss_naive", broken, lambda _: Counts(0)),
        {},
    )
    assert finding.message is not None
    assert (
        finding.message.values["what"]
        == "FileNotFoundError in loss: [Errno 2] No such file or directory: 'some_test.py'"
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
    told = [
        (message.line, escape_invisible(lines[message.line - 1].strip()))
        for message in messages(graded.verdict)
        if message.line
    ]
    return [f"{number} | {text[:CODE_LENGTH]}" for number, text in told if text]


def innocent(graded: Graded) -> Graded:
    """The same verdict with harmless words in place of all that the student wrote."""
    quotes = sorted(set(graded.quotes()))

    def replaced(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {key: replaced(each, key) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [replaced(each) for each in value]
        return f"text {quotes.index(value)}" if key == "quote" and value else value

    source = re.sub(r"[^\r\n]*\S[^\r\n]*", "code", graded.source.decode())
    return Graded(
        msgspec.convert(replaced(msgspec.to_builtins(graded.verdict)), Verdict), submission(source)
    )


def unindented(plain: str) -> list[str]:
    """The lines of a summary but for the student's text: of what is labelled, only the label."""
    lines = [line for line in plain.splitlines() if not line.startswith(" " * 9)]
    return [line[:7] if line.startswith(("   What", "   Code")) else line for line in lines]


def is_harmless(text: str) -> bool:
    return all(
        character.isprintable() or character == "\n" for character in text
    ) and not BLANKS & set(text)


def strings(value: Any, key: str = "") -> Iterator[str]:
    """Every text of a JSON value but the quotes."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from strings(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each, key)
    elif isinstance(value, str) and key != "quote":
        yield value


def templates_hold() -> dict[str, dict[str, set[str]]]:
    """Tag -> attribute -> patterns of its values, read from the templates. What they fill in themselves holds no markup, but for the
    sections of the explanation, which are no student's: what these hold is read from themselves."""
    allowed: dict[str, dict[str, set[str]]] = {}
    for explanation in EXPLAINED.values():
        for html in as_html(explanation.sections).values():
            for tag, attributes in Skeleton(html).elements:
                patterns = allowed.setdefault(tag, {})
                for name, value in attributes:
                    patterns.setdefault(name, set()).add(re.escape(value))
    for path in (
        path for path in TEMPLATES.rglob("*.html") if path.name != "class_page.html"
    ):  # staff's, with tests of its own
        filled = re.sub(r"\{\{.*?\}\}", "FILLED", path.read_text(encoding="utf-8"))
        for tag, attributes in Skeleton(
            re.sub(r"\{[#%].*?[#%]\}", "", filled, flags=re.DOTALL)
        ).elements:
            patterns = allowed.setdefault(tag, {})
            for name, value in attributes:
                patterns.setdefault(name, set()).add(re.escape(value).replace("FILLED", '[^<>&"]*'))
    return allowed


ALLOWED = templates_hold()


def test_the_templates_hold_nothing_that_runs_or_loads() -> None:
    attributes = {name for patterns in ALLOWED.values() for name in patterns}
    assert {"class", "content", "http-equiv"} <= attributes
    assert not {
        name
        for name in attributes
        if name in ("src", "style", "srcdoc", "action") or name.startswith("on")
    }
    assert {tag for tag, patterns in ALLOWED.items() if "href" in patterns} == {"a"}
    assert all(pattern.startswith(re.escape("#")) for pattern in ALLOWED["a"]["href"]), (
        "links lead to places on the page itself"
    )
    assert not {
        "script",
        "iframe",
        "object",
        "embed",
        "base",
        "link",
        "form",
        "input",
        "button",
    } & set(ALLOWED)
