"""The mutants of the reference: one for each misconception that is wrong in this convention."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grader.assignment.conventions import as_value
from grader.assignment.modules import Misconceptions
from grader.assignment.settings import Assignment
from grader.diagnosis.stages import (
    Stages,
    StagesError,
    affected_results,
    require_results,
    run,
)
from grader.model import AnswerKey, Case, Function, Question
from grader.verification.answers import are_same
from grader.verification.functions import Solution, all_stage_values, solution_of_stages
from grader.verification.judged import cases_with_inputs, outputs_judged, short_name


class Mutant(NamedTuple):
    """A misconception in the place of functions of the reference."""

    solution: Solution
    stages: Stages
    functions: tuple[str, ...]  # short names of those in which it stands


def mutants_of(
    assignment: Assignment,
    key: AnswerKey,
    questions: Sequence[Question],
    stages: Stages,
    misconceptions: Misconceptions,
    right: Solution,
) -> dict[str, Mutant]:
    """Return the mutants by misconception. right: the reference.

    A misconception stands in the functions that have an output which it changes. If some question
    asks for the output, it stands only where one does: the output means the same in all functions.
    """
    asked = {short: set[str]() for short in key.functions}
    for question in questions:
        asked[short_name(question)] |= outputs_judged(key, question)
    asked_anywhere = set[str]().union(*asked.values())
    mutants = {}
    for name, replaced in misconceptions.items():
        merged = {**stages, **replaced}
        functions = []
        for short, definition in key.functions.items():
            outputs = _stages_among(definition, stages)
            changed = affected_results(merged, replaced, outputs)
            if any(each in asked[short] or each not in asked_anywhere for each in changed):
                functions.append(short)
        solution = solution_of_stages(assignment, merged, right)
        mutants[name] = Mutant(solution, merged, tuple(functions))
    return mutants


def correct_in_this_convention(
    assignment: Assignment,
    key: AnswerKey,
    stages: Stages,
    misconceptions: Misconceptions,
    cases: Sequence[Case],
) -> tuple[str, ...]:
    """Find the misconceptions that are correct here, and wrong by another choice of a convention.

    With the choices that are asked for they give what the stages give; with others they do not.
    """
    others: list[dict[str, Any]] = [
        {name: as_value(choice)}
        for name, convention in assignment.conventions.items()
        for choice in convention.choices
        if choice != assignment.choices[name]
    ]
    given = [
        (definition, all_stage_values(assignment, case.inputs))
        for definition in _distinct(key.functions.values())
        for case in cases_with_inputs(cases, definition)
    ]

    def is_correct(name: str, choices: dict[str, Any]) -> bool:
        mutant = {**stages, **misconceptions[name]}
        for definition, values in given:
            wanted = _stages_among(definition, stages)
            right = run(stages, {**values, **choices}, wanted)
            if not are_same(right, run(mutant, {**values, **choices}, wanted)):
                return False
        return True

    correct = [name for name in misconceptions if others and is_correct(name, {})]
    return tuple(name for name in correct if not all(is_correct(name, each) for each in others))


def crashing(
    assignment: Assignment, key: AnswerKey, mutants: Mapping[str, Mutant], cases: Sequence[Case]
) -> dict[str, str]:
    """Find the mutants that give no result on any case. Returns name -> error on the first case.

    That is a mistake of the misconception's author, not of a student. It would fail every question
    and so look as if it were killed. The error says file, line and stage.
    """
    reasons = {}
    for name, mutant in mutants.items():
        errors = (
            _error_on(assignment, case, mutant, key.functions[short])
            for short in mutant.functions
            for case in cases_with_inputs(cases, key.functions[short])
        )
        first = next(errors, "")
        if first and all(errors):
            reasons[name] = first
    return reasons


def _error_on(assignment: Assignment, case: Case, mutant: Mutant, definition: Function) -> str:
    """Why the mutant gives nothing, or empty if it gives a result."""
    values = all_stage_values(assignment, case.inputs)
    wanted = _stages_among(definition, mutant.stages)
    try:
        require_results(mutant.stages, values, wanted)
    except StagesError as error:
        return str(error).removesuffix(". Correct it.")
    results = run(mutant.stages, values, wanted)
    absent = [output for output in wanted if results[output] is None]
    return f"its stages give no {' and no '.join(absent)}" if absent == [*wanted] else ""


def _stages_among(definition: Function, stages: Stages) -> tuple[str, ...]:
    """The outputs of a function that stages give."""
    return tuple(output for output in definition.outputs if output in stages)


def _distinct(functions: Any) -> list[Function]:
    """One function of those with the same inputs and outputs."""
    by_form = {(each.inputs, each.outputs): each for each in functions}
    return list(by_form.values())
