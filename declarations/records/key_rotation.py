"""Re-encryption of stored texts with the first key of ENCRYPTION_KEYS, while the service runs.

A batch is read and re-encrypted before any row is locked. Then one short transaction writes the rows that no other
process has locked and that are still as they were read. So nothing waits for the rotation longer than for a filing,
the rotation waits for nothing, and it never undoes another process's change.

Sessions are not re-encrypted: within a day each is either written again, with the first key, or expired.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Case, Count, F, Max, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Left

from ..encryption import KEY_ID_LENGTH, DecryptionError, EncryptedTextField, key_id_of, key_ids, reencrypt

# Small enough that filings hardly wait, even on SQLite with its single writer.
BATCH_SIZE = 100
# Number of passes over rows that were locked or changed by others, and the seconds between two passes.
PASSES, PAUSE = 20, 0.5
# At most so many unreadable values are listed per table.
MOST_NAMED = 20

# The primary key of a row, and the stored texts of its encrypted columns.
StoredRow = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table with encrypted columns; `field_names` are their fields."""

    model: type[models.Model]
    field_names: tuple[str, ...]

    @property
    def rows(self) -> QuerySet[Any]:
        """All rows, with aliases for the stored text (`stored_…`) and the key id (`key_…`) of encrypted columns."""
        as_stored = {f"stored_{name}": Cast(name, TextField()) for name in self.field_names}
        keys = {f"key_{name}": Left(f"stored_{name}", KEY_ID_LENGTH) for name in self.field_names}
        return self.model._base_manager.alias(**as_stored, **keys)

    def stored_values(self, rows: QuerySet[Any]) -> QuerySet[Any, StoredRow]:
        """The primary key of each row and its encrypted columns, as stored."""
        return rows.values_list("pk", *(Cast(name, TextField()) for name in self.field_names))

    def remaining_rows(self) -> QuerySet[Any]:
        """The rows with at least one value under another key than the first."""
        others = [Q(**{f"{name}__isnull": False}) & ~Q(**{f"key_{name}": key_ids()[0]}) for name in self.field_names]
        return self.rows.filter(Q(*others, _connector=Q.OR))

    def counts_by_key(self) -> Counter[str]:
        """The number of values per key id."""
        counts: Counter[str] = Counter()
        for name in self.field_names:
            filled = self.rows.filter(**{f"{name}__isnull": False})
            for row in filled.values(key=F(f"key_{name}")).annotate(count=Count("pk")).order_by():
                counts[row["key"]] += row["count"]
        return counts

    def __str__(self) -> str:
        return self.model._meta.label


def tables() -> list[Table]:
    """Every table that has an encrypted column."""
    with_encryption = []
    for model in apps.get_models(include_auto_created=True):
        fields = [] if model._meta.proxy else model._meta.local_concrete_fields
        if names := tuple(field.name for field in fields if isinstance(field, EncryptedTextField)):
            with_encryption.append(Table(model, names))
    return with_encryption


@dataclass
class Progress:
    """Progress on a table: the number of re-encrypted values, and the places of the first unreadable ones."""

    written: int
    unreadable: set[tuple[Any, str]]


def encrypt_table(table: Table) -> Iterator[Progress]:
    """Re-encrypt a table with the first key; yields after each batch.

    It may be stopped at any moment, repeated, and run several times at once. Rows that others had locked in every pass
    are skipped; `Table.remaining_rows` finds them.
    """
    progress = Progress(0, set())
    for each in range(PASSES):
        time.sleep(PAUSE if each else 0)
        skipped = 0
        for batch in _batches(table):
            reencrypted = {row[0]: _reencrypted_row(table, row, progress.unreadable) for row in batch}
            changed = [row for row in batch if reencrypted[row[0]] != row[1:]]
            written = _write(table, changed, reencrypted)
            skipped += len(changed) - len(written)
            progress.written += sum(
                old != new for row in written for old, new in zip(row[1:], reencrypted[row[0]], strict=True)
            )
            yield progress
        if not skipped:
            return


def _batches(table: Table) -> Iterator[list[StoredRow]]:
    rows = table.remaining_rows().order_by("pk")
    batch = list(table.stored_values(rows)[:BATCH_SIZE])
    while batch:
        yield batch
        batch = list(table.stored_values(rows.filter(pk__gt=batch[-1][0]))[:BATCH_SIZE])


def _reencrypted_row(table: Table, row: StoredRow, unreadable: set[tuple[Any, str]]) -> StoredRow:
    """The columns of a row under the first key; an unreadable column stays unchanged."""
    columns: list[str | None] = []
    for name, stored in zip(table.field_names, row[1:], strict=True):
        try:
            is_first = stored is None or key_id_of(stored) == key_ids()[0]
            columns.append(stored if is_first else reencrypt(stored))
        except DecryptionError:
            if len(unreadable) < MOST_NAMED:
                unreadable.add((row[0], name))
            columns.append(stored)
    return tuple(columns)


def _write(table: Table, batch: Sequence[StoredRow], reencrypted: dict[Any, StoredRow]) -> list[StoredRow]:
    """Write the rows of the batch that nobody has locked or changed, and return them."""
    read = {row[0]: row for row in batch}
    with transaction.atomic():
        free = table.model._base_manager.select_for_update(skip_locked=True, no_key=True).filter(pk__in=read)
        same = [row for row in table.stored_values(free) if row == read[row[0]]]
        keys = [row[0] for row in same]
        if keys:
            columns = {
                name: _by_row({key: reencrypted[key][at] for key in keys}) for at, name in enumerate(table.field_names)
            }
            table.model._base_manager.filter(pk__in=keys).update(**columns)
    return same


def _by_row(texts: dict[Any, str | None]) -> Case:
    """The text to store for each row, already encrypted; the field itself would encrypt it again."""
    return Case(
        *(When(pk=key, then=Value(text, TextField())) for key, text in texts.items()), output_field=TextField()
    )


@dataclass(frozen=True)
class SessionCount:
    """Unexpired sessions under one key: their number, and when the last of them expires."""

    key: str
    count: int
    until: datetime


def sessions_under_older_keys(now: datetime) -> list[SessionCount]:
    """The unexpired sessions under other keys than the first, by key."""
    rows = Session.objects.filter(expire_date__gt=now).annotate(key=Left("session_data", KEY_ID_LENGTH))
    others = rows.exclude(key=key_ids()[0]).values("key").annotate(count=Count("pk"), until=Max("expire_date"))
    return [SessionCount(**row) for row in others.order_by("key")]
