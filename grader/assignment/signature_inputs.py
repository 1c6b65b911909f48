"""What the signatures of known mistakes are computed from: the stages, on the cases of a key."""

from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from grader.assignment.cases import is_small
from grader.assignment.course_files import describe_error
from grader.assignment.modules import (
    given_names,
    in_asked_form,
    load_misconceptions,
    load_stages,
    load_terms,
    stage_values,
)
from grader.assignment.settings import Assignment, AssignmentError
from grader.checks import settings_for
from grader.checks.cell import argument
from grader.checks.course_code import arguments_of, load_code
from grader.checks.derived import outputs_to_compare
from grader.diagnosis.signatures import StageInput, signatures_of
from grader.diagnosis.stages import Stages, StagesError, require_results, run
from grader.model import AnswerKey, Array, Signatures, twin_of


def build_signatures(assignment: Assignment, key: AnswerKey) -> Signatures | None:
    """Compute the signatures on all small cases of the questions that mistakes are named from.

    Returns None if there are no such cases, or no stages.
    """
    stages = load_stages(assignment)
    if not stages:
        return None
    misconceptions = load_misconceptions(assignment, stages)
    of_terms = load_terms(assignment, stages)
    stages = {**_derived_stages(assignment, key, stages), **stages}
    judged = [
        name
        for function in key.functions.values()
        for name in outputs_to_compare(function, key.derived)
    ]
    outputs = [name for name in dict.fromkeys(judged) if name in stages]
    inputs, terms = {}, {}
    for name in _cases_to_compare(key):
        given = stage_values(assignment, key.cases[name].inputs)
        _require_stages(assignment, stages, given, _outputs_in(key, name, outputs))
        terms[name] = {
            output: _terms_of(assignment, stages, functions, given, output)
            for output, functions in of_terms.items()
            if output in key.expected[name]
        }
        directions = _in_stages_form(assignment, key.directions.get(name, {}))
        inputs[name] = StageInput(given, _knobs_turned_up(key, name), directions)
    if not inputs:
        return None
    inputs = _with_all_names(assignment, inputs)
    try:
        return signatures_of(stages, misconceptions, outputs, inputs, terms)
    except StagesError as error:
        raise AssignmentError(f"{assignment.folders[0]}: {error}") from None


def _knobs_turned_up(key: AnswerKey, case: str) -> dict[str, Any]:
    """The value of each knob in the case's twin for it, where there is one."""
    twins = {knob: key.cases.get(twin_of(case, knob)) for knob in key.knobs}
    return {knob: argument(twin.inputs[knob]) for knob, twin in twins.items() if twin is not None}


def _with_all_names(
    assignment: Assignment, inputs: Mapping[str, StageInput]
) -> dict[str, StageInput]:
    """Add None for what no case has: a stage that needs it gives nothing."""
    known = {name for each in inputs.values() for name in each.given}
    lacking = dict.fromkeys(name for name in given_names(assignment) if name not in known)
    return {case: each._replace(given={**lacking, **each.given}) for case, each in inputs.items()}


def _derived_stages(assignment: Assignment, key: AnswerKey, stages: Stages) -> Stages:
    """The functions of derived.py: a stage is such a function of inputs and outputs, too.

    Without those that need an output that is no stage; and none where stages are written for
    another form than the one that derived.py gets.
    """
    is_turned = any(
        assignment.conventions[name].transposed
        and choice != assignment.conventions[name].choices[0]
        for name, choice in assignment.choices.items()
    )
    if key.derived is None or is_turned:
        return {}
    code = load_code(key.derived)
    derived: dict[str, FunctionType] = {}
    for function in key.functions.values():
        for name in function.derived:
            known = {*given_names(assignment), *stages, *derived}
            if known.issuperset(arguments_of(code[name])):
                derived[name] = code[name]
    return derived


def _require_stages(
    assignment: Assignment, stages: Stages, given: dict[str, Any], outputs: Sequence[str]
) -> None:
    """Raise AssignmentError unless the right stages give these outputs."""
    try:
        require_results(stages, given, outputs)
    except StagesError as error:
        raise AssignmentError(f"{assignment.folders[0]}: {error}") from None


def _outputs_in(key: AnswerKey, case: str, outputs: Sequence[str]) -> list[str]:
    return [output for output in outputs if output in key.expected[case]]


def _cases_to_compare(key: AnswerKey) -> list[str]:
    """The small cases, without twins, of the questions that mistakes are named from."""
    asked = {
        name for question in key.questions for name in settings_for(question, key).cases_diagnosed()
    }
    return [name for name in key.cases if name in asked and is_small(key.cases[name].inputs)]


def _terms_of(
    assignment: Assignment,
    stages: Stages,
    functions: Stages,
    given: dict[str, Any],
    output: str,
) -> dict[str, Array]:
    """The terms of an output, as students' arrays have their axes."""
    try:
        summands = run({**stages, **functions}, given, tuple(functions), strict=True)
    except (Exception, SystemExit) as error:
        raise AssignmentError(
            f"{assignment.path('stages.py')}: TERMS: {output}: {describe_error(error)}. Correct it."
        ) from None
    return {
        term: in_asked_form(assignment, {output: np.asarray(array, float)})[output]
        for term, array in summands.items()
    }


def _in_stages_form(assignment: Assignment, directions: dict[str, Array]) -> dict[str, Array]:
    """Turn directions to the form in which stages are written."""
    turned = {}
    for output, arrays in directions.items():
        each = [in_asked_form(assignment, {output: V})[output] for V in arrays]
        turned[output] = np.array(each)
    return turned
