"""Is the work done by array operations, and is it faster than the loops?

There are two measures, because each alone can be fooled.

Bytecode operations: their number grows with an axis if Python loops over it, and it is the same on
every machine; but student code could stop the count. See growth.py.

CPU time: it is read by the host and compared with the baseline's and with that of another function
of the submission in the same minute; but it cannot tell a loop from honest work that happens to be
slow.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta

from grader.checks.compare import relative_error
from grader.checks.derived import outputs_to_compare
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.growth import growth_of, has_loop, loop_message
from grader.checks.settings import Settings
from grader.model import Answer, AnswerKey, Case, Message, SubmissionError
from grader.verdict import CannotJudge, CheckResult, GrowthEvidence, RaceEvidence

SHORTEST = 1e-9  # seconds: a clock that does not move must not lead to a division by zero
# A ratio this far inside its limit is clear. A race ends early then: at once if it was measured
# against the least time that the baseline ever took here, else after this many runs.
CLEAR_RUNS, CLEAR = 3, 2 / 3


class FasterSettings(Settings, frozen=True):
    """Settings of the check of speed. Limits are ratios of CPU times.

    Without `timed` and `than`, the operations alone decide.
    """

    # Letters of axes. A loop over the first one fails; a loop over another one explains why a
    # function is slow.
    grows: str | tuple[str, ...]
    # Cases that differ in one letter. If there are none, the smallest such cases of the key.
    cases: tuple[str, ...] = ()
    timed: str | None = None  # the cases <timed>.0, <timed>.1, … are for the race with the baseline
    than: str | None = None  # short name of the function to beat
    against: str | None = None  # <against>.0, <against>.1, … are for the race with that one
    # A smaller case for that race. If the other function is clearly slower here, it is on those.
    short: str | None = None
    baseline_limit: Annotated[float, Meta(gt=0)] = 3.0
    times_faster: Annotated[float, Meta(gt=0)] = 3.0
    runs: Annotated[int, Meta(ge=1)] = 15  # most runs of one race

    @property
    def letters(self) -> tuple[str, ...]:
        return (self.grows,) if isinstance(self.grows, str) else self.grows

    def letters_asked(self) -> tuple[str, ...]:
        return self.letters

    def functions_asked(self) -> Mapping[str, str]:
        return {} if self.than is None else {"than": self.than}

    def cases_asked(self) -> tuple[str, ...]:
        names = list(self.cases)
        if self.timed is not None:
            names += [f"{self.timed}.{number}" for number in range(2 * self.runs)]
        if self.than is not None:
            names.append(f"{self.against}.0")
        if self.short is not None:
            names.append(self.short)
        return tuple(names)

    def needs_baseline(self) -> bool:
        return self.timed is not None


class _WrongWhenTimed(Exception):
    """The function's answer to an input of a race is wrong: fast and wrong is not fast."""


def check_speed(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> CheckResult:
    """Count the operations; race with the baseline; race with the other function."""
    growth = growth_of(function, key, settings.letters[0], settings.cases)
    if has_loop(growth):
        return CheckResult(False, loop_message(growth), (growth,))
    races: tuple[RaceEvidence, ...] = ()
    try:
        if settings.timed is not None:
            race = _race_with_baseline(function, key, settings, settings.timed)
            if race.ratio > race.limit:
                return _judge_slow(function, key, settings, race, growth)
            races = (race,)
        duel = race_with_other(function, key, settings)
    except _WrongWhenTimed:
        return CheckResult(False, Message("wrong_when_timed"))
    if duel is None:
        return CheckResult(True, evidence=races)
    if duel.ratio >= duel.limit:
        return CheckResult(True, evidence=(*races, duel))
    other = function.others[settings.than or ""].name
    message = Message("not_faster", {"ratio": duel.ratio, "limit": duel.limit, "other": other})
    return CheckResult(False, message, (*races, duel))


def _race_with_baseline(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings, series: str
) -> RaceEvidence:
    """Compare the least CPU time of a few interleaved calls. A race that looks slow is repeated."""
    race = run_race(function, key, settings, series, range(settings.runs))
    if race.ratio <= race.limit:
        return race
    return run_race(function, key, settings, series, range(settings.runs, 2 * settings.runs))


def run_race(
    function: FunctionUnderTest,
    key: AnswerKey,
    settings: FasterSettings,
    series: str,
    numbers: range,
) -> RaceEvidence:
    """Race with the baseline on the cases of these numbers.

    Each case is used once: a function that remembers its answers gains nothing. The least time that
    the baseline ever took here may be from a quieter minute: it can prove that a function is fast,
    and never that it is slow.
    """
    limit = settings.baseline_limit
    least_seconds = function.baseline_seconds()
    least = least_seconds.get(series, 0.0)
    seconds = baseline_seconds = math.inf
    for runs, number in enumerate(numbers, start=1):
        case = key.cases[f"{series}.{number}"]
        seconds = min(seconds, _right_answer(function, key, case).seconds)
        if least > 0 and seconds <= CLEAR * limit * least:
            return RaceEvidence("yardstick", seconds, least, seconds / least, limit)
        baseline_seconds = min(baseline_seconds, function.call_baseline(case).seconds)
        if runs >= CLEAR_RUNS and seconds <= CLEAR * limit * baseline_seconds:
            break
    least_seconds[series] = min(baseline_seconds, least_seconds.get(series, math.inf))
    ratio = seconds / max(baseline_seconds, SHORTEST)
    return RaceEvidence("yardstick", seconds, baseline_seconds, ratio, limit)


def race_with_other(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> RaceEvidence | None:
    """Compare CPU times with the other function's, on the same inputs.

    None if there is nothing to beat: the question names no function, it gives no answer, or it
    wins or comes close because it is vectorized itself, or nearly as fast as that.
    """
    if settings.than is None:
        return None
    other, limit = function.others[settings.than], settings.times_faster
    if settings.short is not None:
        duel = _duel(function, other, key, [key.cases[settings.short]], limit)
        if duel is None or duel.ratio * CLEAR >= limit:
            return duel
    cases = [case for name, case in key.cases.items() if name.startswith(f"{settings.against}.")]
    duel = _duel(function, other, key, cases, limit)
    if duel is None or (duel.ratio < limit and not _is_loop(other, key, settings)):
        return None
    if settings.timed is not None and 1 <= duel.ratio < limit:
        baseline_seconds = min(function.call_baseline(case).seconds for case in cases)
        if duel.other_seconds <= settings.baseline_limit * baseline_seconds:
            # These loops are so light that they would pass the race with the baseline themselves.
            return None
    return duel


def _duel(
    function: FunctionUnderTest,
    other: FunctionUnderTest,
    key: AnswerKey,
    cases: Sequence[Case],
    limit: float,
) -> RaceEvidence | None:
    """Race on these cases until the result is clear. None if the other function has no answer."""
    seconds = other_seconds = math.inf
    ratio = 0.0
    for case in cases:
        seconds = min(seconds, _right_answer(function, key, case).seconds)
        try:
            other.require_ready()
            other_seconds = min(other_seconds, other.call(case).seconds)
        except SubmissionError:
            return None
        ratio = other_seconds / max(seconds, SHORTEST)
        if ratio * CLEAR >= limit:
            break
    return RaceEvidence("other", seconds, other_seconds, ratio, limit)


def _judge_slow(
    function: FunctionUnderTest,
    key: AnswerKey,
    settings: FasterSettings,
    race: RaceEvidence,
    growth: GrowthEvidence,
) -> CheckResult:
    """Judge a function that is slower than the baseline allows.

    It fails if a loop over a further axis explains that. Otherwise a person has to look:
    CannotJudge.
    """
    for letter in settings.letters[1:]:
        further = growth_of(function, key, letter, settings.cases)
        if has_loop(further):
            return CheckResult(False, loop_message(further), (race, further))
    message = Message("slow_without_loop", {"ratio": race.ratio, "limit": race.limit})
    raise CannotJudge(message, (race, growth))


def _right_answer(function: FunctionUnderTest, key: AnswerKey, case: Case) -> Answer:
    """Call the function. Raises _WrongWhenTimed unless the answer is right.

    The tolerance is that of float32, which is enough to see whether the work was done.
    """
    answer, expected = function.call(case), key.expected[case.name]
    for output in outputs_to_compare(function.definition, key.derived):
        tolerance = max(key.tolerances.single_precision, key.tolerances.of(output))
        if not relative_error(answer.value(output), expected[output]) <= tolerance:
            raise _WrongWhenTimed
    return answer


def _is_loop(other: FunctionUnderTest, key: AnswerKey, settings: FasterSettings) -> bool:
    try:
        return has_loop(growth_of(other, key, settings.letters[0], settings.cases))
    except SubmissionError:
        return False
