"""The evidence that a wrong output leaves in a verdict."""

import numpy as np

from grader.checks.compare import TINY, difference, relative_error
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import Array, Case, Tolerances
from grader.verdict import ValueEvidence, WorstEntry, as_inputs, as_number, as_numbers


def value_evidence(
    function: FunctionUnderTest,
    case: Case,
    output: str,
    got: Array,
    expected: Array,
    tolerances: Tolerances,
    *,
    knob: str | None = None,
    other: str | None = None,
) -> ValueEvidence:
    """Record a wrong output.

    knob: the values are the change that this knob makes. other: name of the function that gave
    `expected`.
    """
    deviation = np.abs(difference(got, expected))
    deviation = np.where(np.isnan(deviation), np.inf, deviation)
    at = np.unravel_index(int(np.argmax(deviation)), deviation.shape)
    limit = tolerances.of(output) * max(float(np.abs(expected).max()), TINY)
    return ValueEvidence(
        output=output,
        case=case.name,
        asked=as_inputs(case, function.definition.inputs),
        expected=as_numbers(expected),
        got=as_numbers(got),
        error=as_number(relative_error(got, expected)),
        worst=WorstEntry(
            index=tuple(int(index) for index in at),
            expected=as_number(expected[at]),
            got=as_number(got[at]),
        ),
        # At least the worst one: errors of many entries may add up where each alone would do.
        wrong_entries=max(int(np.sum(deviation > limit)), 1),
        entries=got.size,
        knob=knob,
        other=other,
    )
