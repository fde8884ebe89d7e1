"""Rules on the employer."""

from __future__ import annotations

from datetime import date

from .registry import ALL_KINDS, rule


@rule("90256-342", field="employer_number", source="domain reference 1; ruling 18", kinds=ALL_KINDS)
def employer_may_use_this_channel(is_secured_channel_only: bool) -> bool:
    """The employer may declare through this channel, not through a secured channel only."""
    return not is_secured_channel_only


@rule(
    "90373-343",
    field="employer_number",
    source="domain reference 7.3; ruling 18",
    modification_code="90378-343",
)
def employer_is_active_on_the_start_date(
    start_date: date, active_from: date | None, active_until: date | None
) -> bool:
    """The starting date lies between the employer's first and last day in the repertory, both included."""
    return (active_from or date.min) <= start_date <= (active_until or date.max)


@rule("90256-364", field="employer_number", source="manual 'petits statuts'; domain reference 3.8")
def employer_has_a_definitive_nsso_number(requires_definitive_nsso_number: bool, nsso_number: str | None) -> bool:
    """Small statutes require an employer with a definitive NSSO number."""
    return bool(nsso_number) or not requires_definitive_nsso_number
