"""Names how many times too large something is: by a number, or by a size of the inputs."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np

FIT_TOLERANCE = 1e-7  # relative
Sizes: TypeAlias = Mapping[str, float]  # what a multiple may be in one case: its name -> the number


def sizes_of(lengths: Mapping[str, int]) -> dict[str, float]:
    """Name the sizes of a case: "N", "1/N", "N*N", "N*C", "1/(N*C)", "N/C" and so on.

    lengths: by letter. In a name, letters that stand late in the alphabet come first: N, which
    stands first in most formulas, before all others.
    """
    letters = sorted(lengths, reverse=True)
    sizes: dict[str, float] = {}
    for letter in letters:
        length = lengths[letter]
        sizes |= {letter: length, f"1/{letter}": _divide(1, length)}
        sizes[f"{letter}*{letter}"] = length**2
    for one, other in combinations(letters, 2):
        first, second = lengths[one], lengths[other]
        sizes[f"{one}*{other}"] = first * second
        sizes[f"1/({one}*{other})"] = _divide(1, first * second)
        sizes[f"{one}/{other}"] = _divide(first, second)
        sizes[f"{other}/{one}"] = _divide(second, first)
    return sizes


def name_multiple(ratios: Sequence[float], sizes: Sequence[Sizes]) -> str | None:
    """Name the ratios of all cases: the number that all share, or the size that each of them is.

    None if they are neither.
    """
    largest = max(map(abs, ratios))
    if largest <= FIT_TOLERANCE or np.ptp(ratios) <= FIT_TOLERANCE * largest:
        return f"{ratios[0]:.4g}" if abs(ratios[0]) > FIT_TOLERANCE else "0"
    for sign in (1, -1):
        for name in sizes[0]:
            expected = [sign * of_case.get(name, math.nan) for of_case in sizes]
            if np.allclose(ratios, expected, rtol=FIT_TOLERANCE, atol=0):
                return name if sign > 0 else f"-{name}"
    return None


def _divide(one: float, other: float) -> float:
    return one / other if other else math.nan
