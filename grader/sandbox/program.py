"""A submission loaded in a child: calls with limits, and a fresh child after one that died."""

import math
import signal
import struct
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias, cast

import msgspec
import numpy as np

from grader.model import (
    Answer,
    Array,
    Case,
    Counts,
    Function,
    GraderError,
    Level,
    Limits,
    Message,
    Series,
    Shapes,
    Source,
    SubmissionError,
    require,
)
from grader.sandbox.calls import names_to_find
from grader.sandbox.children import Child
from grader.sandbox.errors import Lines, call_error, load_error, load_notes, output_error
from grader.sandbox.frames import (
    CaseFrame,
    GarbledReply,
    Question,
    Reply,
    ReplyForm,
    case_frame,
    load_frames,
    reply_head,
    reply_of,
    request_frames,
    single_part,
    size_of,
    variation,
)
from grader.sandbox.inside import wire

MAX_DEATHS = 3  # a function that has ended this many children is not called again
# The kernel's CPU limit exceeds the time that the host allows by this much: it is a last resort.
SPARE_CPU_SECONDS = 5
# How long a file that is interrupted while it is imported may take to say what it has defined.
INTERRUPT_SECONDS = 1.0
# A wait of this long, of which the child has not used this share, is a pause of the machine: it was
# stopped, suspended or busy. Code that sleeps looks the same, so only so many pauses are excused.
PAUSE_SECONDS, USED_SHARE, MAX_PAUSES = 0.5, 0.5, 2
IMPORT = "the import"  # a key beside the functions' names, for the time that imports take
SIGNALS = {number.value: number.name for number in signal.Signals}
_ChildGone: TypeAlias = TimeoutError | EOFError | OSError
CHILD_GONE = (TimeoutError, EOFError, OSError)


class _Moment(NamedTuple):
    """When something began."""

    wall: float  # of time.monotonic()
    cpu: float  # of the child's clock


class _Host(Protocol):
    """The part of grader.sandbox.sandbox.Sandbox that a program uses."""

    is_worn: bool  # set when a child ends in an abnormal way

    @property
    def level(self) -> Level: ...
    def child(self, memory: int, cpu_seconds: int) -> Child: ...


class SandboxProgram:
    """One submission, loaded. See grader.model.Program.

    Calls raise SubmissionError if the submission fails to answer, and GraderError if the sandbox
    itself fails.
    """

    def __init__(self, host: _Host, source: Source, limits: Limits) -> None:
        self.host, self.source, self.limits = host, source, limits
        self.lines = Lines(source)
        self.slots = wire.count_slots(source.text)
        self.seconds_by_function: defaultdict[str, float] = defaultdict(float)
        self.deaths: Counter[str] = Counter()  # by short name of the function
        self.hung: set[str] = set()  # functions that ran into the time limit
        self.pauses = 0  # that were excused
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

    def call(self, function: Function, case: Case, shapes: Shapes) -> Answer:
        """See Program.call. The answer has the CPU time of the call."""
        return require(self.call_all(function, [(case, shapes)])[0])

    def call_all(
        self, function: Function, cases: Sequence[tuple[Case, Shapes]]
    ) -> list[Answer | SubmissionError]:
        """See Program.call_all. Only the answer to a single case has its CPU time.

        The child goes on with the next case while its answer is read.
        """
        frames = [
            case_frame(case, function.inputs, tuple([shapes[each] for each in function.outputs]))
            for case, shapes in cases
        ]
        question = Question(wire.CALL, frames, [frame.form for frame in frames])
        replies = self._ask(function, question)
        return [
            self._answer_of(function, frame, reply)
            for frame, reply in zip(frames, replies, strict=False)
        ]

    def vary(
        self,
        function: Function,
        case: Case,
        name: str,
        inputs: Array,
        output: str,
        shape: tuple[int, ...],
    ) -> Series:
        """See Program.vary: one request for all values of the input."""
        # The shapes of other outputs do not matter: they do not come back.
        shapes = tuple([shape if each == output else () for each in function.outputs])
        question = Question(
            wire.VARY,
            [case_frame(case, function.inputs, shapes)],
            [single_part(len(inputs) * size_of(shape))],
            (output, shape),
            variation(function, case, name, inputs, output),
        )
        reply = require(self._ask(function, question)[0])
        values = np.frombuffer(reply.parts[0], "<f8").reshape(len(inputs), *shape)
        return Series(values, bool(reply.flags & wire.OVERWROTE_EARLIER))

    def count(self, function: Function, case: Case, shapes: Shapes) -> Counts:
        """Return how many opcodes a call executes, by line of the first file."""
        outputs = tuple([shapes[each] for each in function.outputs])
        question = Question(
            wire.COUNT,
            [case_frame(case, function.inputs, outputs)],
            [single_part((self.slots + 1) * 4)],
            (function.outputs[0], outputs[0]) if outputs else None,
        )
        reply = require(self._ask(function, question)[0])
        if reply.flags & wire.TRACE_REMOVED or reply.opcodes == 0:  # nothing that runs is free
            self._past_flags["counting_removed"] += 1
        *per_line, library = struct.unpack(f"<{self.slots + 1}I", reply.parts[0])
        return Counts(reply.opcodes, tuple(per_line), library)

    def load(self) -> Child:
        """Start a child and have it import the source, in the time that the submission has left."""
        is_first = self.seconds_by_function[IMPORT] == 0
        seconds = min(self.limits.call_seconds, self._submission_seconds_left())
        cpu_seconds = math.ceil(self.limits.submission_seconds) + SPARE_CPU_SECONDS
        child = self.host.child(self.limits.memory_mib << 20, cpu_seconds)
        start = _now(child)  # waiting for the zygote is not the submission's time
        try:
            self.level = self.host.level
            self.present, notes = self._send_source(child, seconds)
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
            self._spend(IMPORT, child, start)
        self.child = child
        return child

    def _send_source(
        self, child: Child, seconds: float
    ) -> tuple[frozenset[str], tuple[Message, ...]]:
        """Have the child import the source within this time.

        Returns the names that are functions in it, and what was left out of it.
        """
        start = _now(child)
        deadline = start.wall + seconds
        child.channel.send(load_frames(self.source), deadline)
        is_interrupted = False
        data = bytearray()
        while not data:
            try:
                data = child.channel.receive(wire.LOADED.size, deadline)
            except TimeoutError:
                if is_interrupted:
                    raise
                if self._is_pause(child, start):
                    start = _now(child)
                    deadline = start.wall + seconds
                    continue
                is_interrupted = True
                child.interrupt()
                deadline = time.monotonic() + INTERRUPT_SECONDS
        status, size = wire.LOADED.unpack(data)
        if status != wire.OK:
            text = child.channel.receive(min(size, wire.MAX_ERROR_TEXT), deadline)
            raise self._counted(load_error(text, self.lines))
        names = names_to_find(self.source.functions)
        present = child.channel.receive(len(names), deadline)
        report = child.channel.receive(min(size, wire.MAX_LOADED_TEXT), deadline)
        return (
            frozenset(
                name.removesuffix("()") for name, bit in zip(names, present, strict=True) if bit
            ),
            load_notes(report, self.lines, self.limits.call_seconds if is_interrupted else None),
        )

    def _ask(self, function: Function, question: Question) -> list[Reply | SubmissionError]:
        """Send one request, and return the replies to its cases.

        If the child dies, the last of them says how, and there are none behind it. If the machine
        was paused meanwhile, another child is asked about what is left.
        """
        replies: list[Reply | SubmissionError] = []
        while True:
            left = question._replace(
                cases=question.cases[len(replies) :], forms=question.forms[len(replies) :]
            )
            more, is_paused = self._ask_child(function, left)
            replies += more
            if not is_paused:
                return replies

    def _ask_child(
        self, function: Function, question: Question
    ) -> tuple[list[Reply | SubmissionError], bool]:
        """Send one request, and return the replies, and whether a pause has cut them off."""
        calls = question.variation.calls if question.variation else 1
        try:
            seconds = self._seconds_left(function, calls)
            child = self.child
            if child is None:
                child = self.load()
                seconds = self._seconds_left(function, calls)
        except SubmissionError as error:
            return [error], False
        replies: list[Reply | SubmissionError] = []
        start = _now(child)
        is_paused = False
        try:
            first = self.nonce + 1
            self.nonce += len(question.cases)
            index = self.source.functions.index(function)
            frames = request_frames(index, question, first)
            child.channel.send(frames, start.wall + seconds)
            data = bytearray()  # what has come and is not read yet
            expected = sum([wire.REPLY.size + form.size for form in question.forms])
            for number, form in enumerate(question.forms):
                size = wire.REPLY.size + form.size
                if number > 0 and len(data) < size:  # the child is still busy with this case
                    start = self._spend(function.short, child, start)
                    seconds = self._seconds_left(function)
                expected -= size
                head, payload = _receive(
                    child, form, first + number, data, start.wall + seconds, form.size + expected
                )
                if data and number == len(question.forms) - 1:
                    raise GarbledReply
                if head.status == wire.ERROR:
                    failure = call_error(payload, self.lines, function, question.output)
                    replies.append(self._counted(failure))
                else:
                    # Of one case among several, the CPU time is no measure.
                    cpu_seconds = child.clock() - start.cpu if len(question.forms) == 1 else 0.0
                    replies.append(reply_of(head, payload, form, cpu_seconds))
        except CHILD_GONE as error:
            if isinstance(error, TimeoutError) and self._is_pause(child, start):
                is_paused = True
                self._end(child)
                return replies, True
            # Raises GraderError, and counts no death, if the sandbox itself went down.
            replies.append(self._explain_death(child, error, seconds))
            self.deaths[function.short] += 1
            if isinstance(error, TimeoutError):
                self.hung.add(function.short)
        except GarbledReply:
            self._end(child)
            self.host.is_worn = True
            self._past_flags["garbled_reply"] += 1
            self.deaths[function.short] += 1
            replies.append(SubmissionError(Message("garbled_reply")))
        except SubmissionError as error:  # no time is left for the other cases
            self._end(child)
            replies.append(error)
        finally:
            if not is_paused:
                self._spend(function.short, child, start)
        return replies, False

    def _answer_of(
        self, function: Function, frame: CaseFrame, reply: Reply | SubmissionError
    ) -> Answer | SubmissionError:
        """Return the outputs. If none of them can be used, return why the first one cannot."""
        if isinstance(reply, SubmissionError):
            return reply
        values: dict[str, Array | SubmissionError] = {}
        for output, shape, part, is_error in zip(
            function.outputs, frame.shapes, reply.parts, reply.errors, strict=True
        ):
            if is_error:
                values[output] = self._counted(output_error(bytes(part), output, shape))
            else:
                values[output] = np.ndarray(shape, "<f8", part)
        if values and all(reply.errors):
            return cast(SubmissionError, next(iter(values.values())))
        overwrote_earlier = bool(reply.flags & wire.OVERWROTE_EARLIER)
        return Answer(values, reply.seconds, overwrote_earlier)

    def _spend(self, which: str, child: Child, start: _Moment) -> _Moment:
        """Count the time since the start, except for a pause. Returns this moment.

        which: short name of the function, or IMPORT.
        """
        if self._is_pause(child, start):
            return _now(child)
        self.seconds_by_function[which] += time.monotonic() - start.wall
        return _now(child)

    def _is_pause(self, child: Child, start: _Moment) -> bool:
        """Was this no time of the submission's? If so, one more pause is excused."""
        seconds = time.monotonic() - start.wall
        if seconds < PAUSE_SECONDS or self.pauses == MAX_PAUSES:
            return False
        used = _now(child).cpu - start.cpu
        is_pause = 0 <= used < USED_SHARE * seconds
        self.pauses += is_pause
        return is_pause

    def _seconds_left(self, function: Function, calls: int = 1) -> float:
        """Return how long the next calls may take together.

        Raises SubmissionError if the function may not be called any more.
        """
        limits = self.limits
        if function.short in self.hung:
            raise SubmissionError(Message("after_time_out"), was_asked=False)
        if self.deaths[function.short] >= MAX_DEATHS:
            raise SubmissionError(Message("given_up", {"times": MAX_DEATHS}), was_asked=False)
        function_seconds = limits.function_seconds - self.seconds_by_function[function.short]
        left = min(function_seconds, self._submission_seconds_left())
        if left <= 0:
            raise SubmissionError(
                Message("time_used_up", {"seconds": limits.function_seconds}), was_asked=False
            )
        return min(left, calls * limits.call_seconds)

    def _submission_seconds_left(self) -> float:
        return self.limits.submission_seconds - sum(self.seconds_by_function.values())

    def _counted(self, error: SubmissionError) -> SubmissionError:
        """Return the error that a child reports, and count it if it makes no sense."""
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
            # Rounded down, so that it is true; whole, because a submission chooses what was left.
            waited = math.floor(seconds) if seconds >= 1 else round(seconds, 1)
            return SubmissionError(Message("timed_out", {"seconds": waited}))
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


def _now(child: Child) -> _Moment:
    try:
        return _Moment(time.monotonic(), child.clock())
    except OSError:  # it has ended: there is no clock any more
        return _Moment(time.monotonic(), -1.0)


def _receive(
    child: Child, form: ReplyForm, nonce: int, data: bytearray, deadline: float, more: int
) -> tuple[wire.ReplyHead, bytearray]:
    """Receive a whole reply, and return its head and its payload.

    data: what came with the reply before it. What comes with this one is left there: up to `more`
    bytes behind the head are received at once. Raises GarbledReply if it is none, and one of
    CHILD_GONE if none comes.
    """
    channel = child.channel
    if len(data) < wire.REPLY.size:
        data += channel.receive(wire.REPLY.size - len(data), deadline, more)
    head = reply_head(data, form, nonce)
    end = wire.REPLY.size + head.size
    if len(data) < end:
        data += channel.receive(end - len(data), deadline)
    payload = data[wire.REPLY.size : end]
    del data[:end]
    return head, payload


def _as_import_error(error: SubmissionError) -> SubmissionError:
    """Return the error of an import, with a message about the file instead of a function."""
    message = error.message
    if message.code in ("timed_out", "ended_early"):
        message = msgspec.structs.replace(message, code=message.code + "_at_import")
    return SubmissionError(message)
