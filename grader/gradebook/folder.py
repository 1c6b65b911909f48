"""The folder of a run: one process at a time works in it, and an earlier gradebook is never lost."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from grader.gradebook.database import NAME, FolderError, GradebookError, require_local
from grader.gradebook.record import Gradebook

LOCK = ".lock"


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Nobody else works in this folder meanwhile. Raises FolderError. The lock ends with this process, however that ends."""
    require_local(out)
    require_own(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.mkdir(mode=0o700, exist_ok=True)  # everybody's points are in it
        file = open(out / LOCK, "a", encoding="ascii")  # noqa: SIM115  (closed below)
    except OSError as error:
        raise FolderError(
            f"{out}: this folder cannot be written ({error.strerror}). Name another one with --out."
        ) from None
    with file:
        try:
            fcntl.lockf(
                file, fcntl.LOCK_EX | fcntl.LOCK_NB
            )  # of this process alone, and not of its copies
        except OSError:
            raise FolderError(
                f"{out}: another command is at work in this folder. Wait for it, or name another one with --out."
            ) from None
        yield


def require_own(out: Path) -> None:
    """It is new, or empty, or a run's. Raises FolderError."""
    try:
        others = (
            sorted(path.name for path in out.iterdir() if path.name != LOCK) if out.is_dir() else []
        )
    except OSError:
        return  # told when it is written
    if others and not any(
        name.startswith("gradebook") and name.endswith(".sqlite") for name in others
    ):
        raise FolderError(
            f"{out}: there is something else in this folder, {others[0]!r}. Name a new one, or an empty one, with --out."
        )


def set_aside(out: Path) -> Path | None:
    """The record of an earlier run, out of the way and whole. Raises FolderError where somebody has it open."""
    path = out / NAME
    if not path.exists():
        return None
    aside = out / f"gradebook-until-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
    beside = (
        []
        if is_closed(path)
        else [path.with_name(path.name + ending) for ending in ("-wal", "-shm")]
    )
    path.rename(aside)
    for each in beside:
        if each.exists():
            each.rename(each.with_name(each.name.replace(path.name, aside.name)))
    return aside


def is_closed(path: Path) -> bool:
    """All of it is in the one file now, and nothing beside it. False where it is damaged: then it is left as it is."""
    try:
        with Gradebook(path, writing=True) as gradebook:
            list(gradebook.ask("PRAGMA busy_timeout = 0"))
            try:
                list(
                    gradebook.ask("PRAGMA journal_mode = DELETE")
                )  # only whoever is alone with the file can do that
            except GradebookError:
                told = f"{path}: another program has it open. Close that one first, or name another folder with --out."
                raise FolderError(told) from None
        return True
    except GradebookError:
        return False
