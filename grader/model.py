"""The grader's data as frozen records. All other modules build on it; it imports none of them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from msgspec import Meta, Struct

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Level: TypeAlias = Literal["full", "confined", "none"]
Form: TypeAlias = Literal["plain", "integer", "strided", "read_only"]
Words: TypeAlias = Mapping[str, Any]
# How much of a diagnosis a student is shown: all of it, its hints alone, or nothing.
Reveal: TypeAlias = Literal["cause", "hint", "nothing"]
# The four parts of a function's outputs: the loss and dW without regularization, and what reg adds.
FACTORS = ("data_loss", "reg_loss", "data_gradient", "reg_gradient")

Result = TypeVar("Result")


# --- the answer key -------------------------------------------------------------------------------


class Case(Struct, frozen=True, eq=False):
    """One input of the functions under test, already in the student's layout."""

    name: str
    W: Array  # float64, two axes
    X: Array  # float64, two axes
    y: Array  # int64, one axis
    reg: float
    # How the function receives the arrays. "integer": W and X as int64 (their values are whole
    # numbers). "strided": as slices of larger arrays. "read_only": as arrays that refuse writes.
    form: Form = "plain"


class Expected(Struct, frozen=True, eq=False):
    """The right answer to a case."""

    loss: float
    gradient: Array


class Question(Struct, frozen=True):
    """One line of the rubric."""

    id: str  # <short name of the function>.<question>
    function: str  # its name in the student's file
    check: str  # a name in CHECKS of grader/checks
    points: float  # 0 for advice
    needs: tuple[str, ...] = ()  # questions without which this one is meaningless
    settings: dict[str, Any] = {}  # the check's settings


class Tolerances(Struct, frozen=True, forbid_unknown_fields=True):
    """The largest relative errors of a correct answer.

    The values and the reasons for them are in reference/softmax/assignment.toml.
    """

    loss: float
    gradient: float
    single_precision: float  # of loss and dW, for work in float32
    slope: float
    slope_single_precision: float


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a submission may use: wall-clock seconds and memory."""

    call_seconds: Annotated[float, Meta(ge=0.1, le=3600)]
    function_seconds: Annotated[float, Meta(ge=0.1, le=3600)]
    submission_seconds: Annotated[float, Meta(ge=0.1, le=3600)]
    memory_mib: Annotated[int, Meta(ge=128, le=1 << 20)]


class Source(Struct, frozen=True):
    """The text of a program."""

    file: str  # its name in tracebacks
    text: bytes
    functions: tuple[str, ...]  # those that may be called


class Baseline(Struct, frozen=True):
    """The neutral program that "fast" is measured against."""

    source: Source
    function: str  # the one for the assignment's layout


class FactorTable(Struct, frozen=True, eq=False):
    """The values of one factor that known mistakes produce.

    Row 0 is correct. Then follow one row for each mistake that moves the factor, and one for each
    pair of such mistakes that can be combined.
    """

    members: Array  # (rows, 2): the row's mistakes as indices of Signatures.names, -1 for none
    numbers: Array  # (rows, numbers of all cases side by side): nan where a case gives none
    given: Array  # (rows,): the cases that give numbers, one bit each


class Signatures(Struct, frozen=True, eq=False):
    """The numbers that the known mistakes produce, to recognize them by. Contains no solution."""

    names: tuple[str, ...]  # ids of the mistakes, the more common first
    moves: Array  # (mistakes,): the factors that each one changes, a bit each in FACTORS' order
    cases: tuple[str, ...]  # the cases to compare, each with its twin <name>_reg
    tables: tuple[FactorTable, ...]  # in the order of FACTORS
    # For each case: the arrays whose sum is the correct dW without regularization, by the names
    # that messages have for them.
    terms: dict[str, dict[str, Array]]


class AnswerKey(Struct, frozen=True, eq=False):
    """Everything that grading needs. Contains no solution."""

    assignment: str
    file: str  # name or usual path of the file that students hand in
    functions: dict[str, str]  # short name -> name in the student's file
    questions: tuple[Question, ...]
    tolerances: Tolerances
    limits: Limits
    cases: dict[str, Case]
    expected: dict[str, Expected]
    # By case: (directions, *shape of W), scaled so that a step of 1 moves the scores by 1 (root
    # mean square).
    directions: dict[str, Array]
    baseline: Baseline
    signatures: Signatures | None  # None if the assignment has no misconceptions
    words: dict[str, Any]  # language -> the assignment's own messages; and its "title"
    # Id of a mistake, code of a message or name of a question -> the pattern that the faulty line
    # matches, a name in PATTERNS of grader/static_analysis/locate.py.
    lines: dict[str, str]
    conventions: dict[str, str]  # the layout and regularization that the key was made for
    reveal: Reveal
    seed: str | None  # None if secret
    sha256: str = ""
    # What submissions may import beside numpy: name -> the version that the key was made with.
    modules: dict[str, str] = {}

    @property
    def file_name(self) -> str:
        """The name of the file without folders."""
        return self.file.rpartition("/")[2]


# --- submissions ----------------------------------------------------------------------------------


class Message(Struct, frozen=True):
    """A sentence in no particular language: reports put it into words."""

    code: str
    values: dict[str, float | int | str] = {}
    quote: str | None = None  # the only text in it that a student wrote
    line: int | None = None  # of the graded code
    # Where this line is in a notebook: see CellStart.
    cell: int | None = None
    cell_line: int | None = None


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


class Submission(Struct, frozen=True):
    """A file that was handed in."""

    file: str
    source: bytes  # the code to grade, in UTF-8
    sha256: str
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


class LossAndGradient(Struct, frozen=True, eq=False):
    """The answer to one call. Either half may be an error instead: see `require`."""

    loss: float | SubmissionError
    gradient: Array | SubmissionError
    seconds: float = 0.0  # CPU time, read by the host
    overwrote_earlier: bool = False  # this call changed the dW that the previous call returned


class Losses(Struct, frozen=True, eq=False):
    """The losses of several calls that differ in W."""

    values: Array  # (calls,)
    overwrote_earlier: bool = False  # one of the calls changed the dW of the previous one


class Counts(Struct, frozen=True):
    """Bytecode operations of one call."""

    total: int
    per_line: tuple[int, ...] = ()  # by line of the student's file; entry 0: elsewhere


class Program(Protocol):
    """A loaded submission. Calls raise SubmissionError if it gives no answer."""

    level: Level  # of its sandbox
    load_error: Message | None  # why it cannot be loaded, or None
    present: frozenset[str]  # the functions it defines
    load_notes: tuple[Message, ...]  # what of it could not be loaded

    @property
    def flag_counts(self) -> Mapping[str, int]:
        """Events that a person should look at, and how often each happened.

        The code of an event's message is "flag_" and the event's name.
        """

    def call(self, function: str, case: Case) -> LossAndGradient: ...
    def losses(self, function: str, case: Case, weights: Array) -> Losses: ...
    def count(self, function: str, case: Case) -> Counts: ...
    def close(self) -> None: ...


class OpenProgram(Protocol):
    """Loads a source.

    keep: for the grader's own programs, such as the baseline. Opening the same source again returns
    the program that is already running, and the caller does not close it.
    """

    def __call__(self, source: Source, limits: Limits, keep: bool = False) -> Program: ...


def require(result: Result | SubmissionError) -> Result:
    """Return one half of an answer, or raise the SubmissionError that is in its place."""
    if isinstance(result, SubmissionError):
        raise result
    return result
