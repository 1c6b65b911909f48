"""The Python files of an assignment. They are trusted, and read only when an answer key is built."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from grader.assignment.settings import Assignment, AssignmentError
from grader.diagnosis.stages import Stages, StagesError, affected_results, check, order

Misconceptions: TypeAlias = Mapping[str, Stages]  # id -> the stages it replaces


def load_module(path: Path) -> ModuleType:
    """Raises AssignmentError where it cannot be imported."""
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
    """The functions of stages.py, those that begin with an underscore left out; empty where there is no such file."""
    paths = assignment.files("stages.py")
    if not paths:
        return {}
    module = load_module(paths[0])
    stages = {
        name: value
        for name, value in vars(module).items()
        if is_own(module, value) and not name.startswith("_")
    }
    try:
        check(stages)
    except StagesError as error:
        raise AssignmentError(f"{paths[0]}: {error}") from None
    return stages


def load_terms(assignment: Assignment, stages: Stages) -> Stages:
    """TERMS of stages.py: functions like stages, whose results add up to data_gradient. Empty where there are none."""
    paths = assignment.files("stages.py")
    terms = getattr(load_module(paths[0]), "TERMS", {}) if paths else {}
    if not isinstance(terms, dict):
        raise AssignmentError(
            f"{paths[0]}: TERMS is no dict. Write name of a term -> function, or remove it."
        )
    taken = terms.keys() & stages.keys()
    if taken:
        raise AssignmentError(
            f"{paths[0]}: TERMS: {min(taken)!r} is the name of a stage. Rename it."
        )
    try:
        order({**stages, **terms}, wanted=tuple(terms))
    except StagesError as error:
        raise AssignmentError(f"{paths[0]}: TERMS: {error}") from None
    return terms


def is_own(module: ModuleType, value: Any) -> bool:
    return isinstance(value, FunctionType) and value.__module__ == module.__name__


def load_misconceptions(assignment: Assignment, stages: Stages) -> Misconceptions:
    """All MISCONCEPTIONS of the files in misconceptions/, file by file in the order of their names; empty where there is none."""
    found: dict[str, Stages] = {}
    for path in assignment.files("misconceptions/*.py"):
        own = getattr(load_module(path), "MISCONCEPTIONS", None)
        if not isinstance(own, dict):
            raise AssignmentError(
                f"{path}: there is no dict MISCONCEPTIONS. Write one: id -> {{name of a stage: function}}."
            )
        for name, replaced in own.items():
            problem = problem_of(stages, name, replaced)
            if name in found:
                problem = "stands in an earlier file too. Rename one of them."
            if problem:
                raise AssignmentError(f"{path}: {name!r}: {problem}")
            found[name] = replaced
    return found


def problem_of(stages: Stages, name: Any, replaced: Any) -> str | None:
    """Why this is no misconception, and the cure."""
    if not (isinstance(name, str) and name.isidentifier()):
        return "is no id. Write letters, digits and underscores."
    if not (isinstance(replaced, dict) and replaced):
        return "is no dict of stages. Write {name of a stage: function}."
    for stage in replaced:
        if stage not in stages:
            return f"replaces {stage!r}, which is no stage of stages.py. Write one of {', '.join(stages) or 'its stages, in that file'}."
    try:
        check({**stages, **replaced})
    except StagesError as error:
        return str(error)
    if not affected_results({**stages, **replaced}, replaced):
        return "changes none of the results. Replace a stage that one of them needs."
    return None
