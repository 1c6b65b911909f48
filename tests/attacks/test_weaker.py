"""Tests that the attacks are real: behind weaker walls, the probes that should succeed do.

They run in a cell, which ends together with whatever gets out of the weaker sandbox. expected.toml
says which probes get through at which level. `make attacks` prints the table of it, and
docs/security.md holds it.
"""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from grader.model import Level
from tests.attacks import at_level
from tests.attacks.attack_range import ATTACKS, ESCAPES
from tests.attacks.table import attack_table
from tests.support.cell import DENIED, run_in_cell
from tests.support.paths import PROJECT

Finished = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module", autouse=True)
def runs() -> Iterator[dict[Level, Future[Finished]]]:
    """Run the attacks at both levels side by side, each on a core of its own."""
    with ThreadPoolExecutor() as threads:
        yield {level: threads.submit(run_attacks, level) for level in ("confined", "none")}


def run_attacks(level: Level) -> Finished:
    names = " ".join(sorted(ATTACKS[level]))
    return run_in_cell("-m", "tests.attacks.at_level", level, denied=DENIED[level], text=names)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("level", ["confined", "none"])
def test_what_gets_through(level: Level, runs: dict[Level, Future[Finished]]) -> None:
    done = runs[level].result()
    assert done.stderr == ""
    breaches: dict[str, str] = dict(json.loads(line) for line in done.stdout.splitlines())
    assert list(breaches) == sorted(ATTACKS[level])
    successes = {name: breach for name, breach in breaches.items() if breach}
    assert {name: successes[name] for name in successes.keys() - ESCAPES[level]} == {}
    assert ESCAPES[level] - successes.keys() == set()


def test_no_attack_runs_outside_a_cell() -> None:
    with pytest.raises(SystemExit, match="only in a cell"):
        at_level.main("none")


def test_each_level_lets_something_through_that_the_next_holds() -> None:
    assert set() == ESCAPES["full"] < ESCAPES["confined"] < ESCAPES["none"]


def test_the_table_in_the_documentation_is_this_one() -> None:
    document = PROJECT.joinpath("docs/security.md").read_text(encoding="utf-8")
    assert attack_table() in document
