"""The stages and misconceptions of an assignment, and the values that stages are given.

Stages are written for the first choice of each convention. They run in this process, but only to
build an answer key, to verify the assignment or to explain a misconception.
"""

from collections.abc import Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from grader.assignment.conventions import as_value, in_form
from grader.assignment.course_files import load_module
from grader.assignment.layers import one_of
from grader.assignment.settings import Assignment, AssignmentError
from grader.checks.cell import argument
from grader.checks.shapes import lengths_of, letters_in
from grader.diagnosis.stages import Stages, StagesError, affected_results, check, order
from grader.model import Array, Values

Misconceptions: TypeAlias = Mapping[str, Stages]  # id -> the stages it replaces
Terms: TypeAlias = Mapping[str, Stages]  # output -> name of a term -> function like a stage


def outputs_of(assignment: Assignment) -> tuple[str, ...]:
    """The outputs that calls leave behind, of all functions, each once: no derived ones."""
    functions = assignment.functions.values()
    return tuple(dict.fromkeys(name for each in functions for name in each.outputs))


def given_names(assignment: Assignment) -> tuple[str, ...]:
    """The names of the values that stages are given."""
    letters = letters_in(assignment.inputs.values())
    return tuple(dict.fromkeys([*assignment.inputs, *letters, *assignment.choices]))


def stage_values(assignment: Assignment, inputs: Values) -> dict[str, Any]:
    """The values that stages are given for a case, by name.

    inputs: as students receive them. Stages get them as they are for the first choices, with the
    length of each letter, and the choices that are asked for.
    """
    turned = in_asked_form(assignment, inputs)
    values: dict[str, Any] = {name: as_value(text) for name, text in assignment.choices.items()}
    values |= lengths_of(assignment.inputs, turned)
    return values | {name: argument(array) for name, array in turned.items()}


def in_asked_form(assignment: Assignment, values: Values) -> dict[str, Array]:
    """Turn arrays from the first choices of conventions to those that are asked for, or back."""
    return in_form(assignment.conventions, assignment.choices, values)


def load_stages(assignment: Assignment) -> Stages:
    """Return the functions of stages.py whose names do not begin with an underscore.

    Those of all folders are merged by name: the preset's come first, and the assignment's own go
    over them. Empty if the assignment itself has no such file. Raises AssignmentError.
    """
    stages: dict[str, FunctionType] = {}
    modules = _stage_modules(assignment)
    for module in modules:
        stages |= {
            name: value
            for name, value in vars(module).items()
            if _is_own(module, value) and not name.startswith("_")
        }
    if stages:
        try:
            check(stages, given_names(assignment), outputs_of(assignment))
        except StagesError as error:
            raise AssignmentError(f"{modules[-1].__file__}: {error}") from None
    return stages


def load_terms(assignment: Assignment, stages: Stages) -> Terms:
    """Return TERMS of stages.py: for outputs, functions like stages whose results add up to it.

    Empty if there are none. Raises AssignmentError.
    """
    merged: dict[str, Stages] = {}
    for module in _stage_modules(assignment):
        terms = getattr(module, "TERMS", {})
        problem = _problem_with_terms(assignment, stages, terms)
        if problem:
            raise AssignmentError(f"{module.__file__}: TERMS: {problem}")
        merged |= terms
    return merged


def load_misconceptions(assignment: Assignment, stages: Stages) -> Misconceptions:
    """Return MISCONCEPTIONS of all files in misconceptions/, in the order of the files' names.

    Empty if there are none. Raises AssignmentError.
    """
    misconceptions: dict[str, Stages] = {}
    files: dict[str, Path] = {}
    for path in assignment.files_of("misconceptions/*.py"):
        if not stages and path.is_relative_to(assignment.preset or assignment.folders[0] / "-"):
            continue  # without stages of its own, an assignment has no use for the preset's
        own = getattr(load_module(path), "MISCONCEPTIONS", None)
        if not isinstance(own, dict):
            raise AssignmentError(
                f"{path}: there is no dict MISCONCEPTIONS. "
                "Write one: id -> {name of a stage: function}."
            )
        for name, replaced in own.items():
            problem = _problem_with(assignment, stages, name, replaced)
            if name in misconceptions:
                problem = f"stands in {files[name]} too. Rename one of them."
            if problem:
                raise AssignmentError(f"{path}: {name!r}: {problem}")
            misconceptions[name], files[name] = replaced, path
    return misconceptions


def _stage_modules(assignment: Assignment) -> list[ModuleType]:
    """stages.py of all folders, the preset's first. None if only the preset has one.

    The stages of a preset are those that assignments share, and lead to no output alone.
    """
    paths = [folder / "stages.py" for folder in assignment.folders[::-1]]
    paths = [path for path in paths if path.is_file()]
    if all(path.parent == assignment.preset for path in paths):
        return []
    return [load_module(path) for path in paths]


def _is_own(module: ModuleType, value: Any) -> bool:
    """Is it a function that the module defines, not one that it imports?"""
    return isinstance(value, FunctionType) and value.__module__ == module.__name__


def _problem_with_terms(assignment: Assignment, stages: Stages, terms: Any) -> str | None:
    """Why these are no valid terms, and the cure; None if they are valid."""
    if not (isinstance(terms, dict) and all(isinstance(each, dict) for each in terms.values())):
        return "is no dict of dicts. Write output -> {name of a term: function}, or remove it."
    for output, functions in terms.items():
        if output not in outputs_of(assignment):
            return f"{output!r} is no output. Cure: {one_of(output, outputs_of(assignment))}."
        for name in functions:
            if name in stages:
                return f"{name!r} is the name of a stage. Rename it."
        try:
            order({**stages, **functions}, given_names(assignment), tuple(functions))
        except StagesError as error:
            return str(error)
    return None


def _problem_with(assignment: Assignment, stages: Stages, name: Any, replaced: Any) -> str | None:
    """Why this is no valid misconception, and the cure; None if it is valid."""
    if not (isinstance(name, str) and name.isidentifier()):
        return "is no id. Write letters, digits and underscores."
    if not (isinstance(replaced, dict) and replaced):
        return "is no dict of stages. Write {name of a stage: function}."
    for stage in replaced:
        if stage not in stages:
            known = ", ".join(stages) or "its stages, in that file"
            return f"replaces {stage!r}, which is no stage of stages.py. Write one of {known}."
    try:
        check({**stages, **replaced}, given_names(assignment), outputs_of(assignment))
    except StagesError as error:
        return str(error)
    if not affected_results({**stages, **replaced}, replaced, outputs_of(assignment)):
        return "changes none of the outputs. Replace a stage that one of them needs."
    return None
