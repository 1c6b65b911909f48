"""Files that are written as a whole or not at all: who reads one never sees half of it, and what was there before is not lost."""

import os
from collections.abc import Iterable
from pathlib import Path

ENDING = ".new"  # of what is being written, a hidden file beside the one that it becomes


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Raises OSError, and whatever `pieces` raise; the file is then as it was."""
    if path.exists() and not path.is_file():  # a terminal, a pipe: nothing there could be lost
        with path.open("wb") as file:
            file.writelines(pieces)
        return
    path = path.resolve()  # a link stays one
    temporary = path.with_name(f".{path.name}.{os.getpid()}{ENDING}")
    try:
        with temporary.open("wb") as file:
            file.writelines(pieces)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_left_over(name: str) -> bool:
    """Is that what was being written by somebody who was cut off? Only true when nobody writes in that folder."""
    return name.startswith(".") and name.endswith(ENDING)
