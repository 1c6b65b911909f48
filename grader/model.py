"""The words of the grader, as frozen data. Everything else is built from these; nothing of ours is imported here."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol, TypeAlias

import numpy as np
from msgspec import Meta, Struct

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Level: TypeAlias = Literal["full", "confined", "none"]
Form: TypeAlias = Literal["plain", "integer", "strided", "read_only"]
Words: TypeAlias = Mapping[str, Any]
Reveal: TypeAlias = Literal[
    "cause", "hint", "nothing"
]  # what a student is shown of a diagnosis: all, the hints alone, or none of it
# What a function's outputs are split into: the loss without regularization and what reg adds to it, and the same of dW.
FACTORS = ("data_loss", "reg_loss", "data_gradient", "reg_gradient")


class Case(Struct, frozen=True, eq=False):
    """One input, already in the student's layout. W and X: float64, two axes; y: int64, one axis; reg: float.

    form: what kind of arrays a function gets these numbers in: W and X of int64 (integer; they must be whole numbers), slices of larger
    arrays (strided), arrays that cannot be changed (read_only), or none of that (plain).
    """

    name: str
    W: Array
    X: Array
    y: Array
    reg: float
    form: Form = "plain"


class Expected(Struct, frozen=True, eq=False):
    loss: float
    gradient: Array


class Question(Struct, frozen=True):
    """One line of the rubric. function: the name a student writes; settings: what the check needs to know, see grader/checks."""

    id: str
    function: str
    check: str
    points: float
    needs: tuple[str, ...] = ()
    settings: dict[str, Any] = {}


class Tolerances(Struct, frozen=True, forbid_unknown_fields=True):
    """Relative errors that a correct answer stays below. Values and reasons: reference/softmax/assignment.toml."""

    loss: float
    gradient: float
    single_precision: float
    slope: float
    slope_single_precision: float


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    call_seconds: Annotated[float, Meta(ge=0.1, le=3600)]
    function_seconds: Annotated[float, Meta(ge=0.1, le=3600)]
    submission_seconds: Annotated[float, Meta(ge=0.1, le=3600)]
    memory_mib: Annotated[int, Meta(ge=128, le=1 << 20)]


class Source(Struct, frozen=True):
    """A program's text. file: the name it goes by in tracebacks; functions: those that may be called."""

    file: str
    text: bytes
    functions: tuple[str, ...]


class Baseline(Struct, frozen=True):
    """The neutral program that "fast" is measured against, and its function for the assignment's layout."""

    source: Source
    function: str


class FactorTable(Struct, frozen=True, eq=False):
    """What mistakes make of one factor: a row for what is right (no member), for each mistake that moves the factor, and for each two.

    members: (rows, 2), indices of Signatures.names, -1 for none. numbers: (rows, numbers of all cases together); what a case does not give
    is nan. given: (rows,), which cases give numbers at all, one bit each.
    """

    members: Array
    numbers: Array
    given: Array


class Signatures(Struct, frozen=True, eq=False):
    """Known mistakes by the numbers they make: no solution in it. names: ids, the more common mistake first; moves: (ids,), which factors
    each of them moves, one bit each in the order of FACTORS; cases: those that were asked, each with its twin <name>_reg; terms: for each
    case, the arrays that add up to its right dW without regularization, by names that messages know."""

    names: tuple[str, ...]
    moves: Array
    cases: tuple[str, ...]
    tables: tuple[FactorTable, ...]
    terms: dict[str, dict[str, Array]]


class AnswerKey(Struct, frozen=True, eq=False):
    """All that grading needs, and no solution in it. directions: case name -> (directions, *shape of W), scaled so that a step of 1
    moves the scores by 1 (root mean square). signatures: None where an assignment names no mistakes. seed: None when secret.
    words: language -> the assignment's own messages. lines: a mistake, the code of a message or the name of a question -> what its guilty
    line looks like, a name of grader/guilty_line.py.
    conventions: layout and regularization it was made for, for the record."""

    assignment: str
    file: str
    functions: dict[str, str]
    questions: tuple[Question, ...]
    tolerances: Tolerances
    limits: Limits
    cases: dict[str, Case]
    expected: dict[str, Expected]
    directions: dict[str, Array]
    yardstick: Baseline
    signatures: Signatures | None
    words: dict[str, Any]
    lines: dict[str, str]
    conventions: dict[str, str]
    reveal: Reveal
    seed: str | None
    sha256: str = ""


class Person(Struct, frozen=True):
    """Who handed something in. id: what the course calls them; it is text that anybody may have written, like all of this."""

    id: str
    name: str = ""
    email: str = ""


class Submission(Struct, frozen=True):
    """What was handed in. saved: when it was handed in or, where nobody says, last changed; ISO 8601 in UTC. problem: why it cannot be a
    program at all. people: one, or a group; attempt: 1 for the first; late: None where nobody says; origin: where in the source it was."""

    file: str
    source: bytes
    sha256: str
    saved: str | None = None
    problem: "Message | None" = None
    people: tuple[Person, ...] = ()
    attempt: int = 1
    late: bool | None = None
    origin: str = ""


class Unreadable(Struct, frozen=True):
    """Something was handed in, and there is nothing to grade. reason: why not; a person has to look. The rest: see Submission."""

    people: tuple[Person, ...]
    origin: str
    reason: "Message"
    saved: str | None = None
    attempt: int = 1
    late: bool | None = None


class Message(Struct, frozen=True):
    """A sentence to be: its code and values, in any language later. quote: the only text in it that a student wrote."""

    code: str
    values: dict[str, float | int | str] = {}
    quote: str | None = None
    line: int | None = None


class SubmissionError(Exception):
    """A submission gave no answer. The message says why. asked: False where an earlier fault made it pointless to ask."""

    def __init__(self, message: Message, asked: bool = True) -> None:
        super().__init__(message.code)
        self.message, self.asked = message, asked


class GraderError(Exception):
    """The grader itself is in trouble: never a student's fault, never a zero."""


class LossAndGradient(Struct, frozen=True, eq=False):
    """What a function returned. seconds: CPU time, read by the host; overwrote_earlier: this call changed the dW of the one before.

    Either half may be a fault instead: using it then raises that SubmissionError, and using the other does not.
    """

    loss_or_fault: float | SubmissionError
    gradient_or_fault: Array | SubmissionError
    seconds: float = 0.0
    overwrote_earlier: bool = False

    @property
    def loss(self) -> float:
        if isinstance(self.loss_or_fault, SubmissionError):
            raise self.loss_or_fault
        return self.loss_or_fault

    @property
    def gradient(self) -> Array:
        if isinstance(self.gradient_or_fault, SubmissionError):
            raise self.gradient_or_fault
        return self.gradient_or_fault


class Losses(Struct, frozen=True, eq=False):
    """Of several calls that differ in W. values: one axis; overwrote_earlier: one of them changed the dW of the one before."""

    values: Array
    overwrote_earlier: bool = False


class Counts(Struct, frozen=True):
    """Bytecode operations of one call: all of them, and by line of the student's file (entry 0: elsewhere)."""

    total: int
    per_line: tuple[int, ...] = ()


class Program(Protocol):
    """A submission on its feet. Calls raise SubmissionError where there is no answer. load_fault: why it cannot be loaded;
    present: which of its functions exist; level: how well it is walled in; flag_counts: what a person should look at, and how often it happened
    (the names are those of grader/messages, after flag_)."""

    level: Level
    load_error: Message | None
    present: frozenset[str]

    @property
    def flag_counts(self) -> Mapping[str, int]: ...

    def call(self, function: str, case: Case) -> LossAndGradient: ...
    def losses(self, function: str, case: Case, weights: Array) -> Losses: ...
    def count(self, function: str, case: Case) -> Counts: ...
    def close(self) -> None: ...


class OpenProgram(Protocol):
    """Loads a source. keep: it is one of ours, and whoever opens it again gets the same running program; nobody closes that."""

    def __call__(self, source: Source, limits: Limits, keep: bool = False) -> Program: ...
