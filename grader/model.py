"""The words of the grader, as frozen data. Everything else is built from these; nothing of ours is imported here."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Protocol, TypeAlias

import numpy as np
from msgspec import Meta, Struct
from msgspec.structs import replace

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Outcome: TypeAlias = Literal["passed", "failed", "not_run", "could_not_judge"]
Level: TypeAlias = Literal["full", "confined", "none"]
# A number of an evidence. JSON has no nan and no infinity: those travel as text.
Number: TypeAlias = float | Literal["nan", "inf", "-inf"]
EVIDENCE_CAP = 32  # rows and columns of an array that a verdict carries


class Case(Struct, frozen=True, eq=False):
    """One input, already in the student's layout. W and X: float64, two axes; y: int64, one axis; reg: float."""

    name: str
    W: Array
    X: Array
    y: Array
    reg: float


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
    call_seconds: float
    function_seconds: float
    submission_seconds: float
    memory_mib: int


class Source(Struct, frozen=True):
    """A program's text. file: the name it goes by in tracebacks; functions: those that may be called."""

    file: str
    text: bytes
    functions: tuple[str, ...]


class Yardstick(Struct, frozen=True):
    """The neutral program that "fast" is measured against, and its function for the assignment's layout."""

    source: Source
    function: str


class AnswerKey(Struct, frozen=True, eq=False):
    """All that grading needs, and no solution in it. directions: case name -> (directions, *shape of W), scaled so that a step of 1
    moves the scores by 1 (root mean square). seed: None when secret. words: language -> the assignment's own messages."""

    assignment: str
    file: str
    functions: dict[str, str]
    questions: tuple[Question, ...]
    tolerances: Tolerances
    limits: Limits
    cases: dict[str, Case]
    expected: dict[str, Expected]
    directions: dict[str, Array]
    yardstick: Yardstick
    words: dict[str, Any]
    seed: str | None
    sha256: str = ""


class Submission(Struct, frozen=True):
    """What was handed in. saved: when the file was last changed, ISO 8601 in UTC. problem: why it cannot be a program at all."""

    file: str
    source: bytes
    sha256: str
    saved: str | None = None
    problem: "Message | None" = None


class Message(Struct, frozen=True):
    """A sentence to be: its code and values, in any language later. quote: the only text in it that a student wrote."""

    code: str
    values: dict[str, float | int | str] = {}
    quote: str | None = None
    line: int | None = None


class StudentFault(Exception):
    """A submission gave no answer. The message says why. asked: False where an earlier fault made it pointless to ask."""

    def __init__(self, message: Message, asked: bool = True) -> None:
        super().__init__(message.code)
        self.message, self.asked = message, asked


class GraderFault(Exception):
    """The grader itself is in trouble: never a student's fault, never a zero."""


class CannotJudge(Exception):
    """A check sees numbers that it may not decide by: a human should look."""

    def __init__(self, message: Message, evidence: "tuple[Evidence, ...]" = ()):
        super().__init__(message.code)
        self.message, self.evidence = message, evidence


class Output(Struct, frozen=True, eq=False):
    """What a function returned. seconds: CPU time, read by the host; overwrote_earlier: this call changed the dW of the one before.

    Either half may be a fault instead: using it then raises that StudentFault, and using the other does not.
    """

    loss_or_fault: float | StudentFault
    gradient_or_fault: Array | StudentFault
    seconds: float = 0.0
    overwrote_earlier: bool = False

    @property
    def loss(self) -> float:
        if isinstance(self.loss_or_fault, StudentFault):
            raise self.loss_or_fault
        return self.loss_or_fault

    @property
    def gradient(self) -> Array:
        if isinstance(self.gradient_or_fault, StudentFault):
            raise self.gradient_or_fault
        return self.gradient_or_fault


class Counts(Struct, frozen=True):
    """Bytecode operations of one call: all of them, and by line of the student's file (entry 0: elsewhere)."""

    total: int
    per_line: tuple[int, ...] = ()


class Program(Protocol):
    """A submission on its feet. Calls raise StudentFault where there is no answer. load_fault: why it cannot be loaded;
    present: which of its functions exist; level: how well it is walled in."""

    level: Level
    load_fault: Message | None
    present: frozenset[str]

    def call(self, function: str, case: Case) -> Output: ...
    def count(self, function: str, case: Case) -> Counts: ...
    def close(self) -> None: ...


class OpenProgram(Protocol):
    """Loads a source. keep: it is one of ours, and whoever opens it again gets the same running program; nobody closes that."""

    def __call__(self, source: Source, limits: Limits, keep: bool = False) -> Program: ...


# --- evidence: numbers only, one shape for each kind of question -----------------------------------------------------------------


class Matrix(Struct, frozen=True):
    """An array of numbers, cut off at EVIDENCE_CAP rows and columns. shape: what it was."""

    shape: tuple[int, ...]
    rows: tuple[tuple[Number, ...], ...]


class Asked(Struct, frozen=True):
    """The input of a case, for whoever wants to see the same thing at home."""

    W: Matrix
    X: Matrix
    y: tuple[int, ...]
    reg: float


class LossEvidence(Struct, frozen=True, tag_field="kind", tag="loss"):
    """expected and got: the loss, or how much reg changed it (`difference`)."""

    case: str
    asked: Asked | None
    expected: Number | None
    got: Number
    error: Number
    difference: bool = False


class WorstEntry(Struct, frozen=True):
    row: int
    column: int
    expected: Number | None
    got: Number


class GradientEvidence(Struct, frozen=True, tag_field="kind", tag="gradient"):
    """expected and got: dW, or how much reg changed it (`difference`). error: relative, over the whole array."""

    case: str
    asked: Asked | None
    expected: Matrix | None
    got: Matrix
    error: Number
    worst: WorstEntry
    wrong_entries: int
    difference: bool = False


class SlopeEvidence(Struct, frozen=True, tag_field="kind", tag="slope"):
    """Along one direction: expected, the slope of the submission's own loss; got, what its dW says the slope is."""

    case: str
    asked: Asked | None
    expected: Number
    got: Number
    error: Number


class GrowthEvidence(Struct, frozen=True, tag_field="kind", tag="growth"):
    """How many bytecode operations ran, and on the line that grew most, for two sizes of the input."""

    sizes: tuple[int, int]
    operations: tuple[int, int]
    line: int | None
    line_operations: tuple[int, int]


class RaceEvidence(Struct, frozen=True, tag_field="kind", tag="race"):
    """CPU seconds of one call: the submission's and what it ran against."""

    against: Literal["yardstick", "naive"]
    seconds: float
    other_seconds: float
    ratio: float
    limit: float


Evidence: TypeAlias = LossEvidence | GradientEvidence | SlopeEvidence | GrowthEvidence | RaceEvidence


class Judgement(Struct, frozen=True):
    """What a check says. It knows no points."""

    passed: bool
    message: Message | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Message, ...] = ()


class Finding(Struct, frozen=True):
    """A question with its judgement. points: None where it could not be judged."""

    question: str
    function: str
    check: str
    outcome: Outcome
    points: float | None
    possible: float
    seconds: float
    message: Message | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Message, ...] = ()


class SubmissionRecord(Struct, frozen=True):
    file: str
    sha256: str
    saved: str | None


class KeyRecord(Struct, frozen=True):
    sha256: str
    seed: str | None


class Verdict(Struct, frozen=True, kw_only=True):
    """Everything that is known of one graded submission. A report is a rendering of it. undecided: points that await a human."""

    schema: Literal["grader/verdict/1"] = "grader/verdict/1"
    assignment: str
    score: float
    possible: float
    undecided: float
    findings: tuple[Finding, ...]
    diagnosis: dict[str, Any] = {}
    flags: tuple[Message, ...] = ()
    sandbox: Annotated[Level, Meta(description="how well the student's code was walled in")]
    submission: SubmissionRecord
    key: KeyRecord
    versions: dict[str, str]


def number(value: float) -> Number:
    """As an evidence holds it."""
    value = float(value)
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def matrix(array: Array) -> Matrix:
    """array: two axes."""
    shown = array[:EVIDENCE_CAP, :EVIDENCE_CAP]
    return Matrix(array.shape, tuple(tuple(number(entry) for entry in row) for row in shown.tolist()))


def asked(case: Case) -> Asked:
    return Asked(matrix(case.W), matrix(case.X), tuple(case.y[:EVIDENCE_CAP].tolist()), case.reg)


def for_student(verdict: Verdict) -> Verdict:
    """The verdict as its author may see it: with a secret key, without inputs, expected values and exception texts."""
    if verdict.key.seed is not None:
        return verdict
    return replace(verdict, findings=tuple(map(without_secrets, verdict.findings)), flags=tuple(map(without_quote, verdict.flags)))


def without_secrets(finding: Finding) -> Finding:
    return replace(
        finding,
        message=finding.message and without_quote(finding.message),
        notes=tuple(map(without_quote, finding.notes)),
        evidence=tuple(map(without_expected, finding.evidence)),
    )


def without_quote(message: Message) -> Message:
    return replace(message, quote=None)


def without_expected(evidence: Evidence) -> Evidence:
    match evidence:
        case LossEvidence():
            return replace(evidence, asked=None, expected=None)
        case GradientEvidence():
            return replace(evidence, asked=None, expected=None, worst=replace(evidence.worst, expected=None))
        case SlopeEvidence():
            return replace(evidence, asked=None)
    return evidence


Check: TypeAlias = Callable[[Any, AnswerKey, Question], Judgement]
Words: TypeAlias = Mapping[str, Any]
