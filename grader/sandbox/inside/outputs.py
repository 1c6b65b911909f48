"""Convert what a call leaves behind to plain float64. numpy and the standard library only."""

import struct
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

_NUMBER = struct.Struct("<d")
Shape: TypeAlias = tuple[int, ...]


class BadReturn(Exception):
    """What a function returned is not what the call asks for."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind  # why not: the code of a message
        self.detail = detail  # the shapes, types, names or numbers in question


# An output: the bytes of float64 numbers, or the reason why it is none.
Output: TypeAlias = "memoryview | bytes | BadReturn"


def unpack(result: Any, count: int) -> Sequence[Any]:
    """Return the values of a result that is to be taken apart into so many.

    The lines of a call go through this where they assign what a submission's function returns to
    several names. Raises BadReturn if it is no tuple or list of this length.
    """
    if type(result) is tuple and len(result) == count:
        return result
    if result is None:
        raise BadReturn("returned_none")
    if isinstance(result, (int, float, np.ndarray, np.generic)):
        raise BadReturn("returned_one_value", f"{type(result).__name__} {count}")
    if not isinstance(result, (tuple, list)):
        raise BadReturn("returned_no_tuple", f"{type(result).__name__} {count}")
    if len(result) != count:
        raise BadReturn("returned_wrong_count", f"{type(result).__name__} {len(result)} {count}")
    values: list[Any] = []
    while len(values) < count:
        values.append(result[len(values)])
    return values


def convert_outputs(
    names: Mapping[str, Any], outputs: Sequence[str], shapes: Sequence[Shape]
) -> list[Output]:
    """Return each output as float64. names: those that the call leaves behind.

    Accepts whatever numpy converts without loss: np.matrix, lists, a number of shape (1,), float32.
    Raises BadReturn if the only output is None, or if two outputs are in each other's place.
    """
    converted: list[Output] = []
    has_errors = False
    for name, shape in zip(outputs, shapes, strict=True):
        value = names.get(name)
        try:
            converted.append(convert_output(value, shape))
        except BadReturn as error:
            if value is None and len(outputs) == 1:
                raise BadReturn("returned_none") from None
            converted.append(error)
            has_errors = True
    if has_errors:
        _refuse_swapped(names, outputs, shapes)
    return converted


def convert_output(value: Any, shape: Shape) -> "memoryview | bytes":
    """Return the bytes of one output. Raises BadReturn."""
    if shape == ():
        if type(value) is float:
            return _NUMBER.pack(value)
        return _NUMBER.pack(_as_number(value))
    array = _as_numbers(value)
    if array.shape != shape:
        raise BadReturn("output_shape", _shape_text(array.shape))
    array = np.ascontiguousarray(array, "<f8")
    return array.data.cast("B") if array.size else b""


def _as_number(value: Any) -> float:
    number = _as_numbers(value)
    if number.size != 1:
        raise BadReturn("output_is_array", _shape_text(number.shape))
    return float(number.reshape(()))


def _as_numbers(value: Any) -> "np.ndarray[Any, Any]":
    """Return the value as an array of real numbers."""
    if value is None:
        raise BadReturn("returned_no_number", "None")
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise BadReturn("returned_no_number", type(value).__name__) from None
    if array.dtype.kind not in "fiub":
        type_name = "str" if array.dtype.kind in "US" else array.dtype.name
        raise BadReturn("returned_no_number", type_name)
    return array


def _refuse_swapped(
    names: Mapping[str, Any], outputs: Sequence[str], shapes: Sequence[Shape]
) -> None:
    """Raise BadReturn if two outputs fit each other's shape, and one of them not its own."""
    for first, second in combinations(zip(outputs, shapes, strict=True), 2):
        one, other = names.get(first[0]), names.get(second[0])
        fit_each_other = _fits(one, second[1]) and _fits(other, first[1])
        if fit_each_other and not (_fits(one, first[1]) and _fits(other, second[1])):
            raise BadReturn("returned_swapped", f"{first[0]} {second[0]}")


def _fits(value: Any, shape: Shape) -> bool:
    try:
        return bool(np.size(value) == 1) if shape == () else np.shape(value) == shape
    except (TypeError, ValueError, OverflowError):  # as _as_numbers says of it
        return False


def _shape_text(shape: Shape) -> str:
    """Return a shape as messages write it: 3x2, or scalar."""
    return "x".join(str(length) for length in shape) if shape else "scalar"
