"""An SQLite file of ours: made, opened, asked and written. What stands in it: schema.sql."""

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.gradebook.network_files import network_file_system

NAME = "gradebook.sqlite"
APPLICATION, VERSION = 0x4752424B, 1  # as schema.sql writes them

RESTORE = "Restore a copy of it, or begin anew with batch --fresh, which keeps this file beside the new one."
MAKE_ROOM = "Make room on the disk and run the same command again: what is written stays."
SEE_RIGHTS = "See who may write in that folder."
REMEDIES = {  # https://sqlite.org/rescode.html, and errno.h
    "SQLITE_CORRUPT": RESTORE,
    "SQLITE_NOTADB": RESTORE,
    "SQLITE_FULL": MAKE_ROOM,
    "ENOSPC": MAKE_ROOM,
    "EDQUOT": MAKE_ROOM,
    "SQLITE_CANTOPEN": SEE_RIGHTS,
    "SQLITE_READONLY": SEE_RIGHTS,
    "SQLITE_PERM": SEE_RIGHTS,
    "EACCES": SEE_RIGHTS,
    "EPERM": SEE_RIGHTS,
    "EROFS": SEE_RIGHTS,
}


class GradebookError(Exception):
    """The record cannot be used. The text says which one, why, and what to do."""


class FolderError(Exception):
    """A folder cannot be used for what it was named for. The text says why, and what to name instead."""


class Database:
    """Raises GradebookError where the file cannot be used, and FolderError where it is another kind of file, in every method."""

    def __init__(self, path: Path, writing: bool = False) -> None:
        """Made where there is none, if `writing`. is_empty: nothing was ever written, as where making it was cut off."""
        self.path = path
        if writing:
            require_local(path)
        with told(path):
            if writing and not path.exists():
                path.touch(
                    mode=0o600
                )  # it holds the answers; what SQLite puts beside it gets the same rights
            self.connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?{mode_for(path)}", uri=True, isolation_level=None
            )
            self.is_empty = self.connection.execute(
                "SELECT count(*) FROM sqlite_master"
            ).fetchone() == (0,)
            if self.is_empty and writing:
                self.connection.executescript(
                    Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
                )
                self.is_empty = False
            if not self.is_empty:
                self.require_ours()
            if writing:
                self.require_safe()
            else:
                self.connection.execute("PRAGMA query_only = ON")
                self.connection.execute("BEGIN")  # all that is asked is answered as of one moment

    def require_ours(self) -> None:
        (application,), (version,) = (
            self.connection.execute(f"PRAGMA {name}").fetchone()
            for name in ("application_id", "user_version")
        )
        if application != APPLICATION:
            raise FolderError(
                f"{self.path}: this is no gradebook. Name the folder of a run, or one that does not exist yet."
            )
        if version != VERSION:
            raise FolderError(
                f"{self.path}: it has version {version}, this grader reads {VERSION}. Use the grader that made it."
            )

    def require_safe(self) -> None:
        """What is written is on the disk, whatever happens next."""
        (mode,) = self.connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise FolderError(
                f"{self.path}: SQLite cannot keep a write-ahead log here. Name a folder of a local disk with --out."
            )
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("PRAGMA foreign_keys = ON")

    def ask(
        self, query: str, values: Iterable[Any] | Mapping[str, Any] = ()
    ) -> Iterator[tuple[Any, ...]]:
        with told(self.path):
            for row in self.connection.execute(  # noqa: UP028  (no close())
                query, values if isinstance(values, Mapping) else tuple(values)
            ):
                yield row

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written inside is on the disk at its end, or nothing of it."""
        with told(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if (
                    self.connection.in_transaction
                ):  # on a disk that is full SQLite has gone back by itself
                    self.connection.execute("ROLLBACK")
                raise

    def insert(self, table: str, columns: str, row: tuple[Any, ...]) -> int:
        """The number of the new row."""
        query = f"INSERT INTO {table} ({columns}) VALUES ({marks(len(row))})"  # noqa: S608  (names of ours)
        return self.connection.execute(query, row).lastrowid or 0

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def mode_for(path: Path, writing: bool = True) -> str:
    """Also who only reads opens it to write, if it can be: the last to close it then tidies up beside it. In a folder that nobody may write
    to, as an archive's, nobody is writing either, and without a log beside the file it is all there is."""
    log = path.with_name(f"{path.name}-wal")
    is_archived = not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)
    return "mode=ro&immutable=1" if is_archived else "mode=rw" if writing else "mode=ro"


def marks(count: int) -> str:
    return ",".join("?" * count)


def require_local(path: Path) -> None:
    """SQLite's write-ahead log needs memory that all its readers share: https://sqlite.org/wal.html, 2.2. Raises FolderError."""
    kind = network_file_system(path)
    if kind:
        raise FolderError(
            f"{path}: this lies on a network file system ({kind}), where SQLite loses data. Name a local folder with --out."
        )


@contextmanager
def told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise GradebookError(
            f"{path}: the gradebook cannot be used ({error}). {remedy(error)}"
        ) from None


def remedy(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        kind = errno.errorcode.get(error.errno or 0, "")
    else:
        kind = "_".join(
            getattr(error, "sqlite_errorname", "").split("_")[:2]
        )  # SQLITE_READONLY_DBMOVED is a kind of SQLITE_READONLY
    return REMEDIES.get(kind, "Mend that and run again: what is written stays.")
