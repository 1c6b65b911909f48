"""Code of an assignment that a key carries: its own checks, and its derived outputs.

It comes from the course and runs in the grader's process, as the reference does.
"""

import types
from functools import lru_cache
from typing import Any

from grader.model import Source


@lru_cache(maxsize=16)
def load_code(source: Source) -> dict[str, Any]:
    """Run the source as a module, and return what it defines. Raises whatever it raises."""
    module = types.ModuleType(f"assignment_{source.file.rpartition('.')[0]}")
    module.__file__ = source.file
    code = compile(source.text, source.file, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - the course's own code
    return module.__dict__


def arguments_of(function: types.FunctionType) -> tuple[str, ...]:
    """The names of a function's arguments.

    Read from the code object: inspect.signature takes as long as a small function itself.
    """
    return function.__code__.co_varnames[: function.__code__.co_argcount]
