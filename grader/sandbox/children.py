"""Processes that run one program each, as the host sees them: what the ways to get one have in common."""

import os
import sys
import time
from typing import Protocol

from grader.model import Level
from grader.sandbox.channel import Channel

START_SECONDS = 30.0  # numpy from a cold disk can take many seconds


class CannotStart(Exception):
    """A way to run programs that this machine does not have. layer: what fails; words: what the system says of it."""

    def __init__(self, layer: str, words: str) -> None:
        super().__init__(layer, words)
        self.layer, self.words = layer, words


class Child(Protocol):
    """layers: those that hold, found by trying them."""

    channel: Channel
    layers: frozenset[str]

    def clock(self) -> float:
        """CPU seconds it has used, where the system tells; else seconds of any clock."""

    def end(self, patience: float = 0.0) -> int | None:
        """Kill it, whatever it is doing, and learn how it ended: an exit code, or minus the number of a signal; None where nobody knows.
        patience: seconds in which it may end by itself."""


class Starter(Protocol):
    """A way to get children, all of one level. Not for several threads. starts: how often what serves them was started."""

    level: Level
    starts: int

    def child(self, memory: int, cpu_seconds: int) -> Child:
        """memory: in bytes. Raises CannotStart where this machine has no such way, GraderError where it is in trouble."""

    def close(self) -> None:
        """End whatever serves, and all that hangs on it. The next child starts it anew."""


def cpu_clock(pid: int) -> float:
    """CPU seconds of another process: the number is the one that clock_getcpuclockid(3) computes from a pid. Only Linux tells; elsewhere
    any clock must do."""
    if sys.platform != "linux":
        return time.perf_counter()
    return time.clock_gettime_ns((~pid << 3) | 2) * 1e-9


def share_core() -> int:
    """Keep this process to one core, and return its number for the children: a child is then off it whenever the host reads its clock.
    From another core that clock is stale until the child next blocks, and reads 0 for whole calls. -1 where a system has no such thing."""
    if sys.platform != "linux":
        return -1
    cores = sorted(os.sched_getaffinity(0))
    core = cores[os.getpid() % len(cores)]
    os.sched_setaffinity(0, {core})
    return core
