"""What student code finds loaded: paid for once, before any of it arrives. numpy and the standard library only."""

import importlib
import os
import sys
from typing import Any

import numpy as np

real_print = print


def prepare() -> None:
    """Load what submissions commonly use, and have the first matrix product and the first exponential behind us."""
    for name in ("math", "random", "traceback", "numpy.linalg"):
        importlib.import_module(name)
    for name in ("past.builtins", "future"):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            continue  # it is the course's, not ours
    # From here on what lies beside numpy or beside this file cannot be imported, at any level: a file that works at home works here.
    sys.path[:] = [
        folder
        for folder in sys.path
        if not shows(folder, "numpy") and not shows(folder, os.path.basename(__file__))
    ]
    sys.argv[:], sys.orig_argv[:] = [], []  # they name the grader's own folder
    builtins = importlib.import_module("builtins")
    vars(builtins).update(print=quiet_print)
    vars(builtins).update(
        exit=sys.exit, quit=sys.exit
    )  # as in any Python that was started with its site module
    os.chdir("/")
    square = np.ones((4, 4))
    np.exp(square @ square).sum(axis=0).max()


def shows(folder: str, name: str) -> bool:
    return os.path.exists(os.path.join(folder, name))


def quiet_print(*values: object, file: Any = None, **options: Any) -> None:
    """What goes to the standard output is seen by nobody: it is not even turned into text, so that a forgotten print costs no time
    and no operations."""
    if file is not None and file not in (sys.stdout, sys.stderr):
        real_print(*values, file=file, **options)
