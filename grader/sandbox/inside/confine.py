"""The layers that a child puts on itself, and the trials that show which of them hold.

Linux, standard library only. The numbers are the kernel's: linux/prctl.h, linux/seccomp.h,
linux/landlock.h, and the system calls 444-446, which are the same on every architecture.
"""

import contextlib
import ctypes
import os
import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

import limits

PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 22, 38, 39
SECCOMP_MODE_FILTER, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER = 2, 1, 8
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_CREATE_RULESET_VERSION, LANDLOCK_RULE_PATH_BENEATH = 1, 1
LANDLOCK_READ_FILE, LANDLOCK_READ_DIR = 1 << 2, 1 << 3
LANDLOCK_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # rights to files by ABI version; later: 16
LANDLOCK_ALL_TCP, LANDLOCK_ALL_SCOPES = 3, 3  # bind and connect; abstract sockets and signals

libc = ctypes.CDLL(None, use_errno=True)


class Filters(NamedTuple):
    """Programs for the kernel, made on the trusted side: struct sock_filter entries of 8 bytes."""

    call: int  # the number of the system call seccomp
    # Notifies the trusted side of the calls that are reported, which the trusted side then refuses.
    # Lets every other call pass.
    notify: bytes
    # Refuses the same calls at once, for systems that cannot notify.
    refuse: bytes
    # Among all other calls, allows only those that computing needs.
    allow: bytes


class Walls(NamedTuple):
    """The confinement that each child puts on itself."""

    layers: frozenset[str]  # those to put on
    ruleset: int | None  # descriptor of the Landlock rules; None if there are none to put on
    filters: Filters


def confine(
    walls: Walls, memory: int, cpu_seconds: int, send_listener: Callable[[int | None], None]
) -> set[str]:
    """Put on walls.layers, and return the layers that hold.

    A layer that this system does not have is simply missing from the result: the trusted side
    decides whether the others are enough, before any student code arrives.

    send_listener is called once. It gives the descriptor of _install_notifier to the trusted side,
    which answers on it from then on, or gets None if there is no such descriptor.
    """
    prctl(PR_SET_DUMPABLE, 0)
    if "no_new_privs" in walls.layers:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    holding = set()
    if prctl(PR_GET_NO_NEW_PRIVS, 0) == 1:  # read now: the filter refuses prctl
        holding.add("no_new_privs")
    if limits.is_ordinary():
        holding.add("user")
    with contextlib.suppress(OSError):
        if walls.ruleset is not None:
            _restrict(walls.ruleset)
    with contextlib.suppress(OSError):
        if "limits" in walls.layers:
            limits.limit(memory, cpu_seconds)
    listener = _install_notifier(walls.filters) if "seccomp" in walls.layers else None
    send_listener(listener)  # before the last filter, which lets no descriptor out
    with contextlib.suppress(OSError):
        if "seccomp" in walls.layers:
            if listener is None:
                install(walls.filters.refuse)
            install(walls.filters.allow)
    return holding | {name for name, holds in TRIALS.items() if holds(memory)}


def prctl(option: int, value: int, pointer: int = 0) -> int:
    unused = ctypes.c_ulong(0)
    result: int = libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(pointer), unused, unused)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")
    return result


def landlock_rules(readable: Iterable[str]) -> int:
    """Return the descriptor of rules that allow reading these folders, and nothing else.

    Nothing can be written, and no TCP socket bound or connected. Raises OSError if this kernel
    has no Landlock, or has it switched off.
    """
    abi = libc.syscall(
        LANDLOCK_CREATE_RULESET,
        None,
        ctypes.c_size_t(0),
        ctypes.c_uint(LANDLOCK_CREATE_RULESET_VERSION),
    )
    if abi < 1:
        raise OSError("this kernel has no Landlock")
    attributes = _ruleset_attributes(abi)
    ruleset = libc.syscall(
        LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)
    )
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    for path in readable:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("<Qi", LANDLOCK_READ_FILE | LANDLOCK_READ_DIR, folder)
        if libc.syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0):
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
        os.close(folder)
    return int(ruleset)


def _restrict(ruleset: int) -> None:
    """Apply Landlock rules to this process, for good, and close their descriptor."""
    try:
        if libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0):
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(ruleset)


def _ruleset_attributes(abi: int) -> bytes:
    """Return a struct landlock_ruleset_attr with every right that this version knows.

    Version 4 added the field for the network, version 6 the one for scopes.
    """
    files = (1 << LANDLOCK_FILE_RIGHTS.get(abi, 16)) - 1
    if abi >= 6:
        return struct.pack("QQQ", files, LANDLOCK_ALL_TCP, LANDLOCK_ALL_SCOPES)
    if abi >= 4:
        return struct.pack("QQ", files, LANDLOCK_ALL_TCP)
    return struct.pack("Q", files)


class _SockFprog(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _install_notifier(filters: Filters) -> int | None:
    """Install the filter `notify`, and return the descriptor on which its calls are announced.

    Returns None if this system offers none. Linux does since 5.0, but there can be only one, which
    an outer sandbox may have taken.
    """
    description = _SockFprog(len(filters.notify) // 8, filters.notify)
    flags = ctypes.c_uint(SECCOMP_FILTER_FLAG_NEW_LISTENER)
    descriptor: int = libc.syscall(
        filters.call, ctypes.c_uint(SECCOMP_SET_MODE_FILTER), flags, ctypes.byref(description)
    )
    return descriptor if descriptor >= 0 else None


def install(program: bytes) -> None:
    """Install a filter, for good."""
    description = _SockFprog(len(program) // 8, program)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(description))


def _landlock_holds(_memory: int) -> bool:
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except PermissionError:
        return True
    return False


def _seccomp_holds(_memory: int) -> bool:
    """Try a system call that nothing else refuses."""
    try:
        os.getpgid(0)
    except PermissionError:
        return True
    return False


TRIALS = {"landlock": _landlock_holds, "limits": limits.limits_hold, "seccomp": _seccomp_holds}
