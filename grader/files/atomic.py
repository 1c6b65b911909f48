"""Writes a file as a whole or not at all.

A reader never sees half of it, and if writing fails, the earlier content is not lost.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

_ENDING = ".new"  # of the hidden file that is written first, beside the real one, and then renamed


def write_atomically(path: Path, pieces: Iterable[bytes]) -> None:
    """Write the pieces to a file. If that fails, or `pieces` raise, the file stays as it was.

    Raises OSError, and whatever `pieces` raise.
    """
    if path.exists() and not path.is_file():  # a terminal, a pipe: nothing there could be lost
        with path.open("wb") as file:
            file.writelines(pieces)
        return
    if path.is_symlink():  # it stays one
        path = path.resolve()
    temporary = path.with_name(f".{path.name}.{os.getpid()}{_ENDING}")
    try:
        with temporary.open("wb") as file:
            file.writelines(pieces)
        if path.exists():
            temporary.chmod(path.stat().st_mode)  # its owner decides who may read it
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_leftover(name: str, of: str) -> bool:
    """Whether this is the hidden file of a write that was cut off.

    of: the ending of the files that were being written. A write that is still going on in that
    folder looks the same.
    """
    return re.fullmatch(rf"\..*{re.escape(of)}\.[0-9]+{re.escape(_ENDING)}", name) is not None
