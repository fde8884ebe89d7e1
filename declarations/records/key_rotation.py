"""What is encrypted brought under the first key of ENCRYPTION_KEYS, while the service runs.

A batch is read and encrypted anew before any row is held; then the rows that nobody holds are written, in one short
transaction, and only where they are still what was read. So nothing waits for it longer than for a filing, it waits
for nobody, and no change of another process is undone.

Sessions are left as they are: what is written in a day is under the first key by then, and the rest is over.
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

# Few enough that on SQLite, with its one writer, a filing hardly waits for them.
BATCH_SIZE = 100
# The rows that somebody held, or changed at that moment, are come back to so often, after so many seconds.
PASSES, PAUSE = 20, 0.5
# The most values of a table that are named when they cannot be read.
MOST_NAMED = 20

# The key of a row and what stands in its encrypted columns.
StoredRow = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table with encrypted columns, named by their fields."""

    model: type[models.Model]
    field_names: tuple[str, ...]

    @property
    def rows(self) -> QuerySet[Any]:
        """All rows, the encrypted columns beside themselves as they are stored: `stored_…`."""
        as_stored = {f"stored_{name}": Cast(name, TextField()) for name in self.field_names}
        keys = {f"key_{name}": Left(f"stored_{name}", KEY_ID_LENGTH) for name in self.field_names}
        return self.model._base_manager.alias(**as_stored, **keys)

    def stored_values(self, rows: QuerySet[Any]) -> QuerySet[Any, StoredRow]:
        """The key of each row and its encrypted columns as they are stored."""
        return rows.values_list("pk", *(Cast(name, TextField()) for name in self.field_names))

    def remaining_rows(self) -> QuerySet[Any]:
        """The rows in which something stands under another key than the first."""
        others = [Q(**{f"{name}__isnull": False}) & ~Q(**{f"key_{name}": key_ids()[0]}) for name in self.field_names]
        return self.rows.filter(Q(*others, _connector=Q.OR))

    def counts_by_key(self) -> Counter[str]:
        """How many values stand under which key, by its id."""
        found: Counter[str] = Counter()
        for name in self.field_names:
            filled = self.rows.filter(**{f"{name}__isnull": False})
            for row in filled.values(key=F(f"key_{name}")).annotate(count=Count("pk")).order_by():
                found[row["key"]] += row["count"]
        return found

    def __str__(self) -> str:
        return self.model._meta.label


def tables() -> list[Table]:
    """Every table that has an encrypted column."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        fields = [] if model._meta.proxy else model._meta.local_concrete_fields
        if names := tuple(field.name for field in fields if isinstance(field, EncryptedTextField)):
            found.append(Table(model, names))
    return found


@dataclass
class Progress:
    """What came of a table so far: the values encrypted anew, and where the first that cannot be read stand."""

    written: int
    unreadable: set[tuple[Any, str]]


def encrypt_table(table: Table) -> Iterator[Progress]:
    """Bring a table under the first key; yields after each batch.

    Safe to stop at any moment, to run again, and to run several times at once. What somebody held in every pass is
    left: `Table.remaining_rows` finds it.
    """
    progress = Progress(0, set())
    for each in range(PASSES):
        time.sleep(PAUSE if each else 0)
        passed_over = 0
        for batch in _batches(table):
            anew = {row[0]: _reencrypted_row(table, row, progress.unreadable) for row in batch}
            changed = [row for row in batch if anew[row[0]] != row[1:]]
            written = _write(table, changed, anew)
            passed_over += len(changed) - len(written)
            progress.written += sum(
                old != new for row in written for old, new in zip(row[1:], anew[row[0]], strict=True)
            )
            yield progress
        if not passed_over:
            return


def _batches(table: Table) -> Iterator[list[StoredRow]]:
    rows = table.remaining_rows().order_by("pk")
    batch = list(table.stored_values(rows)[:BATCH_SIZE])
    while batch:
        yield batch
        batch = list(table.stored_values(rows.filter(pk__gt=batch[-1][0]))[:BATCH_SIZE])


def _reencrypted_row(table: Table, row: StoredRow, unreadable: set[tuple[Any, str]]) -> StoredRow:
    """The columns of a row under the first key; one that cannot be read as it is."""
    found = []
    for name, stored in zip(table.field_names, row[1:], strict=True):
        try:
            is_first = stored is None or key_id_of(stored) == key_ids()[0]
            found.append(stored if is_first else reencrypt(stored))
        except DecryptionError:
            if len(unreadable) < MOST_NAMED:
                unreadable.add((row[0], name))
            found.append(stored)
    return tuple(found)


def _write(table: Table, batch: Sequence[StoredRow], anew: dict[Any, StoredRow]) -> list[StoredRow]:
    """Write those rows of the batch that nobody holds and nobody changed; which they were."""
    read = {row[0]: row for row in batch}
    with transaction.atomic():
        free = table.model._base_manager.select_for_update(skip_locked=True, no_key=True).filter(pk__in=read)
        same = [row for row in table.stored_values(free) if row == read[row[0]]]
        keys = [row[0] for row in same]
        if keys:
            columns = {
                name: _by_row({key: anew[key][at] for key in keys}) for at, name in enumerate(table.field_names)
            }
            table.model._base_manager.filter(pk__in=keys).update(**columns)
    return same


def _by_row(texts: dict[Any, str | None]) -> Case:
    """The text of each row, as it is to be stored: the field would encrypt it once more."""
    return Case(
        *(When(pk=key, then=Value(text, TextField())) for key, text in texts.items()), output_field=TextField()
    )


@dataclass(frozen=True)
class SessionCount:
    """The sessions that are not over, under one key: how many, and when the last is over."""

    key: str
    count: int
    until: datetime


def sessions_under_older_keys(now: datetime) -> list[SessionCount]:
    """Those under another key than the first."""
    rows = Session.objects.filter(expire_date__gt=now).annotate(key=Left("session_data", KEY_ID_LENGTH))
    others = rows.exclude(key=key_ids()[0]).values("key").annotate(count=Count("pk"), until=Max("expire_date"))
    return [SessionCount(**row) for row in others.order_by("key")]
