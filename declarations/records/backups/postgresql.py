"""PostgreSQL: online dump with `pg_dump`, restore with `pg_restore` into a database without tables."""

# ruff: noqa: S603 - the commands are written here

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from .contents import Contents, contents, encrypted_columns
from .files import BackupError

SUFFIX = "dump"


def copy(path: Path) -> Contents:
    """Dump the database to that file and return the contents of the same snapshot. Raises BackupError."""
    columns = encrypted_columns()
    with transaction.atomic(), connection.cursor() as cursor:

        def query(statement: str) -> Sequence[Sequence[Any]]:
            cursor.execute(statement)
            return cursor.fetchall()

        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = query("SELECT pg_export_snapshot()")[0][0]
        _run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}")
        return contents(query, columns)


def refuse_unless_empty() -> None:
    """Raise BackupError if the database has a table."""
    if connection.introspection.table_names():
        name = connection.settings_dict["NAME"]
        raise BackupError(f"Database {name} has tables: make another (createdb), and name that in DATABASE_URL.")


def load(path: Path) -> None:
    """Restore a dump in one transaction. Raises BackupError."""
    _run(
        "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(path), "--dbname"
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _run(program: str, *options: str) -> None:
    """Run a PostgreSQL program, with the database's name as last argument and the password in the environment."""
    (_psql, *arguments), more = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, list(options))
    environment = os.environ | (more or {})
    try:
        result = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BackupError(f"{program} is missing: install PostgreSQL's client programs.") from None
    if result.returncode:
        raise BackupError(f"{program} failed: {result.stderr.strip()}")


def restart_numbering(table: str, key: int) -> None:
    """Continue the table's primary keys, which are never reused, after `key`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, key])


def newest_key(table: str) -> int:
    """The primary key that was issued last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass)", [table])
        return cursor.fetchone()[0] or 0
