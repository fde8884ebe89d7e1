"""The assessment of a declaration and its filing.

`assess` computes the office's reply and changes nothing; `submit` files in one transaction, whatever the assessment.
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

# Far from the real series, so that numbers of this service are not mistaken for the office's (domain reference 6).
FIRST_RANK = 9_000_000_000
# What stands in the answers as rows of the database is kept by columns of its own.
OWN_COLUMNS = ("employer", "period")
# No fingerprint begins with this text, because no status does.
NOT_PREVIEWED = "not_previewed"


class AssessmentChangedError(Exception):
    """The assessment differs from the displayed one; nothing was filed. `assessment` is the new one."""

    def __init__(self, assessment: Assessment) -> None:
        super().__init__(assessment.status)
        self.assessment = assessment


@dataclass(frozen=True)
class Assessment:
    """The office's reply: the status, the rules that do not hold, and the state of the period it judged.

    `comes_late` is True for a late OUT or Cancellation that is accepted all the same; the overview says so without an
    anomaly.
    """

    status: Status
    findings: tuple[rules.Finding, ...]
    state_before: PeriodState | None = None
    comes_late: bool = False

    @property
    def fingerprint(self) -> str:
        """A text that is equal for equal replies: status, codes, the period's state before, and lateness."""
        codes = sorted({finding.code for finding in self.findings})
        return " ".join([self.status, *codes, _text(self.state_before), *(["late"] if self.comes_late else [])])


def not_previewed(state_before: PeriodState | None) -> str:
    """A replacement for the fingerprint if no assessment was shown: only the period's state before."""
    return f"{NOT_PREVIEWED} {_text(state_before)}"


def is_not_previewed(displayed_fingerprint: str) -> bool:
    """Whether the text was made by `not_previewed`."""
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
    """The office's reply at the moment `at` (aware)."""
    return assess_with_worker(kind, answers, identify(answers), at=at, tables=tables)


def assess_with_worker(
    kind: DeclarationKind, answers: Answers, worker: Worker | None, *, at: datetime, tables: Tables
) -> Assessment:
    """The office's reply for that worker; None if the worker is not identified."""
    declared = with_period_values(answers)
    findings = tuple(rules.examine(kind, facts_of(declared, at=at, tables=tables, worker=worker)))
    status = status_of(findings, is_identified=bool(answers.get("ssin")) or worker is not None)
    period = answers.get("period")
    is_in_time = deadlines.is_in_time(kind, at, declared["start_date"], declared.get("end_date"))
    comes_late = status.is_accepted and not is_in_time
    return Assessment(status, findings, PeriodState.from_terms(period) if period else None, comes_late)


def status_of(findings: tuple[rules.Finding, ...], *, is_identified: bool) -> Status:
    """REFUSED if a rule blocks, else PENDING without a worker, else ACCEPTED, with or without a warning."""
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
    """File the declaration once. For a draft that was filed already, return its declaration unchanged.

    `displayed_fingerprint` is that of the assessment that the filer saw, or `not_previewed` if none was shown. Raises
    AssessmentChangedError if it has changed, or if the period was removed by `retention` in the meantime.
    """
    try:
        with transaction.atomic():
            return _submit(
                kind, answers, submission, at=at, tables=tables, displayed_fingerprint=displayed_fingerprint
            )
    except (Period.DoesNotExist, Worker.DoesNotExist) as gone:
        raise AssessmentChangedError(Assessment(Status.REFUSED, ())) from gone
    except IntegrityError:
        # Two Confirms at once on PostgreSQL: the other was first, and the unique draft made this one fail.
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
        # An earlier Confirm filed this draft, perhaps a simultaneous one that held the worker's lock until now.
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
