"""Running processes, read from /proc."""

from pathlib import Path


def processes_below(pid: int) -> int:
    """Return the number of all descendants of a process."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return len(children) + sum(processes_below(int(child)) for child in children)
