"""Level none: a fresh interpreter for every program, over the same wire. Works on any system, and walls in nothing."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time

from grader.model import GraderError, Level
from grader.sandbox.channel import Channel
from grader.sandbox.children import START_SECONDS, CannotStart, cpu_clock, share_core
from grader.sandbox.inside import wire
from grader.sandbox.interpreter import FLAGS, HERE, NOBODY, plain_environment

KEY = 32  # random bytes by which the host knows its own child on loopback, where anyone may call


class FreshChild:
    """See grader.sandbox.children.Child."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", channel: Channel, layers: frozenset[str]
    ) -> None:
        self.process, self.channel, self.layers = process, channel, layers

    def clock(self) -> float:
        return cpu_clock(self.process.pid)

    def end(self, patience: float = 0.0) -> int | None:
        self.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(patience)
        self.process.kill()
        return self.process.wait()


class FreshInterpreters:
    """See grader.sandbox.children.Starter."""

    level: Level = "none"
    starts = 1

    def child(self, memory: int, cpu_seconds: int) -> FreshChild:
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryFile() as errors:
            arguments = NOBODY, server.getsockname()[1], share_core(), memory, cpu_seconds
            command = [
                sys.executable,
                *FLAGS,
                os.path.join(HERE, "inside", "alone.py"),
                *map(str, arguments),
            ]
            process = subprocess.Popen(  # noqa: S603  (this very Python, and numbers of ours)
                command,
                env=plain_environment(),
                cwd=os.path.abspath(os.sep),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            deadline = time.monotonic() + START_SECONDS
            channel = connected(server, process, deadline)
            if channel is None:
                process.kill()
                process.wait()
                errors.seek(0)
                words = errors.read().decode("utf-8", "replace").strip().splitlines()
                raise CannotStart("user", words[-1] if words else "its Python does not start")
        try:
            layers = wire.layers_of(channel.receive(wire.HELLO.size, deadline))
        except (OSError, EOFError) as error:
            FreshChild(process, channel, frozenset()).end()
            raise GraderError(
                f"Python ended before it could load a file ({error}): run it again, and report this if it stays."
            ) from None
        return FreshChild(process, channel, frozenset(layers))

    def close(self) -> None:
        """There is nothing that serves."""


def connected(
    server: socket.socket, process: "subprocess.Popen[bytes]", deadline: float
) -> Channel | None:
    """The child's channel: whoever calls and knows the key that only the child was given. None where the process ends before it calls."""
    key = os.urandom(KEY)
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin:
        process.stdin.write(key)
    server.settimeout(0.05)
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, EOFError):
            line, _ = server.accept()
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            channel = Channel(line)
            if channel.receive(KEY, time.monotonic() + 1.0) == key:
                return channel
            channel.close()
    return None
