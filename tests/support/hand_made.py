"""Answer keys made by hand: of any functions, without an assignment's folder."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.cell import run_call
from grader.checks.derived import add_derived
from grader.checks.shapes import as_declared
from grader.model import (
    AnswerKey,
    Array,
    Case,
    Function,
    Limits,
    Question,
    Source,
    Tolerances,
    require,
    twin_of,
)

DIRECTIONS = 2


def key_of(
    functions: Sequence[Function],
    names: Mapping[str, Any],
    inputs: Mapping[str, str],
    cases: Mapping[str, Mapping[str, Any]],
    *,
    questions: Sequence[Question] = (),
    knobs: Mapping[str, float] | None = None,
    derived: str | None = None,
    checks: str | None = None,
) -> AnswerKey:
    """Make a key whose right answers are those of `names`, what a right file defines.

    inputs: name -> its declaration. cases: name -> inputs; a knob is at rest if it is left out.
    knobs: name -> its value in the twins that every case gets.
    derived, checks: Python text.
    """
    knobs = knobs or {}
    made: dict[str, Case] = {}
    for name, given in cases.items():
        at_rest = dict.fromkeys(knobs, 0.0) | dict(given)
        made[name] = _case(name, inputs, at_rest)
        for knob, value in knobs.items():
            twin = twin_of(name, knob)
            made[twin] = _case(twin, inputs, at_rest | {knob: value})
    derived_code = None if derived is None else Source("derived.py", derived.encode(), ())
    expected: dict[str, dict[str, Array]] = {name: {} for name in made}
    directions: dict[str, dict[str, Array]] = {name: {} for name in made}
    random = np.random.default_rng(3)
    for name, case in made.items():
        for function in functions:
            if not case.inputs.keys() >= set(function.inputs):
                continue
            copies = {each: array.copy() for each, array in case.inputs.items()}
            values = run_call(function, names, copies)
            results = add_derived(function, derived_code, case.inputs, values)
            expected[name] |= {output: require(value) for output, value in results.items()}
            for gradient in function.gradients:
                shape = case.inputs[gradient.by].shape
                drawn = random.standard_normal((DIRECTIONS, *shape))
                directions[name][gradient.name] = drawn
    return AnswerKey(
        assignment="hand_made",
        files=("hand_made.py",),
        functions={function.short: function for function in functions},
        questions=tuple(questions),
        tolerances=Tolerances(),
        limits=Limits(),
        inputs=dict(inputs),
        knobs=tuple(knobs),
        cases=made,
        expected=expected,
        directions=directions,
        baseline=None,
        signatures=None,
        checks=None if checks is None else Source("checks.py", checks.encode(), ()),
        derived=derived_code,
        words={},
        lines={},
        conventions={},
        reveal="cause",
        seed="3",
    )


def _case(name: str, inputs: Mapping[str, str], values: Mapping[str, Any]) -> Case:
    return Case(name, {each: as_declared(inputs[each], value) for each, value in values.items()})
