"""The ledger of a period: the effect of each accepted declaration, starting with the Dimona IN.

A period row has the current state only. Its declarations store the states before and after them, so its whole history
can be read and replayed: `differences` does so, for `manage.py check_ledger`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, time
from typing import Any

from ..enums import DeclarationKind
from ..models import Declaration, EmploymentTerms, Period, PeriodLock

DATES_AND_HOURS = ("start_date", "start_time", "end_date", "end_time", "planned_hours")
# Fields that no declaration can change: a change takes an OUT and a new IN (domain reference 4.2).
FIXED_FIELDS = ("employer_id", "joint_committee_id", "worker_type_id", "duration_unit", "worker_id")
# Of these, the referenced row may differ: a later declaration refers to the row in force on its own starting date.
CODED_FIELDS = ("joint_committee", "worker_type")


@dataclass(frozen=True)
class PeriodState:
    """Dates, times and planned hours of a period, and the moment it was cancelled, if it was."""

    start_date: date
    start_time: time | None = None
    end_date: date | None = None
    end_time: time | None = None
    planned_hours: int | None = None
    cancelled_at: datetime | None = None

    @classmethod
    def from_terms(cls, terms: EmploymentTerms) -> PeriodState:
        """The state of a period, or the state that a declaration states."""
        cancelled_at = terms.cancelled_at if isinstance(terms, Period) else None
        return cls(
            terms.start_date, terms.start_time, terms.end_date, terms.end_time, terms.planned_hours, cancelled_at
        )

    def as_json(self) -> dict[str, Any]:
        """The state as a declaration stores it: ISO texts, None for missing values."""
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in asdict(self).items()
        }

    @property
    def fingerprint(self) -> str:
        """The state as a text that is equal for equal states."""
        return json.dumps(self.as_json(), separators=(",", ":"))


def state_after(kind: str, state_before: PeriodState | None, declared: PeriodState, at: datetime) -> PeriodState:
    """The state after an accepted declaration of that kind, filed at `at`; `state_before` is None for an IN."""
    if state_before is None or kind == DeclarationKind.IN:
        return declared
    if kind == DeclarationKind.OUT:
        return replace(state_before, end_date=declared.end_date)
    if kind == DeclarationKind.CANCELLATION:
        return replace(state_before, cancelled_at=at)
    return replace(declared, cancelled_at=state_before.cancelled_at)


def differences(period: Period, declarations: Sequence[Declaration]) -> Iterator[str]:
    """The differences between a period and the replay of its accepted declarations, given in number order."""
    if not declarations:
        yield "no accepted declaration"
        return
    yield from _opening_differences(period, declarations[0])
    state: PeriodState | None = None
    for declaration in declarations:
        after = state_after(declaration.kind, state, PeriodState.from_terms(declaration), declaration.submitted_at)
        for what in _declaration_differences(declaration, declarations[0], state, after):
            yield f"declaration {declaration.number}: {what}"
        state = after
    if state:
        yield from (f"period: {what}" for what in _state_differences(state, PeriodState.from_terms(period)))


def lock_differences(period: Period, locks: Iterable[PeriodLock]) -> Iterator[str]:
    """The difference, if any, between the period's lock and the last recorded lock or unlock."""
    last = max(locks, key=lambda lock: lock.pk, default=None)
    locked_at = last.changed_at if last and last.is_locked else None
    if period.locked_at != locked_at:
        yield f"period: locked_at is {period.locked_at}, replayed {locked_at}"


def _opening_differences(period: Period, opening: Declaration) -> Iterator[str]:
    names = ("number", *FIXED_FIELDS) if opening.kind == DeclarationKind.IN else FIXED_FIELDS
    for name in names:
        ours, theirs = _ledger_value(opening, name), getattr(period, name)
        if ours != theirs:
            yield f"period: {name} is {theirs}, replayed {ours}"


def _declaration_differences(
    declaration: Declaration, opening: Declaration, state: PeriodState | None, after: PeriodState
) -> Iterator[str]:
    """The reasons why a declaration cannot have brought the period from `state` (None: no period) to `after`."""
    declared = PeriodState.from_terms(declaration)
    if why := _why_not_possible(declaration.kind, state, declared):
        yield f"{declaration.kind} {why}"
    if declaration.state_before != (state_before := state.as_json() if state else None):
        yield f"state_before is {declaration.state_before}, replayed {state_before}"
    # A declaration states the period after it, except for the moment of cancellation.
    yield from _state_differences(replace(after, cancelled_at=None), declared)
    for name in FIXED_FIELDS:
        ours, theirs = _comparable_value(opening, name), _comparable_value(declaration, name)
        if ours != theirs:
            yield f"{name} is {theirs}, replayed {ours}"


def _ledger_value(declaration: Declaration, name: str) -> Any:
    """The value in the ledger; for the worker of a pending declaration, the one whom the reviewer identified."""
    decision = getattr(declaration, "decision", None)
    return getattr(decision if decision and name == "worker_id" else declaration, name)


def _comparable_value(declaration: Declaration, name: str) -> Any:
    coded = name.removesuffix("_id")
    return getattr(declaration, coded).code if coded in CODED_FIELDS else _ledger_value(declaration, name)


def _why_not_possible(kind: str, state: PeriodState | None, declared: PeriodState) -> str:
    """Why no declaration of that kind can be accepted on a period in that state; empty if one can."""
    if kind not in DeclarationKind.values:
        return "is no type of declaration"
    if state is None:
        return "" if kind == DeclarationKind.IN else "before any Dimona IN"
    if kind == DeclarationKind.IN:
        return "on a period that is open already"
    if state.cancelled_at:
        return "on a cancelled period"
    if kind == DeclarationKind.OUT:
        return _why_no_out(state, declared)
    return _why_no_modification(state, declared) if kind == DeclarationKind.MODIFICATION else ""


def _why_no_out(state: PeriodState, declared: PeriodState) -> str:
    if state.end_date:
        return "on a period that has an ending date"
    return "" if declared.end_date else "without an ending date"


def _why_no_modification(state: PeriodState, declared: PeriodState) -> str:
    if declared == state:
        return "that changes nothing"
    return "that closes an open period" if declared.end_date and not state.end_date else ""


def _state_differences(replayed: PeriodState, stored: PeriodState) -> Iterator[str]:
    for each in fields(PeriodState):
        ours, theirs = getattr(replayed, each.name), getattr(stored, each.name)
        if ours != theirs:
            yield f"{each.name} is {theirs}, replayed {ours}"
