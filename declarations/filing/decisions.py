"""Reviewers' decisions: identifying the worker of a pending declaration, and locking a period.

A decision is a row of its own beside the declaration, written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from referentials.folding import fold
from referentials.tables import Tables

from ..enums import DeclarationKind, Severity, Status
from ..models import Decision, DecisionAnomaly, Declaration, Notification, Period, PeriodLock, QueueEntry, Worker
from ..names import IDENTITY_FIELDS, MATCHED_FIELDS, birth_date_hash, display_name, family_name_hash
from ..records.seals import mac_of
from .facts import Answers
from .ledger import DATES_AND_HOURS
from .submission import assess_with_worker
from .workers import anomaly_rows, apply_to_period, lock_for_filing, save_anomalies, texts_of

NOT_IDENTIFIABLE = "90017-151"


class AlreadyDoneError(Exception):
    """Somebody else decided, locked or unlocked first; nothing was changed. `row` is theirs, if there is one."""

    def __init__(self, row: Decision | PeriodLock | None) -> None:
        super().__init__(row)
        self.row = row


# -- who it may be ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Match:
    """A worker who may be the declared one, and the fields of `MATCHED_FIELDS` that agree."""

    worker: Worker
    agreements: tuple[str, ...]

    @property
    def name(self) -> str:
        """Family name and given name."""
        return display_name(self.worker.identity)


def likely_matches(declaration: Declaration, limit: int = 20) -> list[Match]:
    """The workers with that family name or birth date, best match first; the two names may be swapped.

    Thousands may share a common name or a birth date. Workers with both are looked up first, and suffice if there are
    `limit` of them.
    """
    declared = declaration.answers["values"]
    names = {family_name_hash(declared[name]) for name in ("family_name", "given_name")}
    named = Q(family_name_hash__in=names - {""})
    born = Q(birth_date_hash=birth_date_hash(declared["birth_date"]) or "-")
    candidates = [*Worker.objects.filter(named & born)[: 5 * limit]]
    if len(candidates) < limit:
        candidates += [*Worker.objects.filter(named)[: 5 * limit], *Worker.objects.filter(born)[: 5 * limit]]
    matches = [Match(worker, _agreements(worker, declared)) for worker in dict.fromkeys(candidates)]
    return sorted(matches, key=lambda match: -len(match.agreements))[:limit]


def _agreements(worker: Worker, declared: dict[str, Any]) -> tuple[str, ...]:
    known = worker.identity
    return tuple(
        name
        for name in MATCHED_FIELDS
        if known.get(name) and fold(str(known[name])) == fold(str(declared.get(name, "")))
    )


# -- deciding --------------------------------------------------------------------------------------------------


def filed_answers(declaration: Declaration) -> dict[str, Any]:
    """The answers as they were read when the declaration was filed; see `submission.values_of`."""
    return {
        **declaration.answers["values"],
        **{name: getattr(declaration, name) for name in DATES_AND_HOURS},
        "employer": declaration.employer,
    }


@transaction.atomic
def decide(declaration: Declaration, *, ssin: str, note: str, by: User, at: datetime, tables: Tables) -> Decision:
    """Decide a pending declaration: the worker has that compact SSIN or, if empty, is not identifiable.

    If the worker is identified, the declaration is re-examined as of its filing time. It is then refused, or accepted
    with a period under its own number. Raises AlreadyDoneError if it is no longer pending.
    """
    locked = Declaration.objects.select_for_update(no_key=True, of=("self",)).select_related("employer")
    declaration = locked.get(pk=declaration.pk)
    if earlier := Decision.objects.filter(declaration=declaration).first():
        raise AlreadyDoneError(earlier)
    if declaration.status != Status.PENDING:
        raise AlreadyDoneError(None)
    decision = Decision(
        declaration=declaration,
        decided_at=at,
        decided_by=by,
        from_status=declaration.status,
        status=Status.REFUSED,
        note=note,
    )
    anomalies = _examine_identified(decision, ssin, tables) if ssin else [_not_identifiable_anomaly(tables, at)]
    decision.content_mac = mac_of(decision, anomalies)
    decision.save()
    save_anomalies(DecisionAnomaly, anomalies, decision=decision)
    QueueEntry.objects.filter(declaration=declaration).delete()
    Notification.objects.queue(declaration, decision=decision, at=at)
    return decision


def _examine_identified(decision: Decision, ssin: str, tables: Tables) -> list[DecisionAnomaly]:
    declaration, kind = decision.declaration, DeclarationKind.IN
    answers, worker = lock_for_filing({**filed_answers(declaration), "ssin": ssin}, tables)
    assessment = assess_with_worker(kind, answers, worker, at=declaration.submitted_at, tables=tables)
    decision.worker, decision.status = worker, assessment.status
    if worker is not None:
        _save_identity(worker, answers)
    if assessment.status.is_accepted:
        decision.period = apply_to_period(declaration, None, worker)
    return anomaly_rows(DecisionAnomaly, assessment.findings, tables, declaration.submitted_at)


def _save_identity(worker: Worker, answers: Answers) -> None:
    """Store the declared identity of a worker known by SSIN only, so that it identifies them next time."""
    if worker.identity:
        return
    worker.identity = {name: answers[name] for name in IDENTITY_FIELDS if answers.get(name)}
    worker.family_name_hash = family_name_hash(answers["family_name"])
    worker.birth_date_hash = birth_date_hash(answers["birth_date"])
    worker.save()


def _not_identifiable_anomaly(tables: Tables, at: datetime) -> DecisionAnomaly:
    row = tables.anomaly(NOT_IDENTIFIABLE, localdate(at))
    return DecisionAnomaly(
        code=NOT_IDENTIFIABLE, severity=Severity.BLOCKING, field="ssin", step=row.step, texts=texts_of(row)
    )


# -- locking ---------------------------------------------------------------------------------------------------


@transaction.atomic
def set_lock(period: Period, *, is_locked: bool, note: str, by: User, at: datetime) -> PeriodLock:
    """Lock a period, so that declarations on it are refused with 00913-362, or unlock it.

    Raises AlreadyDoneError if it is locked or unlocked already, or was removed (`retention`).
    """
    locked = Period.objects.select_for_update(no_key=True).filter(pk=period.pk).first()
    if locked is None:
        raise AlreadyDoneError(None)
    period = locked
    if (period.locked_at is not None) == is_locked:
        raise AlreadyDoneError(period.locks.order_by("pk").last())
    period.locked_at = at if is_locked else None
    period.save(update_fields=["locked_at"])
    row = PeriodLock(period=period, is_locked=is_locked, changed_at=at, changed_by=by, note=note)
    row.content_mac = mac_of(row)
    row.save()
    return row
