"""What a layer does, why it may be missing on this machine, and what to do about it, each in one sentence."""

import sys
from collections.abc import Callable

from grader.sandbox.inside.limits import UNREADABLE
from grader.sandbox.levels import Trouble

LAYERS = {
    "mounts": "it has a file system of its own: Python and numpy",
    "network": "it has a network of its own, with nobody in it",
    "processes": "it cannot name any other process",
    "user": "it has no rights of root",
    "limits": "its memory, time, files and processes are bounded",
    "no_new_privs": "no program can give it more rights",
    "landlock": "it reads Python and numpy only, and writes nothing",
    "seccomp": "it asks the system for what computing needs alone",
}
INSTALL = "install bubblewrap (Debian, Ubuntu: apt install bubblewrap)"
REMEDIES = {
    "bubblewrap": f"{INSTALL}, and allow user namespaces",
    "mounts": f"{INSTALL} and start the grader without an option that shows it this machine's files",
    "network": "allow network namespaces on this machine",
    "processes": "allow process namespaces on this machine",
    "user": "run the grader as an ordinary user",
    "limits": "allow setrlimit on this machine",
    "no_new_privs": "use Linux 3.5 or later",
    "landlock": "use Linux 5.13 or later with Landlock switched on (lsm=landlock,... on the kernel's command line)",
    "seccomp": "use a kernel with seccomp filters, and install libseccomp (Debian, Ubuntu: apt install libseccomp2)",
}


def system(path: str) -> str:
    """What the kernel says of itself; empty where it says nothing."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def is_filtered() -> bool:
    """Does somebody else's seccomp filter, such as a container's, stand around this process?"""
    return "Seccomp:\t2" in system("/proc/self/status")


# What keeps bubblewrap from starting, by the kernel's own settings: the first that is so is the reason.
REASONS: tuple[tuple[Callable[[], bool], str], ...] = (
    (
        lambda: system("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").strip() == "1",
        "Ubuntu's AppArmor allows this to /usr/bin/bwrap alone: apt install bubblewrap",
    ),
    (
        lambda: system("/proc/sys/kernel/unprivileged_userns_clone").strip() == "0",
        "user namespaces are switched off: sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        lambda: system("/proc/sys/user/max_user_namespaces").strip() == "0",
        "user namespaces are switched off: sysctl -w user.max_user_namespaces=10000",
    ),
    (
        is_filtered,
        "this container's seccomp profile forbids namespaces: with Docker, run it with --security-opt seccomp=unconfined "
        "--security-opt apparmor=unconfined, or be content with level confined",
    ),
)


def remedy(trouble: Trouble) -> str:
    """What to do, as it follows a colon."""
    if sys.platform != "linux":
        return "use a Linux machine, virtual or real"
    if UNREADABLE in trouble.words:
        return "use a Python that everybody can read, as in make clean setup PYTHON=/usr/bin/python3, or run the grader as an ordinary user"
    if trouble.layer == "bubblewrap" and "not installed" not in trouble.words:
        return next((told for applies, told in REASONS if applies()), REMEDIES["bubblewrap"])
    return REMEDIES.get(trouble.layer, "run it again, and report this if it stays")


def sentence(trouble: Trouble) -> str:
    words = f" ({trouble.words})" if trouble.words else ""
    return f"The sandbox cannot reach level {trouble.level} here, its layer {trouble.layer} does not hold{words}: {remedy(trouble)}."
