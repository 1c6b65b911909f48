"""Prints how large and how quick the page of a class is, beside what this project holds itself to. Medians, in headless Chromium.

    python -m benchmarks.class_page [ROWS]

build   CPU time of making the page, the rows being there
paint   from asking for the page to its first contentful paint, with its first rows in it
filter  from a letter in the search field, or a choice of an outcome or cause, until the new rows are laid out
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from grader.reports.class_page import class_page
from tests.browser.conftest import chromium
from tests.support.class_rows import class_rows, class_words

TRIES = 9
BUILD, SIZE, PAINT, FILTER = 1000.0, 3.0, 500.0, 50.0  # ms, MB, ms, ms
PAINTED = """() => new Promise(resolve => {
    const told = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
    const wait = () => told() === undefined ? requestAnimationFrame(wait) : resolve(told());
    wait();
})"""
CHANGED = """([id, value, event]) => {
    const field = document.getElementById(id);
    field.value = value;
    const began = performance.now();
    field.dispatchEvent(new Event(event));
    document.body.offsetHeight;  // lays out
    return performance.now() - began;
}"""
SORTED = """column => {
    const began = performance.now();
    document.querySelector(`th[data-sort=${column}] button`).click();
    document.body.offsetHeight;
    return performance.now() - began;
}"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows, words = list(class_rows(count)), class_words("en")
    class_page(rows[:1], words)  # compiles the template
    built = []
    for _ in range(3):
        began = time.process_time()
        html = class_page(rows, words)
        built.append(1e3 * (time.process_time() - began))
    print(f"{len(rows)} rows; medians")
    told("build", built, BUILD, "ms CPU")
    told("size", [len(html.encode()) / 1e6], SIZE, "MB")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder, "index.html")
        path.write_text(html, encoding="utf-8")
        told("paint", [painted(browser, path) for _ in range(TRIES)], PAINT, "ms")
        page = browser.new_page()
        page.goto(path.as_uri())
        for name, change in changes(page).items():
            told(name, [change() for _ in range(TRIES)], FILTER, "ms")
        print(
            f"sort by name, the first time: {page.evaluate(SORTED, 'name'):.0f} ms; by score: {page.evaluate(SORTED, 'score'):.0f} ms"
        )


def painted(browser: Browser, path: Path) -> float:
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.locator("tbody tr").count() == 100
    took = float(page.evaluate(PAINTED))
    page.close()
    return took


def changes(page: Page) -> dict[str, Callable[[], float]]:
    """Each of them goes back to all rows before it."""

    def change(id: str, value: str, event: str) -> Callable[[], float]:
        def once() -> float:
            page.evaluate(CHANGED, [id, "", event])
            return float(page.evaluate(CHANGED, [id, value, event]))

        return once

    cause = page.locator("#cause option").nth(5).get_attribute("value")
    assert cause is not None
    return {
        "search, one letter": change("q", "a", "input"),
        "search, two words": change("q", "munoz jose", "input"),
        "filter by outcome": change("kind", "lost", "change"),
        "filter by cause": change("cause", cause, "change"),
    }


def told(name: str, figures: list[float], limit: float, unit: str) -> None:
    median = statistics.median(figures)
    print(
        f"{name:20} {median:7.1f} {unit:6} (limit {limit:g}; {'kept' if median <= limit else 'MISSED'})"
    )


if __name__ == "__main__":
    main()
