"""A submission loaded in a child: calls with limits, and a fresh child after one that died."""

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
from grader.sandbox.errors import explain_gradient_shape, load_notes, submission_error
from grader.sandbox.inside import wire

MAX_CASES = 256  # whose numbers are cached as bytes
MAX_DEATHS = 3  # a function that has ended this many children is not called again
# The kernel's CPU limit exceeds the time that the host allows by this much: it is a last resort.
SPARE_CPU_SECONDS = 5
# How long a file that is interrupted while it is imported may take to say what it has defined.
INTERRUPT_SECONDS = 1.0
IMPORT = "the import"  # a key beside the functions' names, for the time that imports take
SIGNALS = {number.value: number.name for number in signal.Signals}
_ChildGone: TypeAlias = TimeoutError | EOFError | OSError
CHILD_GONE = (TimeoutError, EOFError, OSError)


class _Host(Protocol):
    """The part of grader.sandbox.sandbox.Sandbox that a program uses."""

    is_worn: bool  # set when a child ends in an abnormal way

    @property
    def level(self) -> Level: ...
    def child(self, memory: int, cpu_seconds: int) -> Child: ...


class _Reply(NamedTuple):
    status: int
    flags: int
    opcodes: int
    loss: float
    payload: bytearray
    seconds: float  # CPU time from the request to the whole reply


class _GarbledReply(Exception):
    """The bytes are no reply to the request."""


class SandboxProgram:
    """One submission, loaded. See grader.model.Program.

    Calls raise SubmissionError if the submission fails to answer, and GraderError if the sandbox
    itself fails.
    """

    def __init__(self, host: _Host, source: Source, limits: Limits) -> None:
        self.host, self.source, self.limits = host, source, limits
        self.lines = wire.count_slots(source.text)
        self.seconds_by_function: defaultdict[str, float] = defaultdict(float)
        self.deaths: Counter[str] = Counter()  # by function
        self.hung: set[str] = set()  # functions that ran into the time limit
        self.nonce = 0
        self.child: Child | None = None
        self.level: Level = "none"
        self.present: frozenset[str] = frozenset()
        self.load_error: Message | None = None
        self.load_notes: tuple[Message, ...] = ()
        # Flags raised by the host, and those of children that have ended.
        self._past_flags: Counter[str] = Counter()
        try:
            self.load()
        except SubmissionError as error:
            self.load_error = error.message

    def close(self) -> None:
        if self.child is not None:
            self._end(self.child)

    @property
    def flag_counts(self) -> Counter[str]:
        """Return how often the host or the kernel noticed what a human should look at, by kind."""
        listener = self.child.channel.listener if self.child else None
        return self._past_flags + listener.refusals if listener else self._past_flags

    def call(self, function: str, case: Case) -> LossAndGradient:
        """Return loss and gradient for a case, and the CPU time of the call."""
        size = case.W.size * 8
        reply = self._request(function, wire.CALL, case, size)
        loss: float | SubmissionError = reply.loss
        gradient: Array | SubmissionError
        if reply.status == wire.LOSS_ONLY:
            gradient = explain_gradient_shape(self._reported_error(reply.payload), case)
        else:
            gradient = np.frombuffer(reply.payload, "<f8", case.W.size).reshape(case.W.shape)
        if reply.status == wire.GRADIENT_ONLY:
            loss = self._reported_error(reply.payload[size:])
        overwrote_earlier = bool(reply.flags & wire.OVERWROTE_EARLIER)
        return LossAndGradient(loss, gradient, reply.seconds, overwrote_earlier)

    def losses(self, function: str, case: Case, weights: Array) -> Losses:
        """Return the losses of a case at several W, in one request.

        weights: the Ws, stacked along a new first axis.
        """
        count = len(weights)
        reply = self._request(function, wire.LOSSES, case, count * 8, weights)
        overwrote_earlier = bool(reply.flags & wire.OVERWROTE_EARLIER)
        return Losses(np.frombuffer(reply.payload, "<f8", count), overwrote_earlier)

    def count(self, function: str, case: Case) -> Counts:
        """Return how many opcodes a call executes, by line."""
        reply = self._request(function, wire.COUNT, case, self.lines * 4)
        if reply.flags & wire.TRACE_REMOVED or reply.opcodes == 0:  # nothing that runs is free
            self._past_flags["counting_removed"] += 1
        return Counts(reply.opcodes, struct.unpack(f"<{self.lines}I", reply.payload))

    def load(self) -> Child:
        """Start a child and have it import the source, in the time that the submission has left."""
        is_first = self.seconds_by_function[IMPORT] == 0
        seconds = min(self.limits.call_seconds, self._submission_seconds_left())
        cpu_seconds = math.ceil(self.limits.submission_seconds) + SPARE_CPU_SECONDS
        child = self.host.child(self.limits.memory_mib << 20, cpu_seconds)
        start = time.monotonic()  # waiting for the zygote is not the submission's time
        try:
            self.level = self.host.level
            self.present, notes = self._send_source(child, start + seconds)
            if is_first:  # later ones come from a submission that has seen inputs
                self.load_notes = notes
        except CHILD_GONE as error:
            raise _as_import_error(self._explain_death(child, error, seconds)) from None
        except SubmissionError as error:
            self._end(child)
            if not is_first:
                error = SubmissionError(msgspec.structs.replace(error.message, quote=None))
            raise _as_import_error(error) from None
        except BaseException:
            self._end(child)
            raise
        finally:
            self.seconds_by_function[IMPORT] += time.monotonic() - start
        self.child = child
        return child

    def _send_source(
        self, child: Child, deadline: float
    ) -> tuple[frozenset[str], tuple[Message, ...]]:
        """Have the child import the source.

        Returns the names that are functions in it, and what was left out of it.
        """
        names = "\n".join((self.source.file, *self.source.functions)).encode()
        head = wire.LOAD.pack(len(self.source.text), len(names))
        child.channel.send([head, self.source.text, names], deadline)
        is_interrupted = False
        try:
            data = child.channel.receive(wire.LOADED.size, deadline)
        except TimeoutError:
            is_interrupted = True
            child.interrupt()
            deadline = time.monotonic() + INTERRUPT_SECONDS
            data = child.channel.receive(wire.LOADED.size, deadline)
        status, present, size = wire.LOADED.unpack(data)
        if status != wire.OK:
            text = child.channel.receive(min(size, wire.MAX_ERROR_TEXT), deadline)
            raise self._reported_error(text, is_loading=True)
        report = child.channel.receive(min(size, wire.MAX_LOADED_TEXT), deadline)
        functions = enumerate(self.source.functions)
        return (
            frozenset(name for i, name in functions if present >> i & 1),
            load_notes(report, self.lines, self.limits.call_seconds if is_interrupted else None),
        )

    def _request(
        self, function: str, mode: int, case: Case, size: int, weights: Array | None = None
    ) -> _Reply:
        """Request one call, or one call at each of the weights.

        size: bytes of the reply's payload, which the host knows beforehand.
        """
        calls = 1 if weights is None else len(weights)
        self._seconds_left(function)
        child = self.child or self.load()
        seconds, start = self._seconds_left(function, calls), time.monotonic()
        try:
            frames = self._frames(function, mode, case, calls, weights)
            return self._exchange(child, mode, frames, size, start + seconds)
        except CHILD_GONE as error:
            # Raises GraderError, and counts no death, if the sandbox itself went down.
            failure = self._explain_death(child, error, seconds)
            self.deaths[function] += 1
            if isinstance(error, TimeoutError):
                self.hung.add(function)
            raise failure from None
        except _GarbledReply:
            self._end(child)
            self.host.is_worn = True
            self._past_flags["garbled_reply"] += 1
            self.deaths[function] += 1
            raise SubmissionError(Message("garbled_reply")) from None
        finally:
            self.seconds_by_function[function] += time.monotonic() - start

    def _seconds_left(self, function: str, calls: int = 1) -> float:
        """Return how long the next calls may take together.

        Raises SubmissionError if the function may not be called any more.
        """
        limits = self.limits
        if function in self.hung:
            raise SubmissionError(Message("after_time_out"), was_asked=False)
        if self.deaths[function] >= MAX_DEATHS:
            raise SubmissionError(Message("given_up", {"times": MAX_DEATHS}), was_asked=False)
        function_seconds = limits.function_seconds - self.seconds_by_function[function]
        left = min(function_seconds, self._submission_seconds_left())
        if left <= 0:
            raise SubmissionError(
                Message("time_used_up", {"seconds": limits.function_seconds}), was_asked=False
            )
        return min(left, calls * limits.call_seconds)

    def _submission_seconds_left(self) -> float:
        return self.limits.submission_seconds - sum(self.seconds_by_function.values())

    def _frames(
        self, function: str, mode: int, case: Case, calls: int, weights: Array | None
    ) -> list[Buffer]:
        self.nonce += 1
        W_rows, W_columns = case.W.shape
        X_rows, X_columns = case.X.shape
        request = wire.Request(
            nonce=self.nonce,
            function=self.source.functions.index(function),
            mode=mode,
            form=wire.FORMS.index(case.form),
            calls=calls,
            W_rows=W_rows,
            W_columns=W_columns,
            X_rows=X_rows,
            X_columns=X_columns,
            labels=len(case.y),
            reg=case.reg,
        )
        W, data = _case_bytes(case)
        if weights is None:
            return [wire.REQUEST.pack(*request), W, data]
        several = np.ascontiguousarray(weights, _dtype_of(case)).data.cast("B")
        return [wire.REQUEST.pack(*request), several, data]

    def _exchange(
        self, child: Child, mode: int, frames: list[Buffer], size: int, deadline: float
    ) -> _Reply:
        """Send a request and take the reply apart.

        Raises _GarbledReply if it is none, SubmissionError if the child reports an error, and one
        of CHILD_GONE if no reply comes.
        """
        before = child.clock()
        child.channel.send(frames, deadline)
        reply = child.channel.receive(wire.REPLY.size, deadline, more=size)
        head = wire.ReplyHead._make(wire.REPLY.unpack_from(reply))
        payload = reply[wire.REPLY.size :]
        least, most = _payload_sizes(mode, size).get(head.status, (1, 0))
        if head.nonce != self.nonce or not max(least, len(payload)) <= head.size <= most:
            raise _GarbledReply
        payload += child.channel.receive(head.size - len(payload), deadline)
        seconds = child.clock() - before
        if head.status == wire.ERROR:
            raise self._reported_error(payload)
        return _Reply(head.status, head.flags, head.opcodes, head.loss, payload, seconds)

    def _reported_error(self, text: bytearray, is_loading: bool = False) -> SubmissionError:
        """Return the error that a child reports, and count it if it makes no sense."""
        error = submission_error(text, self.lines, is_loading)
        if error.message.code == "garbled_reply":
            self._past_flags["garbled_reply"] += 1
        return error

    def _explain_death(self, child: Child, error: _ChildGone, seconds: float) -> SubmissionError:
        """End a child that does not answer, and return how it ended.

        Raises GraderError if the whole sandbox went down with it.
        """
        has_timed_out = isinstance(error, TimeoutError)
        exit_code = self._end(child, patience=0.0 if has_timed_out else 0.2)
        self.host.is_worn = True
        if has_timed_out:
            return SubmissionError(Message("timed_out", {"seconds": round(seconds, 1)}))
        if exit_code is None:
            raise GraderError(
                "The sandbox ended in the middle of a call: run it again, and report this if it "
                "happens again."
            )
        if exit_code >= 0:
            how = f"exit {exit_code}"
        else:
            how = SIGNALS.get(-exit_code, f"signal {-exit_code}")
        return SubmissionError(Message("ended_early", {"how": how}))

    def _end(self, child: Child, patience: float = 0.0) -> int | None:
        """End the child, see Child.end, and keep its flags."""
        self.child = None
        exit_code = child.end(patience)
        if child.channel.listener is not None:
            self._past_flags += child.channel.listener.refusals
        return exit_code


@lru_cache(maxsize=MAX_CASES)
def _case_bytes(case: Case) -> tuple[bytes, bytes]:
    """Return W, and X and y together, as they go over the wire.

    Cached, because a key's cases are the same for every submission.
    """
    dtype = _dtype_of(case)
    W = np.ascontiguousarray(case.W, dtype).tobytes()
    X = np.ascontiguousarray(case.X, dtype).tobytes()
    y = np.ascontiguousarray(case.y, "<i8").tobytes()
    return W, X + y


def _dtype_of(case: Case) -> str:
    return "<i8" if case.form == "integer" else "<f8"


def _payload_sizes(mode: int, size: int) -> dict[int, tuple[int, int]]:
    """Return the smallest and largest payload in bytes, by the status of the reply.

    size: bytes of the payload that was requested.
    """
    sizes = {wire.OK: (size, size), wire.ERROR: (0, wire.MAX_ERROR_TEXT)}
    if mode == wire.CALL:
        sizes[wire.LOSS_ONLY] = (0, wire.MAX_ERROR_TEXT)
        sizes[wire.GRADIENT_ONLY] = (size, size + wire.MAX_ERROR_TEXT)
    return sizes


def _as_import_error(error: SubmissionError) -> SubmissionError:
    """Return the error of an import, with a message about the file instead of a function."""
    message = error.message
    if message.code in ("timed_out", "ended_early"):
        message = msgspec.structs.replace(message, code=message.code + "_at_import")
    return SubmissionError(message)
