"""Tests the sandbox: what a program finds in it, its limits, and how the ways to end differ."""

import os
import signal
import time
from contextlib import closing
from typing import cast

import numpy as np
import pytest
from msgspec.structs import replace

from grader.model import (
    Form,
    Level,
    Message,
    Source,
    SubmissionError,
)
from grader.sandbox.channel import Channel
from grader.sandbox.children import own_cores
from grader.sandbox.inside import wire
from grader.sandbox.launch import find_bubblewraps
from grader.sandbox.program import MAX_DEATHS, MAX_PAUSES, SandboxProgram
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.seccomp_notify import MAX_NOTIFICATIONS
from grader.sandbox.zygote import ForkedChild
from tests.support.grading import limits
from tests.support.processes import processes_below
from tests.support.programs import (
    CASE,
    FIRST,
    FUNCTIONS,
    SECOND,
    SHAPES,
    ask,
    body,
    load,
    loss_of,
    make_case,
)


def error_of(program: SandboxProgram) -> SubmissionError:
    """Return the error of a call of the first function, or of using what it returned."""
    try:
        answer = ask(program)
        pytest.fail(f"it answered {answer.value('loss')}, {answer.value('dW')}")
    except SubmissionError as error:
        return error


# --- what a program can see and do ----------------------------------------------------------------


def test_it_computes_what_the_same_code_computes_here(sandbox: Sandbox) -> None:
    program = load(sandbox, body("return float(W.sum() + X.sum() + y.sum() + reg), W * 3"))
    answer = ask(program)
    program.close()
    assert answer.value("loss") == pytest.approx(6 + 8 + 5 + 0.5)
    np.testing.assert_array_equal(answer.value("dW"), 3 * CASE.inputs["W"])


@pytest.mark.parametrize(
    "expression",
    [
        "os.listdir('/')",
        "open('/inside/wire.py')",
        "open('/empty/new', 'w')",
        "os.fork()",
        "socket.socket()",
        "os.kill(os.getppid(), 0)",
        "os.sched_setaffinity(0, {0})",
        "os.stat('/etc/passwd')",
        "os.stat('/home')",
        "os.system('true') and 1/0",
        "threading.Thread(target=int).start()",
    ],
)
def test_refused_operations_raise(sandbox: Sandbox, expression: str) -> None:
    program = load(
        sandbox, "import os, socket, threading\n" + body(f"return 1.0, W * bool({expression})")
    )
    assert error_of(program).message.code == "raised"
    program.close()


SURROUNDINGS = """
import os, sys
import numpy as np

def open_descriptors():
    found = []
    for descriptor in range(1024):
        try:
            os.fstat(descriptor)
            found.append(descriptor)
        except OSError:
            pass
    return found

def first(W, X, y, reg):
    assert not {"HOME", "USER", "PATH", "LANG"} & set(os.environ), os.environ
    return 1.0, W

def second(W, X, y, reg):
    assert open_descriptors() == [0, 1, 2, 3], open_descriptors()
    assert not [name for name in sys.modules if "grader" in name or "reference" in name]
    return 1.0, W
"""


def test_a_program_finds_nothing_of_the_graders(sandbox: Sandbox) -> None:
    """It finds our environment alone, the channel alone, and no module of the grader's."""
    program = load(sandbox, SURROUNDINGS)
    assert loss_of(program) == 1.0
    assert loss_of(program, SECOND) == 1.0
    program.close()


def test_past_imports_and_scipy_does_not(sandbox: Sandbox) -> None:
    program = load(
        sandbox,
        "from past.builtins import xrange\n" + body("return float(len(list(xrange(4)))), W"),
    )
    assert loss_of(program) == 4.0
    program.close()
    program = load(sandbox, "x = 1\nimport scipy.special\n")
    assert program.load_error is None
    assert program.load_notes == (Message("missing_module", {}, "scipy", 2),)
    program.close()


def test_prints_and_warnings_are_swallowed(sandbox: Sandbox) -> None:
    program = load(sandbox, body("print('x' * 10**6); np.log(np.zeros(3)); return 1.0, W"))
    assert loss_of(program) == 1.0
    program.close()


# --- how it ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "value"),
    [
        ("raise SystemExit(0)", "called_exit", None),
        ("raise type('Own', (KeyError,), {})('x')", "raised", "KeyError"),
        ("raise NotImplementedError", "not_implemented", None),
        ("return None", "not_implemented", None),
        ("import os; os._exit(0)", "ended_early", "exit 0"),
        ("import ctypes; ctypes.string_at(8)", "ended_early", "SIGSEGV"),
        ("return np.zeros(1 << 30), W", "out_of_memory", None),
        ("return bytearray(1 << 31), W", "out_of_memory", None),
        ("return 1.0", "returned_one_value", "float"),
        ("return 1.0, W, X", "returned_wrong_count", "3"),
        ("return {}", "returned_no_tuple", "dict"),
        ("return 'one', W", "returned_no_number", "loss"),
        ("return 1.0, None", "returned_no_number", "dW"),
        ("return 1.0, W + 1j", "returned_no_number", "dW"),
        ("exit()", "called_exit", None),
        ("eval('1 +')", "raised", "SyntaxError"),
        ("raise SyntaxError", "raised", "SyntaxError"),
        ("import signal; signal.raise_signal(40)", "raised", None),
        ("return W, 1.0", "returned_swapped", None),
        ("return W[0], W", "output_is_array", "2"),
        ("return 1.0, W.T", "output_shape", "2x3"),
        ("return 1.0, X", "output_shape", "2x4"),
        ("return 1.0, W[0]", "output_shape", "2"),
        ("import os; os.write(3, b'x' * 99); return 1.0, W", "garbled_reply", None),
    ],
)
def test_each_way_to_end_has_its_own_message(
    sandbox: Sandbox, line: str, code: str, value: str | None
) -> None:
    """And whatever happens to the first function, the second still answers."""
    program = load(sandbox, body(line))
    message = error_of(program).message
    assert message.code == code
    assert value is None or value in map(str, message.values.values())
    assert loss_of(program, SECOND) == 1.0
    program.close()


def test_half_an_answer_is_an_answer(sandbox: Sandbox) -> None:
    """A dW of the wrong shape does not take the loss with it, nor the reverse."""
    program = load(sandbox, body("return 2.0, W.T"))
    answer = ask(program)
    assert answer.value("loss") == 2.0
    with pytest.raises(SubmissionError, match="output_shape"):
        answer.value("dW")
    program.close()
    program = load(sandbox, body("return W[0], W"))
    answer = ask(program)
    np.testing.assert_array_equal(answer.value("dW"), CASE.inputs["W"])
    with pytest.raises(SubmissionError, match="output_is_array"):
        answer.value("loss")
    program.close()


@pytest.mark.parametrize(
    ("line", "loss"),
    [
        ("return np.array([2.0]), np.matrix(W)", 2.0),
        ("return np.array(2.0), W.tolist()", 2.0),
        ("return [np.float32(2.0), W.astype(np.float32)]", 2.0),
        ("return True, W.astype(object)", 1.0),
        ("return np.matrix([[2]]), W.astype(np.int8)", 2.0),
        ("return 2.0, np.asfortranarray(W)[::1]", 2.0),
    ],
)
def test_what_numpy_converts_without_loss_is_accepted(
    sandbox: Sandbox, line: str, loss: float
) -> None:
    program = load(sandbox, body(line))
    answer = ask(program)
    program.close()
    assert answer.value("loss") == loss
    np.testing.assert_array_equal(answer.value("dW"), CASE.inputs["W"])


def test_the_line_is_the_students_own(sandbox: Sandbox) -> None:
    program = load(
        sandbox,
        "import numpy as np\ndef helper(W):\n    return np.linalg.inv(W)\n"
        + body("return 1.0, helper(W)"),
    )
    message = error_of(program).message
    program.close()
    # The nearest built-in class: names of others are student text.
    assert message.values["exception"] == "ValueError"
    assert message.line == 3


def test_a_hang_costs_its_function_and_leaves_the_other_its_time(sandbox: Sandbox) -> None:
    program = load(sandbox, body("while True: pass"), limits(call=0.3, function=0.5, whole=1.0))
    first, again = error_of(program), error_of(program)
    assert (first.message.code, first.was_asked) == ("timed_out", True)
    assert (again.message.code, again.was_asked) == ("after_time_out", False)
    assert loss_of(program, SECOND) == 1.0
    program.close()


def test_a_function_has_a_share_of_the_time(sandbox: Sandbox) -> None:
    program = load(
        sandbox,
        "import time\n" + body("time.sleep(0.15); return 1.0, W"),
        limits(call=1.0, function=0.2, whole=5.0),
    )
    ask(program)
    assert error_of(program).message.code == "timed_out"
    assert loss_of(program, SECOND) == 1.0
    program.close()


def test_a_submission_has_a_limit_however_it_spends_its_time(sandbox: Sandbox) -> None:
    """Importing counts too, the first time and after every death."""
    slow = "import time, os\ntime.sleep(0.3)\n" + body("os._exit(1)")
    program = load(sandbox, slow, limits(call=0.7, function=0.7, whole=0.7))
    start = time.monotonic()
    codes = [error_of(program).message.code for _ in range(4)]
    assert codes[0] == "ended_early"
    assert set(codes[2:]) <= {"timed_out_at_import", "time_used_up"}
    assert time.monotonic() - start < 10
    program.close()


def stop(program: SandboxProgram) -> None:
    """Stop the child, as a suspended machine does. (Nothing lets it go on.)"""
    assert isinstance(program.child, ForkedChild)
    signal.pidfd_send_signal(program.child.pidfd, signal.SIGSTOP)


def test_a_pause_of_the_machine_is_no_time_of_the_submission(sandbox: Sandbox) -> None:
    """Its CPU clock stands still meanwhile: another child is asked."""
    program = load(sandbox, body("return 1.0, W"), limits(call=0.7, function=0.8))
    stop(program)
    assert loss_of(program) == 1.0
    stop(program)
    assert loss_of(program, SECOND) == 1.0
    assert max(program.seconds_by_function.values()) < 0.7  # most of 1.4 seconds is not counted
    assert program.flag_counts == {}
    program.close()


def test_only_so_many_pauses_are_excused(sandbox: Sandbox) -> None:
    """Or code that sleeps would never end: its clock stands still, too."""
    program = load(sandbox, "import time\n" + body("time.sleep(60)"), limits(call=0.6, function=9))
    assert error_of(program).message.code == "timed_out"
    assert program.pauses == MAX_PAUSES
    program.close()


class ScriptedChild:
    """Sends these bytes and ends."""

    layers = frozenset[str]()
    listener = None

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.channel = cast(Channel, self)

    def receive(self, size: int, deadline: float, more: int = 0) -> bytes:
        if len(self.data) < size:
            raise EOFError
        received, self.data = self.data[:size], self.data[size:]
        return received

    def send(self, frames: object, deadline: float) -> None: ...
    def interrupt(self) -> None: ...
    def clock(self) -> float:
        return 0.0

    def end(self, patience: float = 0.0) -> int:
        return 1


def test_a_file_that_has_met_an_input_cannot_quote_anything_as_it_is_loaded_again() -> None:
    """At level none, a child can leave something for the next one: the name of a file is enough."""
    says = b"does_not_parse\0SyntaxError\x000\x001\0the input was 3.14"
    error = wire.LOADED.pack(wire.ERROR, len(says)) + says

    class Host:
        level: Level = "none"
        is_worn = False
        replies = iter((wire.LOADED.pack(wire.OK, 0) + b"\1\1", error))

        def child(self, memory: int, cpu_seconds: int) -> ScriptedChild:
            return ScriptedChild(next(self.replies))

    program = SandboxProgram(Host(), Source("softmax.py", b"\n", FUNCTIONS), limits())
    assert error_of(program).message.code == "ended_early"
    assert error_of(program).message == Message("does_not_parse", {}, None, 1)


def test_what_a_file_says_when_it_is_loaded_again_is_not_kept(sandbox: Sandbox) -> None:
    """By then the submission has seen an input, and could leave it somewhere in between."""
    changing = "import time\nraise ValueError(time.perf_counter_ns())\n"
    program = load(sandbox, changing + body("import os; os._exit(7)"))
    (note,) = program.load_notes
    assert (note.code, note.line, bool(note.quote)) == ("left_out", 2, True)
    with pytest.raises(SubmissionError):
        ask(program)
    program.load()
    assert program.load_notes == (note,)
    program.close()


def test_a_function_that_keeps_ending_python_is_given_up(sandbox: Sandbox) -> None:
    program = load(sandbox, body("import os; os._exit(7)"))
    codes = [error_of(program).message.code for _ in range(MAX_DEATHS + 1)]
    assert codes == ["ended_early"] * MAX_DEATHS + ["given_up"]
    assert loss_of(program, SECOND) == 1.0
    program.close()


@pytest.mark.parametrize(
    "endless",
    [
        "while True:\n    try: time.sleep(1)\n    except BaseException: pass\n",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass\n",
    ],
)
def test_endless_import_ends(sandbox: Sandbox, endless: str) -> None:
    program = load(sandbox, f"import time\n{endless}", limits(call=0.3))
    assert program.load_error is not None
    assert program.load_error.code == "timed_out_at_import"
    program.close()


def test_nothing_is_left_behind(sandbox: Sandbox) -> None:
    """After twenty programs, half of which died: as many descriptors and processes as before."""
    load(sandbox, body("return 1.0, W")).close()
    before = len(os.listdir("/proc/self/fd")), processes_below(os.getpid())
    for _ in range(10):
        program = load(sandbox, body("return 1.0, W"))
        ask(program)
        program.close()
        program = load(sandbox, body("import os; os._exit(1)"))
        error_of(program)
        program.close()
    assert (len(os.listdir("/proc/self/fd")), processes_below(os.getpid())) == before


# --- what arrays a function gets ------------------------------------------------------------------

# Returns one digit for each property of the arrays.
KINDS = """properties = [
        W.flags.writeable, X.flags.c_contiguous, y.flags.c_contiguous, W.dtype.kind == "i"
    ]
    return sum(10**k * value for k, value in enumerate(properties)), W"""


@pytest.mark.parametrize(
    ("form", "digits"), [("plain", 111), ("integer", 1111), ("strided", 1), ("read_only", 110)]
)
def test_the_same_numbers_come_in_every_form(sandbox: Sandbox, form: Form, digits: int) -> None:
    program = load(sandbox, body(KINDS))
    inputs = CASE.inputs | {"W": np.arange(6.0).reshape(3, 2)}
    case = replace(CASE, inputs=inputs, form=form)
    plain = replace(case, form="plain")
    for sent, expected in ((case, digits), (plain, 111), (case, digits)):  # calls are independent
        answer = ask(program, case=sent)
        assert answer.value("loss") == expected
        np.testing.assert_array_equal(answer.value("dW"), case.inputs["W"])
    program.close()


# --- counting and clocks --------------------------------------------------------------------------


def test_a_collection_of_garbage_is_no_work_of_a_call(sandbox: Sandbox) -> None:
    """Whatever code it runs: it may happen in one call and not in another."""
    program = load(
        sandbox,
        "import gc\n"
        "gc.callbacks.append(lambda *_: sum(range(99)))\n"
        "gc.set_threshold(1)\n"
        "def first(W, X, y, reg):\n"
        "    lists = [[] for _ in range(50)]\n"
        "    return float(gc.isenabled()), W\n",
    )
    counts = program.count(FIRST, CASE, SHAPES)
    assert counts.per_line[2] == 0
    assert loss_of(program) == 1.0  # collections go on in other calls
    program.close()


def test_operations_are_counted_by_line(sandbox: Sandbox) -> None:
    program = load(
        sandbox,
        "def first(W, X, y, reg):\n"
        "    total = 0.0\n"
        "    for value in y:\n"
        "        total += value\n"
        "    return total, W\n",
    )
    few = program.count(FIRST, CASE, SHAPES)
    many = program.count(
        FIRST, make_case(CASE.inputs["W"], np.ones((2, 40)), np.zeros(40, int), 0.5), SHAPES
    )
    program.close()
    assert few.total == sum(few.per_line)
    grown = [after - before for before, after in zip(few.per_line, many.per_line, strict=True)]
    assert grown.index(max(grown)) == 4
    assert many.total > few.total + 36 * 3


def test_cpu_time_is_the_childs_and_a_sleep_is_free(sandbox: Sandbox) -> None:
    """A program that replaces its clocks changes nothing: the host reads them from outside."""
    asleep = "time.process_time = time.time = lambda: 0.0; time.sleep(0.2); return 1.0, W"
    program = load(sandbox, "import time\n" + body(asleep))
    start = time.monotonic()
    seconds_asleep = ask(program).seconds
    assert time.monotonic() - start >= 0.2
    program.close()
    busy = (
        "end = time.process_time() + 0.2\n"
        "    while time.process_time() < end: pass\n"
        "    return 1.0, W"
    )
    program = load(sandbox, "import time\n" + body(busy))
    seconds_busy = ask(program).seconds
    program.close()
    assert seconds_asleep < seconds_busy
    assert seconds_busy >= 0.2


def test_the_sandbox_keeps_a_program_running_on_request(sandbox: Sandbox) -> None:
    source = Source("baseline.py", body("return 1.0, W").encode(), FUNCTIONS)
    first, again = (sandbox.open_program(source, limits(), keep=True) for _ in range(2))
    other = sandbox.open_program(source, limits())
    assert first is again is not other
    first.close()
    assert sandbox.open_program(source, limits(), keep=True) is not first
    other.close()


def test_a_sandbox_that_closes_gives_the_other_cores_back() -> None:
    """Else a batch would have one worker, as it tries the reference in a sandbox first."""
    before = own_cores()
    with Sandbox() as sandbox, closing(load(sandbox, "x = 1")):
        assert len(own_cores()) == 1
    assert own_cores() == before


def test_launch_paths_are_absolute() -> None:
    assert all(path.startswith("/") for path in find_bubblewraps())


# --- what a human should look at ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("import socket; socket.socket()", "network"),
        ("import os; os.fork()", "programs"),
        ("import os; os.execv('/bin/true', ['true'])", "programs"),
        ("import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)", "processes"),
        ("import ctypes; ctypes.CDLL(None).unshare(0x10000000)", "mounts"),
        ("import os; os.write(3, b'x' * 99)", "garbled_reply"),
    ],
)
def test_each_attempt_is_counted_once(sandbox: Sandbox, line: str, kind: str) -> None:
    """The kernel reports it, so the child has no influence on the count.

    The child gets the same refusal as for any other call.
    """
    program = load(sandbox, body(f"try: {line}\n    except OSError: pass\n    return 2.0, W"))
    for times in (1, 2):
        if kind == "garbled_reply":
            assert error_of(program).message.code == kind
        else:
            assert loss_of(program) == 2.0
        assert program.flag_counts == {kind: times}
    program.close()
    assert program.flag_counts == {kind: 2}


def test_what_libraries_do_by_themselves_is_not_counted(sandbox: Sandbox) -> None:
    """They try threads, ask for a user's name over glibc's socket, and do what computing needs."""
    lines = (
        "import numpy.testing, numpy.random, threading, os\n"
        "    try: threading.Thread(target=int).start()\n"
        "    except RuntimeError: pass\n"
        "    try: os.path.expanduser('~x')\n"
        "    except OSError: pass\n"
        "    return 2.0, W"
    )
    program = load(sandbox, body(lines))
    assert loss_of(program) == 2.0
    assert program.flag_counts == {}
    program.close()


def test_the_host_stops_listening_after_many_attempts(sandbox: Sandbox) -> None:
    lines = (
        "import socket\n"
        "    for _ in range(3000):\n"
        "        try: socket.socket()\n"
        "        except OSError: pass\n"
        "    return 2.0, W"
    )
    program = load(sandbox, body(lines))
    assert loss_of(program) == 2.0
    assert program.flag_counts == {"network": MAX_NOTIFICATIONS}
    program.close()


@pytest.mark.parametrize(
    "line", ["import sys; sys.settrace(None)", "import sys; sys.settrace(lambda *_: None)"]
)
def test_a_removed_trace_is_counted(sandbox: Sandbox, line: str) -> None:
    program = load(sandbox, body(f"{line}; return 2.0, W"))
    ask(program)
    assert program.flag_counts == {}
    program.count(FIRST, CASE, SHAPES)
    assert program.flag_counts == {"counting_removed": 1}
    program.close()
