"""A submission loaded in a child: calls with limits, CPU time read from outside, a fresh child after one that died."""

import math
import signal
import struct
import time
from collections import Counter, defaultdict
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias

import msgspec
import numpy as np

from grader.model import (
    Array,
    Case,
    Counts,
    GraderError,
    Level,
    Limits,
    LossAndGradient,
    Losses,
    Message,
    Source,
    SubmissionError,
)
from grader.sandbox.channel import Buffer
from grader.sandbox.children import Child
from grader.sandbox.faults import shape_named, student_fault
from grader.sandbox.inside import wire

CASES = 256  # whose numbers are kept as bytes
DEATHS = 3  # a function that ended as many children is given up
SPARE_CPU_SECONDS = 5  # of the kernel's limit, over the time that the host allows: a last resort
IMPORT = "the import"  # what time is booked on that no function has spent
SIGNALS = {number.value: number.name for number in signal.Signals}
Gone: TypeAlias = TimeoutError | EOFError | OSError
GONE = (TimeoutError, EOFError, OSError)


class Garbled(Exception):
    """A reply that the host did not ask for."""


class Place(Protocol):
    """Where programs run. is_worn: set when a child ends in an abnormal way."""

    is_worn: bool

    @property
    def level(self) -> Level: ...
    def child(self, memory: int, cpu_seconds: int) -> Child: ...


class Reply(NamedTuple):
    status: int
    flags: int
    opcodes: int
    loss: float
    payload: bytearray
    seconds: float


class SandboxProgram:
    """One submission, loaded. Calls raise SubmissionError where it gives no answer, GraderError where the sandbox is in trouble.

    load_error: why it cannot be loaded at all; present: which of its functions exist; level: how well it is walled in.
    """

    def __init__(self, place: Place, source: Source, limits: Limits) -> None:
        self.place, self.source, self.limits = place, source, limits
        self.lines = wire.lines_of(source.text)
        self.spent: defaultdict[str, float] = defaultdict(float)  # seconds, by function
        self.deaths: Counter[str] = Counter()
        self.hung: set[str] = set()
        self.told: Counter[str] = Counter()
        self.nonce = 0
        self.child: Child | None = None
        self.level: Level = "none"
        self.present: frozenset[str] = frozenset()
        self.load_error: Message | None = None
        try:
            self.load()
        except SubmissionError as fault:
            self.load_error = fault.message

    def close(self) -> None:
        if self.child is not None:
            self.end(self.child)

    @property
    def flag_counts(self) -> Counter[str]:
        """What somebody should look at, and how often it happened: as the host saw it, or heard it from the kernel."""
        watch = self.child.channel.watch if self.child else None
        return self.told + watch.refused if watch else self.told

    def call(self, function: str, case: Case) -> LossAndGradient:
        """loss and gradient for a case, and the CPU time that it took from the request to the whole answer."""
        size = case.W.size * 8
        reply = self.request(function, wire.PLAIN, case, size)
        loss: float | SubmissionError = reply.loss
        gradient: Array | SubmissionError
        if reply.status == wire.LOSS_ONLY:
            gradient = shape_named(self.fault(reply.payload), case)
        else:
            gradient = np.frombuffer(reply.payload, "<f8", case.W.size).reshape(case.W.shape)
        if reply.status == wire.GRADIENT_ONLY:
            loss = self.fault(reply.payload[size:])
        return LossAndGradient(
            loss, gradient, reply.seconds, bool(reply.flags & wire.OVERWROTE_EARLIER)
        )

    def losses(self, function: str, case: Case, weights: Array) -> Losses:
        """The losses of a case at several W alone, in one request: `weights` has one more axis than W."""
        reply = self.request(function, wire.LOSSES, case, len(weights) * 8, weights)
        return Losses(
            np.frombuffer(reply.payload, "<f8", len(weights)),
            bool(reply.flags & wire.OVERWROTE_EARLIER),
        )

    def count(self, function: str, case: Case) -> Counts:
        reply = self.request(function, wire.COUNTED, case, self.lines * 4)
        if reply.flags & wire.TRACE_REMOVED or reply.opcodes == 0:  # nothing that runs is free
            self.told["counting_removed"] += 1
        return Counts(reply.opcodes, struct.unpack(f"<{self.lines}I", reply.payload))

    def load(self) -> Child:
        """Start a child and have it import the source, within what is left of the submission's time."""
        limits = self.limits
        seconds = min(limits.call_seconds, limits.submission_seconds - sum(self.spent.values()))
        child = self.place.child(
            limits.memory_mib << 20, math.ceil(limits.submission_seconds) + SPARE_CPU_SECONDS
        )
        began = time.monotonic()  # waiting for the zygote is not the submission's time
        try:
            self.level = self.place.level
            names = "\n".join((self.source.file, *self.source.functions)).encode()
            head = wire.LOAD.pack(len(self.source.text), len(names))
            deadline = began + seconds
            child.channel.send([head, self.source.text, names], deadline)
            status, present, size = wire.LOADED.unpack(
                child.channel.receive(wire.LOADED.size, deadline)
            )
            if status != wire.OK:
                raise self.fault(child.channel.receive(min(size, wire.TEXT_CAP), deadline))
        except GONE as error:
            raise at_import(self.died(child, error, seconds)) from None
        except SubmissionError as fault:
            self.end(child)
            raise at_import(fault) from None
        except BaseException:
            self.end(child)
            raise
        finally:
            self.spent[IMPORT] += time.monotonic() - began
        self.present = frozenset(
            name for i, name in enumerate(self.source.functions) if present >> i & 1
        )
        self.child = child
        return child

    def request(
        self, function: str, mode: int, case: Case, size: int, weights: Array | None = None
    ) -> Reply:
        """One call, or one for each of the weights. size: of the answer's payload, known before it comes."""
        calls = 1 if weights is None else len(weights)
        self.seconds_left(function)
        child = self.child or self.load()
        seconds, began = self.seconds_left(function, calls), time.monotonic()
        try:
            return self.exchange(
                child,
                mode,
                self.frames(function, mode, case, calls, weights),
                size,
                began + seconds,
            )
        except GONE as error:
            fault = self.died(
                child, error, seconds
            )  # raises GraderError where that is whose fault it is
            self.deaths[function] += 1
            if isinstance(error, TimeoutError):
                self.hung.add(function)
            raise fault from None
        except Garbled:
            self.end(child)
            self.place.is_worn = True
            self.told["garbled_reply"] += 1
            self.deaths[function] += 1
            raise SubmissionError(Message("garbled_reply")) from None
        finally:
            self.spent[function] += time.monotonic() - began

    def seconds_left(self, function: str, calls: int = 1) -> float:
        """How long the next calls may take together. Raises SubmissionError where there is no point in asking."""
        limits = self.limits
        if function in self.hung:
            raise SubmissionError(Message("after_time_out"), was_asked=False)
        if self.deaths[function] >= DEATHS:
            raise SubmissionError(Message("given_up", {"times": DEATHS}), was_asked=False)
        left = min(
            limits.function_seconds - self.spent[function],
            limits.submission_seconds - sum(self.spent.values()),
        )
        if left <= 0:
            raise SubmissionError(
                Message("time_used_up", {"seconds": limits.function_seconds}), was_asked=False
            )
        return min(left, calls * limits.call_seconds)

    def frames(
        self, function: str, mode: int, case: Case, calls: int, weights: Array | None
    ) -> list[Buffer]:
        self.nonce += 1
        which, form = self.source.functions.index(function), wire.FORMS.index(case.form)
        head = wire.REQUEST.pack(
            self.nonce,
            which,
            mode,
            form,
            calls,
            *case.W.shape,
            *case.X.shape,
            len(case.y),
            case.reg,
        )
        W, data = packed(case)
        return [
            head,
            W if weights is None else np.ascontiguousarray(weights, kind_of(case)).data.cast("B"),
            data,
        ]

    def exchange(
        self, child: Child, mode: int, frames: list[Buffer], size: int, deadline: float
    ) -> Reply:
        """Send a request and take the reply apart. Raises Garbled where it is none, SubmissionError where it says so, or one of GONE."""
        before = child.clock()
        child.channel.send(frames, deadline)
        reply = child.channel.receive(wire.REPLY.size, deadline, more=size)
        nonce, status, flags, opcodes, loss, length = wire.REPLY.unpack_from(reply)
        payload = reply[wire.REPLY.size :]
        least, most = payload_sizes(mode, size).get(status, (1, 0))
        if nonce != self.nonce or not max(least, len(payload)) <= length <= most:
            raise Garbled
        payload += child.channel.receive(length - len(payload), deadline)
        seconds = child.clock() - before
        if status == wire.FAULT:
            raise self.fault(payload)
        return Reply(status, flags, opcodes, loss, payload, seconds)

    def fault(self, text: bytearray) -> SubmissionError:
        """What the child says went wrong."""
        fault = student_fault(text, self.lines)
        self.told["garbled_reply"] += fault.message.code == "garbled_reply"
        return fault

    def died(self, child: Child, error: Gone, seconds: float) -> SubmissionError:
        """End a child that does not answer, and say how it went. Raises GraderError where the whole sandbox went down with it."""
        ended = self.end(child, patience=0.0 if isinstance(error, TimeoutError) else 0.2)
        self.place.is_worn = True
        if isinstance(error, TimeoutError):
            return SubmissionError(Message("timed_out", {"seconds": round(seconds, 1)}))
        if ended is None:
            raise GraderError(
                "The sandbox ended in the middle of a call: run it again, and report this if it stays."
            )
        how = f"exit {ended}" if ended >= 0 else SIGNALS.get(-ended, f"signal {-ended}")
        return SubmissionError(Message("ended_early", {"how": how}))

    def end(self, child: Child, patience: float = 0.0) -> int | None:
        """See Child.end. What it was refused is kept."""
        self.child = None
        ended = child.end(patience)
        if child.channel.watch is not None:
            self.told += child.channel.watch.refused
        return ended


@lru_cache(maxsize=CASES)
def packed(case: Case) -> tuple[bytes, bytes]:
    """W; X and y: as they go over the wire. A key's cases are the same for every submission."""
    kind = kind_of(case)
    return np.ascontiguousarray(case.W, kind).tobytes(), np.ascontiguousarray(
        case.X, kind
    ).tobytes() + np.ascontiguousarray(case.y, "<i8").tobytes()


def kind_of(case: Case) -> str:
    return "<i8" if case.form == "integer" else "<f8"


def payload_sizes(mode: int, size: int) -> dict[int, tuple[int, int]]:
    """Status -> fewest and most bytes that may follow the reply's head."""
    text = {wire.FAULT: (0, wire.TEXT_CAP)}
    if mode in (wire.COUNTED, wire.LOSSES):
        return text | {wire.OK: (size, size)}
    return text | {
        wire.OK: (size, size),
        wire.LOSS_ONLY: (0, wire.TEXT_CAP),
        wire.GRADIENT_ONLY: (size, size + wire.TEXT_CAP),
    }


def at_import(fault: SubmissionError) -> SubmissionError:
    """The same fault, told of the file and not of a function."""
    message = fault.message
    if message.code in ("timed_out", "ended_early", "out_of_memory"):
        message = msgspec.structs.replace(message, code=message.code + "_at_import")
    return SubmissionError(message)
