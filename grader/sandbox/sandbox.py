"""The sandbox as the rest of the grader uses it: it opens programs, at the best level there is."""

from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple, Self

from grader.model import GraderError, Level, Limits, Source
from grader.sandbox import levels
from grader.sandbox.children import Child, Starter, StartError, own_cores, use_cores
from grader.sandbox.inside import wire
from grader.sandbox.levels import UnavailableLevel, is_below, missing_layer
from grader.sandbox.program import SandboxProgram
from grader.sandbox.remedies import explain_unavailable

# A resident program is restarted after this many calls, long before it has used up its CPU time.
MAX_RESIDENT_CALLS = 1000
PROGRAMS_PER_ZYGOTE = 200  # a zygote is replaced after it has served this many


class _ResidentProgram(NamedTuple):
    program: SandboxProgram
    start: int  # Starter.starts when it was loaded


class Sandbox:
    """Opens programs, and keeps the grader's own ones resident. Use it as a context manager."""

    def __init__(self, starters: list[Starter] | None = None, minimum: Level = "none") -> None:
        """starters: the best first; those of this machine by default."""
        self.starters = levels.starters() if starters is None else starters
        self.minimum = minimum  # the lowest level to accept
        # Children share one core with this process, until the sandbox is closed: see share_core.
        self.cores = own_cores()
        self.is_settled = False  # the level has been found
        # Something abnormal has happened inside: the zygote is replaced before the next submission.
        self.is_worn = False
        self.programs = 0  # served since the zygote was last replaced
        self.residents: dict[Source, _ResidentProgram] = {}
        self.modules: tuple[str, ...] = ()  # what programs may import beside numpy

    def provide(self, modules: Iterable[str]) -> None:
        """Let programs import these modules from now on.

        Raises GraderError if one is not installed here.
        """
        modules = tuple(modules)
        if modules == self.modules:
            return
        from grader.sandbox.course_modules import ModuleError, find_modules

        try:
            found = find_modules(modules)
        except ModuleError as error:
            raise GraderError(f"This assignment's module {error}.") from None
        self.__exit__(None, None, None)
        self.starters = levels.starters(modules=found)
        self.modules, self.is_settled = modules, False

    def open_program(self, source: Source, limits: Limits, keep: bool = False) -> SandboxProgram:
        """See grader.model.OpenProgram. Raises GraderError if the sandbox cannot run anything."""
        if keep:
            return self._resident_program(source, limits)
        if self.is_worn or self.programs >= PROGRAMS_PER_ZYGOTE:
            self._renew()
        self.programs += 1
        return SandboxProgram(self, source, limits)

    def _resident_program(self, source: Source, limits: Limits) -> SandboxProgram:
        resident = self.residents.get(source)
        if resident is not None and not self._is_usable(resident):
            resident.program.close()
            resident = None
        if resident is None:
            program = SandboxProgram(self, source, limits)
            resident = self.residents[source] = _ResidentProgram(program, self.starters[0].starts)
        resident.program.seconds_by_function.clear()
        return resident.program

    def _is_usable(self, resident: _ResidentProgram) -> bool:
        is_running = resident.program.child is not None
        is_current = resident.start == self.starters[0].starts
        return is_running and is_current and resident.program.nonce < MAX_RESIDENT_CALLS

    def _renew(self) -> None:
        """End the process that serves programs. The next child starts it anew."""
        self._close_residents()
        self.starters[0].close()
        self.is_worn, self.programs = False, 0

    def child(self, memory: int, cpu_seconds: int) -> Child:
        """Start a child at the best level that works here; memory is in bytes.

        The level is never lowered once it has been found: a submission may have broken it.
        Raises GraderError if the level is lower than the minimum, or cannot be kept.
        """
        while True:
            starter = self.starters[0]
            try:
                child = starter.child(memory, cpu_seconds)
                layer = missing_layer(starter.level, child.layers)
                if layer is None:
                    self.is_settled = True
                    return child
                child.end()
                unavailable = UnavailableLevel(starter.level, layer)
            except StartError as error:
                if error.reason.startswith(wire.MODULE_FAILS):
                    raise GraderError(
                        f"The sandbox {error.reason}. Check `modules` in assignment.toml."
                    ) from None
                unavailable = UnavailableLevel(starter.level, error.layer, error.reason)
            if self.is_settled or not self._may_go_lower():
                raise GraderError(explain_unavailable(unavailable))
            self.starters.pop(0).close()

    def _may_go_lower(self) -> bool:
        return len(self.starters) > 1 and not is_below(self.starters[1].level, self.minimum)

    @property
    def level(self) -> Level:
        """The level of the next child. Only certain once a child has been started."""
        return self.starters[0].level

    def _close_residents(self) -> None:
        for resident in self.residents.values():
            resident.program.close()
        self.residents.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close_residents()
        for starter in self.starters:
            starter.close()
        use_cores(self.cores)
