"""The grader's data as frozen records. All other modules build on it; it imports none of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from msgspec import Meta, Struct

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Level: TypeAlias = Literal["full", "confined", "none"]
Form: TypeAlias = Literal["plain", "integer", "strided", "read_only"]
Words: TypeAlias = Mapping[str, Any]
# How much of a diagnosis a student is shown: all of it, its hints alone, or nothing.
Reveal: TypeAlias = Literal["cause", "hint", "nothing"]
# Arrays by the names of inputs or outputs. A number is an array without axes.
Values: TypeAlias = Mapping[str, Array]
Shapes: TypeAlias = Mapping[str, tuple[int, ...]]

Result = TypeVar("Result")


# --- the answer key -------------------------------------------------------------------------------


class Case(Struct, frozen=True, eq=False):
    """One input of the functions under test, as students receive it."""

    name: str
    # float64 or int64, with any number of axes. A function is asked about a case only if the case
    # has all inputs that its call uses.
    inputs: dict[str, Array]
    # How the function receives the arrays. "integer": those of float64 as int64 (their values are
    # whole numbers). "strided": as slices of larger arrays. "read_only": as arrays that refuse
    # writes.
    form: Form = "plain"


class Gradient(Struct, frozen=True):
    """An output that is to be the derivative of another one.

    With a cotangent v, it is the derivative of sum(of * v).
    """

    name: str  # the output that holds it
    of: str  # the output that is differentiated: a number, unless there is a cotangent
    by: str  # the input: `name` has its shape
    along: str | None = None  # the input that is the cotangent, of the shape of `of`


class Function(Struct, frozen=True):
    """A function under test: lines of Python that call what a student wrote."""

    short: str  # the short name: questions are called "<short>.<name>"
    name: str  # as students and reports call it
    call: str  # "loss, dW = f(W, X, y, reg)": the inputs are names in it
    inputs: tuple[str, ...]  # those that the call uses
    # Names that the call leaves behind. An output of one name means the same in all functions.
    outputs: tuple[str, ...]
    names: tuple[str, ...]  # what the student's file has to define
    gradients: tuple[Gradient, ...] = ()
    knobs: tuple[str, ...] = ()  # the inputs that are turned up in the twins of cases
    derived: tuple[str, ...] = ()  # outputs that the grader computes from inputs and outputs

    def can_take(self, inputs: Values) -> bool:
        """Whether a case with these inputs has all that the call uses."""
        return inputs.keys() >= set(self.inputs)


def names_asked(functions: Iterable[Function]) -> tuple[str, ...]:
    """What the files of students have to define for these functions, each name once."""
    names = (name for function in functions for name in function.names)
    return tuple(dict.fromkeys(names))


class Question(Struct, frozen=True):
    """One line of the rubric."""

    id: str  # <short name of the function>.<question>
    function: str  # its name in the student's file: Function.name
    check: str  # a name in CHECKS of grader/checks, or in the assignment's own checks.py
    points: float  # 0 for advice
    needs: tuple[str, ...] = ()  # questions without which this one is meaningless
    settings: dict[str, Any] = {}  # the check's settings


class Tolerances(Struct, frozen=True, forbid_unknown_fields=True):
    """The largest relative errors of a correct answer: ||got - expected|| / ||expected||.

    The reasons for the values are in docs/write-an-assignment.md.
    """

    value: float = 1e-6
    outputs: dict[str, float] = {}  # of some outputs, by name, instead of `value`
    single_precision: float = 1e-6  # of outputs that were computed in float32
    # Where careless code overflows: what does, is far off, so no epsilon has to count here.
    stable: float = 1e-4
    slope: float = 1e-6
    slope_single_precision: float = 2e-4

    def of(self, output: str) -> float:
        return self.outputs.get(output, self.value)


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a submission may use: wall-clock seconds and memory."""

    call_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = 10
    # Each function's share, so that one that hangs leaves the others their time.
    function_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = 15
    submission_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = 30
    memory_mib: Annotated[int, Meta(ge=128, le=1 << 20)] = 1024


class SourceFile(Struct, frozen=True):
    """One file of a program."""

    file: str  # its name in tracebacks and in imports
    text: bytes


class Source(Struct, frozen=True):
    """The text of a program, and how it is called."""

    file: str  # its name in tracebacks
    text: bytes
    functions: tuple[Function, ...]  # those that may be called
    more: tuple[SourceFile, ...] = ()  # files beside it, which may import each other


class FactorTable(Struct, frozen=True, eq=False):
    """The values of one factor that known mistakes produce.

    Row 0 is correct. Then follow one row for each mistake that moves the factor, and one for each
    pair of such mistakes that can be combined.
    """

    members: Array  # (rows, 2): the row's mistakes as indices of Signatures.names, -1 for none
    numbers: Array  # (rows, numbers of all cases side by side): nan where a case gives none
    given: Array  # (rows, cases): bool, the cases that give numbers


class Signatures(Struct, frozen=True, eq=False):
    """The numbers that the known mistakes produce, to recognize them by. Contains no solution.

    A factor is an output at rest, "dW", or what a knob adds to it, "dW+reg".
    """

    names: tuple[str, ...]  # ids of the mistakes, the more common first
    moves: dict[str, tuple[str, ...]]  # id of a mistake -> the factors that it changes
    cases: tuple[str, ...]  # the cases to compare, each with a twin for each knob
    tables: dict[str, FactorTable]  # by factor
    # For each case and output: the arrays whose sum is the correct output at rest, by the names
    # that messages have for them.
    terms: dict[str, dict[str, dict[str, Array]]]


class AnswerKey(Struct, frozen=True, eq=False):
    """Everything that grading needs. Contains no solution."""

    assignment: str
    files: tuple[str, ...]  # names or usual paths of the files that students hand in
    functions: dict[str, Function]  # by short name
    questions: tuple[Question, ...]
    tolerances: Tolerances
    limits: Limits
    # Input -> its axes or kind, "C x D", "N of labels", "number": see grader/checks/shapes.py.
    inputs: dict[str, str]
    knobs: tuple[str, ...]  # inputs that are turned up in the twin <case>_<knob> of a case
    cases: dict[str, Case]  # with the twins
    expected: dict[str, dict[str, Array]]  # case -> output -> the right answer
    # Case -> array output -> (directions, *its shape). A gradient's are steps of the input that it
    # is the derivative by; the reference's own gradient passes along each of them.
    directions: dict[str, dict[str, Array]]
    # The neutral program that "fast" is measured against; None if no question asks for it.
    baseline: Source | None
    signatures: Signatures | None  # None if the assignment has no misconceptions
    checks: Source | None  # the assignment's own checks: code that the grader runs
    derived: Source | None  # the code that computes derived outputs
    words: dict[str, Any]  # language -> the assignment's own messages; and its "title"
    # Id of a mistake, code of a message or name of a question -> the pattern that the faulty line
    # matches, a name in PATTERNS of grader/static_analysis/locate.py.
    lines: dict[str, str]
    conventions: dict[str, str]  # the choices that the key was made for: {"layout": "CxD"}
    reveal: Reveal
    seed: str | None  # None if secret
    sha256: str = ""
    # What submissions may import beside numpy: name -> the version that the key was made with.
    modules: dict[str, str] = {}

    @property
    def file_name(self) -> str:
        """The name of the first file without folders."""
        return self.files[0].rpartition("/")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """What the files have to define."""
        return names_asked(self.functions.values())

    def function_named(self, name: str) -> Function:
        """Return the function that students and reports call by this name."""
        return next(each for each in self.functions.values() if each.name == name)

    def shapes(self, case: str) -> Shapes:
        """The shape of each output of a case."""
        return {output: value.shape for output, value in self.expected[case].items()}


def twin_of(case: str, knob: str) -> str:
    """The name of the case that differs from this one in a knob only: it is turned up there."""
    return f"{case}_{knob}"


# --- submissions ----------------------------------------------------------------------------------


class Message(Struct, frozen=True):
    """A sentence in no particular language: reports put it into words."""

    code: str
    values: dict[str, float | int | str] = {}
    quote: str | None = None  # the only text in it that a student wrote
    line: int | None = None  # of the graded code
    file: str | None = None  # the file of that line, if it is not the first of several
    # Where this line is in a notebook: see CellStart.
    cell: int | None = None
    cell_line: int | None = None


# Values of a message that are not shown if the key is secret, by name: what a function returned,
# and its times, since it may take longer the larger an input is. See grader/redaction.py.
STEERED = ("got", "shape", "length", "ratio", "seconds")
# Values of a message that its sentences may depend on: the first of them that it has.
SUFFIXES = ("output", "letter", "input", "knob")


def suffixed(message: Message) -> tuple[str, ...]:
    """Return the keys to look a message up by: its words, its topic, the pattern of its line.

    The first that is there counts: "array_differs.dW", then "array_differs".
    """
    for name in SUFFIXES:
        if name in message.values:
            return f"{message.code}.{message.values[name]}", message.code
    return (message.code,)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as the values of messages have it: "3x2", or "scalar"."""
    return "x".join(map(str, shape)) or "scalar"


class Person(Struct, frozen=True):
    """A member of the course. All fields are untrusted text."""

    id: str  # the one that the course uses
    name: str = ""
    email: str = ""


class CellStart(Struct, frozen=True):
    """Where a cell of a notebook begins in the code that was extracted from it."""

    line: int  # of the extracted code, counted from 1
    cell: int  # number of the code cell, counted from 1; text cells do not count
    cell_line: int = 1  # the line of the cell that stands there
    file: str | None = None  # the file that was extracted, if it is not the first of several


class Submission(Struct, frozen=True):
    """A file that was handed in, or several."""

    # As the student calls it. Of an assignment of several files: the first that is there, as the
    # assignment calls it.
    file: str
    source: bytes  # the code to grade, in UTF-8
    sha256: str  # of all files
    # Submission time in ISO 8601, UTC, or without a zone if that is not known; the last change of
    # a file on a disk if nothing else is known.
    saved: str | None = None
    problem: Message | None = None  # why it cannot be a program at all
    people: tuple[Person, ...] = ()  # one person or a group
    attempt: int = 1  # counted from 1
    late: bool | None = None  # None if unknown
    origin: str = ""  # its place in the folder, archive or manifest that was read
    # What its author and the staff should know about how it was found and read.
    notes: tuple[Message, ...] = ()
    cells: tuple[CellStart, ...] = ()  # of a notebook, in the order of their lines
    more: tuple[SourceFile, ...] = ()  # of an assignment of several files: those beside `file`


class Unreadable(Struct, frozen=True):
    """A submission that holds nothing to grade: a person has to look at it."""

    people: tuple[Person, ...]
    origin: str
    reason: Message
    # As in Submission:
    saved: str | None = None
    attempt: int = 1
    late: bool | None = None


# --- running a submission -------------------------------------------------------------------------


class SubmissionError(Exception):
    """A submission gave no answer. The message says why."""

    def __init__(self, message: Message, was_asked: bool = True) -> None:
        super().__init__(message.code)
        self.message = message
        self.was_asked = was_asked  # False if an earlier error made it pointless to ask


class GraderError(Exception):
    """The grader itself failed. It is never the student's fault, and never a zero."""


def require(result: Result | SubmissionError) -> Result:
    """Return the result, or raise the SubmissionError that is in its place."""
    if isinstance(result, SubmissionError):
        raise result
    return result


class Answer(Struct, frozen=True, eq=False):
    """The answer to one call. An output may be an error instead: see `value`."""

    values: dict[str, Array | SubmissionError]  # by output, float64; those that the call leaves
    seconds: float = 0.0  # CPU time, read by the host
    overwrote_earlier: bool = False  # this call changed an array that the previous call returned

    def value(self, output: str) -> Array:
        """Return one output, or raise the SubmissionError that is in its place."""
        return require(self.values[output])


class Series(Struct, frozen=True, eq=False):
    """One output of several calls that differ in one input."""

    values: Array  # (calls, *shape of the output)
    overwrote_earlier: bool = False  # one of the calls changed an array of the previous one


class Counts(Struct, frozen=True):
    """Bytecode operations of one call."""

    total: int
    per_line: tuple[int, ...] = ()  # by line of the student's file; entry 0: elsewhere
    library: int = 0  # of these, operations of the code of numpy or of Python's library


class Program(Protocol):
    """A loaded submission. Calls raise SubmissionError if it gives no answer."""

    level: Level  # of its sandbox
    load_error: Message | None  # why it cannot be loaded, or None
    present: frozenset[str]  # the names that calls need and the files define
    load_notes: tuple[Message, ...]  # what of it could not be loaded

    @property
    def flag_counts(self) -> Mapping[str, int]:
        """Events that a person should look at, and how often each happened.

        The code of an event's message is "flag_" and the event's name.
        """

    def call(self, function: Function, case: Case, shapes: Shapes) -> Answer:
        """Call the function. shapes: of its outputs, which are fixed before the call."""

    def call_all(
        self, function: Function, cases: Sequence[tuple[Case, Shapes]]
    ) -> list[Answer | SubmissionError]:
        """Call the function on several cases, in one request.

        Returns what came back: where one case ends the program, those behind it are not asked.
        """

    def vary(
        self,
        function: Function,
        case: Case,
        name: str,
        inputs: Array,
        output: str,
        shape: tuple[int, ...],
    ) -> Series:
        """Call the function with several values of one input. inputs: (calls, *its shape)."""

    def count(self, function: Function, case: Case, shapes: Shapes) -> Counts: ...
    def close(self) -> None: ...


class OpenProgram(Protocol):
    """Loads a source.

    keep: for the grader's own programs, such as the baseline. Opening the same source again returns
    the program that is already running, and the caller does not close it.
    """

    def __call__(self, source: Source, limits: Limits, keep: bool = False) -> Program: ...
