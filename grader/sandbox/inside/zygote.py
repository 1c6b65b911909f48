"""The first process inside: it has numpy loaded, and forks one confined child per program.

It holds no secret. Arguments: control socket, uid to become, the grader's own file (which must not
be visible), name of a listening socket (which must not be reachable), layers to put on, folders
that a child may read, modules to import (names, a colon, names of those that may fail).
"""

import gc
import os
import signal
import socket
import sys

import confine
import limits
import wire
from child import serve
from prepare import prepare
from warm_up import warm_up

CHANNEL = 3  # the child's only file descriptor beside /dev/null


def main() -> None:
    control_fd, uid, hidden_file, listening, layers, readable, modules = sys.argv[1:]
    limits.drop_root(int(uid))
    confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
    confine.prctl(confine.PR_SET_DUMPABLE, 0)
    namespaces = _try_namespaces(hidden_file, listening)
    prepare(modules)
    warm_up()
    # Children share these objects and never collect them. Done before the host asks for anything,
    # while it is still loading its own modules.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(control_fd)) as control:
        core, call, *sizes = wire.START.unpack(control.recv(wire.START.size, socket.MSG_WAITALL))
        filters = [control.recv(size, socket.MSG_WAITALL) for size in sizes]
        walls = confine.Walls(
            frozenset(layers.split(",")),
            _landlock_rules(readable.split(":")) if "landlock" in layers.split(",") else None,
            confine.Filters(call, *filters),
        )
        if core >= 0:
            os.sched_setaffinity(0, {core})
        control.sendall(wire.READY)
        _serve_commands(control, namespaces, walls)


def _landlock_rules(readable: list[str]) -> int | None:
    """Return the descriptor of the rules that children put on; None if this system has none."""
    try:
        ruleset = confine.landlock_rules(readable)
    except OSError:
        return None
    while ruleset <= CHANNEL:  # in a child, these are the standard streams and the channel
        ruleset = os.dup(ruleset)
    return ruleset


def _try_namespaces(hidden_file: str, listening: str) -> set[str]:
    """Return the layers that the namespaces around this process provide.

    The host judges a third one, "processes", by the pid that this process sees.
    """
    holding = set()
    if not os.path.lexists(hidden_file):
        holding.add("mounts")
    with socket.socket(socket.AF_UNIX) as outside:
        try:
            outside.connect("\0" + listening)
        except OSError:
            holding.add("network")
    return holding


def _serve_commands(control: socket.socket, namespaces: set[str], walls: confine.Walls) -> None:
    """Fork and reap as the host asks, until it closes the control socket."""
    while True:
        command, descriptors, _, _ = socket.recv_fds(control, wire.FORK.size, 1)
        if len(command) < wire.FORK.size:
            return
        # number: memory in bytes to fork with, or the pid to reap
        letter, number, cpu_seconds = wire.FORK.unpack(command)
        if letter == b"F":
            pid = os.fork()
            if pid == 0:
                _run_child(descriptors[0], namespaces, walls, number, cpu_seconds)
            os.close(descriptors[0])
            control.sendall(wire.PID.pack(pid))
        else:
            control.sendall(wire.PID.pack(os.waitpid(number, 0)[1]))


def _run_child(
    channel_fd: int, namespaces: set[str], walls: confine.Walls, memory: int, cpu_seconds: int
) -> None:
    """Leave everything of the zygote behind, confine this process, and serve one program.

    Runs in the forked process. Never returns.
    """
    try:
        confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(channel_fd, CHANNEL)
        null = os.open("/dev/null", os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        kept = CHANNEL if walls.ruleset is None else walls.ruleset
        os.closerange(CHANNEL + 1, kept)
        os.closerange(kept + 1, 1024)
        holding = namespaces | confine.confine(walls, memory, cpu_seconds, _send_listener)
        channel = open(CHANNEL, "r+b", buffering=0)  # noqa: SIM115  (open as long as this process)
        wire.write_all(channel, wire.layer_bits(holding))
        serve(channel)
    finally:
        os._exit(0)


def _send_listener(listener: int | None) -> None:
    """Send the descriptor to the host, and close it in this process."""
    with socket.socket(fileno=os.dup(CHANNEL)) as channel:
        if listener is None:
            channel.sendall(wire.NO_LISTENER)
        else:
            socket.send_fds(channel, [wire.LISTENER], [listener])
            os.close(listener)
