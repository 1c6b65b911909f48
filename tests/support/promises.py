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
    Answer,
    Array,
    Case,
    Counts,
    Function,
    Limits,
    Message,
    Program,
    Series,
    Source,
    SubmissionError,
)
from grader.reports.sentences import sentence
from grader.sandbox.channel import Channel
from grader.sandbox.errors import MAX_QUOTE, Lines, call_error, load_error, output_error
from grader.sandbox.inside.wire import CALL, CASE, COUNT, OUTPUT, REQUEST, VARY, count_slots
from grader.sandbox.sandbox import Sandbox
from tests.support.grading import limits
from tests.support.liar import Steps
from tests.support.processes import processes_below
from tests.support.programs import FIRST, FUNCTIONS, SECOND, SHAPES, make_case

LIAR = Path(__file__).with_name("liar.py").read_text(encoding="utf-8")
HONEST = b"def first(W, X, y, reg):\n    return float(W.sum() + reg), 2 * W\n"
WORDS = load_words("en", {})
TINY = limits(call=0.1, function=0.3, whole=0.5)
MAX_MEMORY = 4 << 20  # bytes that the host may need for one script, whatever sizes the child sends
# For one script, whose limits allow half a second: this finds a host that hangs, not a slow one.
MAX_SECONDS = 30
NOT_ASKED = "not asked"  # a case behind one that ended the program
LARGEST_VALUE = 60  # characters of a value of a message


class Request(NamedTuple):
    function: Function
    mode: int
    cases: tuple[int, ...]  # indices into CASES
    # With VARY: which input has several values, and which output comes back.
    varied: str = ""
    output: str = "loss"


# All of W is k in case k, or a little more where W is varied: so the liar knows which case it
# answers. X and y of the fourth are larger than the buffer of a socket.
REQUESTS = (
    Request(FIRST, CALL, (0,)),
    Request(SECOND, CALL, (1,)),
    Request(FIRST, CALL, (2,)),
    Request(SECOND, CALL, (3,)),
    Request(FIRST, VARY, (4,), "W"),
    Request(FIRST, COUNT, (5,)),
    Request(SECOND, VARY, (6,), "reg", "dW"),
    Request(FIRST, CALL, (7, 8, 9)),
    Request(SECOND, CALL, (10,)),
)
SAMPLES = (4, 4, 4, 1 << 15, 4, 4, 4, 4, 1 << 15, 4, 4)
SEVERAL = 3  # values of a varied input
CASES = [
    make_case(np.full((3, 2), float(k)), np.ones((2, size)), np.zeros(size, np.int64), 0.5)
    for k, size in enumerate(SAMPLES)
]
MODES = [request.mode for request in REQUESTS for _ in request.cases]  # of each case
BYTES_OF_OUTPUTS = 8, 48  # loss and dW
BYTES_OF_ANSWER = 2 * OUTPUT.size + sum(BYTES_OF_OUTPUTS)
NONCES = range(1, len(CASES) + 1)  # of answers


def bytes_of_series(request: Request) -> int:
    return SEVERAL * (8 if request.output == "loss" else 48)


BYTES_OF_SERIES = {bytes_of_series(request) for request in REQUESTS if request.mode == VARY}


def bytes_of_request(request: Request) -> int:
    total = REQUEST.size
    for index in request.cases:
        # A head for each case: six arguments and outputs, and the lengths of seven axes.
        total += CASE.size + 6 + 4 * 7
        total += sum(array.nbytes for array in CASES[index].inputs.values())
    if request.varied:
        total += SEVERAL * CASES[request.cases[0]].inputs[request.varied].nbytes
    return total


BYTES_OF_REQUESTS = [bytes_of_request(request) for request in REQUESTS]


class Script(NamedTuple):
    """Steps for liar.py."""

    at_import: Steps = ()
    # For each of the CASES. Where an input is varied they are played anew at each value.
    in_calls: tuple[Steps, ...] = ((),) * len(CASES)

    @property
    def source(self) -> Source:
        text = f"{LIAR}\nIN_CALLS = {self.in_calls!r}\nplay({self.at_import!r})\n"
        return Source("softmax.py", text.encode(), FUNCTIONS)


LINES = count_slots(Script().source.text)
BYTES_OF_COUNTS = 4 * (LINES + 1)  # the last one is of library code

# A reply that fits no request holds this number in each output, and this count. If one of them is
# in an answer, the host has accepted such a reply.
FALSE_NUMBER, FALSE_COUNT = -7.0625e99, 0xFA15E_FA15E_FA15E


def check_script(sandbox: Sandbox, script: Script, within: Limits = TINY) -> list[str]:
    """Play a script. Returns how each case ended: "answered", or the code of an error.

    Raises AssertionError if a promise is broken.
    """
    before = left_behind()
    tracemalloc.start()
    try:
        with ends_in_time(), closing(sandbox.open_program(script.source, within)) as program:
            assert program.present <= {function.name for function in FUNCTIONS}
            if program.load_error is not None:
                check_message(program.load_error)
            for note in program.load_notes:
                check_message(note)
            ends = [end for request in REQUESTS for end in ask(program, request)]
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
    source = Source("softmax.py", HONEST, (FIRST,))
    with closing(sandbox.open_program(source, limits())) as program:
        answers = program.call_all(FIRST, [(case, SHAPES), (CASES[2], SHAPES)])
        counts = program.count(FIRST, case, SHAPES)
        series = program.vary(FIRST, case, "W", several_values(case, "W"), "loss", ())
    (loss, gradient), (other, _) = map(numbers_of, answers)
    assert (loss, gradient, other) == (18.5, [[6.0, 6.0]] * 3, 12.5)
    assert counts.total == sum(counts.per_line) > counts.per_line[2] > 0
    assert series.values.tolist() == [18.5, 20.0, 21.5]


def numbers_of(answer: Answer | SubmissionError) -> tuple[object, object]:
    """Return loss and dW as plain numbers."""
    assert isinstance(answer, Answer)
    return float(answer.value("loss")), answer.value("dW").tolist()


def several_values(case: Case, name: str) -> Array:
    """Return an input, and it with a quarter and a half added."""
    return np.stack([case.inputs[name] + number / 4 for number in range(SEVERAL)])


def ask(program: Program, request: Request) -> list[str]:
    """Return how each case of the request ended."""
    function, case = request.function, CASES[request.cases[0]]
    shape = SHAPES[request.output]
    try:
        if request.mode == COUNT:
            check_counts(program.count(function, case, SHAPES))
        elif request.mode == VARY:
            values = several_values(case, request.varied)
            series = program.vary(function, case, request.varied, values, request.output, shape)
            check_series(series, shape)
        elif len(request.cases) == 1:
            check_answer(program.call(function, case, SHAPES))
        else:
            cases = [(CASES[index], SHAPES) for index in request.cases]
            answers = program.call_all(function, cases)
            assert 1 <= len(answers) <= len(cases)
            not_asked = [NOT_ASKED] * (len(cases) - len(answers))
            return [end_of(answer) for answer in answers] + not_asked
    except SubmissionError as error:
        return [end_of(error)]
    return ["answered"]


def end_of(answer: Answer | SubmissionError) -> str:
    if isinstance(answer, SubmissionError):
        check_message(answer.message)
        return answer.message.code
    check_answer(answer)
    return "answered"


def check_answer(answer: Answer) -> None:
    assert list(answer.values) == list(FIRST.outputs)
    errors = 0
    for output, value in answer.values.items():
        if isinstance(value, SubmissionError):
            check_message(value.message)
            errors += 1
        else:
            assert (value.shape, value.dtype) == (SHAPES[output], np.dtype(np.float64))
            assert FALSE_NUMBER not in value
    assert errors < len(answer.values)
    assert type(answer.overwrote_earlier) is bool
    assert 0 <= answer.seconds < 60


def check_series(series: Series, shape: tuple[int, ...]) -> None:
    values = series.values
    assert (values.shape, values.dtype) == ((SEVERAL, *shape), np.dtype(np.float64))
    assert FALSE_NUMBER not in values
    assert type(series.overwrote_earlier) is bool


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
        assert len(value) <= LARGEST_VALUE
        assert value.isprintable()
    written = sentence(message, WORDS)
    assert not re.search("[{}]", written.what + written.next)


def check_error_text(data: bytes) -> None:
    lines = Lines(Script().source)
    check_message(load_error(data, lines).message)
    check_message(call_error(data, lines, FIRST).message)
    check_message(call_error(data, lines, FIRST, ("dW", (3, 2))).message)
    check_message(output_error(data, "loss", ()).message)


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
