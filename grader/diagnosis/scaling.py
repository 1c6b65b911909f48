"""Says in numbers what is wrong with a factor that no known mistake explains.

The factor may be a multiple of the right one. A wrong output may also be a sum of terms that the
assignment names, and of inputs, each times a number: least squares finds these numbers. They are
reported if they fit, and if each is the same number in every case or the same size of the inputs.
Else a simple formula may give it (addends.py).
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from grader.checks.shapes import lengths_of
from grader.diagnosis.addends import FactorOnCase, describe_addend
from grader.diagnosis.factors import Factor, FactorName, Observation
from grader.diagnosis.multiples import FIT_TOLERANCE, Sizes, name_multiple, sizes_of
from grader.model import AnswerKey, Array, Case, Message, Signatures, Values, twin_of

RIGHT = "1"  # a multiple that messages would show as this is not reported


@np.errstate(all="ignore")
def describe_slips(
    key: AnswerKey,
    signatures: Signatures,
    factors: Mapping[FactorName, tuple[Factor, Array]],
    cases: Sequence[Case],
    observations: Sequence[Observation],
) -> tuple[Message, ...]:
    """Describe factors that no known mistake explains, where there is anything to say.

    factors: each with the right numbers. observations: for each case, what the function returned.
    """
    if not factors:
        return ()
    sizes = [sizes_of(lengths_of(key.inputs, case.inputs)) for case in cases]
    slips: list[Message] = []
    for name, (factor, right) in factors.items():
        times = _multiple_of(factor, right, sizes)
        if times is None:
            slips += _describe_make_up(key, signatures, name, cases, observations, sizes)
        elif times != RIGHT:
            slips.append(_message("slip_times", name, times=times))
    return tuple(slips)


def _describe_make_up(
    key: AnswerKey,
    signatures: Signatures,
    name: FactorName,
    cases: Sequence[Case],
    observations: Sequence[Observation],
    sizes: Sequence[Sizes],
) -> list[Message]:
    """Describe what a factor is made of, from its terms or by a formula."""
    values = [each.rest.get(name.output) for each in observations]
    slips: list[Message] = []
    if name.knob is None:
        slips = list(describe_terms(key, signatures, name.output, cases, values, sizes))
    if not slips:
        in_full = [
            _factor_on(key, name, case, each)
            for case, each in zip(cases, observations, strict=True)
        ]
        there = [each for each in in_full if each is not None]
        of_there = [of for of, each in zip(sizes, in_full, strict=True) if each is not None]
        if there and len(there) == len(_cases_with(key, name, cases)):
            slips = list(describe_addend(name, there, of_there))
    if not slips and name.knob is None:
        slips = list(_describe_constant(name.output, values))
    return slips


def _cases_with(key: AnswerKey, name: FactorName, cases: Sequence[Case]) -> list[Case]:
    """The cases in which the factor has right numbers: for a knob, those that have a twin."""
    if name.knob is None:
        return list(cases)
    return [case for case in cases if twin_of(case.name, name.knob) in key.cases]


def _factor_on(
    key: AnswerKey, name: FactorName, case: Case, observation: Observation
) -> FactorOnCase | None:
    """A factor on a case; None if the function or the key does not give it."""
    got = _outputs_of_factor(name.knob, observation.rest, observation.turned_up)
    twins, knob = {}, None
    if name.knob is not None:
        twin = twin_of(case.name, name.knob)
        if twin not in key.cases:
            return None
        twins = {name.knob: key.expected[twin]}
        knob = float(key.cases[twin].inputs[name.knob])
    right = _outputs_of_factor(name.knob, key.expected[case.name], twins)
    if name.output not in got or name.output not in right:
        return None
    inputs = {each: array for each, array in case.inputs.items() if each not in key.knobs}
    others = {each: got[each] for each in got if each != name.output and not got[each].ndim}
    return FactorOnCase(got[name.output], right[name.output], inputs, knob, others)


def _outputs_of_factor(
    knob: str | None, rest: Values, turned_up: Mapping[str, Values]
) -> dict[str, Array]:
    """The outputs at rest, or what a knob adds to each."""
    if knob is None:
        return dict(rest)
    twin = turned_up.get(knob, {})
    return {each: twin[each] - rest[each] for each in rest.keys() & twin.keys()}


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
    in_right = _terms_of_right(key, output, cases, summands, len(terms))
    for term, multiple, belongs in zip(terms, times[: len(terms)], in_right, strict=True):
        if not belongs and multiple != "0":
            yield _message("slip_other_term", name, term=term, times=str(multiple))
        if belongs and multiple != RIGHT:
            code = "slip_no_term" if multiple == "0" else "slip_term"
            yield _message(code, name, term=term, times=str(multiple))
    for added, multiple in zip(inputs, times[len(terms) :], strict=True):
        if multiple != "0":
            yield _message("slip_input", name, input=added, times=str(multiple))


def _terms_of_right(
    key: AnswerKey,
    output: str,
    cases: Sequence[Case],
    summands: Sequence[Sequence[Array]],
    count: int,
) -> list[bool]:
    """For each of the first `count` summands: is it one of those that the right output is made of?

    The others are what wrong work is made of.
    """
    right = _fit_all(summands, [key.expected[case.name][output] for case in cases])
    if right is None:
        return [True] * count
    return [bool(multiples.any()) for multiples in np.abs(right.T[:count]) > FIT_TOLERANCE]


def _describe_constant(output: str, values: Sequence[Array | None]) -> Iterator[Message]:
    """Say that an array holds the same number everywhere, and not 0, in every case."""
    if all(
        value is not None and value.size > 1 and value.flat[0] and (value == value.flat[0]).all()
        for value in values
    ):
        yield _message("slip_constant", FactorName(output))


def _message(code: str, name: FactorName, **values: str) -> Message:
    return Message(code, {"factor": str(name), "output": name.output, **values})


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
