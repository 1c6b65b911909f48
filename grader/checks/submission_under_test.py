"""A submission in the sandbox: a function under test for each function in the key."""

from collections.abc import Sequence
from functools import lru_cache
from types import TracebackType
from typing import Self

from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.model import (
    Answer,
    AnswerKey,
    Array,
    Case,
    Counts,
    Function,
    GraderError,
    Message,
    OpenProgram,
    Program,
    Series,
    Shapes,
    Source,
    SourceFile,
    Submission,
    SubmissionError,
)
from grader.verdict import Finding

MAX_SALVAGES = 4  # of one file: each leaves out what the one before could not know of


class SubmissionUnderTest:
    """The functions of a submission, in one running program. Closes it at the end of `with`."""

    def __init__(self, key: AnswerKey, submission: Submission, open_program: OpenProgram) -> None:
        self.key, self.open_program = key, open_program
        self.findings: dict[str, Finding] = {}  # by question, filled as the questions are asked
        self.more = submission.more
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
        for short, definition in key.functions.items():
            function = _SandboxedFunction(self, definition, error or self._missing(definition))
            self.functions[definition.name] = self.by_short_name[short] = function
        if self.notes:
            from grader.static_analysis.missing_function import name_definitions

            self.notes = name_definitions(self.notes, self.text)

    def open_baseline(self) -> Program:
        """Return the baseline, in a child of its own, which is kept between submissions."""
        if self.key.baseline is None:
            raise GraderError("The key has no baseline: add baseline.py to the assignment.")
        return self.open_program(self.key.baseline, self.key.limits, keep=True)

    def call_baseline(self, case: Case) -> Answer:
        """Call the baseline."""
        program = self.open_baseline()
        assert self.key.baseline is not None
        try:
            return program.call(self.key.baseline.functions[0], case, {})
        except SubmissionError as error:
            raise GraderError(
                f"The baseline gives no answer ({error.message.code}): "
                "check the assignment's baseline.py."
            ) from None

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The text that was run, the first file first."""
        return (SourceFile(self.key.file_name, self.text), *self.more)

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
        functions = tuple(self.key.functions.values())
        source = Source(self.key.file_name, text, functions, self.more)
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
            left = salvage(text, self.key.names, reason)
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

    def _missing(self, definition: Function) -> Message | None:
        """Return why the function cannot be called for lack of a name, or None."""
        for name in definition.names:
            if name in self.program.present:
                continue
            if name in self.broken:
                return self.broken[name]
            from grader.static_analysis.missing_function import explain_missing

            return explain_missing(self.text, name, self.key.names, self.notes)
        return None


class _SandboxedFunction(FunctionUnderTest):
    """A function of a submission, called in the sandbox."""

    def __init__(
        self, submission: SubmissionUnderTest, definition: Function, error: Message | None
    ) -> None:
        key = submission.key
        super().__init__(
            definition,
            key,
            error=error,
            probe_cases=probe_cases(key, definition),
            others=submission.by_short_name,
            findings=submission.findings,
        )
        self.submission = submission

    def call_baseline(self, case: Case) -> Answer:
        return self.submission.call_baseline(case)

    def baseline_seconds(self) -> dict[str, float]:
        return _least_seconds(self.submission.open_baseline())  # type: ignore[arg-type]

    def _call(self, case: Case, shapes: Shapes) -> Answer:
        return self.submission.program.call(self.definition, case, shapes)

    def _call_all(self, cases: Sequence[tuple[Case, Shapes]]) -> Sequence[Answer | SubmissionError]:
        return self.submission.program.call_all(self.definition, cases)

    def _vary(
        self, case: Case, name: str, inputs: Array, output: str, shape: tuple[int, ...]
    ) -> Series:
        return self.submission.program.vary(self.definition, case, name, inputs, output, shape)

    def _count(self, case: Case, shapes: Shapes) -> Counts:
        return self.submission.program.count(self.definition, case, shapes)


@lru_cache(maxsize=4)
def _least_seconds(baseline: Program) -> dict[str, float]:
    """The least CPU seconds of a baseline's calls, by series of cases, for as long as it is kept.

    Every race with this baseline adds to it.
    """
    return {}
