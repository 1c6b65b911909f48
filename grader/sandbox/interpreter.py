"""The Python that student code runs in: where it lies, and how it is started.

Standard library only, because a run imports this before anything else.
"""

import os
import sys
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
NOBODY = 65534  # the uid that student code has where the grader runs as root
# What a submission may import beside the standard library.
PACKAGES = ("numpy", "numpy.libs", "past", "future")
# No packages of this user, no site module, no folder of the script on the path, and no compiled
# files are written.
FLAGS = ("-s", "-S", "-P", "-B")
ENVIRONMENT = {
    # Five times faster here, and the last bits of a product depend on the number of threads.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Without these, glibc gives memory back after every call, and equal programs differ twofold in
    # time.
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_MMAP_THRESHOLD_": "268435456",
    "MALLOC_TOP_PAD_": "16777216",
}


class Modules(NamedTuple):
    """What submissions may import beside PACKAGES: see grader/sandbox/course_modules.py."""

    names: "tuple[str, ...]" = ()  # imported before any submission arrives; a failure is an error
    others: "tuple[str, ...]" = ()  # imported as well, if possible
    paths: "tuple[str, ...]" = ()  # files and folders to show to submissions

    @property
    def argument(self) -> str:
        """The names as one argument of a program in `inside`."""
        return f"{','.join(self.names)}:{','.join(self.others)}"


NO_MODULES = Modules()


def packages_folder() -> str:
    """Return the folder that holds numpy."""
    return next((folder for folder in sys.path if os.path.isdir(os.path.join(folder, "numpy"))), "")


def standard_library_folder() -> str:
    return os.path.dirname(os.path.abspath(os.__file__))


def plain_environment(modules: Modules = NO_MODULES) -> "dict[str, str]":
    """Return the environment of a Python without bubblewrap.

    It holds nothing of this user's, except what Windows needs to open sockets.
    """
    environment = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    folders = dict.fromkeys([packages_folder(), *map(os.path.dirname, modules.paths)])
    path = os.pathsep.join((*folders, os.path.join(HERE, "inside")))
    return {**environment, **ENVIRONMENT, "PYTHONPATH": path}
