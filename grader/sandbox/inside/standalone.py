"""Serve one program in an interpreter of its own, where no zygote can confine its children.

This is level none. It works on any system. Arguments: the uid to become if this is root, the port
of the host on loopback, the core to run on (-1: any), memory in bytes, CPU seconds, and modules to
import, see zygote.py. Standard input: the key that proves to the host that the caller is its own
child.
"""

import contextlib
import os
import socket
import sys

import limits
import wire
from child import serve
from prepare import prepare


def main() -> None:
    *numbers, modules = sys.argv[1:]
    uid, port, core, memory, cpu_seconds = map(int, numbers)
    key = sys.stdin.buffer.read()
    limits.drop_root(uid)
    if core >= 0 and sys.platform == "linux":
        os.sched_setaffinity(0, {core})
    prepare(modules)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(key)
        channel = connection.makefile("rwb", buffering=0)
        _silence_standard_streams()
        holding = {"user"} if limits.is_ordinary() else set()
        # A limit that this system does not let us set does not hold: the trial below says so.
        with contextlib.suppress(OSError, ValueError):
            limits.limit(memory, cpu_seconds)
        if limits.limits_hold(memory):
            holding.add("limits")
        wire.write_all(channel, wire.layer_bits(holding))
        serve(channel)


def _silence_standard_streams() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)


try:
    main()
except (EOFError, ConnectionError):  # the host has closed the connection: it needs no more
    os._exit(0)
