"""Tests what the zygote runs before it forks children."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np

from grader.model import Case
from grader.sandbox.inside import wire
from grader.sandbox.sandbox import Sandbox
from tests.support.grading import limits
from tests.support.programs import function_of, load

INSIDE = Path(wire.__file__).parent
# Prints the status of each reply: of the file that is loaded, and of a call in every mode.
STATUSES = """
import warnings, warm_up, wire
warnings.simplefilter("error")
replies = []
warm_up._Frames.write = lambda self, data: replies.append(bytes(data)) or len(data)
warm_up.warm_up()
heads = [wire.REPLY.unpack_from(reply) for reply in replies[1:]]
print(replies[0][0], *(status for _, status, *_ in heads))
"""
LEFT = """
import signal, sys
files = len([name for name in sys.modules if "warm_up_program" in name])
handler = signal.getsignal(signal.SIGINT) is not signal.default_int_handler
def left(x):
    return files + handler + len(sys.argv) - 1
"""


def test_the_small_program_runs_in_every_mode() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STATUSES], cwd=INSIDE, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "0", "0", "0"], done.stderr


def test_a_submission_finds_nothing_of_it(sandbox: Sandbox) -> None:
    function = function_of("left", "out = left(x)", ("x",), ("out",))
    with closing(load(sandbox, LEFT, limits(), (function,))) as program:
        answer = program.call(function, Case("case", {"x": np.array(1.0)}), {"out": ()})
        assert answer.value("out") == 0
