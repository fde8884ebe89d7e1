"""Backups of the database: a file made with the database's own tools, and a manifest to check it against.

SQLite is copied by its online backup, PostgreSQL is dumped by `pg_dump`. The manifest describes the contents of that
very copy or snapshot. The keys are not part of a backup; the manifest only says which keys it needs. Neither a backup
nor a restore overwrites anything.
"""

from .files import BackupError, remove_old
from .manifest import NOT_INCLUDED, Manifest, make, read, restore

__all__ = ["NOT_INCLUDED", "BackupError", "Manifest", "make", "read", "remove_old", "restore"]
