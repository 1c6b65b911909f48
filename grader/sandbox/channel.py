"""Exchange bytes, within a deadline, with a child that may stall, lie or die."""

import select
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Linux only
    from grader.sandbox.seccomp_notify import NotificationListener

Buffer = bytes | bytearray | memoryview


class Channel:
    """A socket to a child, and the listener that refuses its forbidden system calls meanwhile.

    All methods raise TimeoutError at the deadline, which is a time of time.monotonic(), and OSError
    if the child is gone.
    """

    def __init__(self, line: socket.socket, listener: "NotificationListener | None" = None) -> None:
        self.line, self.listener = line, listener
        line.setblocking(False)

    def send(self, buffers: Sequence[Buffer], deadline: float) -> None:
        view = memoryview(b"".join(buffers))
        while len(view):
            try:
                view = view[self.line.send(view) :]
            except BlockingIOError:
                self.wait(deadline, is_sending=True)

    def receive(self, size: int, deadline: float, more: int = 0) -> bytearray:
        """Return exactly `size` bytes, and up to `more` that arrived with them.

        Raises EOFError if the child closes its end before.
        """
        data, received = bytearray(size + more), 0
        view = memoryview(data)
        while received < size:
            self.wait(deadline)
            count = self.line.recv_into(view[received:])
            if count == 0:
                raise EOFError
            received += count
        view.release()
        del data[received:]
        return data

    def wait(self, deadline: float, is_sending: bool = False) -> None:
        """Wait until the line is ready.

        Meanwhile, answers a child that is blocked in a forbidden system call.
        """
        line = [self.line.fileno()]
        while True:
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                raise TimeoutError
            listener = self.listener
            notified = [listener.fileno()] if listener is not None and listener.is_open else []
            readers, writers = (notified, line) if is_sending else (line + notified, [])
            readable, writable, _ = select.select(readers, writers, [], seconds)
            if line[0] in readable or writable:
                return
            if readable and listener is not None:
                listener.refuse_one()

    def close(self) -> None:
        self.line.close()
        if self.listener is not None:
            self.listener.close()
