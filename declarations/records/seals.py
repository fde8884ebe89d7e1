"""Tamper evidence: a keyed hash on every filed or decided row, and a chain of seals over those hashes.

A row is written together with a keyed hash of its whole content, so nobody can change or invent a row without
HASH_KEY. A command adds the seal later. The seal holds the row's hash and is chained to the previous seal, so no row
can be removed unnoticed; `retention` removes rows and leaves a sealed tombstone. If somebody removes the newest seals
together with their rows, this is detected only by comparison with a head of the chain stored elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, QuerySet

from ..encryption import DecryptionError, keyed_hash
from ..models import AnomalyRow, Decision, Declaration, PeriodLock, RowKind, Seal, Tombstone
from .batches import batches

SealedRow = Declaration | Decision | PeriodLock | Tombstone
MODELS: Mapping[RowKind, type[SealedRow]] = {
    RowKind.DECLARATION: Declaration,
    RowKind.DECISION: Decision,
    RowKind.LOCK: PeriodLock,
    RowKind.TOMBSTONE: Tombstone,
}
WITH_ANOMALIES = (RowKind.DECLARATION, RowKind.DECISION)
# Small enough that filings hardly wait, even on SQLite with its single writer.
BATCH_SIZE = 200
ATTEMPTS = 100
# The exceptions that reading an invalid stored value raises.
UNREADABLE = (DecryptionError, ValueError, TypeError)


# -- the content of a row --------------------------------------------------------------------------------------

# Not hashed: a row's primary key and its own hash; an anomaly's owner, whose hash includes the anomaly.
EXCLUDED_COLUMNS = ("id", "content_mac")
OWNER_COLUMNS = ("declaration", "decision")
# The hashed values of a referenced row. Other references are hashed by primary key alone, because an employer gets
# new numbers and a member of staff may be renamed. The number that the filer typed is part of the answers.
REFERENCE_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "declaration": attrgetter("number"),
    "period": attrgetter("number"),
    "worker": attrgetter("ssin_hash", "ssin"),
    "joint_committee": attrgetter("pk", "code"),
    "worker_type": attrgetter("pk", "code"),
}


def mac_of(row: SealedRow, anomalies: Iterable[AnomalyRow] | None = None) -> str:
    """The keyed hash of a row's decrypted content and its anomalies: 64 hexadecimal digits.

    For a row that is not stored yet, pass the anomalies that will be stored with it; None reads them from the
    database. Rotating the encryption keys does not change the hash.
    """
    row_kind = row_kind_of(row)
    content = _columns(row)
    if row_kind in WITH_ANOMALIES:
        hashed = _anomalies_of(row) if anomalies is None else anomalies
        ordered = sorted(hashed, key=attrgetter("code", "field"))
        content["anomalies"] = [_columns(anomaly, *OWNER_COLUMNS) for anomaly in ordered]
    # An unsaved row may contain dates where the stored row contains their texts.
    plain = json.loads(json.dumps(content, cls=DjangoJSONEncoder))
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return keyed_hash(f"content of {row_kind}", text)


def _anomalies_of(row: Any) -> Iterable[AnomalyRow]:
    rows: Iterable[AnomalyRow] = row.anomalies.all()
    return rows


def row_kind_of(row: SealedRow) -> RowKind:
    """The kind of the row."""
    return next(row_kind for row_kind, model in MODELS.items() if isinstance(row, model))


def _columns(row: models.Model, *without: str) -> dict[str, Any]:
    """The non-empty values by column. Empty ones are left out, so that adding a column keeps old hashes valid."""
    names = {*EXCLUDED_COLUMNS, *without}
    values = {field.name: _value(row, field) for field in row._meta.concrete_fields if field.name not in names}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _value(row: models.Model, field: Any) -> Any:
    value = getattr(row, field.attname)
    if value is not None and field.name in REFERENCE_VALUES and field.is_relation:
        return REFERENCE_VALUES[field.name](getattr(row, field.name))
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


# -- reading ---------------------------------------------------------------------------------------------------

RELATED_ROWS: Mapping[RowKind, tuple[str, ...]] = {
    RowKind.DECLARATION: ("worker", "period", "joint_committee", "worker_type"),
    RowKind.DECISION: ("declaration", "worker", "period"),
    RowKind.LOCK: ("period",),
    RowKind.TOMBSTONE: (),
}


def read_rows(row_kind: RowKind, keys: Sequence[int]) -> dict[int, SealedRow | None]:
    """The rows by key, with everything that their hashes need. An unreadable row is None, a missing one absent."""
    rows: QuerySet[Any] = MODELS[row_kind]._base_manager.filter(pk__in=keys).order_by("pk")
    if RELATED_ROWS[row_kind]:
        rows = rows.select_related(*RELATED_ROWS[row_kind])
    if row_kind in WITH_ANOMALIES:
        rows = rows.prefetch_related("anomalies")
    try:
        return {row.pk: row for row in rows}
    except UNREADABLE:
        if len(keys) == 1:
            return {keys[0]: None}
        half = len(keys) // 2
        return read_rows(row_kind, keys[:half]) | read_rows(row_kind, keys[half:])


def unsealed_keys(row_kind: RowKind) -> Iterator[list[int]]:
    """The keys of the rows without a seal, in batches."""
    sealed = Seal.objects.filter(row_kind=row_kind, row_key=OuterRef("pk"))
    rows: QuerySet[Any] = MODELS[row_kind]._base_manager.filter(~Exists(sealed)).only("pk")
    for batch in batches(rows, "pk", BATCH_SIZE):
        yield [row.pk for row in batch]


def name_of(row_kind: str, key: int, row: SealedRow | None = None) -> str:
    """A row in a message: its kind, its number if there is one, and its key."""
    of_another = row_kind in (RowKind.DECISION, RowKind.LOCK)
    owner = (getattr(row, "declaration", None) or getattr(row, "period", None) or row) if of_another else row
    number = getattr(owner, "number", None) or str(owner or "")
    return f"{row_kind} {number} (row {key})" if number else f"{row_kind} (row {key})"


# -- sealing ---------------------------------------------------------------------------------------------------


def unfit_reason(row: SealedRow | None) -> str:
    """Why a row must not be sealed; empty if its hash matches its content."""
    if row is None:
        return "cannot be read"
    if not row.content_mac:
        return "has no hash of its own"
    if row.content_mac != mac_of(row):
        return "was changed or inserted: its own hash is not that of its content"
    if isinstance(row, PeriodLock):
        twins = PeriodLock.objects.filter(content_mac=row.content_mac).exclude(pk=row.pk)
        return "was copied: another lock says the same" if twins.exists() else ""
    return ""


def is_as_sealed(row: SealedRow | None, seal: Seal) -> bool:
    """Whether a row is unchanged since it was sealed."""
    return row is not None and row.content_mac == seal.content_mac == mac_of(row)


def seal_new_rows(at: datetime) -> Iterator[str]:
    """Append a seal for each row without one; yields a line for each row that is refused (`unfit_reason`).

    It may be stopped at any moment, repeated, and run several times at once.
    """
    for row_kind in RowKind:
        for keys in unsealed_keys(row_kind):
            rows = read_rows(row_kind, keys)
            reasons = {key: unfit_reason(row) for key, row in rows.items()}
            append_seals([row for key, row in rows.items() if row and not reasons[key]], at)
            yield from (f"{name_of(row_kind, key, rows[key])} {reason}" for key, reason in reasons.items() if reason)


def append_seals(rows: Sequence[SealedRow], at: datetime) -> None:
    """Append seals for the rows to the chain. Another process may be appending at the same time."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                Seal.objects.bulk_create(links(head(), rows, at))
            return
        except IntegrityError:
            # The other process took these positions, or sealed these rows.
            if attempt == ATTEMPTS - 1:
                raise
        rows = [row for row in rows if seal_of(row) is None]


def head() -> Seal | None:
    """The newest seal."""
    newest: Seal | None = Seal.objects.order_by("position").last()
    return newest


def seal_of(row: SealedRow) -> Seal | None:
    """The seal of a row, or None."""
    seal: Seal | None = Seal.objects.filter(row_kind=row_kind_of(row), row_key=row.pk).first()
    return seal


def links(previous: Seal | None, rows: Iterable[SealedRow], at: datetime) -> Iterator[Seal]:
    """Unsaved seals of the rows, each chained to the one before it."""
    for row in rows:
        position = previous.position + 1 if previous else 1
        seal = Seal(
            position=position, row_kind=row_kind_of(row), row_key=row.pk, content_mac=row.content_mac, sealed_at=at
        )
        seal.chain_mac = chain_mac(previous.chain_mac if previous else "", seal)
        yield seal
        previous = seal


def chain_mac(previous: str, seal: Seal) -> str:
    """The keyed hash of a seal and of the previous `chain_mac`, which is empty for the first seal."""
    sealed_at = str(seal.sealed_at and seal.sealed_at.astimezone(UTC))
    content = [previous, seal.position, str(seal.row_kind), seal.row_key, seal.content_mac, sealed_at]
    return keyed_hash("chain", json.dumps(content))


# -- what was removed ------------------------------------------------------------------------------------------


def intact_tombstones(after: int = 0) -> Iterator[Tombstone]:
    """The tombstones with a primary key above `after` whose hash matches their content."""
    for batch in batches(Tombstone._base_manager.filter(pk__gt=after).only("pk")):
        rows = read_rows(RowKind.TOMBSTONE, [each.pk for each in batch])
        yield from (row for row in rows.values() if isinstance(row, Tombstone) and not unfit_reason(row))


def removed_numbers() -> set[str]:
    """The numbers of the removed declarations, according to the tombstones."""
    return {
        number
        for tombstone in intact_tombstones()
        for row_kind, _key, number in tombstone.removed_rows
        if row_kind == RowKind.DECLARATION
    }
