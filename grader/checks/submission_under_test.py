"""A submission in the sandbox: a function under test for each function in the key."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.checks.loading import load, open_files
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
    SourceFile,
    Submission,
    SubmissionError,
)
from grader.verdict import Finding

_IMPORT_ERRORS = ("import_failed", "import_relative")  # codes of errors of a call
_MISSING_MODULE = ("missing_module", "missing_relative_module")  # codes of notes


class SubmissionUnderTest:
    """The functions of a submission, in one running program. Closes it at the end of `with`."""

    def __init__(self, key: AnswerKey, submission: Submission, open_program: OpenProgram) -> None:
        self.key, self.open_program = key, open_program
        self.findings: dict[str, Finding] = {}  # by question, filled as the questions are asked
        loaded = load(key, submission, open_program)
        self.program, self.files = loaded.program, loaded.files
        self.broken = loaded.broken
        self.absent_files = _absent_files(key, self.files)
        self.notes = loaded.notes + self._load_notes()  # what was left out
        self.functions: dict[str, FunctionUnderTest] = {}
        self.by_short_name: dict[str, FunctionUnderTest] = {}
        for short, definition in key.functions.items():
            error = loaded.error or self._missing(definition)
            function = _SandboxedFunction(self, definition, error)
            self.functions[definition.name] = self.by_short_name[short] = function
        if self.notes:
            from grader.static_analysis.missing_function import name_definitions

            self.notes = name_definitions(self.notes, self.files)

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

    def call_afresh(self, function: Function, case: Case, shapes: Shapes) -> Answer:
        """Call a function in a program of its own, which has not been called before."""
        program = open_files(self.key, self.files, self.open_program)
        try:
            if program.load_error is not None:
                raise SubmissionError(program.load_error)
            return program.call(function, case, shapes)
        finally:
            program.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.program.close()

    def _missing(self, definition: Function) -> Message | None:
        """Return why the function cannot be called for lack of a name, or None."""
        for name in definition.names:
            if name in self.program.present:
                continue
            if name in self.broken:
                return self.broken[name]
            from grader.static_analysis.missing_function import explain_missing

            message = explain_missing(self.files, name, self.key.names, self.notes)
            return message if len(self.key.files) == 1 else self._missing_in_files(name, message)
        return None

    def _missing_in_files(self, name: str, reason: Message) -> Message:
        """Say of a name that is in none of several files whether one of these is missing.

        reason: what the texts of those that are there say about the name.
        """
        code, files = "missing_file", self.absent_files
        if reason.code == "missing_function" and not files:
            code, files = "missing_in_files", tuple(file.file for file in self.files)
        elif reason.code == "function_imported" and (file := self.absent_file(reason.quote)):
            files = (file,)
        elif reason.code != "missing_function":
            return reason
        return Message(code, {"name": name, "file": ", ".join(files)})

    def absent_file(self, module: str | None) -> str | None:
        """Return the file of the assignment that a module would be, if the submission lacks it.

        module: as an error has it. Of `import course.layers` that is course, if there is none.
        """
        if not self.absent_files or not module:
            return None
        from grader.static_analysis.imports import imported_modules

        imported = [each for file in self.files for each in imported_modules(file.text)]
        names = [module, *(each for each in imported if each.startswith(f"{module}."))]
        files = (f"{name.rpartition('.')[2]}.py" for name in names)
        return next((file for file in files if file in self.absent_files), None)

    def _load_notes(self) -> tuple[Message, ...]:
        """The program's notes, without imports of a file that is missing: this is told already."""
        notes = self.program.load_notes
        return tuple(
            note
            for note in notes
            if note.code not in _MISSING_MODULE or not self.absent_file(note.quote)
        )


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

    def explain_error(self, message: Message) -> Message | None:
        """As above; and say it if what the call needs would be in a file that is missing."""
        if message.code in _IMPORT_ERRORS:
            file = self.submission.absent_file(message.quote)
            if file is not None:
                needed = Message("needs_missing_file", {"file": file})
                return replace(needed, line=message.line, file=message.file)
        return super().explain_error(message)

    def has_code(self, line: int, file: str | None = None) -> bool:
        from grader.static_analysis.code_lines import code_lines  # here, because most never fail

        files = self.submission.files
        lines = code_lines(files, self.definition.names)
        return line in lines.get(file or files[0].file, ())

    def call_baseline(self, case: Case) -> Answer:
        return self.submission.call_baseline(case)

    def baseline_seconds(self) -> dict[str, float]:
        return _least_seconds(self.submission.open_baseline())  # type: ignore[arg-type]

    def _call(self, case: Case, shapes: Shapes) -> Answer:
        with self._lines_of_code():
            return self.submission.program.call(self.definition, case, shapes)

    def _call_afresh(self, case: Case, shapes: Shapes) -> Answer:
        return self.submission.call_afresh(self.definition, case, shapes)

    def _call_all(self, cases: Sequence[tuple[Case, Shapes]]) -> Sequence[Answer | SubmissionError]:
        answers = self.submission.program.call_all(self.definition, cases)
        return [
            self._with_line_of_code(each) if isinstance(each, SubmissionError) else each
            for each in answers
        ]

    def _vary(
        self, case: Case, name: str, inputs: Array, output: str, shape: tuple[int, ...]
    ) -> Series:
        with self._lines_of_code():
            program = self.submission.program
            return program.vary(self.definition, case, name, inputs, output, shape)

    def _count(self, case: Case, shapes: Shapes) -> Counts:
        with self._lines_of_code():
            return self.submission.program.count(self.definition, case, shapes)

    @contextmanager
    def _lines_of_code(self) -> Iterator[None]:
        try:
            yield
        except SubmissionError as error:
            raise self._with_line_of_code(error) from None

    def _with_line_of_code(self, error: SubmissionError) -> SubmissionError:
        """Leave out of an error a line that is none of the function's.

        A process that has seen an input may name any line, and so tell a part of the input.
        """
        message = error.message
        if message.line is None or self.has_code(message.line, message.file):
            return error
        return SubmissionError(replace(message, line=None, file=None), error.was_asked)


def _absent_files(key: AnswerKey, files: Sequence[SourceFile]) -> tuple[str, ...]:
    """The names of the files that an assignment of several asks for and that are not there.

    Of a file of which nothing parses, nothing is left.
    """
    if len(key.files) == 1:
        return ()
    present = {file.file for file in files if file.text}
    names = (path.rpartition("/")[2] for path in key.files)
    return tuple(name for name in names if name not in present)


@lru_cache(maxsize=4)
def _least_seconds(baseline: Program) -> dict[str, float]:
    """The least CPU seconds of a baseline's calls, by series of cases, for as long as it is kept.

    Every race with this baseline adds to it.
    """
    return {}
