"""Strategies of hypothesis that draw lies.

Frames have nothing or one thing wrong. Scripts for liar.py send them.
"""

import struct
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st

from grader.sandbox.errors import RAISED_KINDS, RETURNED_KINDS
from grader.sandbox.inside.wire import (
    CALL,
    COUNT,
    ERROR,
    GRADIENT_ONLY,
    LOADED,
    LOSS_ONLY,
    LOSSES,
    MAX_ERROR_TEXT,
    OK,
    REPLY,
    REQUEST,
)
from tests.support.liar import Steps
from tests.support.promises import (
    BYTES_OF_COUNTS,
    BYTES_OF_GRADIENT,
    BYTES_OF_LOSSES,
    BYTES_OF_REQUESTS,
    FALSE_COUNT,
    FALSE_LOSS,
    REQUESTS,
    SEVERAL,
    Script,
)

T = TypeVar("T")

# --- frames ---------------------------------------------------------------------------------------


def usually(usual: st.SearchStrategy[T], other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw from the first strategy three times out of four."""
    return st.integers(0, 3).flatmap(lambda roll: usual if roll < 3 else other)


CORNERS = (
    0,
    BYTES_OF_GRADIENT,
    BYTES_OF_LOSSES,
    BYTES_OF_COUNTS,
    MAX_ERROR_TEXT,
    BYTES_OF_GRADIENT + MAX_ERROR_TEXT,
    1 << 31,
    1 << 32,
)
bits = {width: st.integers(0, (1 << width) - 1) for width in (8, 32, 64)}
near_corners = [size + offset for size in CORNERS for offset in (-1, 0, 1)]
valid_sizes = [size for size in near_corners if 0 <= size < 1 << 32]
sizes = st.sampled_from(valid_sizes) | bits[32]
noise = st.binary(max_size=200)
losses = (st.floats() | bits[64].map(lambda any_nan: float(np.uint64(any_nan).view("<f8")))).filter(
    lambda loss: loss != FALSE_LOSS
)
counts = bits[64].filter(lambda count: count != FALSE_COUNT)

# The fields of an error text as the child sends them, and as it never would.
kinds = usually(
    st.sampled_from(sorted(RAISED_KINDS | RETURNED_KINDS)),
    st.sampled_from(["", "garbled_reply", "Raised", "raised\n"]),
)
details = st.sampled_from(
    ["NameError", "SystemExit", "3x2 2x3", "dW None", "tuple of 3", "x" * 2000]
) | st.text(max_size=60)
lines = (
    bits[8].map(str)
    | st.integers().map(str)
    | st.sampled_from(["", "9" * 4000, "\u0663", "\u00b2", "1e3", " 1", "0x1"])
)
quotes = (
    st.sampled_from(
        [
            "name 'xrange' is not defined",
            "attempted relative import",
            "\x1b[2J\u202e{0}%s",
            "\U0001f600" * 500,
        ]
    )
    | st.text()
)
well_formed_texts = st.tuples(kinds, details, lines, quotes).map(
    lambda fields: "\0".join(fields).encode("utf-8", "replace")
)
error_texts = usually(
    well_formed_texts, noise | st.sampled_from([b"\0" * 3, b"\xff" * MAX_ERROR_TEXT])
).map(lambda text: text[:MAX_ERROR_TEXT])
error_bytes = error_texts | st.binary(max_size=MAX_ERROR_TEXT)

sent = st.lists(st.binary(max_size=5000), max_size=6)
received = st.integers(0, 30_000)


def of_size(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size) | st.sampled_from([bytes(size), b"\xff" * size])


FALSE_LOSSES = struct.pack(f"<{SEVERAL}d", *[FALSE_LOSS] * SEVERAL)
several_losses = st.lists(losses, min_size=SEVERAL, max_size=SEVERAL).map(
    lambda values: struct.pack(f"<{SEVERAL}d", *values)
)
PAYLOADS = {
    OK: of_size(BYTES_OF_GRADIENT) | of_size(BYTES_OF_COUNTS) | several_losses,
    ERROR: error_texts,
    LOSS_ONLY: error_texts,
    GRADIENT_ONLY: st.builds(bytes.__add__, of_size(BYTES_OF_GRADIENT), error_texts),
}


def fits(mode: int, nonce: int, status: int, size: int) -> bool:
    """May a request of this mode get its numbers from such a reply? See wire.py for the rules."""
    if not 1 <= nonce <= len(REQUESTS):
        return False
    if mode == COUNT:
        return status == OK and size == BYTES_OF_COUNTS
    if mode == LOSSES:
        return status == OK and size == BYTES_OF_LOSSES
    text_size = size - BYTES_OF_GRADIENT
    fitting = {
        OK: text_size == 0,
        LOSS_ONLY: size <= MAX_ERROR_TEXT,
        GRADIENT_ONLY: 0 <= text_size <= MAX_ERROR_TEXT,
    }
    return fitting.get(status, False)


@st.composite
def replies(draw: st.DrawFn, request: int) -> bytes:
    """Draw a reply to a request, with nothing or one thing wrong in it."""
    status = draw(st.sampled_from(sorted(PAYLOADS)))
    nonce, flags, payload = request + 1, draw(st.integers(0, 1)), draw(PAYLOADS[status])
    size = len(payload)
    match draw(
        st.sampled_from(["nothing", "nothing", "nonce", "status", "flags", "size", "payload"])
    ):
        case "nonce":
            nonce = draw(st.sampled_from([0, request, request + 2, (1 << 64) - 1]) | bits[64])
        case "status":
            status = draw(st.sampled_from(sorted(PAYLOADS)) | bits[8])
        case "flags":
            flags = draw(bits[8])
        case "size":
            size = draw(sizes)
        case "payload":
            payload = draw(st.sampled_from([payload[:-1], payload + b"\0"]) | noise)
    loss = draw(losses) if fits(CALL, nonce, status, size) else FALSE_LOSS
    count = draw(counts) if fits(COUNT, nonce, status, size) else FALSE_COUNT
    if len(payload) == BYTES_OF_LOSSES and not fits(LOSSES, nonce, status, size):
        payload = FALSE_LOSSES
    return REPLY.pack(nonce, status, flags, count, loss, size) + payload


loaded = st.builds(LOADED.pack, st.just(OK), st.integers(0, 3), st.just(0))
odd_loaded = st.builds(LOADED.pack, st.sampled_from([OK, ERROR]) | bits[8], bits[32], sizes)
refusals = error_texts.map(lambda text: LOADED.pack(ERROR, 0, len(text)) + text)

# --- scripts --------------------------------------------------------------------------------------


def step(name: str, *arguments: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw a step: its name, and one of each of these arguments."""
    return st.tuples(st.just(name), *(st.sampled_from(argument) for argument in arguments))


endings = st.one_of(
    step("close"),
    step("shutdown", [0, 1, 2]),
    step("exit", [0, 1, 255]),
    step("crash"),
    step(
        "raise",
        [
            "ValueError",
            "KeyError",
            "SystemExit",
            "NotImplementedError",
            "MemoryError",
            "KeyboardInterrupt",
        ],
        ["", "\ud800\0{x}", "y" * 5000],
    ),
    step(
        "return",
        ["None", "1.0", "(W, 1.0)", "(1.0, W.T)", "(W[0], W)", "('one', None)", "(1.0, W, W)"],
    ),
)
moves = st.one_of(
    step("read", [1, REQUEST.size, *sorted(set(BYTES_OF_REQUESTS))]),
    step("sleep", [0.001, 0.03, 60.0]),
    step("allocate", [1 << 10, 1 << 24, 1 << 31]),
    step("write", [b"x", REPLY.pack(1, OK, 0, 0, 0.0, BYTES_OF_GRADIENT)], [100_000]),
)


def writes(frames: st.SearchStrategy[bytes]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw a step that writes a frame, at once or in pieces."""
    whole = frames.map(lambda data: ("write", data))
    return whole | st.tuples(
        st.just("write"),
        frames,
        st.just(1),
        st.sampled_from([1, 7, REPLY.size]),
        st.sampled_from([0.0, 0.001, 0.01]),
    )


@st.composite
def conversations(draw: st.DrawFn, request: int) -> Steps:
    """Draw steps that answer several requests without going back to the child's own loop."""
    steps = []
    for number in range(request, draw(st.integers(request, len(REQUESTS) - 1)) + 1):
        steps += [
            draw(writes(replies(number))),
            *draw(st.lists(moves | writes(replies(number)), max_size=1)),
        ]
        steps.append(("read", BYTES_OF_REQUESTS[min(number + 1, len(REQUESTS) - 1)]))
    return steps


nothing: st.SearchStrategy[Steps] = st.just([])


def in_call(request: int) -> st.SearchStrategy[Steps]:
    return (
        nothing
        | st.lists(writes(replies(request)) | writes(noise) | moves | endings, max_size=3)
        | conversations(request)
    )


@st.composite
def takeovers(draw: st.DrawFn) -> Steps:
    """Draw steps for the import: the frame that it is loaded, and a conversation from there on."""
    reads = draw(st.sampled_from([[("read", BYTES_OF_REQUESTS[0])], []]))
    return [draw(writes(usually(loaded, odd_loaded))), *reads, *draw(conversations(0))]


loose = st.lists(
    writes(noise) | writes(odd_loaded) | writes(refusals) | writes(replies(0)) | moves | endings,
    min_size=1,
    max_size=2,
)
scripts = st.builds(
    Script,
    usually(nothing, loose | takeovers()),
    st.tuples(*(in_call(request) for request in range(len(REQUESTS)))),
)
