"""The interface of every way to start children. A child is a process that runs one program."""

import os
import sys
import time
from typing import Protocol

from grader.model import Level
from grader.sandbox.channel import Channel

START_SECONDS = 30.0  # numpy from a cold disk can take many seconds


class StartError(Exception):
    """This machine cannot start programs in this way."""

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(layer, reason)
        self.layer = layer  # what fails
        self.reason = reason  # in the system's own words


class Child(Protocol):
    channel: Channel
    layers: frozenset[str]  # those that hold, as trials have shown

    def clock(self) -> float:
        """Return the CPU seconds that it has used, or a wall clock's where they are unknown."""

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in it, as Ctrl-C does. It may ignore that."""

    def end(self, patience: float = 0.0) -> int | None:
        """Kill it, whatever it is doing, and return how it ended.

        Returns an exit code, or minus the number of a signal, or None if that is unknown.
        patience: seconds in which it may end by itself.
        """


class Starter(Protocol):
    """A way to start children, all of one level. Not thread-safe."""

    level: Level
    starts: int  # how often the process that serves children was started

    def child(self, memory: int, cpu_seconds: int) -> Child:
        """Start a child; memory is in bytes.

        Raises StartError if this machine does not offer this way, and GraderError if it does but
        fails this time.
        """

    def close(self) -> None:
        """End the process that serves children, and all of them. The next child starts it anew."""


def cpu_clock(pid: int) -> float:
    """Return the CPU seconds that another process has used.

    The number of the clock is the one that clock_getcpuclockid(3) computes from a pid. Only Linux
    offers this; elsewhere a wall clock takes its place.
    """
    if sys.platform != "linux":
        return time.perf_counter()
    return time.clock_gettime_ns((~pid << 3) | 2) * 1e-9


def share_core() -> int:
    """Keep this process to one core, and return its number for the children.

    A child on the same core is never running while the host reads its clock. Read from another
    core, that clock is stale until the child next blocks, and shows 0 for whole calls. Returns -1
    if the system cannot choose cores.
    """
    if sys.platform != "linux":
        return -1
    cores = sorted(own_cores())
    core = cores[os.getpid() % len(cores)]
    use_cores({core})
    return core


def own_cores() -> set[int]:
    """Return the cores that this process may use; none if the system cannot choose them."""
    if sys.platform != "linux":
        return set()
    return os.sched_getaffinity(0)


def use_cores(cores: set[int]) -> None:
    """Keep this process, and those that it starts, to these cores.

    If there are none, as own_cores has it where cores cannot be chosen, nothing changes.
    """
    if sys.platform == "linux" and cores:
        os.sched_setaffinity(0, cores)
