"""The axes of inputs as an assignment declares them, and the lengths that their letters stand for.

W = "C x D"             float64, two axes
y = "N of labels"       int64, one axis
steps = "integer"       int64, a number
reg = "number"          float64, a number
"""

import re
from collections.abc import Iterable, Mapping

import numpy as np

from grader.model import Array, Values

NUMBER, INTEGER = "number", "integer"
_LETTER = r"[A-Za-z][A-Za-z0-9_]*"
_AXES = re.compile(rf"(?P<axes>{_LETTER}(?: x {_LETTER})*)(?P<integers> of (?:labels|integers))?")


def letters_of(declaration: str) -> tuple[str, ...]:
    """Return the letters of the axes in order; none for a number. Raises ValueError."""
    if declaration in (NUMBER, INTEGER):
        return ()
    match = _AXES.fullmatch(declaration)
    if match is None:
        raise ValueError(declaration)
    return tuple(match["axes"].split(" x "))


def letters_in(declarations: Iterable[str]) -> tuple[str, ...]:
    """Return the letters of several declarations, each once. Raises ValueError."""
    letters = [letter for declaration in declarations for letter in letters_of(declaration)]
    return tuple(dict.fromkeys(letters))


def dtype_of(declaration: str) -> str:
    """Return "<f8" or "<i8". Raises ValueError."""
    if declaration in (NUMBER, INTEGER):
        return "<i8" if declaration == INTEGER else "<f8"
    match = _AXES.fullmatch(declaration)
    if match is None:
        raise ValueError(declaration)
    return "<i8" if match["integers"] else "<f8"


def lengths_of(declarations: Mapping[str, str], inputs: Values) -> dict[str, int]:
    """Return the length of each letter in a case.

    declarations: input -> its declaration. inputs: those of the case, which may lack some.
    Raises ShapeError if an input has other axes, or if a letter would have two lengths.
    """
    lengths: dict[str, int] = {}
    for name, array in inputs.items():
        letters = letters_of(declarations[name])
        if len(letters) != array.ndim:
            raise ShapeError(
                name, f"has {array.ndim} axes, but is declared as {declarations[name]!r}"
            )
        for letter, length in zip(letters, array.shape, strict=True):
            if lengths.setdefault(letter, length) != length:
                raise ShapeError(
                    name, f"makes {letter} {length} long, but an input before it {lengths[letter]}"
                )
    return lengths


def as_declared(declaration: str, value: object) -> Array:
    """Convert a value to the array that its declaration asks for, without a copy if it is one.

    Raises TypeError, ValueError.
    """
    array = np.asarray(value)
    if array.dtype.kind == "c":
        raise TypeError("holds complex numbers")
    if dtype_of(declaration) == "<i8" and array.dtype.kind not in "iub":
        raise TypeError(f"holds {array.dtype}, where whole numbers are declared")
    return np.asarray(array, dtype_of(declaration))


class ShapeError(ValueError):
    """The inputs of a case do not have the axes that are declared."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name, self.problem = name, problem
