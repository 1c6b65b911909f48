"""Takes from a process what any Unix can take: the rights of root, and resources.

Standard library only. Other systems offer less of this.
"""

import mmap
import os
import sys

if sys.platform != "win32":
    import resource  # here, so that the zygote loads it once and no child has to

UNREADABLE = "an ordinary user cannot read"  # the doctor recognizes the error by these words


def drop_root(uid: int) -> None:
    """Become an ordinary user, for good.

    Exits with one line on standard error if that user cannot read this very Python.
    """
    if sys.platform == "win32" or os.getuid() != 0:
        return
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    try:
        os.close(os.open(os.__file__, os.O_RDONLY))
    except PermissionError:
        sys.exit(f"{UNREADABLE} {os.__file__}")


def is_ordinary() -> bool:
    """Try to become root again: True if there is no way back."""
    if sys.platform == "win32":
        return False
    try:
        os.setuid(0)
    except OSError:
        return os.getuid() != 0
    return False


def limit(memory: int, cpu_seconds: int) -> None:
    """Set every resource limit that this system has; memory is in bytes.

    Raises OSError if a limit cannot be set.
    """
    limits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": cpu_seconds,
        "RLIMIT_NOFILE": 16,
        "RLIMIT_NPROC": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if sys.platform != "win32":
        for name, value in limits.items():
            which = getattr(resource, name, None)
            if which is not None:
                resource.setrlimit(which, (value, value))


def limits_hold(memory: int) -> bool:
    """Try to get as much memory as the limit allows in all: True if it is refused."""
    try:
        mmap.mmap(-1, memory).close()
    except (OSError, MemoryError):
        return True
    return False
