"""The ledger of a period: what each accepted declaration makes of it, from the Dimona IN on.

A period row holds the present state alone. Its declarations keep the states before and after them, so that its whole
history can be read, and rebuilt: `replay` does that, and `manage.py check_ledger` compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, time
from typing import Any

from .enums import DeclarationKind
from .models import Declaration, Period, Span

SPAN_FIELDS = ("start_date", "start_time", "end_date", "end_time", "planned_hours")
# What no declaration changes: a real change is an OUT and a new IN (domain reference 4.2).
FIXED_FIELDS = ("employer_id", "joint_committee_id", "worker_type_id", "duration_unit", "worker_id")


@dataclass(frozen=True)
class State:
    """The dates, hours and planned hours of a period, and the moment it was cancelled, None while it stands."""

    start_date: date
    start_time: time | None = None
    end_date: date | None = None
    end_time: time | None = None
    planned_hours: int | None = None
    cancelled_at: datetime | None = None

    @classmethod
    def of(cls, span: Span) -> State:
        """The state that a period is in, or that a declaration states."""
        cancelled_at = span.cancelled_at if isinstance(span, Period) else None
        return cls(span.start_date, span.start_time, span.end_date, span.end_time, span.planned_hours, cancelled_at)

    def as_json(self) -> dict[str, Any]:
        """The state as a declaration keeps it: ISO texts, None for what there is not."""
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in asdict(self).items()
        }


def after(kind: DeclarationKind, before: State | None, declared: State, at: datetime) -> State:
    """What an accepted declaration of that kind, filed at `at`, makes of the state `before` (None for an IN)."""
    if before is None or kind == DeclarationKind.IN:
        return declared
    if kind == DeclarationKind.OUT:
        return replace(before, end_date=declared.end_date)
    if kind == DeclarationKind.CANCELLATION:
        return replace(before, cancelled_at=at)
    return replace(declared, cancelled_at=before.cancelled_at)


def differences(period: Period, declarations: Iterable[Declaration]) -> Iterator[str]:
    """Where the period is not what its accepted declarations, in the order of their numbers, make of it."""
    state: State | None = None
    for declaration in declarations:
        yield from _fixed(period, declaration)
        kind = DeclarationKind(declaration.kind)
        if not _may_follow(kind, state):
            yield f"declaration {declaration.number}: {kind} out of its place"
        yield from _kept_before(declaration, state)
        declared = State.of(declaration)
        state = after(kind, state, declared, declaration.submitted_at)
        stated = replace(state, cancelled_at=None)
        yield from _unlike(f"declaration {declaration.number}", stated, declared)
    if state is None:
        yield "no accepted declaration"
    else:
        yield from _unlike("period", state, State.of(period))


def _may_follow(kind: DeclarationKind, state: State | None) -> bool:
    """Whether a declaration of that kind can be accepted on a period in that state."""
    if state is None or kind == DeclarationKind.IN:
        return state is None and kind == DeclarationKind.IN
    return state.cancelled_at is None and not (kind == DeclarationKind.OUT and state.end_date)


def _fixed(period: Period, declaration: Declaration) -> Iterator[str]:
    for name in FIXED_FIELDS:
        if getattr(period, name) != getattr(declaration, name):
            yield f"declaration {declaration.number}: {name} is not the period's"


def _kept_before(declaration: Declaration, state: State | None) -> Iterator[str]:
    expected = state.as_json() if state else None
    if declaration.before != expected:
        yield f"declaration {declaration.number}: state before {declaration.before}, replayed {expected}"


def _unlike(what: str, replayed: State, found: State) -> Iterator[str]:
    for each in fields(State):
        ours, theirs = getattr(replayed, each.name), getattr(found, each.name)
        if ours != theirs:
            yield f"{what}: {each.name} is {theirs}, replayed {ours}"
