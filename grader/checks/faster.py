"""Is the work done by array operations, and is it faster than the loops?

There are two measures, because each alone can be fooled.

Bytecode operations: their number grows with an axis if Python loops over it, and it is the same on
every machine; but student code could stop the count. See growth.py.

CPU time: it is read by the host and compared with the baseline's and with that of another function
of the submission in the same minute; but it cannot tell a loop from honest work that happens to be
slow.

So a function fails if it loops, and if it loses a race because of a loop. A loop that is as small
as a list of the samples' numbers explains only a race that is lost on wide inputs, too. What loses
without a loop is left to a person, unless it wins one of the races.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

from msgspec import Meta
from msgspec.structs import replace

from grader.checks.compare import relative_error
from grader.checks.derived import outputs_to_compare
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.growth import (
    growth_of,
    has_loop,
    is_in_library,
    is_small,
    loop_message,
    loop_of_other_message,
)
from grader.checks.settings import Settings
from grader.model import Answer, AnswerKey, Case, Message, SubmissionError
from grader.verdict import CannotJudge, CheckResult, GrowthEvidence, RaceEvidence

SHORTEST = 1e-9  # seconds: a clock that does not move must not lead to a division by zero
# A ratio this far inside its limit is clear: a race ends after this many runs then. It ends at once
# if it is won against the least time that the baseline ever took here.
CLEAR_RUNS, CLEAR = 3, 2 / 3
DONE = 1e-5  # a relative error that shows that the work was done, in whatever precision


class FasterSettings(Settings, frozen=True):
    """Settings of the check of speed. Limits are ratios of CPU times.

    Without `timed` and `than`, the operations alone decide.
    """

    # Letters of axes. A loop over the first one fails, unless it is small; a loop over another one
    # explains why a function is slow.
    grows: str | tuple[str, ...]
    # Cases that differ in one letter. If there are none, the smallest such cases of the key.
    cases: tuple[str, ...] = ()
    timed: str | None = None  # the cases <timed>.0, <timed>.1, … are for the race with the baseline
    # <wide>.0, <wide>.1, … are for another one, on inputs as large as those of the course. Only a
    # function that loops, or that has lost the first race without a loop of some size, is asked.
    wide: str | None = None
    wide_runs: Annotated[int, Meta(ge=1)] = 2  # most runs; as many more are for a repetition
    than: str | None = None  # short name of the function to beat
    against: str | None = None  # <against>.0, <against>.1, … are for the race with that one
    # A smaller case for that race. If the other function is clearly slower here, it is on those.
    short: str | None = None
    baseline_limit: Annotated[float, Meta(gt=0)] = 3.0
    # Loops over samples take about 8 times as long as the baseline there, over classes 2 to 4.
    wide_limit: Annotated[float, Meta(gt=0)] = 5.0
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
        if self.wide is not None:
            names += [f"{self.wide}.{number}" for number in range(2 * self.wide_runs)]
        if self.than is not None:
            names.append(f"{self.against}.0")
        if self.short is not None:
            names.append(self.short)
        return tuple(names)

    def needs_baseline(self) -> bool:
        return self.timed is not None or self.wide is not None

    def races(self) -> "list[_Course]":
        """The races with the baseline, in the order in which they are run."""
        courses = []
        if self.timed is not None:
            courses.append(_Course(self.timed, self.runs, self.baseline_limit))
        if self.wide is not None:
            courses.append(_Course(self.wide, self.wide_runs, self.wide_limit))
        return courses


class _Course(NamedTuple):
    """The cases of a race with the baseline."""

    series: str  # <series>.0, <series>.1, …
    runs: int  # most runs; as many more are for a repetition
    limit: float


class _WrongWhenTimed(Exception):
    """The function's answer to an input of a race is wrong: fast and wrong is not fast."""


def check_speed(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings
) -> CheckResult:
    """Count the operations; race with the baseline; race with the other function."""
    growth = growth_of(function, key, settings.letters[0], settings.cases)
    if has_loop(growth) and not (settings.needs_baseline() and is_small(growth)):
        return _loop_found(function, key, settings, growth)
    try:
        races, loop = _run_races(function, key, settings, growth)
        won = [race for race in races if race.ratio <= race.limit]
        lost = [race for race in races if race not in won]
        # The last race decides about a loop of the function's own. Without one, any race will do.
        if lost and (not won or (_is_own(loop) and races[-1] in lost)):
            return _judge_slow(function, key, settings, lost[0], loop or growth)
        result = _judge_duel(function, settings, race_with_other(function, key, settings))
        return replace(result, evidence=(*won, *result.evidence))
    except _WrongWhenTimed:
        return CheckResult(False, Message("wrong_when_timed"))


def _run_races(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings, growth: GrowthEvidence
) -> tuple[list[RaceEvidence], GrowthEvidence | None]:
    """Race with the baseline. Returns the races and the loop that may explain one that is lost."""
    if not settings.needs_baseline():
        return [], None
    first, *further = settings.races()
    races = [_race_with_baseline(function, key, first)]
    loop = _find_loop(function, key, settings, growth)
    if races[0].ratio <= races[0].limit:
        is_decided = loop is None
    else:
        is_decided = loop is not None and not is_small(loop)
    if not is_decided:
        races += [_race_with_baseline(function, key, course) for course in further]
    return races, loop


def _find_loop(
    function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings, first: GrowthEvidence
) -> GrowthEvidence | None:
    """A loop over one of the axes: the one that explains most, if there are several.

    first: the growth with the first axis.
    """
    further = [growth_of(function, key, letter, settings.cases) for letter in settings.letters[1:]]
    loops = [growth for growth in (first, *further) if has_loop(growth)]
    return max(loops, key=lambda loop: (_is_own(loop), not is_small(loop)), default=None)


def _is_own(loop: GrowthEvidence | None) -> bool:
    return loop is not None and not is_in_library(loop)


def _judge_duel(function: FunctionUnderTest, settings: FasterSettings, duel: "Duel") -> CheckResult:
    """A function that is wrong is no measure, however fast. It is told where nothing else does."""
    race, other = duel.race, function.others.get(settings.than or "")
    if race is None or other is None or not duel.is_right:
        if duel.is_right or other is None or other.is_known_wrong():
            return CheckResult(True)
        return CheckResult(True, notes=(Message("other_wrong_when_timed", {"other": other.name}),))
    if race.ratio >= race.limit:
        return CheckResult(True, evidence=(race,))
    message = Message("not_faster", {"ratio": race.ratio, "limit": race.limit, "other": other.name})
    return CheckResult(False, message, (race,))


def _race_with_baseline(
    function: FunctionUnderTest, key: AnswerKey, course: _Course
) -> RaceEvidence:
    """Compare the least CPU time of a few interleaved calls. A race that looks slow is repeated."""
    race = run_race(function, key, course, range(course.runs))
    if race.ratio <= race.limit:
        return race
    return run_race(function, key, course, range(course.runs, 2 * course.runs))


def run_race(
    function: FunctionUnderTest, key: AnswerKey, course: _Course, numbers: range
) -> RaceEvidence:
    """Race with the baseline on the cases of these numbers.

    Each case is used once: a function that remembers its answers gains nothing. The least time that
    the baseline ever took here may be from a quieter minute: it can prove that a function is fast,
    and never that it is slow.
    """
    series, limit = course.series, course.limit
    least_seconds = function.baseline_seconds()
    least = least_seconds.get(series, 0.0)
    seconds = baseline_seconds = math.inf
    for runs, number in enumerate(numbers, start=1):
        case = key.cases[f"{series}.{number}"]
        seconds = min(seconds, _right_answer(function, key, case).seconds)
        if least > 0 and seconds <= limit * least:
            return RaceEvidence("yardstick", seconds, least, seconds / least, limit)
        # Twice: the first call may find the caches as the function's large arrays have left them.
        for _ in range(2):
            baseline_seconds = min(baseline_seconds, function.call_baseline(case).seconds)
        if runs >= CLEAR_RUNS and seconds <= CLEAR * limit * baseline_seconds:
            break
    least_seconds[series] = min(baseline_seconds, least_seconds.get(series, math.inf))
    ratio = seconds / max(baseline_seconds, SHORTEST)
    return RaceEvidence("yardstick", seconds, baseline_seconds, ratio, limit)


class Duel(NamedTuple):
    """A race with another function of the submission."""

    # None if there is nothing to beat: the question names no function, it gives no answer, or it
    # wins or comes close because it is vectorized itself, or nearly as fast as that.
    race: RaceEvidence | None
    is_right: bool = True  # the other function answers what it is timed on, and is right


def race_with_other(function: FunctionUnderTest, key: AnswerKey, settings: FasterSettings) -> Duel:
    """Compare CPU times with the other function's, on the same inputs."""
    if settings.than is None:
        return Duel(None)
    other, limit = function.others[settings.than], settings.times_faster
    if settings.short is not None:
        duel = _run_duel(function, other, key, [key.cases[settings.short]], limit)
        if duel.race is None or duel.race.ratio * CLEAR >= limit:
            return duel
    cases = [case for name, case in key.cases.items() if name.startswith(f"{settings.against}.")]
    duel = _run_duel(function, other, key, cases, limit)
    race = duel.race
    if race is None or (race.ratio < limit and not _is_loop(other, key, settings)):
        return duel._replace(race=None)
    if settings.timed is not None and 1 <= race.ratio < limit:
        baseline_seconds = min(function.call_baseline(case).seconds for case in cases)
        if race.other_seconds <= settings.baseline_limit * baseline_seconds:
            # These loops are so light that they would pass the race with the baseline themselves.
            return duel._replace(race=None)
    return duel


def _run_duel(
    function: FunctionUnderTest,
    other: FunctionUnderTest,
    key: AnswerKey,
    cases: Sequence[Case],
    limit: float,
) -> Duel:
    """Race on these cases until the result is clear."""
    seconds = other_seconds = math.inf
    ratio = 0.0
    is_right = True
    for case in cases:
        seconds = min(seconds, _right_answer(function, key, case).seconds)
        try:
            other.require_ready()
            answer = other.call(case)
            is_right &= _is_done(answer, other, key, case)
        except SubmissionError:
            return Duel(None, is_right=False)
        other_seconds = min(other_seconds, answer.seconds)
        ratio = other_seconds / max(seconds, SHORTEST)
        if ratio * CLEAR >= limit:
            break
    return Duel(RaceEvidence("other", seconds, other_seconds, ratio, limit), is_right)


def _judge_slow(
    function: FunctionUnderTest,
    key: AnswerKey,
    settings: FasterSettings,
    race: RaceEvidence,
    growth: GrowthEvidence,
) -> CheckResult:
    """Judge a function that is slower than the baseline allows.

    It fails if a loop explains that. Otherwise a person has to look: CannotJudge.
    """
    if has_loop(growth):
        return _loop_found(function, key, settings, growth, race)
    message = Message("slow_without_loop", {"ratio": race.ratio, "limit": race.limit})
    raise CannotJudge(message, (race, growth))


def _loop_found(
    function: FunctionUnderTest,
    key: AnswerKey,
    settings: FasterSettings,
    growth: GrowthEvidence,
    *races: RaceEvidence,
) -> CheckResult:
    """The result of a function that loops: by itself, or in the lines of the other function."""
    message = loop_message(growth)
    other = function.others.get(settings.than or "")
    if other is not None and growth.line is not None:
        try:
            same = growth_of(other, key, growth.letter, settings.cases)
        except SubmissionError:
            same = None
        if same is not None and same.line == growth.line:
            message = loop_of_other_message(growth, other.name)
    return CheckResult(False, message, (*races, growth))


def _right_answer(function: FunctionUnderTest, key: AnswerKey, case: Case) -> Answer:
    """Call the function. Raises _WrongWhenTimed unless the answer is right."""
    answer = function.call(case)
    if not _is_done(answer, function, key, case):
        raise _WrongWhenTimed
    return answer


def _is_done(answer: Answer, function: FunctionUnderTest, key: AnswerKey, case: Case) -> bool:
    """Was the work done? Raises SubmissionError if an output is missing."""
    expected = key.expected[case.name]
    return all(
        relative_error(answer.value(output), expected[output])
        <= max(DONE, key.tolerances.of(output))
        for output in outputs_to_compare(function.definition, key.derived)
    )


def _is_loop(other: FunctionUnderTest, key: AnswerKey, settings: FasterSettings) -> bool:
    try:
        return has_loop(growth_of(other, key, settings.letters[0], settings.cases))
    except SubmissionError:
        return False
