"""How far a batch has come, on the error output: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections import Counter
from types import TracebackType
from typing import Protocol, Self, TextIO

LINE_SECONDS = 10.0  # between plain lines
FRAME_SECONDS = 0.1  # between pictures of the bar


class Progress(Protocol):
    """A context. begin: a part of the work, with how much there is of it (None where nobody knows); advance: one more is done, and how it
    ended; say: a line beside it."""

    def begin(self, what: str, total: int | None) -> None: ...
    def advance(self, how: str = "", count: int = 1) -> None: ...
    def say(self, line: str) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


def progress() -> Progress:
    return Bar() if sys.stderr.isatty() else Lines(sys.stderr)


class Lines:
    """For logs."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.begin("", None)

    def begin(self, what: str, total: int | None) -> None:
        self.what, self.total, self.done, self.ends = what, total, 0, Counter[str]()
        self.began = self.told = time.monotonic()

    def advance(self, how: str = "", count: int = 1) -> None:
        self.done += count
        self.ends[how] += count
        now = time.monotonic()
        if now - self.told >= LINE_SECONDS or self.done == self.total:
            self.told = now
            self.say(told(self.what, self.done, self.total, now - self.began, self.ends))

    def say(self, line: str) -> None:
        print(line, file=self.stream, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass


def told(what: str, done: int, total: int | None, seconds: float, ends: Counter[str]) -> str:
    """Grading: 120 of 500, 62 a second, 0:06 left (70 full marks, 50 lost points)"""
    rate = done / max(seconds, 1e-9)
    of, left = ("", "") if total is None else (f" of {total}", f", {minutes((total - done) / rate)} left" if done < total else "")
    how = ", ".join(f"{count} {name}" for name, count in sorted(ends.items()) if name)
    return f"{what}: {done}{of}, {rate:.0f} a second{left}{f' ({how})' if how else ''}"


def minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class Bar:
    """For a terminal. It draws from the thread that works: a process with threads cannot be copied safely."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as RichProgress

        columns = TextColumn("{task.description}"), BarColumn(None), MofNCompleteColumn(), TextColumn("{task.fields[how]}")
        self.bar = RichProgress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        self.lines = Lines(sys.stderr)
        self.shown = 0.0

    def begin(self, what: str, total: int | None) -> None:
        for old in self.bar.task_ids:
            self.bar.remove_task(old)
        self.lines.begin(what, total)
        self.task = self.bar.add_task(what, total=total, how="")
        self.bar.refresh()

    def advance(self, how: str = "", count: int = 1) -> None:
        self.lines.done += count
        self.lines.ends[how] += count
        now = time.monotonic()
        if now - self.shown < FRAME_SECONDS and self.lines.done != self.lines.total:
            return
        self.shown = now
        said = told("", self.lines.done, self.lines.total, now - self.lines.began, self.lines.ends)
        self.bar.update(self.task, completed=self.lines.done, how=said.partition(", ")[2])
        self.bar.refresh()

    def say(self, line: str) -> None:
        self.bar.console.print(line, markup=False, highlight=False)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.bar.stop()
