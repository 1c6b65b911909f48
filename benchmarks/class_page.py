"""Print the size and the speed of the page of a class, beside this project's limits.

The figures are medians, in headless Chromium.

    python -m benchmarks.class_page [ROWS]

build   CPU time to render the page from its rows
paint   from the request to the first contentful paint, which shows the first rows
filter  from a letter in the search field, or the choice of an outcome or a cause, until the new
        rows are laid out
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
MAX_BUILD, MAX_SIZE, MAX_PAINT, MAX_FILTER = 1000.0, 3.0, 500.0, 50.0  # ms, MB, ms, ms
WAIT_FOR_PAINT = """() => new Promise(resolve => {
    const paint = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
    const wait = () => paint() === undefined ? requestAnimationFrame(wait) : resolve(paint());
    wait();
})"""
TIME_CHANGE = """([id, value, event]) => {
    const field = document.getElementById(id);
    field.value = value;
    const began = performance.now();
    field.dispatchEvent(new Event(event));
    document.body.offsetHeight;  // lays out
    return performance.now() - began;
}"""
TIME_SORT = """column => {
    const began = performance.now();
    document.querySelector(`th[data-sort=${column}] button`).click();
    document.body.offsetHeight;
    return performance.now() - began;
}"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows, words = list(class_rows(count)), class_words("en")
    class_page(rows[:1], words)  # compiles the template
    build_times = []
    for _ in range(3):
        began = time.process_time()
        html = class_page(rows, words)
        build_times.append(1e3 * (time.process_time() - began))
    print(f"{len(rows)} rows; medians")
    print_figure("build", build_times, MAX_BUILD, "ms CPU")
    print_figure("size", [len(html.encode()) / 1e6], MAX_SIZE, "MB")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder, "index.html")
        path.write_text(html, encoding="utf-8")
        print_figure("paint", [first_paint(browser, path) for _ in range(TRIES)], MAX_PAINT, "ms")
        page = browser.new_page()
        page.goto(path.as_uri())
        for name, change in filters(page).items():
            print_figure(name, [change() for _ in range(TRIES)], MAX_FILTER, "ms")
        for column in ("name", "score"):
            print(f"sort by {column}, the first time: {page.evaluate(TIME_SORT, column):.0f} ms")


def first_paint(browser: Browser, path: Path) -> float:
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.locator("tbody tr").count() == 100
    milliseconds = float(page.evaluate(WAIT_FOR_PAINT))
    page.close()
    return milliseconds


def filters(page: Page) -> dict[str, Callable[[], float]]:
    """Ways to filter the rows, each timed from the state in which all rows are shown."""

    def change(id: str, value: str, event: str) -> Callable[[], float]:
        def once() -> float:
            page.evaluate(TIME_CHANGE, [id, "", event])
            return float(page.evaluate(TIME_CHANGE, [id, value, event]))

        return once

    cause = page.locator("#cause option").nth(5).get_attribute("value")
    assert cause is not None
    return {
        "search, one letter": change("q", "a", "input"),
        "search, two words": change("q", "munoz jose", "input"),
        "filter by outcome": change("kind", "lost", "change"),
        "filter by cause": change("cause", cause, "change"),
    }


def print_figure(name: str, figures: list[float], limit: float, unit: str) -> None:
    median = statistics.median(figures)
    result = "kept" if median <= limit else "MISSED"
    print(f"{name:20} {median:7.1f} {unit:6} (limit {limit:g}; {result})")


if __name__ == "__main__":
    main()
