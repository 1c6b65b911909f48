"""Runs attacks at a weaker level, in the cell that tests/support/cell.py made for it.

    python -m tests.attacks.at_level LEVEL

Reads names from the standard input. Prints a line of JSON for each: its name, and what it got that
it must not get.
"""

import json
import sys
import tempfile
from pathlib import Path

from grader.model import Level
from grader.sandbox.levels import ORDER
from tests.attacks.attack_range import EXPECTED, attack_range, escaped
from tests.support.cell import MARK


def main(level: Level) -> None:
    if not Path(MARK).exists():
        sys.exit(
            "This runs hostile code behind weaker walls: nowhere but in a cell, see tests/support/cell.py."
        )
    with tempfile.TemporaryDirectory() as folder, attack_range(Path(folder), level) as attacked:
        for name in sys.stdin.read().split():
            print(  # noqa: T201
                json.dumps([name, escaped(attacked.attack(name), EXPECTED[name], attacked.key)]),
                flush=True,
            )


if __name__ == "__main__":
    main(next(level for level in ORDER if level == sys.argv[1]))
