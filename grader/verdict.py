"""The result of grading as frozen data: findings with their evidence, the diagnosis, the verdict.

The descriptions of fields are public: `grader schema` prints them.
"""

import math
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from grader.model import Array, Case, Level, Message, Reveal

Outcome: TypeAlias = Literal["passed", "failed", "not_run", "could_not_judge"]
# A number in a piece of evidence. JSON has no nan and no infinity: they are written as text.
Number: TypeAlias = float | Literal["nan", "inf", "-inf"]
EVIDENCE_CAP = 32  # rows and columns of an array that a verdict carries


class CannotJudge(Exception):
    """The numbers that a check sees do not decide the question: a person has to look at them."""

    def __init__(self, message: Message, evidence: "tuple[Evidence, ...]" = ()):
        super().__init__(message.code)
        self.message, self.evidence = message, evidence


# --- evidence -------------------------------------------------------------------------------------


class Matrix(Struct, frozen=True):
    """An array with two axes, cut off at 32 rows and 32 columns."""

    shape: Annotated[tuple[int, ...], Meta(description="Shape of the whole array.")]
    rows: tuple[tuple[Number, ...], ...]


class CaseInput(Struct, frozen=True):
    """The input of a case, with which the call can be repeated."""

    W: Matrix
    X: Matrix
    y: Annotated[tuple[int, ...], Meta(description="Labels, cut off after 32.")]
    reg: float


Cell: TypeAlias = Annotated[
    int | None, Meta(description="Of a notebook: the code cell that holds the line, from 1.")
]
CellLine: TypeAlias = Annotated[
    int | None, Meta(description="Of a notebook: the number of the line within its cell.")
]
CaseName: TypeAlias = Annotated[str, Meta(description="Name of the case.")]
Input: TypeAlias = Annotated[
    CaseInput | None, Meta(description="The input. Null if the key is secret.")
]
IsDifference: TypeAlias = Annotated[
    bool,
    Meta(
        description="True if the values are the change that reg makes, not the values themselves."
    ),
]
OtherFunction: TypeAlias = Annotated[
    str | None,
    Meta(description="The function whose answer `expected` is. Null if it is the key's answer."),
]


class LossEvidence(Struct, frozen=True, tag_field="kind", tag="loss"):
    """A loss that differs from the expected one."""

    case: CaseName
    asked: Input
    expected: Number | None
    got: Number | None
    error: Annotated[Number, Meta(description="|got - expected| / |expected|")]
    difference: IsDifference = False
    other: OtherFunction = None


class WorstEntry(Struct, frozen=True):
    """The entry of dW that is furthest off."""

    row: int
    column: int
    expected: Number | None
    got: Number | None


class GradientEvidence(Struct, frozen=True, tag_field="kind", tag="gradient"):
    """A dW that differs from the expected one."""

    case: CaseName
    asked: Input
    expected: Matrix | None
    got: Matrix | None
    error: Annotated[
        Number, Meta(description="||got - expected|| / ||expected||, over the whole array.")
    ]
    worst: WorstEntry
    wrong_entries: Annotated[int, Meta(description="How many entries are off.")]
    entries: Annotated[int, Meta(description="How many entries dW has.")]
    difference: IsDifference = False
    other: OtherFunction = None


class SlopeEvidence(Struct, frozen=True, tag_field="kind", tag="slope"):
    """The slope of the submission's own loss along one direction, beside the one dW claims."""

    case: CaseName
    asked: Input
    expected: Annotated[
        Number | None, Meta(description="Slope of the submission's own loss, measured numerically.")
    ]
    got: Annotated[Number | None, Meta(description="Slope according to the submission's dW.")]
    error: Annotated[
        Number, Meta(description="|got - expected|, relative to the lengths of dW and direction.")
    ]


class GrowthEvidence(Struct, frozen=True, tag_field="kind", tag="growth"):
    """Bytecode operations for two sizes of the input."""

    sizes: Annotated[tuple[int, int], Meta(description="Samples, or classes, of the two inputs.")]
    operations: Annotated[tuple[int, int], Meta(description="Operations of the whole call.")]
    line: Annotated[
        int | None, Meta(description="The line of the file whose operations grow most, if any.")
    ]
    line_operations: Annotated[tuple[int, int], Meta(description="Operations of that line.")]
    cell: Cell = None
    cell_line: CellLine = None


class RaceEvidence(Struct, frozen=True, tag_field="kind", tag="race"):
    """CPU times of one call: the submission's, and those of its opponent."""

    against: Annotated[
        Literal["yardstick", "naive"],
        Meta(description="The opponent: the neutral baseline, or the submission's own loops."),
    ]
    seconds: Annotated[float, Meta(description="CPU seconds of the submission.")]
    other_seconds: Annotated[float, Meta(description="CPU seconds of the opponent.")]
    ratio: Annotated[
        float,
        Meta(
            description="Against the yardstick, the submission's time divided by the opponent's; "
            "against naive, the opponent's divided by the submission's."
        ),
    ]
    limit: Annotated[
        float,
        Meta(description="Ratio that must not be exceeded (yardstick) or must be reached (naive)."),
    ]


Evidence: TypeAlias = (
    LossEvidence | GradientEvidence | SlopeEvidence | GrowthEvidence | RaceEvidence
)


# --- findings and diagnosis -----------------------------------------------------------------------


class CheckResult(Struct, frozen=True):
    """The conclusion of a check. Points are given later."""

    passed: bool
    message: Message | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Message, ...] = ()


class Finding(Struct, frozen=True):
    """The outcome of one question."""

    question: Annotated[str, Meta(description="Id of the question.")]
    function: Annotated[str, Meta(description="The function asked, as students name it.")]
    check: Annotated[str, Meta(description="Kind of the question.")]
    outcome: Annotated[
        Outcome,
        Meta(
            description="not_run: an earlier failure makes the question meaningless; "
            "could_not_judge: the grader failed, or a person has to decide."
        ),
    ]
    points: Annotated[float | None, Meta(description="Null if it could not be judged.")]
    possible: Annotated[float, Meta(description="Possible points. 0: the question is advice.")]
    seconds: Annotated[float, Meta(description="Wall-clock time that the question took.")]
    message: Annotated[Message | None, Meta(description="Why it was not passed.")] = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Message, ...] = ()

    @property
    def is_advice(self) -> bool:
        """A question without points: its outcome changes neither the score nor the exit code."""
        return self.possible == 0


Status: TypeAlias = Literal["none", "exact", "tie", "partial", "unknown"]


class Diagnosis(Struct, frozen=True):
    """The known mistakes that explain the wrong numbers of one function.

    Its factors are data_loss, reg_loss, data_gradient and reg_gradient.
    """

    status: Annotated[
        Status,
        Meta(
            description="none: no wrong numbers; exact: one explanation; "
            "tie: several explanations that nothing distinguishes; "
            "partial: some of the wrong factors are explained; unknown: none of them is."
        ),
    ]
    causes: Annotated[
        tuple[tuple[str, ...], ...],
        Meta(
            description="Alternative explanations, each a set of mistakes that together "
            "give these numbers."
        ),
    ] = ()
    unexplained: Annotated[
        tuple[str, ...], Meta(description="Wrong factors that no known mistake explains.")
    ] = ()
    unobserved: Annotated[
        tuple[str, ...], Meta(description="Factors for which the function gave no numbers.")
    ] = ()
    questions: Annotated[
        tuple[str, ...], Meta(description="Questions not passed that the causes explain.")
    ] = ()
    slips: Annotated[
        tuple[Message, ...],
        Meta(
            description="What can be said in numbers about an unexplained factor, "
            "which is their value `factor`."
        ),
    ] = ()
    line: Annotated[int | None, Meta(description="The faulty line, if it is beyond doubt.")] = None
    cell: Cell = None
    cell_line: CellLine = None
    own: Annotated[
        bool, Meta(description="False if an earlier function already has the same causes.")
    ] = True
    explains: Annotated[
        dict[str, tuple[str, ...]],
        Meta(description="For each cause, the questions that it fails by itself."),
    ] = {}


# --- the verdict ----------------------------------------------------------------------------------


class SubmissionRecord(Struct, frozen=True):
    """The submission that was graded."""

    file: str
    sha256: Annotated[str, Meta(description="Hash of the file's bytes.")]
    saved: Annotated[
        str | None,
        Meta(
            description="Submission time, or else the file's last change: ISO 8601, in UTC or, "
            "if the zone is unknown, without one."
        ),
    ]


class KeyRecord(Struct, frozen=True):
    """The answer key that it was graded with."""

    sha256: str
    seed: Annotated[str | None, Meta(description="Null if secret.")]
    conventions: Annotated[
        dict[str, str], Meta(description="Layout and regularization that the key was made for.")
    ] = {}
    reveal: Annotated[Reveal, Meta(description="How much of a diagnosis the author is shown.")] = (
        "cause"
    )


class Verdict(Struct, frozen=True, kw_only=True):
    """Everything known about one graded submission. A report is a rendering of it."""

    schema: Literal["grader/verdict/1"] = "grader/verdict/1"
    assignment: str
    score: Annotated[float, Meta(description="Sum of the points given.")]
    possible: Annotated[float, Meta(description="Sum of the possible points.")]
    undecided: Annotated[float, Meta(description="Possible points that await a person's decision.")]
    findings: tuple[Finding, ...]
    diagnosis: Annotated[
        dict[str, Diagnosis], Meta(description="By function. Empty if there is none.")
    ] = {}
    flags: Annotated[
        tuple[Message, ...],
        Meta(description="Events that a person should look at. They cost no points."),
    ] = ()
    notes: Annotated[
        tuple[Message, ...],
        Meta(
            description="How the file was found and read, and what was left out of it. "
            "They cost no points."
        ),
    ] = ()
    sandbox: Annotated[Level, Meta(description="Isolation level the student's code ran at.")]
    submission: SubmissionRecord
    key: KeyRecord
    versions: Annotated[dict[str, str], Meta(description="Software that graded.")]


VERDICT = msgspec.json.Decoder(Verdict)


def as_number(value: float) -> Number:
    """Convert a float for use in evidence: nan and infinities become text."""
    value = float(value)
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "nan"
    return "inf" if value > 0 else "-inf"


def as_matrix(array: Array) -> Matrix:
    """Convert an array with two axes for use in evidence, cut off at EVIDENCE_CAP."""
    entries = array[:EVIDENCE_CAP, :EVIDENCE_CAP].tolist()
    rows = tuple(tuple(as_number(entry) for entry in row) for row in entries)
    return Matrix(array.shape, rows)


def as_case_input(case: Case) -> CaseInput:
    """Convert a case for use in evidence, its arrays cut off at EVIDENCE_CAP."""
    labels = tuple(case.y[:EVIDENCE_CAP].tolist())
    return CaseInput(as_matrix(case.W), as_matrix(case.X), labels, case.reg)
