"""The functions that verification asks about, as plain Python in this process.

They take and return arrays in the form that students use. The reference and its mutants are the
course's own code, so they need no sandbox.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from msgspec.structs import replace

from grader.assignment.modules import given_names, in_asked_form, stage_values
from grader.assignment.reference import Reference
from grader.assignment.settings import Assignment
from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.stages import Stages, run
from grader.model import AnswerKey, Array, Function, Values
from grader.verdict import Finding

# The outputs of a function for some inputs. An exception of the course's code passes through it.
Solution: TypeAlias = Callable[[Function, Values], Mapping[str, Array]]


def reference_solution(assignment: Assignment) -> Solution:
    """Return what the reference computes. Raises AssignmentError."""
    return Reference(assignment).call


def solution_of_stages(assignment: Assignment, stages: Stages, right: Solution) -> Solution:
    """Return what the stages compute.

    right: the reference, which gives the outputs that no stage has the name of.
    """

    def solve(function: Function, inputs: Values) -> dict[str, Array]:
        wanted = tuple(output for output in function.outputs if output in stages)
        values = all_stage_values(assignment, inputs)
        results = run(stages, values, wanted, strict=True)
        arrays = {output: np.asarray(result, float) for output, result in results.items()}
        rest = right(function, inputs) if len(wanted) < len(function.outputs) else {}
        return {**rest, **in_asked_form(assignment, arrays)}

    return solve


def all_stage_values(assignment: Assignment, inputs: Values) -> dict[str, Any]:
    """The values that stages are given for a case; None for those that the case has not."""
    return {**dict.fromkeys(given_names(assignment)), **stage_values(assignment, inputs)}


def in_single_precision(solution: Solution) -> Solution:
    """Return the solution as float32 computes it."""

    def solve(function: Function, inputs: Values) -> dict[str, Array]:
        rounded = {
            name: array.astype(np.float32) if array.ndim and array.dtype.kind == "f" else array
            for name, array in inputs.items()
        }
        outputs = solution(function, rounded)
        return {name: np.asarray(array, np.float32) for name, array in outputs.items()}

    return solve


def under_test(
    key: AnswerKey,
    definition: Function,
    solution: Solution,
    others: Mapping[str, FunctionUnderTest] | None = None,
    findings: Mapping[str, Finding] | None = None,
) -> PlainFunction:
    """Return a solution as a function under test.

    Its call asks the solution for all outputs at once, in place of the lines that ask a student's.
    """
    arguments = ", ".join(f"{name}={name}" for name in definition.inputs)
    call = f"({', '.join(definition.outputs)},) = _solution({arguments})"

    def solve(**inputs: Any) -> list[Array]:
        arrays = {name: np.asarray(value) for name, value in inputs.items()}
        outputs = solution(definition, arrays)
        return [outputs[name] for name in definition.outputs]

    return PlainFunction(
        replace(definition, call=call),
        {"_solution": solve},
        key,
        probe_cases=probe_cases(key, definition),
        others=others,
        findings=findings,
    )
