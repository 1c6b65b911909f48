"""Says what a wrong factor is, or has in it beside the right one, as a formula of the inputs.

A few simple formulas are tried: the squares of W added up, W itself, a plain number. One is
reported if it fits every case exactly, times the same number in all of them or a size of theirs,
and times the knob that is turned up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from grader.diagnosis.factors import FactorName
from grader.diagnosis.multiples import FIT_TOLERANCE, Sizes, name_multiple
from grader.model import Array, Message, Values

# What a number may be made of an input, and what an array of the input's shape may be.
SUMS: dict[str, Callable[[Array], Array]] = {
    "sum({0} * {0})": lambda array: np.sum(array * array),
    "sum({0})": np.sum,
    "sum(abs({0}))": lambda array: np.sum(np.abs(array)),
    "sum({0} * {0} * {0})": lambda array: np.sum(array**3),
    "max({0})": np.max,
    "max({0} * {0})": lambda array: np.max(array * array),
    "{0}.size": lambda array: np.asarray(float(array.size)),
    "1 / sum({0} * {0})": lambda array: 1 / np.sum(array * array),
}
ENTRIES: dict[str, Callable[[Array], Array]] = {
    "{0}": lambda array: array,
    "{0} * {0}": lambda array: array * array,
    "abs({0})": np.abs,
    "1 / {0}": lambda array: 1 / array,
}
NUMBER = "1"  # the formula that no input is in


class FactorOnCase(NamedTuple):
    """A factor of a function on one case, in full."""

    got: Array  # the output at rest, or what the knob adds to it
    right: Array
    inputs: Values  # without knobs
    knob: float | None  # its value where it is turned up
    others: Mapping[str, Array]  # the same of the function's other outputs that are numbers


@np.errstate(all="ignore")
def describe_addend(
    name: FactorName, cases: Sequence[FactorOnCase], sizes: Sequence[Sizes]
) -> Iterator[Message]:
    """Describe what the factor is, or else what it has in it. At most one message.

    sizes: of each case.
    """
    formulas = [_formulas_of(each) for each in cases]
    known = [text for text in formulas[0] if all(text in each for each in formulas)]
    for is_whole in (True, False):
        targets = [each.got if is_whole else each.got - each.right for each in cases]
        for text in known:
            ratios = _ratios(targets, [each[text] for each in formulas])
            if ratios is None:
                continue
            times, power = _name_with_knob(ratios, cases[0].knob, sizes)
            if times not in (None, "0"):
                yield _message(name, cases[0], is_whole, text, times, power)
                return


def _formulas_of(case: FactorOnCase) -> dict[str, Array]:
    """The formulas that may give such a factor, with their values: text -> array or number."""
    formulas: dict[str, Array] = {}
    for name, array in case.inputs.items():
        if not array.ndim or array.dtype.kind not in "if":
            continue
        if not case.got.ndim:
            table = SUMS
        elif array.shape == case.got.shape:
            table = ENTRIES
        else:
            continue
        numbers = array.astype(float)
        formulas |= {text.format(name): np.asarray(of(numbers)) for text, of in table.items()}
    formulas[NUMBER] = np.asarray(1.0)
    if case.got.ndim:
        formulas |= case.others
    return formulas


def _ratios(targets: Sequence[Array], values: Sequence[Array]) -> list[float] | None:
    """How many times the formula the target is, case by case; None if it is no multiple of it."""
    ratios = []
    for target, value in zip(targets, values, strict=True):
        flat = np.broadcast_to(value, target.shape).ravel()
        ratio = float(np.dot(flat, target.ravel()) / np.dot(flat, flat))
        rest = np.linalg.norm(target.ravel() - ratio * flat)
        if not np.isfinite(ratio) or rest > FIT_TOLERANCE * np.linalg.norm(target):
            return None
        ratios.append(ratio)
    return ratios


def _name_with_knob(
    ratios: Sequence[float], knob: float | None, sizes: Sequence[Sizes]
) -> tuple[str | None, int]:
    """Name the ratios as a number or size times a power of the knob: the one that reads best."""
    if knob is None:
        return name_multiple(ratios, sizes), 0
    names = {
        power: name_multiple([ratio / knob**power for ratio in ratios], sizes)
        for power in (1, 2, 3, 0)
    }
    # 2 reads better than 0.3638.
    power = min(names, key=lambda each: (names[each] is None, len(names[each] or "")))
    return names[power], power


def _message(
    name: FactorName, case: FactorOnCase, is_whole: bool, text: str, times: str, power: int
) -> Message:
    values: dict[str, float | int | str] = {
        "factor": str(name),
        "output": name.output,
        "times": times,
    }
    if text == NUMBER and not power:
        code = "slip_is_number" if is_whole else "slip_number"
        code = f"{code}_in_entries" if case.got.ndim else code
    elif text in case.others:
        code, values["input"] = "slip_entries", text
    else:
        code = "slip_is" if is_whole else "slip_input"
        if case.got.ndim and text == NUMBER:
            code = "slip_are_entries" if is_whole else "slip_entries"
        values["input"] = _product([str(name.knob)] * power, text)
    return Message(code, values)


def _product(knobs: Sequence[str], text: str) -> str:
    """reg * reg, reg * sum(W), reg / sum(W * W)."""
    if text == NUMBER:
        return " * ".join(knobs)
    if knobs and text.startswith("1 / "):
        return " * ".join(knobs) + text.removeprefix("1")
    return " * ".join([*knobs, text])
