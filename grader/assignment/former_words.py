"""The names of a time when the grader knew one kind of function only: W, X, y, reg -> loss, dW.

Answer keys (former_keys.py) and verdicts (grader/gradebook/former_verdicts.py) of that time use
these names. Only these three files know them.
"""

from typing import Any, NamedTuple

INPUTS = ("W", "X", "y", "reg")
OUTPUTS = ("loss", "dW")
KNOB = "reg"
GRADIENT = {"output": "dW", "of": "loss", "by": "W"}  # the one that the check of slopes was about

FACTORS = {
    "data_loss": "loss",
    "reg_loss": "loss+reg",
    "data_gradient": "dW",
    "reg_gradient": "dW+reg",
}
# The kinds of questions that were one for each output. All others have the names they had.
CHECKS = {"loss": "value", "gradient": "value", "reg_loss": "effect", "reg_gradient": "effect"}


class Code(NamedTuple):
    """The code that a message has today, and the values that its former code stood for."""

    code: str
    values: dict[str, Any]


_LOSS, _GRADIENT = {"output": "loss"}, {"output": "dW"}
_REG_IN_LOSS, _REG_IN_GRADIENT = {"knob": KNOB, **_LOSS}, {"knob": KNOB, **_GRADIENT}
CODES: dict[str, Code] = {
    "loss_differs": Code("number_differs", _LOSS),
    "loss_not_finite": Code("number_not_finite", _LOSS),
    "gradient_differs": Code("array_differs", _GRADIENT),
    "gradient_zero": Code("array_zero", _GRADIENT),
    "gradient_not_finite": Code("array_not_finite", _GRADIENT),
    "reg_loss_missing": Code("effect_missing", _REG_IN_LOSS),
    "reg_loss_differs": Code("effect_differs", _REG_IN_LOSS),
    "reg_gradient_missing": Code("effect_missing", _REG_IN_GRADIENT),
    "reg_gradient_differs": Code("effect_differs", _REG_IN_GRADIENT),
    "reg_hidden_by_loss": Code("effect_hidden", _REG_IN_LOSS),
    "reg_hidden_by_gradient": Code("effect_hidden", _REG_IN_GRADIENT),
    "slope_differs": Code("slope_differs", GRADIENT),
    "loss_constant": Code("slope_flat", GRADIENT),
    "slope_hidden_by_loss": Code("slope_hidden", _LOSS),
    "slope_hidden_by_gradient": Code("slope_hidden", _GRADIENT),
    "losses_disagree": Code("disagrees", _LOSS),
    "gradients_disagree": Code("disagrees", _GRADIENT),
    "unstable_loss": Code("unstable", _LOSS),
    "unstable_gradient": Code("unstable", _GRADIENT),
    "loops_over_samples": Code("loops_over", {"letter": "N"}),
    "loops_over_classes": Code("loops_over", {"letter": "C"}),
    "loss_is_array": Code("output_is_array", _LOSS),
    "gradient_shape": Code("output_shape", _GRADIENT),
    "returned_one_value": Code("returned_one_value", {"expected": len(OUTPUTS)}),
    "returned_no_pair": Code("returned_no_tuple", {"expected": len(OUTPUTS)}),
    "returned_wrong_length": Code("returned_wrong_count", {"expected": len(OUTPUTS)}),
    "returned_swapped": Code("returned_swapped", {"first": "loss", "second": "dW"}),
    "slip_weights": Code("slip_input", {"input": "W"}),
}
# Code of today -> former name of a value -> its name today.
VALUES = {
    "output_is_array": {"shape": "got"},
    "returned_no_number": {"which": "output"},
    "returned_wrong_count": {"length": "got"},
}
# Former name of a pattern of faulty lines -> how it is called today, with its arguments.
LINES = {
    "hidden loop": "hidden loop",
    "maximum without axis": "maximum without axis: W, loss",
    "return in loop": "return in loop",
    "loss = in loop": "replaced in loop: loss",
    "dW = in loop": "assigned in loop: dW",
    "loss /= in loop": "divided in loop: loss",
    "dW /= in loop": "divided in loop: dW",
    "loss /= with reg": "divided with sum: reg, W, loss",
    "dW /= with reg": "divided with term: reg, W, dW",
    "log10": "call: log10, W, loss",
    "log2": "call: log2, W, loss",
    "log1p": "call: log1p, W, loss",
    "log of p + 1e-3": "call of sum: log, 1e-3, W, loss",
    "log of p + 1e-4": "call of sum: log, 1e-4, W, loss",
    "log of p + 1e-5": "call of sum: log, 1e-5, W, loss",
    "log of p + 1e-6": "call of sum: log, 1e-6, W, loss",
    "exp of minus": "call of minus: exp, W, loss, dW",
    "exp2": "call: exp2, W, loss, dW",
    "power of 10": "power: 10, W, loss, dW",
    "y - 1": "minus: 1, y, loss, dW",
    "y + 1": "plus: 1, y, loss, dW",
    "= -1 at y": "set at: -1, y, dW",
    "+= 1 at y": "added at: 1, y, dW",
    "sum of W": "call on input: sum, W, loss",
    "square of sum of W": "power of call: sum, W, loss",
    "norm": "call on input: norm, W, loss",
    "sign of W": "call on input: sign, W, dW",
    "unused product": "unused product: W, X, y",
    "unused reg term of dW": "unused term: reg, W",
    "unused reg term of loss": "unused sum: reg, W",
    "unused mean of loss": "unused quotient: loss",
    "unused mean of dW": "unused quotient: dW",
}


def call_of(function: str) -> str:
    """Return the line that calls a function."""
    return f"{', '.join(OUTPUTS)} = {function}({', '.join(INPUTS)})"


def current_code(former: str) -> str:
    """Return the code of today, with the suffix for which sentences and lines are looked up."""
    if former not in CODES:
        return former
    code, values = CODES[former]
    suffix = values.get("output") or values.get("letter") or values.get("input")
    return f"{code}.{suffix}" if suffix else code


def current_line(pattern: str) -> str | None:
    """Return what finds the faulty lines of a former pattern, or None if nothing does."""
    return LINES.get(pattern)
