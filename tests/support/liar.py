"""A submission that lies: it plays steps that are given as data, while it is imported and in each call.

It runs in the sandbox only. tests/support/promises.py appends what is to be played:
IN_CALLS = [steps of the first request, of the second, ...], and play(steps at import).
"""

import builtins
import ctypes
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

CHANNEL = 3  # the socket to the grader
Steps = Sequence[tuple[Any, ...]]
IN_CALLS: Sequence[Steps] = ()


def write(data: bytes, times: int = 1, piece: int = 0, pause: float = 0.0) -> None:
    """piece: how many bytes to write before each pause; 0: as many as go."""
    left = memoryview(data * times)
    while left:
        left = left[os.write(CHANNEL, left[: piece or None]) :]
        time.sleep(pause)


def read(size: int) -> None:
    """Swallow so many bytes of what the grader sends: of this request, or of the next."""
    while size > 0:
        size -= len(os.read(CHANNEL, min(size, 1 << 16))) or size


def shutdown(how: int) -> None:
    """Refused by a sandbox that filters system calls."""
    ctypes.CDLL(None).shutdown(CHANNEL, how)


def stop(name: str, text: str) -> None:
    raise getattr(builtins, name)(text)


STEPS: dict[str, Callable[..., Any]] = {
    "write": write,
    "read": read,
    "sleep": time.sleep,
    "close": lambda: os.close(CHANNEL),
    "shutdown": shutdown,
    "exit": os._exit,
    "crash": lambda: ctypes.string_at(8),
    "raise": stop,
    "allocate": bytearray,
}


def play(steps: Steps, W: Any = None) -> Any:
    """Returns what the function is to return: the honest answer, unless a step says otherwise."""
    for name, *arguments in steps:
        if name == "return":
            return eval(arguments[0], {"W": W})
        STEPS[name](*arguments)
    return None if W is None else (float(W.sum()), W)


def first(W: Any, X: Any, y: Any, reg: float) -> Any:
    return play(IN_CALLS[int(W[0, 0])], W)


def second(W: Any, X: Any, y: Any, reg: float) -> Any:
    return play(IN_CALLS[int(W[0, 0])], W)
