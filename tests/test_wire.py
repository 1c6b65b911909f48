"""A child that lies: whatever bytes come back, the host raises a StudentFault or takes the numbers, in bounded time and memory."""

import contextlib
import os
import re
import socket
import struct
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.model import Case, Output, Source, StudentFault
from grader.sandbox.channel import Channel
from grader.sandbox.faults import QUOTED, student_fault
from grader.sandbox.inside import wire
from grader.sandbox.sandbox import Sandbox
from tests.conftest import limits

CASE = Case("case", np.ones((3, 2)), np.ones((2, 4)), np.array([0, 1, 2, 2]), 0.5)
# A submission that answers every request with the bytes it holds, and then says no more.
LIAR = "import os, time\ndef first(W, X, y, reg):\n    os.write(3, {reply!r})\n    time.sleep(60)\n"


def lie(sandbox: Sandbox, reply: bytes) -> Output | StudentFault:
    program = sandbox.open_program(Source("softmax.py", LIAR.format(reply=reply).encode(), ("first",)), limits(call=0.2))
    try:
        return program.call("first", CASE)
    except StudentFault as fault:
        return fault
    finally:
        program.close()


def reply(nonce: int = 1, status: int = wire.OK, flags: int = 0, opcodes: int = 0, loss: float = 0.0, size: int = 48) -> bytes:
    return wire.REPLY.pack(nonce, status, flags, opcodes, loss, size)


def test_a_forged_reply_is_only_an_answer(sandbox: Sandbox) -> None:
    """A child may write the numbers itself. They are judged like any others: there is nothing else to forge."""
    answer = lie(sandbox, reply(loss=7.0) + np.arange(6.0).tobytes())
    assert isinstance(answer, Output)
    assert (answer.loss, answer.gradient.tolist()) == (7.0, [[0, 1], [2, 3], [4, 5]])


@pytest.mark.parametrize(
    "bytes_sent",
    [
        reply(nonce=2) + bytes(48),
        reply(nonce=0) + bytes(48),
        reply(status=7) + bytes(48),
        reply(size=47) + bytes(47),
        reply(size=0),
        reply(status=wire.LOSS_ONLY, size=5000) + bytes(5000),
        reply(status=wire.GRADIENT_ONLY, size=47) + bytes(47),
        reply(status=wire.GRADIENT_ONLY, size=5000) + bytes(5000),
        reply(size=2**32 - 1) + bytes(1000),
        reply(status=wire.FAULT, size=2**32 - 1) + bytes(1000),
        reply(status=wire.FAULT, size=4) + b"\xff\x00\x00\x00",
    ],
)
def test_replies_that_do_not_fit_are_refused(sandbox: Sandbox, bytes_sent: bytes) -> None:
    answer = lie(sandbox, bytes_sent)
    assert isinstance(answer, StudentFault)
    assert answer.message.code == "garbled_reply"


def test_a_count_is_answered_by_counts_only(sandbox: Sandbox) -> None:
    forged = reply(status=wire.LOSS_ONLY, size=4) + bytes(4)
    program = sandbox.open_program(Source("softmax.py", LIAR.format(reply=forged).encode(), ("first",)), limits(call=0.5))
    with pytest.raises(StudentFault, match="garbled_reply"):
        program.count("first", CASE)
    program.close()


def test_a_reply_that_stops_short_times_out(sandbox: Sandbox) -> None:
    began = time.monotonic()
    answer = lie(sandbox, reply() + bytes(47))
    assert isinstance(answer, StudentFault)
    assert answer.message.code == "timed_out"
    assert time.monotonic() - began < 30


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes(sandbox: Sandbox, noise: bytes, with_head: bool) -> None:
    answer = lie(sandbox, reply()[: len(noise)] + noise if with_head else noise)
    assert isinstance(answer, (Output, StudentFault))


@given(st.binary(max_size=wire.TEXT_CAP), st.integers(1, 10))
def test_any_fault_text(data: bytes, lines: int) -> None:
    message = student_fault(data, lines).message
    assert message.quote is None or len(message.quote) <= QUOTED
    assert message.line is None or 1 <= message.line <= lines
    assert all(len(str(value)) <= 200 and str(value).isprintable() for value in message.values.values())


@given(
    st.sampled_from(["raised", "raised_at_import", "does_not_parse", "import_failed", "gradient_shape"]),
    st.text(),
    st.integers(),
    st.text(),
)
def test_a_fault_text_keeps_only_what_is_plausible(kind: str, detail: str, line: int, text: str) -> None:
    data = "\0".join((kind, detail.replace("\0", ""), str(line), text)).encode("utf-8", "replace")
    message = student_fault(data, 10).message
    assert re.fullmatch("[A-Za-z]+", str(message.values.get("exception", "X")))
    assert message.line == (line if 1 <= line <= 10 else None) or message.code == "gradient_shape"


@given(st.lists(st.binary(max_size=5000), max_size=6))
def test_send_and_receive_are_inverse(buffers: list[bytes]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        deadline = time.monotonic() + 10
        Channel(ours).send(buffers, deadline)
        assert Channel(theirs).receive(sum(map(len, buffers)), deadline) == b"".join(buffers)


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
