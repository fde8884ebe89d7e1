"""The worker and the period of a declaration: identification, locks, and the rows that filing writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar

from django.utils.timezone import localdate
from django.utils.translation import override

from referentials.folding import fold
from referentials.models import Anomaly, Employer
from referentials.tables import Tables

from .. import rules
from ..encryption import keyed_hash
from ..enums import DeclarationKind, Severity
from ..formatting import with_since
from ..models import AnomalyRow, Declaration, Period, Worker
from ..names import family_name_hash, ssin_hash
from .facts import Answers, quotas_that_apply, referential_rows, with_period_values
from .ledger import DATES_AND_HOURS, FIXED_FIELDS, PeriodState, state_after

Row = TypeVar("Row", bound=AnomalyRow)


# -- who the worker is -----------------------------------------------------------------------------------------


def identify(answers: Answers) -> Worker | None:
    """The worker of the period or SSIN, else the only one with that name, birth date and sex; None if unknown."""
    if period := answers.get("period"):
        return Worker.objects.get(pk=period.worker_id)
    if ssin := answers.get("ssin"):
        return Worker.objects.filter(ssin_hash=ssin_hash(ssin)).first()
    candidates = Worker.objects.filter(family_name_hash=family_name_hash(answers["family_name"]))
    matches = [worker for worker in candidates if _is_same_person(worker.identity, answers)]
    return matches[0] if len(matches) == 1 else None


def worker_key(answers: Answers) -> str:
    """A key of the worker for rate limits, the same however the answers name a known worker.

    An unknown worker is identified by name alone: with the birth date, every guessed date would count separately.
    """
    if period := answers.get("period"):
        return str(period.worker.ssin_hash)
    if ssin := answers.get("ssin"):
        return ssin_hash(ssin)
    if worker := identify(answers):
        return worker.ssin_hash
    return keyed_hash("worker", f"{fold(answers['family_name'])} {fold(answers['given_name'])}")


def _is_same_person(identity: Mapping[str, Any], answers: Answers) -> bool:
    return (
        fold(identity.get("given_name", "")) == fold(answers["given_name"])
        and identity.get("birth_date") == answers["birth_date"]
        and identity.get("sex") == answers["sex"]
    )


# -- what is held and entered ----------------------------------------------------------------------------------


def lock_for_filing(answers: Answers, tables: Tables) -> tuple[Answers, Worker | None]:
    """Lock the worker until the filing ends, so that filings with common counts wait for one another.

    Returns the answers and the worker. The lock leaves the worker's key free, so rows that only refer to it do not
    wait. An employer with a quota of its own is locked first. The period is locked last and read again, so the answers
    have its current state. An SSIN that is new gets a `Worker` row.
    """
    if any(quota.holder == quota.Holder.EMPLOYER for quota in quotas_that_apply(with_period_values(answers), tables)):
        Employer.objects.select_for_update(no_key=True).get(pk=answers["employer"].pk)
    worker = _lock_worker(answers)
    if period := answers.get("period"):
        locked = Period.objects.select_for_update(no_key=True, of=("self",))
        period = locked.select_related("joint_committee", "worker_type").get(pk=period.pk)
        answers = {**answers, "period": period}
    return answers, worker


def _lock_worker(answers: Answers) -> Worker | None:
    locked = Worker.objects.select_for_update(no_key=True)
    if ssin := answers.get("ssin"):
        return locked.get_or_create(ssin_hash=ssin_hash(ssin), defaults={"ssin": ssin})[0]
    worker = identify(answers)
    # None if the worker was removed meanwhile (`retention`).
    return locked.filter(pk=worker.pk).first() if worker else None


def apply_to_period(declaration: Declaration, state_before: PeriodState | None, worker: Worker | None) -> Period:
    """Apply an accepted declaration: open a period for the worker, or bring its period to the new state."""
    fixed = {name: getattr(declaration, name) for name in FIXED_FIELDS if name != "worker_id"}
    period = declaration.period or Period(number=declaration.number, worker=worker, **fixed)
    state = state_after(
        DeclarationKind(declaration.kind), state_before, PeriodState.from_terms(declaration), declaration.submitted_at
    )
    for each in fields(PeriodState):
        setattr(period, each.name, getattr(state, each.name))
    period.save()
    return period


def employment_terms(answers: Answers, tables: Tables) -> dict[str, Any]:
    if period := answers.get("period"):
        # A declaration cannot change these, so the period keeps its rows, whatever the tables contain now.
        committee, worker_type = period.joint_committee, period.worker_type
    else:
        committee, worker_type, _pair = referential_rows(answers, tables)
    return {
        "employer": answers["employer"],
        "joint_committee": committee,
        "worker_type": worker_type,
        "duration_unit": answers.get("duration_unit", ""),
        **{name: answers.get(name) for name in DATES_AND_HOURS},
    }


# -- anomalies -------------------------------------------------------------------------------------------------


def anomaly_rows(model: type[Row], findings: Iterable[rules.Finding], tables: Tables, at: datetime) -> list[Row]:
    """Unsaved rows of the findings with their texts at `at`, blocking ones first, without owner."""
    unique, day = once_per_field(findings), localdate(at)
    rows = [(finding, tables.anomaly(finding.code, day, finding.rule.name)) for finding in unique]
    return [
        model(
            code=finding.code,
            severity=finding.rule.severity,
            field=finding.rule.field,
            step=row.step,
            detail=finding.detail,
            texts=texts_of(row, finding.since, at),
        )
        for finding, row in rows
    ]


def save_anomalies(model: type[Row], rows: list[Row], **owner: Any) -> None:
    """Save the rows with their owner, a stored declaration or decision."""
    for row in rows:
        for name, value in owner.items():
            setattr(row, name, value)
    model._default_manager.bulk_create(rows)


def once_per_field(findings: Iterable[rules.Finding]) -> list[rules.Finding]:
    """The findings, blocking ones first; a code that several rules report for one field appears once."""
    unique: dict[tuple[str, str], rules.Finding] = {}
    for finding in findings:
        unique.setdefault((finding.code, finding.rule.field), finding)
    return sorted(unique.values(), key=lambda finding: finding.rule.severity != Severity.BLOCKING)


def texts_of(
    anomaly: Anomaly, since: date | datetime | None = None, at: datetime | None = None
) -> dict[str, dict[str, str]]:
    """Explanation and repair in every language. The explanation names the day `since` which it applies."""
    texts = {}
    for language, label in anomaly.labels.items():
        with override(language):
            dated = with_since(label, since, at)
        texts[language] = {"label": dated, "repair": getattr(anomaly, f"repair_{language}")}
    return texts
