"""The service's WSGI entry, which writes every SQLite statement to the file named by STATEMENTS_LOG."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from dimona_site.wsgi import application

__all__ = ["application"]

log = Path(os.environ["STATEMENTS_LOG"]).open("a", buffering=1)  # noqa: SIM115 - open as long as the process
connect = sqlite3.dbapi2.connect


def write(statement: str) -> None:
    """Write a line per statement; a trigger's actions belong to the statement that fired it."""
    if not statement.startswith("--"):
        log.write(f"LOG:  statement: {statement[:40].splitlines()[0]}\n")


def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
    """A connection that logs all its statements."""
    connection: sqlite3.Connection = connect(*arguments, **options)
    connection.set_trace_callback(write)
    return connection


sqlite3.dbapi2.connect = traced  # type: ignore[assignment]
