"""The folder of a run: one process at a time works in it, and an earlier gradebook is never lost."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from grader.gradebook.database import NAME, FolderError, GradebookError, require_local
from grader.gradebook.record import Gradebook


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Nobody else works in this folder meanwhile. Raises FolderError. The lock ends with this process, however that ends."""
    require_local(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.mkdir(mode=0o700, exist_ok=True)  # everybody's points are in it
        file = open(out / ".lock", "a", encoding="ascii")  # noqa: SIM115  (closed below)
    except OSError as error:
        raise FolderError(f"{out}: this folder cannot be written ({error.strerror}). Name another one with --out.") from None
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process alone, and not of its copies
        except OSError:
            raise FolderError(f"{out}: another command is at work in this folder. Wait for it, or name another one with --out.") from None
        yield


def set_aside(out: Path) -> Path | None:
    """The record of an earlier run, out of the way and whole. Raises FolderError where somebody has it open."""
    path = out / NAME
    if not path.exists():
        return None
    with Gradebook(path, writing=True) as gradebook:
        list(gradebook.ask("PRAGMA busy_timeout = 0"))
        try:
            # Only whoever is alone with the file can do that; all of it is in the one file then, and nothing is left beside it.
            list(gradebook.ask("PRAGMA journal_mode = DELETE"))
        except GradebookError:
            raise FolderError(f"{path}: another program has it open. Close that one first, or name another folder with --out.") from None
    aside = out / f"gradebook-until-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
    path.rename(aside)
    return aside
