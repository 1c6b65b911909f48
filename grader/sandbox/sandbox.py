"""The sandbox as the rest of the grader uses it: opens programs, at the best level that this machine gives."""

from types import TracebackType
from typing import NamedTuple, Self

from grader.model import GraderError, Level, Limits, Source
from grader.sandbox.children import CannotStart, Child, Starter
from grader.sandbox.levels import Trouble, is_below, lacking, starters
from grader.sandbox.program import SandboxProgram
from grader.sandbox.remedies import sentence

KEPT_CALLS = (
    1000  # after which a kept program is started anew, long before it has used up its CPU time
)
PROGRAMS = 200  # that a zygote serves before it is replaced


class Kept(NamedTuple):
    program: SandboxProgram
    start: int  # of the way that serves it


class Sandbox:
    """What serves programs, and those that are kept in it because they are the grader's own.

    is_worn: something abnormal happened in there, and it is to be replaced before it meets another submission.
    """

    def __init__(self, ways: list[Starter] | None = None, minimum: Level = "none") -> None:
        """ways: the best first, if not those of this machine; minimum: the weakest level that is wanted."""
        self.ways, self.minimum = starters() if ways is None else ways, minimum
        self.is_settled = False
        self.is_worn = False
        self.programs = 0
        self.kept: dict[Source, Kept] = {}

    def open_program(self, source: Source, limits: Limits, keep: bool = False) -> SandboxProgram:
        """See grader.model.OpenProgram. Raises GraderError where the sandbox cannot run anything."""
        if keep:
            return self.kept_program(source, limits)
        if self.is_worn or self.programs >= PROGRAMS:
            self.renew()
        self.programs += 1
        return SandboxProgram(self, source, limits)

    def kept_program(self, source: Source, limits: Limits) -> SandboxProgram:
        kept = self.kept.get(source)
        if (
            kept is None
            or kept.program.child is None
            or kept.start != self.ways[0].starts
            or kept.program.nonce >= KEPT_CALLS
        ):
            if kept is not None:
                kept.program.close()
            kept = self.kept[source] = Kept(
                SandboxProgram(self, source, limits), self.ways[0].starts
            )
        kept.program.spent.clear()
        return kept.program

    def child(self, memory: int, cpu_seconds: int) -> Child:
        """At the best level there is, found by trying. Once found it is never lowered: what brought it down might be a submission."""
        while True:
            way = self.ways[0]
            try:
                child = way.child(memory, cpu_seconds)
                layer = lacking(way.level, child.layers)
                if layer is None:
                    self.is_settled = True
                    return child
                child.end()
                trouble = Trouble(way.level, layer)
            except CannotStart as error:
                trouble = Trouble(way.level, error.layer, error.words)
            if self.is_settled or len(self.ways) == 1 or is_below(self.ways[1].level, self.minimum):
                raise GraderError(sentence(trouble))
            self.ways.pop(0).close()

    @property
    def level(self) -> Level:
        """Of the next child; true once there has been one."""
        return self.ways[0].level

    def renew(self) -> None:
        """End whatever serves. The next child starts it anew."""
        self.close_kept()
        self.ways[0].close()
        self.is_worn, self.programs = False, 0

    def close_kept(self) -> None:
        for kept in self.kept.values():
            kept.program.close()
        self.kept.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close_kept()
        for way in self.ways:
            way.close()
