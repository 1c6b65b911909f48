"""A cell: a throwaway machine for tests of the weaker levels. In it this project runs as in a container that denies what is asked to be
denied, so that the grader finds less than its full sandbox; and whatever comes out of that weaker sandbox ends in the cell.

It has its own processes, network, temporary folders and devices; Python and this project are mounted read-only; it goes with its first
process. As root it keeps the few rights of root that a stock container has.
"""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyseccomp

from grader.model import Level
from grader.sandbox.launch import find_bubblewraps
from tests.support.paths import PROJECT

NAMESPACES = (
    0x00020000,
    0x02000000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)  # CLONE_NEW... of linux/sched.h
MOUNTING = (
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
)
LANDLOCK = 444  # landlock_create_ruleset, on every architecture
DENIED: dict[Level, tuple[str, ...]] = {
    "confined": ("namespaces",),
    "none": ("namespaces", "landlock"),
}  # to get a level, in a cell
MARK = "/tmp/.in-a-cell"  # a folder that is nowhere else
RIGHTS = "CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_DAC_OVERRIDE"


def denying(denied: tuple[str, ...]) -> int:
    """A descriptor to read a seccomp filter from: namespaces denied as Docker's stock profile does, Landlock as an old kernel does."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    if "namespaces" in denied:
        for name in MOUNTING:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        for flag in NAMESPACES:
            rules.add_rule(
                pyseccomp.ERRNO(errno.EPERM),
                "clone",
                pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag),
            )
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    if "landlock" in denied:
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), LANDLOCK)
    file = os.memfd_create("denied", 0)
    with os.fdopen(os.dup(file), "rb") as written:
        rules.export_bpf(written)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def walls(folders: tuple[Path, ...]) -> Iterator[str]:
    """bubblewrap's options. folders: what is shown beside the system's own."""
    yield from (
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
    )
    yield from (
        ("--cap-drop", "ALL") if os.getuid() == 0 else ("--unshare-user", "--cap-drop", "ALL")
    )
    if os.getuid() == 0:
        yield from (word for right in RIGHTS for word in ("--cap-add", right))
    yield from ("--perms", "0755", "--dir", "/etc")
    for system in (
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/sbin",
        "/etc/alternatives",
        "/etc/ld.so.cache",
        "/etc/passwd",
    ):
        if os.path.exists(system):
            yield from ("--ro-bind", os.path.realpath(system), system)
    yield from (
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--perms",
        "1777",
        "--tmpfs",
        "/tmp",
        "--dir",
        MARK,
    )
    for folder in folders:
        for parent in [*reversed(folder.parents)][1:]:
            yield from ("--perms", "0755", "--dir", str(parent))  # bubblewrap would make it 0700
        yield from ("--ro-bind", str(folder), str(folder))
    yield from (
        "--setenv",
        "HOME",
        "/tmp",
        "--setenv",
        "PATH",
        "/usr/bin:/bin",
        "--setenv",
        "PYTHONDONTWRITEBYTECODE",
        "1",
    )
    yield from ("--chdir", str(PROJECT), "--remount-ro", "/")


@contextmanager
def cell(
    *command: str, denied: tuple[str, ...] = ("namespaces",)
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `python COMMAND` in a cell, with pipes to all three of its ends. It is ended on leaving."""
    folders = tuple(dict.fromkeys((PROJECT, Path(sys.prefix), Path(sys.base_prefix))))
    shown = tuple(folder for folder in folders if not folder.is_relative_to("/usr"))
    rules = denying(denied)
    start = [find_bubblewraps()[0], *walls(shown), "--seccomp", str(rules), sys.executable, *command]
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            start, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=[rules], env={}
        )
    finally:
        os.close(rules)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run_in_cell(
    *command: str, denied: tuple[str, ...] = ("namespaces",), text: str = ""
) -> "subprocess.CompletedProcess[str]":
    """The same, to its end. text: what it reads."""
    with cell(*command, denied=denied) as process:
        out, err = process.communicate(text.encode())
        return subprocess.CompletedProcess(command, process.returncode, out.decode(), err.decode())
