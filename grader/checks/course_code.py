"""Code of an assignment that a key carries: its own checks, and its derived outputs.

It comes from the course and runs in the grader's process, as the reference does.
"""

import types
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
import numpy as np

from grader.model import GraderError, Source
from grader.verdict import as_number

Data = TypeVar("Data")


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


def as_data(value: Any, kind: type[Data]) -> Data:
    """Return what such code has made as data that a verdict can hold.

    numpy's numbers become Python's own, and those that are not finite become text: JSON has none.
    Raises GraderError if it is not of this kind.
    """
    if not isinstance(value, kind):
        returned = type(value).__name__
        raise GraderError(f"The assignment's checks.py returns {returned}, and no {kind.__name__}")
    try:
        return msgspec.convert(_finite(msgspec.to_builtins(value, enc_hook=_plain)), kind)
    except (TypeError, ValueError, RecursionError) as error:
        raise GraderError(
            f"The assignment's checks.py returns a {kind.__name__} that cannot be stored: {error}"
        ) from None


def _plain(value: Any) -> Any:
    """Return a number of numpy's as Python's own."""
    if isinstance(value, (np.generic, np.ndarray)) and value.ndim == 0:
        return value.item()
    raise TypeError(f"it holds an object of type {type(value).__name__}")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return as_number(value) if isinstance(value, float) else value
