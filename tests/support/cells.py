"""Strategies of hypothesis that draw calls of any shape, and check that they come back as sent."""

from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from grader.model import Answer, Array, Case, Form, Function, Shapes, Source, SourceFile
from grader.sandbox.sandbox import Sandbox
from tests.support.grading import limits

# Returns the very bits of what it gets, as an output: a number or an array of float64.
ECHO = """
import numpy as np

def echo(value):
    if type(value) is int:
        return np.array(value, np.int64).view(np.float64)
    if type(value) is float:
        return value
    assert type(value) is np.ndarray and value.dtype in (np.float64, np.int64)
    return value.view(np.float64) if value.flags.c_contiguous else value.copy().view(np.float64)
"""
FORMS: tuple[Form, ...] = ("plain", "strided", "read_only")


class Cell(NamedTuple):
    """A call that gives back its inputs, and the cases that it is called with."""

    function: Function
    cases: list[Case]
    is_in_second_file: bool

    @property
    def source(self) -> Source:
        if self.is_in_second_file:
            return Source("first.py", b"", (self.function,), (SourceFile("b.py", ECHO.encode()),))
        return Source("first.py", ECHO.encode(), (self.function,))


def arrays_of(kind: str, axes: int) -> st.SearchStrategy[Array]:
    """Draw an array of any bits: nan, infinities and the smallest numbers among them."""
    lengths = st.lists(st.integers(0, 4), min_size=axes, max_size=axes)

    def fill(shape: list[int]) -> st.SearchStrategy[Array]:
        size = 8 * int(np.prod(shape))
        data = st.binary(min_size=size, max_size=size) | st.just(b"\xff" * size)
        return data.map(lambda bits: np.frombuffer(bits, kind).reshape(shape).copy())

    return lengths.flatmap(fill)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    kinds = draw(
        st.lists(
            st.tuples(st.sampled_from(["<f8", "<i8"]), st.integers(0, 4)), min_size=1, max_size=5
        )
    )
    inputs = tuple(f"x{number}" for number in range(len(kinds)))
    outputs = tuple(f"{name}_out" for name in inputs)
    if draw(st.booleans()):
        call = "\n".join(f"{name}_out = echo({name})" for name in inputs)
    else:
        call = ", ".join(outputs) + ", = [" + ", ".join(f"echo({name})" for name in inputs) + "]"
    cases = [
        Case(
            f"case {number}",
            {name: draw(arrays_of(*kind)) for name, kind in zip(inputs, kinds, strict=True)},
            draw(st.sampled_from(FORMS)),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    function = Function("echo", "echo", call, inputs, outputs, ("echo",))
    return Cell(function, cases, draw(st.booleans()))


def shapes_of(case: Case) -> Shapes:
    return {f"{name}_out": array.shape for name, array in case.inputs.items()}


def check_cell(sandbox: Sandbox, cell: Cell) -> None:
    """Check that all inputs come back bit for bit: each case alone, all at once, and varied."""
    function = cell.function
    with closing(sandbox.open_program(cell.source, limits())) as program:
        assert program.load_error is None
        assert program.present == {"echo"}
        several = program.call_all(function, [(case, shapes_of(case)) for case in cell.cases])
        for case, answer in zip(cell.cases, several, strict=True):
            require_same(case, answer)
            require_same(case, program.call(function, case, shapes_of(case)))
        case = cell.cases[0]
        for name, array in case.inputs.items():
            values = np.stack([array, np.zeros_like(array), array])
            output = f"{name}_out"
            series = program.vary(function, case, name, values, output, array.shape)
            assert series.values.shape == (3, *array.shape)
            assert series.values.tobytes() == values.tobytes()
        assert program.count(function, case, shapes_of(case)).total > 0
        assert program.flag_counts == {}


def require_same(case: Case, answer: Any) -> None:
    assert isinstance(answer, Answer), answer.message
    for name, array in case.inputs.items():
        got = answer.value(f"{name}_out")
        assert (got.shape, got.dtype) == (array.shape, np.dtype(np.float64))
        assert got.tobytes() == array.tobytes()
    assert not answer.overwrote_earlier
