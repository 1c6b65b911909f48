"""Is the work done by array operations, and is it faster than the loops?

There are two measures, because each alone can be fooled.

Bytecode operations: their number grows with the number of samples if Python loops over them, and it
is the same on every machine; but student code could stop the count.

CPU time: it is read by the host and compared with the baseline's and that of the submission's own
loops in the same minute; but it cannot tell a loop from honest work that happens to be slow.
"""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from grader.checks.compare import gradient_error, loss_error
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import Settings
from grader.model import AnswerKey, Case, LossAndGradient, Message, SubmissionError, require
from grader.verdict import CannotJudge, CheckResult, GrowthEvidence, RaceEvidence

# Operations for each extra sample or class. Array code has 0, np.vectorize 6, a comprehension 16, a
# loop over samples 136.
LOOP = 1.0
SHORTEST = 1e-9  # seconds: a clock that does not move must not lead to a division by zero
# After this many runs a race ends early once the ratio is this far inside its limit.
CLEAR_RUNS, CLEAR = 3, 2 / 3


class FasterSettings(Settings, frozen=True):
    """Settings of the check of speed. Limits are ratios of CPU times."""

    than: str  # short name of the function with loops
    baseline_limit: Annotated[float, Meta(gt=0)] = 3.0
    times_faster: Annotated[float, Meta(gt=0)] = 3.0
    runs: Annotated[int, Meta(ge=1)] = 15  # most runs of one race
    # Three cases: the second has more samples than the first, the third more classes.
    growth: tuple[str, str, str] = ("samples_20", "samples_40", "classes_6")
    timed: str = "timed"  # the cases <timed>.0, <timed>.1, … are for the race with the baseline
    against: str = "against"  # <against>.0, <against>.1, … for the race with the loops

    def functions_asked(self) -> dict[str, str]:
        return {"than": self.than}

    def cases_asked(self) -> tuple[str, ...]:
        timed = (f"{self.timed}.{k}" for k in range(2 * self.runs))
        return (*self.growth, *timed, f"{self.against}.0")


class _WrongWhenTimed(Exception):
    """The function's answer to an input of a race is wrong: fast and wrong is not fast."""


def check_speed(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> CheckResult:
    """Count the operations; race with the baseline; race with the submission's own loops."""
    by_samples = growth_by_samples(function, key, settings)
    if has_loop(by_samples):
        message = loop_message("loops_over_samples", by_samples)
        return CheckResult(False, message, (by_samples,))
    try:
        race = _race_with_baseline(function, key, settings)
        if race.ratio > race.limit:
            return _judge_slow(function, key, settings, race, by_samples)
        loops_race = race_with_loops(function, key, settings)
    except _WrongWhenTimed:
        return CheckResult(False, Message("wrong_when_timed"))
    if loops_race is None:
        return CheckResult(True, evidence=(race,))
    if loops_race.ratio >= loops_race.limit:
        return CheckResult(True, evidence=(race, loops_race))
    loops = function.others[settings.than].name
    message = Message(
        "not_faster", {"ratio": loops_race.ratio, "limit": loops_race.limit, "other": loops}
    )
    return CheckResult(False, message, (race, loops_race))


# --- operations -----------------------------------------------------------------------------------


def growth_by_samples(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> GrowthEvidence:
    """Count the operations for two numbers of samples."""
    few, more, _ = (key.cases[name] for name in settings.growth)
    return _growth(function, (few, more), (len(few.y), len(more.y)))


def has_loop(growth: GrowthEvidence) -> bool:
    """Do the operations grow with the input as a loop over it would make them?"""
    (small, large), (before, after) = growth.sizes, growth.operations
    return (after - before) / max(large - small, 1) >= LOOP


def loop_message(code: str, growth: GrowthEvidence) -> Message:
    """A message with the sizes, the operations and the line of a loop."""
    (small, large), (before, after) = growth.sizes, growth.operations
    values: dict[str, float | int | str] = {
        "small": small,
        "large": large,
        "before": before,
        "after": after,
    }
    return Message(code, values, line=growth.line)


def _growth_by_classes(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> GrowthEvidence:
    few, _, more = (key.cases[name] for name in settings.growth)
    return _growth(function, (few, more), (_count_classes(few), _count_classes(more)))


def _count_classes(case: Case) -> int:
    """The labels of every case include the top class."""
    return int(np.max(case.y)) + 1


def _growth(
    function: FunctionUnderTest, cases: tuple[Case, Case], sizes: tuple[int, int]
) -> GrowthEvidence:
    """Count operations for two sizes of the input: in total, and of the line that grows most."""
    small, large = (function.count_operations(case) for case in cases)
    increases = [
        after - before for before, after in zip(small.per_line, large.per_line, strict=True)
    ]
    line = None
    on_line = (0, 0)
    if any(increase > 0 for increase in increases[1:]):
        line = int(np.argmax(increases[1:])) + 1
        on_line = (small.per_line[line], large.per_line[line])
    return GrowthEvidence(sizes, (small.total, large.total), line, on_line)


# --- races ----------------------------------------------------------------------------------------


def _race_with_baseline(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> RaceEvidence:
    """Compare the least CPU time of a few interleaved calls. A race that looks slow is repeated."""
    race = run_race(function, key, settings, range(settings.runs))
    if race.ratio <= race.limit:
        return race
    return run_race(function, key, settings, range(settings.runs, 2 * settings.runs))


def run_race(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings, numbers: range
) -> RaceEvidence:
    """Race with the baseline on the timed cases of these numbers.

    Each case is used once: a function that remembers its answers gains nothing.
    """
    limit = settings.baseline_limit
    seconds = baseline_seconds = math.inf
    for runs, number in enumerate(numbers, start=1):
        case = key.cases[f"{settings.timed}.{number}"]
        baseline_seconds = min(baseline_seconds, function.call_baseline(case).seconds)
        seconds = min(seconds, _right_answer(function, key, case).seconds)
        if runs >= CLEAR_RUNS and seconds <= CLEAR * limit * baseline_seconds:
            break
    ratio = seconds / max(baseline_seconds, SHORTEST)
    return RaceEvidence("yardstick", seconds, baseline_seconds, ratio, limit)


def race_with_loops(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> RaceEvidence | None:
    """Compare CPU times with the submission's own loops, on the same inputs.

    None if there is nothing to beat: the loops give no answer, or they win or come close because
    they are vectorized themselves, or nearly as fast as that.
    """
    loops, limit = function.others[settings.than], settings.times_faster
    cases = [case for name, case in key.cases.items() if name.startswith(settings.against + ".")]
    seconds = loops_seconds = math.inf
    ratio = 0.0
    for case in cases:
        seconds = min(seconds, _right_answer(function, key, case).seconds)
        try:
            loops.require_ready()
            loops_seconds = min(loops_seconds, loops.call(case).seconds)
        except SubmissionError:
            return None
        ratio = loops_seconds / max(seconds, SHORTEST)
        if ratio * CLEAR >= limit:
            break
    if ratio < limit and not _loops_over_samples(loops, key, settings):
        return None
    if 1 <= ratio < limit:
        baseline_seconds = min(function.call_baseline(case).seconds for case in cases)
        if loops_seconds <= settings.baseline_limit * baseline_seconds:
            # These loops are so light that they would pass the race with the baseline themselves.
            return None
    return RaceEvidence("naive", seconds, loops_seconds, ratio, limit)


def _judge_slow(
    function: FunctionUnderTest,
    key: AnswerKey,
    settings: FasterSettings,
    race: RaceEvidence,
    by_samples: GrowthEvidence,
) -> CheckResult:
    """Judge a function that is slower than the baseline allows.

    It fails if a loop over classes explains that. Otherwise a person has to look: CannotJudge.
    """
    by_classes = _growth_by_classes(function, key, settings)
    if has_loop(by_classes):
        message = loop_message("loops_over_classes", by_classes)
        return CheckResult(False, message, (race, by_classes))
    message = Message("slow_without_loop", {"ratio": race.ratio, "limit": race.limit})
    raise CannotJudge(message, (race, by_samples))


def _right_answer(function: FunctionUnderTest, key: AnswerKey, case: Case) -> LossAndGradient:
    """Call the function. Raises _WrongWhenTimed unless the answer is right.

    The tolerance is that of float32, which is enough to see whether the work was done.
    """
    answer, expected = function.call(case), key.expected[case.name]
    tolerance = key.tolerances.single_precision
    if not loss_error(require(answer.loss), expected.loss) <= tolerance:
        raise _WrongWhenTimed
    if not gradient_error(require(answer.gradient), expected.gradient) <= tolerance:
        raise _WrongWhenTimed
    return answer


def _loops_over_samples(loops: FunctionUnderTest, key: AnswerKey, settings: FasterSettings) -> bool:
    try:
        return has_loop(growth_by_samples(loops, key, settings))
    except SubmissionError:
        return False
