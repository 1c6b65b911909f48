"""Tell the host new lies for a given time: make fuzz SECONDS=600. test_wire.py tells a few of the same kinds."""

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

from grader.sandbox.sandbox import Sandbox
from tests.support import lies
from tests.support.promises import (
    REQUESTS,
    Script,
    check_canary,
    check_fault_text,
    check_received,
    check_script,
)

BATCH = settings(
    max_examples=50,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],  # of a busy machine
)
PROGRESS_EVERY = 30  # seconds


def tell(sandbox: Sandbox, number: int) -> Counter[str]:
    """One batch of each kind of lie, all of them made from the seed `number`. Returns how many requests of scripts ended in which way."""
    ends: Counter[str] = Counter()

    def play(script: Script) -> None:
        ends.update(check_script(sandbox, script))

    def batch(holds: Callable[..., None], *strategies: st.SearchStrategy[Any]) -> None:
        seed(number)(BATCH(given(*strategies)(holds)))()

    batch(play, lies.scripts)
    batch(check_fault_text, lies.fault_bytes)
    batch(check_received, lies.sent, lies.received)
    return ends


@click.command()
@click.option(
    "--seconds",
    default=600.0,
    show_default=True,
    help="How long; the batch that is being played then is played to its end.",
)
@click.option(
    "--seed",
    "first",
    type=int,
    help="Of the first batch: one that failed is seen again. Without it, a new one.",
)
def main(seconds: float, first: int | None) -> None:
    began = reported = time.monotonic()
    ends: Counter[str] = Counter()
    with Sandbox() as sandbox:
        check_canary(sandbox)
        for number in itertools.count(secrets.randbits(32) if first is None else first):
            try:
                ends += tell(sandbox, number)
            except Exception:
                traceback.print_exc()
                click.echo(
                    f"Seen again by: python -m tests.support.fuzz --seconds 0 --seed {number}"
                )
                sys.exit(1)
            now, scripts = time.monotonic(), ends.total() // len(REQUESTS)
            if now - began >= seconds:
                break
            if now - reported >= PROGRESS_EVERY:
                reported = now
                click.echo(f"{scripts} scripts in {now - began:.0f} s")
    click.echo("Requests: " + ", ".join(f"{count} {end}" for end, count in ends.most_common()))
    click.echo(f"{scripts} scripts in {now - began:.0f} s, no failure")


if __name__ == "__main__":
    main()
