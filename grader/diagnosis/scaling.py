"""What can be said in numbers of a factor that no known mistake explains: how many times too large it is, or which of its terms are.

A wrong dW may still be the sum of the right terms with other factors (and of W). Least squares finds those factors; where they fit, and
are the same number in every case, or the same size of the input, they are told.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from grader.diagnosis.factors import Factor
from grader.model import FACTORS, Array, Case, Message, Signatures

FITS = 1e-7  # relative
RIGHT = "1"  # times what it should be, as messages show it: of so small a slip nothing is told
# What a factor may turn out to be, by the sizes of the input: its name, as messages show it.
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
    N: int
    D: int
    C: int


def sizes_of(case: Case, layout: str) -> Sizes:
    C, D = case.W.shape if layout == "CxD" else case.W.shape[::-1]
    return Sizes(len(case.y), D, C)


@np.errstate(all="ignore")
def slips(
    signatures: Signatures,
    seen: Sequence[Factor],
    unexplained: Sequence[int],
    gradients: Sequence[Array | None],
    cases: Sequence[Case],
    layout: str,
) -> tuple[Message, ...]:
    """seen: the factors as observed; unexplained: those to speak of; gradients: dW of each case without regularization, as returned."""
    sizes = [sizes_of(case, layout) for case in cases]
    told: list[Message] = []
    for k in unexplained:
        times = scale_of(seen[k], signatures.tables[k].numbers[0], sizes)
        if times is not None:
            told += (
                [Message("slip_times", {"factor": FACTORS[k], "times": times})]
                if times != RIGHT
                else []
            )
        elif FACTORS[k] == "data_gradient":
            told += term_slips(signatures, gradients, cases, sizes)
    return tuple(told)


@np.errstate(all="ignore")
def scale_of(factor: Factor, right: Array, sizes: Sequence[Sizes]) -> str | None:
    """How many times what is right this is; None where it is no multiple of it."""
    if not np.isfinite(factor.numbers).all() or not factor.numbers.any():
        return None
    ratios = [
        float(np.dot(one, other) / np.dot(other, other))
        for one, other in zip(by_case(factor.numbers, sizes), by_case(right, sizes), strict=True)
    ]
    width = len(right) // len(sizes)
    off = np.abs(factor.numbers - np.repeat(ratios, width) * right)
    return named(ratios, sizes) if bool((off <= FITS * factor.scales).all()) else None


def by_case(numbers: Array, sizes: Sequence[Sizes]) -> list[Array]:
    return np.split(numbers, len(sizes))


def term_slips(
    signatures: Signatures,
    gradients: Sequence[Array | None],
    cases: Sequence[Case],
    sizes: Sequence[Sizes],
) -> Iterator[Message]:
    """The terms whose factor is not 1, and W where it was added."""
    names = list(signatures.terms[cases[0].name])
    if not names or any(
        gradient is None or not np.isfinite(gradient).all() for gradient in gradients
    ):
        return
    fitted = []
    for case, gradient in zip(cases, gradients, strict=True):
        assert gradient is not None
        columns = np.array(
            [*(signatures.terms[case.name][name].ravel() for name in names), case.W.ravel()]
        ).T
        solution, *_ = np.linalg.lstsq(columns, gradient.ravel(), rcond=None)
        if np.linalg.norm(columns @ solution - gradient.ravel()) > FITS * np.linalg.norm(gradient):
            return
        fitted.append(solution)
    times = [
        named([solution[column] for solution in fitted], sizes) for column in range(len(names) + 1)
    ]
    if None in times:
        return
    *of_terms, of_weights = times
    for name, factor in zip(names, of_terms, strict=True):
        if factor != RIGHT:
            code = "slip_no_term" if factor == "0" else "slip_term"
            yield Message(code, {"factor": "data_gradient", "term": name, "times": str(factor)})
    if of_weights != "0":
        yield Message("slip_weights", {"factor": "data_gradient", "times": str(of_weights)})


def named(ratios: Sequence[float], sizes: Sequence[Sizes]) -> str | None:
    """One number for all cases, or the size of the input that it is in each; None where it is neither."""
    if np.ptp(ratios) <= FITS * max(map(abs, ratios)) or max(map(abs, ratios)) <= FITS:
        return f"{ratios[0]:.4g}" if abs(ratios[0]) > FITS else "0"
    for sign in (1, -1):
        for name, size in SIZES.items():
            if np.allclose(ratios, [sign * size(each) for each in sizes], rtol=FITS, atol=0):
                return name if sign > 0 else f"-{name}"
    return None
