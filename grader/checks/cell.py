"""The lines of Python that call a function under test, run in this process: trusted code only.

The sandbox's child runs the same lines for a submission: see grader/sandbox/inside/child.py.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from grader.model import Array, Function, Values

FILE = "<call>"  # the name of these lines in tracebacks


def run_call(function: Function, names: Mapping[str, Any], inputs: Values) -> dict[str, Array]:
    """Run the function's call, and return its outputs as float64, each a copy.

    names: what the file under test defines. inputs: arrays that the call may change.
    Raises whatever the lines raise, KeyError if they do not leave an output behind, and TypeError
    or ValueError if an output is not of numbers.
    """
    namespace = dict(names)
    namespace.update(np=np)
    namespace.update({name: argument(inputs[name]) for name in function.inputs})
    exec(_compiled(function.call), namespace)  # noqa: S102 - lines of the assignment
    return {output: np.array(namespace[output], float) for output in function.outputs}


def argument(array: Array) -> Any:
    """Return an input as the call receives it: a number as Python's own float or int."""
    return array if array.ndim else array.item()


@lru_cache(maxsize=256)
def _compiled(call: str) -> CodeType:
    return compile(call, FILE, "exec", dont_inherit=True)
