"""A function under test that is plain Python, called in this process.

For trusted code only: the assignment's own, and unit tests of checks.
"""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.checks.cell import run_call
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import (
    Answer,
    AnswerKey,
    Array,
    Case,
    Counts,
    Form,
    Function,
    GraderError,
    Message,
    Shapes,
    SubmissionError,
    shape_text,
)
from grader.verdict import Finding


class PlainFunction(FunctionUnderTest):
    """The names that a file would define, and the call that uses them."""

    def __init__(
        self,
        definition: Function,
        names: Mapping[str, Any],
        key: AnswerKey | None = None,
        *,
        probe_cases: tuple[Case, ...] = (),
        others: Mapping[str, FunctionUnderTest] | None = None,
        findings: Mapping[str, Finding] | None = None,
    ) -> None:
        """names: name -> what the file under test defines. With a key, shapes are checked."""
        super().__init__(definition, key, probe_cases=probe_cases, others=others, findings=findings)
        self.names = names

    def clock(self) -> float:
        """CPU seconds of this process."""
        return time.process_time()

    def _call(self, case: Case, shapes: Shapes) -> Answer:
        inputs = {name: _in_form(case.inputs[name], case.form) for name in self.definition.inputs}
        started = self.clock()
        try:
            values = run_call(self.definition, self.names, inputs)
            if case.form == "read_only":
                _require_shapes(inputs, case)
        except (Exception, SystemExit) as error:
            message = Message("raised", {"exception": type(error).__name__}, str(error))
            raise SubmissionError(message) from error
        seconds = self.clock() - started
        answer = {
            output: _in_shape(output, value, shapes.get(output, value.shape))
            for output, value in values.items()
        }
        return Answer(answer, seconds)

    def _count(self, case: Case, shapes: Shapes) -> Counts:  # noqa: ARG002
        raise GraderError(f"Operations of {self.name} on {case.name!r} cannot be counted here.")


def _in_form(array: Array, form: Form) -> Array:
    """Copy an array of a case into the form in which the function receives it.

    The sandbox's child does the same with the arrays that it receives. A number stays as it is.
    """
    if not array.ndim:
        return array
    if form == "strided":
        larger: Array = np.zeros([2 * length for length in array.shape], array.dtype)
        view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
        view[...] = array
        return view
    copy = array.astype(np.int64) if form == "integer" else array.copy()
    copy.flags.writeable = form != "read_only"
    return copy


def _require_shapes(inputs: Mapping[str, Array], case: Case) -> None:
    """Raise ValueError if the call has changed the shape of an array."""
    if any(array.shape != case.inputs[name].shape for name, array in inputs.items()):
        # The same text as in the sandbox's child.
        raise ValueError("the shape of a read-only array was changed")


def _in_shape(output: str, value: Array, shape: tuple[int, ...]) -> Array | SubmissionError:
    """Return the output, or the error that it is if it has another shape."""
    if value.shape == shape:
        return value
    if not shape:
        if value.size == 1:
            return value.reshape(())
        return SubmissionError(
            Message("output_is_array", {"output": output, "got": shape_text(value.shape)})
        )
    got, expected = shape_text(value.shape), shape_text(shape)
    return SubmissionError(
        Message("output_shape", {"output": output, "got": got, "expected": expected})
    )
