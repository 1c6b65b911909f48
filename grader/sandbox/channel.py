"""Sending to and receiving from a child that may stall, lie or die, within a deadline."""

import socket
import time
from collections.abc import Sequence

from grader.sandbox.inside.wire import drop

Buffer = bytes | bytearray | memoryview


def send(channel: socket.socket, buffers: Sequence[Buffer], deadline: float) -> None:
    """deadline: in time.monotonic(). Raises TimeoutError, or OSError where the child is gone."""
    views = [memoryview(buffer).cast("B") for buffer in buffers if len(buffer)]
    while views:
        drop(views, wait(channel, deadline).sendmsg(views))


def receive(channel: socket.socket, size: int, deadline: float) -> bytearray:
    """Exactly `size` bytes. Raises TimeoutError, EOFError where the child closed its end, or OSError."""
    data = bytearray(size)
    view = memoryview(data)
    while len(view):
        count = wait(channel, deadline).recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return data


def wait(channel: socket.socket, deadline: float) -> socket.socket:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    channel.settimeout(left)
    return channel
