"""Convert what a submission returned to plain float64. numpy and the standard library only."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class BadReturn(Exception):
    """The returned value is not a loss and a gradient."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind  # why not: the code of a message
        self.detail = detail  # the shapes or the type in question


class LossAndGradient(NamedTuple):
    """Each half is a plain number or array, or the reason why it is not."""

    loss: float | BadReturn
    gradient: "np.ndarray[Any, np.dtype[np.float64]] | BadReturn"


def convert_result(result: Any, shape: tuple[int, ...]) -> LossAndGradient:
    """Return loss and gradient as float64; `shape` is that of W.

    Accepts whatever numpy converts without loss: np.matrix, lists, a loss of shape (1,), float32.
    Raises BadReturn if the result has no two halves, or if neither of them can be used.
    """
    if result is None:
        raise BadReturn("returned_none")
    if isinstance(result, (int, float, np.ndarray, np.generic)):
        raise BadReturn("returned_one_value", type(result).__name__)
    if not isinstance(result, (tuple, list)):
        raise BadReturn("returned_no_pair", type(result).__name__)
    if len(result) != 2:
        raise BadReturn("returned_no_pair", f"{type(result).__name__} of {len(result)}")
    if np.shape(result[0]) == shape and np.size(result[1]) == 1:
        raise BadReturn("returned_swapped")
    loss = _convert_half(_convert_loss, result[0])
    gradient = _convert_half(_convert_gradient, result[1], shape)
    if isinstance(loss, BadReturn) and isinstance(gradient, BadReturn):
        raise loss
    return LossAndGradient(loss, gradient)


def _convert_half(convert: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return convert(*arguments)
    except BadReturn as error:
        return error


def _convert_loss(value: Any) -> float:
    loss = _as_numbers(value, "loss")
    if loss.size != 1:
        raise BadReturn("loss_is_array", shape_text(loss.shape))
    return float(loss.reshape(()))


def _convert_gradient(
    value: Any, shape: tuple[int, ...]
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    gradient = _as_numbers(value, "dW")
    if gradient.shape != shape:
        raise BadReturn("gradient_shape", f"{shape_text(gradient.shape)} {shape_text(shape)}")
    return np.ascontiguousarray(gradient, "<f8")


def _as_numbers(value: Any, name: str) -> "np.ndarray[Any, Any]":
    """Return the value as an array of real numbers; `name` is what a message calls it."""
    if value is None:
        raise BadReturn("returned_no_number", f"{name} None")
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise BadReturn("returned_no_number", f"{name} {type(value).__name__}") from None
    if array.dtype.kind not in "fiub":
        type_name = "str" if array.dtype.kind in "US" else array.dtype.name
        raise BadReturn("returned_no_number", f"{name} {type_name}")
    return array


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as messages write it: 3x2, or scalar."""
    return "x".join(str(length) for length in shape) if shape else "scalar"
