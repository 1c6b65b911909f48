"""The bench: all that a check may touch of one function."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np

from grader.model import AnswerKey, Case, Counts, GraderFault, Message, OpenProgram, Output, Source, StudentFault, Submission
from grader.verdict import Finding

Call = Callable[[Case], Output]
Count = Callable[[Case], Counts]


class Bench:
    """One function of a submission, ready to be asked. Everything raises StudentFault where the function gives no answer.

    name: as the student writes it; look: two cases that differ in reg only, to tell whether it does anything; others: the submission's
    functions by their short names, this one too; yardstick: the neutral program; passed: the outcome of an earlier question.
    """

    def __init__(
        self,
        name: str,
        call: Call,
        count: Count,
        yardstick: Call | None = None,
        look: tuple[Case, ...] = (),
        obstacle: Message | None = None,
        others: Mapping[str, "Bench"] | None = None,
        passed: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.name, self.call, self.count, self.passed = name, call, count, passed
        self.look, self.obstacle, self.others = look, obstacle, others or {}
        self.yardstick = yardstick or call
        self.remembered: dict[str, Output | StudentFault] = {}

    def output(self, case: Case) -> Output:
        """Asked once and remembered, so that questions about the same case share the answer. `call` always asks anew."""
        if case.name not in self.remembered:
            try:
                self.remembered[case.name] = self.call(case)
            except StudentFault as fault:
                self.remembered[case.name] = fault
        answer = self.remembered[case.name]
        if isinstance(answer, StudentFault):
            raise answer
        return answer

    def ready(self) -> None:
        """Raises StudentFault where there is nothing to ask: the file does not load, the function is missing or not written yet."""
        if self.obstacle is not None:
            raise StudentFault(self.obstacle)
        for case in self.look:  # the second only where the first gives zeros: each question is to meet its own cases first
            try:
                output = self.output(case)
                if output.loss != 0 or output.gradient.any():
                    return
            except StudentFault as fault:
                if fault.message.code == "not_implemented":
                    raise
                return
        if self.look:
            raise StudentFault(Message("not_implemented"))


class Benches:
    """A bench for each function the key asks for, by its name, over one running program."""

    def __init__(self, key: AnswerKey, submission: Submission, open_program: OpenProgram) -> None:
        self.key, self.open_program = key, open_program
        self.findings: dict[str, Finding] = {}
        # What cannot be a program is replaced by an empty one: nothing of it runs, and the verdict still tells the sandbox's level.
        text = b"" if submission.problem else submission.source
        # Inside it goes by the assignment's name: one that a student chose could be a module's, or steer what is read from it.
        self.program = open_program(Source(key.file, text, tuple(key.functions.values())), key.limits)
        obstacle = submission.problem or self.program.load_fault
        self.benches: dict[str, Bench] = {}
        by_short_name: dict[str, Bench] = {}
        for short, name in key.functions.items():
            bench = self.bench(name, obstacle, by_short_name)
            self.benches[name] = by_short_name[short] = bench

    def bench(self, name: str, obstacle: Message | None, others: Mapping[str, Bench]) -> Bench:
        missing = None if name in self.program.present else Message("missing_function", {"name": name})
        return Bench(
            name,
            call=lambda case: self.program.call(name, case),
            count=lambda case: self.program.count(name, case),
            yardstick=self.yardstick,
            look=first_look(self.key),
            obstacle=obstacle or missing,
            others=others,
            passed=lambda question: self.findings[question].outcome == "passed",
        )

    def yardstick(self, case: Case) -> Output:
        """The yardstick runs in a child of its own, which is kept between submissions. That it fails is the grader's trouble."""
        try:
            program = self.open_program(self.key.yardstick.source, self.key.limits, keep=True)
            return program.call(self.key.yardstick.function, case)
        except StudentFault as fault:
            raise GraderFault(f"The yardstick gives no answer ({fault.message.code}): check the assignment's yardstick.py.") from None

    def __getitem__(self, function: str) -> Bench:
        return self.benches[function]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.program.close()


def first_look(key: AnswerKey) -> tuple[Case, ...]:
    """The key's first case without regularization and its twin with it."""
    plain = next(case for case in key.cases.values() if case.reg == 0)
    return plain, key.cases[plain.name + "_reg"]


def plain(
    function: Callable[..., Any],
    count: Count = lambda _: Counts(0),
    clock: Callable[[], float] = time.process_time,
    **parts: Any,
) -> Bench:
    """A bench of any Python function (W, X, y, reg) -> (loss, dW), in this process: for code that is trusted, and unit tests of checks."""

    def call(case: Case) -> Output:
        began = clock()
        try:
            loss, gradient = function(case.W.copy(), case.X.copy(), case.y.copy(), case.reg)
            number, array = float(loss), np.array(gradient, dtype=float)
        except Exception as error:
            raise StudentFault(Message("raised", {"exception": type(error).__name__}, str(error))) from error
        if array.shape != case.W.shape:
            message = Message("gradient_shape", {"got": str(array.shape), "expected": str(case.W.shape)})
            return Output(number, StudentFault(message), clock() - began)
        return Output(number, array, clock() - began)

    return Bench(getattr(function, "__name__", "function"), call, count, **parts)
