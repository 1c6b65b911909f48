"""Debian's Chromium without a window. On a machine without it these tests fail; none is skipped."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from grader.class_row import ClassRow
from grader.reports.class_page import class_page
from tests.support.class_rows import class_rows, class_words

CHROMIUM = "/usr/bin/chromium"
Open = Callable[..., Page]


@contextmanager
def chromium() -> Iterator[Browser]:
    """As root it starts only without its own sandbox. It shows nothing but pages made here."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def a_class() -> list[ClassRow]:
    return list(class_rows(500))


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """shown(html, ...) opens that page.

    At the end the console must be empty, and nothing but the file itself may have been requested.
    """
    messages: list[str] = []
    requested: set[str] = set()
    pages = []

    def show(
        html: str,
        address: str = "",
        scheme: Literal["light", "dark"] = "light",
        width: int = 1200,
        **options: Any,
    ) -> Page:
        path = tmp_path / "index.html"
        path.write_text(html, encoding="utf-8")
        size: Any = {"width": width, "height": 900}
        page = browser.new_page(
            viewport=size, color_scheme=scheme, **{"timezone_id": "UTC", **options}
        )
        pages.append(page)
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda request: requested.add(request.url.partition("#")[0]))
        page.goto(f"{path.as_uri()}{address}")
        return page

    yield show
    for page in pages:
        page.close()
    assert messages == []
    assert requested == {(tmp_path / "index.html").as_uri()}


@pytest.fixture
def opened(shown: Open, a_class: list[ClassRow]) -> Open:
    """opened(rows, address, ...) opens the page of a class."""

    def open_page(
        rows: list[ClassRow] | None = None, address: str = "", language: str = "en", **options: Any
    ) -> Page:
        return shown(
            class_page(a_class if rows is None else rows, class_words(language)), address, **options
        )

    return open_page
