"""Says in numbers what is wrong with a factor that no known mistake explains.

The factor may be a multiple of the right one. A wrong dW may also be a sum of the right terms and
W, each times a number: least squares finds these numbers. They are reported if they fit, and if
each is the same number in every case or the same size of the input.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from grader.diagnosis.factors import Factor
from grader.model import FACTORS, Array, Case, Message, Signatures

FIT_TOLERANCE = 1e-7  # relative
RIGHT = "1"  # a multiple that messages would show as this is not reported
# Sizes of the input that a multiple may be, by their names in messages.
SIZES: dict[str, Callable[["Sizes"], float]] = {
    "N": lambda sizes: sizes.N,
    "1/N": lambda sizes: 1 / sizes.N,
    "N*N": lambda sizes: sizes.N**2,
    "C": lambda sizes: sizes.C,
    "1/C": lambda sizes: 1 / sizes.C,
    "N*C": lambda sizes: sizes.N * sizes.C,
    "1/(N*C)": lambda sizes: 1 / (sizes.N * sizes.C),
    "D": lambda sizes: sizes.D,
    "1/D": lambda sizes: 1 / sizes.D,
    "N/D": lambda sizes: sizes.N / sizes.D,
    "N/C": lambda sizes: sizes.N / sizes.C,
}


class Sizes(NamedTuple):
    """The sizes of an input: samples, features, classes."""

    N: int
    D: int
    C: int


@np.errstate(all="ignore")
def describe_slips(
    signatures: Signatures,
    factors: dict[str, Factor],
    unexplained: Sequence[str],
    gradients: Sequence[Array | None],
    cases: Sequence[Case],
    layout: str,
) -> tuple[Message, ...]:
    """Describe the unexplained factors, where there is anything to say.

    gradients: for each case, dW without regularization as the function returned it.
    """
    sizes = [sizes_of(case, layout) for case in cases]
    slips: list[Message] = []
    for name, table in zip(FACTORS, signatures.tables, strict=True):
        if name not in unexplained:
            continue
        times = _multiple_of(factors[name], table.numbers[0], sizes)
        if times is None and name == "data_gradient":
            slips += describe_terms(signatures, gradients, cases, sizes)
        if times is not None and times != RIGHT:
            slips.append(Message("slip_times", {"factor": name, "times": times}))
    return tuple(slips)


def sizes_of(case: Case, layout: str) -> Sizes:
    C, D = case.W.shape if layout == "CxD" else case.W.shape[::-1]
    return Sizes(len(case.y), D, C)


def describe_terms(
    signatures: Signatures,
    gradients: Sequence[Array | None],
    cases: Sequence[Case],
    sizes: Sequence[Sizes],
) -> Iterator[Message]:
    """Describe the terms of dW whose multiple is not 1, and W if it was added."""
    names = list(signatures.terms[cases[0].name])
    if not names:
        return
    fits = []
    for case, gradient in zip(cases, gradients, strict=True):
        terms = [signatures.terms[case.name][name] for name in names]
        fit = _fit([*terms, case.W], gradient)
        if fit is None:
            return
        fits.append(fit)
    times = [name_multiple([fit[k] for fit in fits], sizes) for k in range(len(names) + 1)]
    if None in times:
        return
    *of_terms, of_weights = times
    for name, multiple in zip(names, of_terms, strict=True):
        if multiple != RIGHT:
            code = "slip_no_term" if multiple == "0" else "slip_term"
            yield Message(code, {"factor": "data_gradient", "term": name, "times": str(multiple)})
    if of_weights != "0":
        yield Message("slip_weights", {"factor": "data_gradient", "times": str(of_weights)})


def name_multiple(ratios: Sequence[float], sizes: Sequence[Sizes]) -> str | None:
    """Name the ratios of all cases: the number that all share, or the size that each of them is.

    None if they are neither.
    """
    largest = max(map(abs, ratios))
    if largest <= FIT_TOLERANCE or np.ptp(ratios) <= FIT_TOLERANCE * largest:
        return f"{ratios[0]:.4g}" if abs(ratios[0]) > FIT_TOLERANCE else "0"
    for sign in (1, -1):
        for name, size in SIZES.items():
            expected = [sign * size(each) for each in sizes]
            if np.allclose(ratios, expected, rtol=FIT_TOLERANCE, atol=0):
                return name if sign > 0 else f"-{name}"
    return None


@np.errstate(all="ignore")
def _multiple_of(factor: Factor, right: Array, sizes: Sequence[Sizes]) -> str | None:
    """The factor divided by the right one, as messages show it; None if it is no multiple."""
    if not np.isfinite(factor.numbers).all() or not factor.numbers.any():
        return None
    numbers_by_case = np.split(factor.numbers, len(sizes))
    right_by_case = np.split(right, len(sizes))
    ratios = [
        float(np.dot(numbers, expected) / np.dot(expected, expected))
        for numbers, expected in zip(numbers_by_case, right_by_case, strict=True)
    ]
    width = len(right) // len(sizes)
    deviation = np.abs(factor.numbers - np.repeat(ratios, width) * right)
    if not (deviation <= FIT_TOLERANCE * factor.scales).all():
        return None
    return name_multiple(ratios, sizes)


def _fit(terms: Sequence[Array], gradient: Array | None) -> Array | None:
    """Find the multiples of the terms that add up to the gradient; None if there are none."""
    if gradient is None or not np.isfinite(gradient).all():
        return None
    columns = np.array([term.ravel() for term in terms]).T
    multiples = np.asarray(np.linalg.lstsq(columns, gradient.ravel(), rcond=None)[0])
    rest = np.linalg.norm(columns @ multiples - gradient.ravel())
    return None if rest > FIT_TOLERANCE * np.linalg.norm(gradient) else multiples
