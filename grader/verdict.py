"""What is known of a graded submission: judgements, their evidence, findings and the verdict, as frozen data."""

import math
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from grader.model import Array, Case, Level, Message, Reveal

Outcome: TypeAlias = Literal["passed", "failed", "not_run", "could_not_judge"]
# A number of an evidence. JSON has no nan and no infinity: those travel as text.
Number: TypeAlias = float | Literal["nan", "inf", "-inf"]
EVIDENCE_CAP = 32  # rows and columns of an array that a verdict carries


class CannotJudge(Exception):
    """A check sees numbers that it may not decide by: a human should look."""

    def __init__(self, message: Message, evidence: "tuple[Evidence, ...]" = ()):
        super().__init__(message.code)
        self.message, self.evidence = message, evidence


class Matrix(Struct, frozen=True):
    """An array of numbers, cut off at EVIDENCE_CAP rows and columns. shape: what it was."""

    shape: tuple[int, ...]
    rows: tuple[tuple[Number, ...], ...]


class CaseInput(Struct, frozen=True):
    """The input of a case, for whoever wants to see the same thing at home."""

    W: Matrix
    X: Matrix
    y: tuple[int, ...]
    reg: float


class LossEvidence(Struct, frozen=True, tag_field="kind", tag="loss"):
    """expected and got: the loss, or how much reg changed it (`difference`). other: the function whose answer `expected` is, if it is not
    the key's."""

    case: str
    asked: CaseInput | None
    expected: Number | None
    got: Number | None
    error: Number
    difference: bool = False
    other: str | None = None


class WorstEntry(Struct, frozen=True):
    row: int
    column: int
    expected: Number | None
    got: Number | None


class GradientEvidence(Struct, frozen=True, tag_field="kind", tag="gradient"):
    """expected and got: dW, or how much reg changed it (`difference`). error: relative, over the whole array."""

    case: str
    asked: CaseInput | None
    expected: Matrix | None
    got: Matrix | None
    error: Number
    worst: WorstEntry
    wrong_entries: int
    entries: int
    difference: bool = False
    other: str | None = None


class SlopeEvidence(Struct, frozen=True, tag_field="kind", tag="slope"):
    """Along one direction: expected, the slope of the submission's own loss; got, what its dW says the slope is."""

    case: str
    asked: CaseInput | None
    expected: Number | None
    got: Number | None
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


Evidence: TypeAlias = (
    LossEvidence | GradientEvidence | SlopeEvidence | GrowthEvidence | RaceEvidence
)


class CheckResult(Struct, frozen=True):
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

    @property
    def is_advice(self) -> bool:
        """It has no points to give: how it ends changes neither the score nor whether all is right."""
        return self.possible == 0


Status: TypeAlias = Literal["none", "exact", "tie", "partial", "unknown"]


class Diagnosis(Struct, frozen=True):
    """What explains the wrong numbers of one function.

    status: none (no wrong numbers), exact (one explanation), tie (several that cannot be told apart), partial (some of the numbers are
    explained), unknown (none is). causes: each a complete explanation, as ids of mistakes that together give these numbers.
    unexplained: the factors that nothing explains (data_loss, reg_loss, data_gradient, reg_gradient); unobserved: those of which the
    function gave nothing to see. questions: those not passed
    that the causes explain; explains: for each cause, those that it would fail alone. slips: what can be said in numbers of a factor
    that nothing explains (their value `factor`). line: where the guilty code is, if
    that is beyond doubt. own: False where the same causes are told of an earlier function already.
    """

    status: Status
    causes: tuple[tuple[str, ...], ...] = ()
    unexplained: tuple[str, ...] = ()
    unobserved: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    slips: tuple[Message, ...] = ()
    line: int | None = None
    own: bool = True
    explains: dict[str, tuple[str, ...]] = {}


class SubmissionRecord(Struct, frozen=True):
    file: str
    sha256: str
    saved: str | None


class KeyRecord(Struct, frozen=True):
    """seed: None when secret. conventions: the layout and the regularization that the submission was graded in. reveal: how much of a
    cause its author is shown."""

    sha256: str
    seed: str | None
    conventions: dict[str, str] = {}
    reveal: Reveal = "cause"


class Verdict(Struct, frozen=True, kw_only=True):
    """Everything that is known of one graded submission. A report is a rendering of it. undecided: points that await a human."""

    schema: Literal["grader/verdict/1"] = "grader/verdict/1"
    assignment: str
    score: float
    possible: float
    undecided: float
    findings: tuple[Finding, ...]
    diagnosis: dict[str, Diagnosis] = {}
    flags: tuple[Message, ...] = ()
    sandbox: Annotated[Level, Meta(description="how well the student's code was walled in")]
    submission: SubmissionRecord
    key: KeyRecord
    versions: dict[str, str]


VERDICT = msgspec.json.Decoder(Verdict)


def number(value: float) -> Number:
    """As an evidence holds it."""
    value = float(value)
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def matrix(array: Array) -> Matrix:
    """array: two axes."""
    shown = array[:EVIDENCE_CAP, :EVIDENCE_CAP]
    return Matrix(
        array.shape, tuple(tuple(number(entry) for entry in row) for row in shown.tolist())
    )


def case_input(case: Case) -> CaseInput:
    return CaseInput(
        matrix(case.W), matrix(case.X), tuple(case.y[:EVIDENCE_CAP].tolist()), case.reg
    )
