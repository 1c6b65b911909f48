"""What is known of an assignment that has verified itself, as frozen data."""

from msgspec import Struct

from grader.verdict import Outcome

REFERENCE = "the reference"  # as it is called among misconceptions: no id, which has no spaces


class Asked(Struct, frozen=True):
    """A question that was asked. caught: how many misconceptions fail it; alone: those that fail no other question of the function."""

    id: str
    points: float
    caught: int
    alone: tuple[str, ...]


class Row(Struct, frozen=True):
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


class Known(Struct, frozen=True):
    """A known submission, graded. wrong: for each question that turned out otherwise than expected, what was expected and what came."""

    name: str
    wrong: tuple[str, ...]


class Verification(Struct, frozen=True):
    """All of it. functions: their short names; left_out: questions that are not asked; right_here: misconceptions that are the right thing
    in this convention, and are left out; alike: misconceptions that nothing tells apart, whatever is asked."""

    assignment: str
    conventions: dict[str, str]
    seed: int
    functions: tuple[str, ...]
    asked: tuple[Asked, ...]
    left_out: tuple[str, ...]
    reference: Row
    rows: tuple[Row, ...]
    right_here: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]
    margins: tuple[Margin, ...]
    known: tuple[Known, ...] = ()

    @property
    def reference_fails(self) -> tuple[str, ...]:
        return tuple(question for question, outcome in self.reference.outcomes.items() if outcome != "passed")

    @property
    def unnoticed(self) -> tuple[Row, ...]:
        """Misconceptions that get full marks in some function."""
        return tuple(row for row in self.rows if row.full_marks)

    @property
    def unexpected(self) -> tuple[Known, ...]:
        return tuple(known for known in self.known if known.wrong)

    @property
    def is_sound(self) -> bool:
        return not (self.reference_fails or self.unnoticed or self.unexpected)
