"""A cell: a throwaway machine for tests of the weaker levels.

In it this project runs as in a container that denies what the test names, so that the grader finds
less than its full sandbox. Whatever gets out of that weaker sandbox is still in the cell.

A cell has its own processes, network, temporary folders and devices. Python and this project are
mounted read-only. It ends with its first process. As root it keeps the few rights of root that a
stock container has.
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

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of linux/sched.h.
NAMESPACES = (
    *(0x00020000, 0x02000000, 0x04000000, 0x08000000),
    *(0x10000000, 0x20000000, 0x40000000),
)
MOUNT_CALLS = (
    *("unshare", "setns", "mount", "umount2", "pivot_root"),
    *("open_tree", "move_mount", "fsopen", "fsconfig", "fsmount"),
)
LANDLOCK_CREATE_RULESET = 444  # on every architecture
# What a cell denies so that the grader reaches this level and no better one.
DENIED: dict[Level, tuple[str, ...]] = {
    "confined": ("namespaces",),
    "none": ("namespaces", "landlock"),
}
MARK = "/tmp/.in-a-cell"  # a folder that only cells have
# Rights of root that a stock container keeps.
CAPABILITIES = "CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_DAC_OVERRIDE"
SYSTEM_PATHS = (
    *("/usr", "/lib", "/lib64", "/bin", "/sbin"),
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/passwd"),
)


@contextmanager
def cell(
    *command: str, denied: tuple[str, ...] = ("namespaces",)
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `python COMMAND` in a cell, with pipes to all its streams. It is killed on leaving."""
    folders = tuple(dict.fromkeys((PROJECT, Path(sys.prefix), Path(sys.base_prefix))))
    visible = tuple(folder for folder in folders if not folder.is_relative_to("/usr"))
    rules = _seccomp_file(denied)
    words = [find_bubblewraps()[0], *_bubblewrap_options(visible), "--seccomp", str(rules)]
    words += [sys.executable, *command]
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            words, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=[rules], env={}
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
    """Run `python COMMAND` in a cell to its end. text: its standard input."""
    with cell(*command, denied=denied) as process:
        out, err = process.communicate(text.encode())
        return subprocess.CompletedProcess(command, process.returncode, out.decode(), err.decode())


def _seccomp_file(denied: tuple[str, ...]) -> int:
    """Return a descriptor to read a seccomp filter from.

    It denies namespaces as Docker's stock profile does, and Landlock as an old kernel does.
    """
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    if "namespaces" in denied:
        for name in MOUNT_CALLS:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        for flag in NAMESPACES:
            has_flag = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag)
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", has_flag)
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    if "landlock" in denied:
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), LANDLOCK_CREATE_RULESET)
    descriptor = os.memfd_create("denied", 0)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        rules.export_bpf(file)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _bubblewrap_options(folders: tuple[Path, ...]) -> Iterator[str]:
    """Yield bubblewrap's options. folders: what is visible beside the system's own."""
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL")
    if os.getuid() == 0:
        for capability in CAPABILITIES:
            yield from ("--cap-add", capability)
    else:
        yield "--unshare-user"
    yield from ("--perms", "0755", "--dir", "/etc")
    for path in SYSTEM_PATHS:
        if os.path.exists(path):
            yield from ("--ro-bind", os.path.realpath(path), path)
    yield from ("--proc", "/proc", "--dev", "/dev")
    yield from ("--perms", "1777", "--tmpfs", "/tmp", "--dir", MARK)
    for folder in folders:
        for parent in [*reversed(folder.parents)][1:]:
            yield from ("--perms", "0755", "--dir", str(parent))  # bubblewrap would make it 0700
        yield from ("--ro-bind", str(folder), str(folder))
    yield from ("--setenv", "HOME", "/tmp", "--setenv", "PATH", "/usr/bin:/bin")
    yield from ("--setenv", "PYTHONDONTWRITEBYTECODE", "1")
    yield from ("--chdir", str(PROJECT), "--remount-ro", "/")
