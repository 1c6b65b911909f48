"""The function under test: the only part of a submission that a check sees."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from msgspec.structs import replace

from grader.model import (
    AnswerKey,
    Array,
    Case,
    Counts,
    GraderError,
    LossAndGradient,
    Losses,
    Message,
    SubmissionError,
    require,
)
from grader.verdict import Finding


class FunctionUnderTest(ABC):
    """One function of a submission. Calls raise SubmissionError if it gives no answer.

    A subclass says how the function is called: in the sandbox (submission_under_test.py), or in
    this process (plain_function.py).
    """

    def __init__(
        self,
        name: str,
        *,
        error: Message | None = None,
        probe_cases: tuple[Case, ...] = (),
        others: "Mapping[str, FunctionUnderTest] | None" = None,
        findings: Mapping[str, Finding] | None = None,
    ) -> None:
        self.name = name  # as students write it
        self.error = error  # why the function cannot be called, as far as is known
        # Two cases that differ in reg only. They show whether the function does anything at all.
        self.probe_cases = probe_cases
        self.others = others or {}  # the submission's functions by short name, with this one
        self.remembered: dict[str, LossAndGradient | SubmissionError] = {}  # by case
        self._findings = findings if findings is not None else {}  # grows with each question asked
        self._is_probed = False

    @abstractmethod
    def call(self, case: Case) -> LossAndGradient:
        """Call the function, even if it was called on this case before."""

    @abstractmethod
    def count_operations(self, case: Case) -> Counts:
        """Call the function and count its bytecode operations."""

    def call_baseline(self, case: Case) -> LossAndGradient:
        """Call the neutral program that CPU times are compared with."""
        raise GraderError(f"There is no baseline to compare {self.name} with on {case.name!r}.")

    def evaluate_losses(self, case: Case, weights: Array) -> Losses:
        """Call the function at several W. weights: (calls, *shape of W)."""
        answers = [self.call(replace(case, W=W)) for W in weights]
        return Losses(
            np.array([require(answer.loss) for answer in answers]),
            any(answer.overwrote_earlier for answer in answers),
        )

    def explain_error(self, message: Message) -> Message | None:  # noqa: ARG002
        """Turn the error of the first call into a more helpful message, or return None."""
        return None

    def call_once(self, case: Case) -> LossAndGradient:
        """Call the function and remember the answer, so that questions about a case share it."""
        if case.name not in self.remembered:
            try:
                self.remembered[case.name] = self.call(case)
            except SubmissionError as error:
                self.remembered[case.name] = error
        return require(self.remembered[case.name])

    def require_ready(self) -> None:
        """Raise SubmissionError if there is nothing to test.

        That is so if the file does not load, or the function is missing or not written yet.
        """
        if self.error is None and not self._is_probed:
            self.error = self._probe()
            self._is_probed = True
        if self.error is not None:
            raise SubmissionError(self.error)

    def has_passed(self, question: str) -> bool:
        """Did the function pass an earlier question?"""
        return self._findings[question].outcome == "passed"

    def repeats_another_answer(self, case: Case, answer: LossAndGradient) -> bool:
        """Has the submission returned this very answer for another input before?

        Then it has stored it. But if another function gave an equal answer to this same input,
        that proves nothing: one may call the other, or both make the same mistake.
        """
        # Each function once: `others` may hold this one, too.
        functions = {id(each): each for each in (self, *self.others.values())}.values()
        for function in functions:
            if function is not self and _equals(function.remembered.get(case.name), answer):
                return False
        return any(
            name != case.name and _equals(earlier, answer)
            for function in functions
            for name, earlier in function.remembered.items()
        )

    def _probe(self) -> Message | None:
        """Call the probe cases. Returns why the function cannot be tested, or None.

        The second case is called only if the first gives zeros, so that as many cases as possible
        are new to the function when a question asks about them.
        """
        for case in self.probe_cases:
            try:
                answer = self.call_once(case)
                if require(answer.loss) != 0 or require(answer.gradient).any():
                    return None
            except SubmissionError as error:
                if error.message.code == "not_implemented":
                    return error.message
                return self.explain_error(error.message)
        return Message("not_implemented") if self.probe_cases else None


def probe_cases(key: AnswerKey) -> tuple[Case, ...]:
    """The key's first case without regularization, and its twin with it."""
    case = next(case for case in key.cases.values() if case.reg == 0)
    return case, key.cases[case.name + "_reg"]


def _equals(earlier: LossAndGradient | SubmissionError | None, answer: LossAndGradient) -> bool:
    return (
        isinstance(earlier, LossAndGradient)
        and earlier.loss == answer.loss
        and np.array_equal(earlier.gradient, answer.gradient)  # type: ignore[arg-type]
    )
