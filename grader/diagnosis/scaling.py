"""Says in numbers what is wrong with a factor that no known mistake explains.

The factor may be a multiple of the right one. A wrong output may also be a sum of its right terms
and of inputs, each times a number: least squares finds these numbers. They are reported if they
fit, and if each is the same number in every case or the same size of the inputs.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np

from grader.checks.shapes import lengths_of
from grader.diagnosis.factors import Factor, FactorName
from grader.model import AnswerKey, Array, Case, Message, Signatures

FIT_TOLERANCE = 1e-7  # relative
RIGHT = "1"  # a multiple that messages would show as this is not reported
Sizes: TypeAlias = Mapping[str, float]  # what a multiple may be in one case: its name -> the number


@np.errstate(all="ignore")
def describe_slips(
    key: AnswerKey,
    signatures: Signatures,
    factors: Mapping[FactorName, tuple[Factor, Array]],
    cases: Sequence[Case],
    outputs: Sequence[Mapping[str, Array]],
) -> tuple[Message, ...]:
    """Describe factors that no known mistake explains, where there is anything to say.

    factors: each with the right numbers. outputs: for each case, those that the function returned
    with all knobs at rest.
    """
    if not factors:
        return ()
    sizes = [sizes_of(lengths_of(key.inputs, case.inputs)) for case in cases]
    slips: list[Message] = []
    for name, (factor, right) in factors.items():
        times = _multiple_of(factor, right, sizes)
        if times is None and name.knob is None:
            values = [of_case.get(name.output) for of_case in outputs]
            slips += describe_terms(key, signatures, name.output, cases, values, sizes)
        if times is not None and times != RIGHT:
            slips.append(_message("slip_times", name, times=times))
    return tuple(slips)


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


def describe_terms(
    key: AnswerKey,
    signatures: Signatures,
    output: str,
    cases: Sequence[Case],
    values: Sequence[Array | None],
    sizes: Sequence[Sizes],
) -> Iterator[Message]:
    """Describe the terms of an output whose multiple is not 1, and inputs that were added to it.

    values: for each case, the output as the function returned it.
    """
    terms_of_cases = [signatures.terms.get(case.name, {}).get(output, {}) for case in cases]
    terms = list(terms_of_cases[0])
    if not terms:
        return
    summands = [list(of_case.values()) for of_case in terms_of_cases]
    fits, inputs = _fit_all(summands, values), list[str]()
    if fits is None:
        inputs = _add_inputs(summands, cases, _inputs_like(key, output, cases))
        fits = _fit_all(summands, values)
    if fits is None:
        return
    times = [name_multiple(ratios, sizes) for ratios in fits.T.tolist()]
    if None in times:
        return
    name = FactorName(output)
    for term, multiple in zip(terms, times[: len(terms)], strict=True):
        if multiple != RIGHT:
            code = "slip_no_term" if multiple == "0" else "slip_term"
            yield _message(code, name, term=term, times=str(multiple))
    for added, multiple in zip(inputs, times[len(terms) :], strict=True):
        if multiple != "0":
            yield _message("slip_input", name, input=added, times=str(multiple))


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


def _message(code: str, name: FactorName, **values: str) -> Message:
    return Message(code, {"factor": str(name), "output": name.output, **values})


def _divide(one: float, other: float) -> float:
    return one / other if other else math.nan


def _inputs_like(key: AnswerKey, output: str, cases: Sequence[Case]) -> list[str]:
    """The inputs that have the output's shape in every case, so that they can be added to it.

    Knobs are 0 here, and labels are no numbers to add.
    """
    return [
        name
        for name in key.inputs
        if name not in key.knobs and all(_is_like(key, case, name, output) for case in cases)
    ]


def _is_like(key: AnswerKey, case: Case, name: str, output: str) -> bool:
    array = case.inputs.get(name)
    if array is None or array.dtype.kind != "f":
        return False
    return bool(array.shape == key.expected[case.name][output].shape)


def _multiple_of(factor: Factor, right: Array, sizes: Sequence[Sizes]) -> str | None:
    """The factor divided by the right one, as messages show it; None if it is no multiple.

    Cases without right numbers, which have no twin for the knob, are left out.
    """
    ratios, sizes_of_ratios = [], []
    for numbers, scales, expected, of_case in zip(
        factor.by_case(factor.numbers),
        factor.by_case(factor.scales),
        factor.by_case(right),
        sizes,
        strict=True,
    ):
        if np.isnan(expected).all():
            continue
        ratio = float(np.dot(numbers, expected) / np.dot(expected, expected))
        if not (np.abs(numbers - ratio * expected) <= FIT_TOLERANCE * scales).all():
            return None
        ratios.append(ratio)
        sizes_of_ratios.append(of_case)
    return name_multiple(ratios, sizes_of_ratios) if any(ratios) else None


def _add_inputs(
    summands: Sequence[list[Array]], cases: Sequence[Case], inputs: Sequence[str]
) -> list[str]:
    """Add inputs to the summands of each case, and return their names.

    One that is itself a sum of multiples of the others is left out: it could not be told apart.
    """
    added = []
    for name in inputs:
        longer = [[*terms, case.inputs[name]] for terms, case in zip(summands, cases, strict=True)]
        if all(np.linalg.matrix_rank(_columns(terms)) == len(terms) for terms in longer):
            added.append(name)
            for terms, case in zip(summands, cases, strict=True):
                terms.append(case.inputs[name])
    return added


def _columns(terms: Sequence[Array]) -> Array:
    return np.array([term.ravel() for term in terms]).T


def _fit_all(terms: Sequence[Sequence[Array]], values: Sequence[Array | None]) -> Array | None:
    """The multiples in all cases, (cases, terms); None if one case has none."""
    fits = []
    for of_case, value in zip(terms, values, strict=True):
        fit = _fit(of_case, value)
        if fit is None:
            return None
        fits.append(fit)
    return np.array(fits)


def _fit(terms: Sequence[Array], value: Array | None) -> Array | None:
    """Find the multiples of the terms that add up to the value; None if none do, or many."""
    if value is None or not np.isfinite(value).all():
        return None
    columns = _columns(terms)
    multiples, _, rank, _ = np.linalg.lstsq(columns, value.ravel(), rcond=None)
    if rank < len(terms):
        return None
    rest = np.linalg.norm(columns @ multiples - value.ravel())
    return None if rest > FIT_TOLERANCE * np.linalg.norm(value) else np.asarray(multiples)
