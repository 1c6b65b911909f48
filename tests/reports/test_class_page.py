"""The page of a class without a browser: what it holds, and that nobody's text becomes markup.

tests/browser tests what its script shows.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from grader.class_row import ClassRow
from grader.messages import LANGUAGES
from grader.model import Message, Person
from grader.reports.class_page import KINDS, LONGEST_TEXT, PageRow, class_page
from grader.reports.html import TEMPLATES
from grader.reports.safe_text import escape_invisible
from grader.static_analysis.fingerprint import DIGITS, LEAST_LINES, LINES
from tests.support.class_rows import (
    HOSTILE,
    class_rows,
    class_words,
    row,
    row_in_other_layout,
    verdict,
)
from tests.support.grading import GradeFile, make_key
from tests.support.html_page import Page
from tests.support.paths import PROJECT

WORDS = class_words("en")
MISTAKE, OTHER = "rg_missing", "rg_double"
NAMED = {id: WORDS["misconceptions"][id]["name"] for id in (MISTAKE, OTHER)}


def data_of(html: str) -> dict[str, Any]:
    (found,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL
    )
    return dict(json.loads(found))


def page_rows(html: str) -> list[PageRow]:
    data = data_of(html)
    return [PageRow(**dict(zip(data["fields"], values, strict=True))) for values in data["rows"]]


def kinds_of(line: PageRow) -> set[str]:
    return {kind for n, kind in enumerate(KINDS) if line.kind_bits >> n & 1}


def ended(row: ClassRow) -> str:
    if row.status == "waiting" and not row.counts:
        return "earlier"
    if row.reason is not None and row.reason.code == "unread_missing":
        return "unmatched"
    if row.verdict is None or row.status != "graded":
        return row.status
    return "full" if row.verdict.score == 100 else "lost" if row.verdict.score else "none"


def links(html: str) -> dict[str, tuple[int, str]]:
    """Of the overviews: where a link leads -> the number before it, and its words."""
    found = re.findall(
        r'<span class="count">(\d+)</span> <span class="label"><a href="#([^"]*)">(.*?)</a>', html
    )
    return {address: (int(count), text) for count, address, text in found}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_thousand_rows_are_all_there_and_small(language: str) -> None:
    rows = list(class_rows(10_000))
    html = class_page(iter(rows), class_words(language))
    assert len(html.encode()) <= 3_000_000
    lines = page_rows(html)
    assert [line.attempt for line in lines] == [each.attempt for each in rows]
    for line, each in zip(lines, rows, strict=True):
        shown = escape_invisible(", ".join(person.id for person in each.people))
        assert line.id == shown or len(shown) > LONGEST_TEXT
        assert (line.score, bool(line.counts)) == (
            each.verdict.score if each.verdict else None,
            each.counts,
        )
        assert ended(each) in kinds_of(line)
        assert [kind in kinds_of(line) for kind in ("gone", "stranger")] == [
            not each.is_present,
            bool(each.is_present and each.not_on_roster),
        ]
    assert f'<html lang="{language}">' in html
    shown = Page(html).shown
    assert all(
        class_words(language)["class_page"][word] in shown
        for word in ("table", "search", "caption", "previous", "needs_script")
    )


def shortened(text: str) -> str:
    return escape_invisible(text) if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 3]}..."


def test_what_people_wrote_is_data_and_never_part_of_the_page() -> None:
    """With hostile text everywhere a page has the very elements that it has without."""

    def rows(texts: Iterable[str]) -> list[ClassRow]:
        made = []
        for number, text in enumerate(texts):
            common: dict[str, Any] = {
                "name": text,
                "email": text,
                "origin": text,
                "fingerprint": "the same",
                "not_on_roster": (text,),
            }
            each = [
                row(text, **common, page=text),
                row(
                    text,
                    "unreadable",
                    **common,
                    reason=Message("raised", {"exception": text}, text),
                ),
                row(text, "trouble", **common, trouble=text),
                row(text, **common, verdict=verdict(50.0, failed=text)),
                row(text, "gone", **common, counts=False, is_present=False),
            ]
            first = Person(str(number))  # they stay in this order
            made += [row._replace(people=(first, *row.people)) for row in each]
        return made

    html, harmless = (
        class_page(rows(HOSTILE), WORDS),
        class_page(rows(f"text{n}" for n in range(len(HOSTILE))), WORDS),
    )
    assert (Page(html).tags, len(Page(html).attributes)) == (
        Page(harmless).tags,
        len(Page(harmless).attributes),
    )
    assert all(character.isprintable() or character == "\n" for character in html)
    (data,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL
    )
    assert not set(data) & set("<>&\u2028\u2029")
    assert "</script><script>" not in html
    for number, (line, text) in enumerate(zip(page_rows(html)[::5], HOSTILE, strict=True)):
        assert {line.name, line.email} == {shortened(text)}
        assert line.id == shortened(f"{number}, {text}")
        assert re.fullmatch(r"[\w./%~-]+", line.page), "no scheme, no query, nothing but a path"


def test_the_policy_allows_one_style_sheet_and_one_script_of_ours() -> None:
    html = class_page(class_rows(10), WORDS)
    hashes = []
    for found in (
        re.findall("<style>(.*?)</style>", html, re.DOTALL),
        re.findall("<script>(.*?)</script>", html, re.DOTALL),
    ):
        (text,) = found
        hashes.append(
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        )
    policy = (
        f"default-src 'none'; style-src {hashes[0]}; script-src {hashes[1]}; "
        "base-uri 'none'; form-action 'none'"
    )
    assert ("content", policy) in Page(html).attributes
    assert html.index("Content-Security-Policy") < html.index("<style>") < html.index("<script")


def test_the_script_makes_no_markup_of_text() -> None:
    script = TEMPLATES.joinpath("class_page.js").read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|\beval\b|Function\(|createContextual|srcdoc",
        script,
    )
    assert "</" not in script


def test_only_rows_that_count_are_counted() -> None:
    html = class_page(
        [
            row("a"),
            row("b", verdict=verdict(40.0, (MISTAKE, OTHER), flagged=True), counts=False),
            row("b", verdict=verdict(80.0, (MISTAKE,)), attempt=2, late=True),
            row("c", verdict=verdict(0.0, failed="raised")),
            row("d", "undecided", verdict=verdict(60.0, (MISTAKE,), undecided=20.0, flagged=True)),
            row("e", "unreadable", reason=Message("too_large", {"kib": 256}), origin="mail/e.zip"),
            row("f", "trouble", trouble="OSError: full"),
            row("g", "waiting"),
            row("h", "unreadable", reason=Message("unread_missing"), late=True),
            row("i", "unreadable", reason=Message("unread_not_in_manifest")),
            row("j", "unreadable", reason=Message("unread_kind", {"file": "softmax.py"})),
            row("k", "waiting", counts=False),
            row("k", not_on_roster=("k",), attempt=2),
            row("l", "gone", is_present=False, late=True, not_on_roster=("l",)),
            row("m", "gone", is_present=False, counts=False),
            row("m", attempt=2),
            row("b")._replace(people=(Person("b"), Person("m"))),
            row("m")._replace(
                people=(Person("l"), Person("m")),
                reason=Message("unread_missing"),
                status="unreadable",
                verdict=None,
            ),
            ClassRow((Person("a0"),), 0, "missing", counts=True),
        ],
        WORDS,
    )
    lines = page_rows(html)
    assert [kinds_of(line) for line in lines] == [
        {"full"},
        {"lost", "flagged"},
        {"lost", "late", "several"},
        {"full", "several"},
        {"none"},
        {"undecided", "flagged"},
        {"unreadable"},
        {"trouble"},
        {"waiting"},
        *[{"unmatched"}] * 2,
        {"unreadable"},
        {"earlier"},
        {"full", "stranger"},
        {"gone"},
        {"unmatched"},
        {"gone"},
        {"full", "several"},
        {"missing"},
    ]
    labels = WORDS["class"]
    assert links(html) == {
        f"cause={NAMED[MISTAKE].replace(' ', '%20')}": (2, NAMED[MISTAKE]),
        "cause=The%20function%20stops%20with%20ValueError.": (
            1,
            "The function stops with ValueError.",
        ),
        **{
            f"kind={kind}": (1, labels[kind])
            for kind in ("undecided", "trouble", "flagged", "stranger", "missing")
        },
        "kind=unreadable": (2, labels["unreadable"]),
        "kind=unmatched": (3, labels["unmatched"]),
        "kind=several": (3, labels["several"]),
        "kind=gone": (2, labels["gone"]),
    }
    shown = " ".join(Page(html).shown.split())
    assert "Submissions11Graded7Still to be graded1Late1" in shown, (
        "what is nobody's, missing or gone is none"
    )
    assert "4 100 % 1 80-100 % 0 60-80 % 0 40-60 % 0 20-40 % 0 0-20 % 1 0 %" in shown
    assert f"{labels['unreadable']}: e, j" in shown
    assert f"{labels['unmatched']}: h, i, l, m" in shown
    assert f"{labels['several']}: b, m" in shown
    assert f"{labels['stranger']}: k" in shown
    assert f"{labels['gone']}: l, m" in shown
    assert "Also attempts that do not count (3)" in shown
    options = dict(re.findall(r'<option value="(\w+)">[^<]*\((\d+)\)', html))
    assert {
        kind: options[kind] for kind in ("several", "stranger", "late", "full", "earlier", "gone")
    } == {
        "several": "3",
        "stranger": "1",
        "late": "1",
        "full": "4",
        "earlier": "1",
        "gone": "2",
    }


def test_a_class_in_the_other_layout_comes_with_what_to_do() -> None:
    labels = WORDS["class"]
    assert (
        f"{labels['other_conventions']['layout']}; {labels['of_course']} --fresh --set layout=DxC"
        in Page(class_page([row_in_other_layout(n) for n in range(3)], WORDS)).shown
    )
    assert (
        "--set layout"
        not in Page(class_page([row_in_other_layout(n) for n in range(2)], WORDS)).shown
    )


def test_whoever_handed_in_the_same_is_a_group() -> None:
    alone = [row(id, fingerprint=id) for id in "xyz"]
    twice = [
        row("a", fingerprint="a", counts=False),
        row("a", fingerprint="a", attempt=2),
    ]  # one's own attempts
    pair = [
        row("b", fingerprint="one"),
        row("c", fingerprint="one"),
        row("e", fingerprint="one"),
        row("f", fingerprint="two"),
        row("g", fingerprint="two"),
    ]
    html = class_page([*alone, *twice, *pair], WORDS)
    assert [(line.id, line.group) for line in page_rows(html) if line.group >= 0] == [
        ("b", 0),
        ("c", 0),
        ("e", 0),
        ("f", 1),
        ("g", 1),
    ]
    assert [line.id for line in page_rows(html) if "alike" in kinds_of(line)] == list("bcefg")
    assert links(html) == {"same=1": (3, "b, c, e"), "same=2": (2, "f, g")}


def test_whoever_has_a_line_more_is_in_the_group() -> None:
    lines = [f"{number:0{DIGITS}x}" for number in range(LEAST_LINES)]
    base, longer = LINES + "".join(lines), LINES + "".join([lines[0], "f" * DIGITS, *lines[1:]])
    rows = [row("a", fingerprint=base), row("b", fingerprint=base), row("c", fingerprint=longer)]
    html = class_page([*rows, row("d", fingerprint="0" * 64)], WORDS)
    assert [line.group for line in page_rows(html)] == [0, 0, 0, -1]
    assert links(html) == {"same=1": (3, "a, b, c")}


@pytest.mark.parametrize(
    ("language", "beginning"), [("en", "This file is larger than 256 KiB."), ("es", "Este archivo")]
)
def test_what_could_not_be_graded_says_why_and_where_it_was(language: str, beginning: str) -> None:
    unreadable = row(
        "e", "unreadable", reason=Message("too_large", {"kib": 256}), origin="mail/e.zip"
    )
    html = class_page([unreadable], class_words(language))
    (line,) = page_rows(html)
    assert data_of(html)["reasons"][line.reason_place].startswith(beginning)
    assert (line.origin, line.page, line.score) == ("mail/e.zip", "", None)


def test_a_group_of_people_is_one_row() -> None:
    pair = row("a")._replace(
        people=(Person("a", "Ana", "ana@x"), Person("b"), Person("c", "Cho", ""))
    )
    (line,) = page_rows(class_page([pair], WORDS))
    assert (line.id, line.name, line.email) == ("a, b, c", "Ana, Cho", "ana@x")


def test_numbers_and_times_look_as_everywhere() -> None:
    html = class_page(
        [
            row("a", verdict=verdict(93.456), saved="2026-11-23T12:13:44+00:00"),
            row("b", saved=None),
        ],
        WORDS,
    )
    assert [(line.score, line.possible, line.saved) for line in page_rows(html)] == [
        (93.46, 100, 1795436024),
        (100, 100, None),
    ]
    assert ",93.46,100," in html


def test_a_time_without_a_zone_stays_as_it_is() -> None:
    (line,) = page_rows(class_page([row("a", saved="2026-11-23T12:13:44.5")], WORDS))
    assert line.saved == "2026-11-23 12:13:44"


def test_rows_stand_as_people_sort_ids() -> None:
    ids = ["Student3", "b10", "b9", "student10", "student2", "\u0664", "9" * 5000, "10"]
    missing = [ClassRow((Person(id),), 0, "missing", counts=True) for id in ("a10", "A9")]
    html = class_page([*map(row, ids), *missing], WORDS)
    assert [line.id for line in page_rows(html)] == [
        "10",
        "9" * 197 + "...",
        "b9",
        "b10",
        "student2",
        "Student3",
        "student10",
        "\u0664",
        "A9",
        "a10",
    ]


def test_nobody_at_all() -> None:
    html = class_page([], WORDS)
    assert (data_of(html)["rows"], links(html), Page(html).tags.count("ul")) == ([], {}, 0)


def test_what_the_grader_found_is_named(grade_file: GradeFile) -> None:
    key = make_key(named=True)
    found = grade_file(PROJECT / "tests/submissions/reg_missing.py", key)
    for language in LANGUAGES:
        html = class_page([row("a", verdict=found)], class_words(language))
        (line,) = page_rows(html)
        assert line.score == found.score
        assert len(line.cause_places) >= 1
        assert {data_of(html)["causes"][cause] for cause in line.cause_places} <= {
            each["name"] for each in class_words(language)["misconceptions"].values()
        }


def test_every_word_of_the_page_is_used() -> None:
    sources = [
        PROJECT / "grader/reports/class_page.py",
        TEMPLATES / "class_page.html",
        TEMPLATES / "class_page.js",
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert [
        word
        for word in WORDS["class_page"]
        if not re.search(rf'(labels|words)\.{word}\b|"{word}"', text)
    ] == []
    assert set(WORDS["class_page"]["kinds"]) == set(KINDS)


def test_how_a_file_was_found_stands_in_its_row() -> None:
    notes = (
        Message("note_found_in", {"file": "softmax.py"}, "hw1/<b>/softmax.py"),
        *[Message("note_notebook", {"cells": 2})] * 2,  # what is said twice stands there once
    )
    noted = row("b", verdict=replace(verdict(60.0, (MISTAKE,)), notes=notes))
    html = class_page([row("a"), noted], WORDS)
    plain, found = page_rows(html)
    assert (plain.reason_place, "noted" in kinds_of(plain)) == (-1, False)
    assert "noted" in kinds_of(found)
    reason = data_of(html)["reasons"][found.reason_place]
    assert reason.startswith(
        "softmax.py was found in a folder. It is: hw1/<b>/softmax.py \u00b7 Of"
    )
    assert reason.count("\u00b7") == 1
    assert len(reason) <= LONGEST_TEXT
    assert "<b>" not in html
