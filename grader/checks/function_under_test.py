"""The bench: all that a check may touch of one function."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np
from msgspec.structs import replace

from grader.model import (
    AnswerKey,
    Array,
    Case,
    Counts,
    Form,
    GraderError,
    LossAndGradient,
    Losses,
    Message,
    OpenProgram,
    Source,
    Submission,
    SubmissionError,
)
from grader.verdict import Finding

Call = Callable[[Case], LossAndGradient]
Count = Callable[[Case], Counts]
LAYOUTS = {"CxD": ("C x D", "D x N"), "DxC": ("D x C", "N x D")}  # of W and X
NEAR = 1e-3  # absolute or relative
MISFIT = {"ValueError", "IndexError"}  # what numpy raises where shapes do not go together


class FunctionUnderTest:
    """One function of a submission, ready to be asked. Everything raises SubmissionError where the function gives no answer.

    name: as the student writes it; losses(case, weights): of calls that differ in W, one by one through `call` if not given; look: two
    cases that differ in reg only, to tell whether it does anything; explain: what a fault at this first look means, where it means more
    than it says; others: the submission's functions by their short names, this one too; yardstick: the neutral program; passed: the
    outcome of an earlier question.
    """

    def __init__(
        self,
        name: str,
        call: Call,
        count: Count,
        yardstick: Call | None = None,
        look: tuple[Case, ...] = (),
        obstacle: Message | None = None,
        losses: Callable[[Case, Array], Losses] | None = None,
        explain: Callable[[Message], Message | None] = lambda _: None,
        others: Mapping[str, "FunctionUnderTest"] | None = None,
        passed: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.name, self.call, self.count, self.passed = name, call, count, passed
        self.look, self.obstacle, self.explain, self.others = look, obstacle, explain, others or {}
        self.yardstick, self.losses = yardstick or call, losses or self.losses_one_by_one
        self.remembered: dict[str, LossAndGradient | SubmissionError] = {}

    def output(self, case: Case) -> LossAndGradient:
        """Asked once and remembered, so that questions about the same case share the answer. `call` always asks anew."""
        if case.name not in self.remembered:
            try:
                self.remembered[case.name] = self.call(case)
            except SubmissionError as fault:
                self.remembered[case.name] = fault
        answer = self.remembered[case.name]
        if isinstance(answer, SubmissionError):
            raise answer
        return answer

    def losses_one_by_one(self, case: Case, weights: Array) -> Losses:
        outputs = [self.call(replace(case, W=W)) for W in weights]
        return Losses(
            np.array([output.loss for output in outputs]),
            any(output.overwrote_earlier for output in outputs),
        )

    def ready(self) -> None:
        """Raises SubmissionError where there is nothing to ask: the file does not load, the function is missing or not written yet."""
        if self.obstacle is not None:
            raise SubmissionError(self.obstacle)
        for case in self.look:  # the second only where the first gives zeros: each question is to meet its own cases first
            try:
                output = self.output(case)
                if output.loss != 0 or output.gradient.any():
                    return
            except SubmissionError as fault:
                self.look = ()  # once is enough
                self.obstacle = (
                    fault.message
                    if fault.message.code == "not_implemented"
                    else self.explain(fault.message)
                )
                if self.obstacle is not None:
                    raise SubmissionError(self.obstacle) from None
                return
        if self.look:
            self.obstacle = Message("not_implemented")
            raise SubmissionError(self.obstacle)


class SubmissionUnderTest:
    """A bench for each function the key asks for, by its name, over one running program."""

    def __init__(self, key: AnswerKey, submission: Submission, open_program: OpenProgram) -> None:
        self.key, self.open_program = key, open_program
        self.findings: dict[str, Finding] = {}
        # What cannot be a program is replaced by an empty one: nothing of it runs, and the verdict still tells the sandbox's level.
        text = b"" if submission.problem else submission.source
        # Inside it goes by the assignment's name: one that a student chose could be a module's, or steer what is read from it.
        self.program = open_program(
            Source(key.file, text, tuple(key.functions.values())), key.limits
        )
        obstacle = submission.problem or self.program.load_error
        self.benches: dict[str, FunctionUnderTest] = {}
        by_short_name: dict[str, FunctionUnderTest] = {}
        for short, name in key.functions.items():
            bench = self.bench(name, obstacle, by_short_name)
            self.benches[name] = by_short_name[short] = bench

    def bench(
        self, name: str, obstacle: Message | None, others: Mapping[str, FunctionUnderTest]
    ) -> FunctionUnderTest:
        missing = (
            None if name in self.program.present else Message("missing_function", {"name": name})
        )
        return FunctionUnderTest(
            name,
            call=lambda case: self.program.call(name, case),
            count=lambda case: self.program.count(name, case),
            losses=lambda case, weights: self.program.losses(name, case, weights),
            yardstick=self.yardstick,
            look=first_look(self.key),
            obstacle=obstacle or missing,
            explain=lambda message: self.other_layout(name, message),
            others=others,
            passed=lambda question: self.findings[question].outcome == "passed",
        )

    def other_layout(self, name: str, message: Message) -> Message | None:
        """Where shapes do not go together: does the function take W and X the other way round? It must then be right in loss or dW."""
        if message.values.get("exception") not in MISFIT:
            return None
        case, _ = first_look(self.key)
        expected = self.key.expected[case.name]
        try:
            output = self.program.call(name, replace(case, W=case.W.T, X=case.X.T))
            loss, gradient = output.loss, output.gradient
        except SubmissionError:
            return None
        if not (is_near(loss, expected.loss) or is_near(gradient, expected.gradient.T)):
            return None
        (W, X), (other_W, other_X) = (
            LAYOUTS.values()
            if self.key.conventions["layout"] == "CxD"
            else reversed(LAYOUTS.values())
        )
        return Message("other_layout", {"W": W, "X": X, "other_W": other_W, "other_X": other_X})

    def yardstick(self, case: Case) -> LossAndGradient:
        """The yardstick runs in a child of its own, which is kept between submissions. That it fails is the grader's trouble."""
        try:
            program = self.open_program(self.key.baseline.source, self.key.limits, keep=True)
            return program.call(self.key.baseline.function, case)
        except SubmissionError as fault:
            raise GraderError(
                f"The yardstick gives no answer ({fault.message.code}): check the assignment's baseline.py."
            ) from None

    def __getitem__(self, function: str) -> FunctionUnderTest:
        return self.benches[function]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.program.close()


@np.errstate(all="ignore")
def is_near(got: Array | float, expected: Array | float) -> bool:
    """Roughly, for what is either right or far off. expected: finite."""
    return bool(np.all(np.abs(got - expected) <= NEAR + NEAR * np.abs(expected)))


def first_look(key: AnswerKey) -> tuple[Case, ...]:
    """The key's first case without regularization and its twin with it."""
    plain = next(case for case in key.cases.values() if case.reg == 0)
    return plain, key.cases[plain.name + "_reg"]


def plain(
    function: Callable[..., Any],
    count: Count = lambda _: Counts(0),
    clock: Callable[[], float] = time.process_time,
    **parts: Any,
) -> FunctionUnderTest:
    """A bench of any Python function (W, X, y, reg) -> (loss, dW), in this process: for code that is trusted, and unit tests of checks."""

    def call(case: Case) -> LossAndGradient:
        began = clock()
        try:
            arrays = [in_form(array, case.form) for array in (case.W, case.X, case.y)]
            loss, gradient = function(*arrays, case.reg)
            if case.form == "read_only" and [array.shape for array in arrays] != [
                case.W.shape,
                case.X.shape,
                case.y.shape,
            ]:
                raise ValueError(
                    "the shape of a read-only array was changed"
                )  # as the sandbox's child says
            number, array = float(loss), np.array(gradient, dtype=float)
        except Exception as error:
            raise SubmissionError(
                Message("raised", {"exception": type(error).__name__}, str(error))
            ) from error
        if array.shape != case.W.shape:
            message = Message(
                "gradient_shape", {"got": str(array.shape), "expected": str(case.W.shape)}
            )
            return LossAndGradient(number, SubmissionError(message), clock() - began)
        return LossAndGradient(number, array, clock() - began)

    return FunctionUnderTest(getattr(function, "__name__", "function"), call, count, **parts)


def in_form(array: Array, form: Form) -> Array:
    """A copy of an array of a case as a function gets it; the sandbox's child makes the same of what it is sent."""
    if form == "strided":
        view: Array = np.zeros([2 * length for length in array.shape], array.dtype)[
            tuple(slice(None, None, 2) for _ in array.shape)
        ]
        view[...] = array
        return view
    copy = array.astype(np.int64) if form == "integer" else array.copy()
    copy.flags.writeable = form != "read_only"
    return copy
