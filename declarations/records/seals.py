"""Tamper evidence: the keyed hash of what was filed or decided, and the chain of seals over those hashes.

Each row carries a hash of its whole content, written with it; so nobody without HASH_KEY can change a row or make one
up. A seal, written later by a command, holds that hash and the one of the seal before it; so no row can be removed
either, but by `retention`, which leaves a tombstone. Who can remove the newest seals with their rows is seen only by
whoever kept the head of the chain elsewhere.
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
# Few enough that on SQLite, with its one writer, a filing hardly waits for them.
BATCH_SIZE = 200
ATTEMPTS = 100
# What a stored value that is no value of its column raises when it is read.
UNREADABLE = (DecryptionError, ValueError, TypeError)


# -- the content of a row --------------------------------------------------------------------------------------

# The key of a row, its own hash, and of an anomaly whose it is: that one's hash holds them all.
EXCLUDED_COLUMNS = ("id", "content_mac")
OWNER_COLUMNS = ("declaration", "decision")
# What stands for the row that a column refers to. The others stand for themselves by their key: an employer's numbers
# grow and a member of staff is renamed. The number that the filer typed is among the answers.
REFERENCE_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "declaration": attrgetter("number"),
    "period": attrgetter("number"),
    "worker": attrgetter("ssin_hash", "ssin"),
    "joint_committee": attrgetter("pk", "code"),
    "worker_type": attrgetter("pk", "code"),
}


def mac_of(row: SealedRow, anomalies: Iterable[AnomalyRow] | None = None) -> str:
    """The keyed hash of everything a row says, decrypted, with its anomalies: 64 hexadecimal digits.

    It may be asked before the row is written, with the anomalies that will be written with it; None reads them. The
    keys of encryption do not count: rotating them changes nothing.
    """
    row_kind = row_kind_of(row)
    content = _columns(row)
    if row_kind in WITH_ANOMALIES:
        told = _anomalies_of(row) if anomalies is None else anomalies
        ordered = sorted(told, key=attrgetter("code", "field"))
        content["anomalies"] = [_columns(anomaly, *OWNER_COLUMNS) for anomaly in ordered]
    # What is not written yet may hold dates where the same row, read again, holds their texts.
    plain = json.loads(json.dumps(content, cls=DjangoJSONEncoder))
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return keyed_hash(f"content of {row_kind}", text)


def _anomalies_of(row: Any) -> Iterable[AnomalyRow]:
    rows: Iterable[AnomalyRow] = row.anomalies.all()
    return rows


def row_kind_of(row: SealedRow) -> RowKind:
    """What a seal of that row stands for."""
    return next(row_kind for row_kind, model in MODELS.items() if isinstance(row, model))


def _columns(row: models.Model, *without: str) -> dict[str, Any]:
    """The values by column, without the empty ones: a column added later leaves the old hashes as they are."""
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
    """The rows by key, with all that their hash needs; None for one that cannot be read, nothing for one not there."""
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
    """The keys of the rows that no seal stands for, a batch at a time."""
    sealed = Seal.objects.filter(row_kind=row_kind, row_key=OuterRef("pk"))
    rows: QuerySet[Any] = MODELS[row_kind]._base_manager.filter(~Exists(sealed)).only("pk")
    for batch in batches(rows, "pk", BATCH_SIZE):
        yield [row.pk for row in batch]


def name_of(row_kind: str, key: int, row: SealedRow | None = None) -> str:
    """A row in a message: what it is, its number where one is known, and its key."""
    of_another = row_kind in (RowKind.DECISION, RowKind.LOCK)
    owner = (getattr(row, "declaration", None) or getattr(row, "period", None) or row) if of_another else row
    number = getattr(owner, "number", None) or str(owner or "")
    return f"{row_kind} {number} (row {key})" if number else f"{row_kind} (row {key})"


# -- sealing ---------------------------------------------------------------------------------------------------


def unfit_reason(row: SealedRow | None) -> str:
    """Why a row must not be sealed; empty when its own hash is that of its content."""
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
    """Whether a row still says what it said when it was sealed."""
    return row is not None and row.content_mac == seal.content_mac == mac_of(row)


def seal_new_rows(at: datetime) -> Iterator[str]:
    """Append a seal for each row that has none; yields, named, each that is refused (`unfit_reason`).

    Safe to run twice, in parallel, and to stop at any moment.
    """
    for row_kind in RowKind:
        for keys in unsealed_keys(row_kind):
            rows = read_rows(row_kind, keys)
            reasons = {key: unfit_reason(row) for key, row in rows.items()}
            append_seals([row for key, row in rows.items() if row and not reasons[key]], at)
            yield from (f"{name_of(row_kind, key, rows[key])} {reason}" for key, reason in reasons.items() if reason)


def append_seals(rows: Sequence[SealedRow], at: datetime) -> None:
    """Seal the rows at the end of the chain, each by its own hash; another process may be appending, too."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                Seal.objects.bulk_create(links(head(), rows, at))
            return
        except IntegrityError:
            # The other process was first at these positions, or with these very rows.
            if attempt == ATTEMPTS - 1:
                raise
        rows = [row for row in rows if seal_of(row) is None]


def head() -> Seal | None:
    """The newest seal."""
    newest: Seal | None = Seal.objects.order_by("position").last()
    return newest


def seal_of(row: SealedRow) -> Seal | None:
    """The seal of a row; None while it has none."""
    seal: Seal | None = Seal.objects.filter(row_kind=row_kind_of(row), row_key=row.pk).first()
    return seal


def links(previous: Seal | None, rows: Iterable[SealedRow], at: datetime) -> Iterator[Seal]:
    """The seals of the rows, not written yet, each linked to the one before it."""
    for row in rows:
        position = previous.position + 1 if previous else 1
        seal = Seal(
            position=position, row_kind=row_kind_of(row), row_key=row.pk, content_mac=row.content_mac, sealed_at=at
        )
        seal.chain_mac = chain_mac(previous.chain_mac if previous else "", seal)
        yield seal
        previous = seal


def chain_mac(previous: str, seal: Seal) -> str:
    """The keyed hash of a seal and of the one before it, the empty text for the first."""
    sealed_at = str(seal.sealed_at and seal.sealed_at.astimezone(UTC))
    content = [previous, seal.position, str(seal.row_kind), seal.row_key, seal.content_mac, sealed_at]
    return keyed_hash("chain", json.dumps(content))


# -- what was removed ------------------------------------------------------------------------------------------


def intact_tombstones(after: int = 0) -> Iterator[Tombstone]:
    """The tombstones whose own hash is that of their content, from the one after that key on."""
    for batch in batches(Tombstone._base_manager.filter(pk__gt=after).only("pk")):
        rows = read_rows(RowKind.TOMBSTONE, [each.pk for each in batch])
        yield from (row for row in rows.values() if isinstance(row, Tombstone) and not unfit_reason(row))


def removed_numbers() -> set[str]:
    """The numbers of the declarations that were removed, as the tombstones say."""
    return {
        number
        for tombstone in intact_tombstones()
        for row_kind, _key, number in tombstone.removed_rows
        if row_kind == RowKind.DECLARATION
    }
