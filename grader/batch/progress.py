"""How far a batch has come, on the error output: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from grader.batch.pace import Pace

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

LINE_SECONDS = 10.0  # between plain lines
FRAME_SECONDS = 0.1  # between pictures of the bar
LEAST_BAR = 8  # columns; a shorter one says nothing
Clock = Callable[[], float]  # seconds


class Progress(Protocol):
    """A context. begin: a part of the work, with how much there is of it (None where nobody knows); advance: one more is done, and how it
    ended; tick: time passes; say: a line beside it."""

    def begin(self, what: str, total: int | None) -> None: ...
    def advance(self, how: str = "", count: int = 1) -> None: ...
    def tick(self) -> None: ...
    def say(self, line: str) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def progress() -> Progress:
    if sys.stderr.isatty():
        from rich.console import Console

        console = Console(stderr=True)
        if not console.is_dumb_terminal:
            return Bar(console)
    return Lines(sys.stderr)


class Lines:
    """For logs."""

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic) -> None:
        self.stream, self.clock = stream, clock
        self.begin("", None)

    def begin(self, what: str, total: int | None) -> None:
        self.told = self.clock()
        self.pace = Pace(what, total, self.told)

    def advance(self, how: str = "", count: int = 1) -> None:
        self.pace.advance(how, count, self.clock())
        if self.pace.is_complete:
            self.tell()
        self.tick()

    def tick(self) -> None:
        if self.clock() - self.told >= LINE_SECONDS:
            self.tell()

    def tell(self) -> None:
        self.told = self.clock()
        self.say(line(self.pace, self.told))

    def say(self, line: str) -> None:
        print(line, file=self.stream, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


def line(pace: Pace, now: float) -> str:
    """Grading: 120 of 500, 62 a second, 0:06 left (70 full marks, 50 lost points)"""
    of = "" if pace.total is None else f" of {pace.total}"
    outcomes = ", ".join(pace.outcomes())
    return f"{pace.what}: {joined(f'{pace.done}{of}', pace.rate(now), pace.left(now))}{f' ({outcomes})' if outcomes else ''}"


def joined(*pieces: str) -> str:
    return ", ".join(piece for piece in pieces if piece)


class Bar:
    """For a terminal. It draws from the thread that works: a process with threads cannot be copied safely."""

    def __init__(self, console: "Console", clock: Clock = time.monotonic) -> None:
        from rich.live import Live

        self.console, self.clock = console, clock
        self.drawn = clock()
        self.pace = Pace("", None, self.drawn)
        self.live = Live(
            console=console, auto_refresh=False, transient=True, get_renderable=self.picture
        )

    def begin(self, what: str, total: int | None) -> None:
        self.pace = Pace(what, total, self.clock())
        self.draw()

    def advance(self, how: str = "", count: int = 1) -> None:
        self.pace.advance(how, count, self.clock())
        if self.pace.is_complete:
            self.draw()
        self.tick()

    def tick(self) -> None:
        if self.clock() - self.drawn >= FRAME_SECONDS:
            self.draw()

    def draw(self) -> None:
        self.drawn = self.clock()
        self.live.refresh()

    def picture(self) -> "RenderableType":
        """Two lines, of what fits: Grading ━━━━━━━━ 120/500, 62 a second, 0:06 left, and below: 70 full marks, 50 lost points"""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        now, pace, width = self.clock(), self.pace, self.console.width
        how_far = f"{pace.done}" if pace.total is None else f"{pace.done}/{pace.total}"
        left, outcomes = pace.left(now), pace.outcomes()
        shorter = (
            joined(*pieces)
            for pieces in ((how_far, pace.rate(now), left), (how_far, left), (how_far,))
        )
        numbers = longest(shorter, width - len(pace.what) - 1)
        room = width - len(pace.what) - len(numbers) - 2
        first: Text | Table = Text(f"{pace.what} {numbers}", no_wrap=True)
        if pace.total and room >= LEAST_BAR:
            first = Table.grid(padding=(0, 1))
            first.add_row(pace.what, ProgressBar(pace.total, pace.done, width=room), numbers)
        return Group(
            first,
            Text(
                longest(
                    (joined(*outcomes[:count]) for count in range(len(outcomes), 0, -1)), width
                ),
                no_wrap=True,
            ),
        )

    def say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False)

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.live.stop()


def longest(shorter: Iterator[str], width: int) -> str:
    """The first of ever shorter ones that fits; else the shortest."""
    text = ""
    for text in shorter:
        if len(text) <= width:
            break
    return text
