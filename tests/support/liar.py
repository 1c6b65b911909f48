"""A submission that lies: it plays steps, given as data, at its import and in each call.

It runs in the sandbox only. tests/support/promises.py appends what it plays: IN_CALLS = [steps of
the first case, of the second, ...], and play(steps at import).
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
    """Write data `times` over, with a pause after each piece; 0: in pieces as large as possible."""
    rest = memoryview(data * times)
    while rest:
        rest = rest[os.write(CHANNEL, rest[: piece or None]) :]
        time.sleep(pause)


def read(size: int) -> None:
    """Read and drop so many bytes of what the grader sends, in this request or the next."""
    while size > 0:
        size -= len(os.read(CHANNEL, min(size, 1 << 16))) or size


def shutdown(how: int) -> None:
    """Shut the channel down. A sandbox that filters system calls refuses it."""
    ctypes.CDLL(None).shutdown(CHANNEL, how)


def raise_error(name: str, text: str) -> None:
    raise getattr(builtins, name)(text)


STEPS: dict[str, Callable[..., Any]] = {
    "write": write,
    "read": read,
    "sleep": time.sleep,
    "close": lambda: os.close(CHANNEL),
    "shutdown": shutdown,
    "exit": os._exit,
    "crash": lambda: ctypes.string_at(8),
    "raise": raise_error,
    "allocate": bytearray,
}


def play(steps: Steps, W: Any = None) -> Any:
    """Play the steps. Returns the honest answer, unless a step says otherwise."""
    for name, *arguments in steps:
        if name == "return":
            return eval(arguments[0], {"W": W})
        STEPS[name](*arguments)
    return None if W is None else (float(W.sum()), W)


def first(W: Any, X: Any, y: Any, reg: float) -> Any:
    return play(IN_CALLS[int(W[0, 0])], W)


def second(W: Any, X: Any, y: Any, reg: float) -> Any:
    return play(IN_CALLS[int(W[0, 0])], W)
