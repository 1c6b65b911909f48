"""Sending to and receiving from a child that may stall, lie or die, within a deadline."""

import select
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Linux only
    from grader.sandbox.seccomp_notify import Watch

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

    def receive(self, size: int, deadline: float, more: int = 0) -> bytearray:
        """Exactly `size` bytes, and up to `more` that came with them. Raises EOFError where the child closed its end."""
        data, come = bytearray(size + more), 0
        view = memoryview(data)
        while come < size:
            self.wait(deadline)
            count = self.line.recv_into(view[come:])
            if count == 0:
                raise EOFError
            come += count
        view.release()
        del data[come:]
        return data

    def wait(self, deadline: float, sending: bool = False) -> None:
        """Until the line is ready. A child that waits for the answer to a refused call gets it meanwhile."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            line = [self.line.fileno()]
            heard = [self.watch.fileno()] if self.watch is not None and self.watch.is_open else []
            readable, writable, _ = select.select(
                heard if sending else line + heard, line if sending else [], [], left
            )
            if line[0] in readable or writable:
                return
            if readable and self.watch is not None:
                self.watch.answer()

    def close(self) -> None:
        self.line.close()
        if self.watch is not None:
            self.watch.close()
