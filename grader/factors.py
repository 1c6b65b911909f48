"""A function's outputs as four factors, and each factor as a few numbers per case: how a mistake is recognized.

Without regularization and with it, on the same input, a function gives two losses and two gradients. They are split into what is there
without regularization and what reg adds. A gradient is told by its slopes along the key's directions: two mistakes that differ anywhere
differ there.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from grader.model import FACTORS, Array

DIRECTIONS = 2  # of the key's: along one alone, gradients that differ would be taken for equal if the difference is at right angles to it
REST = 0.01  # of the whole output: the share at which the rounding of a difference is judged, beside the difference itself


class Answer(NamedTuple):
    """A loss and a gradient, each None where there is none."""

    loss: float | None
    gradient: Array | None


class Factor(NamedTuple):
    """numbers: of all cases together, nan where a case gives none. scales: what an error in each is to be compared with. given: which
    cases give numbers, one bit each."""

    numbers: Array
    scales: Array
    given: int


Part = tuple[Sequence[float], float] | None  # of one case: its numbers and their scale


@np.errstate(all="ignore")
def factors(pairs: Sequence[tuple[Answer, Answer]], directions: Sequence[Array]) -> tuple[Factor, ...]:
    """In the order of FACTORS. pairs: for each case the answers without and with regularization; directions: for each case (directions,
    *shape of W)."""
    parts: dict[str, list[Part]] = {name: [] for name in FACTORS}
    for (plain, with_reg), drawn in zip(pairs, directions, strict=True):
        parts["data_loss"].append(loss_part(plain.loss))
        parts["reg_loss"].append(loss_part(with_reg.loss, plain.loss) if plain.loss is not None else None)
        parts["data_gradient"].append(gradient_part(drawn, plain.gradient))
        parts["reg_gradient"].append(gradient_part(drawn, with_reg.gradient, plain.gradient) if plain.gradient is not None else None)
    return tuple(joined(parts[name], DIRECTIONS if "gradient" in name else 1) for name in FACTORS)


def loss_part(loss: float | None, without: float | None = None) -> Part:
    if loss is None:
        return None
    if without is None:
        return (loss,), abs(loss)
    return (loss - without,), abs(loss - without) + REST * max(abs(loss), abs(without))


def gradient_part(directions: Array, gradient: Array | None, without: Array | None = None) -> Part:
    """The scale is that of a change in the gradient's direction: its length times the direction's."""
    if gradient is None:
        return None
    moved = gradient if without is None else gradient - without
    size = float(np.linalg.norm(moved)) + (0 if without is None else REST * float(np.linalg.norm(without)))
    used = directions[:DIRECTIONS].reshape(DIRECTIONS, -1)
    return (used @ moved.ravel()).tolist(), size * float(np.linalg.norm(used)) / DIRECTIONS**0.5


def joined(parts: Sequence[Part], width: int) -> Factor:
    numbers = [number for part in parts for number in (part[0] if part else [np.nan] * width)]
    scales = [part[1] if part else np.nan for part in parts for _ in range(width)]
    return Factor(np.array(numbers), np.array(scales), sum(1 << i for i, part in enumerate(parts) if part))
