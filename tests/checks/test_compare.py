"""In which precision numbers were computed, as their digits show."""

import numpy as np
import pytest

from grader.checks.compare import is_half, is_single

THIRDS = np.arange(1, 7).reshape(2, 3) / 3


@pytest.mark.parametrize("shape", [(), (1,), (6,), (2, 3), (1, 2, 3)])
def test_rounded_numbers_are_recognized(shape: tuple[int, ...]) -> None:
    exact = THIRDS.ravel()[: int(np.prod(shape))].reshape(shape)
    as_float32 = exact.astype(np.float32).astype(float)
    as_float16 = exact.astype(np.float16).astype(float)
    assert (is_single(exact), is_half(exact)) == (False, False)
    assert (is_single(as_float32), is_half(as_float32)) == (True, False)
    assert (is_single(as_float16), is_half(as_float16)) == (True, True)


@pytest.mark.parametrize("place", range(6))
def test_one_number_with_more_digits_is_enough(place: int) -> None:
    values = THIRDS.astype(np.float16).astype(float)
    values.flat[place] = 0.1
    assert (is_single(values), is_half(values)) == (False, False)


@pytest.mark.parametrize(
    ("number", "single", "half"),
    [(1e300, False, False), (1e30, False, False), (2.0**20, True, False)],
)
@pytest.mark.parametrize("place", [0, 5])
def test_a_number_that_is_too_large_does_not_fit(
    number: float, single: bool, half: bool, place: int
) -> None:
    values = THIRDS.astype(np.float16).astype(float)
    values.flat[place] = number
    assert (is_single(values), is_half(values)) == (single, half)


def test_nothing_is_of_any_precision() -> None:
    assert is_single(np.empty((0, 3)))
    assert is_half(np.empty((0, 3)))
