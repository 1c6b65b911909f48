"""What a submission returned, as plain float64. numpy and the standard library only."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class BadReturn(Exception):
    """The returned value is not a loss and a gradient. `kind` names why, `detail` holds the shapes or the type in question."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


class Answer(NamedTuple):
    """Each half is a plain number or array, or why it is not."""

    loss: float | BadReturn
    gradient: "np.ndarray[Any, np.dtype[np.float64]] | BadReturn"


def plain_answer(result: Any, shape: tuple[int, ...]) -> Answer:
    """loss and gradient as float64. Whatever numpy converts without loss is accepted: np.matrix, lists, a loss of shape (1,), float32.

    Raises BadReturn where there are no two halves to speak of, or neither is any good.
    """
    if result is None:
        raise BadReturn("returned_none")
    if isinstance(result, (int, float, np.ndarray, np.generic)):
        raise BadReturn("returned_one_value", type(result).__name__)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        size = f" of {len(result)}" if isinstance(result, (tuple, list)) else ""
        raise BadReturn("returned_no_pair", type(result).__name__ + size)
    if np.shape(result[0]) == shape and np.size(result[1]) == 1:
        raise BadReturn("returned_swapped")
    answer = Answer(half(plain_loss, result[0]), half(plain_gradient, result[1], shape))
    if isinstance(answer.loss, BadReturn) and isinstance(answer.gradient, BadReturn):
        raise answer.loss
    return answer


def half(convert: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return convert(*arguments)
    except BadReturn as fault:
        return fault


def plain_loss(value: Any) -> float:
    loss = numbers(value, "loss")
    if loss.size != 1:
        raise BadReturn("loss_is_array", text(loss.shape))
    return float(loss.reshape(()))


def plain_gradient(value: Any, shape: tuple[int, ...]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    gradient = numbers(value, "dW")
    if gradient.shape != shape:
        raise BadReturn("gradient_shape", f"{text(gradient.shape)} {text(shape)}")
    return np.ascontiguousarray(gradient, "<f8")


def numbers(value: Any, name: str) -> "np.ndarray[Any, Any]":
    if value is None:
        raise BadReturn("returned_no_number", f"{name} None")
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise BadReturn("returned_no_number", f"{name} {type(value).__name__}") from None
    if array.dtype.kind not in "fiub":
        raise BadReturn(
            "returned_no_number",
            f"{name} {'str' if array.dtype.kind in 'US' else array.dtype.name}",
        )
    return array


def text(shape: tuple[int, ...]) -> str:
    return "x".join(str(length) for length in shape) if shape else "scalar"
