"""Backups of the database: a file made by the database's own means, and a manifest to hold it against.

SQLite is copied by its online backup, PostgreSQL dumped by `pg_dump`; what the manifest says of the contents is read
from that very copy or snapshot. The keys are not in a backup: the manifest tells only which ones it needs. Neither a
backup nor a restore overwrites anything.
"""

from .files import BackupError, remove_old
from .manifest import NOT_INCLUDED, Manifest, make, read, restore

__all__ = ["NOT_INCLUDED", "BackupError", "Manifest", "make", "read", "remove_old", "restore"]
