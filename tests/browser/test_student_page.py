"""Students' pages in a real browser: light and dark, on a desk and a phone, with any names."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace

from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import read_assignment
from grader.messages import LANGUAGES
from grader.model import Message, Person, Submission
from grader.reports.student_page import page, unread_page
from tests.browser.conftest import Open
from tests.support.class_rows import HOSTILE
from tests.support.languages import WORDS_IN
from tests.support.verdicts import (
    EVERY_OUTCOME,
    KEY,
    SUBMISSION,
    UNREADABLE,
    VERDICTS,
    make_finding,
    verdict_of,
)

GROUP = tuple(Person(f"s{number}{text}", text) for number, text in enumerate(HOSTILE))
CROWD = replace(SUBMISSION, people=GROUP, origin="/".join(HOSTILE))
PAGES = (
    "one bug",
    "one axis",
    "three axes",
    "full marks of a group",
    "late",
    "unreadable",
    "unreadable of a group",
    "one's own",
    "advice and a folded answer",
)
NUMBERS = {question.id: number for number, question in enumerate(KEY.questions)}
OVERWRITES = make_finding(
    "failed", Message("changes_inputs", {}, None, 12), NUMBERS["naive.changes_inputs"]
)
UNFOLD = "document.querySelectorAll('details').forEach(details => { details.open = true })"


def html_of(name: str, language: str) -> str:
    words = WORDS_IN[language]
    if name.startswith("unreadable"):
        reason = Message("unread_no_file", {"file": "softmax.py"}, HOSTILE[-1])
        return unread_page(
            replace(UNREADABLE, people=GROUP, reason=reason) if "group" in name else UNREADABLE,
            words,
            words["title"],
        )
    submission: Submission | None = {"full marks of a group": CROWD, "one's own": None}.get(
        name, SUBMISSION
    )
    verdict = (
        verdict_of(make_finding("passed"), seed=None)
        if name == "full marks of a group"
        else verdict_of(*EVERY_OUTCOME, seed=None)
    )
    if name == "advice and a folded answer":
        zero = Message("array_zero", {"case": "small", "output": "dW"})
        wrong = make_finding(message=zero, number=NUMBERS["naive.gradient"])
        explanation = read_assignment(find_assignment("softmax")).read_explanation(language)
        return page(verdict_of(wrong, OVERWRITES), words, submission, explanation)
    with_arrays = {"one bug": "two axes", "one axis": "one axis", "three axes": "three axes"}
    if name in with_arrays:
        verdict = VERDICTS[with_arrays[name]]
    return page(verdict, words, submission)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1000])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(
    shown: Open, name: str, language: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    shown_page = shown(html_of(name, language), scheme=scheme, width=width)
    shown_page.evaluate(UNFOLD)
    found = Axe().run(shown_page)
    assert found.violations_count == 0, found.generate_report()
    assert any(rule["id"] == "color-contrast" for rule in found.response["passes"])
    assert shown_page.evaluate("document.documentElement.scrollWidth") <= width, (
        "nothing to scroll sideways"
    )


def test_names_from_right_to_left_change_nothing_beside_them(shown: Open) -> None:
    """What stands beside such a name keeps its side: the id to the right of it."""
    html = page(
        verdict_of(),
        WORDS_IN["en"],
        replace(SUBMISSION, people=(Person("1002", "\u0645\u0631\u064a\u0645"),)),
    )
    shown_page = shown(html)
    name, number = (
        shown_page.locator(".submission bdi").bounding_box(),
        shown_page.locator(".submission code").bounding_box(),
    )
    assert name is not None
    assert number is not None
    assert name["x"] + name["width"] <= number["x"]
