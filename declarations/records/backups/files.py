"""Files that are written whole or not at all, and that only their owner can read."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...whole_files import whole_file


class BackupError(Exception):
    """A sentence that says why a backup cannot be made or used."""


@contextmanager
def atomic_file(target: Path) -> Iterator[Path]:
    """A temporary file, readable by its owner only, that is renamed to `target` once it is complete and synced.

    It overwrites nothing; if two processes write the same target, the second fails. Raises BackupError.
    """
    draft = target.with_name(f".{target.name}.partial")
    for path in (draft, target):
        if path.exists():
            raise BackupError(f"{path} is there already.")
    try:
        with whole_file(target, draft, 0o600):
            yield draft
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{target} cannot be written: {error}") from error


def sha256(path: Path) -> str:
    """The SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_old(folder: Path, at: datetime, days: int) -> Iterator[str]:
    """Remove backups, and partial files of killed commands, older than `days`; yields their names."""
    for path in sorted([*folder.glob("dimona-2*Z.*"), *folder.glob(".dimona-2*Z.*.partial")]):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < at - timedelta(days):
            path.unlink()
            yield path.name
