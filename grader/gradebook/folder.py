"""The folder of a run: one process at a time works in it, and no earlier gradebook is lost."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from grader.gradebook.database import (
    NAME,
    FolderError,
    GradebookError,
    connect,
    is_empty,
    reporting_errors,
    require_gradebook,
    require_local,
)

LOCK = ".lock"
IGNORE = ".gitignore"  # so that `git add -A` commits no grades


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Create the folder of a run if need be, and lock it against other processes.

    The lock ends with this process, however that ends. Raises FolderError.
    """
    require_local(out)
    _require_own(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.mkdir(mode=0o700, exist_ok=True)  # everybody's points are in it
        lock = open(out / LOCK, "a", encoding="ascii")  # noqa: SIM115  (closed below)
    except OSError as error:
        raise FolderError(
            f"{out}: this folder cannot be written ({error.strerror}). Name another one with --out."
        ) from None
    with lock:
        try:
            # A lock of this process alone, which its forked copies do not hold.
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderError(
                f"{out}: another command is at work in this folder. "
                "Wait for it, or name another one with --out."
            ) from None
        _ignore_in_git(out)
        yield


def set_aside(out: Path) -> Path | None:
    """Rename the gradebook of an earlier run, and return its new path; None if there is none.

    Raises FolderError if another program has it open.
    """
    path = out / NAME
    if not path.exists():
        return None
    aside = out / f"gradebook-until-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
    is_complete = _is_complete(path)
    path.rename(aside)
    if not is_complete:
        for ending in ("-wal", "-shm"):
            beside = path.with_name(path.name + ending)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + ending))
    return aside


def _require_own(out: Path) -> None:
    """Raise FolderError unless the folder is new, empty, or that of a run."""
    try:
        names = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    except OSError:
        return  # reported as soon as something is written there
    others = [name for name in names if name not in (LOCK, IGNORE)]
    has_gradebook = any(
        name.startswith("gradebook") and name.endswith(".sqlite") for name in others
    )
    if others and not has_gradebook:
        raise FolderError(
            f"{out}: there is something else in this folder, {others[0]!r}. "
            "Name a new one, or an empty one, with --out."
        )


def _ignore_in_git(out: Path) -> None:
    path = out / IGNORE
    if path.exists():
        return
    try:
        path.write_text("*\n", encoding="ascii")
    except OSError as error:
        raise FolderError(
            f"{path}: cannot be written ({error.strerror}). Name another folder with --out."
        ) from None


def _is_complete(path: Path) -> bool:
    """Whether all of a gradebook is in its one file now. False if it is damaged.

    Raises FolderError if another program has it open, or if it is no gradebook.
    """
    try:
        with reporting_errors(path), closing(connect(path)) as connection:
            if not is_empty(connection):
                require_gradebook(connection, path)
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                # SQLite changes the mode only for a program that alone has the file open.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.OperationalError:
                raise FolderError(
                    f"{path}: another program has it open. "
                    "Close that one first, or name another folder with --out."
                ) from None
        return True
    except GradebookError:
        return False
