"""Small programs for tests of the sandbox: two functions, the first written by the test."""

import numpy as np

from grader.model import Answer, Array, Case, Function, Limits, Program, Source, SourceFile
from grader.sandbox.program import SandboxProgram
from grader.sandbox.sandbox import Sandbox
from tests.support.grading import limits


def function_of(
    name: str,
    call: str = "loss, dW = {name}(W, X, y, reg)",
    inputs: tuple[str, ...] = ("W", "X", "y", "reg"),
    outputs: tuple[str, ...] = ("loss", "dW"),
    names: tuple[str, ...] | None = None,
) -> Function:
    """Return a function whose call is these lines. names: those that it asks of the file."""
    written = call.replace("{name}", name)
    return Function(name, name, written, inputs, outputs, (name,) if names is None else names)


def make_case(W: Array, X: Array, y: Array, reg: float, name: str = "case") -> Case:
    return Case(name, {"W": W, "X": X, "y": y, "reg": np.array(reg)})


CASE = make_case(np.ones((3, 2)), np.ones((2, 4)), np.array([0, 1, 2, 2]), 0.5)
SHAPES = {"loss": (), "dW": (3, 2)}
FIRST, SECOND = function_of("first"), function_of("second")
FUNCTIONS = (FIRST, SECOND)


def load(
    sandbox: Sandbox,
    text: str,
    within: Limits | None = None,
    functions: tuple[Function, ...] = FUNCTIONS,
    more: dict[str, str] | None = None,
) -> SandboxProgram:
    """Load a program. more: its files beside the first one, softmax.py."""
    others = tuple(SourceFile(name, each.encode()) for name, each in (more or {}).items())
    source = Source("softmax.py", text.encode(), functions, others)
    return sandbox.open_program(source, within or limits())


def body(lines: str) -> str:
    """Return a program whose first function has these lines. The second returns 1.0 and W."""
    return (
        "import numpy as np\n"
        f"def first(W, X, y, reg):\n    {lines}\n"
        "def second(W, X, y, reg):\n    return 1.0, W\n"
    )


def ask(program: Program, function: Function = FIRST, case: Case = CASE) -> Answer:
    return program.call(function, case, SHAPES)


def loss_of(program: Program, function: Function = FIRST) -> float:
    return float(ask(program, function).value("loss"))
