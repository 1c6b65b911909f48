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

from grader.model import Answer, Counts, Series, Source, SourceFile, SubmissionError
from grader.sandbox.channel import Channel
from grader.sandbox.errors import Lines, call_error
from grader.sandbox.inside import wire
from grader.sandbox.sandbox import Sandbox
from tests.support import lies
from tests.support.grading import limits
from tests.support.liar import Steps
from tests.support.programs import FIRST, SHAPES
from tests.support.promises import (
    BYTES_OF_ANSWER,
    BYTES_OF_COUNTS,
    BYTES_OF_REQUESTS,
    CASES,
    LINES,
    NOT_ASKED,
    REQUESTS,
    SEVERAL,
    Script,
    bytes_of_series,
    check_canary,
    check_error_text,
    check_received,
    check_script,
    several_values,
)

repeatable = settings(deadline=None, derandomize=True, database=None)
HUGE = (1 << 32) - 1


@pytest.fixture(scope="module", autouse=True)
def started(sandbox: Sandbox) -> None:
    """Have the sandbox open and start what it needs once, before a test looks at what is left."""
    check_canary(sandbox)


def heads(loss: tuple[int, int] = (wire.OK, 8), gradient: tuple[int, int] = (wire.OK, 48)) -> bytes:
    """Return the heads of both outputs. loss, gradient: status, bytes."""
    return wire.OUTPUT.pack(*loss) + wire.OUTPUT.pack(*gradient)


def reply(
    nonce: int = 1,
    status: int = wire.OK,
    flags: int = 0,
    opcodes: int = 0,
    size: int = BYTES_OF_ANSWER,
) -> bytes:
    return wire.REPLY.pack(nonce, status, flags, opcodes, size)


def answer_frame(nonce: int, loss: float, *gradient: float) -> bytes:
    numbers = struct.pack("<7d", loss, *(gradient or [0.0] * 6))
    return reply(nonce) + heads() + numbers


def error_frame(text: bytes, nonce: int = 1) -> bytes:
    return reply(nonce, wire.ERROR, size=len(text)) + text


def lie(
    sandbox: Sandbox, answer: bytes, mode: int = wire.CALL, call: float = 2.0
) -> Answer | Counts | Series | SubmissionError:
    """Return what the host makes of a first request that gets these bytes, and then silence."""
    script = Script(in_calls=([("write", answer), ("sleep", 60.0)],))
    case = CASES[0]
    with closing(sandbox.open_program(script.source, limits(call=call))) as program:
        try:
            if mode == wire.VARY:
                return program.vary(FIRST, case, "W", several_values(case, "W"), "loss", ())
            if mode == wire.COUNT:
                return program.count(FIRST, case, SHAPES)
            return program.call(FIRST, case, SHAPES)
        except SubmissionError as error:
            return error


def test_a_forged_reply_is_only_an_answer(sandbox: Sandbox) -> None:
    """A child may write the numbers itself. They are judged like any others.

    There is nothing else to forge.
    """
    answer = lie(sandbox, answer_frame(1, 7.0, *range(6)))
    assert isinstance(answer, Answer)
    assert answer.value("loss") == 7.0
    assert answer.value("dW").tolist() == [[0, 1], [2, 3], [4, 5]]
    counted = lie(
        sandbox,
        reply(opcodes=7, size=BYTES_OF_COUNTS) + struct.pack(f"<{LINES + 1}I", *range(LINES + 1)),
        wire.COUNT,
    )
    assert counted == Counts(7, tuple(range(LINES)), LINES)
    several = lie(
        sandbox,
        reply(flags=255, size=8 * SEVERAL) + struct.pack(f"<{SEVERAL}d", 1.0, math.nan, -math.inf),
        wire.VARY,
    )
    assert isinstance(several, Series)
    assert (str(several.values.tolist()), several.overwrote_earlier) == ("[1.0, nan, -inf]", True)


NO_NUMBER = b"returned_no_number\0str\0\0000\0"
OTHER_KIND = b"raised\0ValueError\0000\0001\0text"
MISFITS = {
    "of the next request": answer_frame(2, 0.0),
    "of no request": answer_frame(0, 0.0),
    "unknown status": reply(status=7) + heads() + bytes(56),
    "gradient too short": reply(size=65) + heads(gradient=(wire.OK, 47)) + bytes(55),
    "gradient too long": reply(size=67) + heads(gradient=(wire.OK, 49)) + bytes(57),
    "outputs shorter than they say": reply(size=65) + heads() + bytes(55),
    "nothing": reply(size=0),
    "no heads": reply(size=9) + bytes(9),
    "one output": reply(size=13) + wire.OUTPUT.pack(wire.OK, 8) + bytes(8),
    "three outputs": reply(size=79) + heads() + heads()[:5] + bytes(64),
    "counts": reply(size=BYTES_OF_COUNTS) + bytes(BYTES_OF_COUNTS),
    "unknown status of an output": reply() + heads(loss=(2, 8)) + bytes(56),
    "huge output": reply() + heads(gradient=(wire.OK, HUGE)) + bytes(56),
    "text of an output too long": reply(size=5066)
    + heads(gradient=(wire.ERROR, 5008))
    + bytes(5056),
    "huge text of an output": reply() + heads(loss=(wire.ERROR, HUGE)) + bytes(56),
    "outputs swapped": reply() + heads((wire.OK, 48), (wire.OK, 8)) + bytes(56),
    "huge answer": reply(size=HUGE) + bytes(1000),
    "huge text": reply(status=wire.ERROR, size=HUGE) + bytes(1000),
    "unknown error": error_frame(b"\xff\x00\x00\x00"),
    "an output's error for the whole call": error_frame(NO_NUMBER),
    "more than the answer": reply(status=wire.ERROR, size=3) + bytes(30),
}


@pytest.mark.parametrize("answer", MISFITS.values(), ids=MISFITS)
def test_replies_that_do_not_fit_are_refused(sandbox: Sandbox, answer: bytes) -> None:
    error = lie(sandbox, answer)
    assert isinstance(error, SubmissionError)
    assert error.message.code == "garbled_reply"


@pytest.mark.parametrize(
    ("text", "code"), [(NO_NUMBER, "returned_no_number"), (OTHER_KIND, "garbled_reply")]
)
def test_an_outputs_error_is_about_what_was_returned(
    sandbox: Sandbox, text: bytes, code: str
) -> None:
    """And the other output is an answer all the same."""
    size = len(text)
    frame = reply(size=10 + 8 + size) + heads(gradient=(wire.ERROR, size)) + bytes(8) + text
    answer = lie(sandbox, frame)
    assert isinstance(answer, Answer)
    assert answer.value("loss") == 0.0
    with pytest.raises(SubmissionError, match=code):
        answer.value("dW")


@pytest.mark.parametrize(
    ("status", "size"), [(wire.OK, BYTES_OF_ANSWER), (2, BYTES_OF_COUNTS), (wire.OK, 0)]
)
def test_a_count_is_answered_by_counts_only(sandbox: Sandbox, status: int, size: int) -> None:
    error = lie(sandbox, reply(status=status, size=size) + bytes(size), wire.COUNT)
    assert isinstance(error, SubmissionError)
    assert error.message.code == "garbled_reply"


@pytest.mark.parametrize(
    ("nonce", "status", "size"),
    [
        (1, wire.OK, 0),
        (1, wire.OK, 8),
        (1, wire.OK, 8 * SEVERAL - 1),
        (1, wire.OK, 8 * SEVERAL + 1),
        (1, wire.OK, BYTES_OF_ANSWER),
        (1, wire.OK, BYTES_OF_COUNTS),
        (1, wire.OK, HUGE),
        (1, 2, 8 * SEVERAL),
        (2, wire.OK, 8 * SEVERAL),
    ],
)
def test_several_values_are_answered_by_as_many_only(
    sandbox: Sandbox, nonce: int, status: int, size: int
) -> None:
    error = lie(sandbox, reply(nonce, status, size=size) + bytes(min(size, 1000)), wire.VARY)
    assert isinstance(error, SubmissionError)
    assert error.message.code == "garbled_reply"


@pytest.mark.parametrize(
    ("mode", "frame"),
    [
        (wire.CALL, answer_frame(1, 0.0)),
        (wire.VARY, reply(size=8 * SEVERAL) + bytes(8 * SEVERAL)),
        (wire.COUNT, reply(size=BYTES_OF_COUNTS) + bytes(BYTES_OF_COUNTS)),
        (wire.CALL, error_frame(OTHER_KIND)),
    ],
)
def test_a_reply_that_stops_short_times_out(sandbox: Sandbox, mode: int, frame: bytes) -> None:
    # Shorter than what is taken for a pause of the machine, with three values too.
    error = lie(sandbox, frame[:-1], mode, call=0.15)
    assert isinstance(error, SubmissionError)
    assert error.message.code == "timed_out"


LOADED = ("write", wire.LOADED.pack(wire.OK, 0) + b"\1\1")
FRAMES = [
    {
        wire.CALL: answer_frame(nonce, 0.0),
        wire.COUNT: reply(nonce, size=BYTES_OF_COUNTS) + bytes(BYTES_OF_COUNTS),
        wire.VARY: reply(nonce, size=size) + bytes(size),
    }[mode]
    for nonce, (mode, size) in enumerate(
        ((request.mode, bytes_of_series(request)) for request in REQUESTS for _ in request.cases),
        start=1,
    )
]
READS = [("read", size) for size in BYTES_OF_REQUESTS]
QUIT, DIED, GARBLED = ("exit", 3), "ended_early", "garbled_reply"
ALL = len(CASES)
RAISE, FINE = ("raise", "KeyError", "?"), "answered"


def none_of(code: str) -> list[str]:
    """Return how cases end if every request ends with this code."""
    return [*[code] * 8, NOT_ASKED, NOT_ASKED, code]


# Scripts: steps at import, steps in each call, and how each case must end. Cases 7 to 9 are those
# of one request.
SCRIPTS: dict[str, tuple[Steps, list[Steps], list[str]]] = {
    "honest": ([], [[]] * ALL, [FINE] * ALL),
    "all before the first request": (
        [LOADED, *(("write", answer) for answer in FRAMES), *READS, ("read", 1)],
        [],
        [FINE] * ALL,
    ),
    "dripping": (
        [LOADED, READS[0], ("write", FRAMES[0], 1, 7, 0.001), READS[1], QUIT],
        [],
        [FINE, DIED, GARBLED, DIED, *[GARBLED] * 3, "given_up", *[NOT_ASKED] * 2, "given_up"],
    ),
    "exits at import": ([QUIT], [], none_of("ended_early_at_import")),
    "bomb at import": ([("allocate", 1 << 31)], [], ["raised"] * ALL),
    "refuses to load": ([("write", wire.LOADED.pack(wire.ERROR, 0))], [], none_of(GARBLED)),
    "dies": (
        [],
        [[("close",)], [RAISE], [("crash",)], [], [RAISE], [QUIT], [QUIT], [], [], [], []],
        [DIED, "raised", DIED, FINE, "raised", DIED, DIED, "given_up", NOT_ASKED, NOT_ASKED, FINE],
    ),
    "dies in the middle of a request": (
        [],
        [*[[]] * 8, [QUIT], [], []],
        [*[FINE] * 8, DIED, NOT_ASKED, FINE],
    ),
    "raises in the middle of a request": (
        [],
        [*[[]] * 8, [RAISE], [], []],
        [*[FINE] * 8, "raised", FINE, FINE],
    ),
    "hangs in the middle of a request": (
        [],
        [*[[]] * 8, [("sleep", 60.0)], [], []],
        [*[FINE] * 8, "timed_out", NOT_ASKED, FINE],
    ),
    "answers a whole request at once, and dies": (
        [],
        [*[[]] * 7, [*(("write", answer) for answer in FRAMES[7:10]), QUIT], [], [], []],
        [*[FINE] * 10, DIED],
    ),
    "answers a request with one reply too many": (
        [],
        [*[[]] * 9, [("write", FRAMES[9])], []],
        [*[FINE] * 10, GARBLED],
    ),
    "answers with an error, all others, and one reply too many": (
        [],
        [
            *[[]] * 7,
            [("write", b"".join([error_frame(OTHER_KIND, 8), *FRAMES[8:10], FRAMES[9]])), QUIT],
            *[[]] * 3,
        ],
        [*[FINE] * 7, "raised", FINE, GARBLED, FINE],
    ),
    "answers a request in the wrong order": (
        [],
        [*[[]] * 7, [("write", FRAMES[8]), ("write", FRAMES[7])], [], [], []],
        [*[FINE] * 7, GARBLED, NOT_ASKED, NOT_ASKED, FINE],
    ),
    "answers before the end of a large request": (
        [
            *(LOADED, READS[0], ("write", FRAMES[0]), ("write", FRAMES[1]), READS[1], READS[2]),
            *(("write", FRAMES[2]), ("write", FRAMES[3]), READS[3], QUIT),
        ],
        [],
        [FINE] * 4 + [DIED, *[GARBLED] * 3, NOT_ASKED, NOT_ASKED, GARBLED],
    ),
    "answers twice": (
        [],
        [[], [], [("write", FRAMES[2])], [], [("write", FRAMES[4])], [], [], [], [], [], []],
        [FINE, FINE, FINE, GARBLED, FINE, GARBLED, *[FINE] * 5],
    ),
    "returns one value": (
        [],
        [*[[("return", "1.0")]] * 7, [], [], [], []],
        ["returned_one_value"] * 7 + [FINE] * 4,
    ),
}


@pytest.mark.parametrize(("at_import", "in_calls", "ends"), SCRIPTS.values(), ids=SCRIPTS)
def test_scripts_do_what_they_say(
    sandbox: Sandbox, at_import: Steps, in_calls: list[Steps], ends: list[str]
) -> None:
    """So the next test really tries what its scripts say."""
    assert check_script(sandbox, Script(at_import, tuple(in_calls)), limits()) == ends


@settings(repeatable, max_examples=30)
@example(Script([("write", wire.LOADED.pack(wire.ERROR, HUGE))]))
@example(Script([("write", wire.LOADED.pack(wire.OK, HUGE))]))
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
    st.sampled_from(["raised", "import_failed", "call_failed", "out_of_memory"]),
    st.text(),
    st.sampled_from(["", "0", "1", "2", "call", "x"]),
    st.integers(),
    st.text(),
)
def test_an_error_text_keeps_only_what_is_plausible(
    kind: str, detail: str, file: str, line: int, text: str
) -> None:
    source = Source("a.py", b"\n" * 8, (FIRST,), (SourceFile("b.py", b"\n" * 3),))
    fields = kind, detail.replace("\0", ""), file, str(line), text
    data = "\0".join(fields).encode("utf-8", "replace")
    message = call_error(data, Lines(source), FIRST).message
    assert re.fullmatch("[A-Za-z]+", str(message.values.get("exception", "X")))
    assert message.values.get("call", "") in ("", FIRST.call)
    if message.line is not None:
        most = {("0", None): 10, ("1", "b.py"): 5}[file, message.file]
        assert 1 <= message.line == line <= most


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
    text = b"raised\0AttributeError\0000\0001\0module 'numpy' has no attribute 'matlib'"
    error = call_error(text, Lines(Script().source), FIRST)
    assert error.message.code == "raised"
    assert "numpy.matlib" not in sys.modules
