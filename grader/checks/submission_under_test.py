"""A submission in the sandbox: a function under test for each function in the key."""

from types import TracebackType
from typing import Self

from msgspec.structs import replace

from grader.checks.compare import is_near
from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.model import (
    AnswerKey,
    Array,
    Case,
    Counts,
    GraderError,
    LossAndGradient,
    Losses,
    Message,
    OpenProgram,
    Source,
    Submission,
    SubmissionError,
    require,
)
from grader.verdict import Finding

LAYOUTS = {"CxD": ("C x D", "D x N"), "DxC": ("D x C", "N x D")}  # of W and X
SHAPE_ERRORS = {"ValueError", "IndexError"}  # raised by numpy if shapes do not fit together


class SubmissionUnderTest:
    """The functions of a submission, in one running program. Closes it at the end of `with`."""

    def __init__(self, key: AnswerKey, submission: Submission, open_program: OpenProgram) -> None:
        self.key, self.open_program = key, open_program
        self.findings: dict[str, Finding] = {}  # by question, filled as the questions are asked
        # A file that cannot be a program is replaced by an empty one: nothing of it runs, and the
        # verdict can still name the sandbox's level.
        text = b"" if submission.problem else submission.source
        # The program has the assignment's file name: one that a student chose could be a module's,
        # or influence what is read from it.
        source = Source(key.file_name, text, tuple(key.functions.values()))
        self.program = open_program(source, key.limits)
        error = submission.problem or self.program.load_error
        self.functions: dict[str, FunctionUnderTest] = {}
        self.by_short_name: dict[str, FunctionUnderTest] = {}
        for short, name in key.functions.items():
            function = _SandboxedFunction(self, name, error or self._missing(name))
            self.functions[name] = self.by_short_name[short] = function

    def call_baseline(self, case: Case) -> LossAndGradient:
        """Call the baseline in a child of its own, which is kept between submissions."""
        baseline = self.key.baseline
        try:
            program = self.open_program(baseline.source, self.key.limits, keep=True)
            return program.call(baseline.function, case)
        except SubmissionError as error:
            raise GraderError(
                f"The baseline gives no answer ({error.message.code}): "
                "check the assignment's baseline.py."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.program.close()

    def _missing(self, name: str) -> Message | None:
        if name in self.program.present:
            return None
        return Message("missing_function", {"name": name})


class _SandboxedFunction(FunctionUnderTest):
    """A function of a submission, called in the sandbox."""

    def __init__(self, submission: SubmissionUnderTest, name: str, error: Message | None) -> None:
        super().__init__(
            name,
            error=error,
            probe_cases=probe_cases(submission.key),
            others=submission.by_short_name,
            findings=submission.findings,
        )
        self.submission = submission

    def call(self, case: Case) -> LossAndGradient:
        return self.submission.program.call(self.name, case)

    def count_operations(self, case: Case) -> Counts:
        return self.submission.program.count(self.name, case)

    def evaluate_losses(self, case: Case, weights: Array) -> Losses:
        return self.submission.program.losses(self.name, case, weights)

    def call_baseline(self, case: Case) -> LossAndGradient:
        return self.submission.call_baseline(case)

    def explain_error(self, message: Message) -> Message | None:
        """After a shape error, check whether the function expects W and X transposed.

        It does if it then gives the right loss or the right dW.
        """
        if message.values.get("exception") not in SHAPE_ERRORS:
            return None
        key = self.submission.key
        case = self.probe_cases[0]
        expected = key.expected[case.name]
        try:
            answer = self.call(replace(case, W=case.W.T, X=case.X.T))
            loss, gradient = require(answer.loss), require(answer.gradient)
        except SubmissionError:
            return None
        if not (is_near(loss, expected.loss) or is_near(gradient, expected.gradient.T)):
            return None
        layout = key.conventions["layout"]
        (other,) = LAYOUTS.keys() - {layout}
        (W, X), (other_W, other_X) = LAYOUTS[layout], LAYOUTS[other]
        return Message("other_layout", {"W": W, "X": X, "other_W": other_W, "other_X": other_X})
