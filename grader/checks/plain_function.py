"""A function under test that is a plain Python function, called in this process.

For trusted code only: the assignment's own, and unit tests of checks.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.checks.function_under_test import FunctionUnderTest
from grader.model import (
    Array,
    Case,
    Counts,
    Form,
    GraderError,
    LossAndGradient,
    Message,
    SubmissionError,
)
from grader.verdict import Finding


class PlainFunction(FunctionUnderTest):
    """Any Python function (W, X, y, reg) -> (loss, dW)."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        probe_cases: tuple[Case, ...] = (),
        others: Mapping[str, FunctionUnderTest] | None = None,
        findings: Mapping[str, Finding] | None = None,
    ) -> None:
        super().__init__(
            name or str(getattr(function, "__name__", "function")),
            probe_cases=probe_cases,
            others=others,
            findings=findings,
        )
        self.function = function

    def call(self, case: Case) -> LossAndGradient:
        started = self.clock()
        try:
            loss, gradient = self._answer(case)
        except Exception as error:
            message = Message("raised", {"exception": type(error).__name__}, str(error))
            raise SubmissionError(message) from error
        seconds = self.clock() - started
        if gradient.shape != case.W.shape:
            got, expected = str(gradient.shape), str(case.W.shape)
            message = Message("gradient_shape", {"got": got, "expected": expected})
            return LossAndGradient(loss, SubmissionError(message), seconds)
        return LossAndGradient(loss, gradient, seconds)

    def count_operations(self, case: Case) -> Counts:
        raise GraderError(f"Operations of {self.name} on {case.name!r} cannot be counted here.")

    def clock(self) -> float:
        """CPU seconds of this process."""
        return time.process_time()

    def _answer(self, case: Case) -> tuple[float, Array]:
        arrays = [_in_form(array, case.form) for array in (case.W, case.X, case.y)]
        loss, gradient = self.function(*arrays, case.reg)
        shapes = [case.W.shape, case.X.shape, case.y.shape]
        if case.form == "read_only" and [array.shape for array in arrays] != shapes:
            # The same text as in the sandbox's child.
            raise ValueError("the shape of a read-only array was changed")
        return float(loss), np.array(gradient, dtype=float)


def _in_form(array: Array, form: Form) -> Array:
    """Copy an array of a case into the form in which the function receives it.

    The sandbox's child does the same with the arrays that it receives.
    """
    if form == "strided":
        larger: Array = np.zeros([2 * length for length in array.shape], array.dtype)
        view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
        view[...] = array
        return view
    copy = array.astype(np.int64) if form == "integer" else array.copy()
    copy.flags.writeable = form != "read_only"
    return copy
