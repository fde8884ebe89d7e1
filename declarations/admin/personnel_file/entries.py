"""The entries of the timeline: a period, its declarations with the changes each made, and the decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from referentials.numbers import dimona, ssin

from ...confirmation.blocks import Row, Rows
from ...confirmation.content import anomaly_entries
from ...enums import DeclarationKind, Status
from ...filing.ledger import PeriodState, state_after
from ...formatting import display_datetime, display_day_and_time
from ...models import Decision, Declaration, EmploymentTerms, Period, Worker
from ...names import display_name

# Parsers of a stored state; columns that are not listed hold integers.
PARSERS: dict[str, Callable[[str], Any]] = {
    "start_date": date.fromisoformat,
    "start_time": time.fromisoformat,
    "end_date": date.fromisoformat,
    "end_time": time.fromisoformat,
    "cancelled_at": datetime.fromisoformat,
}


class PeriodStatus(models.TextChoices):
    """The state of a period on the timeline."""

    OPEN = "open", pgettext_lazy("state of a period", "Open")
    CLOSED = "closed", pgettext_lazy("state of a period", "Closed")
    CANCELLED = "cancelled", pgettext_lazy("state of a period", "Cancelled")
    NONE = "none", pgettext_lazy("state of a period", "No period")

    @classmethod
    def from_row(cls, span: EmploymentTerms) -> PeriodStatus:
        """The state of a period, CLOSED if it has an ending date; NONE for a declaration that opened no period."""
        if not isinstance(span, Period):
            return cls.NONE
        if span.cancelled_at:
            return cls.CANCELLED
        return cls.CLOSED if span.end_date else cls.OPEN


@dataclass(frozen=True)
class Change:
    """A change that a declaration made to its period, in words: the old value, if any, and the new one."""

    label: Any
    was: str
    becomes: str


@dataclass(frozen=True)
class DecisionText:
    """A reviewer's decision in words: who, when, the old and new status, and why."""

    by: str
    at: str
    was: str
    becomes: str
    note: str


@dataclass(frozen=True)
class HistoryEntry:
    """A declaration in an entry, in words. If it was not accepted, `changes` are the requested changes."""

    pk: int
    number: str
    kind: str
    status: Status
    sent: str
    changes: tuple[Change, ...]
    anomalies: tuple[dict[str, Any], ...]
    decision: DecisionText | None


@dataclass(frozen=True)
class TimelineEntry:
    """A period with its declarations in order, or a declaration that opened no period.

    `has_earlier` says that only the latest declarations are listed.
    """

    span: Period | Declaration
    worker: Worker | None
    declarations: tuple[HistoryEntry, ...]
    has_earlier: bool = False

    @property
    def number(self) -> str:
        """The number of the period or the declaration, as printed."""
        return dimona.format(self.span.number)

    @property
    def name(self) -> str:
        """The worker's name."""
        return display_name(self.worker.identity) if self.worker else ""

    @property
    def ssin(self) -> str:
        """The worker's masked SSIN."""
        return ssin.mask(self.worker.ssin) if self.worker else ""

    @property
    def state(self) -> PeriodStatus:
        """The state of the period."""
        return PeriodStatus.from_row(self.span)

    @property
    def dates(self) -> str:
        """Start and end, with times if there are any; one day alone if both are equal; an open end in words."""
        start = display_day_and_time(self.span.start_date, self.span.start_time)
        if self.span.end_date is None:
            return _("from %(start)s") % {"start": start}
        end = display_day_and_time(self.span.end_date, self.span.end_time)
        return start if end == start else f"{start} – {end}"


def history_entry(declaration: Declaration) -> HistoryEntry:
    """The row of the history for a declaration, with the decision on it if there is one."""
    decision: Decision | None = getattr(declaration, "decision", None)
    return HistoryEntry(
        pk=declaration.pk,
        number=dimona.format(declaration.number),
        kind=str(DeclarationKind(declaration.kind).label),
        status=declaration.current_status,
        sent=display_datetime(declaration.submitted_at),
        changes=changes(declaration),
        anomalies=tuple(anomaly_entries((decision or declaration).anomalies.all())),
        decision=_decision_text(decision) if decision else None,
    )


def _decision_text(decision: Decision) -> DecisionText:
    was, becomes = (str(Status(status).label) for status in (decision.from_status, decision.status))
    by, at = decision.decided_by.get_username(), display_datetime(decision.decided_at)
    return DecisionText(by=by, at=at, was=was, becomes=becomes, note=decision.note)


def changes(declaration: Declaration) -> tuple[Change, ...]:
    """The changes that an OUT, a Modification or a Cancellation makes to its period; none for an IN."""
    if declaration.state_before is None:
        return ()
    state_before = _state_from_json(declaration.state_before)
    new_state = state_after(
        declaration.kind, state_before, PeriodState.from_terms(declaration), declaration.submitted_at
    )
    becomes = {row.field: row.value for row in _state_rows(new_state)}
    rows = (row for row in _state_rows(state_before) if row.value != becomes[row.field])
    return tuple(Change(row.label, row.value, becomes[row.field]) for row in rows)


def _state_from_json(stored: Mapping[str, Any]) -> PeriodState:
    """The stored state of a period; see `PeriodState.as_json`."""
    state: dict[str, Any] = {name: PARSERS.get(name, int)(value) if value else None for name, value in stored.items()}
    return PeriodState(**state)


def _state_rows(state: PeriodState) -> Rows:
    end = display_day_and_time(state.end_date, state.end_time) if state.end_date else str(_("no ending date"))
    return [
        Row("start_date", _("Start"), display_day_and_time(state.start_date, state.start_time)),
        Row("end_date", _("End"), end),
        Row("planned_hours", _("Number of planned hours"), str(state.planned_hours or "")),
        Row(
            "cancelled_at",
            PeriodStatus.CANCELLED.label,
            display_datetime(state.cancelled_at) if state.cancelled_at else "",
        ),
    ]
