"""A notification as a document: one template, as a standalone page and as PDF/UA-1 (tagged, ISO 14289).

Both contain only what was filed or decided and nothing about the time of production, so the same reference always
gives the same document.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from referentials.numbers import dimona

from ..enums import DeclarationKind, Status
from ..formatting import display_datetime
from ..models import Notification
from .content import Outcome, anomaly_entries, parts

TEMPLATE = "notifications/notification.html"


@dataclass(frozen=True)
class Document:
    """A notification as produced: its title, a few sentences that name no worker, the page and the PDF."""

    title: str
    summary: str
    html: bytes
    pdf: bytes


def missing_requirement() -> str:
    """Why no PDF can be produced here; empty if one can."""
    try:
        _weasyprint()
    except (ImportError, OSError) as error:
        # OSError: the Python package is installed, but a system library is missing.
        why = str(error).partition("\n")[0]
        return f"WeasyPrint is missing ({why}): install requirements/pdf.txt and what docs/operations.md names."
    return ""


def produce(notification: Notification) -> Document:
    """The document, in the language of the notification."""
    with override(notification.language):
        context = content(notification)
        page = render_to_string(TEMPLATE, context)
        summary = "\n\n".join(str(context[name]) for name in ("opening", "sentence"))
    return Document(context["title"], summary, page.encode(), pdf_of(page, notification.reference.bytes))


def content(notification: Notification) -> dict[str, Any]:
    """The template's context, in the active language."""
    declaration, decision = notification.declaration, notification.decision
    kind, outcome = DeclarationKind(declaration.kind), Outcome.from_declaration(declaration, decision)
    what = f"{kind.label} {dimona.format(declaration.number)}"
    # No further declarations can be made for a cancelled period.
    period = None if kind == DeclarationKind.CANCELLATION else outcome.period
    return {
        "language": notification.language,
        "title": f"{what} – {_('Confirmation of receipt')}",
        "what": what,
        "opening": _opening(outcome, Status(declaration.status)),
        "status": outcome.status.value,
        "status_label": outcome.status.public_label,
        "sentence": outcome.sentence(kind),
        "period_number": dimona.format(period.number) if period else "",
        "anomalies": anomaly_entries(outcome.anomalies),
        "parts": parts(declaration, outcome),
        "created_at": notification.created_at,
        "reference": str(notification.reference),
    }


def _opening(outcome: Outcome, was: Status) -> str:
    if outcome.decided_at is None:
        return _("We confirm receipt of your declaration, the details of which are given below.")
    return _("On %(moment)s the status of your declaration changed from “%(was)s” to “%(becomes)s”.") % {
        "moment": display_datetime(outcome.decided_at),
        "was": was.public_label,
        "becomes": outcome.status.public_label,
    }


def pdf_of(page: str, identifier: bytes) -> bytes:
    """The page as PDF/UA-1; `identifier` is the identifier of the file."""
    weasyprint = _weasyprint()
    html = weasyprint.HTML(string=page, url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols=()))
    pdf: bytes = html.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    return pdf


@cache
def _weasyprint() -> Any:
    """WeasyPrint, an optional extra that takes a second to import."""
    import weasyprint

    return weasyprint
