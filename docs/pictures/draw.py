"""Draws the pictures of the docs from the program itself: make pictures.

terminal-*.svg  what `make grade` prints on a terminal of 80 columns, in light and in dark
report-*.png    a screenshot of the page that the same command writes, in light and in dark
rooms.svg       the rooms of grader/ in layers, from the table of tests/test_architecture.py
"""

import io
import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from docs.pictures.rooms import map_of_rooms

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
SUBMISSION = PROJECT / "docs/example/softmax.py"
SAVED = 1_795_572_018  # seconds since 1970: when the file seems to be saved, whenever this runs
WIDTH = 80  # columns
PAGE = {"width": 900, "height": 640}  # pixels
CHROMIUM = "/usr/bin/chromium"
COLOURS = {  # background, foreground; then black, red, green, yellow, blue, magenta, cyan, white
    "light": TerminalTheme(
        (255, 255, 255),
        (31, 35, 40),
        [
            (31, 35, 40),
            (180, 35, 24),
            (20, 110, 50),
            (138, 90, 0),
            (9, 80, 190),
            (130, 60, 170),
            (0, 105, 120),
            (90, 95, 102),
        ],
    ),
    "dark": TerminalTheme(
        (22, 27, 34),
        (230, 237, 243),
        [
            (72, 79, 88),
            (255, 123, 114),
            (86, 211, 100),
            (227, 179, 65),
            (121, 192, 255),
            (210, 168, 255),
            (86, 212, 221),
            (230, 237, 243),
        ],
    ),
}
# Rich fills this in. Its own form loads a font from a network; this one takes what the reader has.
SVG = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  line-height: {line_height}px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    (HERE / "rooms.svg").write_text(map_of_rooms(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "softmax.py")
        file.write_bytes(SUBMISSION.read_bytes())
        os.utime(file, (SAVED, SAVED))
        printed = _run_on_a_terminal(
            [sys.executable, "-m", "grader", "grade", "softmax.py", "--html", "report.html"],
            Path(folder),
        )
        for name, theme in COLOURS.items():
            (HERE / f"terminal-{name}.svg").write_text(_drawn(printed, theme), encoding="utf-8")
        _take_screenshots(Path(folder, "report.html"))


def _run_on_a_terminal(command: list[str], folder: Path) -> str:
    """What the command prints, with the escape sequences of its colours."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(WIDTH), "LANG": "C.UTF-8", "TZ": "UTC"}
    with subprocess.Popen(command, cwd=folder, stdout=theirs, env=environment):
        os.close(theirs)
        chunks = []
        while chunk := _read(ours):
            chunks.append(chunk)
    os.close(ours)
    text = b"".join(chunks).decode().replace("\r\n", "\n")
    return text.replace(f"{sys.executable} -m grader", ".venv/bin/python -m grader")


def _read(descriptor: int) -> bytes:
    """Empty at the end: Linux reports the end of a terminal as an error."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def _drawn(printed: str, theme: TerminalTheme) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ make grade SUBMISSION=softmax.py", style="bold"))
    console.print(Text.from_ansi(printed))
    return console.export_svg(title="", theme=theme, code_format=SVG, unique_id="terminal")


def _take_screenshots(page: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        for scheme in ("light", "dark"):
            tab = browser.new_page(
                viewport={"width": PAGE["width"], "height": PAGE["height"]},
                color_scheme="light" if scheme == "light" else "dark",
            )
            tab.goto(page.as_uri())
            tab.screenshot(path=HERE / f"report-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main()
