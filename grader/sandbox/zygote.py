"""The zygote as the host sees it: start it, have it fork children, learn how they ended, replace it when it is gone."""

import contextlib
import os
import select
import signal
import socket
import struct
from typing import NamedTuple

from grader.model import GraderFault, Level
from grader.sandbox.inside import wire
from grader.sandbox.launch import Launched, bwraps, launch, sandbox_command
from grader.sandbox.seccomp import seccomp_program

START_SECONDS = 30.0  # numpy from a cold disk can take many seconds
CREDENTIALS = struct.Struct("3i")  # pid, uid, gid, as SCM_CREDENTIALS carries them
CURES = {
    "mounts": "start it through bubblewrap with a file system of its own",
    "network": "allow network namespaces on this machine",
    "processes": "allow process namespaces on this machine",
    "limits": "allow setrlimit on this machine",
    "no_new_privs": "use Linux 3.5 or later",
    "landlock": "use Linux 5.13 or later with Landlock switched on (lsm=landlock,... on the kernel's command line)",
    "seccomp": "use a kernel with seccomp filters, and install libseccomp (Debian, Ubuntu: libseccomp2)",
}


class Child(NamedTuple):
    """A confined process. pid: as this machine counts it; inner: as the zygote does; layers: those that hold."""

    channel: socket.socket
    inner: int
    pid: int
    pidfd: int
    layers: frozenset[str]


class Zygote:
    """One zygote and its children. Not for several threads."""

    def __init__(self, launched: Launched | None = None, command: list[str] | None = None) -> None:
        """launched: one that is on its way already; command: another command line than the usual (tests take layers away)."""
        self.command = command
        self.launched = launched
        self.is_ready = False
        self.starts = 0
        # One core for host and children: a child is then off it whenever the host reads its clock. From another core that clock is
        # stale until the child next blocks, and reads 0 for whole calls.
        cores = sorted(os.sched_getaffinity(0))
        self.core = cores[os.getpid() % len(cores)]

    def ready(self) -> None:
        """Wait until the zygote can fork. Raises GraderFault where no bubblewrap starts."""
        if self.is_ready:
            return
        problem = "bubblewrap is not installed"
        commands = [self.command] if self.command else [sandbox_command(path) for path in bwraps()]
        for command in commands:
            try:
                self.launched = self.launched or launch(command)
                self.greet(self.launched)
                return
            except OSError as error:
                problem = self.last_words() or str(error)
                self.close()
        raise GraderFault(
            f"The full sandbox cannot start, its layer bubblewrap fails ({problem}): "
            "install bubblewrap and allow user namespaces (Debian, Ubuntu: apt install bubblewrap)."
        )

    def greet(self, launched: Launched) -> None:
        program = seccomp_program()
        launched.control.settimeout(START_SECONDS)
        launched.control.sendall(wire.START.pack(self.core, len(program)) + program)
        if launched.control.recv(1) != wire.READY:
            raise OSError("the zygote ended before it was ready")
        launched.listening.close()
        os.sched_setaffinity(0, {self.core})
        self.is_ready = True
        self.starts += 1

    def last_words(self) -> str:
        if self.launched is None or not select.select([self.launched.errors], [], [], 0.5)[0]:
            return ""
        lines = os.read(self.launched.errors, 4096).decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def fork(self, memory: int, cpu_seconds: int) -> Child:
        """A fresh child. A zygote that is gone is replaced, once. Raises GraderFault."""
        self.ready()
        try:
            return self.try_to_fork(memory, cpu_seconds)
        except (OSError, struct.error):
            self.close()
        self.ready()
        try:
            return self.try_to_fork(memory, cpu_seconds)
        except (OSError, struct.error) as error:
            self.close()
            raise GraderFault(f"The sandbox cannot start a process ({error}): run it again, and report this if it stays.") from None

    def try_to_fork(self, memory: int, cpu_seconds: int) -> Child:
        assert self.launched is not None
        channel, theirs = socket.socketpair()
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        try:
            with theirs:
                socket.send_fds(self.launched.control, [wire.FORK.pack(b"F", memory, cpu_seconds)], [theirs.fileno()])
                (inner,) = wire.PID.unpack(self.launched.control.recv(wire.PID.size, socket.MSG_WAITALL))
            channel.settimeout(START_SECONDS)
            hello, ancillary, _, _ = channel.recvmsg(wire.HELLO.size, socket.CMSG_SPACE(CREDENTIALS.size))
            (bits,) = wire.HELLO.unpack(hello)
            pid = CREDENTIALS.unpack(ancillary[0][2])[0]  # the kernel's word, in our own count
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
            layers = {layer for i, layer in enumerate(wire.LAYERS) if bits >> i & 1}
            if pid != inner:
                layers.add("processes")
            return Child(channel, inner, pid, os.pidfd_open(pid), frozenset(layers))
        except BaseException:
            channel.close()
            raise

    def reap(self, child: Child) -> int | None:
        """How a child ended that is dead or dying, as waitpid tells it. None where the zygote is gone too; it is then replaced."""
        if self.launched is None:
            return None
        try:
            self.launched.control.sendall(wire.FORK.pack(b"W", child.inner, 0))
            (status,) = wire.PID.unpack(self.launched.control.recv(wire.PID.size, socket.MSG_WAITALL))
            return int(status)
        except (OSError, struct.error):
            self.close()
            return None

    def close(self) -> None:
        if self.launched is None:
            return
        for held in (self.launched.control, self.launched.listening):
            held.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.launched.pid, signal.SIGKILL)  # bubblewrap is the parent of all inside: they die with it
        os.waitpid(self.launched.pid, 0)
        os.close(self.launched.errors)
        self.launched, self.is_ready = None, False


def level_of(layers: frozenset[str]) -> Level:
    """full: all layers; confined: those that a child puts on itself; none: anything less."""
    if layers >= set(wire.LAYERS):
        return "full"
    return "confined" if layers >= {"limits", "no_new_privs", "landlock", "seccomp"} else "none"


def require_full(layers: frozenset[str]) -> None:
    """Raises GraderFault with the first layer that is missing, and its cure."""
    for layer in wire.LAYERS:
        if layer not in layers:
            raise GraderFault(f"The full sandbox cannot start, its layer {layer} does not hold: {CURES[layer]}.")
