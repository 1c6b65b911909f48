"""Level none: a fresh interpreter for every program, over the same wire.

Works on any system, and isolates nothing.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import IO

from grader.model import GraderError, Level
from grader.sandbox.channel import Channel
from grader.sandbox.children import START_SECONDS, StartError, cpu_clock, share_core
from grader.sandbox.inside import wire
from grader.sandbox.interpreter import FLAGS, HERE, NO_MODULES, NOBODY, Modules, plain_environment

KEY_SIZE = 32  # random bytes that identify our own child on loopback, where anyone may connect


class FreshInterpreters:
    """See grader.sandbox.children.Starter."""

    level: Level = "none"
    starts = 1

    def __init__(self, modules: Modules = NO_MODULES) -> None:
        self.modules = modules

    def child(self, memory: int, cpu_seconds: int) -> "_FreshChild":
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryFile() as errors:
            port = server.getsockname()[1]
            process = _start_interpreter(port, memory, cpu_seconds, errors, self.modules)
            deadline = time.monotonic() + START_SECONDS
            channel = _accept(server, process, deadline)
            if channel is None:
                process.kill()
                process.wait()
                errors.seek(0)
                lines = errors.read().decode("utf-8", "replace").strip().splitlines()
                raise StartError("user", lines[-1] if lines else "its Python does not start")
        try:
            layers = wire.layers_of(channel.receive(wire.HELLO.size, deadline))
        except (OSError, EOFError) as error:
            _FreshChild(process, channel, frozenset()).end()
            raise GraderError(
                f"Python ended before it could load a file ({error}): run it again, and report "
                "this if it happens again."
            ) from None
        return _FreshChild(process, channel, frozenset(layers))

    def close(self) -> None:
        """Nothing to do: no process serves the children."""


class _FreshChild:
    """See grader.sandbox.children.Child."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", channel: Channel, layers: frozenset[str]
    ) -> None:
        self.process, self.channel, self.layers = process, channel, layers

    def clock(self) -> float:
        return cpu_clock(self.process.pid)

    def interrupt(self) -> None:
        """Windows has no such signal: there, nothing happens."""
        if sys.platform != "win32":
            self.process.send_signal(signal.SIGINT)

    def end(self, patience: float = 0.0) -> int | None:
        self.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(patience)
        self.process.kill()
        return self.process.wait()


def _start_interpreter(
    port: int, memory: int, cpu_seconds: int, errors: IO[bytes], modules: Modules
) -> "subprocess.Popen[bytes]":
    script = os.path.join(HERE, "inside", "standalone.py")
    arguments = map(str, (NOBODY, port, share_core(), memory, cpu_seconds))
    return subprocess.Popen(  # noqa: S603  (this very Python, and numbers of ours)
        [sys.executable, *FLAGS, script, *arguments, modules.argument],
        env=plain_environment(modules),
        cwd=os.path.abspath(os.sep),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )


def _accept(
    server: socket.socket, process: "subprocess.Popen[bytes]", deadline: float
) -> Channel | None:
    """Wait until the child connects, and return its channel.

    The child proves itself by a key on its standard input, which no other process can read.
    Returns None if the child ends before it connects, or at the deadline.
    """
    key = os.urandom(KEY_SIZE)
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin:
        process.stdin.write(key)
    server.settimeout(0.05)
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, EOFError):
            line, _ = server.accept()
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            channel = Channel(line)
            if channel.receive(KEY_SIZE, time.monotonic() + 1.0) == key:
                return channel
            channel.close()
    return None
