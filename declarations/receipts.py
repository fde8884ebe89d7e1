"""The receipt: the manual's three parts, and a refused declaration taken up again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from . import drafts
from .enums import DeclarationKind, DurationUnit, Severity, Status
from .forms.fields import display_moment
from .models import Declaration, DeclarationAnomaly
from .numbers import dimona, ssin
from .responses import lost
from .steps import step_of
from .summary import Block

SENTENCES = {
    Status.ACCEPTED: _("The declaration is valid and the period is registered."),
    Status.ACCEPTED_WITH_WARNING: _(
        "The declaration is valid and the period is registered. Mind what is listed below."
    ),
    Status.REFUSED: _("The declaration is not valid. Only an accepted declaration is valid."),
    Status.PENDING: _(
        "The declaration awaits validation: the employee is being identified. Only an accepted declaration is valid."
        " Keep the address of this page, for instance as a bookmark, and come back: it shows the current status."
    ),
}


def context(declaration: Declaration) -> dict[str, Any]:
    """What the receipt's template shows, in the language of the page."""
    status = Status(declaration.status)
    is_refused = status == Status.REFUSED
    return {
        "kind_label": DeclarationKind(declaration.kind).label,
        "status": status.value,
        "status_label": status.word,
        "status_sentence": SENTENCES[status],
        "number": dimona.format(declaration.number),
        "period_number": dimona.format(declaration.period.number) if declaration.period else "",
        "parts": [
            _declaration_part(declaration, status),
            _filed_part(declaration, "employer"),
            _worker_part(declaration),
        ],
        "anomalies": [_anomaly(anomaly) for anomaly in declaration.anomalies.order_by("pk")],
        "correct": reverse("correct", kwargs={"token": declaration.receipt_token}) if is_refused else "",
    }


def _declaration_part(declaration: Declaration, status: Status) -> Block:
    values = declaration.answers["values"]
    sent_at = timezone.localtime(declaration.submitted_at)
    rows = [
        (_("Type of declaration"), str(DeclarationKind(declaration.kind).label)),
        (_("Declaration number"), dimona.format(declaration.number)),
        (_("Status of the declaration"), status.word),
        (_("Date/time of sending"), display_moment(sent_at.date(), sent_at.time())),
        (_("Starting date/time"), display_moment(declaration.start_date, declaration.start_time)),
        (_("Ending date/time"), _end(declaration)),
        *_hours(declaration),
        *_filed_part(declaration, "characteristics").rows,
        (_("Your reference for the employer"), values.get("employer_reference", "-")),
        (_("Your reference for the employee"), values.get("worker_reference", "-")),
        (_("Your reference for the declaration"), values.get("declaration_reference", "-")),
    ]
    return Block("declaration", _("Declarations"), rows)


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
    if typed := declaration.answers["values"].get("ssin"):
        return str(ssin.format(typed))
    return str(ssin.mask(declaration.worker.ssin)) if declaration.worker else "-"


def _anomaly(anomaly: DeclarationAnomaly) -> dict[str, Any]:
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
    draft = drafts.begin(request, kind, steps, unchecked=["overview"], now=timezone.localtime())
    blocking = declaration.anomalies.filter(severity=Severity.BLOCKING).order_by("pk").first()
    return draft, blocking.step if blocking and step_of(kind, blocking.step) else "start"
