"""The layers that a child puts on itself, and the trials that tell which of them hold. Standard library only.

Numbers are the kernel's: linux/prctl.h, linux/landlock.h, and the system calls 444-446, the same on every architecture.
"""

import contextlib
import ctypes
import mmap
import os
import resource
import socket
import struct
from collections.abc import Iterable

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 1, 4, 22, 38, 39
SECCOMP_MODE_FILTER = 2
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_CREATE_RULESET_VERSION, LANDLOCK_RULE_PATH_BENEATH = 1, 1
LANDLOCK_READ_FILE, LANDLOCK_READ_DIR = 1 << 2, 1 << 3

libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int, pointer: int = 0) -> int:
    result: int = libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(pointer), ctypes.c_ulong(0), ctypes.c_ulong(0))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")
    return result


def drop_root(uid: int) -> None:
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def landlock(readable: Iterable[str]) -> None:
    """From now on only these folders can be read; nothing can be written, and no TCP socket bound or connected."""
    abi = libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(LANDLOCK_CREATE_RULESET_VERSION))
    if abi < 1:
        raise OSError("this kernel has no Landlock")
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1  # every right to files that this version knows
    network, scopes = (3 if abi >= 4 else 0), (3 if abi >= 6 else 0)
    attributes = struct.pack("QQQ", files, network, scopes)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    for path in readable:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("<Qi", LANDLOCK_READ_FILE | LANDLOCK_READ_DIR, folder)
        if libc.syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0):
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
        os.close(folder)
    if libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)


def limits(memory: int, cpu_seconds: int) -> None:
    for which, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(which, (value, value))


class SockFprog(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def seccomp(program: bytes) -> None:
    """program: struct sock_filter entries (8 bytes each), made on the trusted side."""
    description = SockFprog(len(program) // 8, program)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(description))


def confine(layers: Iterable[str], readable: Iterable[str], program: bytes, memory: int, cpu_seconds: int) -> set[str]:
    """Put on the layers asked for, and return those that hold. A layer that cannot be had is missing from the answer, no more:
    the trusted side decides whether what is left is enough, before any student code arrives."""
    prctl(PR_SET_DUMPABLE, 0)
    if "no_new_privs" in layers:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    holding = {"no_new_privs"} if prctl(PR_GET_NO_NEW_PRIVS, 0) == 1 else set()  # asked now: the filter refuses prctl
    with contextlib.suppress(OSError):
        if "landlock" in layers:
            landlock(readable)
    with contextlib.suppress(OSError):
        if "limits" in layers:
            limits(memory, cpu_seconds)
    with contextlib.suppress(OSError):
        if "seccomp" in layers:
            seccomp(program)
    return holding | {name for name, holds in TRIALS.items() if holds(memory)}


def landlock_holds(_memory: int) -> bool:
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except PermissionError:
        return True
    return False


def limits_hold(memory: int) -> bool:
    try:
        mmap.mmap(-1, memory).close()
    except (OSError, MemoryError):
        return True
    return False


def seccomp_holds(_memory: int) -> bool:
    try:
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).close()
    except PermissionError:
        return True
    return False


TRIALS = {"landlock": landlock_holds, "limits": limits_hold, "seccomp": seccomp_holds}
