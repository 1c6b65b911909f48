"""Checks what the host promises whatever a child does.

The submission in liar.py plays a script in the sandbox, and the host is watched. lies.py draws
scripts. test_wire.py checks a few, always the same ones, and fuzz.py checks new ones.
"""

import os
import re
import signal
import socket
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import numpy as np
import pytest

from grader.messages import load_words
from grader.model import (
    Array,
    Case,
    Counts,
    Limits,
    LossAndGradient,
    Losses,
    Message,
    Program,
    Source,
    SubmissionError,
    require,
)
from grader.reports.sentences import sentence
from grader.sandbox.channel import Channel
from grader.sandbox.errors import MAX_QUOTE, submission_error
from grader.sandbox.inside.wire import CALL, COUNT, LOSSES, REQUEST, count_slots
from grader.sandbox.sandbox import Sandbox
from tests.support.grading import limits
from tests.support.liar import Steps
from tests.support.processes import processes_below

LIAR = Path(__file__).with_name("liar.py").read_text(encoding="utf-8")
HONEST = b"def first(W, X, y, reg):\n    return float(W.sum() + reg), 2 * W\n"
WORDS = load_words("en", {})
FUNCTIONS = ("first", "second")
TINY = limits(call=0.1, function=0.3, whole=0.5)
MAX_MEMORY = 4 << 20  # bytes that the host may need for one script, whatever sizes the child sends
# For one script, whose limits allow half a second: this finds a host that hangs, not a slow one.
MAX_SECONDS = 30

# All of W is k in request k, or a little more in the Ws of a request of losses: so the liar knows
# which request it answers. X and y of the fourth are larger than the buffer of a socket.
PLAIN_REQUESTS = ("first", CALL), ("second", CALL), ("first", CALL), ("second", CALL)
REQUESTS = (*PLAIN_REQUESTS, ("first", LOSSES), ("first", COUNT), ("second", LOSSES))
SAMPLES = (4, 4, 4, 1 << 15, 4, 4, 4)
SEVERAL = 3  # Ws in a request of losses
CASES = [
    Case("case", np.full((3, 2), float(k)), np.ones((2, size)), np.zeros(size, np.int64), 0.5)
    for k, size in enumerate(SAMPLES)
]
BYTES_OF_GRADIENT, BYTES_OF_LOSSES = CASES[0].W.nbytes, 8 * SEVERAL


def bytes_of_request(case: Case, mode: int) -> int:
    weights = SEVERAL if mode == LOSSES else 1
    return REQUEST.size + weights * case.W.nbytes + case.X.nbytes + case.y.nbytes


BYTES_OF_REQUESTS = [
    bytes_of_request(case, mode) for case, (_, mode) in zip(CASES, REQUESTS, strict=True)
]


class Script(NamedTuple):
    """Steps for liar.py."""

    at_import: Steps = ()
    # For each of the REQUESTS. In a request of losses they are played anew at each W.
    in_calls: tuple[Steps, ...] = ((),) * len(REQUESTS)

    @property
    def source(self) -> Source:
        text = f"{LIAR}\nIN_CALLS = {self.in_calls!r}\nplay({self.at_import!r})\n"
        return Source("softmax.py", text.encode(), FUNCTIONS)


LINES = count_slots(Script().source.text)
BYTES_OF_COUNTS = 4 * LINES

# A reply that fits no request holds this loss, or these losses, and this count. If one of them is
# in an answer, the host has accepted such a reply.
FALSE_LOSS, FALSE_COUNT = -7.0625e99, 0xFA15E_FA15E_FA15E


def check_script(sandbox: Sandbox, script: Script, within: Limits = TINY) -> list[str]:
    """Play a script. Returns how each request ended: "answered", or the code of an error.

    Raises AssertionError if a promise is broken.
    """
    before = left_behind()
    tracemalloc.start()
    try:
        with ends_in_time(), closing(sandbox.open_program(script.source, within)) as program:
            assert program.present <= set(FUNCTIONS)
            if program.load_error is not None:
                check_message(program.load_error)
            for note in program.load_notes:
                check_message(note)
            ends = [ask(program, request) for request in range(len(REQUESTS))]
        assert tracemalloc.get_traced_memory()[1] < MAX_MEMORY
    finally:
        tracemalloc.stop()
    check_canary(sandbox)
    assert left_behind() == before
    return ends


class Hung(Exception):
    """The host itself hangs.

    This is no OSError, because the host would take that for the end of the child.
    """


@contextmanager
def ends_in_time() -> Iterator[None]:
    """Raise Hung after MAX_SECONDS.

    The alarm of the test that is running is postponed by as long as this takes.
    """

    def hung(_number: int, _frame: FrameType | None) -> None:
        raise Hung

    handler = signal.signal(signal.SIGALRM, hung)
    left, _ = signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, handler)


def left_behind() -> tuple[int, int]:
    """Return the number of descriptors of this process, and of processes below it."""
    return len(os.listdir("/proc/self/fd")), processes_below(os.getpid())


def check_canary(sandbox: Sandbox) -> None:
    """Check that the next program, an honest one, is answered to the last bit."""
    case = CASES[3]
    source = Source("softmax.py", HONEST, ("first",))
    with closing(sandbox.open_program(source, limits())) as program:
        output = program.call("first", case)
        counts = program.count("first", case)
        losses = program.losses("first", case, weights(case))
    assert (output.loss, require(output.gradient).tolist()) == (18.5, [[6.0, 6.0]] * 3)
    assert counts.total == sum(counts.per_line) > counts.per_line[2] > 0
    assert losses.values.tolist() == [18.5, 20.0, 21.5]


def weights(case: Case) -> Array:
    """Return the Ws of a request of losses: W, and W with a quarter and a half added."""
    return np.stack([case.W + number / 4 for number in range(SEVERAL)])


def ask(program: Program, request: int) -> str:
    function, mode = REQUESTS[request]
    try:
        if mode == COUNT:
            check_counts(program.count(function, CASES[request]))
        elif mode == LOSSES:
            check_losses(program.losses(function, CASES[request], weights(CASES[request])))
        else:
            check_output(program.call(function, CASES[request]))
    except SubmissionError as error:
        check_message(error.message)
        return error.message.code
    return "answered"


def check_output(output: LossAndGradient) -> None:
    loss, gradient = output.loss, output.gradient
    if isinstance(loss, SubmissionError):
        check_message(loss.message)
    else:
        assert type(loss) is float
        assert loss != FALSE_LOSS
    if isinstance(gradient, SubmissionError):
        assert not isinstance(loss, SubmissionError)
        check_message(gradient.message)
    else:
        assert (gradient.shape, gradient.dtype) == (CASES[0].W.shape, np.dtype(np.float64))
    assert type(output.overwrote_earlier) is bool
    assert 0 <= output.seconds < 60


def check_losses(losses: Losses) -> None:
    assert (losses.values.shape, losses.values.dtype) == ((SEVERAL,), np.dtype(np.float64))
    assert FALSE_LOSS not in losses.values.tolist()
    assert type(losses.overwrote_earlier) is bool


def check_counts(counts: Counts) -> None:
    assert 0 <= counts.total < 1 << 64
    assert counts.total != FALSE_COUNT
    assert len(counts.per_line) == LINES
    assert all(type(count) is int and 0 <= count < 1 << 32 for count in counts.per_line)


def check_message(message: Message) -> None:
    """Check that the code has a sentence, and the message all values that the sentence needs.

    Nothing in it is long or odd, except in the quote.
    """
    assert message.code in WORDS["messages"]
    assert message.quote is None or len(message.quote) <= MAX_QUOTE
    assert message.line is None or 1 <= message.line <= LINES
    for value in map(str, message.values.values()):
        assert len(value) <= 50
        assert value.isprintable()
    written = sentence(message, WORDS)
    assert not re.search("[{}]", written.what + written.next)


def check_error_text(data: bytes) -> None:
    check_message(submission_error(data, LINES).message)


def check_received(sent: list[bytes], size: int) -> None:
    """Check that receive returns so many bytes of what was sent, or raises EOFError if too few."""
    everything, deadline = b"".join(sent), time.monotonic() + 10
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            Channel(theirs).send(sent, deadline)
        if size <= len(everything):
            assert Channel(ours).receive(size, deadline) == everything[:size]
        else:
            with pytest.raises(EOFError):
                Channel(ours).receive(size, deadline)
