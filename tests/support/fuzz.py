"""Lie to the host in new ways, for a given time: make fuzz SECONDS=600.

Over the wire, and in the files that are handed in. test_wire.py and the tests of the intake check
a few lies of the same kinds.
"""

import itertools
import secrets
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

import click
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from grader.intake.source import SOURCE_CAP
from grader.sandbox.sandbox import Sandbox
from tests.support import hand_in_lies, lies, slow_sources
from tests.support.cells import Cell, cells, check_cell
from tests.support.promises import (
    CASES,
    Script,
    check_canary,
    check_error_text,
    check_received,
    check_script,
)

BATCH = settings(
    max_examples=50,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],  # the machine may be busy
)
PROGRESS_EVERY = 30  # seconds


def check_batches(sandbox: Sandbox, number: int) -> Counter[str]:
    """Check one batch of each kind of lie, drawn from the seed `number`.

    Returns how many cases of scripts ended in which way.
    """
    ends: Counter[str] = Counter()

    def play(script: Script) -> None:
        ends.update(check_script(sandbox, script))

    def send_and_compare(cell: Cell) -> None:
        check_cell(sandbox, cell)

    def check_batch(check: Callable[..., None], *strategies: st.SearchStrategy[Any]) -> None:
        seed(number)(BATCH(given(*strategies)(check)))()

    check_batch(play, lies.scripts)
    check_batch(send_and_compare, cells())
    check_batch(check_error_text, lies.error_bytes)
    check_batch(check_received, lies.sent, lies.received)
    hand_in = st.one_of(hand_in_lies.sources, hand_in_lies.notebooks)
    check_batch(hand_in_lies.check_file, hand_in, hand_in_lies.changes)
    check_batch(hand_in_lies.check_archive, hand_in_lies.members, hand_in_lies.changes)
    kinds, sizes = st.sampled_from([*slow_sources.KINDS]), st.integers(0, SOURCE_CAP)
    check_batch(slow_sources.check_steps, kinds, sizes)
    return ends


@click.command()
@click.option(
    "--seconds",
    default=600.0,
    show_default=True,
    help="How long to go on. The last batch is played to its end.",
)
@click.option(
    "--seed",
    "first",
    type=int,
    help="Seed of the first batch, to repeat one that failed. A new one by default.",
)
def main(seconds: float, first: int | None) -> None:
    start = reported = time.monotonic()
    ends: Counter[str] = Counter()
    with Sandbox() as sandbox:
        check_canary(sandbox)
        for number in itertools.count(secrets.randbits(32) if first is None else first):
            try:
                ends += check_batches(sandbox, number)
            except Exception:
                traceback.print_exc()
                click.echo(
                    f"To repeat it: python -m tests.support.fuzz --seconds 0 --seed {number}"
                )
                sys.exit(1)
            now, scripts = time.monotonic(), ends.total() // len(CASES)
            if now - start >= seconds:
                break
            if now - reported >= PROGRESS_EVERY:
                reported = now
                click.echo(f"{scripts} scripts in {now - start:.0f} s")
    click.echo("Cases: " + ", ".join(f"{count} {end}" for end, count in ends.most_common()))
    click.echo(f"{scripts} scripts in {now - start:.0f} s, no failure")


if __name__ == "__main__":
    main()
