"""The system calls that a child may make, as programs for the kernel. Made on the trusted side: the child needs no library for it."""

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from grader.files import cache
from grader.sandbox.children import CannotStart

if TYPE_CHECKING:
    from pyseccomp import SyscallFilter

# What numpy and the interpreter need to compute and to answer: no processes, threads, sockets, signals, mounts, timers or keyrings.
# fcntl and ioctl are left out because they can make the kernel send signals.
ALLOWED = (
    *(
        "read",
        "write",
        "readv",
        "writev",
        "close",
        "fstat",
        "newfstatat",
        "lseek",
        "dup",
        "poll",
        "ppoll",
    ),
    *(
        "pselect6",
        "select",
        "openat",
        "open",
        "stat",
        "lstat",
        "statx",
        "access",
        "faccessat",
        "faccessat2",
        "readlink",
        "readlinkat",
    ),
    *(
        "getdents64",
        "getcwd",
        "mmap",
        "munmap",
        "mremap",
        "mprotect",
        "madvise",
        "brk",
        "futex",
        "set_robust_list",
        "rseq",
    ),
    *(
        "rt_sigaction",
        "rt_sigprocmask",
        "rt_sigreturn",
        "sigaltstack",
        "restart_syscall",
        "sched_yield",
        "sched_getaffinity",
    ),
    *(
        "clock_gettime",
        "clock_getres",
        "gettimeofday",
        "time",
        "clock_nanosleep",
        "nanosleep",
        "getrandom",
        "getrusage",
    ),
    *(
        "getpid",
        "gettid",
        "getuid",
        "geteuid",
        "getgid",
        "getegid",
        "uname",
        "sysinfo",
        "exit",
        "exit_group",
    ),
)
# What is refused like all others, and told to a human. sendmsg is not among them: the child needs it once, see inside/zygote.py.
TOLD = {
    "network": ("socket", "connect", "bind", "listen", "accept", "accept4"),
    "programs": ("execve", "execveat", "fork", "vfork", "clone"),
    "processes": ("ptrace", "process_vm_readv", "process_vm_writev"),
    "mounts": (
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "unshare",
        "setns",
        "open_tree",
        "move_mount",
        "fsopen",
        "fsmount",
    ),
}
# What libraries try by themselves is refused and not told: threads (clone with this flag, linux/sched.h), and the sockets of AF_UNIX by
# which glibc asks for a user's name.
CLONE_THREAD = 0x10000
AF_UNIX = 1
Rule: TypeAlias = tuple[int, str]  # what to do, and on which system call


class Filters(msgspec.Struct, frozen=True):
    """See grader/sandbox/inside/confine.py. kinds: number of a system call -> what it is told as."""

    call: int
    tell: bytes
    refuse: bytes
    allow: bytes
    kinds: dict[int, str]


def filters() -> Filters:
    """For this machine. Kept in the cache: making them takes 20 ms. Raises CannotStart where libseccomp is missing."""
    made_of = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    name = f"seccomp-{os.uname().machine}-{made_of}.filters"
    kept = cache.read(name)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=Filters)
    made = make_filters()
    cache.write(name, msgspec.msgpack.encode(made))
    return made


def make_filters() -> Filters:
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise CannotStart("seccomp", str(error)) from None
    refused, allowed = pyseccomp.ERRNO(errno.EPERM), pyseccomp.ALLOW
    told = [name for names in TOLD.values() for name in names]
    # The strictest of the installed filters decides: what `tell` tells, `allow` may let pass.
    allow = pyseccomp.SyscallFilter(refused)
    add(allow, [(allowed, name) for name in (*ALLOWED, *told)])
    with suppress(OSError, ValueError, RuntimeError):
        allow.add_rule(
            pyseccomp.ERRNO(errno.ENOSYS), "clone3"
        )  # so that libraries fall back on clone, whose flags a filter can read
    tell, refuse = pyseccomp.SyscallFilter(allowed), pyseccomp.SyscallFilter(allowed)
    add(tell, [(pyseccomp.NOTIFY, name) for name in told])
    add(refuse, [(refused, name) for name in told])
    architecture = pyseccomp.system_arch()
    numbers = {
        kind: [pyseccomp.resolve_syscall(architecture, name) for name in names]
        for kind, names in TOLD.items()
    }
    kinds = {number: kind for kind in numbers for number in numbers[kind] if number >= 0}
    call = pyseccomp.resolve_syscall(architecture, "seccomp")
    return Filters(call, exported(tell), exported(refuse), exported(allow), kinds)


def add(to: "SyscallFilter", rules: list[Rule]) -> None:
    """A system call that this architecture does not have needs no rule."""
    import pyseccomp

    only = {
        "clone": [pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, 0)],
        "socket": [pyseccomp.Arg(0, pyseccomp.NE, AF_UNIX)],
    }
    for action, name in rules:
        with suppress(OSError, ValueError, RuntimeError):
            to.add_rule(action, name, *only.get(name, ()))


def exported(rules: "SyscallFilter") -> bytes:
    file = os.memfd_create("seccomp")
    with os.fdopen(file, "rb") as written:
        rules.export_bpf(written)
        written.seek(0)
        return written.read()
