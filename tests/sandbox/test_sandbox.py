"""The sandbox: what a program finds in it, its limits, and how the ways in which it can end are told apart."""

import os
import re
import time

import numpy as np
import pytest
from msgspec.structs import replace

from grader.model import Case, Form, Limits, LossAndGradient, Source, SubmissionError, require
from grader.sandbox.launch import find_bubblewraps
from grader.sandbox.program import MAX_DEATHS, SandboxProgram
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.seccomp_notify import MAX_NOTIFICATIONS
from tests.support.grading import limits
from tests.support.processes import processes_below

CASE = Case("case", np.ones((3, 2)), np.ones((2, 4)), np.array([0, 1, 2, 2]), 0.5)
FUNCTIONS = ("first", "second")


def load(sandbox: Sandbox, text: str, within: Limits | None = None) -> SandboxProgram:
    return sandbox.open_program(Source("softmax.py", text.encode(), FUNCTIONS), within or limits())


def body(line: str) -> str:
    return f"import numpy as np\ndef first(W, X, y, reg):\n    {line}\ndef second(W, X, y, reg):\n    return 1.0, W\n"


def fault_of(program: SandboxProgram) -> SubmissionError:
    """What a call of the first function ends in, or using what it returned."""
    try:
        output = program.call("first", CASE)
        pytest.fail(f"it answered {require(output.loss)}, {require(output.gradient)}")
    except SubmissionError as fault:
        return fault


# --- what a program can see and do -----------------------------------------------------------------------------------------------


def test_it_computes_what_the_same_code_computes_here(sandbox: Sandbox) -> None:
    program = load(sandbox, body("return float(W.sum() + X.sum() + y.sum() + reg), W * 3"))
    output = program.call("first", CASE)
    program.close()
    assert output.loss == pytest.approx(6 + 8 + 5 + 0.5)
    np.testing.assert_array_equal(output.gradient, 3 * CASE.W)


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
def test_what_is_refused(sandbox: Sandbox, expression: str) -> None:
    program = load(
        sandbox, "import os, socket, threading\n" + body(f"return 1.0, W * bool({expression})")
    )
    assert fault_of(program).message.code == "raised"
    program.close()


def test_what_it_finds_around_it(sandbox: Sandbox) -> None:
    """No environment but ours, no descriptor but the channel, and none of the grader's or assignment's modules."""
    program = load(
        sandbox,
        "import os, sys\nimport numpy as np\n"
        "def open_descriptors():\n    found = []\n    for fd in range(1024):\n        try:\n            os.fstat(fd); found.append(fd)\n"
        "        except OSError: pass\n    return found\n"
        "def first(W, X, y, reg):\n    assert not {'HOME', 'USER', 'PATH', 'LANG'} & set(os.environ), os.environ\n    return 1.0, W\n"
        "def second(W, X, y, reg):\n    assert open_descriptors() == [0, 1, 2, 3], open_descriptors()\n"
        "    assert not [name for name in sys.modules if 'grader' in name or 'reference' in name]\n    return 1.0, W\n",
    )
    assert program.call("first", CASE).loss == 1.0
    assert program.call("second", CASE).loss == 1.0
    program.close()


def test_past_imports_and_scipy_does_not(sandbox: Sandbox) -> None:
    program = load(
        sandbox,
        "from past.builtins import xrange\n" + body("return float(len(list(xrange(4)))), W"),
    )
    assert program.call("first", CASE).loss == 4.0
    program.close()
    program = load(sandbox, "x = 1\nimport scipy.special\n")
    assert program.load_error is not None
    assert (program.load_error.code, program.load_error.quote, program.load_error.line) == (
        "import_failed",
        "scipy",
        2,
    )
    program.close()


def test_prints_and_warnings_are_swallowed(sandbox: Sandbox) -> None:
    program = load(sandbox, body("print('x' * 10**6); np.log(np.zeros(3)); return 1.0, W"))
    assert program.call("first", CASE).loss == 1.0
    program.close()


# --- how it ends -----------------------------------------------------------------------------------------------------------------


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
        ("return 1.0, W, X", "returned_wrong_length", "3"),
        ("return 'one', W", "returned_no_number", "loss"),
        ("return 1.0, None", "returned_no_number", "dW"),
        ("return 1.0, W + 1j", "returned_no_number", "dW"),
        ("exit()", "called_exit", None),
        ("eval('1 +')", "raised", "SyntaxError"),
        ("raise SyntaxError", "raised", "SyntaxError"),
        ("import signal; signal.raise_signal(40)", "raised", None),
        ("return W, 1.0", "returned_swapped", None),
        ("return W[0], W", "loss_is_array", "2"),
        ("return 1.0, W.T", "gradient_transposed", "2x3"),
        ("return 1.0, X", "gradient_shape_of_X", "2x4"),
        ("return 1.0, W[0]", "gradient_shape", "2"),
        ("import os; os.write(3, b'x' * 99); return 1.0, W", "garbled_reply", None),
    ],
)
def test_outcomes_are_told_apart(sandbox: Sandbox, line: str, code: str, value: str | None) -> None:
    """And whatever happens to the first function, the second still answers."""
    program = load(sandbox, body(line))
    message = fault_of(program).message
    assert message.code == code
    assert value is None or value in map(str, message.values.values())
    assert program.call("second", CASE).loss == 1.0
    program.close()


def test_half_an_answer_is_an_answer(sandbox: Sandbox) -> None:
    """A dW of the wrong shape does not take the loss with it, nor the reverse."""
    program = load(sandbox, body("return 2.0, W.T"))
    output = program.call("first", CASE)
    assert output.loss == 2.0
    with pytest.raises(SubmissionError, match="gradient_transposed"):
        require(output.gradient)
    program.close()
    program = load(sandbox, body("return W[0], W"))
    output = program.call("first", CASE)
    np.testing.assert_array_equal(output.gradient, CASE.W)
    with pytest.raises(SubmissionError, match="loss_is_array"):
        require(output.loss)
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
    output: LossAndGradient = program.call("first", CASE)
    program.close()
    assert output.loss == loss
    np.testing.assert_array_equal(output.gradient, CASE.W)


def test_the_line_is_the_students_own(sandbox: Sandbox) -> None:
    program = load(
        sandbox,
        "import numpy as np\ndef helper(W):\n    return np.linalg.inv(W)\n"
        + body("return 1.0, helper(W)"),
    )
    message = fault_of(program).message
    program.close()
    assert (message.values["exception"], message.line) == (
        "ValueError",
        3,
    )  # the nearest built-in class: names of others are student text


def test_a_hang_costs_its_function_and_leaves_the_other_its_time(sandbox: Sandbox) -> None:
    program = load(sandbox, body("while True: pass"), limits(call=0.3, function=0.5, whole=1.0))
    first, again = fault_of(program), fault_of(program)
    assert (first.message.code, first.was_asked) == ("timed_out", True)
    assert (again.message.code, again.was_asked) == ("after_time_out", False)
    assert program.call("second", CASE).loss == 1.0
    program.close()


def test_a_function_has_a_share_of_the_time(sandbox: Sandbox) -> None:
    program = load(
        sandbox,
        "import time\n" + body("time.sleep(0.15); return 1.0, W"),
        limits(call=1.0, function=0.2, whole=5.0),
    )
    program.call("first", CASE)
    assert fault_of(program).message.code == "timed_out"
    assert program.call("second", CASE).loss == 1.0
    program.close()


def test_a_submission_has_a_limit_however_it_spends_its_time(sandbox: Sandbox) -> None:
    """Importing counts too, the first time and after every death."""
    slow = "import time, os\ntime.sleep(0.3)\n" + body("os._exit(1)")
    program = load(sandbox, slow, limits(call=0.7, function=0.7, whole=0.7))
    began = time.monotonic()
    codes = [fault_of(program).message.code for _ in range(4)]
    assert codes[0] == "ended_early"
    assert set(codes[2:]) <= {"timed_out_at_import", "time_used_up"}
    assert time.monotonic() - began < 10
    program.close()


def test_a_function_that_keeps_ending_python_is_given_up(sandbox: Sandbox) -> None:
    program = load(sandbox, body("import os; os._exit(7)"))
    codes = [fault_of(program).message.code for _ in range(MAX_DEATHS + 1)]
    assert codes == ["ended_early"] * MAX_DEATHS + ["given_up"]
    assert program.call("second", CASE).loss == 1.0
    program.close()


def test_endless_import_ends(sandbox: Sandbox) -> None:
    program = load(sandbox, "while True: pass", limits(call=0.3))
    assert program.load_error is not None
    assert program.load_error.code == "timed_out_at_import"
    program.close()


def test_nothing_is_left_behind(sandbox: Sandbox) -> None:
    """After a hundred programs, some of which died: the same descriptors and the same processes."""
    load(sandbox, body("return 1.0, W")).close()
    before = len(os.listdir("/proc/self/fd")), processes_below(os.getpid())
    for _ in range(50):
        program = load(sandbox, body("return 1.0, W"))
        program.call("first", CASE)
        program.close()
        program = load(sandbox, body("import os; os._exit(1)"))
        fault_of(program)
        program.close()
    assert (len(os.listdir("/proc/self/fd")), processes_below(os.getpid())) == before


# --- what arrays a function gets ---------------------------------------------------------------------------------------------------

KINDS = "return sum(10**k * v for k, v in enumerate([W.flags.writeable, X.flags.c_contiguous, y.flags.c_contiguous, W.dtype.kind == 'i'])), W"


@pytest.mark.parametrize(
    ("form", "kind"), [("plain", 111), ("integer", 1111), ("strided", 1), ("read_only", 110)]
)
def test_the_same_numbers_come_in_every_form(sandbox: Sandbox, form: Form, kind: int) -> None:
    program = load(sandbox, body(KINDS))
    case = Case("case", np.arange(6.0).reshape(3, 2), CASE.X, CASE.y, 0.5, form)
    for asked in (case, replace(case, form="plain"), case):  # one call leaves nothing to the next
        output = program.call("first", asked)
        assert output.loss == (kind if asked is case else 111)
        np.testing.assert_array_equal(output.gradient, case.W)
    program.close()


# --- counting and clocks ---------------------------------------------------------------------------------------------------------


def test_operations_are_counted_by_line(sandbox: Sandbox) -> None:
    program = load(
        sandbox,
        "def first(W, X, y, reg):\n    total = 0.0\n    for value in y:\n        total += value\n    return total, W\n",
    )
    few = program.count("first", CASE)
    many = program.count("first", Case("many", CASE.W, np.ones((2, 40)), np.zeros(40, int), 0.5))
    program.close()
    assert few.total == sum(few.per_line)
    grown = [after - before for before, after in zip(few.per_line, many.per_line, strict=True)]
    assert grown.index(max(grown)) == 4
    assert many.total > few.total + 36 * 3


def test_cpu_time_is_the_childs_and_a_sleep_is_free(sandbox: Sandbox) -> None:
    """And a program that changes its clocks changes nothing: they are read from outside."""
    program = load(
        sandbox,
        "import time\n"
        + body("time.process_time = time.time = lambda: 0.0; time.sleep(0.2); return 1.0, W"),
    )
    began = time.monotonic()
    asleep = program.call("first", CASE).seconds
    assert time.monotonic() - began >= 0.2
    program.close()
    program = load(
        sandbox,
        "import time\n"
        + body(
            "end = time.process_time() + 0.2\n    while time.process_time() < end: pass\n    return 1.0, W"
        ),
    )
    busy = program.call("first", CASE).seconds
    program.close()
    assert asleep < busy
    assert busy >= 0.2


def test_sandbox_keeps_what_it_is_told_to(sandbox: Sandbox) -> None:
    source = Source("baseline.py", body("return 1.0, W").encode(), FUNCTIONS)
    first, again = (sandbox.open_program(source, limits(), keep=True) for _ in range(2))
    other = sandbox.open_program(source, limits())
    assert first is again is not other
    first.close()
    assert sandbox.open_program(source, limits(), keep=True) is not first
    other.close()


def test_launch_paths_are_absolute() -> None:
    assert all(re.match("/", path) for path in find_bubblewraps())


# --- what a person is told to look at ---------------------------------------------------------------------------------------------


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
def test_what_is_tried_is_told_once_for_each_time(sandbox: Sandbox, line: str, kind: str) -> None:
    """By the kernel: what the child does about it, or says of it, changes nothing. And what it gets is the refusal that all calls get."""
    program = load(sandbox, body(f"try: {line}\n    except OSError: pass\n    return 2.0, W"))
    for times in (1, 2):
        if kind == "garbled_reply":
            assert fault_of(program).message.code == kind
        else:
            assert program.call("first", CASE).loss == 2.0
        assert program.flag_counts == {kind: times}
    program.close()
    assert program.flag_counts == {kind: 2}


def test_what_libraries_do_by_themselves_is_not_told(sandbox: Sandbox) -> None:
    """Threads that are refused, a user's name asked for over glibc's own socket, and everything that computing needs."""
    line = "import numpy.testing, numpy.random, threading, os\n    try: threading.Thread(target=int).start()\n    except RuntimeError: pass"
    program = load(
        sandbox,
        body(
            f"{line}\n    try: os.path.expanduser('~x')\n    except OSError: pass\n    return 2.0, W"
        ),
    )
    assert program.call("first", CASE).loss == 2.0
    assert program.flag_counts == {}
    program.close()


def test_somebody_who_never_stops_trying_is_not_listened_to_for_ever(sandbox: Sandbox) -> None:
    line = "import socket\n    for _ in range(3000):\n        try: socket.socket()\n        except OSError: pass\n    return 2.0, W"
    program = load(sandbox, body(line))
    assert program.call("first", CASE).loss == 2.0
    assert program.flag_counts == {"network": MAX_NOTIFICATIONS}
    program.close()


@pytest.mark.parametrize(
    "line", ["import sys; sys.settrace(None)", "import sys; sys.settrace(lambda *_: None)"]
)
def test_tracing_that_is_taken_away_is_told(sandbox: Sandbox, line: str) -> None:
    program = load(sandbox, body(f"{line}; return 2.0, W"))
    program.call("first", CASE)
    assert program.flag_counts == {}
    program.count("first", CASE)
    assert program.flag_counts == {"counting_removed": 1}
    program.close()
