"""Writes a file as a whole or not at all.

A reader never sees half of it, and if writing fails, what was there before is not lost.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

_ENDING = ".new"  # of the hidden file that is written first, beside the one that it becomes


def write_atomically(path: Path, pieces: Iterable[bytes]) -> None:
    """Raises OSError, and whatever `pieces` raise; the file is then as it was."""
    if path.exists() and not path.is_file():  # a terminal, a pipe: nothing there could be lost
        with path.open("wb") as file:
            file.writelines(pieces)
        return
    path = path.resolve()  # a link stays one
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
    """Is this the hidden file of a write that was cut off?

    of: the ending of the files that were being written. True is certain only if nobody else is
    writing in that folder.
    """
    return re.fullmatch(rf"\..*{re.escape(of)}\.[0-9]+{re.escape(_ENDING)}", name) is not None
