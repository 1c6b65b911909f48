"""What is shown of a batch: nothing is cut in the middle, and no time left is promised that nothing speaks for."""

import io
import re

import pytest
from rich.console import Console

from grader.batch.progress import Bar, Lines, Progress, progress


class Clock:
    """Goes on only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def grade(
    shown: Progress, clock: Clock, seconds: list[float], outcomes: tuple[str, ...] = ("full marks",)
) -> None:
    """One after another; seconds: how long each takes."""
    for number, one in enumerate(seconds):
        clock.now += one
        shown.advance(outcomes[number % len(outcomes)])


def wait(shown: Progress, clock: Clock, seconds: int) -> None:
    for _ in range(seconds):
        clock.now += 1
        shown.tick()


def terminal(width: int, colored: bool = True) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        height=24,
        force_terminal=True,
        color_system="truecolor",
        no_color=not colored,
        _environ={},
    )


def picture(bar: Bar) -> list[str]:
    with bar.console.capture() as captured:
        bar.console.print(bar.picture())
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", captured.get()).splitlines()]


OUTCOMES = ("full marks", "lost points", "no points", "not graded", "undecided")


@pytest.mark.parametrize("colored", [True, False])
def test_eighty_columns_hold_everything(clock: Clock, colored: bool) -> None:
    bar = Bar(terminal(80, colored), clock)
    bar.begin("Grading", 1999)
    grade(bar, clock, [0.125] * 1000, OUTCOMES)
    first, second = picture(bar)
    what, line, numbers = re.fullmatch(r"(\w+) ([━╸╺]+) *(.*)", first).groups()  # type: ignore[union-attr]
    assert (what, numbers) == ("Grading", "1000/1999, 8 a second, 2:04 left")
    assert len(first) == 80
    assert line
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
    clock: Clock, width: int, first: str, second: str
) -> None:
    bar = Bar(terminal(width), clock)
    bar.begin("Grading", 1999)
    grade(bar, clock, [0.125] * 1000, OUTCOMES)
    assert [re.sub("[━╸╺]+", "━━━━━", line) for line in picture(bar)] == [first, second]


def test_no_line_is_wider_than_the_terminal_or_cut(clock: Clock) -> None:
    bar = Bar(terminal(80), clock)
    bar.begin("Grading", 1001)
    grade(bar, clock, [0.125] * 1000, OUTCOMES)
    wait(bar, clock, 100)
    for width in range(18, 121):
        bar.console.width = width
        first, second = picture(bar)
        assert max(len(first), len(second)) <= width
        assert re.fullmatch(
            r"Grading ([━╸╺]+ *)?1000/1001(, 4 a second)?(, waiting 100 s for the last one)?", first
        )
        assert re.fullmatch(
            "200 full marks(, 200 (lost points|no points|not graded|undecided))*", second
        )


def test_what_has_no_known_end_has_no_bar(clock: Clock) -> None:
    bar = Bar(terminal(80), clock)
    bar.begin("Reading", None)
    clock.now += 2
    bar.advance(count=500)
    assert picture(bar) == ["Reading 500, 250 a second", ""]


def left(shown: Bar) -> str:
    return picture(shown)[0].split(", ")[-1]


def test_time_left_is_never_nothing(clock: Clock) -> None:
    bar = Bar(terminal(80), clock)
    bar.begin("Grading", 200)
    said = set()
    for _ in range(199):
        grade(bar, clock, [1 / 64])
        said.add(left(bar))
    assert said == {"<0:01 left", "0:01 left", "0:02 left", "0:03 left"}
    grade(bar, clock, [1 / 64])
    assert left(bar) == "64 a second"


def test_what_hangs_is_waited_for(clock: Clock) -> None:
    bar = Bar(terminal(80), clock)
    bar.begin("Grading", 200)
    grade(bar, clock, [1 / 64] * 198)
    wait(bar, clock, 2)
    assert left(bar) == "<0:01 left"
    wait(bar, clock, 10)
    assert left(bar) == "waiting 12 s for the last 2"
    grade(bar, clock, [0.0])
    assert left(bar) == "<0:01 left"


def test_what_always_takes_long_is_not_waited_for(clock: Clock) -> None:
    """One every thirty seconds: the time left goes down meanwhile."""
    bar = Bar(terminal(80), clock)
    bar.begin("Grading", 20)
    grade(bar, clock, [30.0] * 10)
    assert picture(bar)[0].endswith("10/20, 2 a minute, 5:00 left")
    wait(bar, clock, 20)
    assert left(bar) == "4:40 left"


def test_slow_ones_at_the_end_are_expected_to_be_slow(clock: Clock) -> None:
    bar = Bar(terminal(80), clock)
    bar.begin("Grading", 1000)
    grade(bar, clock, [1 / 64] * 970)
    assert left(bar) == "<0:01 left"
    grade(bar, clock, [2.0] * 20)
    assert left(bar) == "0:20 left"


def test_nothing_is_promised_before_the_first(clock: Clock) -> None:
    bar = Bar(terminal(80), clock)
    bar.begin("Grading", 60)
    assert re.fullmatch("Grading +0/60", re.sub("[━╸╺]", "", picture(bar)[0]))
    wait(bar, clock, 5)
    assert left(bar) == "waiting 5 s for the first of 60"


def test_the_bar_is_drawn_when_time_passes_but_not_too_often(clock: Clock) -> None:
    bar = Bar(terminal(80), clock)
    with bar:
        bar.begin("Grading", 60)
        grade(bar, clock, [0.0])
        many = size(bar)
        grade(bar, clock, [0.001] * 20)
        assert size(bar) == many
        wait(bar, clock, 5)
        assert size(bar) > many
        assert "21/60, 4 a second, waiting 5 s for the last 39" in written(bar)
        bar.say("A line beside it.")
        assert "A line beside it.\n" in written(bar)


def written(bar: Bar) -> str:
    assert isinstance(bar.console.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", bar.console.file.getvalue())


def size(bar: Bar) -> int:
    return len(written(bar))


def test_plain_lines_come_every_ten_seconds_and_at_the_end(clock: Clock) -> None:
    stream = io.StringIO()
    lines = Lines(stream, clock)
    lines.begin("Grading", 100)
    grade(lines, clock, [0.5] * 98, ("full marks", "lost points"))
    wait(lines, clock, 12)
    grade(lines, clock, [0.25, 0.25])
    assert stream.getvalue().splitlines() == [
        "Grading: 20 of 100, 2 a second, 0:40 left (10 full marks, 10 lost points)",
        "Grading: 40 of 100, 2 a second, 0:30 left (20 full marks, 20 lost points)",
        "Grading: 60 of 100, 2 a second, 0:20 left (30 full marks, 30 lost points)",
        "Grading: 80 of 100, 2 a second, 0:10 left (40 full marks, 40 lost points)",
        "Grading: 98 of 100, 2 a second, <0:01 left (49 full marks, 49 lost points)",
        "Grading: 98 of 100, 2 a second, waiting 11 s for the last 2 (49 full marks, 49 lost points)",
        "Grading: 100 of 100, 2 a second (51 full marks, 49 lost points)",
    ]


def test_no_terminal_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as shown:
        shown.begin("Reading", 1)
        shown.advance()
    assert re.fullmatch(r"Reading: 1 of 1, \d+ a second\n", capsys.readouterr().err)
