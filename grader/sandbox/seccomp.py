"""The system calls that a child may make, as filter programs for the kernel.

They are built on the trusted side, so that the child needs no library for them.
"""

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from grader.files import cache
from grader.sandbox.children import StartError

if TYPE_CHECKING:
    from pyseccomp import SyscallFilter

# What numpy and the interpreter need to compute and to answer: no processes, threads, sockets,
# signals, mounts, timers or keyrings. Left out as well: fcntl and ioctl, because they can make the
# kernel send signals; readlink, because Landlock does not refuse it, and links tell names; sysinfo,
# because it tells how busy this machine is.
ALLOWED = (
    *("read", "write", "readv", "writev", "close", "fstat", "newfstatat", "lseek", "dup"),
    "pread64",  # glibc reads the headers of a shared library with it
    *("poll", "ppoll", "pselect6", "select"),
    *("openat", "open", "stat", "lstat", "statx", "access", "faccessat", "faccessat2"),
    *("getdents64", "getcwd"),
    *("mmap", "munmap", "mremap", "mprotect", "madvise", "brk"),
    *("futex", "set_robust_list", "rseq"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall"),
    *("sched_yield", "sched_getaffinity"),
    *("clock_gettime", "clock_getres", "gettimeofday", "time", "clock_nanosleep", "nanosleep"),
    *("getrandom", "getrusage"),
    *("getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "uname"),
    *("exit", "exit_group"),
)
# Refused like all others, and reported to a human. sendmsg is not among them: the child needs it
# once, see inside/zygote.py.
REPORTED = {
    "network": ("socket", "connect", "bind", "listen", "accept", "accept4"),
    "programs": ("execve", "execveat", "fork", "vfork", "clone"),
    "processes": ("ptrace", "process_vm_readv", "process_vm_writev"),
    "mounts": (
        *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns"),
        *("open_tree", "move_mount", "fsopen", "fsmount"),
    ),
}
# Libraries try two things by themselves, which are refused and not reported: threads (clone with
# this flag, see linux/sched.h), and the AF_UNIX sockets by which glibc asks for a user's name.
CLONE_THREAD = 0x10000
AF_UNIX = 1
Rule: TypeAlias = tuple[int, str]  # the action, and the name of the system call


class Filters(msgspec.Struct, frozen=True):
    """See grader/sandbox/inside/confine.py."""

    call: int
    notify: bytes
    refuse: bytes
    allow: bytes
    kinds: dict[int, str]  # number of a system call -> its kind, a key of REPORTED


def load_filters() -> Filters:
    """Return the filters for this machine.

    They come from the cache if possible, because building them takes 20 ms. Raises StartError if
    libseccomp is missing.
    """
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    name = f"seccomp-{os.uname().machine}-{version}.filters"
    data = cache.read(name)
    if data is not None:
        return msgspec.msgpack.decode(data, type=Filters)
    filters = _build_filters()
    cache.write(name, msgspec.msgpack.encode(filters))
    return filters


def _build_filters() -> Filters:
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise StartError("seccomp", str(error)) from None
    refused, allowed = pyseccomp.ERRNO(errno.EPERM), pyseccomp.ALLOW
    reported = [name for names in REPORTED.values() for name in names]
    # The strictest of the installed filters decides: `allow` may let pass what `notify` catches.
    allow = pyseccomp.SyscallFilter(refused)
    _add_rules(allow, [(allowed, name) for name in (*ALLOWED, *reported)])
    with suppress(OSError, ValueError, RuntimeError):
        # Libraries then fall back on clone, whose flags a filter can read.
        allow.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    notify, refuse = pyseccomp.SyscallFilter(allowed), pyseccomp.SyscallFilter(allowed)
    _add_rules(notify, [(pyseccomp.NOTIFY, name) for name in reported])
    _add_rules(refuse, [(refused, name) for name in reported])
    architecture = pyseccomp.system_arch()
    kinds: dict[int, str] = {}
    for kind, names in REPORTED.items():
        for name in names:
            kinds[pyseccomp.resolve_syscall(architecture, name)] = kind
    return Filters(
        call=pyseccomp.resolve_syscall(architecture, "seccomp"),
        notify=_export(notify),
        refuse=_export(refuse),
        allow=_export(allow),
        # A negative number stands for a call that this architecture does not have.
        kinds={number: kind for number, kind in kinds.items() if number >= 0},
    )


def _add_rules(syscall_filter: "SyscallFilter", rules: list[Rule]) -> None:
    """Add the rules, except those for system calls that this architecture does not have."""
    import pyseccomp

    conditions = {
        "clone": [pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, 0)],
        "socket": [pyseccomp.Arg(0, pyseccomp.NE, AF_UNIX)],
    }
    for action, name in rules:
        with suppress(OSError, ValueError, RuntimeError):
            syscall_filter.add_rule(action, name, *conditions.get(name, ()))


def _export(syscall_filter: "SyscallFilter") -> bytes:
    with os.fdopen(os.memfd_create("seccomp"), "rb") as file:
        syscall_filter.export_bpf(file)
        file.seek(0)
        return file.read()
