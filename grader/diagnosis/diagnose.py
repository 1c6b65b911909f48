"""Names the bugs from the numbers alone: the smallest set of known mistakes that explains them.

The outputs of a function are split into factors (factors.py). Each wrong factor is looked up in the
key's tables, and matches the numbers of one known mistake, of two together, or of none. A set of
mistakes explains the whole if, for every factor, exactly those of them that move it are among its
matches. The smallest sets win; several of one size are a tie. A factor without a match remains
unexplained, and no mistake that moves it is named. Nor is one that no number speaks for, but only
the inputs for which the function gives none (matching.py).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from grader.checks.compare import HALF, is_half, is_single, relative_error
from grader.checks.derived import outputs_to_compare
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.shapes import lengths_of
from grader.diagnosis.claims import contradicted
from grader.diagnosis.factors import FactorName, Observation, factor_names, factors_of
from grader.diagnosis.matching import Comparison, matching_sets
from grader.diagnosis.multiples import sizes_of
from grader.diagnosis.questions import Deciding, Unknown, deciding_factors, questions_due_to
from grader.diagnosis.scaling import describe_slips
from grader.diagnosis.search import Explanation, Matches, Moves, explain
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
MATCH_SINGLE = 1e-5  # the same for work in float32, of which differences are left
# Outputs that are so near to the right ones, relative to these, give factors that are right: what a
# knob adds may be no more than a hundredth (REST) of an output.
EXACT = 1e-11


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
    return diagnoses


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

    matching = matching_sets(
        {name: each for name, each in comparisons.items() if each.is_observed()}, signatures.names
    )
    matches = matching.sets
    moves = _moves(signatures, matches)
    explanation = explain(matches, moves)
    # A cause lists its mistakes in the order of the signatures, which `moves` has.
    causes = tuple(
        tuple(name for name in moves if name in cause) for cause in explanation.causes if cause
    )
    unexplained = explanation.unexplained
    unobserved = tuple(
        str(name) for name in names if str(name) not in matches or str(name) in matching.in_part
    )
    explains = _questions_by_cause(
        explanation,
        moves,
        Unknown({*unexplained, *unobserved} - matching.in_part, matching.in_part),
        findings,
        deciding_factors(key),
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
        given_up=explanation.given_up,
        unobserved=unobserved,
        questions=tuple(
            finding.question for finding in findings if finding.question in explained_questions
        ),
        slips=describe_slips(key, signatures, unknown, observed.cases, observed.observations),
        explains=explains,
        contradicted=contradicted(
            [name for name in moves if any(name in cause for cause in causes)],
            key.words,
            {name: comparisons[name] for name in matches},
            [sizes_of(lengths_of(key.inputs, case.inputs)) for case in observed.cases],
        ),
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


def _compare(key: AnswerKey, signatures: Signatures, observed: _Observed) -> dict[str, Comparison]:
    """Compare each factor with its table, with tolerances for the function's precision."""
    directions = [key.directions.get(case.name, {}) for case in observed.cases]
    factors = factors_of(observed.names, observed.observations, directions)
    outputs = list(dict.fromkeys(name.output for name in observed.names))
    arrays = _arrays_in(observed.observations, outputs)
    match_tolerance = MATCH_TOLERANCE
    if any(_has_low_precision(array, is_single) for array in arrays):
        match_tolerance = MATCH_SINGLE
    is_float16 = any(_has_low_precision(array, is_half) for array in arrays)
    comparisons = {}
    for name in observed.names:
        table = signatures.tables[str(name)]
        if not observed.is_asked.all():
            table = _table_of_cases(key, signatures, name, observed.is_asked)
        tolerance = key.tolerances.of(name.output)
        right_tolerance = HALF if is_float16 else max(match_tolerance, tolerance)
        comparisons[str(name)] = Comparison(
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
    unknown: Unknown,
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
