"""The content of a confirmation of receipt, in the active language: the office's answer and the manual's three parts.

It describes a declaration as filed, or as answered by a later decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from referentials.numbers import dimona, ssin

from ..enums import DeclarationKind, DurationUnit, Severity, Status
from ..filing.ledger import DATES_AND_HOURS
from ..formatting import display_datetime, display_day_and_time
from ..models import AnomalyRow, Decision, Declaration, Period, Worker
from .blocks import SSIN, Block, Row, Rows

# The effect of an accepted declaration; SEE_BELOW is added if there is a warning.
EFFECTS = {
    DeclarationKind.IN: _("The declaration is valid and the period is registered."),
    DeclarationKind.OUT: _("The declaration is valid and the period is closed."),
    DeclarationKind.MODIFICATION: _("The declaration is valid and the period is modified."),
    DeclarationKind.CANCELLATION: _("The declaration is valid and the period is cancelled."),
}
SEE_BELOW = _("Please note the points listed below.")
# Ruling 23.
STATUS_SENTENCES = {
    Status.REFUSED: _("The declaration is not valid. Only an accepted declaration is valid."),
    Status.PENDING: _(
        "The declaration awaits validation: the employee is being identified. Only an accepted declaration is valid."
        " You will receive another notification once a decision has been made."
    ),
}


@dataclass(frozen=True)
class Outcome:
    """The answer to a declaration: on filing, or by the decision of the moment `decided_at`."""

    status: Status
    period: Period | None
    worker: Worker | None
    anomalies: tuple[AnomalyRow, ...]
    decided_at: datetime | None = None

    @classmethod
    def from_declaration(cls, declaration: Declaration, decision: Decision | None = None) -> Outcome:
        """The outcome of the filing or the decision. A refused declaration has no period (domain reference 7.1)."""
        source = decision or declaration
        status, anomalies = Status(source.status), tuple(source.anomalies.order_by("pk"))
        period = None if status == Status.REFUSED else source.period
        return cls(status, period, source.worker, anomalies, decision.decided_at if decision else None)

    def sentence(self, kind: DeclarationKind) -> Any:
        """What the status means for a declaration of that kind."""
        if not self.status.is_accepted:
            return STATUS_SENTENCES[self.status]
        return f"{EFFECTS[kind]} {SEE_BELOW}" if self.status == Status.ACCEPTED_WITH_WARNING else EFFECTS[kind]


def parts(declaration: Declaration, outcome: Outcome) -> list[Block]:
    """The declaration, the changes of a Modification, the employer and the employee, with the labels as filed."""
    return [
        _declaration_part(declaration, outcome),
        *_changes(declaration),
        _overview_block(declaration, "employer"),
        _worker_part(declaration, outcome),
    ]


def anomaly_entries(anomalies: Iterable[AnomalyRow]) -> list[dict[str, Any]]:
    """Each anomaly: its code, cause and repair in words, and whether it made the office refuse the declaration."""
    return [_anomaly_entry(anomaly) for anomaly in anomalies]


def _anomaly_entry(anomaly: AnomalyRow) -> dict[str, Any]:
    texts = anomaly.texts.get(get_language()) or anomaly.texts["en"]
    return {
        "code": anomaly.code,
        "label": texts["label"],
        "repair": texts["repair"],
        "is_blocking": anomaly.severity == Severity.BLOCKING,
    }


def _declaration_part(declaration: Declaration, outcome: Outcome) -> Block:
    values = declaration.answers["values"]
    decided_at = (
        [Row("decided_at", _("Date/time of the decision"), display_datetime(outcome.decided_at))]
        if outcome.decided_at
        else []
    )
    rows = [
        Row("kind", _("Type of declaration"), str(DeclarationKind(declaration.kind).label)),
        Row("number", _("Declaration number"), dimona.format(declaration.number)),
        Row("status", _("Status of the declaration"), outcome.status.public_label),
        *decided_at,
        Row("submitted_at", _("Date/time of sending"), display_datetime(declaration.submitted_at)),
        Row(
            "start_date", _("Starting date/time"), display_day_and_time(declaration.start_date, declaration.start_time)
        ),
        Row("end_date", _("Ending date/time"), _end(declaration)),
        *_hours(declaration),
        *_characteristics(declaration, outcome),
        Row("employer_reference", _("Your reference for the employer"), values.get("employer_reference", "-")),
        Row("worker_reference", _("Your reference for the employee"), values.get("worker_reference", "-")),
        Row(
            "declaration_reference", _("Your reference for the declaration"), values.get("declaration_reference", "-")
        ),
    ]
    return Block("declaration", _("Declarations"), rows)


def _end(declaration: Declaration) -> str:
    return display_day_and_time(declaration.end_date, declaration.end_time) if declaration.end_date else "-"


def _hours(declaration: Declaration) -> Rows:
    rows: Rows = []
    if declaration.duration_unit:
        rows.append(
            Row("duration_unit", _("Method of declaration"), str(DurationUnit(declaration.duration_unit).label))
        )
    if declaration.planned_hours:
        rows.append(Row("planned_hours", _("Number of planned hours"), str(declaration.planned_hours)))
    return rows


def _characteristics(declaration: Declaration, outcome: Outcome) -> Rows:
    """The characteristics as filed, preceded by the number of the period, unless refused."""
    rows = _overview_block(declaration, "characteristics").rows
    if declaration.kind == DeclarationKind.IN or not outcome.period:
        return rows
    return [Row("period_number", _("Period number"), dimona.format(outcome.period.number)), *rows]


def _changes(declaration: Declaration) -> list[Block]:
    """The changes a Modification made to dates and hours, as the overview showed them."""
    if declaration.kind != DeclarationKind.MODIFICATION:
        return []
    rows = [row for row in _overview_block(declaration, "period").rows if row.field in DATES_AND_HOURS]
    return [Block("changes", DeclarationKind.MODIFICATION.label, rows)]


def _overview_block(declaration: Declaration, slug: str) -> Block:
    """A block of the overview, worded as on the day of filing."""
    return Block.from_json(slug, declaration.overview[slug])


def _worker_part(declaration: Declaration, outcome: Outcome) -> Block:
    values = declaration.answers["values"]
    rows = [
        Row(SSIN, _("SSIN"), _display_ssin(values, outcome.worker)),
        Row("family_name", _("Family name"), values.get("family_name", "-")),
        Row("given_name", _("Given name"), values.get("given_name", "-")),
    ]
    return Block("worker", _("Employees"), rows)


def _display_ssin(values: dict[str, Any], worker: Worker | None) -> str:
    """The typed SSIN; masked if the worker was found by name (ruling 11); "-" if there is none."""
    if "ssin" in values and "replaced_period_number" not in values:
        return str(ssin.format(values["ssin"]))
    return str(ssin.mask(worker.ssin)) if worker else "-"
