"""SQLite: copied by its online backup while it serves, and put back where no file is."""

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
# What stands beside a file that was not closed in order; SQLite takes it for that of whatever gets the name.
JOURNAL_SUFFIXES = ("-journal", "-wal")


def _file() -> Path:
    return Path(connection.settings_dict["NAME"])


def copy(path: Path) -> Contents:
    """Copy the database to that file. Raises BackupError when the copy is not sound."""
    columns = encrypted_columns()
    copy_file(_file(), path)
    with closing(sqlite3.connect(path)) as target:
        return contents(lambda query: target.execute(query).fetchall(), columns)


def copy_file(source: Path, path: Path) -> None:
    """Copy a database that is being written to a file: what is committed, and nothing else. Raises BackupError."""
    address = f"file:{quote(str(source))}?mode=rw"
    with closing(sqlite3.connect(address, uri=True)) as live, closing(sqlite3.connect(path)) as target:
        # Nobody waits for this disk: only a whole file gets its name.
        target.execute("PRAGMA synchronous=OFF")
        # In one step, under one lock: what would write waits so long, and what is copied is one state.
        live.backup(target)
        # A file that stands alone, whatever the journal of the source.
        target.execute("PRAGMA journal_mode=DELETE")
        _check(target)


def _check(target: sqlite3.Connection) -> None:
    try:
        found = [row[0] for row in target.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found != ["ok"]:
        raise BackupError(f"The database is damaged: {'; '.join(found[:3])}.")


def refuse_unless_empty() -> None:
    """Raises BackupError when a database is there, or part of one."""
    beside = [_file().with_name(_file().name + suffix) for suffix in JOURNAL_SUFFIXES]
    for path in (_file(), *beside):
        if path.exists() and path.stat().st_size:
            raise BackupError(f"{path} is there: stop the service, then move it out of the way.")


def load(path: Path) -> None:
    """Put a copy in the place of the database. Raises BackupError."""
    # SQLite makes an empty file of whatever is asked for.
    _file().unlink(missing_ok=True)
    with atomic_file(_file()) as draft:
        shutil.copyfile(path, draft)
        with closing(sqlite3.connect(draft)) as target:
            _check(target)


def restart_numbering(table: str, key: int) -> None:
    """Let the keys of a table, which are never given twice, go on after that one."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, key])


def newest_key(table: str) -> int:
    """The key that was given last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
    return row[0] if row else 0
