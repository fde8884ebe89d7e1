"""An ordinary declaration of each kind, which breaks no rule: the cases change what they need."""

from __future__ import annotations

from typing import Any

from declarations.enums import DeclarationKind, LookupResult
from declarations.rules import QuotaUse

from ..support.shorthand import dates_and_hours, day, hour, moment, was

IN, OUT = DeclarationKind.IN, DeclarationKind.OUT
MODIFICATION, CANCELLATION = DeclarationKind.MODIFICATION, DeclarationKind.CANCELLATION

AN_IN: dict[str, Any] = {
    "filed_at": moment("2026-03-26 10:00"),
    "start_date": day("2026-03-27"),
    "end_date": None,
    "start_time": None,
    "end_time": None,
    "planned_hours": None,
    "duration_unit": "",
    "is_flexi": False,
    "is_per_period": False,
    "joint_committee": "XXX",
    "worker_type": "OTH",
    "pair_exists": True,
    "characteristics_are_in_force": True,
    "is_one_day": False,
    "is_within_quarter": False,
    "is_at_most_24_hours": False,
    "is_late_by_hour": False,
    "has_fixed_hours": False,
    "max_days_ahead": None,
    "ahead_of": "start",
    "limits_consecutive_days": False,
    "ssin": "85073003328",
    "requires_ssin": False,
    "requires_definitive_nsso_number": False,
    "nsso_number": "127792067",
    "is_secured_channel_only": False,
    "is_open_to_employer": True,
    "active_from": None,
    "active_until": None,
    "requires_user": False,
    "user_enterprise_number": "",
    "user_name": "",
    "user_joint_committee": "",
    "user_committees": (),
    "first_month_card": "",
    "next_month_card": "",
    "nature": "",
    "risk_code": "",
    "risk_nature": None,
    "periods": (),
    "quota_uses": (),
}
A_PERIOD: dict[str, Any] = {
    "lookup_result": LookupResult.PERIOD,
    "is_period_of_employer": True,
    "cancelled_at": None,
    "locked_at": None,
    "requires_end_date": False,
    "previous_planned_hours": None,
}

# The period was declared from Monday 2 March on.
GOOD: dict[DeclarationKind, dict[str, Any]] = {
    IN: AN_IN,
    OUT: {**AN_IN, **A_PERIOD, **was("2026-03-02.."), **dates_and_hours("2026-03-02..2026-03-31")},
    MODIFICATION: {**AN_IN, **A_PERIOD, **was("2026-03-02..2026-03-31"), **dates_and_hours("2026-03-02..2026-04-30")},
    CANCELLATION: {**AN_IN, **A_PERIOD, **was("2026-03-02.."), **dates_and_hours("2026-03-02..")},
}

# What the tables say of some types of worker.
BY_HOUR = {"is_at_most_24_hours": True, "is_late_by_hour": True, "requires_end_date": True}
FLAT_RATE = {**BY_HOUR, "is_one_day": True}
ONE_DAY = {"is_one_day": True, "requires_end_date": True}
FLEXI_PER_DAY = {**BY_HOUR, "is_flexi": True}
FLEXI_PER_PERIOD = {"is_flexi": True, "is_per_period": True, "is_within_quarter": True, "requires_end_date": True}

NIGHT = {"start_time": hour("22:00"), "end_time": hour("03:00"), "end_date": day("2026-03-28")}


def over(holder: str = "worker", *, is_blocking: bool = False) -> dict[str, Any]:
    """A quota that is exceeded by ten hours."""
    return {"quota_uses": (QuotaUse("STUDENT", holder, "hours", 650, 640, 20, is_blocking),)}
