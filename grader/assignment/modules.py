"""The Python files of an assignment.

They are trusted and run in this process, but only to build an answer key, to verify the assignment
or to explain a misconception.
"""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from grader.assignment.settings import Assignment, AssignmentError
from grader.diagnosis.stages import Stages, StagesError, affected_results, check, order

Misconceptions: TypeAlias = Mapping[str, Stages]  # id -> the stages it replaces


def load_module(path: Path) -> ModuleType:
    """Run a file as a module. Raises AssignmentError if it cannot be imported."""
    specification = importlib.util.spec_from_file_location(f"assignment_{path.stem}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise AssignmentError(
            f"{path}: cannot be imported ({type(error).__name__}: {error}). Correct it."
        ) from None
    return module


def load_stages(assignment: Assignment) -> Stages:
    """Return the functions of stages.py whose names do not begin with an underscore.

    Empty if there is no such file. Raises AssignmentError.
    """
    paths = assignment.files("stages.py")
    if not paths:
        return {}
    module = load_module(paths[0])
    stages = {
        name: value
        for name, value in vars(module).items()
        if _is_own(module, value) and not name.startswith("_")
    }
    try:
        check(stages)
    except StagesError as error:
        raise AssignmentError(f"{paths[0]}: {error}") from None
    return stages


def load_terms(assignment: Assignment, stages: Stages) -> Stages:
    """Return TERMS of stages.py: functions like stages, whose results add up to data_gradient.

    Empty if there are none. Raises AssignmentError.
    """
    paths = assignment.files("stages.py")
    terms = getattr(load_module(paths[0]), "TERMS", {}) if paths else {}
    if not isinstance(terms, dict):
        raise AssignmentError(
            f"{paths[0]}: TERMS is no dict. Write name of a term -> function, or remove it."
        )
    shadowing = terms.keys() & stages.keys()
    if shadowing:
        raise AssignmentError(
            f"{paths[0]}: TERMS: {min(shadowing)!r} is the name of a stage. Rename it."
        )
    try:
        order({**stages, **terms}, wanted=tuple(terms))
    except StagesError as error:
        raise AssignmentError(f"{paths[0]}: TERMS: {error}") from None
    return terms


def load_misconceptions(assignment: Assignment, stages: Stages) -> Misconceptions:
    """Return MISCONCEPTIONS of all files in misconceptions/, in the order of the files' names.

    Empty if there are none. Raises AssignmentError.
    """
    misconceptions: dict[str, Stages] = {}
    for path in assignment.files("misconceptions/*.py"):
        own = getattr(load_module(path), "MISCONCEPTIONS", None)
        if not isinstance(own, dict):
            raise AssignmentError(
                f"{path}: there is no dict MISCONCEPTIONS. "
                "Write one: id -> {name of a stage: function}."
            )
        for name, replaced in own.items():
            problem = _problem_with(stages, name, replaced)
            if name in misconceptions:
                problem = "stands in an earlier file too. Rename one of them."
            if problem:
                raise AssignmentError(f"{path}: {name!r}: {problem}")
            misconceptions[name] = replaced
    return misconceptions


def _is_own(module: ModuleType, value: Any) -> bool:
    """Is it a function that the module defines, not one that it imports?"""
    return isinstance(value, FunctionType) and value.__module__ == module.__name__


def _problem_with(stages: Stages, name: Any, replaced: Any) -> str | None:
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
        check({**stages, **replaced})
    except StagesError as error:
        return str(error)
    if not affected_results({**stages, **replaced}, replaced):
        return "changes none of the results. Replace a stage that one of them needs."
    return None
