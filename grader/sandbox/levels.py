"""How well student code can be walled in here: the levels, what each of them needs, and the ways to get it."""

import sys
from typing import TYPE_CHECKING, NamedTuple

from grader.model import Level
from grader.sandbox.children import Starter
from grader.sandbox.fresh_process import FreshInterpreters
from grader.sandbox.inside import wire

if TYPE_CHECKING:  # Linux only
    from grader.sandbox.launch import Launched

ORDER: tuple[Level, ...] = ("none", "confined", "full")  # from the weakest to the strongest
NEEDS: dict[Level, frozenset[str]] = {
    "full": frozenset(wire.LAYERS),
    "confined": frozenset(("user", "limits", "no_new_privs", "landlock", "seccomp")),
    "none": frozenset(),
}


class Trouble(NamedTuple):
    """Why a level cannot be had. layer: what fails; words: what the system says of it, if anything."""

    level: Level
    layer: str
    words: str = ""


def starters(launched: "Launched | None" = None) -> list[Starter]:
    """The ways to run programs, the best first. launched: the first of them, if it is on its way already."""
    if sys.platform != "linux":
        return [FreshInterpreters()]
    from grader.sandbox.launch import bwraps, plain_command, sandbox_command
    from grader.sandbox.zygote import Zygote

    walled = Zygote("full", [sandbox_command(path) for path in bwraps()], launched)
    return [walled, Zygote("confined", [plain_command()]), FreshInterpreters()]


def lacking(level: Level, layers: frozenset[str]) -> str | None:
    """The first layer that the level needs and that does not hold."""
    return next((layer for layer in wire.LAYERS if layer in NEEDS[level] - layers), None)


def is_below(level: Level, minimum: Level) -> bool:
    return ORDER.index(level) < ORDER.index(minimum)
