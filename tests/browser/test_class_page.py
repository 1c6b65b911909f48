"""The page of a class in a real browser.

What it should show is computed here from the rows, and never read from the page's own data.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

from grader.class_row import ClassRow
from grader.messages import LANGUAGES
from grader.model import Message, Person
from grader.reports.class_page import class_page
from grader.reports.class_summary import causes_of
from grader.reports.safe_text import escape_invisible
from tests.browser.conftest import Open
from tests.support.class_rows import HOSTILE, class_words, row, verdict

WORDS = class_words("en")
ROWS = 100


def ids(page: Page) -> list[str]:
    return page.locator("tbody th").all_text_contents()


def all_ids(page: Page) -> list[str]:
    """Of all pages, one after the other."""
    found = ids(page)
    while page.locator("#next").get_attribute("aria-disabled") == "false":
        page.locator("#next").click()
        found += ids(page)
    return found


def status(page: Page) -> str:
    return page.locator("#status").inner_text()


def counting(
    rows: list[ClassRow], holds: Callable[[ClassRow], object] = lambda row: True
) -> list[str]:
    """Ids of the rows that count and of which this holds."""
    return [ids_of(row) for row in rows if row.counts and holds(row)]


def ids_of(row: ClassRow) -> str:
    return short(", ".join(person.id for person in row.people))


def short(text: str) -> str:
    return escape_invisible(text) if len(text) <= 200 else f"{text[:197]}..."


def is_lost(row: ClassRow) -> bool:
    return row.status == "graded" and row.verdict is not None and 0 < row.verdict.score < 100


def is_at(score: float) -> Callable[[ClassRow], bool]:
    return lambda row: (
        row.status == "graded" and row.verdict is not None and row.verdict.score == score
    )


def is_unmatched(row: ClassRow) -> bool:
    return row.reason is not None and row.reason.code == "unread_missing"


def ended(status: str) -> Callable[[ClassRow], bool]:
    return lambda row: row.status == status


# --- all rows, page by page -----------------------------------------------------------------------


def test_a_hundred_rows_at_a_time_and_all_of_them_in_order(
    opened: Open, a_class: list[ClassRow]
) -> None:
    page = opened()
    expected = counting(a_class)
    assert ids(page) == expected[:ROWS]
    assert status(page) == f"Found: {len(expected)} of {len(expected)}, shown: 1 to 100"
    assert page.locator("#previous").get_attribute("aria-disabled") == "true"
    assert all_ids(page) == expected
    assert page.locator("#page").input_value() == str(-(-len(expected) // ROWS))


def test_a_page_is_jumped_to(opened: Open, a_class: list[ClassRow]) -> None:
    page = opened()
    for written, expected in (("3", "3"), ("99", "6"), ("0", "1"), ("", "1")):
        page.locator("#page").fill(written)
        page.locator("#page").press("Enter")
        assert page.locator("#page").input_value() == expected
        start = ROWS * (int(expected) - 1)
        assert ids(page) == counting(a_class)[start : start + ROWS]


def test_attempts_that_do_not_count_are_shown_when_asked_for(
    opened: Open, a_class: list[ClassRow]
) -> None:
    page = opened()
    page.get_by_label("Also attempts that do not count").check()
    assert all_ids(page) == list(map(ids_of, a_class))
    assert status(page).startswith(f"Found: {len(a_class)} of {len(a_class)},")
    assert page.get_by_text("does not count", exact=True).count() > 0


def test_what_a_row_shows(opened: Open) -> None:
    page = opened(
        [
            row(
                "a",
                name="Ana",
                email="ana@x",
                verdict=verdict(93.46, ("rg_missing", "rg_double", "rg_no_two"), flagged=True),
                late=True,
                attempt=3,
            ),
            row("b", "trouble", trouble="OSError: full", origin="mail/b.zip"),
            row("c", fingerprint="same"),
            row("d", fingerprint="same"),
        ]
    )
    names = [WORDS["misconceptions"][id]["name"] for id in ("rg_missing", "rg_double")]
    assert page.locator("tbody tr").first.locator("th, td").all_inner_texts() == [
        "a",
        "Ana\nana@x",
        "93.46/100",
        "\n".join(["points lost with a flag", *names, "and 1 more"]),
        "3",
        "2026-11-23 22:13:44 late",
    ]
    assert (
        page.locator("tbody tr").nth(1).locator("td.what").inner_text()
        == "grader failed\nOSError: full\nmail/b.zip"
    )
    assert (
        page.locator("tbody tr").nth(2).locator("td.what").inner_text()
        == "full marks\nsame code as others"
    )
    assert page.locator("tbody th a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    ) == [
        "./pages/a.html",
        "./pages/c.html",
        "./pages/d.html",
    ]


def test_what_a_row_shows_that_does_not_count(opened: Open) -> None:
    rows = [
        row("a", "waiting", counts=False),
        row("a", attempt=2, not_on_roster=("a",)),
        row("b", "gone", counts=False, is_present=False, late=True),
        row("b", "unreadable", reason=Message("unread_missing"), attempt=2),
        row("c", "gone", is_present=False, not_on_roster=("c",), origin="mail/c.py"),
        row("d")._replace(people=(Person("a"), Person("d"))),
    ]
    page = opened(rows, address="#others=1")
    assert page.locator("tbody td.what").all_inner_texts() == [
        "another attempt counts",
        "full marks somebody is in several not on the roster",
        "full marks somebody is in several",
        "no longer there",
        "no owner, or no file\n"
        "The table of submissions names no file here, or one that is not there.",
        "no longer there\nmail/c.py",
    ]
    assert page.locator("tbody td.attempt").all_inner_texts() == [
        "1\ndoes not count",
        "2",
        "1",
        "1\ndoes not count",
        "2",
        "1",
    ]


def test_times_are_those_of_whoever_looks_and_say_so(opened: Open) -> None:
    rows = [
        row("a", saved="2026-11-23T22:13:44+00:00"),
        row("b", saved="2026-11-23T12:00:00"),
        row("c", saved="2026-11-23T19:59:59+00:00"),
    ]
    page = opened(rows, timezone_id="America/Los_Angeles")
    shown = page.locator("tbody td.saved")
    assert shown.all_inner_texts() == [
        "2026-11-23 14:13:44",
        "2026-11-23 12:00:00\nzone not known",
        "2026-11-23 11:59:59",
    ]
    assert (
        page.locator("table caption")
        .inner_text()
        .endswith("times are those of America/Los_Angeles")
    )
    page.get_by_role("button", name="Time").click()
    assert ids(page) == ["c", "b", "a"]


def test_no_zone_is_named_where_no_time_has_one(opened: Open) -> None:
    page = opened([row("a", saved="2026-11-23T12:00:00"), row("b", saved="")])
    assert "times" not in page.locator("table caption").inner_text()


# --- search, filters, sorting ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("munoz", lambda row: "Muñoz" in row.people[0].name),
        (
            "  GARCÍA ana ",
            lambda row: "García" in row.people[0].name and "Ana" in row.people[0].name,
        ),
        ("s1007", lambda row: row.people[0].id == "s1007"),
        ("student12@", lambda row: row.people[0].email.startswith("student12@")),
        ("<", lambda row: "<" in row.people[0].name),
        ("nobody is called this", lambda row: False),
    ],
)
def test_search(
    opened: Open, a_class: list[ClassRow], written: str, holds: Callable[[ClassRow], bool]
) -> None:
    page = opened()
    page.get_by_label("Search").press_sequentially(written)
    expected = counting(a_class, holds)
    assert all_ids(page) == expected
    assert status(page).startswith(f"Found: {len(expected)} of {len(counting(a_class))}")
    page.get_by_label("Search").fill("")
    assert ids(page) == counting(a_class)[:ROWS]


KINDS: dict[str, Callable[[ClassRow], object]] = {
    "full": is_at(100),
    "lost": is_lost,
    "none": is_at(0),
    **{kind: ended(kind) for kind in ("undecided", "trouble", "waiting", "missing")},
    "unreadable": lambda row: row.status == "unreadable" and not is_unmatched(row),
    "unmatched": lambda row: is_unmatched(row),
    "late": lambda row: row.late and row.status != "gone" and not is_unmatched(row),
    "flagged": lambda row: row.verdict and row.verdict.flags,
    "stranger": lambda row: row.not_on_roster and row.status != "gone",
    "several": lambda row: (
        row.page.startswith("pages/group")
        or row.people[0].id in ("s1040", "s1140", "s1240", "s1340", "s1440")
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_filter_by_outcome(opened: Open, a_class: list[ClassRow], kind: str) -> None:
    page = opened()
    expected = counting(a_class, KINDS[kind])
    assert expected, "the invented class has some of these"
    page.get_by_label("Outcome").select_option(kind)
    assert (
        page.locator("#kind option:checked").inner_text()
        == f"{WORDS['class_page']['kinds'][kind]} ({len(expected)})"
    )
    assert all_ids(page) == expected
    page.get_by_role("button", name="Clear filters").click()
    assert ids(page) == counting(a_class)[:ROWS]


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("gone", lambda row: row.status == "gone"),
        ("earlier", lambda row: not row.counts and row.status == "waiting"),
    ],
)
def test_what_may_not_count_is_shown_where_it_is_asked_for(
    opened: Open, a_class: list[ClassRow], kind: str, holds: Callable[[ClassRow], bool]
) -> None:
    page = opened(address=f"#kind={kind}")
    expected = [ids_of(row) for row in a_class if holds(row)]
    assert expected
    assert (
        page.locator("#kind option:checked").inner_text()
        == f"{WORDS['class_page']['kinds'][kind]} ({len(expected)})"
    )
    assert all_ids(page) == expected
    assert status(page).startswith(f"Found: {len(expected)} of {len(a_class)}")
    assert page.get_by_text("does not count", exact=True).count() == sum(
        not row.counts for row in a_class if holds(row)
    )
    assert page.get_by_label("Also attempts").is_checked()
    assert page.get_by_label("Also attempts").is_disabled()
    assert WORDS["class_page"]["kinds"]["waiting"] not in page.locator("tbody").inner_text()


def test_filter_by_cause(opened: Open, a_class: list[ClassRow]) -> None:
    page = opened()
    name = WORDS["misconceptions"]["rg_missing"]["name"]
    expected = counting(a_class, lambda row: row.verdict and name in causes_of(row, WORDS))
    page.locator("#cause").select_option(name)
    assert page.locator("#cause option:checked").inner_text() == f"{name} ({len(expected)})"
    assert all_ids(page) == expected


def test_a_click_above_the_table_shows_as_many_rows_as_it_says(opened: Open) -> None:
    page = opened()
    lines = page.locator(".bars li:has(a)")
    assert lines.count() > 15
    for n in range(lines.count()):
        number = lines.nth(n).locator(".count").inner_text()
        lines.nth(n).locator("a").click()
        page.wait_for_function(
            "start => document.getElementById('status').textContent.startsWith(start)",
            arg=f"Found: {number} of",
        )
        assert len(all_ids(page)) == int(number)


def test_filters_hold_together(opened: Open, a_class: list[ClassRow]) -> None:
    page = opened()
    page.get_by_label("Outcome").select_option("full")
    page.get_by_label("Search").fill("munoz")
    assert ids(page) == counting(
        a_class, lambda row: is_at(100)(row) and "Muñoz" in row.people[0].name
    )


def test_every_column_sorts_both_ways_and_blanks_come_last(opened: Open) -> None:
    page = opened(
        [
            row("s10", name="Óscar", verdict=verdict(90.0), saved="2026-11-23T12:00:00+00:00"),
            row(
                "s9",
                name="Zoë",
                verdict=verdict(100.0),
                attempt=2,
                saved="2026-11-22T12:00:00+00:00",
            ),
            row("s8", name="ñu", verdict=verdict(9.5), saved="2026-11-23T12:00:00+00:00"),
            row("s11", name="Nu", verdict=verdict(90.0), attempt=10, saved=None),
            row("S1", "waiting", saved="2026-11-21T12:00:00+00:00"),
        ],
        language="es",
    )
    expected = {
        "Id": "S1 s8 s9 s10 s11",
        "Nombre": "s11 s8 s10 s9 S1",
        "Puntos": "s8 s10 s11 s9 S1",
        "Intento": "S1 s8 s10 s9 s11",
        "Hora": "S1 s9 s8 s10 s11",
    }
    backwards = {
        "Id": "s11 s10 s9 s8 S1",
        "Nombre": "s9 s10 s8 s11 S1",
        "Puntos": "s9 s10 s11 s8 S1",
        "Intento": "s11 s9 S1 s8 s10",
        "Hora": "s8 s10 s9 S1 s11",
    }
    for name in expected:
        button = page.get_by_role("button", name=name, exact=True)
        for order, how in (
            (expected, "ascending"),
            (backwards, "descending"),
            (expected, "ascending"),
        ):
            button.click()
            assert " ".join(ids(page)) == order[name], f"{name} {how}: equals stay in their order"
            sorts = page.locator("th[aria-sort]").evaluate_all(
                "heads => heads.map(head => head.getAttribute('aria-sort'))"
            )
            assert sorted(sorts) == sorted(["none"] * 4 + [how])


# --- the address ----------------------------------------------------------------------------------


def test_a_link_shows_the_same(opened: Open) -> None:
    page = opened()
    page.get_by_label("Also attempts").check()
    page.get_by_label("Outcome").select_option("lost")
    page.get_by_label("Search").fill("a")
    page.get_by_role("button", name="Score").click()
    page.get_by_role("button", name="Score").click()
    page.get_by_role("button", name="Next").click()
    address = page.url.partition("#")[2]
    assert address == "q=a&kind=lost&others=1&sort=score&down=1&page=2"
    again = opened(address=f"#{address}")
    assert (ids(again), status(again)) == (ids(page), status(page))
    assert again.get_by_label("Search").input_value() == "a"
    assert again.get_by_label("Also attempts").is_checked()


def test_the_way_back(opened: Open) -> None:
    page = opened()
    before = status(page)
    page.locator("#needed ~ ul a").first.click()
    page.wait_for_function(
        "before => document.getElementById('status').textContent !== before", arg=before
    )
    page.go_back()
    page.wait_for_function(
        "before => document.getElementById('status').textContent === before", arg=before
    )
    assert page.get_by_label("Outcome").input_value() == ""


@pytest.mark.parametrize(
    "address",
    [
        "#kind=__proto__&sort=constructor&page=-1&same=x&cause=gone",
        "#page=1e9&sort=toString",
        "#%",
        "#page=999999&down=2",
        "#&&=&q",
    ],
)
def test_an_address_that_nobody_made_shows_the_table(
    opened: Open, a_class: list[ClassRow], address: str
) -> None:
    page = opened(address=address)
    assert status(page).startswith(f"Found: {len(counting(a_class))} of")
    assert ids(page)


# --- whoever cannot use a mouse, or a script ------------------------------------------------------


def test_the_keyboard_reaches_everything(opened: Open) -> None:
    page = opened()
    page.get_by_label("Search").focus()
    reached = []
    for _ in range(14):
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.innerText")
        )
        outline = page.evaluate(
            "(style => style.outlineStyle + style.outlineWidth)"
            "(getComputedStyle(document.activeElement))"
        )
        assert outline == "solid3px", reached[-1]
        page.keyboard.press("Tab")
    columns = ["Id", "Name", "Score", "Attempt", "Time"]
    assert reached == [
        "q",
        "kind",
        "cause",
        "others",
        "all_rows",
        "previous",
        "page",
        "next",
        *columns,
        "s1000",
    ]
    page.locator("#next").focus()
    for _ in range(7):
        page.keyboard.press("Enter")
    assert page.locator("#page").input_value() == "6"
    assert page.evaluate("document.activeElement.id") == "next", "the focus is not lost at the end"
    page.get_by_role("button", name="Score").focus()
    page.keyboard.press("Space")
    assert page.locator("th.score[aria-sort]").get_attribute("aria-sort") == "ascending"


def test_the_table_is_marked_up_as_one(opened: Open) -> None:
    page = opened()
    labels = WORDS["class_page"]
    caption = labels["caption"] + labels["times"].format(zone="UTC")
    assert page.locator("table caption").inner_text() == caption
    assert page.locator("thead th[scope=col]").count() == 6
    assert page.locator("tbody th[scope=row]").count() == ROWS
    assert page.locator("#status").get_attribute("role") == "status"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_it_says_where_the_rows_are(opened: Open, language: str) -> None:
    page = opened(language=language, java_script_enabled=False)
    shown = page.locator("main").inner_text()
    assert class_words(language)["class_page"]["needs_script"] in shown
    assert "grader export RUN --format csv" in shown
    assert not page.locator("table").is_visible()
    assert page.locator(".bars li").count() > 15, "what stands above the table is there"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("address", ["", "#q=%3C&others=1&sort=score&down=1", "#q=nobody"])
def test_axe_finds_nothing(
    opened: Open, scheme: Literal["light", "dark"], width: int, address: str
) -> None:
    page = opened(address=address, scheme=scheme, width=width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert any(rule["id"] == "color-contrast" for rule in found.response["passes"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width, (
        "nothing to scroll sideways"
    )


@pytest.mark.parametrize("width", [320, 390, 640, 641, 768, 1024, 1025, 1200, 1920])
def test_what_happened_has_room_at_every_width(opened: Open, width: int) -> None:
    """Between a phone and a desktop it had 40 pixels: a letter or two to a line."""
    page = opened(width=width)
    cells = page.locator("tbody td.what")
    assert min(cell["width"] for cell in boxes_of(cells)) >= min(200, 0.6 * width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def boxes_of(cells: Locator) -> list[dict[str, float]]:
    boxes: list[dict[str, float]] = cells.evaluate_all(
        "cells => cells.map(cell => cell.getBoundingClientRect().toJSON())"
    )
    return boxes


# --- what people wrote ----------------------------------------------------------------------------


def test_hostile_text_stays_text(opened: Open) -> None:
    rows = [
        row(text, name=text, email=text, fingerprint="same", page=text, not_on_roster=(text,))
        for text in HOSTILE
    ]
    rows += [
        row(text, "trouble", trouble=text, origin=text, fingerprint="same") for text in HOSTILE
    ]
    page = opened(rows)
    title = f"{WORDS['title']} - {WORDS['class_page']['class']}"
    assert sorted(ids(page)) == sorted([short(text) for text in HOSTILE] * 2)
    assert HOSTILE[0] in page.locator("tbody td.name").evaluate_all(
        "cells => cells.map(cell => cell.firstChild.textContent)"
    )
    assert page.locator("tbody").locator("script, img, b").count() == 0
    own = page.locator("tbody th a").evaluate_all("links => links.map(link => link.href)")
    folder = re.escape(page.url.rpartition("/")[0])
    assert len(own) == len(HOSTILE)
    assert all(re.match(f"{folder}/", address) for address in own), (
        "a path below the page, whatever it says"
    )
    page.locator("#alike ~ ul a").click()
    page.get_by_label("Search").fill(HOSTILE[0])
    page.wait_for_timeout(100)
    assert page.title() == title
    opened(rows, address=f"#q={HOSTILE[0]}&kind={HOSTILE[1]}").wait_for_timeout(100)


def test_no_other_script_could_run(browser: Browser, tmp_path: Path) -> None:
    """Were text to become markup after all, the policy would stop it."""
    html = class_page([row("a", name="OWNED")], WORDS)
    path = tmp_path / "index.html"
    image = "<img src='data:image/png,' onerror='document.title = 1'>"
    path.write_text(
        html.replace(
            "<main>", f"<main>{image}<script>document.title = 2</script><p style='color: red'></p>"
        ),
        encoding="utf-8",
    )
    page = browser.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(path.as_uri())
    assert ids(page) == ["a"], "our own script runs"
    assert page.title() == f"{WORDS['title']} - {WORDS['class_page']['class']}"
    for kind in ("image", "inline script", "inline style"):
        assert any(kind in text for text in messages), (kind, messages)
    page.close()
