"""The first process inside: it has numpy loaded and forks one confined child per program. It holds no secret.

Arguments: control socket, uid to become, grader's own file (which must not be visible), name of a listening socket (which must not be
reachable), layers to put on, folders that a child may read.
"""

import gc
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import confine
import numpy as np
import wire
from child import serve

real_print = print

CHANNEL = 3  # the child's only file descriptor beside /dev/null


def main() -> None:
    control_fd, uid, hidden_file, listening, layers, readable = sys.argv[1:]
    sys.argv[:], sys.orig_argv[:] = [], []  # they name the grader's own folder
    confine.drop_root(int(uid))
    confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
    confine.prctl(confine.PR_SET_DUMPABLE, 0)
    namespaces = try_namespaces(hidden_file, listening)
    warm_up()
    with socket.socket(fileno=int(control_fd)) as control:
        core, size = wire.START.unpack(control.recv(wire.START.size, socket.MSG_WAITALL))
        program = bytearray(size)
        wire.read_exactly(control.fileno(), program)
        if core >= 0:
            os.sched_setaffinity(0, {core})
        gc.collect()
        gc.freeze()
        control.sendall(wire.READY)
        forever(control, namespaces, layers.split(","), readable.split(":"), bytes(program))


def try_namespaces(hidden_file: str, listening: str) -> set[str]:
    """Which of the walls around this process hold. The host judges the third, "processes", by the pid it sees."""
    holding = set()
    if not os.path.lexists(hidden_file):
        holding.add("mounts")
    with socket.socket(socket.AF_UNIX) as outside:
        try:
            outside.connect("\0" + listening)
        except OSError:
            holding.add("network")
    return holding


def warm_up() -> None:
    """Pay once for what submissions commonly use: imports, the first matrix product, the first exponential."""
    import builtins
    import math  # noqa: F401
    import random  # noqa: F401
    import traceback  # noqa: F401

    import numpy.linalg  # noqa: F401

    if any(Path(folder, "past").is_dir() for folder in sys.path):
        import past.builtins  # noqa: F401
    vars(builtins).update(print=quiet_print)
    vars(builtins).update(exit=sys.exit, quit=sys.exit)  # as in any Python that was started with its site module
    square = np.ones((4, 4))
    np.exp(square @ square).sum(axis=0).max()


def quiet_print(*values: object, file: Any = None, **options: Any) -> None:
    """What goes to the standard output is seen by nobody: it is not even turned into text, so that a forgotten print costs no time
    and no operations."""
    if file is not None and file not in (sys.stdout, sys.stderr):
        real_print(*values, file=file, **options)


def forever(control: socket.socket, namespaces: set[str], layers: list[str], readable: list[str], program: bytes) -> None:
    while True:
        command, descriptors, _, _ = socket.recv_fds(control, wire.FORK.size, 1)
        if len(command) < wire.FORK.size:
            return
        letter, number, cpu_seconds = wire.FORK.unpack(command)
        if letter == b"F":
            pid = os.fork()
            if pid == 0:
                child(descriptors[0], namespaces, layers, readable, program, number, cpu_seconds)
            os.close(descriptors[0])
            control.sendall(wire.PID.pack(pid))
        else:
            control.sendall(wire.PID.pack(os.waitpid(number, 0)[1]))


def child(channel: int, namespaces: set[str], layers: list[str], readable: list[str], program: bytes, memory: int, cpu: int) -> None:
    """In the forked process: leave everything of the zygote behind, confine, serve one program. Never returns."""
    try:
        confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(channel, CHANNEL)
        null = os.open("/dev/null", os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.closerange(CHANNEL + 1, 1024)
        holding = namespaces | confine.confine(layers, readable, program, memory, cpu)
        bits = sum(1 << i for i, layer in enumerate(wire.LAYERS) if layer in holding)
        wire.write_all(CHANNEL, wire.HELLO.pack(bits))
        serve(CHANNEL)
    finally:
        os._exit(0)
