"""Explains each layer, why it may fail on this machine, and what to do about it."""

import sys
from collections.abc import Callable

from grader.sandbox.inside.limits import UNREADABLE
from grader.sandbox.levels import UnavailableLevel

# What each layer means for a submission.
LAYERS = {
    "mounts": "it has a file system of its own: Python and numpy",
    "network": "it has a network of its own, with nobody else in it",
    "processes": "it cannot name any other process",
    "user": "it has no rights of root",
    "limits": "its memory, time, files and processes are bounded",
    "no_new_privs": "no program can give it more rights",
    "landlock": "it reads only Python and numpy, and writes nothing",
    "seccomp": "it can make only the system calls that computing needs",
}
INSTALL = "install bubblewrap (Debian, Ubuntu: apt install bubblewrap)"
REMEDIES = {
    "bubblewrap": f"{INSTALL}, and allow user namespaces",
    "mounts": f"{INSTALL}, and start the grader without an option that shows it this machine's "
    "files",
    "network": "allow network namespaces on this machine",
    "processes": "allow process namespaces on this machine",
    "user": "run the grader as an ordinary user",
    "limits": "allow setrlimit on this machine",
    "no_new_privs": "use Linux 3.5 or later",
    "landlock": "use Linux 5.13 or later with Landlock switched on (lsm=landlock,... on the "
    "kernel's command line)",
    "seccomp": "use a kernel with seccomp filters, and install libseccomp (Debian, Ubuntu: apt "
    "install libseccomp2)",
}
UNREADABLE_REMEDY = (
    "use a Python that everybody can read, as in make clean setup PYTHON=/usr/bin/python3, "
    "or run the grader as an ordinary user"
)


def explain_unavailable(unavailable: UnavailableLevel) -> str:
    """Return the error message when the minimum level is not available."""
    level, layer = unavailable.level, unavailable.layer
    reason = f" ({unavailable.reason})" if unavailable.reason else ""
    return (
        f"The sandbox cannot reach level {level} on this machine, because its layer {layer} "
        f"fails{reason}: {remedy(unavailable)}."
    )


def remedy(unavailable: UnavailableLevel) -> str:
    """Return what to do, as a phrase that follows a colon."""
    if sys.platform != "linux":
        return "use a Linux machine, virtual or real"
    if UNREADABLE in unavailable.reason:
        return UNREADABLE_REMEDY
    if unavailable.layer == "bubblewrap" and "not installed" not in unavailable.reason:
        remedies = (text for is_cause, text in CAUSES if is_cause())
        return next(remedies, REMEDIES["bubblewrap"])
    return REMEDIES.get(unavailable.layer, "run it again, and report this if it happens again")


def _kernel_setting(path: str) -> str:
    return _read_kernel(f"/proc/sys/{path}").strip()


def _read_kernel(path: str) -> str:
    """Return the text of a file in /proc; empty if this kernel does not have it."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _is_filtered() -> bool:
    """Whether this process already runs under a seccomp filter, such as a container's."""
    return "Seccomp:\t2" in _read_kernel("/proc/self/status")


# Why bubblewrap cannot start: the first condition that is true gives the remedy.
CAUSES: tuple[tuple[Callable[[], bool], str], ...] = (
    (
        lambda: _kernel_setting("kernel/apparmor_restrict_unprivileged_userns") == "1",
        "Ubuntu's AppArmor allows this to /usr/bin/bwrap alone: apt install bubblewrap",
    ),
    (
        lambda: _kernel_setting("kernel/unprivileged_userns_clone") == "0",
        "user namespaces are switched off: sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        lambda: _kernel_setting("user/max_user_namespaces") == "0",
        "user namespaces are switched off: sysctl -w user.max_user_namespaces=10000",
    ),
    (
        _is_filtered,
        "this container's seccomp profile forbids namespaces: with Docker, run it with "
        "--security-opt seccomp=unconfined --security-opt apparmor=unconfined, or accept level "
        "confined",
    ),
)
