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
    Program,
    Source,
    Submission,
    SubmissionError,
    require,
)
from grader.verdict import Finding

LAYOUTS = {"CxD": ("C x D", "D x N"), "DxC": ("D x C", "N x D")}  # of W and X
REGULARIZATIONS = ("0.5", "1.0")  # the factor before reg * sum(W * W)
SHAPE_ERRORS = {"ValueError", "IndexError"}  # raised by numpy if shapes do not fit together
MAX_SALVAGES = 4  # of one file: each leaves out what the one before could not know of


class SubmissionUnderTest:
    """The functions of a submission, in one running program. Closes it at the end of `with`."""

    def __init__(self, key: AnswerKey, submission: Submission, open_program: OpenProgram) -> None:
        self.key, self.open_program = key, open_program
        self.findings: dict[str, Finding] = {}  # by question, filled as the questions are asked
        # A file that cannot be a program is replaced by an empty one: nothing of it runs, and the
        # verdict can still name the sandbox's level.
        self.text = b"" if submission.problem else submission.source  # the text that was run
        self.notes: tuple[Message, ...] = ()  # what was left out of it
        # Name of a function that was left out -> why it does not parse.
        self.broken: dict[str, Message] = {}
        self.program = self._open(self.text)
        error = submission.problem or self._load_error()
        self.notes += self.program.load_notes
        self.functions: dict[str, FunctionUnderTest] = {}
        self.by_short_name: dict[str, FunctionUnderTest] = {}
        for short, name in key.functions.items():
            function = _SandboxedFunction(self, name, error or self._missing(name))
            self.functions[name] = self.by_short_name[short] = function
        if self.notes:
            from grader.static_analysis.missing_function import name_definitions

            self.notes = name_definitions(self.notes, self.text)

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

    def _open(self, text: bytes) -> Program:
        # The program has the assignment's file name: one that a student chose could be a module's,
        # or influence what is read from it.
        source = Source(self.key.file_name, text, tuple(self.key.functions.values()))
        return self.open_program(source, self.key.limits)

    def _load_error(self) -> Message | None:
        """Return why nothing of the file can be called, or None.

        A file that does not parse is loaded again without what does not, if that leaves something
        to ask. Nothing of it has run by then.
        """
        error = self.program.load_error
        if error is None or error.code != "does_not_parse":
            return error
        # Here, because most files parse.
        from grader.static_analysis.salvage import salvage
        from grader.static_analysis.syntax_errors import syntax_error
        from grader.static_analysis.text import text_of

        text = text_of(self.text)
        reason = first_reason = syntax_error(text, error.quote or "", error.line)
        for _ in range(MAX_SALVAGES):
            left = salvage(text, tuple(self.key.functions.values()), reason)
            if left is None:
                return first_reason
            program = self._open(left.text.encode())
            text = left.text
            self.notes += left.notes
            self.broken |= left.broken
            error = program.load_error
            if error is None or error.code != "does_not_parse":
                self.program.close()
                self.program, self.text = program, text.encode()
                return error
            program.close()
            reason = syntax_error(text, error.quote or "", error.line)
        return first_reason

    def _missing(self, name: str) -> Message | None:
        if name in self.program.present:
            return None
        if name in self.broken:
            return self.broken[name]
        from grader.static_analysis.missing_function import explain_missing

        return explain_missing(self.text, name, tuple(self.key.functions.values()), self.notes)


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
        return Message(
            "other_layout",
            {
                "W": W,
                "X": X,
                "other_W": other_W,
                "other_X": other_X,
                "regularization": self._other_regularization(loss),
            },
        )

    def _other_regularization(self, loss: float) -> str:
        """Return the other factor before reg if the function has that one, or an empty text.

        The function expects W and X transposed. loss: what it then gives without regularization.
        """
        key = self.submission.key
        case, twin = self.probe_cases
        try:
            loss_with_reg = require(self.call(replace(twin, W=twin.W.T, X=twin.X.T)).loss)
        except SubmissionError:
            return ""
        expected = key.expected[twin.name].loss - key.expected[case.name].loss
        own = key.conventions["regularization"]
        (other,) = set(REGULARIZATIONS) - {own}
        is_other = is_near((loss_with_reg - loss) / expected, float(other) / float(own))
        return other if is_other else ""
