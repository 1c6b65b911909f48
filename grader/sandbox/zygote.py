"""The host's side of the zygote. Linux.

The host starts it, has it fork children, learns how they ended, and replaces it when it has died.
"""

import contextlib
import os
import select
import signal
import socket
import struct
import time

from grader.model import GraderError, Level
from grader.sandbox.channel import Channel
from grader.sandbox.children import START_SECONDS, StartError, cpu_clock, share_core
from grader.sandbox.inside import wire
from grader.sandbox.launch import Launched, launch
from grader.sandbox.seccomp import Filters, load_filters
from grader.sandbox.seccomp_notify import NotificationListener

CREDENTIALS = struct.Struct("3i")  # pid, uid, gid, as SCM_CREDENTIALS carries them
DESCRIPTOR = struct.Struct("i")  # as SCM_RIGHTS carries it
ZYGOTE_GONE = (OSError, EOFError, struct.error)  # what talking to a dead zygote raises


class Zygote:
    """See grader.sandbox.children.Starter."""

    def __init__(
        self, level: Level, commands: list[list[str]], launched: Launched | None = None
    ) -> None:
        self.level = level
        self.commands = commands  # ways to start it, in the order in which they are tried
        self.launched = launched  # the running one, or one that has been started already
        self.is_ready = False
        self.starts = 0
        self.filters: Filters | None = None

    def child(self, memory: int, cpu_seconds: int) -> "ForkedChild":
        """Fork a child. A zygote that has died is replaced, once. See Starter for the errors."""
        self._ready()
        try:
            return self._fork(memory, cpu_seconds)
        except ZYGOTE_GONE:
            self.close()
        try:
            self._ready()
            return self._fork(memory, cpu_seconds)
        except (*ZYGOTE_GONE, StartError) as error:
            self.close()
            raise GraderError(
                f"The sandbox cannot start a process ({error}): run it again, and report this if "
                "it happens again."
            ) from None

    def _ready(self) -> None:
        """Wait until the zygote can fork, and start it if necessary. Raises StartError."""
        if self.is_ready:
            return
        self.filters = self.filters or load_filters()
        failure = StartError("bubblewrap", "it is not installed")
        for command in self.commands:
            try:
                self.launched = self.launched or launch(command)
                self._handshake(self.launched, self.filters)
                return
            except OSError as error:
                layer = "bubblewrap" if self.level == "full" else "user"
                failure = StartError(layer, self._startup_error() or str(error))
                self.close()
        raise failure

    def _handshake(self, launched: Launched, filters: Filters) -> None:
        """Send the zygote what it needs to know, and wait for its answer."""
        programs = filters.notify, filters.refuse, filters.allow
        start = wire.START.pack(share_core(), filters.call, *map(len, programs))
        launched.control.settimeout(START_SECONDS)
        launched.control.sendall(start + b"".join(programs))
        if launched.control.recv(1) != wire.READY:
            raise OSError("the zygote ended before it was ready")
        launched.listening.close()
        self.is_ready = True
        self.starts += 1

    def _startup_error(self) -> str:
        """Return the last line that a zygote wrote before it ended; empty if there is none."""
        if self.launched is None or not select.select([self.launched.errors], [], [], 0.5)[0]:
            return ""
        lines = os.read(self.launched.errors, 4096).decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _fork(self, memory: int, cpu_seconds: int) -> "ForkedChild":
        assert self.launched is not None
        control = self.launched.control
        line, child_line = socket.socketpair()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        channel = Channel(line)
        try:
            with child_line:
                command = wire.FORK.pack(b"F", memory, cpu_seconds)
                socket.send_fds(control, [command], [child_line.fileno()])
                (inner_pid,) = wire.PID.unpack(control.recv(wire.PID.size, socket.MSG_WAITALL))
            deadline = time.monotonic() + START_SECONDS
            channel.wait(deadline)
            pid, channel.listener = self._receive_listener(line)
            layers = wire.layers_of(channel.receive(wire.HELLO.size, deadline))
            # Two namespaces may happen to give a process the same number.
            if pid != inner_pid or has_namespace_of_its_own(pid):
                layers.add("processes")
            return ForkedChild(self, channel, inner_pid, pid, frozenset(layers))
        except BaseException:
            channel.close()
            raise

    def _receive_listener(self, line: socket.socket) -> tuple[int, NotificationListener | None]:
        """Receive a child's first message.

        Returns its pid as this machine counts it, which the kernel vouches for, and the listener
        for its forbidden calls, or None if the child could not install one.
        """
        assert self.filters is not None
        space = socket.CMSG_SPACE(CREDENTIALS.size) + socket.CMSG_SPACE(DESCRIPTOR.size)
        _, ancillary, _, _ = line.recvmsg(1, space, socket.MSG_CMSG_CLOEXEC)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        messages = {kind: data for _, kind, data in ancillary}
        if socket.SCM_CREDENTIALS not in messages:
            raise OSError("the child ended before it could speak")
        pid, _uid, _gid = CREDENTIALS.unpack(messages[socket.SCM_CREDENTIALS])
        if socket.SCM_RIGHTS not in messages:
            return pid, None
        (descriptor,) = DESCRIPTOR.unpack(messages[socket.SCM_RIGHTS])
        return pid, NotificationListener(descriptor, self.filters.kinds)

    def reap(self, child: "ForkedChild") -> int | None:
        """Return how a child ended, or None if its zygote has died."""
        if self.launched is None or child.start != self.starts:
            return None
        control = self.launched.control
        try:
            control.sendall(wire.REAP.pack(b"W", child.inner_pid, 0))
            (status,) = wire.PID.unpack(control.recv(wire.PID.size, socket.MSG_WAITALL))
            return os.waitstatus_to_exitcode(status)
        except (OSError, struct.error):
            self.close()
            return None

    def close(self) -> None:
        if self.launched is None:
            return
        self.launched.control.close()
        self.launched.listening.close()
        with contextlib.suppress(ProcessLookupError):
            # All processes inside are descendants of bubblewrap, and die with it.
            os.kill(self.launched.pid, signal.SIGKILL)
        os.waitpid(self.launched.pid, 0)
        os.close(self.launched.errors)
        self.launched, self.is_ready = None, False


def has_namespace_of_its_own(pid: int) -> bool:
    """Whether a process has a pid in a namespace below this one, too."""
    with open(f"/proc/{pid}/status", "rb") as status:
        pids = next((line for line in status if line.startswith(b"NSpid:")), b"")
    return len(pids.split()) > 2


class ForkedChild:
    """See grader.sandbox.children.Child."""

    def __init__(
        self, zygote: Zygote, channel: Channel, inner_pid: int, pid: int, layers: frozenset[str]
    ) -> None:
        self.zygote, self.channel, self.layers = zygote, channel, layers
        self.start = zygote.starts  # which of the zygotes forked it
        self.inner_pid = inner_pid  # as the zygote counts it
        self.pid = pid  # as this machine counts it
        self.pidfd = os.pidfd_open(pid)

    def clock(self) -> float:
        return cpu_clock(self.pid)

    def interrupt(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGINT)

    def end(self, patience: float = 0.0) -> int | None:
        """See Child.end. Also returns None if the zygote has died."""
        if patience:
            self.channel.close()  # then it may end by itself
        if not patience or not select.select([self.pidfd], [], [], patience)[0]:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        self.channel.close()
        os.close(self.pidfd)
        return self.zygote.reap(self)
