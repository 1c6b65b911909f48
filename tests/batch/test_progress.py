"""Progress: nothing is cut in the middle, and no time left is promised without a reason."""

import io
import re
import sys

import pytest

from grader.batch.progress import ERASE, Bar, Lines, Progress, progress


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bar(clock: Clock) -> Bar:
    return Bar(io.StringIO(), clock)


def advance(
    progress: Progress,
    clock: Clock,
    seconds: list[float],
    outcomes: tuple[str, ...] = ("full marks",),
) -> None:
    """Grade one submission after another. seconds: how long each of them takes."""
    for number, duration in enumerate(seconds):
        clock.now += duration
        progress.advance(outcomes[number % len(outcomes)])


def wait(progress: Progress, clock: Clock, seconds: int) -> None:
    for _ in range(seconds):
        clock.now += 1
        progress.tick()


def time_left(bar: Bar) -> str:
    """The last of the numbers in the picture."""
    first, _ = bar.picture(80)
    return first.split(", ")[-1]


def screen(bar: Bar) -> str:
    """What a terminal shows after everything that was written."""
    assert isinstance(bar.stream, io.StringIO)
    shown = ""
    for piece in bar.stream.getvalue().split(ERASE):
        kept = shown.split("\n")[:-2]
        shown = "".join(f"{line}\n" for line in kept) + piece
    return shown


OUTCOMES = ("full marks", "lost points", "no points", "not graded", "undecided")


def test_eighty_columns_hold_everything(bar: Bar, clock: Clock) -> None:
    bar.begin("Grading", 1999)
    advance(bar, clock, [0.125] * 1000, OUTCOMES)
    first, second = bar.picture(80)
    match = re.fullmatch("Grading (━+)(─+) 1000/1999, 8 a second, 2:04 left", first)
    assert match is not None
    assert len(match[1]) == len(match[2]) - 1 == 19  # 1000 of 1999 of 39 columns
    assert len(first) == 80
    assert second == "200 full marks, 200 lost points, 200 no points, 200 not graded, 200 undecided"


@pytest.mark.parametrize(
    ("width", "first", "second"),
    [
        (
            50,
            "Grading ━━━━━ 1000/1999, 8 a second, 2:04 left",
            "200 full marks, 200 lost points, 200 no points",
        ),
        (45, "Grading 1000/1999, 8 a second, 2:04 left", "200 full marks, 200 lost points"),
        (30, "Grading 1000/1999, 2:04 left", "200 full marks"),
        (20, "Grading 1000/1999", "200 full marks"),
    ],
)
def test_in_fewer_columns_the_least_important_goes_first_and_whole(
    bar: Bar, clock: Clock, width: int, first: str, second: str
) -> None:
    bar.begin("Grading", 1999)
    advance(bar, clock, [0.125] * 1000, OUTCOMES)
    shown_first, shown_second = bar.picture(width)
    assert re.sub("[━─]+", "━━━━━", shown_first) == first
    assert shown_second == second


def test_no_line_is_wider_than_the_terminal_or_cut(bar: Bar, clock: Clock) -> None:
    bar.begin("Grading", 1001)
    advance(bar, clock, [0.125] * 1000, OUTCOMES)
    wait(bar, clock, 100)
    for width in range(18, 121):
        first, second = bar.picture(width)
        assert max(len(first), len(second)) <= width
        assert re.fullmatch(
            "Grading ([━─]+ )?1000/1001(, 4 a second)?(, waiting 100 s for the last one)?", first
        )
        assert re.fullmatch(
            "200 full marks(, 200 (lost points|no points|not graded|undecided))*", second
        )


def test_what_has_no_known_end_has_no_bar(bar: Bar, clock: Clock) -> None:
    bar.begin("Reading", None)
    clock.now += 2
    bar.advance(count=500)
    assert bar.picture(80) == ("Reading 500, 250 a second", "")


def test_time_left_is_never_nothing(bar: Bar, clock: Clock) -> None:
    bar.begin("Grading", 200)
    shown = set()
    for _ in range(199):
        advance(bar, clock, [1 / 64])
        shown.add(time_left(bar))
    assert shown == {"<0:01 left", "0:01 left", "0:02 left", "0:03 left"}
    advance(bar, clock, [1 / 64])
    assert time_left(bar) == "64 a second"


def test_what_hangs_is_waited_for(bar: Bar, clock: Clock) -> None:
    bar.begin("Grading", 200)
    advance(bar, clock, [1 / 64] * 198)
    wait(bar, clock, 2)
    assert time_left(bar) == "<0:01 left"
    wait(bar, clock, 10)
    assert time_left(bar) == "waiting 12 s for the last 2"
    advance(bar, clock, [0.0])
    assert time_left(bar) == "<0:01 left"


def test_what_always_takes_long_is_not_waited_for(bar: Bar, clock: Clock) -> None:
    """One every thirty seconds: the time left goes down meanwhile."""
    bar.begin("Grading", 20)
    advance(bar, clock, [30.0] * 10)
    assert bar.picture(80)[0].endswith("10/20, 2 a minute, 5:00 left")
    wait(bar, clock, 20)
    assert time_left(bar) == "4:40 left"


def test_slow_ones_at_the_end_are_expected_to_be_slow(bar: Bar, clock: Clock) -> None:
    bar.begin("Grading", 1000)
    advance(bar, clock, [1 / 64] * 970)
    assert time_left(bar) == "<0:01 left"
    advance(bar, clock, [2.0] * 20)
    assert time_left(bar) == "0:20 left"


def test_nothing_is_promised_before_the_first(bar: Bar, clock: Clock) -> None:
    bar.begin("Grading", 60)
    assert re.fullmatch("Grading +0/60", re.sub("[━─]", "", bar.picture(80)[0]))
    wait(bar, clock, 5)
    assert time_left(bar) == "waiting 5 s for the first of 60"


def test_the_bar_is_drawn_when_time_passes_but_not_too_often(bar: Bar, clock: Clock) -> None:
    assert isinstance(bar.stream, io.StringIO)
    bar.begin("Grading", 60)
    advance(bar, clock, [0.0])
    drawn = bar.stream.getvalue()
    advance(bar, clock, [0.001] * 20)
    assert bar.stream.getvalue() == drawn
    wait(bar, clock, 5)
    assert "21/60, 4 a second, waiting 5 s for the last 39\n" in bar.stream.getvalue()


def test_the_bar_takes_the_place_of_the_last_one_and_leaves_nothing(bar: Bar, clock: Clock) -> None:
    with bar:
        bar.say("A line before it.")
        bar.begin("Grading", 60)
        advance(bar, clock, [1.0] * 30)
        assert re.fullmatch(
            "A line before it.\nGrading [━─]+ 30/60, 1 a second, 0:30 left\n30 full marks",
            screen(bar),
        )
        bar.say("A line beside it.")
        assert re.fullmatch(
            "A line before it.\nA line beside it.\nGrading .*\n30 full marks", screen(bar)
        )
    assert screen(bar) == "A line before it.\nA line beside it.\n"


def test_a_terminal_without_the_characters_of_the_bar_gets_others(clock: Clock) -> None:
    bar = Bar(io.TextIOWrapper(io.BytesIO(), encoding="ascii"), clock)
    bar.begin("Grading", 4)
    bar.advance()
    assert re.fullmatch("Grading #+-+ 1/4.*", bar.picture(80)[0])


def test_plain_lines_come_every_ten_seconds_and_at_the_end(clock: Clock) -> None:
    stream = io.StringIO()
    lines = Lines(stream, clock)
    lines.begin("Grading", 100)
    advance(lines, clock, [0.5] * 98, ("full marks", "lost points"))
    wait(lines, clock, 12)
    advance(lines, clock, [0.25, 0.25])
    assert stream.getvalue().splitlines() == [
        "Grading: 20 of 100, 2 a second, 0:40 left (10 full marks, 10 lost points)",
        "Grading: 40 of 100, 2 a second, 0:30 left (20 full marks, 20 lost points)",
        "Grading: 60 of 100, 2 a second, 0:20 left (30 full marks, 30 lost points)",
        "Grading: 80 of 100, 2 a second, 0:10 left (40 full marks, 40 lost points)",
        "Grading: 98 of 100, 2 a second, <0:01 left (49 full marks, 49 lost points)",
        "Grading: 98 of 100, 2 a second, waiting 11 s for the last 2 "
        "(49 full marks, 49 lost points)",
        "Grading: 100 of 100, 2 a second (51 full marks, 49 lost points)",
    ]


@pytest.mark.parametrize(("term", "kind"), [("xterm", Bar), ("dumb", Lines)])
def test_a_bar_needs_a_terminal_that_moves_its_cursor(
    monkeypatch: pytest.MonkeyPatch, term: str, kind: type[Progress]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", term)
    assert isinstance(progress(), kind)


def test_no_terminal_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as shown:
        shown.begin("Reading", 1)
        shown.advance()
    assert re.fullmatch(r"Reading: 1 of 1, \d+ a second\n", capsys.readouterr().err)
