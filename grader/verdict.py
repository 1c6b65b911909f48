"""The result of grading as frozen data: findings with their evidence, the diagnosis, the verdict.

The descriptions of fields are public: `grader schema` prints them.
"""

import math
from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from grader.model import Array, Case, Level, Message, Reveal

Outcome: TypeAlias = Literal["passed", "failed", "not_run", "could_not_judge"]
# A number in a piece of evidence. JSON has no nan and no infinity: they are written as text. The
# entries of an array of integers stay integers.
Number: TypeAlias = int | float | Literal["nan", "inf", "-inf"]
EVIDENCE_CAP = 32  # entries along each axis of an array that a verdict carries
MAX_ENTRIES = 1024  # of such an array, all axes together


class CannotJudge(Exception):
    """The numbers that a check sees do not decide the question: a person has to look at them."""

    def __init__(self, message: Message, evidence: "tuple[Evidence, ...]" = ()):
        super().__init__(message.code)
        self.message, self.evidence = message, evidence


# --- evidence -------------------------------------------------------------------------------------


class Numbers(Struct, frozen=True):
    """An array of any number of axes, cut off at 32 entries along each and 1,024 in all."""

    shape: Annotated[tuple[int, ...], Meta(description="Shape of the whole array.")]
    shown: Annotated[tuple[int, ...], Meta(description="Shape of the part in `values`.")]
    values: Annotated[
        tuple[Number, ...], Meta(description="The part's entries; the last axis runs fastest.")
    ]


Cell: TypeAlias = Annotated[
    int | None, Meta(description="Of a notebook: the code cell that holds the line, from 1.")
]
CellLine: TypeAlias = Annotated[
    int | None, Meta(description="Of a notebook: the number of the line within its cell.")
]
CaseName: TypeAlias = Annotated[str, Meta(description="Name of the case.")]
Inputs: TypeAlias = Annotated[
    dict[str, Numbers] | None,
    Meta(
        description="The inputs by name, with which the call can be repeated. Null if the key is "
        "secret."
    ),
]
OutputName: TypeAlias = Annotated[str, Meta(description="Name of the output.")]
Knob: TypeAlias = Annotated[
    str | None,
    Meta(
        description="If an input is named, the values are the change that turning it up makes, "
        "not the output itself."
    ),
]
OtherFunction: TypeAlias = Annotated[
    str | None,
    Meta(description="The function whose answer `expected` is. Null if it is the key's answer."),
]


class WorstEntry(Struct, frozen=True):
    """The entry of an output that is furthest off."""

    index: Annotated[
        tuple[int, ...], Meta(description="One number for each axis, from 0; none for a number.")
    ]
    expected: Number | None
    got: Number | None


class ValueEvidence(Struct, frozen=True, tag_field="kind", tag="value"):
    """An output that differs from the expected one."""

    output: OutputName
    case: CaseName
    asked: Inputs
    expected: Numbers | None
    got: Numbers | None
    error: Annotated[
        Number, Meta(description="||got - expected|| / ||expected||, over the whole array.")
    ]
    worst: WorstEntry
    wrong_entries: Annotated[int, Meta(description="How many entries are off.")]
    entries: Annotated[int, Meta(description="How many entries the output has; 1 for a number.")]
    knob: Knob = None
    other: OtherFunction = None


class SlopeEvidence(Struct, frozen=True, tag_field="kind", tag="slope"):
    """The slope of one of the submission's outputs, beside the one that its gradient claims."""

    output: Annotated[str, Meta(description="Name of the gradient, such as dW.")]
    of: Annotated[str, Meta(description="The output whose slope was measured, such as loss.")]
    by: Annotated[str, Meta(description="The input that was changed, such as W.")]
    case: CaseName
    asked: Inputs
    expected: Annotated[
        Number | None,
        Meta(description="Slope of the submission's own output, measured numerically."),
    ]
    got: Annotated[Number | None, Meta(description="Slope according to the gradient.")]
    error: Annotated[
        Number,
        Meta(description="|got - expected|, relative to the lengths of gradient and direction."),
    ]
    along: Annotated[
        str | None,
        Meta(description="The input v, if the slope is that of sum(of * v); else null."),
    ] = None


class GrowthEvidence(Struct, frozen=True, tag_field="kind", tag="growth"):
    """Bytecode operations for two sizes of the input."""

    letter: Annotated[str, Meta(description="The axis that is longer in the second input.")]
    sizes: Annotated[tuple[int, int], Meta(description="Its length in the two inputs.")]
    operations: Annotated[tuple[int, int], Meta(description="Operations of the whole call.")]
    line: Annotated[
        int | None, Meta(description="The line of the file whose operations grow most, if any.")
    ]
    line_operations: Annotated[tuple[int, int], Meta(description="Operations of that line.")]
    library_operations: Annotated[
        tuple[int, int], Meta(description="Operations of library code, of those of the whole call.")
    ] = (0, 0)
    cell: Cell = None
    cell_line: CellLine = None


class RaceEvidence(Struct, frozen=True, tag_field="kind", tag="race"):
    """CPU times of one call: the submission's, and those of its opponent."""

    against: Annotated[
        Literal["yardstick", "other"],
        Meta(description="The opponent: the neutral baseline, or a function of the submission."),
    ]
    seconds: Annotated[float, Meta(description="CPU seconds of the submission.")]
    other_seconds: Annotated[float, Meta(description="CPU seconds of the opponent.")]
    ratio: Annotated[
        float,
        Meta(
            description="Against the yardstick, the submission's time divided by the opponent's; "
            "against the other function, that one's divided by this one's."
        ),
    ]
    limit: Annotated[
        float,
        Meta(description="Ratio that must not be exceeded (yardstick) or must be reached (other)."),
    ]


Evidence: TypeAlias = ValueEvidence | SlopeEvidence | GrowthEvidence | RaceEvidence


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
    seconds: Annotated[
        float,
        Meta(
            description="Wall-clock time that the question took. 0 for students if the key is "
            "secret: a submission can steer it."
        ),
    ]
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

    Its factors are its outputs at rest ("dW") and what each knob adds to them ("dW+reg").
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
        tuple[str, ...],
        Meta(
            description="Factors for which the function gave no numbers, or not in every case, for "
            "a reason that is not known."
        ),
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
    file: Annotated[
        str | None, Meta(description="The file of that line, if it is not the first of several.")
    ] = None
    cell: Cell = None
    cell_line: CellLine = None
    own: Annotated[
        bool, Meta(description="False if an earlier function already has the same causes.")
    ] = True
    explains: Annotated[
        dict[str, tuple[str, ...]],
        Meta(description="For each cause, the questions that it fails by itself."),
    ] = {}
    suspicions: Annotated[
        tuple[Message, ...],
        Meta(
            description="What the function does to its inputs: the likely cause of what it fails "
            "and nothing explains."
        ),
    ] = ()
    contradicted: Annotated[
        tuple[str, ...],
        Meta(
            description="Causes whose sentence about the final numbers is not true of these, since "
            "others change them as well: reports leave it out."
        ),
    ] = ()
    given_up: Annotated[
        tuple[str, ...],
        Meta(
            description="Of the unexplained factors, those that known mistakes do give: but no few "
            "of these give the others as well."
        ),
    ] = ()


# --- the verdict ----------------------------------------------------------------------------------


class SubmissionRecord(Struct, frozen=True):
    """The submission that was graded."""

    file: str
    sha256: Annotated[
        str, Meta(description="Hash of the file's bytes; of several files, of their hashes.")
    ]
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
        dict[str, str],
        Meta(description="The choices that the key was made for: layout, for example."),
    ] = {}
    reveal: Annotated[Reveal, Meta(description="How much of a diagnosis the author is shown.")] = (
        "cause"
    )
    calls: Annotated[
        dict[str, str],
        Meta(
            description="By function, as students name it: the lines of Python that call it, with "
            "the inputs as names."
        ),
    ] = {}


class Verdict(Struct, frozen=True, kw_only=True):
    """Everything known about one graded submission. A report is a rendering of it."""

    schema: Literal["grader/verdict/2"] = "grader/verdict/2"
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
    """Convert a number for use in evidence: nan and infinities become text."""
    if isinstance(value, int):
        return value
    value = float(value)
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "nan"
    return "inf" if value > 0 else "-inf"


def as_numbers(array: Array) -> Numbers:
    """Convert an array for use in evidence, cut off at EVIDENCE_CAP and MAX_ENTRIES."""
    shown = [min(length, EVIDENCE_CAP) for length in array.shape]
    while math.prod(shown) > MAX_ENTRIES:
        shown[shown.index(max(shown))] -= 1
    part = array[tuple(slice(length) for length in shown)]
    values = tuple(as_number(entry) for entry in part.ravel().tolist())
    return Numbers(array.shape, tuple(shown), values)


def as_inputs(case: Case, names: Iterable[str]) -> dict[str, Numbers]:
    """Convert these inputs of a case for use in evidence, cut off as by as_numbers."""
    return {name: as_numbers(case.inputs[name]) for name in names}
