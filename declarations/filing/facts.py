"""The facts that the rules judge: the answers, the tables on that day, and earlier declarations."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from referentials.models import AllowedPair, JointCommittee, Quota, WorkerType
from referentials.tables import Tables

from ..enums import DurationUnit, LookupResult
from ..models import Period, Worker
from ..rules import PeriodFact, QuotaUse
from ..rules.moments import first_day_of_quarter, quarter_of
from ..rules.periods import days_read
from .ledger import DATES_AND_HOURS

Answers = Mapping[str, Any]


def first_and_last_day(span: str, day: date) -> tuple[date, date]:
    """The first and last day of the calendar year or the quarter that contains `day`."""
    if span == Quota.Span.YEAR:
        return date(day.year, 1, 1), date(day.year, 12, 31)
    first = first_day_of_quarter(day)
    last_month = first.month + 2
    return first, date(day.year, last_month, monthrange(day.year, last_month)[1])


def with_period_values(answers: Answers) -> dict[str, Any]:
    """The answers with the keys of a Dimona IN; missing ones take the values of the period declared before."""
    period = answers.get("period")
    if period is None:
        return dict(answers)
    return {
        **{name: getattr(period, name) for name in (*DATES_AND_HOURS, "duration_unit")},
        "joint_committee": period.joint_committee.code,
        "worker_type": period.worker_type.code,
        **answers,
    }


def facts_of(answers: Answers, *, at: datetime, tables: Tables, worker: Worker | None) -> dict[str, Any]:
    """Every fact that a rule may read, from the answers of `with_period_values`.

    `at` is aware; `worker` is None if nobody was identified. Answers with a `period` add its facts. Raises LookupError
    for a code that no table contains: the forms accept none.
    """
    _committee, worker_type, _pair = referential_rows(answers, tables)
    return {
        **step_facts(answers, tables=tables, day=answers["start_date"]),
        **_employer_facts(answers, worker_type),
        "filed_at": at,
        "periods": _periods_of(worker, answers, is_flexi=worker_type.is_flexi) if worker else (),
        "quota_uses": tuple(_quota_uses(answers, tables, worker)),
    }


def step_facts(answers: Answers, *, tables: Tables, day: date) -> dict[str, Any]:
    """The facts from the answers of some steps, for the rules reported on a step.

    A missing answer is None, empty or False. `day` replaces a starting date that is missing.
    """
    answers = with_period_values(answers)
    day = answers.get("start_date") or day
    codes = answers.get("joint_committee") or "", answers.get("worker_type") or ""
    committee = tables.joint_committee(codes[0], day) or JointCommittee()
    worker_type = tables.worker_type(codes[1], day) or WorkerType()
    return {
        **_period_facts(answers, committee, worker_type),
        **_answer_facts(answers),
        **_characteristics_facts(answers, committee, worker_type, tables.pair(*codes, day), day),
        "risk_nature": tables.risk_nature(answers.get("risk_code") or "", day),
    }


def _period_facts(answers: Answers, committee: JointCommittee, worker_type: WorkerType) -> dict[str, Any]:
    period = answers.get("period")
    if period is None:
        return {}
    return {**period_state_facts(period), "requires_end_date": requires_end_date(committee, worker_type)}


def requires_end_date(committee: JointCommittee | None, worker_type: WorkerType | None) -> bool:
    """Whether a period must have an ending date: the type requires it, or it is agency work (domain reference 3)."""
    by_type = worker_type is not None and worker_type.requires_end_date
    return by_type or (committee is not None and committee.is_agency)


def period_state_facts(period: Period) -> dict[str, Any]:
    """The period before the declaration: its dates and hours as `previous_…`, and when it was cancelled and locked."""
    return {
        "lookup_result": LookupResult.PERIOD,
        **{f"previous_{name}": getattr(period, name) for name in DATES_AND_HOURS},
        "cancelled_at": period.cancelled_at,
        "locked_at": period.locked_at,
    }


def _answer_facts(answers: Answers) -> dict[str, Any]:
    optional = ("start_date", "end_date", "start_time", "end_time", "planned_hours")
    texts = (
        "joint_committee", "worker_type", "ssin", "duration_unit", "user_enterprise_number", "user_name",
        "user_joint_committee", "first_month_card", "next_month_card", "nature", "risk_code",
    )  # fmt: skip
    return {
        **{name: answers.get(name) for name in optional},
        **{name: answers.get(name) or "" for name in texts},
    }


def referential_rows(answers: Answers, tables: Tables) -> tuple[JointCommittee, WorkerType, AllowedPair | None]:
    """The rows of the committee, the type and the pair on the starting date, or the nearest ones.

    Raises LookupError for a code that no table contains: the forms accept none.
    """
    day = answers["start_date"]
    committee = tables.joint_committee(answers["joint_committee"], day)
    worker_type = tables.worker_type(answers["worker_type"], day)
    if committee is None or worker_type is None:
        raise LookupError(answers["joint_committee"], answers["worker_type"])
    return committee, worker_type, tables.pair(committee.code, worker_type.code, day)


def is_by_hour(worker_type: WorkerType, duration_unit: str) -> bool:
    """Whether a period with that type and unit is counted by the hour, and lasts at most 24; not if per period."""
    return worker_type.is_at_most_24_hours and duration_unit != DurationUnit.PER_PERIOD


def _characteristics_facts(
    answers: Answers, committee: JointCommittee, worker_type: WorkerType, pair: AllowedPair | None, day: date
) -> dict[str, Any]:
    unit = answers.get("duration_unit", "")
    is_per_period = unit == DurationUnit.PER_PERIOD
    return {
        "pair_exists": pair is not None,
        "characteristics_are_in_force": all(row.is_valid_on(day) for row in (committee, worker_type, pair) if row),
        "is_one_day": worker_type.is_one_day or unit == DurationUnit.DAY_FLAT_RATE,
        "is_within_quarter": worker_type.is_within_quarter and unit != DurationUnit.PER_DAY,
        "is_at_most_24_hours": is_by_hour(worker_type, unit),
        "is_late_by_hour": worker_type.is_late_by_hour and not is_per_period,
        "is_per_period": is_per_period,
        "max_days_ahead": worker_type.max_days_ahead,
        "ahead_of": worker_type.ahead_of,
        "requires_ssin": worker_type.requires_ssin,
        "requires_definitive_nsso_number": worker_type.requires_definitive_nsso_number,
        "requires_user": committee.is_agency,
        "user_committees": tuple(pair.user_committees.split()) if pair else (),
        "limits_consecutive_days": pair is not None and pair.limits_consecutive_days,
        "is_flexi": worker_type.is_flexi,
        "has_fixed_hours": "period" in answers and worker_type.is_student,
    }


def _employer_facts(answers: Answers, worker_type: WorkerType) -> dict[str, Any]:
    employer, period, condition = answers["employer"], answers.get("period"), worker_type.employer_condition
    return {
        **({"is_period_of_employer": period.employer_id == employer.pk} if period else {}),
        "nsso_number": employer.nsso_number,
        "is_secured_channel_only": employer.is_secured_channel_only,
        "active_from": employer.active_from,
        "active_until": employer.active_until,
        "is_open_to_employer": not condition or bool(getattr(employer, condition)),
    }


def _periods_of(worker: Worker, answers: Answers, *, is_flexi: bool) -> tuple[PeriodFact, ...]:
    """The worker's periods at the employer between the first and the last day that a rule reads."""
    first, last = days_read(answers["start_date"], answers.get("end_date"), is_flexi=is_flexi)
    found = _other_periods(answers).filter(
        Q(end_date=None) | Q(end_date__gte=first),
        worker=worker,
        employer=answers["employer"],
        start_date__lte=last,
    )
    found = found.select_related("joint_committee", "worker_type")
    return tuple(period_fact(period) for period in found)


def _other_periods(answers: Answers) -> QuerySet[Period]:
    """The periods that count, without cancelled ones and the one that is declared on."""
    not_cancelled, period = Period.objects.not_cancelled(), answers.get("period")
    return not_cancelled.exclude(pk=period.pk) if period else not_cancelled


def period_fact(period: Period) -> PeriodFact:
    """A period as the rules see it."""
    worker_type = period.worker_type
    return PeriodFact(
        joint_committee=period.joint_committee.code,
        worker_type=worker_type.code,
        start_date=period.start_date,
        end_date=period.end_date,
        start_time=period.start_time,
        end_time=period.end_time,
        is_at_most_24_hours=is_by_hour(worker_type, period.duration_unit),
        bars_flexi=worker_type.bars_flexi,
    )


# -- quotas ----------------------------------------------------------------------------------------------------


def _quota_uses(answers: Answers, tables: Tables, worker: Worker | None) -> list[QuotaUse]:
    return [
        QuotaUse(
            code=quota.code,
            holder=quota.holder,
            unit=quota.unit,
            limit=quota.limit,
            used=amount_used(quota, counted),
            added=_amount_added(quota, counted, answers, worker),
            replaced=_amount_replaced(quota, counted, answers),
            is_blocking=quota.is_blocking,
        )
        for quota in quotas_that_apply(answers, tables)
        if (counted := counted_periods(quota, answers, worker)) is not None
    ]


def quotas_that_apply(answers: Answers, tables: Tables) -> list[Quota]:
    """The quotas in force on the starting date for the declared type, committee and quarter."""
    day = answers["start_date"]
    return [
        quota
        for quota in tables.quotas
        if quota.is_valid_on(day)
        and quota.worker_type == answers["worker_type"]
        and quota.joint_committee in ("", answers["joint_committee"])
        and quota.quarter in (None, quarter_of(day))
    ]


def counted_periods(quota: Quota, answers: Answers, worker: Worker | None) -> QuerySet[Period] | None:
    """The periods that count towards the quota; None if it does not apply to this worker.

    The answers give the starting date, which determines the year or quarter, and the employer that the quota is about.
    """
    periods = _other_periods(answers).filter(
        Q(joint_committee__code=quota.joint_committee) if quota.joint_committee else Q(),
        worker_type__code=quota.worker_type,
        start_date__range=first_and_last_day(quota.span, answers["start_date"]),
    )
    if quota.holder == Quota.Holder.EMPLOYER:
        return periods.filter(employer=answers["employer"])
    if worker is None:
        return periods.none()
    if quota.is_with_student_work and not _is_student(worker, answers["start_date"]):
        return None
    return periods.filter(worker=worker)


def _is_student(worker: Worker, day: date) -> bool:
    in_year = worker.periods.not_cancelled().filter(start_date__range=first_and_last_day(Quota.Span.YEAR, day))
    return in_year.filter(worker_type__is_student=True).exists()


def amount_used(quota: Quota, counted: QuerySet[Period]) -> int:
    """The use by those periods, in the quota's unit; a worker's day counts once even if split."""
    if quota.unit == Quota.Unit.HOURS:
        return counted.aggregate(total=Sum("planned_hours"))["total"] or 0
    return counted.order_by().values("worker", "start_date").distinct().count()


def _amount_added(quota: Quota, counted: QuerySet[Period], answers: Answers, worker: Worker | None) -> int:
    """What this declaration adds; nothing for a day that already counts."""
    if quota.unit == Quota.Unit.HOURS:
        return answers.get("planned_hours") or 0
    is_counted = worker is not None and counted.filter(worker=worker, start_date=answers["start_date"]).exists()
    return 0 if is_counted else 1


def _amount_replaced(quota: Quota, counted: QuerySet[Period], answers: Answers) -> int:
    """The earlier use by the declared period in the same year or quarter, except days that others keep."""
    period = answers.get("period")
    first, last = first_and_last_day(quota.span, answers["start_date"])
    if period is None or not first <= period.start_date <= last:
        return 0
    if quota.unit == Quota.Unit.HOURS:
        return period.planned_hours or 0
    return 0 if counted.filter(worker=period.worker, start_date=period.start_date).exists() else 1
