"""The levels of isolation for student code, and the ways to reach them on this machine."""

import sys
from typing import TYPE_CHECKING, NamedTuple

from grader.model import Level
from grader.sandbox.children import Starter
from grader.sandbox.fresh_process import FreshInterpreters
from grader.sandbox.inside import wire
from grader.sandbox.interpreter import NO_MODULES, Modules

if TYPE_CHECKING:  # Linux only
    from grader.sandbox.launch import Launched

ORDER: tuple[Level, ...] = ("none", "confined", "full")  # from the weakest to the strongest
# The layers that each level needs.
NEEDS: dict[Level, frozenset[str]] = {
    "full": frozenset(wire.LAYERS),
    "confined": frozenset(("user", "limits", "no_new_privs", "landlock", "seccomp")),
    "none": frozenset(),
}


class UnavailableLevel(NamedTuple):
    """Why this machine does not offer a level."""

    level: Level
    layer: str  # what fails: a layer of wire.LAYERS, or "bubblewrap", or "zygote"
    reason: str = ""  # in the system's own words, if it gives any


def starters(launched: "Launched | None" = None, modules: Modules = NO_MODULES) -> list[Starter]:
    """Return the ways to start programs on this system, the best first.

    launched: the first of them, if it has been started already.
    modules: what programs may import beside numpy.
    """
    if sys.platform != "linux":
        return [FreshInterpreters(modules)]
    from grader.sandbox.launch import find_bubblewraps, plain_command, sandbox_command
    from grader.sandbox.zygote import Zygote

    commands = [sandbox_command(path, modules) for path in find_bubblewraps()]
    full = Zygote("full", commands, launched)
    return [full, Zygote("confined", [plain_command(modules)]), FreshInterpreters(modules)]


def missing_layer(level: Level, layers: frozenset[str]) -> str | None:
    """Return the first layer that the level needs and that does not hold; None if all hold."""
    return next((layer for layer in wire.LAYERS if layer in NEEDS[level] - layers), None)


def is_below(level: Level, minimum: Level) -> bool:
    return ORDER.index(level) < ORDER.index(minimum)
