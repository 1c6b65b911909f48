"""Comparing numbers: errors, tolerances and the evidence they leave."""

import math
from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct

from grader.checks.function_under_test import FunctionUnderTest
from grader.model import Array, Case, LossAndGradient, Message, Tolerances
from grader.verdict import GradientEvidence, LossEvidence, WorstEntry, case_input, matrix, number

HALF = 1e-2  # the error of right work in float16: its rounding is 5e-4, and sums add it up
TINY = 1e-12  # below this a gradient counts as zero, and the error is absolute


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a question's settings tell its check. A key is refused where a case is missing that a question will ask for."""

    def cases_asked(self) -> tuple[str, ...]:
        raise NotImplementedError

    def needs_directions(self) -> bool:
        return False

    def needs_whole_numbers(self) -> bool:
        return False

    def functions_asked(self) -> dict[str, str]:
        """Key of the setting -> the short name of another function that it names."""
        return {}

    def questions_asked(self) -> dict[str, str]:
        """Key of the setting -> the earlier question that it names."""
        return {}


class CasesSettings(Settings, frozen=True):
    """cases: names of the inputs to ask."""

    cases: Annotated[tuple[str, ...], Meta(min_length=1)]

    def cases_asked(self) -> tuple[str, ...]:
        return self.cases


def loss_error(got: float, expected: float) -> float:
    """|got - expected| / |expected|; infinite where got is not finite, so that no comparison with nan can pass."""
    if not math.isfinite(got):
        return math.inf
    return abs(got - expected) / max(abs(expected), TINY)


@np.errstate(all="ignore")
def gradient_error(got: Array, expected: Array) -> float:
    """||got - expected|| / ||expected|| over the whole array; infinite where any entry of got is not finite."""
    if not np.isfinite(got).all():
        return math.inf
    error = float(
        np.linalg.norm(difference(got, expected)) / max(float(np.linalg.norm(expected)), TINY)
    )
    return error if math.isfinite(error) else math.inf


@np.errstate(all="ignore")
def difference(one: Array, other: Array) -> Array:
    """one - other, where a student's numbers may be anything."""
    return one - other


def is_single(values: Array | float) -> bool:
    """Did these numbers come from float32? True if every one of them is a float32 exactly. (Rounding of float64 work never is.)"""
    return fit_in(np.float32, values)


def is_half(values: Array | float) -> bool:
    """The same for float16. What is float16 is float32 as well."""
    return fit_in(np.float16, values)


def fit_in(kind: type[np.floating[Any]], values: Array | float) -> bool:
    array = np.asarray(values)
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.array_equal(array.astype(kind), array))


def unless_half(message: Message, error: float, *values: Array | float) -> Message:
    """message: of a wrong answer; values: the answer. Right but for the few digits of float16, it is told as that."""
    return Message("half_precision") if error <= HALF and all(map(is_half, values)) else message


def loss_passes(tolerances: Tolerances, error: float, *losses: float) -> bool:
    """losses: those that a submission computed. If one of them is float32's, its rounding is forgiven."""
    return error <= tolerances.loss or (
        error <= tolerances.single_precision and any(map(is_single, losses))
    )


def gradient_passes(tolerances: Tolerances, error: float, *gradients: Array) -> bool:
    return error <= tolerances.gradient or (
        error <= tolerances.single_precision and any(map(is_single, gradients))
    )


def loss_evidence(case: Case, got: float, expected: float, by_reg: bool = False) -> LossEvidence:
    return LossEvidence(
        case.name,
        case_input(case),
        number(expected),
        number(got),
        number(loss_error(got, expected)),
        by_reg,
    )


def gradient_evidence(
    case: Case, got: Array, expected: Array, tolerances: Tolerances, by_reg: bool = False
) -> GradientEvidence:
    off = np.abs(difference(got, expected))
    off = np.where(np.isnan(off), np.inf, off)
    row, column = (int(index) for index in np.unravel_index(int(np.argmax(off)), off.shape))
    worst = WorstEntry(row, column, number(expected[row, column]), number(got[row, column]))
    wrong = int(np.sum(off > tolerances.gradient * max(float(np.abs(expected).max()), TINY)))
    error = number(gradient_error(got, expected))
    return GradientEvidence(
        case.name,
        case_input(case),
        matrix(expected),
        matrix(got),
        error,
        worst,
        wrong,
        got.size,
        by_reg,
    )


def is_answer_to_another(bench: FunctionUnderTest, case: Case, output: LossAndGradient) -> bool:
    """Has the submission given exactly this answer to another input? Then it has kept it from that call."""
    benches = {id(each): each for each in (bench, *bench.others.values())}.values()
    same_case = [each.remembered.get(case.name) for each in benches if each is not bench]
    if any(isinstance(other, LossAndGradient) and same(other, output) for other in same_case):
        return False  # another function gives the same for this very input: one calls the other, or they share a mistake
    earlier = [item for each in benches for item in each.remembered.items()]
    return any(
        name != case.name and isinstance(other, LossAndGradient) and same(other, output)
        for name, other in earlier
    )


def same(one: LossAndGradient, other: LossAndGradient) -> bool:
    return one.loss_or_fault == other.loss_or_fault and np.array_equal(
        one.gradient_or_fault, other.gradient_or_fault
    )  # type: ignore[arg-type]
