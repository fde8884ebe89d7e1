"""The manifest of a backup: its contents, and the checks against it before a restore."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from ...encryption import key_ids, keyed_hash
from ...models import DeclarationRank
from . import postgresql, sqlite
from .contents import Contents
from .files import BackupError, atomic_file, sha256

DATABASES = {"sqlite": sqlite, "postgresql": postgresql}
NOT_INCLUDED = "HASH_KEY and ENCRYPTION_KEYS are not in this backup; without them it is worth nothing."


@dataclass(frozen=True)
class Manifest(Contents):
    """A backup: its file with size in bytes and SHA-256, its contents, and the fingerprint of its HASH_KEY."""

    made_at: str
    release: str
    database: str
    file: str
    size: int
    sha256: str
    hash_key: str
    not_included: str = NOT_INCLUDED


def make(folder: Path, at: datetime) -> Path:
    """Write a backup into the folder, then its manifest, whose path is returned. Raises BackupError."""
    if not folder.is_dir():
        raise BackupError(f"{folder} is not a folder.")
    name, database = f"dimona-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}", DATABASES[connection.vendor]
    target = folder / f"{name}.{database.SUFFIX}"
    with atomic_file(target) as path:
        copied = database.copy(path)
    manifest = Manifest(
        **asdict(copied),
        made_at=at.astimezone(UTC).isoformat(timespec="seconds"),
        release=settings.RELEASE,
        database=connection.vendor,
        file=target.name,
        size=target.stat().st_size,
        sha256=sha256(target),
        hash_key=fingerprint(),
    )
    with atomic_file(folder / f"{name}.json") as path:
        path.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return folder / f"{name}.json"


def fingerprint() -> str:
    """A hash that distinguishes one HASH_KEY from another without revealing it."""
    return keyed_hash("backup", "HASH_KEY")


def read(path: Path) -> Manifest:
    """The manifest in that file. Raises BackupError."""
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{path} is no manifest of a backup: {error}") from error


def restore(manifest: Manifest, folder: Path, skip: int) -> list[str]:
    """Fill the empty database from a backup in that folder. Returns the migrations that must still be applied.

    Numbers issued after the backup must not be issued again, so numbering continues `skip` numbers later. Raises
    BackupError, before anything is written, if the file, the keys, the code or the database does not match the
    manifest.
    """
    path, database = folder / manifest.file, DATABASES[connection.vendor]
    _check(manifest, path)
    database.refuse_unless_empty()
    database.load(path)
    table = DeclarationRank._meta.db_table
    database.restart_numbering(table, database.newest_key(table) + skip)
    return sorted(_known_migrations() - set(manifest.migrations))


def _check(manifest: Manifest, path: Path) -> None:
    if manifest.database != connection.vendor:
        raise BackupError(f"This is a backup of {manifest.database}, and DATABASE_URL names {connection.vendor}.")
    if not path.is_file() or path.stat().st_size != manifest.size or sha256(path) != manifest.sha256:
        raise BackupError(f"{path} is not the file that the manifest tells of.")
    if manifest.hash_key != fingerprint():
        raise BackupError("HASH_KEY is not the one that this backup was made with.")
    if missing := sorted(set(manifest.encryption_keys) - set(key_ids())):
        raise BackupError(f"ENCRYPTION_KEYS lacks keys that this backup needs: {', '.join(missing)}.")
    if unknown := sorted(set(manifest.migrations) - _known_migrations()):
        raise BackupError(f"This backup is of a newer release: {', '.join(unknown)}.")


def _known_migrations() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None).graph.nodes}
