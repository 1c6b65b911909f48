"""The SQLite file of a gradebook: created, migrated, opened safely, and its errors explained."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.gradebook.migration import VERSION, migrate, migrated_copy
from grader.gradebook.network_files import network_file_system

NAME = "gradebook.sqlite"
SCHEMA = Path(__file__).with_name("schema.sql")
APPLICATION = 0x4752424B  # as schema.sql writes it

RESTORE = (
    "Restore a copy of it, or start over with batch --fresh, "
    "which keeps this file beside the new one."
)
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
    """The gradebook cannot be used. The text says which one, why, and what to do."""


class FolderError(Exception):
    """A folder cannot be used for what it was named for. The text says why, and what to name."""


def open_database(path: Path, writing: bool = False) -> sqlite3.Connection:
    """Open a gradebook, and create it if there is none and `writing`.

    A gradebook of an earlier version is migrated: in place if `writing`, else as a copy in memory.
    Without `writing`, all queries see the file as it was when it was opened.
    Raises GradebookError if the file cannot be used, FolderError if it is no gradebook, has a later
    version, or lies where SQLite would lose data.
    """
    if writing:
        require_local(path)
    with reporting_errors(path):
        if writing and not path.exists():
            # It holds the answers, so others may not read it. Files that SQLite puts beside it get
            # the same rights.
            path.touch(mode=0o600)
        connection = connect(path)
        try:
            if is_empty(connection) and writing:
                connection.executescript(SCHEMA.read_text(encoding="utf-8"))
            if not is_empty(connection):
                connection = _of_this_version(connection, path, writing)
            if writing:
                _make_durable(connection, path)
            else:
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
        except BaseException:
            connection.close()
            raise
        return connection


def connect(path: Path) -> sqlite3.Connection:
    """Open the file as it is: neither checked nor migrated. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?{_mode_for(path)}"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever written, for example because creating the file was cut off."""
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(count == 0)


def require_gradebook(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a gradebook. Raises FolderError if this grader cannot read it."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise FolderError(
            f"{path}: this is no gradebook. "
            "Name the folder of a run, or one that does not exist yet."
        )
    if not 1 <= version <= VERSION:
        raise FolderError(
            f"{path}: this gradebook has version {version}, and this grader reads versions up to "
            f"{VERSION}. Use the grader that made it."
        )
    return int(version)


def require_local(path: Path) -> None:
    """Raise FolderError on a network file system.

    SQLite's write-ahead log needs memory that all its readers share: https://sqlite.org/wal.html,
    section 2.2.
    """
    kind = network_file_system(path)
    if kind:
        raise FolderError(
            f"{path}: this lies on a network file system ({kind}), where SQLite loses data. "
            "Name a local folder with --out."
        )


@contextmanager
def reporting_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the system into a GradebookError that says what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise GradebookError(
            f"{path}: the gradebook cannot be used ({error}). {_remedy(error)}"
        ) from None


def _mode_for(path: Path) -> str:
    """Parameters of the URI that opens the file.

    Readers open it for writing, too, if they may: the last one to close it then removes the log
    beside it. In a folder where nobody may write, such as an archive's, nobody is writing either,
    and without a log beside it the file is complete and immutable.
    """
    log = path.with_name(f"{path.name}-wal")
    has_log = log.exists() and log.stat().st_size > 0
    is_archived = not os.access(path.parent, os.W_OK) and not has_log
    return "mode=ro&immutable=1" if is_archived else "mode=rw"


def _of_this_version(
    connection: sqlite3.Connection, path: Path, writing: bool
) -> sqlite3.Connection:
    version = require_gradebook(connection, path)
    if version == VERSION:
        return connection
    if writing:
        migrate(connection, version)
        return connection
    copy = migrated_copy(connection, version)
    connection.close()
    return copy


def _make_durable(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that every transaction is on the disk when it ends, whatever happens next."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise FolderError(
            f"{path}: SQLite cannot keep a write-ahead log here. "
            "Name a folder of a local disk with --out."
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _remedy(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        kind = errno.errorcode.get(error.errno or 0, "")
    else:
        # SQLITE_READONLY_DBMOVED is a kind of SQLITE_READONLY.
        parts = getattr(error, "sqlite_errorname", "").split("_")
        kind = "_".join(parts[:2])
    return REMEDIES.get(kind, "Repair that and run again: what is written stays.")
