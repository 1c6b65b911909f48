"""Is the work done by array operations, and is it faster than the loops?

Two measures, because each alone can be fooled. Bytecode operations: their number grows with the number of samples where Python loops over
them, on every machine alike, but student code could stop the count. CPU time: read by the host, and compared with the yardstick's and with
the submission's own loops in the same minute, but it cannot tell a loop from honest work that happens to be slow.
"""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from grader.checks.compare import Settings, gradient_error, loss_error
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Case, LossAndGradient, Message, SubmissionError
from grader.verdict import CannotJudge, CheckResult, GrowthEvidence, RaceEvidence

LOOP = 1.0  # operations per extra sample or class: array code has 0, np.vectorize 6, a comprehension 16, a loop over samples 136
SHORTEST = 1e-9  # seconds: a clock that does not move must not divide by zero
CLEAR_RUNS, CLEAR = 3, 2 / 3  # a race is over early once the ratio is this far inside its limit


class FasterSettings(Settings, frozen=True):
    """than: short name of the function with loops; the limits are ratios of CPU time; runs: of one race at most.

    growth: three cases, of which the second has more samples than the first, and the third more classes. timed and against: the cases
    <timed>.0, <timed>.1, ... are for the race with the yardstick, those of <against> for the race with `than`.
    """

    than: str
    baseline_limit: Annotated[float, Meta(gt=0)] = 3.0
    times_faster: Annotated[float, Meta(gt=0)] = 3.0
    runs: Annotated[int, Meta(ge=1)] = 15
    growth: tuple[str, str, str] = ("samples_20", "samples_40", "classes_6")
    timed: str = "timed"
    against: str = "against"

    def functions_asked(self) -> dict[str, str]:
        return {"than": self.than}

    def cases_asked(self) -> tuple[str, ...]:
        return (
            *self.growth,
            *(f"{self.timed}.{k}" for k in range(2 * self.runs)),
            f"{self.against}.0",
        )


class WrongWhenTimed(Exception):
    """The function answers wrong on the inputs of a race: fast and wrong is not fast."""


def faster(bench: FunctionUnderTest, key: AnswerKey, settings: FasterSettings) -> CheckResult:
    few, more_samples, more_classes = (key.cases[name] for name in settings.growth)
    by_samples = growth(bench, (few, more_samples), (samples_of(few), samples_of(more_samples)))
    if per_item(by_samples) >= LOOP:
        return CheckResult(False, loop_message("loops_over_samples", by_samples), (by_samples,))
    try:
        race = race_with_baseline(bench, key, settings)
        if race.ratio > race.limit:
            by_classes = growth(
                bench, (few, more_classes), (classes_of(few), classes_of(more_classes))
            )
            if per_item(by_classes) >= LOOP:
                return CheckResult(
                    False, loop_message("loops_over_classes", by_classes), (race, by_classes)
                )
            raise CannotJudge(
                Message("slow_without_loop", {"ratio": race.ratio, "limit": race.limit}),
                (race, by_samples),
            )
        duel = race_with_loops(bench, key, settings)
    except WrongWhenTimed:
        return CheckResult(False, Message("wrong_when_timed"))
    if duel is None:
        return CheckResult(True, evidence=(race,))
    if duel.ratio < duel.limit:
        loops = bench.others[settings.than].name
        return CheckResult(
            False,
            Message("not_faster", {"ratio": duel.ratio, "limit": duel.limit, "other": loops}),
            (race, duel),
        )
    return CheckResult(True, evidence=(race, duel))


def samples_of(case: Case) -> int:
    return len(case.y)


def classes_of(case: Case) -> int:
    """The top class is among the labels of every case."""
    return int(np.max(case.y)) + 1


def growth(
    bench: FunctionUnderTest, cases: tuple[Case, Case], sizes: tuple[int, int]
) -> GrowthEvidence:
    """Bytecode operations for two sizes of the input, in all and on the line where they grow most."""
    small, large = (bench.count(case) for case in cases)
    grown = [after - before for before, after in zip(small.per_line, large.per_line, strict=True)]
    line = int(np.argmax(grown[1:])) + 1 if any(more > 0 for more in grown[1:]) else None
    on_line = (small.per_line[line], large.per_line[line]) if line else (0, 0)
    return GrowthEvidence(sizes, (small.total, large.total), line, on_line)


def per_item(evidence: GrowthEvidence) -> float:
    return (evidence.operations[1] - evidence.operations[0]) / max(
        evidence.sizes[1] - evidence.sizes[0], 1
    )


def loop_message(code: str, evidence: GrowthEvidence) -> Message:
    (small, large), (before, after) = evidence.sizes, evidence.operations
    return Message(
        code, {"small": small, "large": large, "before": before, "after": after}, line=evidence.line
    )


def race_with_baseline(
    bench: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> RaceEvidence:
    """Minimum CPU time of a few interleaved calls, every one on inputs not seen before. Repeated once if it looks slow."""
    first = race(bench, key, settings, range(settings.runs))
    return (
        first
        if first.ratio <= first.limit
        else race(bench, key, settings, range(settings.runs, 2 * settings.runs))
    )


def race(
    bench: FunctionUnderTest, key: AnswerKey, settings: FasterSettings, which: range
) -> RaceEvidence:
    limit, mine, yardstick = settings.baseline_limit, math.inf, math.inf
    for done, k in enumerate(which, start=1):
        case = key.cases[f"{settings.timed}.{k}"]
        yardstick = min(yardstick, bench.yardstick(case).seconds)
        mine = min(mine, right_answer(bench, key, case).seconds)
        if done >= CLEAR_RUNS and mine <= CLEAR * limit * yardstick:
            break
    return RaceEvidence("yardstick", mine, yardstick, mine / max(yardstick, SHORTEST), limit)


def race_with_loops(
    bench: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> RaceEvidence | None:
    """Against the submission's own loops, on the same inputs. None where those give no answer, or are as good as vectorized."""
    loops, limit = bench.others[settings.than], settings.times_faster
    cases, mine, theirs, ratio = cases_of(key, settings.against), math.inf, math.inf, 0.0
    for case in cases:
        mine = min(mine, right_answer(bench, key, case).seconds)
        try:
            loops.ready()
            theirs = min(theirs, loops.call(case).seconds)
        except SubmissionError:
            return None
        ratio = theirs / max(mine, SHORTEST)
        if ratio * CLEAR >= limit:
            break
    if ratio < limit and not has_loops(loops, key, settings):
        return None
    if 1 <= ratio < limit and theirs <= settings.baseline_limit * min(
        bench.yardstick(case).seconds for case in cases
    ):
        return None  # a loop light enough that the yardstick would let it pass: nothing to beat threefold
    return RaceEvidence("naive", mine, theirs, ratio, limit)


def has_loops(loops: FunctionUnderTest, key: AnswerKey, settings: FasterSettings) -> bool:
    few, more_samples, _ = (key.cases[name] for name in settings.growth)
    try:
        return (
            per_item(
                growth(loops, (few, more_samples), (samples_of(few), samples_of(more_samples)))
            )
            >= LOOP
        )
    except SubmissionError:
        return False


def right_answer(bench: FunctionUnderTest, key: AnswerKey, case: Case) -> LossAndGradient:
    """A timed answer counts only if it is right: to float32's precision, which is enough to tell work from none."""
    output, expected, tolerance = (
        bench.call(case),
        key.expected[case.name],
        key.tolerances.single_precision,
    )
    if (
        loss_error(output.loss, expected.loss) <= tolerance
        and gradient_error(output.gradient, expected.gradient) <= tolerance
    ):
        return output
    raise WrongWhenTimed


def cases_of(key: AnswerKey, series: str) -> list[Case]:
    return [case for name, case in key.cases.items() if name.startswith(series + ".")]
