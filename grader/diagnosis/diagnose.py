"""Names the bugs from the numbers alone: the smallest set of known mistakes that explains them.

The outputs of a function are split into factors (factors.py). Each wrong factor is looked up in the
key's tables, and matches the numbers of one known mistake, of two together, or of none. A set of
mistakes explains the whole if, for every factor, exactly those of them that move it are among its
matches. The smallest sets win; several of one size are a tie. A factor without a match remains
unexplained, and no mistake that moves it is named.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from grader.checks.compare import HALF, is_half, is_single, relative_error
from grader.checks.derived import outputs_to_compare
from grader.checks.function_under_test import FunctionUnderTest
from grader.diagnosis.factors import Factor, FactorName, Observation, factor_names, factors_of
from grader.diagnosis.questions import Deciding, deciding_factors, questions_due_to
from grader.diagnosis.scaling import describe_slips
from grader.diagnosis.search import NO_MISTAKE, Explanation, Matches, Mistakes, Moves, explain
from grader.model import (
    AnswerKey,
    Array,
    Case,
    FactorTable,
    Function,
    Signatures,
    SubmissionError,
    Values,
    twin_of,
)
from grader.verdict import Diagnosis, Finding, Status

# Relative. The two most similar mistakes are 1e-5 apart, and rounding stays below 1e-12.
MATCH_TOLERANCE = 1e-7
ZERO = 1e-7  # numbers below this share of the right ones are zero up to rounding
# Outputs that are so near to the right ones, relative to these, give factors that are right: what a
# knob adds may be no more than a hundredth (REST) of an output.
EXACT = 1e-11
MAX_MATCHES = 40  # sets that are considered for one factor


def diagnose(
    key: AnswerKey,
    functions: Mapping[str, FunctionUnderTest],
    findings: Mapping[str, Finding],
) -> dict[str, Diagnosis]:
    """Diagnose each function, by its name. Empty if the key has no signatures.

    A function is left out if no output of it has a stage. The cases are those that questions have
    asked about, so their answers are remembered.
    """
    if key.signatures is None:
        return {}
    diagnoses: dict[str, Diagnosis] = {}
    for name, function in functions.items():
        if not _names_of(key, key.signatures, function.definition):
            continue
        about = [finding for finding in findings.values() if finding.function == name]
        diagnosis = diagnosis_of(key, key.signatures, function, about)
        is_repeated = any(
            diagnosis.causes and earlier.causes == diagnosis.causes
            for earlier in diagnoses.values()
        )
        diagnoses[name] = replace(diagnosis, own=not is_repeated)
    return {
        name: replace(each, questions=each.questions + _follow_ups(key, name, diagnoses, findings))
        for name, each in diagnoses.items()
    }


def diagnosis_of(
    key: AnswerKey,
    signatures: Signatures,
    function: FunctionUnderTest,
    findings: Sequence[Finding],
) -> Diagnosis:
    """Diagnose one function. findings: those about it."""
    names = _names_of(key, signatures, function.definition)
    if function.error is not None:
        return Diagnosis("none", unobserved=tuple(map(str, names)))
    observed = _observe(key, signatures, function, names)
    if not observed.cases:
        return Diagnosis("none", unobserved=tuple(map(str, names)))
    if _is_exact(key, observed):  # true of most functions
        return Diagnosis("none")
    comparisons = _compare(key, signatures, observed)
    if all(each.is_observed() and each.is_right() for each in comparisons.values()):
        return Diagnosis("none")

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
    unobserved = tuple(str(name) for name in names if str(name) not in matches)
    explains = _questions_by_cause(
        explanation, moves, {*unexplained, *unobserved}, findings, deciding_factors(key)
    )
    explained_questions = {question for each in explains.values() for question in each}
    unknown = {
        name: (comparisons[str(name)].factor, comparisons[str(name)].right)
        for name in names
        if str(name) in unexplained
    }
    return Diagnosis(
        status=status_of(causes, unexplained),
        causes=causes,
        unexplained=unexplained,
        unobserved=unobserved,
        questions=tuple(
            finding.question for finding in findings if finding.question in explained_questions
        ),
        slips=describe_slips(
            key, signatures, unknown, observed.cases, [each.rest for each in observed.observations]
        ),
        explains=explains,
    )


def status_of(causes: Sequence[Sequence[str]], unexplained: Sequence[str]) -> Status:
    if unexplained:
        return "partial" if causes else "unknown"
    if not causes:
        return "none"
    return "exact" if len(causes) == 1 else "tie"


# --- observing a function -------------------------------------------------------------------------


class _Observed(NamedTuple):
    """What a function gave on the cases of the signatures."""

    names: list[FactorName]  # of the factors
    cases: list[Case]  # those that have all the inputs that the function uses
    observations: list[Observation]  # of each of these cases
    is_asked: Array  # (cases of the signatures,): is it one of these?


def _names_of(key: AnswerKey, signatures: Signatures, function: Function) -> list[FactorName]:
    """The factors of a function: those of its outputs and knobs that the tables have."""
    names = factor_names(outputs_to_compare(function, key.derived), function.knobs)
    return [name for name in names if str(name) in signatures.tables]


def _observe(
    key: AnswerKey,
    signatures: Signatures,
    function: FunctionUnderTest,
    names: list[FactorName],
) -> _Observed:
    cases = [key.cases[name] for name in signatures.cases]
    asked = [case for case in cases if function.has_inputs(case)]
    knobs = dict.fromkeys(name.knob for name in names if name.knob is not None)
    observations = [
        Observation(
            rest=_outputs_on(function, case),
            turned_up={
                knob: _outputs_on(function, key.cases.get(twin_of(case.name, knob)))
                for knob in knobs
            },
        )
        for case in asked
    ]
    return _Observed(names, asked, observations, np.array([case in asked for case in cases]))


def _outputs_on(function: FunctionUnderTest, case: Case | None) -> Values:
    """The outputs that the function gives on a case: none, if the key has no such case."""
    if case is None:
        return {}
    try:
        answer = function.call_once(case)
    except SubmissionError:
        return {}
    return {
        output: value
        for output, value in answer.values.items()
        if not isinstance(value, SubmissionError)
    }


def _is_exact(key: AnswerKey, observed: _Observed) -> bool:
    """Are all outputs there, and right but for the last digits?"""
    outputs = {name.output for name in observed.names}
    for case, observation in zip(observed.cases, observed.observations, strict=True):
        twins = {twin_of(case.name, knob): each for knob, each in observation.turned_up.items()}
        for name, values in {case.name: observation.rest, **twins}.items():
            expected = key.expected.get(name, {})  # empty if the key has no such twin
            for output in outputs:
                if output not in values or output not in expected:
                    return False
                if relative_error(values[output], expected[output]) > EXACT:
                    return False
    return True


# --- comparing with the tables --------------------------------------------------------------------


class _Comparison(NamedTuple):
    """A factor of a function, and the table of what known mistakes make of it."""

    factor: Factor
    table: FactorTable  # on the cases that the function was asked
    match_tolerance: float  # relative error up to which numbers match those of a mistake
    right_tolerance: float  # relative error up to which they are right

    @property
    def right(self) -> Array:
        return np.asarray(self.table.numbers[0])

    def is_observed(self) -> bool:
        """Is there a finite number? Without one it would match every mistake that has none."""
        return bool(self.factor.given.any()) and bool(np.isfinite(self.factor.numbers).any())

    @np.errstate(all="ignore")
    def is_right(self) -> bool:
        """Is it near row 0 of the table, which is right?

        A case in which the function gives no numbers (nan) never is. One that has no twin for the
        knob has no right numbers either, and does not count.
        """
        errors = np.abs(self.right - self.factor.numbers) / self.scales()
        return bool(((errors <= self.right_tolerance) | np.isnan(self.right)).all())

    def scales(self) -> Array:
        """The scales of relative errors. If the factor is zero, a share of the right numbers."""
        least = ZERO * np.nanmax(np.abs(self.right), initial=0.0)
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
    rows = np.arange(len(table.numbers))
    # Column by column: few rows are left after the first.
    for column, number in enumerate(factor.numbers):
        candidates = table.numbers[:, column] if column == 0 else table.numbers[rows, column]
        is_close = np.abs(candidates - number) / scales[column] <= comparison.match_tolerance
        is_same = (candidates == number) | (np.isnan(candidates) & np.isnan(number))
        rows = rows[is_close | is_same]
    rows = rows[(table.given[rows] == factor.given).all(axis=1)]
    sets = [NO_MISTAKE] if comparison.is_right() else []
    sets += [_named(members, names) for members in table.members[rows].tolist()]
    return tuple(dict.fromkeys(sets))[:MAX_MATCHES]


def _named(members: Sequence[int], names: Sequence[str]) -> Mistakes:
    """The names of a row of FactorTable.members."""
    return frozenset(names[member] for member in members if member >= 0)


def _compare(key: AnswerKey, signatures: Signatures, observed: _Observed) -> dict[str, _Comparison]:
    """Compare each factor with its table, with tolerances for the function's precision."""
    directions = [key.directions.get(case.name, {}) for case in observed.cases]
    factors = factors_of(observed.names, observed.observations, directions)
    outputs = list(dict.fromkeys(name.output for name in observed.names))
    arrays = _arrays_in(observed.observations, outputs)
    match_tolerance = MATCH_TOLERANCE
    if any(_has_low_precision(array, is_single) for array in arrays):
        match_tolerance = key.tolerances.single_precision
    is_float16 = any(_has_low_precision(array, is_half) for array in arrays)
    comparisons = {}
    for name in observed.names:
        table = signatures.tables[str(name)]
        if not observed.is_asked.all():
            table = _table_of_cases(key, signatures, name, observed.is_asked)
        tolerance = key.tolerances.of(name.output)
        right_tolerance = HALF if is_float16 else max(match_tolerance, tolerance)
        comparisons[str(name)] = _Comparison(
            factors[str(name)], table, match_tolerance, right_tolerance
        )
    return comparisons


def _table_of_cases(
    key: AnswerKey, signatures: Signatures, name: FactorName, is_asked: Array
) -> FactorTable:
    """A factor's table on some of its cases."""
    table = signatures.tables[str(name)]
    directions = [key.directions.get(case, {}) for case in signatures.cases]
    nothing = [Observation({}, {})] * len(directions)
    widths = factors_of([name], nothing, directions)[str(name)].widths
    columns = np.repeat(is_asked, widths)
    return FactorTable(table.members, table.numbers[:, columns], table.given[:, is_asked])


def _arrays_in(observations: Sequence[Observation], outputs: Sequence[str]) -> list[Array]:
    """All values of these outputs, at rest and with knobs turned up."""
    arrays = []
    for rest, turned_up in observations:
        for values in (rest, *turned_up.values()):
            arrays += [values[output] for output in outputs if output in values]
    return arrays


def _has_low_precision(array: Array, is_kind: Callable[[Array], bool]) -> bool:
    """Has it this precision, and not only because it holds whole numbers?"""
    return is_kind(array) and not np.array_equal(array, np.rint(array))


def _moves(signatures: Signatures, matches: Matches) -> dict[str, frozenset[str]]:
    """The factors that each of the matching mistakes moves, in the order of the signatures."""
    mentioned = frozenset(name for sets in matches.values() for each in sets for name in each)
    return {
        name: frozenset(signatures.moves[name]) for name in signatures.names if name in mentioned
    }


# --- questions ------------------------------------------------------------------------------------


def _questions_by_cause(
    explanation: Explanation,
    moves: Moves,
    unknown: Collection[str],
    findings: Sequence[Finding],
    deciding: Deciding,
) -> dict[str, tuple[str, ...]]:
    """For each mistake in an explanation, the questions that it fails by itself."""
    named = frozenset[str]().union(*explanation.causes)
    return {
        name: questions_due_to(moved, unknown, findings, deciding)
        for name, moved in moves.items()
        if name in named
    }


def _follow_ups(
    key: AnswerKey,
    name: str,
    diagnoses: Mapping[str, Diagnosis],
    findings: Mapping[str, Finding],
) -> tuple[str, ...]:
    """Questions that right functions failed because they were compared with this wrong one."""
    if not diagnoses[name].causes:
        return ()
    return tuple(
        question.id
        for question in key.questions
        if question.check == "agrees"
        and key.functions[question.settings["with"]].name == name
        and _has_failed(findings.get(question.id))
        and _is_right(diagnoses.get(question.function))
    )


def _has_failed(finding: Finding | None) -> bool:
    return finding is not None and finding.outcome == "failed"


def _is_right(diagnosis: Diagnosis | None) -> bool:
    return diagnosis is not None and diagnosis.status == "none" and not diagnosis.unobserved
