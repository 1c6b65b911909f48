"""The table of attacks and levels that docs/security.md holds and `make attacks` prints."""

from grader.model import Level
from tests.attacks.attack_range import ATTACKS, ESCAPES, EXPECTED

LEVELS: tuple[Level, ...] = ("full", "confined", "none")


def attack_table() -> str:
    """Return the table as Markdown.

    It has a row for each harmless probe, because only they are tried at all levels, and one for all
    attacks together.
    """
    rows = [["attack", *LEVELS], ["---", *["---"] * len(LEVELS)]]
    for name, expected in EXPECTED.items():
        if "escapes" in expected:
            rows.append([name, *(_result(name, level) for level in LEVELS)])
    totals = [f"{len(ESCAPES[level])} of {len(ATTACKS[level])} get through" for level in LEVELS]
    rows.append(["of all", *totals])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(_line(row, widths) for row in rows)


def _result(name: str, level: Level) -> str:
    return "gets through" if name in ESCAPES[level] else "held"


def _line(row: list[str], widths: list[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return f"| {' | '.join(cells)} |\n"
