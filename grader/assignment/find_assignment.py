"""Finds the folder of an assignment: what --assignment NAME stands for."""

import os
from pathlib import Path

from grader.assignment.layers import SETTINGS, AssignmentError
from grader.files.shipped import shipped

SHIPPED = shipped("reference")  # the folder of the assignments that come with the grader


def find_assignment(name: str) -> Path:
    """Return the folder of a shipped assignment (a bare name) or of any other (a path).

    A bare name never means a folder here: an assignment's Python files run outside the sandbox, and
    a folder that happens to have the name must not run by accident. Raises AssignmentError.
    """
    names = sorted(path.parent.name for path in SHIPPED.glob(f"*/{SETTINGS}"))
    if name in names:
        return SHIPPED / name
    if _is_path(name) and os.path.isfile(Path(name, SETTINGS)):
        return Path(name).resolve()
    hint = ""
    if name and not _is_path(name) and Path(name).is_dir():
        hint = f" For the folder {name!r} in the current folder, write ./{name}."
    raise AssignmentError(
        f"There is no assignment {name!r}: give a folder with {SETTINGS} in it, "
        f"or one of these names: {', '.join(names)}.{hint}"
    )


def _is_path(name: str) -> bool:
    return name in (os.curdir, os.pardir) or "/" in name or os.sep in name
