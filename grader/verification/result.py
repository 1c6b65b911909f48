"""What is known of an assignment that has verified itself, as frozen data."""

from msgspec import Struct

from grader.verdict import Outcome

REFERENCE = "the reference"  # as it is called among misconceptions: no id, which has no spaces


class QuestionCoverage(Struct, frozen=True):
    """A question that was asked. caught: how many misconceptions fail it; alone: those that fail no other question of the function."""

    id: str
    points: float
    caught: int
    alone: tuple[str, ...]


class MisconceptionResult(Struct, frozen=True):
    """A misconception in the place of each function in turn, the others being the reference; or the reference itself.

    outcomes: question -> outcome; lost: short name of the function -> points that it costs there.
    """

    name: str
    outcomes: dict[str, Outcome]
    lost: dict[str, float]

    @property
    def full_marks(self) -> tuple[str, ...]:
        """Functions in which it costs nothing."""
        return tuple(short for short, points in self.lost.items() if points == 0)


class Margin(Struct, frozen=True):
    """A tolerance between right and wrong, as one kind of question sees them: relative errors, the largest over all cases.

    precision: of the correct work, float64 or float32; correct: of the reference, the worst of its functions; wrong: of the mildest
    misconception that is wrong there at all, if one is.
    """

    check: str
    precision: str
    tolerance: str
    limit: float
    correct: float
    wrong: float | None
    mildest: str | None

    @property
    def holds(self) -> bool:
        return self.correct <= self.limit and (self.wrong is None or self.wrong > self.limit)


class KnownSubmission(Struct, frozen=True):
    """A known submission, graded. wrong: for each question that turned out otherwise than expected, what was expected and what came."""

    name: str
    wrong: tuple[str, ...]


class Translation(Struct, frozen=True):
    """What is wrong with the words for misconceptions in one language. missing: those without; unknown: ids that have words and are none;
    astray: those whose topic is no section of the explanation, with the topic."""

    language: str
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    astray: tuple[str, ...]


class Verification(Struct, frozen=True):
    """All of it. functions: their short names.

    left_out: questions that take a process of their own, and advice: those of no points; neither is asked here.
    right_here: misconceptions that are the right thing in this convention, and are left out; broken: those that give nothing on any case,
    with the reason; right_when_small: those that are right on the cases which mistakes are named from, and cost points elsewhere;
    unnamed: those that naming does not recognize by their own numbers; alike: those that it cannot tell apart.
    """

    assignment: str
    conventions: dict[str, str]
    seed: int
    functions: tuple[str, ...]
    asked: tuple[QuestionCoverage, ...]
    left_out: tuple[str, ...]
    advice: tuple[str, ...]
    reference: MisconceptionResult
    rows: tuple[MisconceptionResult, ...]
    right_here: tuple[str, ...]
    broken: dict[str, str]
    right_when_small: tuple[str, ...]
    unnamed: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]
    margins: tuple[Margin, ...]
    wordings: tuple[Translation, ...]
    known: tuple[KnownSubmission, ...] = ()

    @property
    def reference_fails(self) -> tuple[str, ...]:
        return tuple(
            question for question, outcome in self.reference.outcomes.items() if outcome != "passed"
        )

    @property
    def unnoticed(self) -> tuple[MisconceptionResult, ...]:
        """Misconceptions that get full marks in some function. What is right on ordinary inputs may be asked for in one of them only."""
        return tuple(
            row for row in self.rows if row.full_marks and row.name not in self.right_when_small
        )

    @property
    def idle(self) -> tuple[str, ...]:
        """Questions that no misconception fails: whether they work, nothing shows."""
        return tuple(asked.id for asked in self.asked if not asked.caught)

    @property
    def unexpected(self) -> tuple[KnownSubmission, ...]:
        return tuple(known for known in self.known if known.wrong)

    @property
    def is_sound(self) -> bool:
        return not (self.reference_fails or self.unnoticed or self.broken or self.unexpected)
