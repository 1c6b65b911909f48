"""Correct work, graded on keys whose cases are drawn without care for kinks.

The assignment is a multiclass SVM: where a step of the check of slopes crosses the point at which a
margin becomes positive, the loss has no slope. Each seed gives a key, on which correct work is
graded in this process: with loops, vectorized, and vectorized in float32.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec.structs import replace

from grader.assignment.course_files import load_module
from grader.assignment.settings import Assignment
from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.checks.plain_function import PlainFunction
from grader.grading import ask
from grader.model import AnswerKey, Array
from grader.verdict import Finding
from tests.support.paths import PROJECT

CARELESS_SVM = PROJECT / "tests/assignments/careless_svm"
WORKS = ("loops", "vectorized", "float32")


def points_lost(assignment: Assignment, key: AnswerKey) -> dict[str, list[str]]:
    """Grade correct work on a key. Returns work -> the questions that it fails."""
    return {work: _failed(key, _names(assignment, work)) for work in WORKS}


def with_untried_directions(key: AnswerKey, seed: int) -> AnswerKey:
    """The key with directions as they were drawn before: nobody tries them on the reference.

    A step of 1 moves the scores by 1 (root mean square).
    """
    random = np.random.default_rng([seed, 1])
    directions = {}
    for name in key.directions:
        W, X = key.cases[name].inputs["W"], key.cases[name].inputs["X"]
        drawn = random.standard_normal((4, *W.shape))
        directions[name] = {"dW": np.array([V / np.sqrt(np.mean((V @ X) ** 2)) for V in drawn])}
    return replace(key, directions=directions)


def _names(assignment: Assignment, work: str) -> Mapping[str, Any]:
    """What a correct file defines: its two functions."""
    module = load_module(assignment.path(assignment.file_name))
    loops, vectorized = (getattr(module, each.name) for each in assignment.functions.values())
    function = loops if work == "loops" else vectorized

    def in_single_precision(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        loss, dW = function(W.astype(np.float32), X.astype(np.float32), y, reg)
        return np.float32(loss), dW.astype(np.float32)

    asked = in_single_precision if work == "float32" else function
    return {each.name: asked for each in assignment.functions.values()}


def _failed(key: AnswerKey, names: Mapping[str, Any]) -> list[str]:
    findings: dict[str, Finding] = {}
    functions: dict[str, FunctionUnderTest] = {}
    for short, definition in key.functions.items():
        functions[short] = PlainFunction(
            definition,
            names,
            key,
            probe_cases=probe_cases(key, definition),
            others=functions,
            findings=findings,
        )
    for question in key.questions:
        function = functions[question.id.partition(".")[0]]
        findings[question.id] = ask(question, key, function, findings)
    return [name for name, finding in findings.items() if finding.outcome != "passed"]
