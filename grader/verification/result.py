"""The results of verifying an assignment, as frozen data.

The words are those of mutation testing: a misconception is a mutant of the reference. A question
that it fails kills it. A misconception that gets full marks survives.
"""

from msgspec import Struct

from grader.verdict import Outcome

REFERENCE = "the reference"  # stands among ids of misconceptions, none of which has a space


class QuestionCoverage(Struct, frozen=True):
    """How many misconceptions a question kills, and which ones nothing else kills."""

    id: str
    points: float
    killed: int  # how many misconceptions fail it
    killed_only_here: tuple[str, ...]  # those that fail no other question of the function


class MisconceptionResult(Struct, frozen=True):
    """A misconception in the place of functions in turn, or the reference itself.

    It stands only where it changes an output that is asked about. While it stands in the place of
    one function, the others are the reference.
    """

    name: str
    outcomes: dict[str, Outcome]  # by question
    points_lost: dict[str, float]  # by the short name of the function in whose place it stands

    @property
    def not_passed(self) -> tuple[str, ...]:
        """The questions that it does not pass."""
        outcomes = self.outcomes.items()
        return tuple(question for question, outcome in outcomes if outcome != "passed")

    @property
    def full_marks(self) -> tuple[str, ...]:
        """Functions in which it costs nothing."""
        return tuple(short for short, points in self.points_lost.items() if points == 0)


class Margin(Struct, frozen=True):
    """A tolerance between right and wrong, for an output, for what a knob adds, or for a slope.

    All errors are relative, and the largest over all cases.
    """

    what: str  # "dW", "dW+reg" or "slope of dW"
    precision: str  # of the correct work: float64 or float32
    tolerance: str  # its key in assignment.toml
    limit: float  # its value
    correct: float  # error of the reference, the worst of its functions
    wrong: float | None  # error of the mildest misconception that is wrong here at all
    mildest: str | None  # its id

    @property
    def holds(self) -> bool:
        return self.correct <= self.limit and (self.wrong is None or self.wrong > self.limit)


class KnownSubmission(Struct, frozen=True):
    """A known submission, graded."""

    name: str
    mismatches: tuple[str, ...]  # of each question that differs, the actual and expected outcome


class UnexpectedVariant(Struct, frozen=True):
    """Right work that turned out otherwise than expected on a key."""

    seed: int
    name: str
    mismatches: tuple[str, ...]  # of each question that differs, the actual and expected outcome


class RightWork(Struct, frozen=True):
    """The reference and its variants, graded on keys of one seed or several."""

    variants: int = 0  # how many there are beside the reference
    seeds: tuple[int, ...] = ()  # none if nothing was graded
    unexpected: tuple[UnexpectedVariant, ...] = ()


class Translation(Struct, frozen=True):
    """The faults in the words for misconceptions, in one language."""

    language: str
    missing: tuple[str, ...]  # misconceptions without all of their words
    unknown_ids: tuple[str, ...]  # ids with words that are no misconceptions
    unknown_topics: tuple[str, ...]  # "id (topic)" where the explanation has no such section


class Verification(Struct, frozen=True):
    """The result of verifying an assignment."""

    assignment: str
    conventions: dict[str, str]
    seed: int
    functions: tuple[str, ...]  # short names
    questions: tuple[QuestionCoverage, ...]  # those that were asked
    needs_process: tuple[str, ...]  # questions that cannot be asked without a sandbox
    advice: tuple[str, ...]  # questions of no points, which are not asked here either
    unasked_outputs: tuple[str, ...]  # outputs that no question with points can fail over
    reference: MisconceptionResult
    in_single_precision: MisconceptionResult  # the reference, computing in float32
    rows: tuple[MisconceptionResult, ...]
    correct_in_this_convention: tuple[str, ...]  # misconceptions that are left out, as right here
    crashing: dict[str, str]  # misconceptions that give no result on any case, and the reason
    # Misconceptions that are correct on the cases that mistakes are named from, and cost points
    # elsewhere.
    correct_when_small: tuple[str, ...]
    unrecognized: tuple[str, ...]  # those that the diagnosis does not name from their own numbers
    indistinguishable: tuple[tuple[str, ...], ...]  # groups that the diagnosis cannot tell apart
    margins: tuple[Margin, ...]
    translations: tuple[Translation, ...]
    fails_with_seed: dict[int, tuple[str, ...]]  # questions that the reference fails there
    known_submissions: tuple[KnownSubmission, ...] = ()
    right_work: RightWork = RightWork()

    @property
    def reference_fails(self) -> tuple[str, ...]:
        """Questions that the reference does not pass."""
        return self.reference.not_passed

    @property
    def single_precision_fails(self) -> tuple[str, ...]:
        """Questions that the reference passes in float64, but not in float32."""
        fails = self.in_single_precision.not_passed
        return tuple(question for question in fails if question not in self.reference.not_passed)

    @property
    def survived(self) -> tuple[MisconceptionResult, ...]:
        """Misconceptions that get full marks in some function.

        One that is correct on small inputs may do so: a question about large ones may be asked of
        one function only.
        """
        return tuple(
            row for row in self.rows if row.full_marks and row.name not in self.correct_when_small
        )

    @property
    def never_killing(self) -> tuple[str, ...]:
        """Questions that no misconception fails, so that nothing shows whether they work."""
        return tuple(question.id for question in self.questions if not question.killed)

    @property
    def unexpected(self) -> tuple[KnownSubmission, ...]:
        return tuple(known for known in self.known_submissions if known.mismatches)

    @property
    def is_sound(self) -> bool:
        faults = (
            self.reference_fails,
            self.single_precision_fails,
            self.fails_with_seed,
            self.survived,
            self.crashing,
            self.unexpected,
            self.right_work.unexpected,
        )
        return not any(faults)
