"""Tests the lines of a call: what they find, what comes back, and what is said if they fail."""

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings

from grader.model import Answer, Case, Function, Message, SubmissionError
from grader.sandbox.calls import lines_to_run, names_to_find
from grader.sandbox.program import SandboxProgram
from grader.sandbox.sandbox import Sandbox
from tests.support.cells import Cell, cells, check_cell
from tests.support.grading import limits
from tests.support.programs import (
    CASE,
    FIRST,
    SECOND,
    SHAPES,
    ask,
    body,
    function_of,
    load,
    loss_of,
    make_case,
)

x, w = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
LAYER = Case("layer", {"x": x, "w": w, "dout": np.ones((2, 4)), "steps": np.array(3)})
LAYER_SHAPES = {"out": (2, 4), "dx": (2, 3), "dw": (3, 4), "total": ()}
LAYER_CALL = "out, cache = forward(x, w)\ndx, dw = backward(dout, cache)\n"
LAYER_FILE = """
import numpy as np
def forward(x, w):
    return x.dot(w), (x, w)
def backward(dout, cache):
    x, w = cache
    return dout.dot(w.T), x.T.dot(dout)
class Net:
    def __init__(self, w):
        self.w = w
    def loss(self, x):
        return (x.dot(self.w)).sum(), {"W1": x.T.dot(np.ones((2, 4)))}
"""


def layer(call: str = LAYER_CALL, outputs: tuple[str, ...] = ("out", "dx", "dw")) -> Function:
    names = tuple(name for name in ("forward", "backward", "Net") if f"{name}(" in call)
    inputs = tuple(name for name in LAYER.inputs if name in call)
    return function_of("layer", call, inputs, outputs, names)


def error_of(program: SandboxProgram, function: Function, case: Case = LAYER) -> Message:
    shapes = LAYER_SHAPES if case is LAYER else SHAPES
    with pytest.raises(SubmissionError) as caught:
        program.call(function, case, shapes)
    return caught.value.message


# --- what lines can do ----------------------------------------------------------------------------


def test_several_lines_share_what_is_no_output(sandbox: Sandbox) -> None:
    function = layer()
    with closing(load(sandbox, LAYER_FILE, functions=(function,))) as program:
        answer = program.call(function, LAYER, LAYER_SHAPES)
    assert list(answer.values) == ["out", "dx", "dw"]
    np.testing.assert_array_equal(answer.value("out"), x @ w)
    np.testing.assert_array_equal(answer.value("dx"), np.ones((2, 4)) @ w.T)
    np.testing.assert_array_equal(answer.value("dw"), x.T @ np.ones((2, 4)))


def test_lines_use_classes_dictionaries_numpy_and_loops(sandbox: Sandbox) -> None:
    function = layer(
        "net = Net(w)\nloss, grads = net.loss(x)\ndw = grads['W1']\n"
        "total = np.float32(0)\nfor _ in range(steps):\n    total += loss\n",
        ("dw", "total"),
    )
    with closing(load(sandbox, LAYER_FILE, functions=(function,))) as program:
        answer = program.call(function, LAYER, LAYER_SHAPES)
    assert answer.value("total") == 3 * (x @ w).sum()


def test_nothing_is_left_from_one_call_to_the_next(sandbox: Sandbox) -> None:
    """Neither what the lines assign, nor the inputs of another case."""
    function = function_of(
        "first", "before = 'dW' in dir()\nloss, dW = first(W, X, y, reg)\nloss = before + 0.0"
    )
    with closing(load(sandbox, body("return 2.0, W"), functions=(function,))) as program:
        answers = program.call_all(function, [(CASE, SHAPES)] * 3)
    assert [float(answer.value("loss")) for answer in answers] == [0.0] * 3  # type: ignore[union-attr]


def test_a_function_is_the_one_that_was_loaded(sandbox: Sandbox) -> None:
    """One that a call puts in its place counts for nothing."""
    text = body("global first; first = lambda *_: (9.0, W); return 2.0, W")
    with closing(load(sandbox, text)) as program:
        assert [loss_of(program), loss_of(program)] == [2.0, 2.0]


def test_a_call_without_outputs_takes_time_alone(sandbox: Sandbox) -> None:
    function = function_of("first", "first(W, X, y, reg)", outputs=())
    with closing(load(sandbox, body("return 'anything'"), functions=(function,))) as program:
        answer = program.call(function, CASE, {})
        assert (answer.values, answer.seconds > 0) == ({}, True)
        assert program.count(function, CASE, {}).total > 0


def test_numbers_are_pythons_own(sandbox: Sandbox) -> None:
    text = "def layer(*numbers):\n    return float(all(type(n) in (int, float) for n in numbers))\n"
    function = function_of("layer", "total = layer(steps, rate)", ("steps", "rate"), ("total",))
    case = Case("numbers", {"steps": np.array(2), "rate": np.array(0.5)})
    with closing(load(sandbox, text, functions=(function,))) as program:
        assert program.call(function, case, LAYER_SHAPES).value("total") == 1.0
        series = program.vary(function, case, "rate", np.array([0.1, 0.2]), "total", ())
        assert series.values.tolist() == [1.0, 1.0]


def test_the_form_integer_is_that_of_float_arrays(sandbox: Sandbox) -> None:
    text = (
        "def layer(x, y, rate):\n"
        "    return float((x.dtype, y.dtype, type(rate)) == ('int64', 'int64', float))\n"
    )
    function = function_of("layer", "total = layer(x, y, rate)", ("x", "y", "rate"), ("total",))
    inputs = {"x": np.ones((2, 0, 3)), "y": np.array([1]), "rate": np.array(2.0)}
    with closing(load(sandbox, text, functions=(function,))) as program:
        case = Case("whole", inputs, "integer")
        assert program.call(function, case, LAYER_SHAPES).value("total") == 1.0


@settings(deadline=None, derandomize=True, database=None, max_examples=40)
@given(cells())
def test_whatever_is_sent_comes_back_bit_for_bit(sandbox: Sandbox, cell: Cell) -> None:
    check_cell(sandbox, cell)


# --- what fails -----------------------------------------------------------------------------------


def test_a_line_that_fails_is_named_with_what_python_says(sandbox: Sandbox) -> None:
    function = layer("net = Net(w)\nloss, grads = net.loss(x)\ndw = grads['W2']  # ours", ("dw",))
    with closing(load(sandbox, LAYER_FILE, functions=(function,))) as program:
        message = error_of(program, function)
    assert message.code == "call_failed"
    assert message.values == {
        "call": "dw = grads['W2']  # ours",
        "exception": "KeyError",
        "kind": "missing_key",
    }
    assert (message.quote, message.line) == ("'W2'", None)


def test_a_function_of_other_parameters_fails_in_the_line_of_the_call(sandbox: Sandbox) -> None:
    with closing(load(sandbox, "def first(W, X, y): return 1.0, W\n")) as program:
        message = error_of(program, FIRST, CASE)
    assert (message.code, message.line) == ("call_failed", None)
    assert message.values == {"call": FIRST.call, "exception": "TypeError", "kind": "arguments"}
    assert message.quote == "first() takes 3 positional arguments but 4 were given"


def test_what_fails_in_the_file_is_the_files(sandbox: Sandbox) -> None:
    function = layer()
    text = LAYER_FILE.replace("    x, w = cache\n", "    x, w, b = cache\n")
    with closing(load(sandbox, text, functions=(function,))) as program:
        message = error_of(program, function)
    assert (message.code, message.line) == ("raised", 6)


@pytest.mark.parametrize(
    ("result", "code", "values"),
    [
        ("None", "not_implemented", {}),
        ("x", "returned_one_value", {"type": "ndarray", "expected": 2}),
        ("{1: 2}", "returned_no_tuple", {"type": "dict", "expected": 2}),
        ("map(int, '12')", "returned_no_tuple", {"type": "object", "expected": 2}),
        ("()", "returned_wrong_count", {"type": "tuple", "got": 0, "expected": 2}),
        ("[x] * 3", "returned_wrong_count", {"type": "list", "got": 3, "expected": 2}),
    ],
)
def test_what_cannot_be_taken_apart_is_named(
    sandbox: Sandbox, result: str, code: str, values: dict[str, object]
) -> None:
    """Also where only one of the two is an output."""
    text = LAYER_FILE.replace("return x.dot(w), (x, w)", f"return {result}")
    function = layer()
    with closing(load(sandbox, text, functions=(function,))) as program:
        message = error_of(program, function)
    assert (message.code, message.values) == (code, values)


@pytest.mark.parametrize(
    ("result", "code", "values"),
    [
        ("None", "not_implemented", {}),
        ("'x'", "returned_no_number", {"output": "out", "type": "str"}),
        ("[[1], [2, 3]]", "returned_no_number", {"output": "out", "type": "list"}),
        ("x", "output_shape", {"output": "out", "got": "2x3", "expected": "2x4"}),
        ("1.0", "output_shape", {"output": "out", "got": "scalar", "expected": "2x4"}),
    ],
)
def test_an_output_that_is_none_is_named(
    sandbox: Sandbox, result: str, code: str, values: dict[str, object]
) -> None:
    text = LAYER_FILE.replace("return x.dot(w), (x, w)", f"return {result}")
    function = layer("out = forward(x, w)", ("out",))
    with closing(load(sandbox, text, functions=(function,))) as program:
        message = error_of(program, function)
        assert (message.code, message.values) == (code, values)
        with pytest.raises(SubmissionError, match=code):
            program.count(function, LAYER, LAYER_SHAPES)
        if code != "not_implemented":
            with pytest.raises(SubmissionError) as caught:
                program.vary(function, LAYER, "x", np.stack([x, x]), "out", (2, 4))
            assert caught.value.message == message


def test_outputs_in_each_others_place_are_named(sandbox: Sandbox) -> None:
    """Whichever two they are, if one of them cannot be what it is to be."""
    text = LAYER_FILE.replace("dout.dot(w.T), x.T.dot(dout)", "x.T.dot(dout), dout.dot(w.T)")
    function = layer()
    with closing(load(sandbox, text, functions=(function,))) as program:
        message = error_of(program, function)
    assert message == Message("returned_swapped", {"first": "dx", "second": "dw"})
    square = make_case(np.ones((1, 1)), np.ones((1, 4)), np.zeros(4, int), 0.5)
    with closing(load(sandbox, body("return 2 * W, W"))) as program:
        answer = program.call(FIRST, square, {"loss": (), "dW": (1, 1)})
    assert answer.value("loss") == 2.0  # both fit where they are


def test_each_output_has_a_status_of_its_own(sandbox: Sandbox) -> None:
    text = LAYER_FILE.replace("dout.dot(w.T), x.T.dot(dout)", "'none', x.T.dot(dout)")
    function = layer()
    with closing(load(sandbox, text, functions=(function,))) as program:
        answer = program.call(function, LAYER, LAYER_SHAPES)
    np.testing.assert_array_equal(answer.value("dw"), x.T @ np.ones((2, 4)))
    with pytest.raises(SubmissionError) as caught:
        answer.value("dx")
    assert caught.value.message == Message("returned_no_number", {"output": "dx", "type": "str"})


# --- several cases --------------------------------------------------------------------------------


def cases_of(*regs: float) -> list[tuple[Case, dict[str, tuple[int, ...]]]]:
    W, X, y, _ = CASE.inputs.values()
    return [(make_case(W, X, y, reg), SHAPES) for reg in regs]


def end_of(answer: Answer | SubmissionError) -> float | str:
    """Return the loss, or the code of the error in its place."""
    loss = answer.values["loss"] if isinstance(answer, Answer) else answer
    return loss.message.code if isinstance(loss, SubmissionError) else float(loss)


def call_or_error(program: SandboxProgram, case: Case) -> Answer | SubmissionError:
    try:
        return ask(program, FIRST, case)
    except SubmissionError as error:
        return error


@pytest.mark.parametrize(
    ("what", "ends"),
    [
        ("return reg, W", [1.0, 2.0, 3.0]),
        ("if reg == 2: raise ValueError\n    return reg, W", [1.0, "raised", 3.0]),
        ("if reg == 2: return W, W\n    return reg, W", [1.0, "output_is_array", 3.0]),
        ("if reg == 2: os._exit(1)\n    return reg, W", [1.0, "ended_early", 3.0]),
        ("if reg == 2: time.sleep(60)\n    return reg, W", [1.0, "timed_out", "after_time_out"]),
        ("if reg > 1: os._exit(1)\n    return reg, W", [1.0, "ended_early", "ended_early"]),
        ("time.sleep(0.3)\n    return reg, W", [1.0, "timed_out", "after_time_out"]),
    ],
)
def test_several_cases_end_as_each_alone(
    sandbox: Sandbox, what: str, ends: list[float | str]
) -> None:
    """But that those behind one that ends the program are left to be asked again."""
    text = "import os, time\n" + body(what)
    within = limits(call=0.5, function=0.5, whole=4.0)
    cases = cases_of(1, 2, 3)
    with closing(load(sandbox, text, within)) as program:
        together = [end_of(answer) for answer in program.call_all(FIRST, cases)]
        is_ended = "timed_out" in ends or "ended_early" in ends
        assert together == (ends[:2] if is_ended else ends)
        assert [end_of(call_or_error(program, case)) for case, _ in cases[2:]] == ends[2:]
        assert loss_of(program, SECOND) == 1.0
    with closing(load(sandbox, text, within)) as program:
        assert [end_of(call_or_error(program, case)) for case, _ in cases] == ends


def test_many_large_cases_do_not_block(sandbox: Sandbox) -> None:
    """The request and the replies are larger than what a socket holds."""
    W = np.ones((300, 200))
    cases = [make_case(W, np.ones((2, 4)), np.zeros(4, int), float(reg)) for reg in range(12)]
    with closing(load(sandbox, body("return reg, W * reg"))) as program:
        answers = program.call_all(FIRST, [(case, {"loss": (), "dW": W.shape}) for case in cases])
    for reg, answer in enumerate(answers):
        assert isinstance(answer, Answer)
        np.testing.assert_array_equal(answer.value("dW"), W * reg)


def test_an_output_that_changes_later_is_noticed(sandbox: Sandbox) -> None:
    """Whichever of the outputs it is, in a call by itself and in one of several."""
    text = LAYER_FILE + "buffer = np.zeros((2, 3))\ninner = backward\n"
    text += (
        "def backward(dout, cache):\n    buffer[...] += 1\n    return buffer, inner(dout, cache)[1]"
    )
    function = layer()
    with closing(load(sandbox, text, functions=(function,))) as program:
        answers = [
            program.call(function, LAYER, LAYER_SHAPES),
            *program.call_all(function, [(LAYER, LAYER_SHAPES)] * 2),
        ]
        overwrote = [isinstance(each, Answer) and each.overwrote_earlier for each in answers]
        assert overwrote == [False, True, True]
        for output, shape in (("dw", (3, 4)), ("dx", (2, 3))):  # dx is the one that changes
            series = program.vary(function, LAYER, "x", np.stack([x, x]), output, shape)
            assert series.overwrote_earlier
    with closing(load(sandbox, LAYER_FILE, functions=(function,))) as program:
        for _ in range(2):
            assert not program.call(function, LAYER, LAYER_SHAPES).overwrote_earlier


# --- how the lines are prepared -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "prepared"),
    [
        ("loss, dW = f(W)", "loss, dW = __unpack__(f(W), 2)"),
        ("a, b = (f(W))  # é", "a, b = (__unpack__(f(W), 2))  # é"),
        ("é, b = f('é', W); c = b", "é, b = __unpack__(f('é', W), 2); c = b"),
        ("a, (b, c) = f(\n  W\n)", "a, (b, c) = __unpack__(f(\n  W\n), 2)"),
        ("n = Net()\na, b = n.g[0].h(W)", "n = Net()\na, b = __unpack__(n.g[0].h(W), 2)"),
        ("if W:\n    a, = f(W)", "if W:\n    a, = __unpack__(f(W), 1)"),
        ("a, b = np.split(W)", "a, b = np.split(W)"),
        ("a, b = map(f, W)", "a, b = map(f, W)"),
        ("a, *b = f(W)", "a, *b = f(W)"),
        ("a = f(W)\nb, c = a", "a = f(W)\nb, c = a"),
    ],
)
def test_what_a_function_returns_is_looked_at_before_it_is_taken_apart(
    call: str, prepared: str
) -> None:
    function = function_of("f", call, names=("f", "Net"))
    assert lines_to_run(function).decode() == prepared


def test_a_name_that_is_called_has_to_be_a_function(sandbox: Sandbox) -> None:
    functions = (
        function_of("first"),
        function_of("layer", "out = use(RATE, helper)", (), ("out",), ("use", "RATE", "helper")),
    )
    assert names_to_find(functions) == ("first()", "use()", "RATE", "helper")
    text = "first = 3\nRATE = 0.5\nhelper = None\nuse = lambda rate, helper: rate\n"
    with closing(load(sandbox, text, functions=functions)) as program:
        assert program.present == {"use", "RATE"}
