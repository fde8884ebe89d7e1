"""The one domain call: what the office would answer to a declaration, and the filing of it.

`assess` computes it and changes nothing; `submit` files, in one transaction, whatever the assessment is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from referentials.numbers import dimona
from referentials.tables import Tables

from .. import rules
from ..enums import DeclarationKind, Severity, Status
from ..models import Declaration, DeclarationAnomaly, DeclarationRank, Notification, Period, QueueEntry, Worker
from ..names import family_name_hash
from ..records.seals import mac_of
from ..rules import deadlines
from .facts import Answers, facts_of, with_period_values
from .ledger import PeriodState
from .workers import anomaly_rows, apply_to_period, employment_terms, identify, lock_for_filing, save_anomalies

# Far from the real series, so that nobody takes a number of this service for one of the office (domain reference 6).
FIRST_RANK = 9_000_000_000
# What stands in the answers as rows of the database is kept by columns of its own.
OWN_COLUMNS = ("employer", "period")
# No status begins so, hence no fingerprint.
NOT_PREVIEWED = "not_previewed"


class AssessmentChangedError(Exception):
    """The assessment is no longer the one that was displayed; nothing was filed. `assessment` is the new one."""

    def __init__(self, assessment: Assessment) -> None:
        super().__init__(assessment.status)
        self.assessment = assessment


@dataclass(frozen=True)
class Assessment:
    """What the office answers: the status and the rules that do not hold; and the state of the period it judged.

    `comes_late`: an OUT or a Cancellation that the office takes all the same, as the overview says without an anomaly.
    """

    status: Status
    findings: tuple[rules.Finding, ...]
    state_before: PeriodState | None = None
    comes_late: bool = False

    @property
    def fingerprint(self) -> str:
        """Equal for answers that say the same to the filer: the status, the codes, and what the period was before."""
        codes = sorted({finding.code for finding in self.findings})
        return " ".join([self.status, *codes, _text(self.state_before), *(["late"] if self.comes_late else [])])


def not_previewed(state_before: PeriodState | None) -> str:
    """In the place of an assessment's fingerprint, for who was shown none: what the period was before, alone."""
    return f"{NOT_PREVIEWED} {_text(state_before)}"


def is_not_previewed(displayed_fingerprint: str) -> bool:
    """Whether that text stands in the place of a fingerprint, as `not_previewed` makes it."""
    return displayed_fingerprint.startswith(NOT_PREVIEWED)


def _text(state_before: PeriodState | None) -> str:
    return state_before.fingerprint if state_before else ""


@dataclass(frozen=True)
class Submission:
    """What is kept of a declaration beside its typed columns: the values by step, and the overview by language."""

    draft: UUID
    language: str
    steps: Mapping[str, Any]
    overviews: Mapping[str, Any]


# -- examining -------------------------------------------------------------------------------------------------


def assess(kind: DeclarationKind, answers: Answers, *, at: datetime, tables: Tables) -> Assessment:
    """What the office would answer at the moment `at` (aware)."""
    return assess_with_worker(kind, answers, identify(answers), at=at, tables=tables)


def assess_with_worker(
    kind: DeclarationKind, answers: Answers, worker: Worker | None, *, at: datetime, tables: Tables
) -> Assessment:
    """What the office answers on that worker, None while nobody is identified."""
    declared = with_period_values(answers)
    findings = tuple(rules.examine(kind, facts_of(declared, at=at, tables=tables, worker=worker)))
    status = status_of(findings, is_identified=bool(answers.get("ssin")) or worker is not None)
    period = answers.get("period")
    is_in_time = deadlines.is_in_time(kind, at, declared["start_date"], declared.get("end_date"))
    comes_late = status.is_accepted and not is_in_time
    return Assessment(status, findings, PeriodState.from_terms(period) if period else None, comes_late)


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
    kind: DeclarationKind,
    answers: Answers,
    submission: Submission,
    *,
    at: datetime,
    tables: Tables,
    displayed_fingerprint: str,
) -> Declaration:
    """File the declaration once: a draft already filed gives back its declaration, unchanged.

    `displayed_fingerprint` is that of the assessment that the filer saw, or `not_previewed` when none was shown.
    Raises AssessmentChangedError when it is another now, or when the period was removed meanwhile, its term of keeping
    over.
    """
    try:
        with transaction.atomic():
            return _submit(
                kind, answers, submission, at=at, tables=tables, displayed_fingerprint=displayed_fingerprint
            )
    except (Period.DoesNotExist, Worker.DoesNotExist) as gone:
        raise AssessmentChangedError(Assessment(Status.REFUSED, ())) from gone
    except IntegrityError:
        # Two Confirms at once on PostgreSQL: the other one was first, and the unique draft stopped this one.
        declaration = Declaration.objects.filter(draft=submission.draft).first()
        if declaration is None:
            raise
        return declaration


def _submit(
    kind: DeclarationKind,
    answers: Answers,
    submission: Submission,
    *,
    at: datetime,
    tables: Tables,
    displayed_fingerprint: str,
) -> Declaration:
    answers, worker = lock_for_filing(answers, tables)
    if filed := Declaration.objects.filter(draft=submission.draft).first():
        # An earlier Confirm of this draft; a simultaneous one may have let go of the worker only now.
        return filed
    assessment = assess_with_worker(kind, answers, worker, at=at, tables=tables)
    if displayed_fingerprint not in (assessment.fingerprint, not_previewed(assessment.state_before)):
        raise AssessmentChangedError(assessment)
    declaration = Declaration(
        **employment_terms(with_period_values(answers), tables),
        number=dimona.from_rank(FIRST_RANK + DeclarationRank.objects.create().pk),
        kind=kind,
        status=assessment.status,
        submitted_at=at,
        language=submission.language,
        draft=submission.draft,
        worker=worker,
        period=answers.get("period"),
        family_name_hash=family_name_hash(answers.get("family_name", "")),
        answers={"steps": submission.steps, "values": values_of(answers), "overviews": submission.overviews},
        state_before=assessment.state_before.as_json() if assessment.state_before else None,
    )
    if assessment.status.is_accepted:
        declaration.period = apply_to_period(declaration, assessment.state_before, worker)
    anomalies = anomaly_rows(DeclarationAnomaly, assessment.findings, tables, at)
    declaration.content_mac = mac_of(declaration, anomalies)
    declaration.save()
    save_anomalies(DeclarationAnomaly, anomalies, declaration=declaration)
    if assessment.status == Status.PENDING:
        QueueEntry.objects.create(declaration=declaration, since=at)
    Notification.objects.queue(declaration, at=at)
    return declaration


def values_of(answers: Answers) -> dict[str, Any]:
    """The answers by field name, as they were read: compact numbers, codes, dates and times; no rows."""
    return {name: value for name, value in answers.items() if name not in OWN_COLUMNS and value not in (None, "")}
