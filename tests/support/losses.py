"""Softmax losses as plain Python functions: right ones, and ones that are wrong in one way each.

W is C x D, X is D x N.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from scipy.special import logsumexp, softmax

from grader.checks.function_under_test import probe_cases
from grader.checks.plain_function import PlainFunction
from grader.model import AnswerKey, Array, Function, Gradient
from grader.verdict import CheckResult

Answer: TypeAlias = tuple[Any, Any]  # loss and dW
Loss: TypeAlias = Callable[[Array, Array, Array, float], Answer]
Change: TypeAlias = Callable[[Any, Any, Array, float], Answer]  # (loss, dW, W, reg) -> answer
NAN, INF = float("nan"), float("inf")
# How a loss is asked, whatever its name is here.
LOSS = Function(
    short="loss",
    name="function",
    call="loss, dW = function(W, X, y, reg)",
    inputs=("W", "X", "y", "reg"),
    outputs=("loss", "dW"),
    names=("function",),
    gradients=(Gradient("dW", "loss", "W"),),
    knobs=("reg",),
)


def under_test(function: Loss, key: AnswerKey, **parts: Any) -> PlainFunction:
    """The loss as a function under test. parts: other arguments of PlainFunction."""
    parts = {"probe_cases": probe_cases(key, LOSS), **parts}
    return PlainFunction(LOSS, {"function": function}, key, **parts)


def right(W: Array, X: Array, y: Array, reg: float) -> Answer:
    """Loss and dW by scipy.

    Shifted first, or float32 would lose digits to the size of the scores.
    """
    samples, scores = np.arange(len(y)), W @ X
    scores = scores - scores.max(axis=0)
    slopes = softmax(scores, axis=0)
    slopes[y, samples] -= 1
    loss = np.mean(logsumexp(scores, axis=0) - scores[y, samples]) + 0.5 * reg * np.sum(W * W)
    return loss, slopes @ X.T / len(y) + reg * W


def single(W: Array, X: Array, y: Array, reg: float) -> Answer:
    """The same in float32."""
    loss, gradient = right(W.astype(np.float32), X.astype(np.float32), y, reg)
    return np.float32(loss), gradient.astype(np.float32)


def changed(change: Change) -> Loss:
    """A right function whose answer goes through `change` before it is returned."""
    return lambda W, X, y, reg: change(*right(W, X, y, reg), W, reg)


def mask(array: Array, where: Any) -> Array:
    """Ones in the shape of the array, with zeros at one place."""
    ones = np.ones(array.shape)
    ones[where] = 0
    return ones


LOSS_BUGS: dict[str, Change] = {
    "not averaged": lambda loss, dW, W, reg: (3 * loss, dW),
    "a little off": lambda loss, dW, W, reg: (loss * (1 + 3e-6), dW),
    "sign": lambda loss, dW, W, reg: (-loss, dW),
    "zero": lambda loss, dW, W, reg: (0.0, dW),
    "infinite": lambda loss, dW, W, reg: (INF, dW),
}
GRADIENT_BUGS: dict[str, Change] = {
    "not averaged": lambda loss, dW, W, reg: (loss, 3 * dW),
    "a little off": lambda loss, dW, W, reg: (loss, dW * (1 + 3e-6)),
    "one entry": lambda loss, dW, W, reg: (loss, dW * mask(dW, (1, 2))),
    "one class": lambda loss, dW, W, reg: (loss, dW * mask(dW, (1, slice(None)))),
    "one feature": lambda loss, dW, W, reg: (loss, dW * mask(dW, (slice(None), 2))),
    "zero": lambda loss, dW, W, reg: (loss, 0 * dW),
    "infinite": lambda loss, dW, W, reg: (loss, dW + np.where(mask(dW, (0, 0)), 0, INF)),
}
REG_LOSS_BUGS: dict[str, Change] = {
    "missing": lambda loss, dW, W, reg: (loss - 0.5 * reg * np.sum(W * W), dW),
    "without the half": lambda loss, dW, W, reg: (loss + 0.5 * reg * np.sum(W * W), dW),
}
REG_GRADIENT_BUGS: dict[str, Change] = {
    "missing": lambda loss, dW, W, reg: (loss, dW - reg * W),
    "with a half": lambda loss, dW, W, reg: (loss, dW - 0.5 * reg * W),
}


def code_of(result: CheckResult) -> str | None:
    """The code of a check's message: there is one unless the check passes."""
    assert result.passed == (result.message is None)
    return result.message.code if result.message else None
