"""Whether two solutions give the same numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np

# Relative difference of numbers that count as the same. It is ten times below the tolerances of an
# assignment, and far above rounding.
SAME = 1e-7
TINY = 1e-12  # what is smaller counts as zero


def are_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Compare outputs by name. None stands for an output that could not be computed."""
    return all(is_same(value, other[output]) for output, value in one.items())


@np.errstate(all="ignore")
def is_same(one: Any, other: Any) -> bool:
    """Are they within SAME, and missing or not finite in the same places?"""
    if one is None or other is None:
        return one is other
    try:
        first, second = np.asarray(one, float), np.asarray(other, float)
    except (TypeError, ValueError):
        return False
    if first.shape != second.shape:
        return False
    finite = np.isfinite(first)
    if not np.array_equal(first[~finite], second[~finite], equal_nan=True):
        return False
    if not np.isfinite(second[finite]).all():
        return False
    scale = max(np.linalg.norm(first[finite]), np.linalg.norm(second[finite]))
    return bool(np.linalg.norm(first[finite] - second[finite]) <= SAME * scale + TINY)
