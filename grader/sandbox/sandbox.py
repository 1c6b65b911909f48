"""The sandbox as the rest of the grader uses it: opens programs."""

from types import TracebackType
from typing import NamedTuple, Self

from grader.model import Limits, Source
from grader.sandbox.launch import Launched
from grader.sandbox.program import SandboxProgram
from grader.sandbox.zygote import Zygote

KEPT_CALLS = 1000  # after which a kept program is started anew, long before it has used up its CPU time


class Kept(NamedTuple):
    program: SandboxProgram
    start: int  # which start of the zygote it belongs to


class Sandbox:
    """One zygote, and the programs that are kept in it because they are the grader's own."""

    def __init__(self, launched: Launched | None = None, command: list[str] | None = None) -> None:
        """launched: a zygote that is on its way already; command: another command line than the usual one (for tests)."""
        self.zygote = Zygote(launched, command)
        self.kept: dict[Source, Kept] = {}

    def open_program(self, source: Source, limits: Limits, keep: bool = False) -> SandboxProgram:
        """See grader.model.OpenProgram. Raises GraderFault where the sandbox cannot run anything."""
        if not keep:
            return SandboxProgram(self.zygote, source, limits)
        kept = self.kept.get(source)
        if kept is None or kept.program.child is None or kept.start != self.zygote.starts or kept.program.nonce >= KEPT_CALLS:
            if kept is not None:
                kept.program.close()
            kept = self.kept[source] = Kept(SandboxProgram(self.zygote, source, limits), self.zygote.starts)
        kept.program.spent.clear()
        return kept.program

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for kept in self.kept.values():
            kept.program.close()
        self.zygote.close()
