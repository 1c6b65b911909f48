"""Does a knob change the outputs by the right amount?

A knob is an input that is at rest in a case and turned up in its twin, which differs in nothing
else. Only the difference that it makes is judged, so that an error elsewhere costs nothing here.
"""

from collections.abc import Iterator

import numpy as np

from grader.checks.compare import (
    difference,
    is_within,
    relative_error,
    sizes_beside,
    unless_half,
)
from grader.checks.evidence import value_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import OutputSettings
from grader.model import AnswerKey, Function, Message, SubmissionError, twin_of
from grader.verdict import CheckResult

STILL = 1e-9  # a knob that changes an output by less, relative to it, does not move it


class EffectSettings(OutputSettings, frozen=True):
    """The cases are those at rest. Their twins are called too."""

    knob: str | None = None  # needed only if the function has several

    def knob_of(self, definition: Function) -> str:
        return self.knob or definition.knobs[0]

    def knobs_asked(self, definition: Function) -> tuple[str, ...]:
        return (self.knob_of(definition),)

    def cases_diagnosed(self) -> tuple[str, ...]:
        return self.cases

    def cases_ahead(self, definition: Function) -> tuple[str, ...]:
        knob = self.knob_of(definition)
        return tuple(each for name in self.cases for each in (name, twin_of(name, knob)))


def check_effect(
    function: FunctionUnderTest, key: AnswerKey, settings: EffectSettings
) -> CheckResult:
    """The first case in which the knob changes an output by a wrong amount decides."""
    knob = settings.knob_of(function.definition)
    for name in settings.cases:
        case, twin = key.cases[name], key.cases[twin_of(name, knob)]
        answer, turned_up = function.call_once(case), function.call_once(twin)
        for output in _outputs(key, function.definition, settings, name, twin.name):
            at_rest = answer.value(output)
            if not np.isfinite(at_rest).all():
                values: dict[str, float | int | str] = {
                    "case": twin.name,
                    "output": output,
                    "knob": knob,
                }
                raise SubmissionError(Message("effect_hidden", values), was_asked=False)
            got = difference(turned_up.value(output), at_rest)
            expected = np.asarray(key.expected[twin.name][output] - key.expected[name][output])
            error = relative_error(got, expected)
            # What rounds is each output, and not the difference that is left of them.
            cancelled = sizes_beside(
                expected, key.expected[name][output], key.expected[twin.name][output]
            )
            if is_within(key.tolerances, output, error, at_rest, cancelled=cancelled):
                continue
            code = "effect_differs" if got.any() else "effect_missing"
            message = Message(code, {"knob": knob, "output": output})
            message = unless_half(message, error, at_rest, turned_up.value(output))
            evidence = value_evidence(
                function, twin, output, got, expected, key.tolerances, knob=knob
            )
            return CheckResult(False, message, (evidence,))
    return CheckResult(True)


def _outputs(
    key: AnswerKey, definition: Function, settings: EffectSettings, name: str, twin: str
) -> Iterator[str]:
    """The output that the question names, or all that the knob moves."""
    for output in settings.outputs_of(key, definition):
        at_rest, turned_up = key.expected[name][output], key.expected[twin][output]
        if settings.output is not None or relative_error(turned_up, at_rest) > STILL:
            yield output
