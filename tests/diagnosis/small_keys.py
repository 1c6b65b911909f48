"""Answer keys of small made-up assignments, for diagnoses of other functions than softmax's."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.plain_function import PlainFunction
from grader.checks.shapes import lengths_of, letters_of
from grader.diagnosis.signatures import StageInput, signatures_of
from grader.diagnosis.stages import Stages, run
from grader.model import (
    AnswerKey,
    Array,
    Case,
    Function,
    Limits,
    Question,
    Tolerances,
    twin_of,
)

DIRECTIONS = 2


def key_of(
    stages: Mapping[str, Any],
    mistakes: Mapping[str, Mapping[str, Any]],
    functions: Sequence[Function],
    inputs: Mapping[str, str],
    cases: Mapping[str, Mapping[str, Any]],
    knobs: Mapping[str, float] | None = None,
    terms: Mapping[str, Mapping[str, Any]] | None = None,
    questions: Sequence[Question] = (),
    twins: Mapping[str, Sequence[str]] | None = None,
) -> AnswerKey:
    """A key with the signatures of these mistakes. Knobs are at rest in the cases, which are small.

    stages also give the right answers. terms: output -> term -> stage. twins: case -> the knobs
    that it has a twin for, if those are not all.
    """
    knobs = knobs or {}
    random = np.random.default_rng(11)
    outputs = list(dict.fromkeys(name for function in functions for name in function.outputs))
    key_cases: dict[str, Case] = {}
    expected: dict[str, dict[str, Array]] = {}
    directions: dict[str, dict[str, Array]] = {}
    stage_inputs: dict[str, StageInput] = {}
    terms_of_cases: dict[str, dict[str, dict[str, Array]]] = {}
    for name, drawn in cases.items():
        at_rest = {**drawn, **dict.fromkeys(knobs, 0.0)}
        own_knobs = {knob: knobs[knob] for knob in (twins or {}).get(name, knobs)}
        variants = {name: at_rest} | {
            twin_of(name, knob): {**at_rest, knob: value} for knob, value in own_knobs.items()
        }
        for variant, values in variants.items():
            key_cases[variant] = Case(variant, {each: np.asarray(v) for each, v in values.items()})
            given = _given(inputs, key_cases[variant])
            results = run(stages, given, outputs)
            expected[variant] = {
                output: np.asarray(value, float)
                for output, value in results.items()
                if value is not None
            }
        directions[name] = {
            output: random.standard_normal((DIRECTIONS, *value.shape))
            for output, value in expected[name].items()
            if value.ndim
        }
        given = _given(inputs, key_cases[name])
        stage_inputs[name] = StageInput(given, own_knobs, directions[name])
        terms_of_cases[name] = {
            output: run({**stages, **of_output}, given, tuple(of_output))
            for output, of_output in (terms or {}).items()
        }
    return AnswerKey(
        assignment="small",
        files=("small.py",),
        functions={function.short: function for function in functions},
        questions=tuple(questions),
        tolerances=Tolerances(),
        limits=Limits(),
        inputs=dict(inputs),
        knobs=tuple(knobs),
        cases=key_cases,
        expected=expected,
        directions=directions,
        baseline=None,
        signatures=signatures_of(
            stages,
            mistakes,
            outputs,
            stage_inputs,
            terms_of_cases,
        ),
        checks=None,
        derived=None,
        words={},
        lines={},
        conventions={},
        reveal="cause",
        seed="1",
    )


def function_of(
    key: AnswerKey, short: str, stages: Mapping[str, Any], change: Mapping[str, Any] | None = None
) -> PlainFunction:
    """A student's function made of stages. change: output -> what becomes of it."""
    definition = key.functions[short]

    def solve(*arguments: Any) -> Any:
        case = Case("", dict(zip(definition.inputs, map(np.asarray, arguments), strict=True)))
        results = run(stages, _given(key.inputs, case), definition.outputs)
        changed = {
            output: (change or {}).get(output, lambda value: value)(value)
            for output, value in results.items()
        }
        return tuple(changed.values()) if len(changed) > 1 else next(iter(changed.values()))

    return PlainFunction(definition, {definition.name: solve}, key)


def merged(stages: Mapping[str, Any], *replaced: Mapping[str, Any]) -> Stages:
    """The stages of a student who makes all these mistakes."""
    result = dict(stages)
    for each in replaced:
        result |= each
    return result


def _given(inputs: Mapping[str, str], case: Case) -> dict[str, Any]:
    """The given values of stages on a case: its inputs, and the lengths of its axes.

    None for those that the case lacks.
    """
    letters = [letter for declared in inputs.values() for letter in letters_of(declared)]
    declared = {name: inputs[name] for name in case.inputs}
    arrays = {name: v if v.ndim else v.item() for name, v in case.inputs.items()}
    return dict.fromkeys([*inputs, *letters]) | lengths_of(declared, case.inputs) | arrays
