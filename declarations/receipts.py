"""The receipt: the manual's three parts, and a refused declaration taken up again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from . import drafts, followups
from .enums import DeclarationKind, DurationUnit, Severity, Status
from .forms.fields import display_moment
from .models import AnomalyRow, DecisionAnomaly, Declaration, DeclarationAnomaly
from .numbers import dimona, ssin
from .responses import lost
from .steps import step_of
from .summary import Block

# What an accepted declaration did; with a warning, MIND follows.
DONE = {
    DeclarationKind.IN: _("The declaration is valid and the period is registered."),
    DeclarationKind.OUT: _("The declaration is valid and the period is closed."),
    DeclarationKind.MODIFICATION: _("The declaration is valid and the period is modified."),
    DeclarationKind.CANCELLATION: _("The declaration is valid and the period is cancelled."),
}
MIND = _("Mind what is listed below.")
SENTENCES = {
    Status.REFUSED: _("The declaration is not valid. Only an accepted declaration is valid."),
    Status.PENDING: _(
        "The declaration awaits validation: the employee is being identified. Only an accepted declaration is valid."
        " Keep the address of this page, for instance as a bookmark, and come back: it shows the current status."
    ),
}


def context(request: HttpRequest, declaration: Declaration) -> dict[str, Any]:
    """What the receipt's template shows, in the language of the page."""
    status, kind = declaration.current_status, DeclarationKind(declaration.kind)
    is_refused = status == Status.REFUSED
    # A refused declaration names no period (domain reference 7.1).
    period = None if is_refused else declaration.current_period
    decision = getattr(declaration, "decision", None)
    return {
        "kind_label": kind.label,
        "status": status.value,
        "status_label": status.word,
        "status_sentence": _sentence(status, kind),
        "number": dimona.format(declaration.number),
        "period_number": dimona.format(period.number) if period else "",
        "is_cancelled": bool(period and period.cancelled_at),
        "next_kinds": followups.kinds_on(period) if period else [],
        "token": declaration.receipt_token,
        "anew": followups.waiting(request, period) if period and period.cancelled_at else "",
        "parts": [
            _declaration_part(declaration, status),
            *_changes(declaration),
            _filed_part(declaration, "employer"),
            _worker_part(declaration),
        ],
        "decided_at": _moment(decision.decided_at) if decision else "",
        "anomalies": [_anomaly(anomaly) for anomaly in _anomalies(declaration).order_by("pk")],
        "correct": reverse("correct", kwargs={"token": declaration.receipt_token}) if is_refused else "",
    }


def _sentence(status: Status, kind: DeclarationKind) -> Any:
    if not status.is_accepted:
        return SENTENCES[status]
    return f"{DONE[kind]} {MIND}" if status == Status.ACCEPTED_WITH_WARNING else DONE[kind]


def _declaration_part(declaration: Declaration, status: Status) -> Block:
    values = declaration.answers["values"]
    rows = [
        (_("Type of declaration"), str(DeclarationKind(declaration.kind).label)),
        (_("Declaration number"), dimona.format(declaration.number)),
        (_("Status of the declaration"), status.word),
        (_("Date/time of sending"), _moment(declaration.submitted_at)),
        (_("Starting date/time"), display_moment(declaration.start_date, declaration.start_time)),
        (_("Ending date/time"), _end(declaration)),
        *_hours(declaration),
        *_characteristics(declaration),
        (_("Your reference for the employer"), values.get("employer_reference", "-")),
        (_("Your reference for the employee"), values.get("worker_reference", "-")),
        (_("Your reference for the declaration"), values.get("declaration_reference", "-")),
    ]
    return Block("declaration", _("Declarations"), rows)


def _characteristics(declaration: Declaration) -> list[tuple[Any, str]]:
    """The characteristics as filed; before them the number of the period that is declared on, unless refused."""
    rows = _filed_part(declaration, "characteristics").rows
    is_on_a_period = declaration.kind != DeclarationKind.IN and declaration.current_status != Status.REFUSED
    number = declaration.period.number if is_on_a_period and declaration.period else ""
    return [(_("Period number"), dimona.format(number)), *rows] if number else rows


def _changes(declaration: Declaration) -> list[Block]:
    """What a Modification made of the dates and hours, as the overview told it."""
    if declaration.kind != DeclarationKind.MODIFICATION:
        return []
    # After the type of declaration and the number of the period.
    rows = _filed_part(declaration, "period").rows[2:]
    return [Block("changes", DeclarationKind.MODIFICATION.label, rows)]


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return display_moment(local.date(), local.time())


def _hours(declaration: Declaration) -> list[tuple[Any, str]]:
    rows = []
    if declaration.duration_unit:
        rows.append((_("Way of declaring"), str(DurationUnit(declaration.duration_unit).label)))
    if declaration.planned_hours:
        rows.append((_("Number of planned hours"), str(declaration.planned_hours)))
    return rows


def _end(declaration: Declaration) -> str:
    return display_moment(declaration.end_date, declaration.end_time) if declaration.end_date else "-"


def _filed_part(declaration: Declaration, slug: str) -> Block:
    """A block of the overview in the words of the day it was filed."""
    block = next(block for block in declaration.shown if block["slug"] == slug)
    return Block(slug, block["title"], [(label, value) for label, value in block["rows"]])


def _worker_part(declaration: Declaration) -> Block:
    values = declaration.answers["values"]
    rows = [
        (_("SSIN"), shown_ssin(declaration)),
        (_("Family name"), values.get("family_name", "-")),
        (_("Given name"), values.get("given_name", "-")),
    ]
    return Block("worker", _("Employees"), rows)


def shown_ssin(declaration: Declaration) -> str:
    """The SSIN that was typed; masked when the worker was found by name (ruling 11); "-" when there is none."""
    values = declaration.answers["values"]
    if "ssin" in values and "carried_from" not in values:
        return str(ssin.format(values["ssin"]))
    decision = getattr(declaration, "decision", None)
    worker = decision.worker if decision else declaration.worker
    return str(ssin.mask(worker.ssin)) if worker else "-"


def _anomalies(declaration: Declaration) -> QuerySet[Any]:
    """What the answer is explained by: the decision's anomalies, when a reviewer took one."""
    if decision := getattr(declaration, "decision", None):
        return DecisionAnomaly.objects.filter(decision=decision)
    return DeclarationAnomaly.objects.filter(declaration=declaration)


def _anomaly(anomaly: AnomalyRow) -> dict[str, Any]:
    texts = anomaly.texts.get(get_language()) or anomaly.texts["en"]
    return {
        "code": anomaly.code,
        "label": texts["label"],
        "repair": texts["repair"],
        "is_blocking": anomaly.severity == Severity.BLOCKING,
        "step": "",
        "step_title": "",
    }


def of_a_filed_draft(request: HttpRequest, kind: DeclarationKind, draft: UUID) -> HttpResponseBase | None:
    """The receipt when the draft was filed from here, the page that says it was sent when elsewhere; else None."""
    # The session is read before the declaration is looked for: who finds a draft closed then also finds it filed.
    is_closed = drafts.is_closed(request, draft)
    filed = Declaration.objects.filter(draft=draft).first()
    if filed is None:
        return None
    if is_closed or drafts.is_ours(request, kind, draft):
        return redirect("receipt", token=filed.receipt_token)
    return lost(request, is_filed=True)


def take_up_again(request: HttpRequest, declaration: Declaration) -> tuple[UUID, str]:
    """A new draft with everything a refused declaration was filed with, and the step where its repair begins."""
    kind = DeclarationKind(declaration.kind)
    # The references come back as typed; the overview is looked at again before Confirm.
    steps = declaration.answers["steps"]
    carried = {drafts.CARRIED: declaration.answers["values"].get("carried_from")}
    draft = drafts.begin(request, kind, steps, unchecked=["overview"], now=timezone.localtime(), notes=carried)
    blocking = _anomalies(declaration).filter(severity=Severity.BLOCKING).order_by("pk").first()
    return draft, blocking.step if blocking and step_of(kind, blocking.step) else "start"
