"""The table of level x attack that docs/security.md holds and `make attacks` prints: what gets through where."""

from collections.abc import Mapping
from typing import Any

LEVELS = "full", "confined", "none"


def table(
    expected: Mapping[str, Mapping[str, Any]],
    escapes: Mapping[str, set[str]],
    run: Mapping[str, set[str]],
) -> str:
    """expected: as expected.toml has it; escapes: level -> the attacks that got through; run: level -> those that were tried. Markdown:
    a row for each harmless probe, since they alone are tried at all levels, and one for all attacks together."""
    probes = [name for name in expected if "escapes" in expected[name]]
    rows = [["attack", *LEVELS], ["---", *["---"] * len(LEVELS)]]
    rows += [
        [name, *("gets through" if name in escapes[level] else "held" for level in LEVELS)]
        for name in probes
    ]
    rows.append(
        ["of all", *(f"{len(escapes[level])} of {len(run[level])} get through" for level in LEVELS)]
    )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return (
        "\n".join(
            "| "
            + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            + " |"
            for row in rows
        )
        + "\n"
    )
