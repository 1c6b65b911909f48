"""The zygote as the host sees it: start it, have it fork children, learn how they ended, replace it when it is gone. Linux."""

import contextlib
import os
import select
import signal
import socket
import struct
import time

from grader.model import GraderError, Level
from grader.sandbox.channel import Channel
from grader.sandbox.children import START_SECONDS, CannotStart, cpu_clock, share_core
from grader.sandbox.inside import wire
from grader.sandbox.launch import Launched, launch
from grader.sandbox.seccomp import Filters, filters
from grader.sandbox.seccomp_notify import Watch

CREDENTIALS = struct.Struct("3i")  # pid, uid, gid, as SCM_CREDENTIALS carries them
DESCRIPTOR = struct.Struct("i")  # as SCM_RIGHTS carries it
GONE = (OSError, EOFError, struct.error)  # how it shows that the zygote is gone


class ForkedChild:
    """See grader.sandbox.children.Child. pid: as this machine counts it; inner: as the zygote does."""

    def __init__(
        self, zygote: "Zygote", channel: Channel, inner: int, pid: int, layers: frozenset[str]
    ) -> None:
        self.zygote, self.channel, self.inner, self.pid, self.layers = (
            zygote,
            channel,
            inner,
            pid,
            layers,
        )
        self.start = zygote.starts
        self.pidfd = os.pidfd_open(pid)

    def clock(self) -> float:
        return cpu_clock(self.pid)

    def end(self, patience: float = 0.0) -> int | None:
        """None where the zygote is gone too."""
        self.channel.close()
        if not select.select([self.pidfd], [], [], patience)[0]:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        os.close(self.pidfd)
        return self.zygote.reap(self)


class Zygote:
    """See grader.sandbox.children.Starter."""

    def __init__(
        self, level: Level, commands: list[list[str]], launched: Launched | None = None
    ) -> None:
        """commands: ways to start it, in the order in which they are tried; launched: one that is on its way already."""
        self.level, self.commands, self.launched = level, commands, launched
        self.is_ready = False
        self.starts = 0
        self.filters: Filters | None = None

    def ready(self) -> None:
        """Wait until the zygote can fork."""
        if self.is_ready:
            return
        self.filters = self.filters or filters()
        trouble = CannotStart("bubblewrap", "it is not installed")
        for command in self.commands:
            try:
                self.launched = self.launched or launch(command)
                self.greet(self.launched)
                return
            except OSError as error:
                trouble = CannotStart(
                    "bubblewrap" if self.level == "full" else "user",
                    self.last_words() or str(error),
                )
                self.close()
        raise trouble

    def greet(self, launched: Launched) -> None:
        assert self.filters is not None
        programs = self.filters.tell, self.filters.refuse, self.filters.allow
        launched.control.settimeout(START_SECONDS)
        launched.control.sendall(
            wire.START.pack(share_core(), self.filters.call, *map(len, programs))
            + b"".join(programs)
        )
        if launched.control.recv(1) != wire.READY:
            raise OSError("the zygote ended before it was ready")
        launched.listening.close()
        self.is_ready = True
        self.starts += 1

    def last_words(self) -> str:
        if self.launched is None or not select.select([self.launched.errors], [], [], 0.5)[0]:
            return ""
        lines = os.read(self.launched.errors, 4096).decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def child(self, memory: int, cpu_seconds: int) -> ForkedChild:
        """A zygote that is gone is replaced, once."""
        self.ready()
        try:
            return self.fork(memory, cpu_seconds)
        except GONE:
            self.close()
        try:
            self.ready()
            return self.fork(memory, cpu_seconds)
        except (*GONE, CannotStart) as error:
            self.close()
            raise GraderError(
                f"The sandbox cannot start a process ({error}): run it again, and report this if it stays."
            ) from None

    def fork(self, memory: int, cpu_seconds: int) -> ForkedChild:
        assert self.launched is not None
        line, theirs = socket.socketpair()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        channel = Channel(line)
        try:
            with theirs:
                socket.send_fds(
                    self.launched.control,
                    [wire.FORK.pack(b"F", memory, cpu_seconds)],
                    [theirs.fileno()],
                )
                (inner,) = wire.PID.unpack(
                    self.launched.control.recv(wire.PID.size, socket.MSG_WAITALL)
                )
            deadline = time.monotonic() + START_SECONDS
            channel.wait(deadline)
            pid, channel.watch = self.first_words(line)
            layers = wire.layers_of(channel.receive(wire.HELLO.size, deadline))
            if pid != inner:
                layers.add("processes")
            return ForkedChild(self, channel, inner, pid, frozenset(layers))
        except BaseException:
            channel.close()
            raise

    def first_words(self, line: socket.socket) -> tuple[int, Watch | None]:
        """The child's pid, by the kernel's word and in our own count, and where its refused calls can be heard."""
        assert self.filters is not None
        space = socket.CMSG_SPACE(CREDENTIALS.size) + socket.CMSG_SPACE(DESCRIPTOR.size)
        _, ancillary, _, _ = line.recvmsg(1, space, socket.MSG_CMSG_CLOEXEC)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        kinds = {kind: data for _, kind, data in ancillary}
        if socket.SCM_CREDENTIALS not in kinds:
            raise OSError("the child ended before it could speak")
        heard = kinds.get(socket.SCM_RIGHTS)
        watch = Watch(DESCRIPTOR.unpack(heard)[0], self.filters.kinds) if heard else None
        return CREDENTIALS.unpack(kinds[socket.SCM_CREDENTIALS])[0], watch

    def reap(self, child: ForkedChild) -> int | None:
        if self.launched is None or child.start != self.starts:
            return None
        try:
            self.launched.control.sendall(wire.REAP.pack(b"W", child.inner, 0))
            (status,) = wire.PID.unpack(
                self.launched.control.recv(wire.PID.size, socket.MSG_WAITALL)
            )
            return os.waitstatus_to_exitcode(status)
        except (OSError, struct.error):
            self.close()
            return None

    def close(self) -> None:
        if self.launched is None:
            return
        for held in (self.launched.control, self.launched.listening):
            held.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(
                self.launched.pid, signal.SIGKILL
            )  # it is the parent of all inside: they die with it
        os.waitpid(self.launched.pid, 0)
        os.close(self.launched.errors)
        self.launched, self.is_ready = None, False
