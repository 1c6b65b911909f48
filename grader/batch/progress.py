"""The progress of a batch, on standard error: a bar on a terminal, a plain line now and then
elsewhere.

The bar is drawn here, without a library: no library shows that the last submissions hang.
Everything is drawn by the thread that calls, because a process with threads cannot be forked
safely and a worker may be replaced, by a fork, at any time.
"""

import os
import sys
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import ClassVar, Self, TextIO

Clock = Callable[[], float]  # seconds
LATEST = 20  # the time left follows the latest tasks: slow ones at the end differ from the first
PATIENCE = 3.0  # seconds that an overdue task may take before it is called waiting
LEAST_BAR = 8  # columns; a shorter bar says nothing
DEFAULT_WIDTH = 80  # columns, where nothing says how wide the terminal is
ERASE = "\r\x1b[1A\x1b[J"  # back to the line above, and clear from there


def progress() -> "Progress":
    """Return a bar if standard error is a terminal that can move its cursor, else plain lines."""
    is_dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    if sys.stderr.isatty() and not is_dumb:
        return Bar(sys.stderr)
    return Lines(sys.stderr)


class Progress(ABC):
    """Shows how far one phase after another has come. Use it as a context manager."""

    seconds_between: ClassVar[float]  # at least, between two drawings

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic) -> None:
        self.stream, self.clock = stream, clock
        self.pace = _Pace("", None, clock())
        self.drawn_at = clock()

    def begin(self, phase: str, total: int | None) -> None:
        """Begin a phase of `total` tasks, or of an unknown number."""
        self.drawn_at = self.clock()
        self.pace = _Pace(phase, total, self.drawn_at)

    def advance(self, outcome: str = "", count: int = 1) -> None:
        """Count tasks that are done, with their outcome."""
        self.pace.advance(outcome, count, self.clock())
        if self.pace.is_complete:
            self.draw()
        self.tick()

    def tick(self) -> None:
        """Draw if the last drawing is old enough. To be called often."""
        if self.clock() - self.drawn_at >= self.seconds_between:
            self.draw()

    def draw(self) -> None:
        self.drawn_at = self.clock()
        self._draw()

    @abstractmethod
    def say(self, line: str) -> None:
        """Print a line beside the progress."""

    @abstractmethod
    def end(self) -> None:
        """Leave the stream ready for other output."""

    @abstractmethod
    def _draw(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()


class Lines(Progress):
    """For logs: a plain line now and then."""

    seconds_between = 10.0

    def say(self, line: str) -> None:
        print(line, file=self.stream, flush=True)

    def end(self) -> None:
        """Nothing to do: every line is complete."""

    def _draw(self) -> None:
        """Grading: 120 of 500, 62 a second, 0:06 left (70 perfect, 50 with mistakes)"""
        pace, now = self.pace, self.drawn_at
        count = f"{pace.done}" if pace.total is None else f"{pace.done} of {pace.total}"
        numbers = _join(count, pace.rate(now), pace.time_left(now))
        outcomes = _join(*pace.outcomes())
        self.say(
            f"{pace.phase}: {numbers} ({outcomes})" if outcomes else f"{pace.phase}: {numbers}"
        )


class Bar(Progress):
    """For a terminal: two lines at its bottom, gone when the batch ends."""

    seconds_between = 0.1

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic) -> None:
        super().__init__(stream, clock)
        self.is_on_screen = False

    def begin(self, phase: str, total: int | None) -> None:
        super().begin(phase, total)
        self.draw()

    def say(self, line: str) -> None:
        was_on_screen = self.is_on_screen
        self._replace(f"{line}\n", is_picture=False)
        if was_on_screen:
            self.draw()

    def end(self) -> None:
        self._replace("", is_picture=False)

    def picture(self, width: int) -> tuple[str, str]:
        """Two lines, of as much as fits into `width` columns.

        Grading ━━━━━─────────── 120/500, 62 a second, 0:06 left
        70 perfect, 50 with mistakes
        """
        pace, now = self.pace, self.clock()
        count = f"{pace.done}" if pace.total is None else f"{pace.done}/{pace.total}"
        time_left, outcomes = pace.time_left(now), pace.outcomes()
        shorter = [_join(count, pace.rate(now), time_left), _join(count, time_left), count]
        numbers = _first_fitting(shorter, width - len(pace.phase) - 1)
        first = f"{pace.phase} {numbers}"
        room = width - len(first) - 1
        if pace.total and room >= LEAST_BAR:
            first = f"{pace.phase} {self._bar(room, pace.done / pace.total)} {numbers}"
        fewer = [_join(*outcomes[:number]) for number in range(len(outcomes), 0, -1)]
        return first[:width], _first_fitting(fewer, width)[:width]

    def _bar(self, columns: int, share: float) -> str:
        filled, empty = "━", "─"
        try:
            (filled + empty).encode(self.stream.encoding or "utf-8")
        except UnicodeEncodeError:
            filled, empty = "#", "-"
        done = int(columns * share)
        return filled * done + empty * (columns - done)

    def _draw(self) -> None:
        self._replace("\n".join(self.picture(_width_of(self.stream))), is_picture=True)

    def _replace(self, text: str, is_picture: bool) -> None:
        """Write text in the place of the picture, in one go, so that nothing flickers."""
        erase = ERASE if self.is_on_screen else ""
        self.stream.write(erase + text)
        self.stream.flush()
        self.is_on_screen = is_picture


class _Pace:
    """The speed of a phase, and the time that the rest of it may take.

    All times are in seconds, and of one clock.
    """

    def __init__(self, phase: str, total: int | None, now: float) -> None:
        """total: the number of tasks, or None if it is unknown."""
        self.phase, self.total, self.began_at = phase, total, now
        self.done = 0
        self.counts = Counter[str]()  # by outcome
        self.latest = deque([(now, 0)], LATEST + 1)  # times, and how many tasks were done then

    def advance(self, outcome: str, count: int, now: float) -> None:
        self.done += count
        self.counts[outcome] += count
        self.latest.append((now, self.done))

    @property
    def is_complete(self) -> bool:
        return self.done == self.total

    def outcomes(self) -> list[str]:
        return [f"{count} {outcome}" for outcome, count in sorted(self.counts.items()) if outcome]

    def rate(self, now: float) -> str:
        """Return the average since the phase began; empty as long as nothing is done."""
        if not self.done:
            return ""
        per_second = self.done / max(now - self.began_at, 1e-9)
        if per_second >= 1:
            return f"{per_second:.0f} a second"
        return f"{60 * per_second:.0f} a minute"

    def time_left(self, now: float) -> str:
        """Return how long the remaining tasks may take, or that they hang.

        Empty if that is unknown, or if no task remains.
        """
        if self.total is None or self.is_complete:
            return ""
        (first_time, first_done), (last_time, _) = self.latest[0], self.latest[-1]
        interval = 0.0
        if self.done:
            interval = (last_time - first_time) / (self.done - first_done)
        remaining, silence = self.total - self.done, now - last_time
        if silence > interval + PATIENCE:
            return f"waiting {silence:.0f} s for the {self._remaining_name()}"
        if not self.done:
            return ""
        seconds = int(interval * remaining - silence)
        if seconds <= 0:
            return "<0:01 left"
        return f"{seconds // 60}:{seconds % 60:02} left"

    def _remaining_name(self) -> str:
        remaining = (self.total or 0) - self.done
        if not self.done:
            return f"first of {remaining}"
        return f"last {remaining}" if remaining > 1 else "last one"


def _join(*pieces: str) -> str:
    return ", ".join(piece for piece in pieces if piece)


def _first_fitting(texts: Iterable[str], width: int) -> str:
    """Return the first text that fits; the last one if none does. texts: the longest first."""
    text = ""
    for text in texts:
        if len(text) <= width:
            break
    return text


def _width_of(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except OSError:
        return DEFAULT_WIDTH
