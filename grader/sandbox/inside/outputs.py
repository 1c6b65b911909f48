"""What a submission returned, as plain float64. numpy and the standard library only."""

from typing import Any

import numpy as np


class BadReturn(Exception):
    """The returned value is not a loss and a gradient. `kind` names why, `detail` holds the shapes or the type in question."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


def plain_numbers(result: Any, shape: tuple[int, ...]) -> tuple[float, "np.ndarray[Any, np.dtype[np.float64]]"]:
    """(loss, gradient) as float64. Whatever numpy converts without loss is accepted: np.matrix, lists, a loss of shape (1,), float32."""
    if result is None:
        raise BadReturn("returned_none")
    if isinstance(result, (int, float, np.ndarray, np.generic)):
        raise BadReturn("returned_one_value", type(result).__name__)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        size = f" of {len(result)}" if isinstance(result, (tuple, list)) else ""
        raise BadReturn("returned_no_pair", type(result).__name__ + size)
    loss, gradient = numbers(result[0], "loss"), numbers(result[1], "dW")
    if loss.size != 1:
        raise BadReturn("returned_swapped" if gradient.size == 1 and loss.shape == shape else "loss_is_array", text(loss.shape))
    if gradient.shape != shape:
        raise BadReturn("gradient_shape", f"{text(gradient.shape)} {text(shape)}")
    return float(loss.reshape(())), np.ascontiguousarray(gradient, "<f8")


def numbers(value: Any, name: str) -> "np.ndarray[Any, Any]":
    if value is None:
        raise BadReturn("returned_no_number", f"{name} None")
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise BadReturn("returned_no_number", f"{name} {type(value).__name__}") from None
    if array.dtype.kind not in "fiub":
        raise BadReturn("returned_no_number", f"{name} {array.dtype.name}")
    return array


def text(shape: tuple[int, ...]) -> str:
    return "x".join(str(length) for length in shape) if shape else "scalar"
