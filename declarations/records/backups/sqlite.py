"""SQLite: online copy of the database, and restore to a path where no file exists."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from .contents import Contents, contents, encrypted_columns
from .files import BackupError, atomic_file

SUFFIX = "sqlite3"
# Left beside a database that was not closed properly. SQLite applies them to any file that gets its name.
JOURNAL_SUFFIXES = ("-journal", "-wal")


def _file() -> Path:
    return Path(connection.settings_dict["NAME"])


def copy(path: Path) -> Contents:
    """Copy the database to that file and return the contents. Raises BackupError if the copy is damaged."""
    columns = encrypted_columns()
    copy_file(_file(), path)
    with closing(sqlite3.connect(path)) as target:
        return contents(lambda query: target.execute(query).fetchall(), columns)


def copy_file(source: Path, path: Path) -> None:
    """Copy the committed state of a database that may be in use to a file. Raises BackupError."""
    address = f"file:{quote(str(source))}?mode=rw"
    with closing(sqlite3.connect(address, uri=True)) as live, closing(sqlite3.connect(path)) as target:
        # No need to sync here: `atomic_file` does so before the file gets its name.
        target.execute("PRAGMA synchronous=OFF")
        # In one step, under one lock: writers wait meanwhile, so the copy is one consistent state.
        live.backup(target)
        # A single file, whatever journal mode the source has.
        target.execute("PRAGMA journal_mode=DELETE")
        _check(target)


def _check(target: sqlite3.Connection) -> None:
    try:
        messages = [row[0] for row in target.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        messages = [str(error)]
    if messages != ["ok"]:
        raise BackupError(f"The database is damaged: {'; '.join(messages[:3])}.")


def refuse_unless_empty() -> None:
    """Raise BackupError if the database file or one of its journals exists and is not empty."""
    beside = [_file().with_name(_file().name + suffix) for suffix in JOURNAL_SUFFIXES]
    for path in (_file(), *beside):
        if path.exists() and path.stat().st_size:
            raise BackupError(f"{path} is there: stop the service, then move it out of the way.")


def load(path: Path) -> None:
    """Restore a copy to the path of the database. Raises BackupError."""
    # Connecting to a missing database makes SQLite create an empty file.
    _file().unlink(missing_ok=True)
    with atomic_file(_file()) as draft:
        shutil.copyfile(path, draft)
        with closing(sqlite3.connect(draft)) as target:
            _check(target)


def restart_numbering(table: str, key: int) -> None:
    """Continue the table's primary keys, which are never reused, after `key`."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, key])


def newest_key(table: str) -> int:
    """The primary key that was issued last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
    return row[0] if row else 0
