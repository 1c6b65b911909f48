"""Sending to and receiving from a child that may stall, lie or die, within a deadline."""

import select
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Linux only
    from grader.sandbox.watch import Watch

Buffer = bytes | bytearray | memoryview


class Channel:
    """A socket to a child, and what it tries meanwhile that it is refused. All methods raise TimeoutError at the deadline, in
    time.monotonic(), and OSError where the child is gone."""

    def __init__(self, line: socket.socket, watch: "Watch | None" = None) -> None:
        self.line, self.watch = line, watch
        line.setblocking(False)

    def send(self, buffers: Sequence[Buffer], deadline: float) -> None:
        view = memoryview(b"".join(buffers))
        while len(view):
            self.wait(deadline, sending=True)
            view = view[self.line.send(view) :]

    def receive(self, size: int, deadline: float) -> bytearray:
        """Exactly `size` bytes. Raises EOFError where the child closed its end."""
        data = bytearray(size)
        view = memoryview(data)
        while len(view):
            self.wait(deadline)
            count = self.line.recv_into(view)
            if count == 0:
                raise EOFError
            view = view[count:]
        return data

    def wait(self, deadline: float, sending: bool = False) -> None:
        """Until the line is ready. A child that waits for the answer to a refused call gets it meanwhile."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            line = [self.line.fileno()]
            heard = [self.watch.fileno()] if self.watch is not None and self.watch.is_open else []
            readable, writable, _ = select.select(heard if sending else line + heard, line if sending else [], [], left)
            if line[0] in readable or writable:
                return
            if readable and self.watch is not None:
                self.watch.answer()

    def close(self) -> None:
        self.line.close()
        if self.watch is not None:
            self.watch.close()
