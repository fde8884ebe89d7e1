"""The one domain call: what the office would answer to a declaration, and the filing of it.

`examine` computes the answer and changes nothing; `submit` files, in one transaction, whatever the answer is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from json import dumps
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from referentials.models import Anomaly, Employer
from referentials.tables import Tables

from . import rules
from .encryption import keyed_hash
from .enums import DeclarationKind, Severity, Status
from .facts import Answers, as_declared, facts_of, quotas_that_apply, rows_of
from .identity import family_name_hash, fold, ssin_hash
from .ledger import FIXED_FIELDS, SPAN_FIELDS, State, after
from .models import Declaration, DeclarationAnomaly, DeclarationRank, Period, Worker
from .numbers import dimona

# Far from the real series, so that nobody takes a number of this service for one of the office (domain reference 6).
FIRST_RANK = 9_000_000_000
# What stands in the answers as rows of the database is kept by columns of its own.
ROWS = ("employer", "period")


class AnswerChangedError(Exception):
    """The office's answer is no longer the one that was displayed; nothing was filed. `answer` is the new one."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True)
class Answer:
    """What the office answers: the status and the rules that do not hold; and the state of the period it judged."""

    status: Status
    findings: tuple[rules.Finding, ...]
    before: State | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for answers that say the same to the filer: the status, the codes, and what the period was before."""
        state = [dumps(self.before.as_json())] if self.before else []
        return " ".join([self.status, *sorted({finding.code for finding in self.findings}), *state])


@dataclass(frozen=True)
class Filing:
    """What is kept of a declaration beside its typed columns: the values by step, and the overview by language."""

    draft: UUID
    language: str
    steps: Mapping[str, Any]
    shown: Mapping[str, Any]


# -- who the worker is -----------------------------------------------------------------------------------------


def identify(answers: Answers) -> Worker | None:
    """The worker of that period or SSIN, else the only one known by that name, birth date and sex; None for nobody."""
    if period := answers.get("period"):
        return Worker.objects.get(pk=period.worker_id)
    if ssin := answers.get("ssin"):
        return Worker.objects.filter(ssin_hash=ssin_hash(ssin)).first()
    candidates = Worker.objects.filter(family_name_hash=family_name_hash(answers["family_name"]))
    matches = [worker for worker in candidates if _is_same_person(worker.identity, answers)]
    return matches[0] if len(matches) == 1 else None


def worker_key(answers: Answers) -> str:
    """A text that stands for the worker, the same however the answers name them: to count what is asked of one."""
    if period := answers.get("period"):
        return str(period.worker.ssin_hash)
    if ssin := answers.get("ssin"):
        return ssin_hash(ssin)
    named = (fold(answers["family_name"]), fold(answers["given_name"]), answers["birth_date"])
    return keyed_hash("worker", " ".join(named))


def _is_same_person(identity: Mapping[str, Any], answers: Answers) -> bool:
    return (
        fold(identity.get("given_name", "")) == fold(answers["given_name"])
        and identity.get("birth_date") == answers["birth_date"]
        and identity.get("sex") == answers["sex"]
    )


# -- examining -------------------------------------------------------------------------------------------------


def examine(kind: DeclarationKind, answers: Answers, *, at: datetime, tables: Tables) -> Answer:
    """What the office would answer at the moment `at` (aware)."""
    return _answer(kind, answers, identify(answers), at=at, tables=tables)


def _answer(kind: DeclarationKind, answers: Answers, worker: Worker | None, *, at: datetime, tables: Tables) -> Answer:
    findings = tuple(rules.examine(kind, facts_of(as_declared(answers), at=at, tables=tables, worker=worker)))
    is_identified = bool(answers.get("ssin")) or worker is not None
    period = answers.get("period")
    return Answer(status_of(findings, is_identified=is_identified), findings, State.of(period) if period else None)


def status_of(findings: tuple[rules.Finding, ...], *, is_identified: bool) -> Status:
    """Any blocking rule refuses; else who is not identified is pending; else a warning comes with the acceptance."""
    severities = {finding.rule.severity for finding in findings}
    if Severity.BLOCKING in severities:
        return Status.REFUSED
    if not is_identified:
        return Status.PENDING
    return Status.ACCEPTED_WITH_WARNING if severities else Status.ACCEPTED


# -- filing ----------------------------------------------------------------------------------------------------


def submit(
    kind: DeclarationKind, answers: Answers, filing: Filing, *, at: datetime, tables: Tables, displayed: str | None
) -> Declaration:
    """File the declaration once: a draft already filed gives back its declaration, unchanged.

    `displayed` is the fingerprint of the answer that the filer saw, None when none was shown. Raises
    AnswerChangedError when it is another now.
    """
    try:
        with transaction.atomic():
            return _file(kind, answers, filing, at=at, tables=tables, displayed=displayed)
    except IntegrityError:
        # Two Confirms at once on PostgreSQL: the other one was first, and the unique draft stopped this one.
        declaration = Declaration.objects.filter(draft=filing.draft).first()
        if declaration is None:
            raise
        return declaration


def _file(
    kind: DeclarationKind, answers: Answers, filing: Filing, *, at: datetime, tables: Tables, displayed: str | None
) -> Declaration:
    answers, worker = _hold(answers, tables)
    if filed := Declaration.objects.filter(draft=filing.draft).first():
        # An earlier Confirm of this draft; a simultaneous one may have let go of the worker only now.
        return filed
    answer = _answer(kind, answers, worker, at=at, tables=tables)
    if displayed not in (answer.fingerprint, None):
        raise AnswerChangedError(answer)
    declaration = Declaration(
        **_span(as_declared(answers), tables),
        number=dimona.from_rank(FIRST_RANK + DeclarationRank.objects.create().pk),
        kind=kind,
        status=answer.status,
        submitted_at=at,
        language=filing.language,
        draft=filing.draft,
        worker=worker,
        period=answers.get("period"),
        family_name_hash=family_name_hash(answers.get("family_name", "")),
        answers={"steps": filing.steps, "values": values_of(answers), "shown": filing.shown},
        before=answer.before.as_json() if answer.before else None,
    )
    if answer.status.is_accepted:
        declaration.period = _enter(declaration, answer.before)
    declaration.save()
    DeclarationAnomaly.objects.bulk_create(_anomalies(declaration, answer, tables))
    return declaration


def _enter(declaration: Declaration, before: State | None) -> Period:
    """Enter an accepted declaration in the ledger: open its period, or bring the period to its new state."""
    period = declaration.period or Period(
        number=declaration.number, **{name: getattr(declaration, name) for name in FIXED_FIELDS}
    )
    state = after(DeclarationKind(declaration.kind), before, State.of(declaration), declaration.submitted_at)
    for each in fields(State):
        setattr(period, each.name, getattr(state, each.name))
    period.save()
    return period


def values_of(answers: Answers) -> dict[str, Any]:
    """The answers by field name, as they were read: compact numbers, codes, dates and times; no rows."""
    return {name: value for name, value in answers.items() if name not in ROWS and value not in (None, "")}


def _hold(answers: Answers, tables: Tables) -> tuple[Answers, Worker | None]:
    """The worker, held until the filing ends so that filings which count together wait for one another.

    Held without its key, so that rows which only refer to it do not wait. The employer is held too, and first, when it
    has a quota of its own; the period last, and read again: the answers hold it as it is now. An SSIN never seen
    before enters the register.
    """
    if any(quota.holder == quota.Holder.EMPLOYER for quota in quotas_that_apply(as_declared(answers), tables)):
        Employer.objects.select_for_update(no_key=True).get(pk=answers["employer"].pk)
    worker = _hold_worker(answers)
    if period := answers.get("period"):
        held = Period.objects.select_for_update(no_key=True, of=("self",))
        period = held.select_related("joint_committee", "worker_type").get(pk=period.pk)
        answers = {**answers, "period": period}
    return answers, worker


def _hold_worker(answers: Answers) -> Worker | None:
    held = Worker.objects.select_for_update(no_key=True)
    if ssin := answers.get("ssin"):
        return held.get_or_create(ssin_hash=ssin_hash(ssin), defaults={"ssin": ssin})[0]
    worker = identify(answers)
    return held.get(pk=worker.pk) if worker else None


def _span(answers: Answers, tables: Tables) -> dict[str, Any]:
    committee, worker_type, _pair = rows_of(answers, tables)
    return {
        "employer": answers["employer"],
        "joint_committee": committee,
        "worker_type": worker_type,
        "duration_unit": answers.get("duration_unit", ""),
        **{name: answers.get(name) for name in SPAN_FIELDS},
    }


def _anomalies(declaration: Declaration, answer: Answer, tables: Tables) -> list[DeclarationAnomaly]:
    day = localdate(declaration.submitted_at)
    rows = [
        (finding, tables.anomaly(finding.code, day, finding.rule.name)) for finding in once_per_field(answer.findings)
    ]
    return [
        DeclarationAnomaly(
            declaration=declaration,
            code=finding.code,
            severity=finding.rule.severity,
            field=finding.rule.field,
            step=row.step,
            detail=finding.detail,
            texts=texts_of(row),
        )
        for finding, row in rows
    ]


def once_per_field(findings: tuple[rules.Finding, ...]) -> list[rules.Finding]:
    """The findings, what refuses first; a code that several rules give for one field is told once."""
    told: dict[tuple[str, str], rules.Finding] = {}
    for finding in findings:
        told.setdefault((finding.code, finding.rule.field), finding)
    return sorted(told.values(), key=lambda finding: finding.rule.severity != Severity.BLOCKING)


def texts_of(anomaly: Anomaly) -> dict[str, dict[str, str]]:
    """What is wrong and how to repair it, in every language."""
    return {
        language: {"label": label, "repair": getattr(anomaly, f"repair_{language}")}
        for language, label in anomaly.labels.items()
    }
