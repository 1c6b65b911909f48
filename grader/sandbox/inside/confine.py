"""The layers that a child puts on itself, and the trials that tell which of them hold. Linux; standard library only.

Numbers are the kernel's: linux/prctl.h, linux/seccomp.h, linux/landlock.h, and the system calls 444-446, the same on every architecture.
"""

import contextlib
import ctypes
import os
import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

import limits

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = (
    1,
    4,
    22,
    38,
    39,
)
SECCOMP_MODE_FILTER, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER = 2, 1, 8
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_CREATE_RULESET_VERSION, LANDLOCK_RULE_PATH_BENEATH = 1, 1
LANDLOCK_READ_FILE, LANDLOCK_READ_DIR = 1 << 2, 1 << 3

libc = ctypes.CDLL(None, use_errno=True)


class Filters(NamedTuple):
    """Programs for the kernel, struct sock_filter entries of 8 bytes, made on the trusted side.

    tell: lets every system call pass but those that the trusted side wants to hear of, and to refuse itself; refuse: the same, refused at
    once, for where nobody can listen; allow: of all others, what computing needs. call: the number of the system call seccomp.
    """

    call: int
    tell: bytes
    refuse: bytes
    allow: bytes


class Walls(NamedTuple):
    """What is put around each child. layers: those asked for; readable: folders; memory in bytes."""

    layers: frozenset[str]
    readable: tuple[str, ...]
    filters: Filters


def prctl(option: int, value: int, pointer: int = 0) -> int:
    result: int = libc.prctl(
        option, ctypes.c_ulong(value), ctypes.c_ulong(pointer), ctypes.c_ulong(0), ctypes.c_ulong(0)
    )
    if result < 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")
    return result


def landlock(readable: Iterable[str]) -> None:
    """From now on only these folders can be read; nothing can be written, and no TCP socket bound or connected."""
    abi = libc.syscall(
        LANDLOCK_CREATE_RULESET,
        None,
        ctypes.c_size_t(0),
        ctypes.c_uint(LANDLOCK_CREATE_RULESET_VERSION),
    )
    if abi < 1:
        raise OSError("this kernel has no Landlock")
    files = (
        1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)
    ) - 1  # every right to files that this version knows
    network, scopes = (3 if abi >= 4 else 0), (3 if abi >= 6 else 0)
    attributes = struct.pack("QQQ", files, network, scopes)[
        : 24 if abi >= 6 else 16 if abi >= 4 else 8
    ]
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
    if libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)


class SockFprog(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(program: bytes) -> None:
    description = SockFprog(len(program) // 8, program)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(description))


def install_told(filters: Filters) -> int | None:
    """Put the filter `tell` on. Returns the descriptor on which its calls can be heard, None where this system has no such thing
    (Linux 5.0 has; an outer sandbox may use it up)."""
    description = SockFprog(len(filters.tell) // 8, filters.tell)
    flags = ctypes.c_uint(SECCOMP_FILTER_FLAG_NEW_LISTENER)
    descriptor: int = libc.syscall(
        filters.call, ctypes.c_uint(SECCOMP_SET_MODE_FILTER), flags, ctypes.byref(description)
    )
    return descriptor if descriptor >= 0 else None


def confine(
    walls: Walls, memory: int, cpu_seconds: int, hand_over: Callable[[int | None], None]
) -> set[str]:
    """Put on the layers asked for, and return those that hold. A layer that cannot be had is missing from the answer, no more:
    the trusted side decides whether what is left is enough, before any student code arrives.

    hand_over: gives the descriptor of install_told to the trusted side, which answers on it from then on. Called once.
    """
    prctl(PR_SET_DUMPABLE, 0)
    if "no_new_privs" in walls.layers:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    holding = (
        {"no_new_privs"} if prctl(PR_GET_NO_NEW_PRIVS, 0) == 1 else set()
    )  # asked now: the filter refuses prctl
    if limits.is_ordinary():
        holding.add("user")
    with contextlib.suppress(OSError):
        if "landlock" in walls.layers:
            landlock(walls.readable)
    with contextlib.suppress(OSError):
        if "limits" in walls.layers:
            limits.limit(memory, cpu_seconds)
    listener = install_told(walls.filters) if "seccomp" in walls.layers else None
    hand_over(listener)  # before the last filter, which lets no descriptor out
    with contextlib.suppress(OSError):
        if "seccomp" in walls.layers:
            if listener is None:
                install(walls.filters.refuse)
            install(walls.filters.allow)
    return holding | {name for name, holds in TRIALS.items() if holds(memory)}


def landlock_holds(_memory: int) -> bool:
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except PermissionError:
        return True
    return False


def seccomp_holds(_memory: int) -> bool:
    """Tried with a call that nothing else refuses."""
    try:
        os.getpgid(0)
    except PermissionError:
        return True
    return False


TRIALS = {"landlock": landlock_holds, "limits": limits.limits_hold, "seccomp": seccomp_holds}
