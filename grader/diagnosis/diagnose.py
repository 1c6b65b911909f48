"""Names the bugs from the numbers alone: the smallest set of known mistakes that explains them.

The outputs of a function are split into factors (factors.py). Each wrong factor is looked up in the
key's tables, and matches the numbers of one known mistake, of two together, or of none. A set of
mistakes explains the whole if, for every factor, exactly those of them that move it are among its
matches. The smallest sets win; several of one size are a tie. A factor without a match remains
unexplained, and no mistake that moves it is named.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
from msgspec.structs import replace

from grader.checks.compare import HALF, is_half, is_single
from grader.checks.function_under_test import FunctionUnderTest
from grader.diagnosis.factors import Factor, ObservedOutput, factors_of
from grader.diagnosis.scaling import describe_slips
from grader.model import FACTORS, AnswerKey, Array, Case, FactorTable, Signatures, SubmissionError
from grader.verdict import Diagnosis, Finding, Status

# Relative. The two most similar mistakes are 1e-5 apart, and rounding stays below 1e-12.
MATCH_TOLERANCE = 1e-7
ZERO = 1e-7  # numbers below this share of the right ones are zero up to rounding
MAX_MATCHES = 40  # sets that are considered for one factor
MAX_CAUSES = 4  # mistakes in one explanation
# The kind of a question -> the factors that decide it. `faster` depends on none. Nor does `stable`:
# it is asked only if the function is right on ordinary inputs, which is where factors come from.
FACTORS_OF_CHECK: dict[str, frozenset[str]] = {
    "loss": frozenset({"data_loss"}),
    "gradient": frozenset({"data_gradient"}),
    "reg_loss": frozenset({"reg_loss"}),
    "reg_gradient": frozenset({"reg_gradient"}),
    "slope": frozenset({"data_loss", "data_gradient"}),
    "agrees": frozenset(FACTORS),
}
Mistakes: TypeAlias = frozenset[str]  # ids
NO_MISTAKE: Mistakes = frozenset()
Matches: TypeAlias = Mapping[str, Sequence[Mistakes]]  # observed factor -> sets that match it
Moves: TypeAlias = Mapping[str, frozenset[str]]  # mistake -> factors that it moves


def diagnose(
    key: AnswerKey,
    functions: Mapping[str, FunctionUnderTest],
    findings: Mapping[str, Finding],
) -> dict[str, Diagnosis]:
    """Diagnose each function, by its name. Empty if the key has no signatures.

    The cases are those that questions have asked about, so their answers are remembered.
    """
    if key.signatures is None:
        return {}
    diagnoses: dict[str, Diagnosis] = {}
    for name, function in functions.items():
        about = [finding for finding in findings.values() if finding.function == name]
        diagnosis = diagnosis_of(key, key.signatures, function, about)
        is_repeated = any(
            diagnosis.causes and earlier.causes == diagnosis.causes
            for earlier in diagnoses.values()
        )
        diagnoses[name] = replace(diagnosis, own=not is_repeated)
    return {
        name: replace(each, questions=each.questions + _follow_ups(name, diagnoses, findings))
        for name, each in diagnoses.items()
    }


def diagnosis_of(
    key: AnswerKey,
    signatures: Signatures,
    function: FunctionUnderTest,
    findings: Sequence[Finding],
) -> Diagnosis:
    """Diagnose one function. findings: those about it."""
    if function.error is not None:
        return Diagnosis("none", unobserved=FACTORS)
    cases = [key.cases[name] for name in signatures.cases]
    outputs = [
        (_observe(function, case), _observe(function, key.cases[f"{case.name}_reg"]))
        for case in cases
    ]
    factors = factors_of(outputs, [key.directions[case.name] for case in cases])
    comparisons = _compare(key, signatures, factors, outputs)
    if all(each.is_observed() and each.is_right() for each in comparisons.values()):
        return Diagnosis("none")  # true of most functions, which need no search

    matches = {
        name: _matching_sets(each, signatures.names)
        for name, each in comparisons.items()
        if each.is_observed()
    }
    moves = _moves(signatures, matches)
    explanation = explain(matches, moves)
    # A cause lists its mistakes in the order of the signatures, which `moves` has.
    causes = tuple(
        tuple(name for name in moves if name in cause) for cause in explanation.causes if cause
    )
    unexplained = explanation.unexplained
    unobserved = tuple(name for name in FACTORS if name not in matches)
    explains = _questions_by_cause(explanation, moves, {*unexplained, *unobserved}, findings)
    explained_questions = {question for each in explains.values() for question in each}
    gradients = [plain.gradient for plain, _ in outputs]
    layout = key.conventions["layout"]
    return Diagnosis(
        status=status_of(causes, unexplained),
        causes=causes,
        unexplained=unexplained,
        unobserved=unobserved,
        questions=tuple(
            finding.question for finding in findings if finding.question in explained_questions
        ),
        slips=describe_slips(signatures, factors, unexplained, gradients, cases, layout),
        explains=explains,
    )


def status_of(causes: Sequence[Sequence[str]], unexplained: Sequence[str]) -> Status:
    if unexplained:
        return "partial" if causes else "unknown"
    if not causes:
        return "none"
    return "exact" if len(causes) == 1 else "tie"


# --- comparing with the tables --------------------------------------------------------------------


class _Comparison(NamedTuple):
    """A factor of a function, and the table of what known mistakes make of it."""

    factor: Factor
    table: FactorTable
    match_tolerance: float  # relative error up to which numbers match those of a mistake
    right_tolerance: float  # relative error up to which they are right

    def is_observed(self) -> bool:
        """Is there a finite number? Without one it would match every mistake that has none."""
        return bool(self.factor.given) and bool(np.isfinite(self.factor.numbers).any())

    @np.errstate(all="ignore")
    def is_right(self) -> bool:
        """Is it near row 0 of the table, which is right? A case without numbers (nan) never is."""
        errors = np.abs(self.table.numbers[0] - self.factor.numbers) / self.scales()
        return bool((errors <= self.right_tolerance).all())

    def scales(self) -> Array:
        """The scales of relative errors. If the factor is zero, a share of the right numbers."""
        least = ZERO * np.nanmax(np.abs(self.table.numbers[0]), initial=0.0)
        scales = np.maximum(self.factor.scales, least)
        return np.where(scales > 0, scales, 1.0)


@np.errstate(all="ignore")
def _matching_sets(comparison: _Comparison, names: Sequence[str]) -> tuple[Mistakes, ...]:
    """The sets of at most two mistakes that give these numbers, in the table's order.

    The empty set comes first if the factor is right, even if it is too imprecise to match row 0.
    names: Signatures.names.
    """
    factor, table = comparison.factor, comparison.table
    scales = comparison.scales()
    rows = np.flatnonzero(table.given == factor.given)
    # Column by column: few rows are left after the first.
    for column, number in enumerate(factor.numbers):
        candidates = table.numbers[rows, column]
        is_close = np.abs(candidates - number) / scales[column] <= comparison.match_tolerance
        is_same = (candidates == number) | (np.isnan(candidates) & np.isnan(number))
        rows = rows[is_close | is_same]
    sets = [NO_MISTAKE] if comparison.is_right() else []
    sets += [_named(members, names) for members in table.members[rows].tolist()]
    return tuple(dict.fromkeys(sets))[:MAX_MATCHES]


def _named(members: Sequence[int], names: Sequence[str]) -> Mistakes:
    """The names of a row of FactorTable.members."""
    return frozenset(names[member] for member in members if member >= 0)


def _observe(function: FunctionUnderTest, case: Case) -> ObservedOutput:
    try:
        answer = function.call_once(case)
    except SubmissionError:
        return ObservedOutput(None, None)
    loss, gradient = answer.loss, answer.gradient
    return ObservedOutput(
        loss=None if isinstance(loss, SubmissionError) else loss,
        gradient=None if isinstance(gradient, SubmissionError) else gradient,
    )


def _compare(
    key: AnswerKey,
    signatures: Signatures,
    factors: Mapping[str, Factor],
    outputs: Sequence[tuple[ObservedOutput, ObservedOutput]],
) -> dict[str, _Comparison]:
    """Compare each factor with its table, with tolerances for the function's precision."""
    outputs_of_all_cases = [output for pair in outputs for output in pair]
    match_tolerance = MATCH_TOLERANCE
    if any(_has_low_precision(output, is_single) for output in outputs_of_all_cases):
        match_tolerance = key.tolerances.single_precision
    is_float16 = any(_has_low_precision(output, is_half) for output in outputs_of_all_cases)
    comparisons = {}
    for name, table in zip(FACTORS, signatures.tables, strict=True):
        tolerance = key.tolerances.gradient if "gradient" in name else key.tolerances.loss
        right_tolerance = HALF if is_float16 else max(match_tolerance, tolerance)
        comparisons[name] = _Comparison(factors[name], table, match_tolerance, right_tolerance)
    return comparisons


def _has_low_precision(output: ObservedOutput, is_kind: Callable[[Array | float], bool]) -> bool:
    """Has its loss or its dW this precision, and not only because it holds whole numbers?"""
    loss, gradient = output
    if gradient is not None:
        is_whole = np.array_equal(gradient, np.rint(gradient))
        if not is_whole and is_kind(gradient):
            return True
    return loss is not None and not float(loss).is_integer() and is_kind(loss)


def _moves(signatures: Signatures, matches: Matches) -> dict[str, frozenset[str]]:
    """The factors that each of the matching mistakes moves, in the order of the signatures."""
    mentioned = frozenset(name for sets in matches.values() for each in sets for name in each)
    return {
        name: _factors_of_bits(int(bits))
        for name, bits in zip(signatures.names, signatures.moves, strict=True)
        if name in mentioned
    }


def _factors_of_bits(bits: int) -> frozenset[str]:
    """Decode an entry of Signatures.moves: one bit for each factor."""
    return frozenset(name for k, name in enumerate(FACTORS) if bits >> k & 1)


# --- the search -----------------------------------------------------------------------------------


class Explanation(NamedTuple):
    """The sets of mistakes that explain the observed factors."""

    causes: tuple[Mistakes, ...]  # alternatives, all of the smallest size
    unexplained: tuple[str, ...]  # factors that were given up


def explain(matches: Matches, moves: Moves) -> Explanation:
    """Find the smallest explanations, giving up as few factors as possible.

    moves: must have every mistake that is in a match. Alternatives follow its order.
    """
    wrong = [name for name, sets in matches.items() if NO_MISTAKE not in sets]
    without_match = {name for name in wrong if not matches[name]}
    others = [name for name in wrong if name not in without_match]
    for count in range(len(others) + 1):
        for given_up in combinations(others, count):
            unexplained = without_match.union(given_up)
            causes = _minimal_explanations(matches, unexplained, moves)
            if causes:
                return Explanation(causes, tuple(name for name in FACTORS if name in unexplained))
    return Explanation((), tuple(wrong))


def _minimal_explanations(
    matches: Matches, unexplained: Collection[str], moves: Moves
) -> tuple[Mistakes, ...]:
    """The smallest sets of mistakes that explain all factors but the unexplained ones.

    Sets grow factor by factor. A set that is inconsistent with a factor is dropped at once, so that
    ties do not multiply.
    """
    explained = {name: sets for name, sets in matches.items() if name not in unexplained}
    for size in range(MAX_CAUSES + 1):
        causes = {NO_MISTAKE}
        considered: dict[str, Sequence[Mistakes]] = {}
        for factor, sets in explained.items():
            considered[factor] = sets
            unions = {cause | each for cause in causes for each in sets}
            causes = {
                union
                for union in unions
                if len(union) <= size and _is_consistent(union, considered, unexplained, moves)
            }
        if causes:
            rank = {name: place for place, name in enumerate(moves)}
            return tuple(sorted(causes, key=lambda cause: sorted(rank[name] for name in cause)))
    return ()


def _is_consistent(
    cause: Mistakes, considered: Matches, unexplained: Collection[str], moves: Moves
) -> bool:
    """Do these mistakes give what is observed, and leave the unexplained factors alone?"""
    if any(factor in moves[name] for name in cause for factor in unexplained):
        return False
    return all(
        frozenset(name for name in cause if factor in moves[name]) in sets
        for factor, sets in considered.items()
    )


# --- questions ------------------------------------------------------------------------------------


def questions_due_to(
    moved: Collection[str], unknown: Collection[str], findings: Sequence[Finding]
) -> tuple[str, ...]:
    """The questions that failed because of these factors, and those not asked for that reason.

    moved: the factors that a cause moves; unknown: factors that are unexplained or unobserved. A
    question that depends on one of these may have failed for that reason.
    """
    questions: list[str] = []
    for finding in findings:
        if finding.is_advice:
            continue
        factors = FACTORS_OF_CHECK.get(finding.check, frozenset())
        is_moved = not factors.isdisjoint(moved)
        if finding.outcome == "failed" and is_moved and factors.isdisjoint(unknown):
            questions.append(finding.question)
        if finding.outcome == "not_run" and (is_moved or _missing_need(finding) in questions):
            questions.append(finding.question)
    return tuple(questions)


def _questions_by_cause(
    explanation: Explanation,
    moves: Moves,
    unknown: Collection[str],
    findings: Sequence[Finding],
) -> dict[str, tuple[str, ...]]:
    """For each mistake in an explanation, the questions that it fails by itself."""
    named = frozenset[str]().union(*explanation.causes)
    return {
        name: questions_due_to(moved, unknown, findings)
        for name, moved in moves.items()
        if name in named
    }


def _missing_need(finding: Finding) -> str:
    """The question that had to pass before this one could be asked, or empty."""
    return str(finding.message.values.get("question", "")) if finding.message else ""


def _follow_ups(
    name: str, diagnoses: Mapping[str, Diagnosis], findings: Mapping[str, Finding]
) -> tuple[str, ...]:
    """Questions that right functions failed because they were compared with this wrong one."""
    if not diagnoses[name].causes:
        return ()
    return tuple(
        finding.question
        for finding in findings.values()
        if finding.check == "agrees"
        and finding.outcome == "failed"
        and finding.function != name
        and _is_right(diagnoses[finding.function])
    )


def _is_right(diagnosis: Diagnosis) -> bool:
    return diagnosis.status == "none" and not diagnosis.unobserved
