"""Removal of data whose retention period (`retention_periods`) has ended.

Only this module deletes write-once rows, through their base managers. A period is removed as a whole, with everything
on it, in one transaction that leaves a sealed tombstone. Rows that are unsealed or changed since they were sealed are
not removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from ..enums import Status
from ..models import (
    AttemptCount,
    Decision,
    DecisionAnomaly,
    Declaration,
    DeclarationAnomaly,
    ListExport,
    Notification,
    NotificationState,
    Period,
    PeriodLock,
    RowKind,
    Seal,
    SsinAccess,
    Tombstone,
    Worker,
)
from . import seals
from .batches import batches
from .retention_periods import (
    ATTEMPTS,
    CHANGES,
    EXPORTS,
    FAILED_SIGN_INS,
    FAILURES,
    PERIODS,
    REFUSED_DECLARATIONS,
    SESSIONS,
    SIGN_INS,
    SSIN_ACCESSES,
    RetentionPeriod,
)

# -- what is over ----------------------------------------------------------------------------------------------


def expired_sessions(before: datetime) -> QuerySet[Session]:
    """Expired sessions."""
    return Session.objects.filter(expire_date__lt=before)


def expired_attempts(before: datetime) -> QuerySet[AttemptCount]:
    """Attempt counts whose window has ended."""
    return AttemptCount.objects.filter(expires_at__lt=before)


def expired_failures(before: datetime) -> QuerySet[Any]:
    """Sign-in failures that no longer lock anyone out."""
    rows: QuerySet[Any] = AccessAttempt.objects.filter(attempt_time__lt=before - settings.AXES_COOLOFF_TIME)
    return rows


def older_rows(model: type[models.Model], moment: str) -> Callable[[datetime], QuerySet[Any]]:
    """A query on the rows of a log by the moment in that column."""
    return lambda before: model._base_manager.filter(**{f"{moment}__lt": before})


def expired_refused(before: datetime) -> QuerySet[Any]:
    """Declarations refused when they were filed or by a decision."""
    filed = Q(status=Status.REFUSED, submitted_at__lt=before)
    decided = Q(decision__status=Status.REFUSED, decision__decided_at__lt=before)
    return Declaration._base_manager.filter(filed | decided).defer("answers")


def expired_periods(before: datetime) -> QuerySet[Period]:
    """Unlocked periods that ended or were cancelled, without later declarations, decisions or locks."""
    ended = Q(end_date__lt=localdate(before)) | Q(cancelled_at__lt=before)
    later = Q(cancelled_at__gte=before) | Q(decision__decided_at__gte=before)
    rows = Period.objects.filter(ended, locked_at=None).exclude(later)
    return rows.exclude(declarations__submitted_at__gte=before).exclude(locks__changed_at__gte=before)


# -- one removal -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RemovalSet:
    """The rows that are removed together: the period, if any, and the keys of everything that depends on it."""

    number: str
    period: Period | None
    declarations: list[int]
    decisions: list[int]
    locks: list[int]
    workers: list[int]

    @classmethod
    def from_root(cls, root: Period | Declaration) -> RemovalSet:
        """Everything on a period, or a declaration without a period and its decision."""
        period = root if isinstance(root, Period) else None
        on_it = Q(period=period) | Q(decision__period=period) if period else Q(pk=root.pk)
        declarations = list(Declaration._base_manager.filter(on_it).only("worker").order_by("pk"))
        decisions = list(Decision._base_manager.filter(declaration__in=declarations).only("worker").order_by("pk"))
        locks = list(PeriodLock._base_manager.filter(period=period).only("pk").order_by("pk")) if period else []
        with_worker: list[Any] = [root, *declarations, *decisions]
        workers = {row.worker_id for row in with_worker} - {None}
        filed, decided, locked = ([row.pk for row in rows] for rows in (declarations, decisions, locks))
        return cls(root.number, period, filed, decided, locked, sorted(workers))

    @property
    def sealed_keys(self) -> dict[RowKind, list[int]]:
        """The keys of the rows that have seals, by kind of row."""
        return {RowKind.DECLARATION: self.declarations, RowKind.DECISION: self.decisions, RowKind.LOCK: self.locks}

    def __str__(self) -> str:
        counts = ", ".join(f"{len(keys)} {row_kind}s" for row_kind, keys in self.sealed_keys.items() if keys)
        return f"{'period' if self.period else 'declaration'} {self.number} ({counts})"


def reason_to_keep(removal: RemovalSet) -> str:
    """Why the rows must be kept although their retention period has ended; empty if they may be removed."""
    for row_kind, keys in removal.sealed_keys.items():
        seal_of = {seal.row_key: seal for seal in Seal.objects.filter(row_kind=row_kind, row_key__in=keys)}
        for key, row in seals.read_rows(row_kind, keys).items():
            if key not in seal_of:
                return f"{seals.name_of(row_kind, key, row)} is not sealed yet"
            if not seals.is_as_sealed(row, seal_of[key]):
                return f"{seals.name_of(row_kind, key, row)} was changed since it was sealed"
    waiting = Notification._base_manager.filter(
        declaration__in=removal.declarations, state__in=[NotificationState.QUEUED, NotificationState.UNSURE]
    )
    return "a notification is queued or unsure" if waiting.exists() else ""


def _tombstone(removal: RemovalSet, term: RetentionPeriod, at: datetime) -> Tombstone:
    removed = [
        [row_kind.value, key, _number_of(row) if row else ""]
        for row_kind, keys in removal.sealed_keys.items()
        for key, row in seals.read_rows(row_kind, keys).items()
    ]
    reason = f"{term.years} years are over"
    stone = Tombstone(period_number=removal.number, removed_at=at, reason=reason, removed_rows=removed)
    stone.content_mac = seals.mac_of(stone)
    return stone


def _number_of(row: Any) -> str:
    owner = row if isinstance(row, Declaration) else getattr(row, "declaration", None) or row.period
    return str(owner.number)


def _erase(model: type[models.Model], **which: Any) -> None:
    """Delete rows, including write-once rows. Raises IntegrityError while another row refers to one of them."""
    model._base_manager.filter(**which).only("pk").delete()


def _erase_set(removal: RemovalSet) -> None:
    for model in (SsinAccess, Notification, DeclarationAnomaly):
        _erase(model, declaration__in=removal.declarations)
    _erase(DecisionAnomaly, decision__in=removal.decisions)
    _erase(Decision, pk__in=removal.decisions)
    _erase(Declaration, pk__in=removal.declarations)
    _erase(PeriodLock, pk__in=removal.locks)
    if removal.period:
        _erase(Period, pk=removal.period.pk)
    for worker in removal.workers:
        if not _has_other_references(worker):
            _erase(SsinAccess, worker=worker)
            _erase(Worker, pk=worker)


def _has_other_references(worker: int) -> bool:
    """Whether any row other than an SSIN access refers to the worker."""
    relations = [each for each in Worker._meta.related_objects if each.related_model is not SsinAccess]
    return any(each.related_model._base_manager.filter(**{each.field.name: worker}).exists() for each in relations)


# -- all of them -----------------------------------------------------------------------------------------------

# The beginning of a line about rows that are kept although their retention period has ended.
KEPT_PREFIX = "kept: "

ExpiryQuery = tuple[RetentionPeriod, Callable[[datetime], QuerySet[Any]]]
ROWS_FIRST: tuple[ExpiryQuery, ...] = (
    (SESSIONS, expired_sessions),
    (ATTEMPTS, expired_attempts),
    (FAILURES, expired_failures),
)
SETS: tuple[ExpiryQuery, ...] = ((REFUSED_DECLARATIONS, expired_refused), (PERIODS, expired_periods))
ROWS_LAST: tuple[ExpiryQuery, ...] = (
    (SSIN_ACCESSES, older_rows(SsinAccess, "accessed_at")),
    (EXPORTS, older_rows(ListExport, "exported_at")),
    (SIGN_INS, older_rows(AccessLog, "attempt_time")),
    (FAILED_SIGN_INS, older_rows(AccessFailureLog, "attempt_time")),
    (CHANGES, older_rows(LogEntry, "action_time")),
)


def apply(now: datetime, *, dry_run: bool) -> Iterator[str]:
    """Remove the data that has expired at `now`; yields a line per removal and per exception.

    It may be stopped at any moment and repeated. With `dry_run` it only reads, and yields the same lines.
    """
    yield from _apply_to_rows(ROWS_FIRST, now, dry_run)
    for term, expired in SETS:
        for batch in batches(expired(term.cutoff(now)).only("pk")):
            for root in batch:
                if line := _apply_to_set(term, expired(term.cutoff(now)).filter(pk=root.pk), now, dry_run):
                    yield line
    yield from _apply_to_rows(ROWS_LAST, now, dry_run)


def _apply_to_rows(terms: Iterable[ExpiryQuery], now: datetime, dry_run: bool) -> Iterator[str]:
    for term, expired in terms:
        rows = expired(term.cutoff(now))
        count = rows.count() if dry_run else rows.delete()[0]
        if count:
            yield f"{term.kind}: {count}"


def _apply_to_set(term: RetentionPeriod, root: QuerySet[Any], now: datetime, dry_run: bool) -> str:
    """The line about one period or declaration; empty if it is gone, or its retention period no longer ended."""
    row = root.first()
    if row is None:
        return ""
    try:
        with nullcontext() if dry_run else transaction.atomic():
            return _remove(term, root, now, dry_run, RemovalSet.from_root(row))
    except IntegrityError:
        return f"{KEPT_PREFIX}{row.number}: something else refers to it"


def _remove(term: RetentionPeriod, root: QuerySet[Any], now: datetime, dry_run: bool, seen: RemovalSet) -> str:
    """Lock the workers, then the row that `root` finds, so that nothing can be filed on it, and remove it."""
    if not dry_run:
        list(Worker.objects.select_for_update().filter(pk__in=seen.workers).order_by("pk").only("pk"))
        root = root.select_for_update(of=("self",))
    row = root.first()
    if row is None:
        return ""
    removal = RemovalSet.from_root(row)
    if reason := reason_to_keep(removal):
        return f"{KEPT_PREFIX}{removal}: {reason}"
    if not dry_run:
        stone = _tombstone(removal, term, now)
        _erase_set(removal)
        stone.save()
        seals.append_seals([stone], now)
    return str(removal)
