"""Tests the host against a child that lies.

Whatever bytes come back, the host raises a SubmissionError or takes the numbers, in bounded time
and memory.
"""

import contextlib
import math
import os
import re
import socket
import struct
import sys
import time
from contextlib import closing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.model import Counts, LossAndGradient, Losses, SubmissionError, require
from grader.sandbox.channel import Channel
from grader.sandbox.errors import submission_error
from grader.sandbox.inside import wire
from grader.sandbox.sandbox import Sandbox
from tests.support import lies
from tests.support.grading import limits
from tests.support.liar import Steps
from tests.support.promises import (
    BYTES_OF_COUNTS,
    BYTES_OF_GRADIENT,
    BYTES_OF_LOSSES,
    BYTES_OF_REQUESTS,
    CASES,
    LINES,
    REQUESTS,
    SEVERAL,
    Script,
    check_canary,
    check_error_text,
    check_received,
    check_script,
    weights,
)

repeatable = settings(deadline=None, derandomize=True, database=None)
HUGE = (1 << 32) - 1


@pytest.fixture(scope="module", autouse=True)
def started(sandbox: Sandbox) -> None:
    """Have the sandbox open and start what it needs once, before a test looks at what is left."""
    check_canary(sandbox)


def reply(
    nonce: int = 1,
    status: int = wire.OK,
    flags: int = 0,
    opcodes: int = 0,
    loss: float = 0.0,
    size: int = BYTES_OF_GRADIENT,
) -> bytes:
    return wire.REPLY.pack(nonce, status, flags, opcodes, loss, size)


def lie(
    sandbox: Sandbox, answer: bytes, mode: int = wire.CALL, call: float = 2.0
) -> LossAndGradient | Counts | Losses | SubmissionError:
    """Return what the host makes of a first request that gets these bytes, and then silence."""
    script = Script(in_calls=([("write", answer), ("sleep", 60.0)],))
    with closing(sandbox.open_program(script.source, limits(call=call))) as program:
        try:
            if mode == wire.LOSSES:
                return program.losses("first", CASES[0], weights(CASES[0]))
            if mode == wire.COUNT:
                return program.count("first", CASES[0])
            return program.call("first", CASES[0])
        except SubmissionError as error:
            return error


def test_a_forged_reply_is_only_an_answer(sandbox: Sandbox) -> None:
    """A child may write the numbers itself. They are judged like any others.

    There is nothing else to forge.
    """
    answer = lie(sandbox, reply(loss=7.0) + struct.pack("<6d", *range(6)))
    assert isinstance(answer, LossAndGradient)
    assert (answer.loss, require(answer.gradient).tolist()) == (7.0, [[0, 1], [2, 3], [4, 5]])
    counted = lie(
        sandbox,
        reply(opcodes=7, size=BYTES_OF_COUNTS) + struct.pack(f"<{LINES}I", *range(LINES)),
        wire.COUNT,
    )
    assert counted == Counts(7, tuple(range(LINES)))
    several = lie(
        sandbox,
        reply(flags=255, size=BYTES_OF_LOSSES)
        + struct.pack(f"<{SEVERAL}d", 1.0, math.nan, -math.inf),
        wire.LOSSES,
    )
    assert isinstance(several, Losses)
    assert (str(several.values.tolist()), several.overwrote_earlier) == ("[1.0, nan, -inf]", True)


MISFITS = {
    "of the next request": reply(nonce=2) + bytes(48),
    "of no request": reply(nonce=0) + bytes(48),
    "unknown status": reply(status=7) + bytes(48),
    "gradient too short": reply(size=47) + bytes(47),
    "no gradient": reply(size=0),
    "counts": reply(size=BYTES_OF_COUNTS) + bytes(BYTES_OF_COUNTS),
    "loss, text too long": reply(status=wire.LOSS_ONLY, size=5000) + bytes(5000),
    "half a gradient": reply(status=wire.GRADIENT_ONLY, size=47) + bytes(47),
    "gradient, text too long": reply(status=wire.GRADIENT_ONLY, size=5000) + bytes(5000),
    "huge gradient": reply(size=HUGE) + bytes(1000),
    "huge text": reply(status=wire.ERROR, size=HUGE) + bytes(1000),
    "unknown error": reply(status=wire.ERROR, size=4) + b"\xff\x00\x00\x00",
}


@pytest.mark.parametrize("answer", MISFITS.values(), ids=MISFITS)
def test_replies_that_do_not_fit_are_refused(sandbox: Sandbox, answer: bytes) -> None:
    error = lie(sandbox, answer)
    assert isinstance(error, SubmissionError)
    assert error.message.code == "garbled_reply"


@pytest.mark.parametrize("status", [wire.OK, wire.LOSS_ONLY, wire.GRADIENT_ONLY])
def test_a_count_is_answered_by_counts_only(sandbox: Sandbox, status: int) -> None:
    error = lie(sandbox, reply(status=status) + bytes(48), wire.COUNT)
    assert isinstance(error, SubmissionError)
    assert error.message.code == "garbled_reply"


@pytest.mark.parametrize(
    ("nonce", "status", "size"),
    [
        (1, wire.OK, 0),
        (1, wire.OK, 8),
        (1, wire.OK, BYTES_OF_LOSSES - 1),
        (1, wire.OK, BYTES_OF_LOSSES + 1),
        (1, wire.OK, BYTES_OF_GRADIENT),
        (1, wire.OK, BYTES_OF_COUNTS),
        (1, wire.OK, HUGE),
        (1, wire.LOSS_ONLY, BYTES_OF_LOSSES),
        (1, wire.GRADIENT_ONLY, BYTES_OF_LOSSES),
        (2, wire.OK, BYTES_OF_LOSSES),
    ],
)
def test_several_losses_are_answered_by_as_many_only(
    sandbox: Sandbox, nonce: int, status: int, size: int
) -> None:
    error = lie(sandbox, reply(nonce, status, size=size) + bytes(min(size, 1000)), wire.LOSSES)
    assert isinstance(error, SubmissionError)
    assert error.message.code == "garbled_reply"


@pytest.mark.parametrize(
    ("mode", "size"), [(wire.CALL, BYTES_OF_GRADIENT), (wire.LOSSES, BYTES_OF_LOSSES)]
)
def test_a_reply_that_stops_short_times_out(sandbox: Sandbox, mode: int, size: int) -> None:
    error = lie(sandbox, reply(size=size) + bytes(size - 1), mode, call=0.2)
    assert isinstance(error, SubmissionError)
    assert error.message.code == "timed_out"


LOADED = ("write", wire.LOADED.pack(wire.OK, 3, 0))
BYTES_OF_PAYLOADS = {
    wire.CALL: BYTES_OF_GRADIENT,
    wire.COUNT: BYTES_OF_COUNTS,
    wire.LOSSES: BYTES_OF_LOSSES,
}
PAYLOADS = [bytes(BYTES_OF_PAYLOADS[mode]) for _, mode in REQUESTS]
REPLIES = [reply(nonce, size=len(payload)) + payload for nonce, payload in enumerate(PAYLOADS, 1)]
READS = [("read", size) for size in BYTES_OF_REQUESTS]
QUIT, DIED, GARBLED = ("exit", 3), "ended_early", "garbled_reply"
ALL = len(REQUESTS)

# Scripts: steps at import, steps in each call, and how each request must end.
SCRIPTS = {
    "honest": ([], [[]] * ALL, ["answered"] * ALL),
    "all before the first request": (
        [LOADED, *(("write", answer) for answer in REPLIES), *READS, ("read", 1)],
        [],
        ["answered"] * ALL,
    ),
    "dripping": (
        [LOADED, READS[0], ("write", REPLIES[0], 1, 7, 0.001), READS[1], QUIT],
        [],
        ["answered", DIED, GARBLED, DIED, GARBLED, GARBLED, GARBLED],
    ),
    "exits at import": ([QUIT], [], ["ended_early_at_import"] * ALL),
    "bomb at import": ([("allocate", 1 << 31)], [], ["raised"] * ALL),
    "refuses to load": ([("write", wire.LOADED.pack(wire.ERROR, 0, 0))], [], [GARBLED] * ALL),
    "dies": (
        [],
        [
            [("close",)],
            [("raise", "ValueError", "?")],
            [("crash",)],
            [],
            [("raise", "KeyError", "?")],
            [QUIT],
            [QUIT],
        ],
        [DIED, "raised", DIED, "answered", "raised", DIED, DIED],
    ),
    "answers twice": (
        [],
        [[], [], [("write", REPLIES[2])], [], [("write", REPLIES[4])], [], []],
        ["answered", "answered", "answered", GARBLED, "answered", GARBLED, "answered"],
    ),
    "returns one value": (
        [],
        [[("return", "1.0")]] * 5 + [[], []],
        [*["returned_one_value"] * 5, "answered", "answered"],
    ),
}


@pytest.mark.parametrize(("at_import", "in_calls", "ends"), SCRIPTS.values(), ids=SCRIPTS)
def test_scripts_do_what_they_say(
    sandbox: Sandbox, at_import: Steps, in_calls: list[Steps], ends: list[str]
) -> None:
    """So the next test really tries what its scripts say."""
    assert check_script(sandbox, Script(at_import, tuple(in_calls)), limits()) == ends


@settings(repeatable, max_examples=30)
@example(Script([("write", wire.LOADED.pack(wire.ERROR, HUGE, HUGE))]))
@example(Script([("write", wire.LOADED.pack(wire.OK, HUGE, HUGE))]))
@example(Script([("write", bytes(99), 100_000)]))
@example(Script([("sleep", 60.0)]))
@given(lies.scripts)
def test_whatever_a_child_does(sandbox: Sandbox, script: Script) -> None:
    check_script(sandbox, script)


@repeatable
@given(lies.error_bytes)
def test_any_error_text(data: bytes) -> None:
    check_error_text(data)


@repeatable
@given(
    st.sampled_from(
        ["raised", "raised_at_import", "does_not_parse", "import_failed", "gradient_shape"]
    ),
    st.text(),
    st.integers(),
    st.text(),
)
def test_an_error_text_keeps_only_what_is_plausible(
    kind: str, detail: str, line: int, text: str
) -> None:
    data = "\0".join((kind, detail.replace("\0", ""), str(line), text)).encode("utf-8", "replace")
    message = submission_error(data, 10).message
    assert re.fullmatch("[A-Za-z]+", str(message.values.get("exception", "X")))
    assert message.line == (line if 1 <= line <= 10 else None) or message.code == "gradient_shape"


@repeatable
@given(lies.sent, lies.received)
def test_what_is_received_is_what_was_sent(sent: list[bytes], size: int) -> None:
    check_received(sent, size)


def test_receive_ends_at_the_deadline_however_slowly_bytes_drip() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = os.fork()
        if child == 0:
            with contextlib.suppress(OSError):
                while True:
                    theirs.send(b"x")
                    time.sleep(0.01)
            os._exit(0)
        try:
            with pytest.raises(TimeoutError):
                Channel(ours).receive(10**6, time.monotonic() + 0.2)
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)


def test_structs_are_the_same_size_on_every_machine() -> None:
    for name in ("START", "FORK", "PID", "HELLO", "LOAD", "LOADED", "REQUEST", "REPLY"):
        layout: struct.Struct = getattr(wire, name)
        assert layout.format.startswith("<")


def test_no_name_in_a_childs_text_is_imported_here() -> None:
    text = b"raised\0AttributeError\0001\0module 'numpy' has no attribute 'matlib'"
    error = submission_error(text, 5)
    assert error.message.code == "raised"
    assert "numpy.matlib" not in sys.modules
