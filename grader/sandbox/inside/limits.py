"""What any Unix can take from a process: the rights of root, and resources. Standard library only; elsewhere there is less of it."""

import mmap
import os
import sys


def drop_root(uid: int) -> None:
    """Become an ordinary user, for good. Ends the process with one line where that user cannot read this very Python."""
    if sys.platform == "win32" or os.getuid() != 0:
        return
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    try:
        os.close(os.open(os.__file__, os.O_RDONLY))
    except PermissionError:
        sys.exit(f"{UNREADABLE} {os.__file__}")


UNREADABLE = "an ordinary user cannot read"  # the doctor knows it by these words


def is_ordinary() -> bool:
    """Tried: no way back to root."""
    if sys.platform == "win32":
        return False
    try:
        os.setuid(0)
    except OSError:
        return os.getuid() != 0
    return False


def limit(memory: int, cpu_seconds: int) -> None:
    """Raises OSError where a limit cannot be set. Limits that a system does not have are left out."""
    if sys.platform == "win32":
        return
    import resource

    for name, value in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_AS", memory),
        ("RLIMIT_CPU", cpu_seconds),
        ("RLIMIT_NOFILE", 16),
        ("RLIMIT_NPROC", 0),
        ("RLIMIT_MEMLOCK", 0),
        ("RLIMIT_MSGQUEUE", 0),
    ):
        which = getattr(resource, name, None)
        if which is not None:
            resource.setrlimit(which, (value, value))


def limits_hold(memory: int) -> bool:
    """Tried: more memory than allowed is not given."""
    try:
        mmap.mmap(-1, memory).close()
    except (OSError, MemoryError):
        return True
    return False
