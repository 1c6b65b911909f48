"""Names the bug from the numbers alone: the smallest set of known mistakes that explains every wrong factor of a function's outputs.

Each factor (see grader/factors.py) is looked up in the key's tables: it may fit what is right, one known mistake, or two. An explanation
of the whole is a set of mistakes such that in every factor exactly those of them that move it are among what fits. The smallest sets
win; where several are left they are told as a tie. A factor that nothing fits is unknown, and no mistake that moves it is then named.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
from msgspec.structs import replace

from grader.checks.compare import HALF, is_half, is_single
from grader.checks.function_under_test import FunctionUnderTest
from grader.diagnosis.factors import Answer, Factor, factors
from grader.diagnosis.scaling import slips
from grader.model import FACTORS, AnswerKey, Array, Case, FactorTable, Signatures, SubmissionError
from grader.verdict import Diagnosis, Finding, Status

MATCH_TOLERANCE = 1e-7  # relative: the mildest of two mistakes that can be told apart are 1e-5 apart, and rounding stays below 1e-12
ZERO = 1e-7  # of what is right
MAX_MATCHES = 40  # explanations of one factor that are looked at, and mistakes in all that an explanation may have
MAX_CAUSES = 4
# The kind of a question -> the factors that decide it. Not among them: `stable`, which is asked of what is right on ordinary inputs and so
# never fails because of them, and `faster`.
ABOUT = {
    "loss": {"data_loss"},
    "gradient": {"data_gradient"},
    "reg_loss": {"reg_loss"},
    "reg_gradient": {"reg_gradient"},
    "slope": {"data_loss", "data_gradient"},
    "agrees": set(FACTORS),
}
Mistakes: TypeAlias = frozenset[int]  # indices of Signatures.names


class Explained(NamedTuple):
    """causes: smallest sets of mistakes, all of one size; unexplained: indices of factors."""

    causes: tuple[Mistakes, ...]
    unexplained: tuple[int, ...]


def diagnose(
    key: AnswerKey, benches: Mapping[str, FunctionUnderTest], findings: Mapping[str, Finding]
) -> dict[str, Diagnosis]:
    """For every function by its name. Asks nothing that has not been asked: outputs are remembered. Empty where a key names no mistakes."""
    if key.signatures is None:
        return {}
    told: dict[str, Diagnosis] = {}
    for name, bench in benches.items():
        own = [finding for finding in findings.values() if finding.function == name]
        diagnosis = diagnosis_of(key, key.signatures, bench, own)
        is_known = any(
            diagnosis.causes and earlier.causes == diagnosis.causes for earlier in told.values()
        )
        told[name] = replace(diagnosis, own=not is_known)
    return {
        name: replace(each, questions=each.questions + follow_ups(name, told, findings))
        for name, each in told.items()
    }


def follow_ups(
    name: str, told: Mapping[str, Diagnosis], findings: Mapping[str, Finding]
) -> tuple[str, ...]:
    """Questions of functions that are right, not passed because they were compared with this one, which is not."""
    if not told[name].causes:
        return ()
    others = [
        finding
        for finding in findings.values()
        if finding.check == "agrees" and finding.function != name
    ]
    return tuple(
        each.question
        for each in others
        if each.outcome == "failed" and is_right(told[each.function])
    )


def is_right(diagnosis: Diagnosis) -> bool:
    return diagnosis.status == "none" and not diagnosis.unobserved


def diagnosis_of(
    key: AnswerKey, signatures: Signatures, bench: FunctionUnderTest, findings: Sequence[Finding]
) -> Diagnosis:
    if bench.obstacle is not None:
        return Diagnosis("none", unobserved=FACTORS)
    cases = [(key.cases[name], key.cases[f"{name}_reg"]) for name in signatures.cases]
    pairs = [(answer(bench, plain), answer(bench, with_reg)) for plain, with_reg in cases]
    seen = factors(pairs, [key.directions[plain.name] for plain, _ in cases])
    answers = [each for pair in pairs for each in pair]
    fits = (
        key.tolerances.single_precision
        if any(has_low_precision(each, is_single) for each in answers)
        else MATCH_TOLERANCE
    )
    half = any(has_low_precision(each, is_half) for each in answers)
    right = [HALF if half else max(fits, tolerance(key, k)) for k in range(len(FACTORS))]
    if all(
        is_seen(factor) and is_near(table, factor, near)
        for table, factor, near in zip(signatures.tables, seen, right, strict=True)
    ):
        return Diagnosis("none")  # as most functions are, before anything is searched
    fitting = [
        matching_sets(table, factor, fits, near) if is_seen(factor) else None
        for table, factor, near in zip(signatures.tables, seen, right, strict=True)
    ]
    explained = explain(fitting, signatures.moves.tolist())
    causes = tuple(
        tuple(signatures.names[index] for index in sorted(each))
        for each in explained.causes
        if each
    )
    unobserved = tuple(name for name, sets in zip(FACTORS, fitting, strict=True) if sets is None)
    unexplained = tuple(FACTORS[k] for k in explained.unexplained)
    gradients = [plain.gradient for plain, _ in pairs]
    said = slips(
        signatures,
        seen,
        explained.unexplained,
        gradients,
        [plain for plain, _ in cases],
        key.conventions["layout"],
    )
    dark = {*unexplained, *unobserved}
    explains = {}
    for index in sorted(frozenset[int]().union(*explained.causes)):
        moved = {FACTORS[k] for k in range(len(FACTORS)) if signatures.moves[index] >> k & 1}
        explains[signatures.names[index]] = questions_due_to(moved, dark, findings)
    due = {question for questions in explains.values() for question in questions}
    return Diagnosis(
        status_of(causes, unexplained),
        causes,
        unexplained,
        unobserved,
        tuple(finding.question for finding in findings if finding.question in due),
        said,
        explains=explains,
    )


def status_of(causes: tuple[tuple[str, ...], ...], unexplained: tuple[str, ...]) -> Status:
    if unexplained:
        return "partial" if causes else "unknown"
    return "none" if not causes else "exact" if len(causes) == 1 else "tie"


def answer(bench: FunctionUnderTest, case: Case) -> Answer:
    """Each half that the function gave."""
    try:
        output = bench.output(case)
    except SubmissionError:
        return Answer(None, None)
    loss = output.loss_or_fault if not isinstance(output.loss_or_fault, SubmissionError) else None
    gradient = (
        output.gradient_or_fault
        if not isinstance(output.gradient_or_fault, SubmissionError)
        else None
    )
    return Answer(loss, gradient)


def is_seen(factor: Factor) -> bool:
    """What is nowhere a finite number looks like any mistake that gives such numbers, and so like none."""
    return bool(factor.given) and bool(np.isfinite(factor.numbers).any())


def tolerance(key: AnswerKey, k: int) -> float:
    return key.tolerances.gradient if FACTORS[k].endswith("gradient") else key.tolerances.loss


def has_low_precision(answer: Answer, is_kind: Callable[[Array | float], bool]) -> bool:
    """Is one half of it of this precision, and not only because it is zero or whole?"""
    if (
        answer.gradient is not None
        and not np.array_equal(answer.gradient, np.rint(answer.gradient))
        and is_kind(answer.gradient)
    ):
        return True
    return answer.loss is not None and not float(answer.loss).is_integer() and is_kind(answer.loss)


def scales_of(table: FactorTable, factor: Factor) -> Array:
    """What errors are measured by. What is zero but for rounding is measured by what is right."""
    scales = np.maximum(factor.scales, ZERO * np.nanmax(np.abs(table.numbers[0]), initial=0.0))
    return np.where(scales > 0, scales, 1.0)


@np.errstate(all="ignore")
def is_near(table: FactorTable, factor: Factor, right: float) -> bool:
    """Is it right? Row 0 of a table is what is right. right: a relative error."""
    apart = np.abs(table.numbers[0] - factor.numbers) / scales_of(table, factor)
    return bool((apart <= right).all())  # where a case gives nothing, nan is not near


@np.errstate(all="ignore")
def matching_sets(
    table: FactorTable, factor: Factor, fits: float, right: float
) -> tuple[Mistakes, ...]:
    """The sets of at most two mistakes that fit, none if it is right, and few before many, as in the table. fits and right: relative
    errors; what has so few digits that it is only near is right, and of no mistake."""
    scales = scales_of(table, factor)
    rows = np.flatnonzero(table.given == factor.given)
    for column, seen in enumerate(
        factor.numbers
    ):  # one by one: the first leaves few rows to compare the others with
        numbers = table.numbers[rows, column]
        rows = rows[
            (np.abs(numbers - seen) / scales[column] <= fits)
            | (numbers == seen)
            | (np.isnan(numbers) & np.isnan(seen))
        ]
    found = [frozenset(int(member) for member in table.members[row] if member >= 0) for row in rows]
    return tuple(
        dict.fromkeys([*([frozenset[int]()] if is_near(table, factor, right) else []), *found])
    )[:MAX_MATCHES]


def explain(fitting: Sequence[tuple[Mistakes, ...] | None], moves: Sequence[int]) -> Explained:
    """fitting: for each factor the sets that fit; None where it was not observed. Gives up as few factors as can be."""
    wrong = [k for k, sets in enumerate(fitting) if sets is not None and frozenset() not in sets]
    lost = {k for k in wrong if not fitting[k]}
    others = [k for k in wrong if k not in lost]
    for count in range(len(others) + 1):
        for given_up in combinations(others, count):
            unexplained = tuple(sorted(lost | set(given_up)))
            causes = minimal_explanations(fitting, unexplained, moves)
            if causes:
                return Explained(causes, unexplained)
    return Explained((), tuple(wrong))


def minimal_explanations(
    fitting: Sequence[tuple[Mistakes, ...] | None],
    unexplained: tuple[int, ...],
    moves: Sequence[int],
) -> tuple[Mistakes, ...]:
    """Factor by factor: what is not consistent with those before it is dropped at once, lest many ties multiply."""
    explained = {
        k: sets for k, sets in enumerate(fitting) if sets is not None and k not in unexplained
    }
    for size in range(MAX_CAUSES + 1):
        unions = {frozenset[int]()}
        looked_at: dict[int, tuple[Mistakes, ...]] = {}
        for k, sets in explained.items():
            looked_at[k] = sets
            grown = {union | each for union in unions for each in sets}
            unions = {
                union
                for union in grown
                if len(union) <= size and is_consistent(union, looked_at, unexplained, moves)
            }
        if unions:
            return tuple(sorted(unions, key=sorted))
    return ()


def is_consistent(
    union: Mistakes,
    explained: Mapping[int, tuple[Mistakes, ...]],
    unexplained: tuple[int, ...],
    moves: Sequence[int],
) -> bool:
    """Does the set say what is seen in every factor, and nothing of those that nothing explains?"""
    if any(moves[index] >> k & 1 for index in union for k in unexplained):
        return False
    return all(
        frozenset(index for index in union if moves[index] >> k & 1) in sets
        for k, sets in explained.items()
    )


def questions_due_to(
    moved: set[str], dark: set[str], findings: Sequence[Finding]
) -> tuple[str, ...]:
    """Those not passed that are about a factor which the causes move, and those not asked because of one of these.

    dark: factors that nothing explains, or that were not seen: what is about one of them may have failed because of it.
    """
    explained: list[str] = []
    for finding in (each for each in findings if not each.is_advice):
        about = ABOUT.get(finding.check, set())
        if finding.outcome == "failed" and moved & about and not dark & about:
            explained.append(finding.question)
        if finding.outcome == "not_run" and (moved & about or needed(finding) in explained):
            explained.append(finding.question)
    return tuple(explained)


def needed(finding: Finding) -> str:
    """The question without which this one was not asked."""
    return str(finding.message.values.get("question", "")) if finding.message else ""
