"""Set up the interpreter that student code finds, once, before any of it arrives.

numpy and the standard library only.
"""

import contextlib
import importlib
import os
import signal
import sys
from typing import Any

import numpy as np
import wire
from stand_ins import IMPORTER, stop_debugger

REAL_PRINT = print


def prepare(modules: str = ":") -> None:
    """Load what submissions commonly use, and run the first matrix product and exponential.

    modules: those of the course, as zygote.py gets them. Exits with one line on standard error if
    one of them cannot be imported.
    """
    for name in ("math", "random", "traceback", "numpy.linalg"):
        importlib.import_module(name)
    for name in ("past.builtins", "future"):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            continue  # the course's files use it, the grader does not
    _import_modules(*modules.split(":"))
    # From here on nothing that lies beside numpy or beside this file can be imported, at any level:
    # a file that works at home (level none) works in the full sandbox, too.
    sys.path[:] = [folder for folder in sys.path if not _holds_grader_packages(folder)]
    sys.argv[:], sys.orig_argv[:] = [], []  # they name the grader's own folder
    builtins = importlib.import_module("builtins")
    # exit and quit as in any Python that was started with its site module.
    vars(builtins).update(print=_quiet_print, exit=sys.exit, quit=sys.exit, __import__=IMPORTER)
    sys.breakpointhook = stop_debugger
    # Nor does the text of an array that is made before print gets it, as in print(f"{W}").
    np.set_printoptions(threshold=0, edgeitems=1, precision=2, floatmode="fixed")
    # The host interrupts a file that does not end: what is defined by then can be called.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir("/")
    square = np.ones((4, 4))
    np.exp(square @ square).sum(axis=0).max()


def _import_modules(names: str, others: str) -> None:
    for name in filter(None, names.split(",")):
        try:
            importlib.import_module(name)
        except Exception as error:
            sys.exit(f"{wire.MODULE_FAILS} {name}: {type(error).__name__}: {error}")
    for name in filter(None, others.split(",")):
        with contextlib.suppress(Exception):  # a part that this system cannot use
            importlib.import_module(name)


def _holds_grader_packages(folder: str) -> bool:
    names = ("numpy", os.path.basename(__file__))
    return any(os.path.exists(os.path.join(folder, name)) for name in names)


def _quiet_print(*values: object, file: Any = None, **options: Any) -> None:
    """Print to files only.

    The standard output is not read. Values for it are not even turned into text, so that a
    forgotten print costs no time and no operations.
    """
    if file is not None and file not in (sys.stdout, sys.stderr):
        REAL_PRINT(*values, file=file, **options)
