"""Files that are written as a whole or not at all: who reads one never sees half of it, and what was there before is not lost."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

ENDING = ".new"  # of what is being written, a hidden file beside the one that it becomes


def write_atomically(path: Path, pieces: Iterable[bytes]) -> None:
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
        if path.exists():
            temporary.chmod(path.stat().st_mode)  # whoever may read it is for its owner to say
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_leftover(name: str, of: str) -> bool:
    """Is that what was being written by somebody who was cut off? of: the ending of the files that are meant. Only true when nobody else
    writes in that folder."""
    return re.fullmatch(rf"\..*{re.escape(of)}\.[0-9]+{re.escape(ENDING)}", name) is not None
