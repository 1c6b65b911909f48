"""The folder of a run: one process at a time works in it, and an earlier gradebook is never lost."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from grader.gradebook.record import NAME, Gradebook


class FolderError(Exception):
    """The folder cannot be used. The text says why, and what to do."""


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Nobody else works in this folder meanwhile. Raises FolderError. The lock ends with this process, however that ends."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = open(out / ".lock", "a", encoding="ascii")  # noqa: SIM115  (closed below)
    except OSError as error:
        raise FolderError(f"{out}: this folder cannot be written ({error.strerror}). Name another one with --out.") from None
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process alone, and not of its copies
        except OSError:
            raise FolderError(f"{out}: another batch is at work in this folder. Wait for it, or name another one with --out.") from None
        yield


def set_aside(out: Path) -> Path | None:
    """The record of an earlier run, out of the way and whole."""
    path = out / NAME
    if not path.exists():
        return None
    with Gradebook(path, writing=True) as gradebook:
        list(gradebook.ask("PRAGMA wal_checkpoint(TRUNCATE)"))
    aside = out / f"gradebook-until-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
    path.rename(aside)
    return aside
