"""An interpreter of its own for one program, where no zygote can wall its children in (level none). It works on any system.

Arguments: uid to become where this is root, port of the host on loopback, core to run on (-1: any), memory in bytes, CPU seconds.
On the standard input: the key that tells the host whom it speaks to.
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
    uid, port, core, memory, cpu_seconds = map(int, sys.argv[1:])
    key = sys.stdin.buffer.read()
    limits.drop_root(uid)
    if core >= 0 and sys.platform == "linux":
        os.sched_setaffinity(0, {core})
    prepare()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(key)
        channel = connection.makefile("rwb", buffering=0)
        silence()
        holding = {"user"} if limits.is_ordinary() else set()
        with contextlib.suppress(
            OSError, ValueError
        ):  # what a system does not let us set does not hold, as the trial tells
            limits.limit(memory, cpu_seconds)
        if limits.limits_hold(memory):
            holding.add("limits")
        wire.write_all(channel, wire.layer_bits(holding))
        serve(channel)


def silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)


try:
    main()
except (EOFError, ConnectionError):  # the host has heard enough
    os._exit(0)
