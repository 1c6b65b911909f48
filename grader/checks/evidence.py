"""The evidence that a wrong loss or dW leaves in a verdict."""

import numpy as np

from grader.checks.compare import TINY, difference, gradient_error, loss_error
from grader.model import Array, Case, Tolerances
from grader.verdict import (
    GradientEvidence,
    LossEvidence,
    WorstEntry,
    as_case_input,
    as_matrix,
    as_number,
)


def loss_evidence(case: Case, got: float, expected: float, by_reg: bool = False) -> LossEvidence:
    """Record a wrong loss. by_reg: the values are the change that reg makes."""
    return LossEvidence(
        case=case.name,
        asked=as_case_input(case),
        expected=as_number(expected),
        got=as_number(got),
        error=as_number(loss_error(got, expected)),
        difference=by_reg,
    )


def gradient_evidence(
    case: Case, got: Array, expected: Array, tolerances: Tolerances, by_reg: bool = False
) -> GradientEvidence:
    """Record a wrong dW. by_reg: the values are the change that reg makes."""
    deviation = np.abs(difference(got, expected))
    deviation = np.where(np.isnan(deviation), np.inf, deviation)
    worst_index = np.unravel_index(int(np.argmax(deviation)), deviation.shape)
    row, column = (int(index) for index in worst_index)
    worst = WorstEntry(row, column, as_number(expected[row, column]), as_number(got[row, column]))
    limit = tolerances.gradient * max(float(np.abs(expected).max()), TINY)
    return GradientEvidence(
        case=case.name,
        asked=as_case_input(case),
        expected=as_matrix(expected),
        got=as_matrix(got),
        error=as_number(gradient_error(got, expected)),
        worst=worst,
        wrong_entries=int(np.sum(deviation > limit)),
        entries=got.size,
        difference=by_reg,
    )
