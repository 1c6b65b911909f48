"""The suite bites: behind weaker walls, in a cell that goes with whatever comes out of them, exactly the probes that expected.toml says get
through. The table of it is printed by make attacks, and stands in docs/security.md."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from grader.model import Level
from tests.attacks import at_level
from tests.attacks.attack_range import EXPECTED
from tests.attacks.table import table
from tests.support.cell import DENIED, run_in_cell
from tests.support.paths import PROJECT

RUN: dict[str, set[str]] = {
    "full": set(EXPECTED),
    "confined": set(EXPECTED),
    "none": {name for name, expected in EXPECTED.items() if "escapes" in expected},
}
ESCAPES = {
    level: {name for name, expected in EXPECTED.items() if level in expected.get("escapes", [])}
    for level in RUN
}


@pytest.fixture(scope="module", autouse=True)
def shots() -> Iterator[dict[Level, "Future[subprocess.CompletedProcess[str]]"]]:
    """Both levels side by side, each on a core of its own."""
    with ThreadPoolExecutor() as threads:
        yield {level: threads.submit(shoot, level) for level in ("confined", "none")}


def shoot(level: Level) -> "subprocess.CompletedProcess[str]":
    return run_in_cell(
        "-m",
        "tests.attacks.at_level",
        level,
        denied=DENIED[level],
        text=" ".join(sorted(RUN[level])),
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("level", ["confined", "none"])
def test_what_gets_through(
    level: Level, shots: dict[Level, "Future[subprocess.CompletedProcess[str]]"]
) -> None:
    done = shots[level].result()
    assert done.stderr == ""
    got = dict(json.loads(line) for line in done.stdout.splitlines())
    assert list(got) == sorted(RUN[level])
    through = {name: what for name, what in got.items() if what}
    assert {name: through[name] for name in through.keys() - ESCAPES[level]} == {}
    assert ESCAPES[level] - through.keys() == set()


def test_no_attack_runs_outside_a_cell() -> None:
    with pytest.raises(SystemExit, match="nowhere but in a cell"):
        at_level.main("none")


def test_each_level_lets_something_through_that_the_next_holds() -> None:
    assert set() == ESCAPES["full"] < ESCAPES["confined"] < ESCAPES["none"]


def test_the_table_in_the_documentation_is_this_one() -> None:
    assert table(EXPECTED, ESCAPES, RUN) in PROJECT.joinpath("docs/security.md").read_text(
        encoding="utf-8"
    )
