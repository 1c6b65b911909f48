"""Small programs for tests of the sandbox: two functions, the first written by the test."""

import numpy as np

from grader.model import Case, Limits, Source
from grader.sandbox.program import SandboxProgram
from grader.sandbox.sandbox import Sandbox
from tests.support.grading import limits

CASE = Case("case", np.ones((3, 2)), np.ones((2, 4)), np.array([0, 1, 2, 2]), 0.5)
FUNCTIONS = ("first", "second")


def load(sandbox: Sandbox, text: str, within: Limits | None = None) -> SandboxProgram:
    return sandbox.open_program(Source("softmax.py", text.encode(), FUNCTIONS), within or limits())


def body(lines: str) -> str:
    """Return a program whose first function has these lines. The second returns 1.0 and W."""
    return (
        "import numpy as np\n"
        f"def first(W, X, y, reg):\n    {lines}\n"
        "def second(W, X, y, reg):\n    return 1.0, W\n"
    )
