"""The head of a student's page, its last sentence, and the page of an unreadable submission."""

import re
import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from grader.messages import LANGUAGES
from grader.model import Message, Person, Unreadable
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import sentence
from grader.reports.student_page import page, unread_page
from grader.reports.submission_header import format_time
from grader.reports.terminal import summary
from tests.support.html_page import ATTRIBUTES, TAGS, Page
from tests.support.languages import WORDS_IN
from tests.support.verdicts import (
    EVERY_OUTCOME,
    HOSTILE,
    SAVED,
    SUBMISSION,
    UNREADABLE,
    WORDS,
    make_finding,
    verdict_of,
)

VERDICT = verdict_of(*EVERY_OUTCOME, seed=None)


def shown(html: str) -> str:
    return " ".join(Page(html).shown.split())


def graded_and_unread(made_of: str = "") -> tuple[str, str]:
    return page(VERDICT, WORDS, SUBMISSION, made_of=made_of), unread_page(
        UNREADABLE, WORDS, "Softmax", made_of
    )


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine elsewhere."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


# --- whose, which attempt, when -------------------------------------------------------------------


def test_a_page_says_whose_it_is_which_attempt_and_when() -> None:
    for html, file in zip(graded_and_unread(), ("ann/hw1/softmax.py", "ann.zip"), strict=True):
        header = " ".join(re.sub("<[^>]+>", " ", html.partition("<header>")[2]).split())
        time = f"{format_time(SAVED)}, late"
        assert f"Handed in by Ann Lee s1001 s1002 Attempt 2 of 2 Handed in {time} {file}" in header
        assert "ann@x.edu" not in html
        assert "saved" not in shown(html)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("late", [True, False, None])
def test_late_is_shown_if_known_and_true(late: bool | None, language: str) -> None:
    words = WORDS_IN[language]
    for saved in (SAVED, None):
        graded = page(VERDICT, words, replace(SUBMISSION, late=late, saved=saved))
        unread = unread_page(replace(UNREADABLE, late=late, saved=saved), words, "Softmax")
        for html in (graded, unread):
            assert (f"<strong>{words['page']['late']}</strong>" in html) == (late is True)
            assert (f"<dt>{words['page']['time']}</dt>" in html) == bool(saved or late)


def test_ones_own_file_has_a_name_a_time_and_a_hash_and_nobody() -> None:
    alone = replace(SUBMISSION, people=(), attempt=1, late=None, origin="")
    for html in (page(VERDICT, WORDS), page(VERDICT, WORDS, alone)):
        assert "softmax.py · saved 2026-11-2" in shown(html)
        assert " · SHA-256 0123456789ab " in shown(html)
        assert WORDS["page"]["people"] not in html
    assert " · saved" not in shown(page(VERDICT, WORDS, replace(alone, saved=None)))


@pytest.mark.parametrize(
    ("zone", "saved", "output"),
    [
        ("UTC", SAVED, "2026-11-24 14:00:18 UTC"),
        ("UTC", "2026-11-24T14:00:18-07:00", "2026-11-24 21:00:18 UTC"),
        ("XXX-1", SAVED, "2026-11-24 15:00:18 +01:00"),
        ("XXX+3:30", SAVED, "2026-11-24 10:30:18 -03:30"),
        ("XXX-1", "2026-11-24T14:00:18", "2026-11-24 14:00:18"),
    ],
    indirect=["zone"],
)
@pytest.mark.usefixtures("zone")
def test_a_time_is_local_and_names_its_zone(saved: str, output: str) -> None:
    """One that knows no zone stays as it is."""
    assert format_time(saved) == output
    verdict = replace(VERDICT, submission=replace(VERDICT.submission, saved=saved))
    assert summary(verdict, WORDS).startswith(f"softmax.py  saved {output}  012345 ")
    assert f"saved {output} ·" in shown(page(verdict, WORDS))
    for html in (
        page(VERDICT, WORDS, replace(SUBMISSION, saved=saved)),
        unread_page(replace(UNREADABLE, saved=saved), WORDS, "S"),
    ):
        assert f"<dd>{output}, <strong>late</strong></dd>" in html


# --- official or not ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_sentence_says_whether_it_is_official(language: str) -> None:
    words = WORDS_IN[language]["page"]
    for seed, sentence_shown, other in (
        (None, words["official"], words["practice"]),
        ("7", words["practice"], words["official"]),
    ):
        verdict = verdict_of(*EVERY_OUTCOME, seed=seed)
        for output in (
            shown(page(verdict, WORDS_IN[language], SUBMISSION)),
            " ".join(summary(verdict, WORDS_IN[language]).split()),
        ):
            assert sentence_shown in output
            assert other not in output


# --- what could not be read -----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "code", sorted(code for code in WORDS["messages"] if code.startswith("unread_"))
)
def test_it_says_why_and_what_to_do_and_nothing_of_a_score(code: str, language: str) -> None:
    words = WORDS_IN[language]
    values: dict[str, float | int | str] = {
        "file": "softmax.py",
        "count": 2,
        "why": "a reason",
        "mib": 32,
        "kib": 256,
        "kind": "RAR",
        "members": 9,
        "times": 9,
        "characters": 9,
        "folders": 9,
    }
    reason = Message(code, values, "a quoted text")
    output = shown(unread_page(replace(UNREADABLE, reason=reason), words, "Softmax"))
    expected = sentence(reason, words)
    for text in (
        expected.what,
        expected.quoted,
        expected.next,
        words["page"]["unread"],
        words["page"]["unread_points"],
        words["page"]["ask_staff"],
    ):
        assert text in output
    assert "{" not in output
    assert not re.search(r"\b0\b|SHA", output.replace(format_time(SAVED), "")), (
        "nothing that looks like no points, and no hash of no file"
    )


def test_what_is_nobodys_has_a_page_as_well() -> None:
    stray = Unreadable((), "notes.txt", Message("unread_not_in_manifest"), SAVED)
    output = shown(unread_page(stray, WORDS, "Softmax"))
    assert f"notes.txt · saved {format_time(SAVED)} Why" in output
    assert WORDS["page"]["people"] not in output


# --- what it was made of --------------------------------------------------------------------------


def test_what_it_was_made_of_stands_at_the_beginning() -> None:
    """Where somebody says it, and no trace of it where nobody does."""
    digest = "0123456789abcdef" * 4
    line = f'<meta name="made-of" content="{digest}">\n'
    for plain, html in zip(graded_and_unread(), graded_and_unread(digest), strict=True):
        assert f'<meta charset="utf-8">\n{line}' in html[:300]
        assert html.replace(line, "") == plain
        assert "made-of" not in plain


# --- what people wrote ----------------------------------------------------------------------------


def pages_of(text: str) -> tuple[str, str]:
    """With a text wherever somebody could have written it."""
    people = (Person(text, text, text), Person(text), Person("s1", text))
    graded = page(
        verdict_of(make_finding("passed"), seed=None),
        WORDS,
        replace(SUBMISSION, people=people, origin=text, file=text),
    )
    return graded, unread_page(
        Unreadable(people, text, Message("unread_zip_path", {}, text), SAVED), WORDS, text
    )


@pytest.mark.parametrize("kind", HOSTILE)
def test_names_stay_text(kind: str) -> None:
    """A page has the very elements that it has with a harmless name, and shows what was written."""
    for html, harmless, times in zip(
        pages_of(HOSTILE[kind]), pages_of("a name"), (5, 7), strict=True
    ):
        parsed, twin = Page(html), Page(harmless)
        assert (parsed.tags, parsed.attributes) == (twin.tags, twin.attributes)
        assert set(parsed.tags) <= TAGS | {"bdi"}
        assert {name for name, _ in parsed.attributes} <= ATTRIBUTES
        assert parsed.shown.count(escape_invisible(HOSTILE[kind])) == times
        assert all(character.isprintable() or character == "\n" for character in html)
        if set(HOSTILE[kind]) & set("<>&\"'"):
            assert HOSTILE[kind] not in html
