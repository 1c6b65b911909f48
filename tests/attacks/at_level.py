"""Run attacks at a weaker level, in the cell that tests/support/cell.py made for it.

    python -m tests.attacks.at_level LEVEL

Reads names from the standard input. Prints a line of JSON for each: its name, and what it achieved
that it must not.
"""

import json
import sys
import tempfile
from pathlib import Path

from grader.model import Level
from grader.sandbox.levels import ORDER
from tests.attacks.attack_range import EXPECTED, attack_range, describe_breach
from tests.support.cell import MARK


def main(level: Level) -> None:
    if not Path(MARK).exists():
        sys.exit(
            "This runs hostile code behind weaker walls, so it starts only in a cell: see "
            "tests/support/cell.py."
        )
    with tempfile.TemporaryDirectory() as folder, attack_range(Path(folder), level) as attacked:
        for name in sys.stdin.read().split():
            breach = describe_breach(attacked.attack(name), EXPECTED[name], attacked.key)
            print(json.dumps([name, breach]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(next(level for level in ORDER if level == sys.argv[1]))
