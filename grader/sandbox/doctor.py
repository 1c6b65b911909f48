"""Tries every way there is to wall in a submission here, and tells what works, what does not, and the cure."""

import textwrap
from typing import NamedTuple

from grader.model import GraderError, Level
from grader.sandbox.children import CannotStart, Starter
from grader.sandbox.inside import wire
from grader.sandbox.levels import Trouble, is_below, lacking, starters
from grader.sandbox.remedies import LAYERS, remedy

MEMORY, CPU_SECONDS = 512 << 20, 5  # of the child that is tried
WIDTH = 80
EXPLAINED: dict[Level, str] = {
    "full": "full: whoever's code may be graded.",
    "confined": "confined: whoever's code may be graded; it can see which files exist here, but not what is in them.",
    "none": "none: for a file of your own, which can do here what you can.",
}


class Examination(NamedTuple):
    """level: the best there is, None where nothing runs at all; layers: those that hold there; troubles: with each better level."""

    level: Level | None
    layers: frozenset[str]
    troubles: tuple[Trouble, ...]

    def reaches(self, minimum: Level) -> bool:
        return self.level is not None and not is_below(self.level, minimum)


def examine() -> Examination:
    troubles: list[Trouble] = []
    for way in starters():
        try:
            layers = layers_of(way)
            layer = lacking(way.level, layers)
            if layer is None:
                return Examination(way.level, layers, tuple(troubles))
            troubles.append(Trouble(way.level, layer))
        except CannotStart as error:
            troubles.append(Trouble(way.level, error.layer, error.words))
        except GraderError as fault:
            troubles.append(Trouble(way.level, "zygote", str(fault)))
        finally:
            way.close()
    return Examination(None, frozenset(), tuple(troubles))


def layers_of(way: Starter) -> frozenset[str]:
    child = way.child(MEMORY, CPU_SECONDS)
    child.end()
    return child.layers


def report(examination: Examination) -> str:
    lines = [
        f"Level {EXPLAINED[examination.level]}"
        if examination.level
        else "No level: nothing can be graded here."
    ]
    lines += ["", "What holds around a submission:"]
    for layer in wire.LAYERS:
        lines.append(
            f"  {'works' if layer in examination.layers else 'NO   '}  {layer:<13} {LAYERS[layer]}"
        )
    for trouble in examination.troubles:
        words = f" ({trouble.words})" if trouble.words else ""
        lines += [
            "",
            f"Level {trouble.level} cannot be had: {trouble.layer} fails{words}.",
            f"Cure: {remedy(trouble)}.",
        ]
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="  ", break_long_words=False) if line else ""
        for line in lines
    )
