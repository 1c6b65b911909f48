"""Strategies of hypothesis that draw lies.

Frames have nothing or one thing wrong. Scripts for liar.py send them.
"""

import struct
from typing import Any, NamedTuple, TypeVar

import numpy as np
from hypothesis import strategies as st

from grader.sandbox.errors import OUTPUT_KINDS, RAISED_KINDS, RETURNED_KINDS
from grader.sandbox.inside.wire import (
    CALL,
    COUNT,
    ERROR,
    LOADED,
    MAX_ERROR_TEXT,
    OK,
    OUTPUT,
    REPLY,
    REQUEST,
    VARY,
)
from tests.support.liar import Steps
from tests.support.promises import (
    BYTES_OF_ANSWER,
    BYTES_OF_COUNTS,
    BYTES_OF_OUTPUTS,
    BYTES_OF_REQUESTS,
    BYTES_OF_SERIES,
    CASES,
    FALSE_COUNT,
    FALSE_NUMBER,
    MODES,
    NONCES,
    REQUESTS,
    Script,
)

T = TypeVar("T")

# --- frames ---------------------------------------------------------------------------------------


def usually(usual: st.SearchStrategy[T], other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw from the first strategy three times out of four."""
    return st.integers(0, 3).flatmap(lambda roll: usual if roll < 3 else other)


CORNERS = (
    0,
    BYTES_OF_ANSWER,
    *BYTES_OF_SERIES,
    BYTES_OF_COUNTS,
    MAX_ERROR_TEXT,
    BYTES_OF_ANSWER + MAX_ERROR_TEXT,
    1 << 31,
    1 << 32,
)
bits = {width: st.integers(0, (1 << width) - 1) for width in (8, 32, 64)}
near_corners = [size + offset for size in CORNERS for offset in (-1, 0, 1)]
valid_sizes = [size for size in near_corners if 0 <= size < 1 << 32]
sizes = st.sampled_from(valid_sizes) | bits[32]
noise = st.binary(max_size=200)
numbers = (
    st.floats() | bits[64].map(lambda any_nan: float(np.uint64(any_nan).view("<f8")))
).filter(lambda number: number != FALSE_NUMBER)
counts = bits[64].filter(lambda count: count != FALSE_COUNT)

# The fields of an error text as the child sends them, and as it never would.
kinds = usually(
    st.sampled_from(sorted(RAISED_KINDS | RETURNED_KINDS | OUTPUT_KINDS)),
    st.sampled_from(["", "garbled_reply", "Raised", "raised\n"]),
)
details = st.sampled_from(
    ["NameError", "SystemExit", "3x2", "None", "float 2", "tuple 3 2", "loss dW", "x" * 2000]
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
files = st.sampled_from(["", "0", "1", "9" * 300, "call", "\u0663"])
well_formed_texts = st.tuples(kinds, details, files, lines, quotes).map(
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


def packed(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)


def numbers_of_size(size: int) -> st.SearchStrategy[bytes]:
    return st.lists(numbers, min_size=size // 8, max_size=size // 8).map(packed)


class Part(NamedTuple):
    """One output of a reply."""

    status: int
    size: int  # as its head says
    data: bytes


fine_parts = [
    numbers_of_size(size).map(lambda data: Part(OK, len(data), data)) for size in BYTES_OF_OUTPUTS
]
error_parts = error_texts.map(lambda text: Part(ERROR, len(text), text))


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[Part], bool]:
    """Draw the outputs of a reply, with nothing or one thing wrong. Returns whether they fit."""
    parts = [draw(usually(fine, error_parts)) for fine in fine_parts]
    wrong = draw(st.integers(0, len(parts) - 1))
    part = parts[wrong]
    match draw(st.sampled_from(["nothing", "nothing", "status", "size", "data", "missing"])):
        case "status":
            parts[wrong] = part._replace(status=draw(st.sampled_from([OK, ERROR]) | bits[8]))
        case "size":
            parts[wrong] = part._replace(size=draw(sizes))
        case "data":
            data = draw(st.sampled_from([part.data[:-1], part.data + b"\0"]) | noise)
            parts[wrong] = part._replace(size=len(data), data=data)
        case "missing":
            del parts[wrong]
    return parts, len(parts) == len(BYTES_OF_OUTPUTS) and all(
        part.size == (len(part.data) if part.status == ERROR else size)
        and part.status in (OK, ERROR)
        and part.size <= MAX_ERROR_TEXT
        for part, size in zip(parts, BYTES_OF_OUTPUTS, strict=True)
    )


def payload_of(parts: list[Part]) -> bytes:
    heads = b"".join(OUTPUT.pack(part.status, part.size) for part in parts)
    return heads + b"".join(part.data for part in parts)


def with_false_numbers(parts: list[Part]) -> list[Part]:
    return [
        part._replace(data=packed([FALSE_NUMBER] * (len(part.data) // 8)))
        if len(part.data) in BYTES_OF_OUTPUTS
        else part
        for part in parts
    ]


@st.composite
def replies(draw: st.DrawFn, case: int) -> bytes:
    """Draw a reply to a case, with nothing or one thing wrong in it."""
    mode = draw(usually(st.just(MODES[case]), st.sampled_from([CALL, COUNT, VARY])))
    status = draw(usually(st.just(OK), st.just(ERROR)))
    nonce, flags, fits = case + 1, draw(st.integers(0, 1)), True
    parts: list[Part] = []
    if status == ERROR:
        payload = draw(error_texts)
    elif mode == CALL:
        parts, fits = draw(answers())
        payload = payload_of(parts)
    elif mode == VARY:
        payload = draw(numbers_of_size(draw(st.sampled_from(sorted(BYTES_OF_SERIES)))))
    else:
        payload = draw(of_size(BYTES_OF_COUNTS))
    size = len(payload)
    match draw(st.sampled_from(["nothing", "nothing", "nonce", "status", "flags", "size"])):
        case "nonce":
            nonce = draw(st.sampled_from([0, case, case + 2, (1 << 64) - 1]) | bits[64])
        case "status":
            status = draw(st.sampled_from([OK, ERROR]) | bits[8])
        case "flags":
            flags = draw(bits[8])
        case "size":
            size = draw(sizes)
    # One that fits no request, whichever gets it, holds nothing but false numbers.
    has_place = status == OK and nonce in NONCES
    if parts and not (has_place and fits and size == len(payload)):
        payload = payload_of(with_false_numbers(parts))
    if len(payload) in BYTES_OF_SERIES and not (has_place and size in BYTES_OF_SERIES):
        payload = packed([FALSE_NUMBER] * (len(payload) // 8))
    count = draw(counts) if has_place and size == BYTES_OF_COUNTS else FALSE_COUNT
    return REPLY.pack(nonce, status, flags, count, size) + payload


loaded = st.binary(min_size=2, max_size=2).map(lambda present: LOADED.pack(OK, 0) + present)
odd_loaded = st.builds(
    lambda status, size, present: LOADED.pack(status, size) + present,
    st.sampled_from([OK, ERROR]) | bits[8],
    sizes,
    st.binary(max_size=3),
)
refusals = error_texts.map(lambda text: LOADED.pack(ERROR, len(text)) + text)

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
    step("write", [b"x", REPLY.pack(1, OK, 0, 0, BYTES_OF_ANSWER)], [100_000]),
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
def conversations(draw: st.DrawFn, case: int) -> Steps:
    """Draw steps that answer several cases without going back to the child's own loop."""
    steps = []
    for number in range(case, draw(st.integers(case, len(CASES) - 1)) + 1):
        steps += [
            draw(writes(replies(number))),
            *draw(st.lists(moves | writes(replies(number)), max_size=1)),
        ]
        request = next((each for each in REQUESTS if each.cases[0] == number + 1), None)
        if request is not None:
            steps.append(("read", BYTES_OF_REQUESTS[REQUESTS.index(request)]))
    return steps


nothing: st.SearchStrategy[Steps] = st.just([])


def in_call(case: int) -> st.SearchStrategy[Steps]:
    return (
        nothing
        | st.lists(writes(replies(case)) | writes(noise) | moves | endings, max_size=3)
        | conversations(case)
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
    st.tuples(*(in_call(case) for case in range(len(CASES)))),
)
