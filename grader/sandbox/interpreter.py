"""The Python that student code runs in: where it lies, and how it is started. Standard library only, for it is part of what runs first."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NOBODY = 65534  # the uid that student code has where the grader runs as root
PACKAGES = (
    "numpy",
    "numpy.libs",
    "past",
    "future",
)  # what a submission may import beside the standard library
FLAGS = (
    "-s",
    "-S",
    "-P",
    "-B",
)  # no user's packages, no site module, no folder of its own on the path, nothing compiled is written
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # 5 x faster here, and the last bits of a product depend on the number of threads
    "OMP_NUM_THREADS": "1",
    # Without these glibc gives memory back after every call, and equal programs differ twofold in time.
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_MMAP_THRESHOLD_": "268435456",
    "MALLOC_TOP_PAD_": "16777216",
}


def packages() -> str:
    """The folder that numpy lies in."""
    return next((folder for folder in sys.path if os.path.isdir(os.path.join(folder, "numpy"))), "")


def standard_library() -> str:
    return os.path.dirname(os.path.abspath(os.__file__))


def plain_environment() -> "dict[str, str]":
    """For a Python outside walls: nothing of this user's, but what Windows needs to open sockets."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return {
        **kept,
        **ENVIRONMENT,
        "PYTHONPATH": os.pathsep.join((packages(), os.path.join(HERE, "inside"))),
    }
