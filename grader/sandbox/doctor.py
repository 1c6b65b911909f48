"""Try every way to isolate a submission here, and report what works, what fails, and the remedy."""

import textwrap
from typing import NamedTuple

from grader.model import GraderError, Level
from grader.sandbox.children import Starter, StartError
from grader.sandbox.inside import wire
from grader.sandbox.levels import UnavailableLevel, is_below, missing_layer, starters
from grader.sandbox.remedies import LAYERS, remedy

MEMORY, CPU_SECONDS = 512 << 20, 5  # of the child that is tried
WIDTH = 80
MEANINGS: dict[Level, str] = {
    "full": "anybody's code may be graded.",
    "confined": "anybody's code may be graded. It can find out which files exist on this machine, "
    "but not read them.",
    "none": "only for files of your own. They can do on this machine whatever you can.",
}


class Examination(NamedTuple):
    """How well this machine can isolate a submission."""

    level: Level | None  # the best level there is, None if nothing can be started at all
    layers: frozenset[str]  # those that hold at this level
    unavailable: tuple[UnavailableLevel, ...]  # every better level

    def reaches(self, minimum: Level) -> bool:
        return self.level is not None and not is_below(self.level, minimum)


def examine() -> Examination:
    """Start a child at each level, from the best down, until one has all layers of its level."""
    unavailable: list[UnavailableLevel] = []
    for starter in starters():
        try:
            layers = _layers_of(starter)
            layer = missing_layer(starter.level, layers)
            if layer is None:
                return Examination(starter.level, layers, tuple(unavailable))
            unavailable.append(UnavailableLevel(starter.level, layer))
        except StartError as error:
            unavailable.append(UnavailableLevel(starter.level, error.layer, error.reason))
        except GraderError as error:
            unavailable.append(UnavailableLevel(starter.level, "zygote", str(error)))
        finally:
            starter.close()
    return Examination(None, frozenset(), tuple(unavailable))


def report(examination: Examination) -> str:
    """Return what the command doctor prints."""
    if examination.level is None:
        lines = ["No level: nothing can be graded here."]
    else:
        lines = [f"Level {examination.level}: {MEANINGS[examination.level]}"]
    lines += ["", "Layers around a submission:"]
    for layer in wire.LAYERS:
        works = "works" if layer in examination.layers else "NO"
        lines.append(f"  {works:<5}  {layer:<13} {LAYERS[layer]}")
    for unavailable in examination.unavailable:
        reason = f" ({unavailable.reason})" if unavailable.reason else ""
        lines += [
            "",
            f"Level {unavailable.level} is not available: {unavailable.layer} fails{reason}.",
            f"Remedy: {remedy(unavailable)}.",
        ]
    return "\n".join(_wrapped(line) for line in lines)


def _layers_of(starter: Starter) -> frozenset[str]:
    child = starter.child(MEMORY, CPU_SECONDS)
    child.end()
    return child.layers


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent="  ", break_long_words=False)
